from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("commitments", "0005_matrix_indexes"),
    ]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="reason",
            field=models.CharField(
                choices=[
                    ("escalated", "overdue for longer than the mesa's reminders last"),
                    ("overdue", "overdue"),
                    ("due", "due before the session"),
                    ("verified", "newly verified"),
                    ("disputed", "disputed"),
                    ("raised", "asked to be raised"),
                    ("extension", "asks for an extension"),
                    ("incomplete", "agreed without being complete"),
                    ("waiting", "waiting for its verification"),
                ],
                max_length=10,
                verbose_name="why it came up",
            ),
        ),
    ]
