"""What comes before the next session, and before another mesa."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.commitments.models.hanging import HangingQuerySet
from coordination.commitments.models.promises import Commitment
from coordination.common.models import PublicIdModel
from coordination.mesas.models import Mesa, mesa_shown, own_mesa
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session, session_shown
from coordination.sessions.parts import circles_of


def _told(actor: Actor, session: str) -> Q:
    """Where a row names no session, or one whose record the actor may know of: of a closed one, its circle alone."""
    shown = session_shown(actor, f"{session}__") & Q(**{f"{session}__is_casa_adentro": False})
    if actor.person_id is not None:
        shown |= Q(**{f"{session}__in": circles_of(actor).values("session")})
    return Q(**{f"{session}__isnull": True}) | shown


class AgendaRequest(PublicIdModel):
    """An organization asks that the next session deal with a commitment."""

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="agenda_requests")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.TextField(_("why the mesa should deal with it"), max_length=1000)
    asked_at = models.DateTimeField()
    # The session that dealt with it, or when the organization took its request back.
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("request to deal with a commitment")
        verbose_name_plural = _("requests to deal with commitments")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "organization"],
                condition=Q(closed_at=None),
                name="agenda_request_one_open",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="agenda_request_says_why"),
        ]

    def __str__(self) -> str:
        return self.reason[:80]


class ReviewQuerySet(HangingQuerySet):
    def visible_to(self, actor: Actor) -> Self:
        """Who sees the commitment, and may know of the session that reviewed it."""
        return super().visible_to(actor).filter(_told(actor, "session"))


class Review(models.Model):
    """How a commitment stood when a session reviewed it: kept, because it goes on changing afterwards."""

    class Reason(models.TextChoices):
        ESCALATED = "escalated", _("overdue for longer than the mesa's reminders last")
        OVERDUE = "overdue", pgettext_lazy("commitment", "overdue")
        DUE = "due", _("due before the session")
        VERIFIED = "verified", _("newly verified")
        DISPUTED = "disputed", _("disputed")
        RAISED = "raised", _("asked to be raised")
        EXTENSION = "extension", _("asks for an extension")
        INCOMPLETE = "incomplete", _("agreed without being complete")
        WAITING = "waiting", _("waiting for its verification")

    session = models.ForeignKey(Session, models.CASCADE, related_name="reviews")
    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="reviews")
    reason = models.CharField(_("why it came up"), max_length=10, choices=Reason)
    state = models.CharField(_("state"), max_length=12)
    light = models.CharField(max_length=10)
    due_on = models.DateField(null=True, blank=True)
    progress = models.PositiveSmallIntegerField()
    # Whether the organization was asked how it stands, and said nothing.
    was_asked = models.BooleanField(default=False)
    was_silent = models.BooleanField(default=False)
    reviewed_at = models.DateTimeField()

    objects = ReviewQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a commitment")
        verbose_name_plural = _("reviews of commitments")
        ordering = ["session_id", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "commitment"], name="review_once")]

    def __str__(self) -> str:
        return f"{self.session_id} {self.commitment_id}"


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, actor: Actor) -> Self:
        """Who sees both mesas, or belongs to one of them, sees what one asked of the other; what hangs from a
        commitment, with the commitment.

        One that names a session which was closed since is known to that session's circle alone.
        """
        seen = Commitment.objects.visible_to(actor).order_by().values("pk")
        between = mesa_shown(actor, "origin__") & mesa_shown(actor, "target__")
        for own in (own_mesa(actor, "origin__"), own_mesa(actor, "target__")):
            # Not ``|=`` on what everybody sees: for an administrator that is no condition, and would become one.
            between = between | own if between and own is not None else between
        return self.filter(
            between,
            Q(commitment=None) | Q(commitment__in=seen),
            Q(answer_commitment=None) | Q(answer_commitment__in=seen),
            *(_told(actor, name) for name in ("raised_in", "session", "returned_in")),
        )


class Referral(PublicIdModel):
    """A mesa raises an issue, or a commitment, to another one, and gets the answer back in its own agenda."""

    class State(models.TextChoices):
        RAISED = "raised", pgettext_lazy("referral", "sent")
        RECEIVED = "received", pgettext_lazy("referral", "received")
        SCHEDULED = "scheduled", pgettext_lazy("referral", "on an agenda")
        ANSWERED = "answered", pgettext_lazy("referral", "answered")
        WITHDRAWN = "withdrawn", pgettext_lazy("referral", "taken back")

    class Answer(models.TextChoices):
        TAKEN_UP = "taken_up", _("the mesa takes it up")
        PARTLY = "partly", _("it takes up a part of it")
        DECLINED = "declined", _("it does not take it up")

    origin = models.ForeignKey(Mesa, models.PROTECT, related_name="referrals_sent", verbose_name=_("from"))
    target = models.ForeignKey(Mesa, models.PROTECT, related_name="referrals_received", verbose_name=_("to"))
    commitment = models.ForeignKey(
        "Commitment", models.PROTECT, null=True, blank=True, related_name="referrals"
    )
    title = models.CharField(_("issue"), max_length=250)
    text = models.TextField(_("what is asked, and why"), max_length=2000)
    raised_in = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("session that decided it"),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RAISED)
    raised_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    # The target's session that deals with it.
    session = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name=_("session")
    )
    answer_kind = models.CharField(_("answer"), max_length=10, choices=Answer, blank=True)
    answer = models.TextField(_("answer in words"), max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    # What the target promised because of it.
    answer_commitment = models.ForeignKey(
        "Commitment", models.PROTECT, null=True, blank=True, related_name="answers_referrals"
    )
    # The origin's session in whose agenda the answer came back.
    returned_in = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("issue raised to another mesa")
        verbose_name_plural = _("issues raised to other mesas")
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(origin=F("target")), name="referral_to_another"),
            models.CheckConstraint(
                condition=~Q(state="answered")
                | (Q(answered_at__isnull=False) & ~Q(answer_kind="") & ~Q(answer="")),
                name="referral_answered_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.title
