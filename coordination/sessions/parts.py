"""What is casa adentro in a session, and who stands in its circle: the door to blocks, items, outcomes and papers.

What hangs from a session (``session.blocks``, ``session.agenda``, ``item.outcomes``…) is what everybody may see: the
default managers leave closed parts out, so that who forgets to ask shows too little and never too much. Whoever has
the reader at hand asks ``Model.objects.visible_to(actor)`` or loads the session with ``queries.with_parts``.
``Model.objects`` alone has all rows and is for those who write.
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.organizations.models import Person


class CircleQuerySet(models.QuerySet["CircleMember"]):
    def current(self) -> "CircleQuerySet":
        """Who stands in a circle today; who left keeps nothing."""
        return self.filter(until=None)


class CircleMember(models.Model):
    """Who knows of what is casa adentro in a session: *logistics* (when and where) or *record* (what was said).

    One circle serves the whole of a closed session, or the closed blocks and items of an open one. Rows are kept:
    who knew what, from when until when.
    """

    class Level(models.TextChoices):
        LOGISTICS = "logistics", _("logistics")
        RECORD = "record", _("record")

    session = models.ForeignKey("mesa_sessions.Session", models.CASCADE, related_name="circle")
    person = models.ForeignKey(Person, models.CASCADE, related_name="circles")
    level = models.CharField(_("level"), max_length=10, choices=Level)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    objects = CircleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], condition=Q(until=None), name="circle_person_once"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="circle_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.level}"


def circles_of(actor: Actor, *, record: bool = True) -> "models.QuerySet[CircleMember, Any]":
    """The sessions whose circle the actor stands in now, as a subquery; by default the inner one."""
    rows = CircleMember.objects.current().filter(person_id=actor.person_id)
    return (rows.filter(level=CircleMember.Level.RECORD) if record else rows).values("session")


class PartQuerySet(models.QuerySet[Any]):
    """Rows that hang from a session. ``OPEN`` says which of them stand outside the circle, the session being open."""

    OPEN: ClassVar[Q] = Q(is_casa_adentro=False)
    OUTER_RING: ClassVar[bool] = False

    def open(self) -> Self:
        """What is not closed by itself; whether its session is, is not asked."""
        return self.filter(self.OPEN)

    def shown_to(self, actor: Actor) -> Self:
        """The parts of sessions that were loaded through their own door. Nothing of a closed one outside its circle."""
        outside = self.OPEN & Q(session__is_casa_adentro=False)
        if actor.person_id is None:
            return self.filter(outside)
        return self.filter(outside | Q(session__in=circles_of(actor, record=not self.OUTER_RING)))

    def visible_to(self, actor: Actor) -> Self:
        """The whole door: parts that show, of sessions that show."""
        sessions: Any = self.model._meta.get_field("session").related_model
        return self.shown_to(actor).filter(session__in=sessions.objects.visible_to(actor).values("pk"))


class BlockQuerySet(PartQuerySet):
    """Hours are known to the whole circle; ``tells_what`` says whether the reader also knows what is dealt with."""

    OUTER_RING = True

    def shown_to(self, actor: Actor) -> Self:
        rows = super().shown_to(actor)
        if actor.person_id is None:
            return rows
        told = (self.OPEN & Q(session__is_casa_adentro=False)) | Q(session__in=circles_of(actor))
        return rows.annotate(tells_what=Case(When(told, then=Value(True)), default=Value(False)))


class ItemQuerySet(PartQuerySet):
    pass


class OutcomeQuerySet(PartQuerySet):
    OPEN = Q(is_reserved=False, item__is_casa_adentro=False)


class PaperQuerySet(PartQuerySet):
    OPEN = Q(item=None) | Q(item__is_casa_adentro=False)


class OpenBlocks(models.Manager.from_queryset(BlockQuerySet)):  # a class made at run time
    def get_queryset(self) -> BlockQuerySet:
        rows: BlockQuerySet = super().get_queryset().open()
        return rows


class OpenItems(models.Manager.from_queryset(ItemQuerySet)):
    def get_queryset(self) -> ItemQuerySet:
        rows: ItemQuerySet = super().get_queryset().open()
        return rows


class OpenOutcomes(models.Manager.from_queryset(OutcomeQuerySet)):
    def get_queryset(self) -> OutcomeQuerySet:
        rows: OutcomeQuerySet = super().get_queryset().open()
        return rows


class OpenPapers(models.Manager.from_queryset(PaperQuerySet)):
    def get_queryset(self) -> PaperQuerySet:
        rows: PaperQuerySet = super().get_queryset().open()
        return rows
