"""Rooms, who holds them, and where a taken-up agenda item comes from."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("mesa_sessions", "0003_calendar_feeds"),
        ("organizations", "0002_person_link_generation"),
        ("taxonomies", "0002_holidays"),
    ]

    operations = [
        migrations.AddField(
            model_name="agendaitem",
            name="carried_from",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="carried_to",
                to="mesa_sessions.agendaitem",
            ),
        ),
        migrations.CreateModel(
            name="Room",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "is_online_account",
                    models.BooleanField(
                        default=False,
                        help_text="An account of a meeting service, which holds one meeting at a time.",
                        verbose_name="is an online account",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=250, verbose_name="address")),
                (
                    "capacity",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="people it holds"),
                ),
                (
                    "access",
                    models.TextField(
                        blank=True,
                        help_text="Steps, lift, parking, who has the key. The secretariats read it.",
                        max_length=1000,
                        verbose_name="how one gets in",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Without the tick no session can take it any more.",
                        verbose_name="is offered",
                    ),
                ),
                (
                    "canton",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="taxonomies.canton",
                        verbose_name="canton",
                    ),
                ),
                (
                    "organization",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rooms",
                        to="organizations.organization",
                        verbose_name="organization that lends it",
                    ),
                ),
            ],
            options={
                "verbose_name": "room",
                "verbose_name_plural": "rooms",
            },
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("is_held", models.BooleanField(default=True, editable=False)),
                (
                    "block",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reservations",
                        to="mesa_sessions.block",
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="mesa_sessions.room",
                        verbose_name="room",
                    ),
                ),
            ],
            options={
                "verbose_name": "closure",
                "verbose_name_plural": "closures",
            },
        ),
        migrations.AddField(
            model_name="session",
            name="online_account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="online_sessions",
                to="mesa_sessions.room",
                verbose_name="online account",
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="room",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="sessions",
                to="mesa_sessions.room",
                verbose_name="room",
            ),
        ),
        migrations.AddConstraint(
            model_name="room",
            constraint=models.UniqueConstraint(
                fields=("organization", "name"),
                name="room_name_once",
                violation_error_message="This organization already has a room with this name.",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                name="reservation_ends_after_it_starts",
                violation_error_message="The end must come after the start.",
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(fields=("block", "room"), name="reservation_once_a_block"),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("is_held", True)),
                expressions=[
                    (
                        models.Func(
                            models.F("room"),
                            models.F("room"),
                            models.Value("[]"),
                            function="int8range",
                            output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField(),
                        ),
                        "&&",
                    ),
                    (
                        models.Func(
                            models.F("starts_at"),
                            models.F("ends_at"),
                            function="tstzrange",
                            output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                        ),
                        "&&",
                    ),
                ],
                name="reservation_room_held_once",
                violation_error_message="The room is not available at that time.",
            ),
        ),
    ]
