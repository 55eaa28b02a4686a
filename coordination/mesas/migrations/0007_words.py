from django.contrib.postgres.indexes import GinIndex
from django.db import migrations
from django.db.models import F

from coordination.common.search import Words


class Migration(migrations.Migration):
    dependencies = [("mesas", "0006_commitment_rules"), ("common", "0002_words")]

    operations = [
        migrations.AddIndex("mesa", GinIndex(Words(F("plain_name")), name="mesa_words")),
    ]
