"""Nothing changes in the tables: what hangs from a session is read without its closed parts by default."""

import django.db.models.manager
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("mesa_sessions", "0006_closed_parts_and_real_times"),
    ]

    operations = [
        migrations.AlterModelManagers(
            name="agendaitem",
            managers=[
                ("open_ones", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name="block",
            managers=[
                ("open_ones", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name="outcome",
            managers=[
                ("open_ones", django.db.models.manager.Manager()),
            ],
        ),
        migrations.AlterModelManagers(
            name="paper",
            managers=[
                ("open_ones", django.db.models.manager.Manager()),
            ],
        ),
    ]
