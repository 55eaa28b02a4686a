"""The order of the day and what came of it, item by item."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.common.models import PublicIdModel
from coordination.organizations.models import Post
from coordination.sessions.parts import ItemQuerySet, OpenItems, OpenOutcomes, OutcomeQuerySet


class AgendaItem(PublicIdModel):
    """A point of the order of the day. The first is always the state of the commitments, generated."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("review of commitments")
        INFORMATION = "information", _("information")
        DISCUSSION = "discussion", _("discussion")
        DECISION = "decision", _("decision")
        SHARING = "sharing", _("sharing of experiences")
        OTHER = "other_business", _("other business")

    session = models.ForeignKey("mesa_sessions.Session", models.CASCADE, related_name="agenda")
    block = models.ForeignKey(
        "mesa_sessions.Block", models.CASCADE, null=True, blank=True, related_name="agenda"
    )
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.DISCUSSION)
    title = models.CharField(_("title"), max_length=250)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    # The words stay as they were written; the post says whose duty it is at that date.
    presenter = models.CharField(_("presented by"), max_length=200, blank=True)
    presenter_post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="presented_items", verbose_name=_("post")
    )
    is_generated = models.BooleanField(default=False, editable=False)
    # Always so in a closed block: the item says it itself, so that one condition finds all closed ones.
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False)
    # When it was really dealt with; the following hours are computed from these.
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The item of an earlier session that ended without an outcome and was taken up again here.
    carried_from = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="carried_to", editable=False
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    open_ones = OpenItems()
    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "order"], name="agenda_order_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                fields=["session"], condition=Q(is_generated=True), name="agenda_one_generated_item"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None)
                | Q(started_at__isnull=False, ended_at__gte=models.F("started_at")),
                name="agenda_item_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Outcome(PublicIdModel):
    """What came of an agenda item."""

    class Kind(models.TextChoices):
        DECISION = "decision", _("decision")
        RECOMMENDATION = "recommendation", _("recommendation")
        COMMITMENT = "commitment", _("commitment")
        EXPERIENCE = "experience", _("experience")
        BOTTLENECK = "bottleneck", _("critical knot")
        GOOD_PRACTICE = "good_practice", _("good practice")
        LESSON = "lesson", _("lesson learned")
        CHALLENGE = "challenge", _("challenge")

    session = models.ForeignKey("mesa_sessions.Session", models.CASCADE, related_name="outcomes")
    item = models.ForeignKey(
        AgendaItem, models.PROTECT, related_name="outcomes", verbose_name=_("agenda item")
    )

    class Agreement(models.TextChoices):
        CONSENSUS = "consensus", _("by consensus")
        VOTE = "vote", _("by vote")

    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    # How a decision was taken; reservations and votes are kept by ``minutes``.
    agreement = models.CharField(_("how it was agreed"), max_length=10, choices=Agreement, blank=True)
    # Stands in the reserved version of the minutes alone.
    is_reserved = models.BooleanField(_("reserved"), default=False)
    text = models.TextField(_("text"), max_length=4000)
    order = models.PositiveSmallIntegerField(default=1)
    version = models.PositiveIntegerField(default=1, editable=False)
    recorded_at = models.DateTimeField()

    open_ones = OpenOutcomes()
    objects = OutcomeQuerySet.as_manager()

    class Meta:
        verbose_name = _("outcome")
        verbose_name_plural = _("outcomes")
        ordering = ["item__order", "order", "id"]

    def __str__(self) -> str:
        return self.text[:80]
