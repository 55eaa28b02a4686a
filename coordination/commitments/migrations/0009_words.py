from django.contrib.postgres.indexes import GinIndex
from django.db import migrations
from django.db.models import F

from coordination.common.search import Words


class Migration(migrations.Migration):
    dependencies = [("commitments", "0008_amendments_and_wording"), ("common", "0002_words")]

    operations = [
        migrations.AddIndex("commitment", GinIndex(Words(F("plain_statement")), name="commitment_words")),
    ]
