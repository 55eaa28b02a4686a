from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mesa_sessions", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="followuptask",
            name="kind",
            field=models.CharField(
                choices=[
                    ("attendance", "complete the attendance register"),
                    ("close", "close the session"),
                    ("minutes", "circulate the minutes"),
                    ("publish", "publish the minutes and the outcomes"),
                    ("follow_up", "review the commitments that came of it"),
                ],
                max_length=12,
                verbose_name="task",
            ),
        ),
    ]
