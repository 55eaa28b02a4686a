"""Messages appear in addresses: by a random id, for gaps in a sequence would tell that hidden ones exist."""

import uuid

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_messages_of_a_hold")]
    operations = [
        # The database gives each row that is already there an id of its own.
        migrations.AddField(
            "notification",
            "public_id",
            models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
        migrations.AlterField(
            "notification", "public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
        ),
    ]
