"""What calendars answer by mail: the last answer of each person to a session."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mesa_sessions", "0001_initial"),
        ("organizations", "0001_initial"),
        ("notifications", "0004_public_ids"),
    ]
    operations = [
        migrations.CreateModel(
            name="CalendarReply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "answer",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted in the calendar"),
                            ("tentative", "in doubt in the calendar"),
                            ("declined", "declined in the calendar"),
                        ],
                        max_length=10,
                        verbose_name="answer",
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                ("stamped_at", models.DateTimeField(verbose_name="answered")),
                ("taken_at", models.DateTimeField(verbose_name="read")),
                (
                    "notification",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_replies",
                        to="notifications.notification",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_replies",
                        to="organizations.person",
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_replies",
                        to="mesa_sessions.session",
                    ),
                ),
            ],
            options={
                "verbose_name": "calendar answer",
                "verbose_name_plural": "calendar answers",
                "constraints": [
                    models.UniqueConstraint(fields=("session", "person"), name="calendar_reply_once")
                ],
            },
        ),
    ]
