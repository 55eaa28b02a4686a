from django.contrib.postgres.indexes import GinIndex
from django.db import migrations
from django.db.models import F

from coordination.common.search import Words


class Migration(migrations.Migration):
    dependencies = [("organizations", "0002_person_link_generation"), ("common", "0002_words")]

    operations = [
        migrations.AddIndex("organization", GinIndex(Words(F("plain_name")), name="organization_words")),
    ]
