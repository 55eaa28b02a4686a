from django.db import migrations, models


class Migration(migrations.Migration):
    """What lists are read by. Partial indexes go: see docs/decisions/0041."""

    dependencies = [
        ("commitments", "0009_words"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(
                fields=["state", "provenance", "due_on", "mesa", "number"], name="commitment_standing"
            ),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["due_on", "mesa", "number"], name="commitment_by_due"),
        ),
        migrations.AddIndex(
            model_name="commitment",
            index=models.Index(fields=["responsible", "state", "due_on"], name="commitment_answering"),
        ),
        migrations.RemoveIndex(model_name="commitment", name="commitment_due"),
        migrations.RemoveIndex(model_name="commitment", name="commitment_moving"),
        migrations.RemoveIndex(model_name="commitment", name="commitment_state_due"),
        migrations.RemoveIndex(model_name="commitment", name="commitment_historic_due"),
    ]
