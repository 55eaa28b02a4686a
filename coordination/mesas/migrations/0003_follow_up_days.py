import django.core.validators
from django.db import migrations, models

RANGE = [django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(60)]


class Migration(migrations.Migration):
    dependencies = [("mesas", "0002_ladders_since")]

    operations = [
        migrations.AddField(
            model_name="mesa",
            name="closing_days",
            field=models.PositiveSmallIntegerField(
                default=1, validators=RANGE, verbose_name="working days to close the session"
            ),
        ),
        migrations.AddField(
            model_name="mesa",
            name="circulating_days",
            field=models.PositiveSmallIntegerField(
                default=5, validators=RANGE, verbose_name="working days to circulate the minutes"
            ),
        ),
        migrations.AddField(
            model_name="mesa",
            name="publishing_days",
            field=models.PositiveSmallIntegerField(
                default=15, validators=RANGE, verbose_name="working days to publish"
            ),
        ),
    ]
