from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models
from django.db.models import F, OrderBy

from coordination.common.search import Words


class Migration(migrations.Migration):
    dependencies = [("mesa_sessions", "0007_open_parts_by_default"), ("common", "0002_words")]

    operations = [
        migrations.AddIndex("session", GinIndex(Words(F("plain_topic")), name="session_words")),
        migrations.AddIndex(
            "session",
            models.Index(
                OrderBy(F("starts_at"), descending=True, nulls_last=True),
                OrderBy(F("number"), descending=True),
                OrderBy(F("id"), descending=True),
                name="session_latest",
            ),
        ),
    ]
