from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0004_lawful_moves"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                condition=models.Q(("state__in", ["agreed", "in_progress", "reported"])),
                fields=["due_on", "mesa", "number"],
                name="commitment_moving",
            ),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["state", "due_on", "mesa", "number"], name="commitment_state_due"),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                condition=models.Q(("provenance", "live"), _negated=True),
                fields=["due_on", "mesa", "number"],
                name="commitment_historic_due",
            ),
        ),
    ]
