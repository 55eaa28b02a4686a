"""When could the organizations of a mesa meet? Dates are proposed, each organization answers, one becomes a session."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.dates import zone_of
from coordination.common.models import PublicIdModel
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization
from coordination.sessions.models import Session


class DatePollQuerySet(models.QuerySet["DatePoll"]):
    def visible_to(self, actor: Actor) -> "DatePollQuerySet":
        """Who sees everybody's answers: as with delegations. An organization sees its own ballot, by its link."""
        if not actor.is_signed_in:
            return self.none()
        return self.filter(at_mesas_with(actor, Permission.SEE_DELEGATIONS, "mesa"))


class DatePoll(PublicIdModel):
    """A question to the organizations of a mesa. It carries everything the session needs but its date."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("poll", "open")
        DECIDED = "decided", pgettext_lazy("poll", "decided")
        WITHDRAWN = "withdrawn", pgettext_lazy("poll", "withdrawn")

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="date_polls")
    kind = models.CharField(_("kind"), max_length=15, choices=Session.Kind, default=Session.Kind.ORDINARY)
    topic = models.CharField(_("topic"), max_length=250)
    modality = models.CharField(
        _("how"), max_length=10, choices=Session.Modality, default=Session.Modality.IN_PERSON
    )
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    online_url = models.URLField(_("link to join online"), blank=True, max_length=500)
    time_zone = models.CharField(_("time zone"), max_length=50, default="America/Guayaquil")
    minutes = models.PositiveSmallIntegerField(
        _("length in minutes"), default=180, validators=[MinValueValidator(15), MaxValueValidator(1440)]
    )
    message = models.TextField(_("message to the organizations"), blank=True, max_length=2000)
    must_attend = models.ManyToManyField(
        Organization, blank=True, related_name="+", verbose_name=_("who must be able to come")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    created_at = models.DateTimeField()
    closes_at = models.DateTimeField(_("answers until"))
    reminders = models.PositiveIntegerField(default=0, editable=False)
    reminded_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.TextField(_("why it was withdrawn"), blank=True, max_length=1000)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_option = models.ForeignKey(
        "Option", models.RESTRICT, null=True, blank=True, related_name="+", verbose_name=_("chosen date")
    )
    session = models.OneToOneField(
        Session, models.RESTRICT, null=True, blank=True, related_name="date_poll", verbose_name=_("session")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DatePollQuerySet.as_manager()

    class Meta:
        verbose_name = _("date poll")
        verbose_name_plural = _("date polls")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state="decided",
                    decided_at__isnull=False,
                    decided_option__isnull=False,
                    session__isnull=False,
                )
                | Q(decided_at=None, decided_option=None, session=None) & ~Q(state="decided"),
                name="poll_decided_has_its_date_and_session",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdraw_reason="")
                | Q(withdrawn_at=None) & ~Q(state="withdrawn"),
                name="poll_withdrawn_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("created_at")), name="poll_closes_after_it_opens"
            ),
        ]

    def __str__(self) -> str:
        return self.topic

    def get_absolute_url(self) -> str:
        return reverse("polls:poll", args=[self.public_id])

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.time_zone)

    def takes_answers(self, now: datetime) -> bool:
        return self.state == self.State.OPEN and now < self.closes_at


class Option(models.Model):
    """One date that is proposed."""

    poll = models.ForeignKey(DatePoll, models.CASCADE, related_name="options")
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))

    class Meta:
        verbose_name = _("proposed date")
        verbose_name_plural = _("proposed dates")
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["poll", "starts_at"], name="option_once_in_a_poll"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="option_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M}"


class BallotQuerySet(models.QuerySet["Ballot"]):
    def visible_to(self, actor: Actor) -> "BallotQuerySet":
        """The organization's own people, whoever holds its link, and who sees the poll."""
        shown = Q(organization_id__in=actor.organization_ids)
        if actor.link and actor.link.purpose == Ballot.LINK_PURPOSE:
            shown |= Q(id=actor.link.subject_id)
        if actor.is_signed_in:
            shown |= at_mesas_with(actor, Permission.SEE_DELEGATIONS, "poll__mesa")
        return self.filter(shown)


class Ballot(PublicIdModel):
    """What one organization answers. Its link works without an account."""

    LINK_PURPOSE = "ballot"

    poll = models.ForeignKey(DatePoll, models.CASCADE, related_name="ballots")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="ballots")
    votes = models.BooleanField(_("votes"), default=True)
    link_generation = models.PositiveIntegerField(default=1)
    link_expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(_("who answered"), max_length=200, blank=True)
    remark = models.TextField(_("remark"), blank=True, max_length=1000)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        constraints = [
            models.UniqueConstraint(fields=["poll", "organization"], name="ballot_once_an_organization"),
            models.CheckConstraint(
                condition=Q(answered_at=None, answered_by="")
                | Q(answered_at__isnull=False) & ~Q(answered_by=""),
                name="ballot_answer_has_a_moment_and_a_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} · {self.poll_id}"

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)

    def get_link(self) -> str:
        """The path that opens the ballot without an account."""
        return reverse("polls:answer", args=[self.token])


class Vote(models.Model):
    """One organization on one date."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes, we can")
        IF_NEED_BE = "if_need_be", _("If need be")
        NO = "no", _("We cannot")

    ballot = models.ForeignKey(Ballot, models.CASCADE, related_name="given")
    option = models.ForeignKey(Option, models.CASCADE, related_name="received")
    answer = models.CharField(_("answer"), max_length=10, choices=Answer)

    class Meta:
        verbose_name = _("answer to a date")
        verbose_name_plural = _("answers to dates")
        constraints = [
            models.UniqueConstraint(fields=["ballot", "option"], name="vote_once_an_option"),
            models.CheckConstraint(
                condition=Q(answer__in=["yes", "if_need_be", "no"]), name="vote_is_one_of_three"
            ),
        ]

    def __str__(self) -> str:
        return self.answer
