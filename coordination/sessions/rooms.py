"""Rooms and online accounts, and who holds one when: the tables behind a place that cannot be given twice."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from coordination.organizations.models import Organization
from coordination.taxonomies.models import Canton

NO_DOUBLE_BOOKING = "reservation_room_held_once"


class RoomQuerySet(models.QuerySet["Room"]):
    def offered(self, *, online: bool, also: int | None = None) -> "RoomQuerySet":
        """What may be chosen, by canton and name; ``also`` keeps the one a session already has."""
        rows = self.filter(Q(is_active=True) | Q(pk=also), is_online_account=online)
        return rows.select_related("organization", "canton").order_by("canton__name", "name", "id")


class Room(models.Model):
    """A room an organization lends, or an online account: one meeting at a time, so it is a room too."""

    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="rooms", verbose_name=_("organization that lends it")
    )
    name = models.CharField(_("name"), max_length=200)
    is_online_account = models.BooleanField(
        _("is an online account"),
        default=False,
        help_text=_("An account of a meeting service, which holds one meeting at a time."),
    )
    address = models.CharField(_("address"), max_length=250, blank=True)
    canton = models.ForeignKey(Canton, models.PROTECT, null=True, blank=True, verbose_name=_("canton"))
    capacity = models.PositiveIntegerField(_("people it holds"), null=True, blank=True)
    access = models.TextField(
        _("how one gets in"),
        max_length=1000,
        blank=True,
        help_text=_("Steps, lift, parking, who has the key. The secretariats read it."),
    )
    is_active = models.BooleanField(
        _("is offered"), default=True, help_text=_("Without the tick no session can take it any more.")
    )

    objects = RoomQuerySet.as_manager()

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                name="room_name_once",
                violation_error_message=_("This organization already has a room with this name."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Reservation(models.Model):
    """A room is taken from one moment to another: by a block of a session, or without one for maintenance.

    Half-open: who ends at 11:00 does not meet who begins at 11:00. Rows of sessions are written by
    ``actions.rooms`` alone; a cancelled session keeps its rows and lets go (``is_held``).
    """

    room = models.ForeignKey(
        Room, models.PROTECT, related_name="reservations", verbose_name=_("room"), db_index=False
    )
    block = models.ForeignKey(
        "mesa_sessions.Block",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="reservations",
        editable=False,
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    is_held = models.BooleanField(default=True, editable=False)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="reservation_ends_after_it_starts",
                violation_error_message=_("The end must come after the start."),
            ),
            models.UniqueConstraint(fields=["block", "room"], name="reservation_once_a_block"),
            # Ranges of one id stand for equality: the shipped PostgreSQL comes without btree_gist.
            ExclusionConstraint(
                name=NO_DOUBLE_BOOKING,
                expressions=[
                    (
                        Func(
                            F("room"),
                            F("room"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func(
                            F("starts_at"),
                            F("ends_at"),
                            function="tstzrange",
                            output_field=DateTimeRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(is_held=True),
                violation_error_message=_("The room is not available at that time."),
            ),
        ]

    def __str__(self) -> str:
        return self.reason
