"""Sessions of a mesa: when, where, what is on the agenda, what came of it, what is left to do."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.dates import roman, zone_exists, zone_of
from coordination.common.models import Plain, Provenance, PublicIdModel
from coordination.common.search import words_index
from coordination.mesas.models import Mesa, mesa_shown
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Person
from coordination.sessions.agenda import AgendaItem, Outcome
from coordination.sessions.papers import AgendaProposal, Paper, PaperReceipt, PaperVersion
from coordination.sessions.parts import BlockQuerySet, CircleMember, OpenBlocks, circles_of
from coordination.sessions.rooms import Room
from coordination.taxonomies.models import Canton, Province, Sector

__all__ = [
    "AgendaItem", "AgendaProposal", "Block", "CalendarFeed", "CircleMember", "FollowUpTask", "Outcome", "Paper",
    "PaperReceipt", "PaperVersion", "Rapporteur", "Series", "Session", "session_shown",
]  # fmt: skip


def session_shown(actor: Actor, prefix: str = "", mesa: str | None = None) -> Q:
    """The condition under which a session, reached through ``prefix``, shows to the actor.

    Sessions of visible mesas. Drafts show to the secretariat; to its rapporteur the one session it writes down; casa
    adentro to its circle and nobody else.
    ``mesa`` names a shorter way to the session's mesa where there is one.
    """

    def where(**conditions: Any) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in conditions.items()})

    way = mesa or f"{prefix}mesa"
    shown = mesa_shown(actor, f"{way}__") & ~where(state=Session.State.DRAFT)
    if actor.is_signed_in:
        shown |= at_mesas_with(actor, Permission.SCHEDULE, way)
    if actor.is_signed_in and actor.person_id is not None:
        writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
        shown |= where(id__in=writing.values("session"))
    shown &= where(is_casa_adentro=False)
    if actor.person_id is None:
        return shown
    return shown | where(id__in=circles_of(actor, record=False))


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, actor: Actor) -> "SessionQuerySet":
        """What ``session_shown`` says."""
        return self.filter(session_shown(actor))

    def live(self) -> "SessionQuerySet":
        return self.filter(provenance=Provenance.LIVE)

    def ahead(self, now: datetime) -> "SessionQuerySet":
        """Announced or convened and not over, soonest first."""
        states = [Session.State.ANNOUNCED, Session.State.CONVENED]
        return self.filter(state__in=states, ends_at__gt=now).order_by("starts_at", "id")

    def past(self, now: datetime) -> "SessionQuerySet":
        """Over, cancelled or historic, latest first; those without a date last."""
        over = (
            Q(ends_at__lte=now) | ~Q(state__in=["draft", "announced", "convened"]) | Q(provenance="historic")
        )
        return self.filter(over).order_by(F("starts_at").desc(nulls_last=True), "-number", "-id")

    def without_follow_up(self, now: datetime) -> "SessionQuerySet":
        """Convened, over, and nobody has planned what follows: the sweep's candidates."""
        states = [Session.State.CONVENED, Session.State.HELD]
        return self.live().filter(state__in=states, ends_at__lte=now, follow_up_planned_at=None)


class Series(PublicIdModel):
    """The rhythm several sessions were made by. Each is a session of its own: moving one leaves the others alone."""

    class Preset(models.TextChoices):
        WEEKLY = "weekly", _("every week")
        FORTNIGHTLY = "fortnightly", _("every two weeks")
        MONTHLY = "monthly", _("every month")
        BIMONTHLY = "bimonthly", _("every two months")
        QUARTERLY = "quarterly", _("every three months")

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="series", verbose_name=_("mesa"))
    preset = models.CharField(_("rhythm"), max_length=12, choices=Preset)
    first_on = models.DateField(_("first day"))
    # Days of the rhythm that were left out on purpose.
    exceptions = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("series of sessions")
        verbose_name_plural = _("series of sessions")

    def __str__(self) -> str:
        return f"{self.get_preset_display()}, {self.first_on}"


class Session(PublicIdModel):
    """One meeting of a mesa. A historic one may lack date, number or state, and then says so."""

    class Kind(models.TextChoices):
        ORDINARY = "ordinary", _("ordinary")
        EXTRAORDINARY = "extraordinary", _("extraordinary")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ANNOUNCED = "announced", _("announced")
        CONVENED = "convened", _("convened")
        HELD = "held", _("held")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    class Modality(models.TextChoices):
        IN_PERSON = "in_person", _("in person")
        ONLINE = "online", _("online")
        HYBRID = "hybrid", _("hybrid")

    mesa = models.ForeignKey(Mesa, models.PROTECT, related_name="sessions", verbose_name=_("mesa"))
    number = models.PositiveIntegerField(_("number"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=15, choices=Kind, default=Kind.ORDINARY)
    topic = models.CharField(_("topic"), max_length=250, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False)
    time_zone = models.CharField(_("time zone"), max_length=50, default="America/Guayaquil")
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    has_hours = models.BooleanField(default=True)
    modality = models.CharField(_("modality"), max_length=10, choices=Modality, default=Modality.IN_PERSON)
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    address = models.CharField(_("address"), max_length=250, blank=True)
    canton = models.ForeignKey(Canton, models.PROTECT, null=True, blank=True, verbose_name=_("canton"))
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, verbose_name=_("province"))
    # Which room and which online account: ``Reservation`` holds them. The texts above and below stay what is shown.
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="sessions", verbose_name=_("room")
    )
    online_account = models.ForeignKey(
        Room,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="online_sessions",
        verbose_name=_("online account"),
    )
    capacity = models.PositiveIntegerField(_("capacity of the room"), null=True, blank=True)
    online_url = models.URLField(_("link to join online"), max_length=500, blank=True)
    registration_closes_at = models.DateTimeField(_("registration closes"), null=True, blank=True)
    # Until when members propose agenda items and hand in papers; empty: until the session starts.
    proposals_due_at = models.DateTimeField(_("proposals close"), null=True, blank=True)
    papers_due_at = models.DateTimeField(_("papers close"), null=True, blank=True)
    # People per delegation where it differs from the mesa's rule.
    delegation_size = models.PositiveSmallIntegerField(_("people per delegation"), null=True, blank=True)
    series = models.ForeignKey(
        Series, models.SET_NULL, null=True, blank=True, related_name="sessions", verbose_name=_("series")
    )
    host = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="hosted_sessions",
        verbose_name=_("host"),
    )
    # iCalendar SEQUENCE and the version of every planned message; rises when time, place or state change.
    schedule_version = models.PositiveIntegerField(default=1, editable=False)
    moved_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    convened_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.TextField(_("reason of the cancellation"), blank=True)
    attendance_closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    present_organizations = models.PositiveIntegerField(null=True, blank=True, editable=False)
    present_sectors = models.PositiveIntegerField(null=True, blank=True, editable=False)
    present_people = models.PositiveIntegerField(null=True, blank=True, editable=False)
    quorum_met = models.BooleanField(null=True, editable=False)
    follow_up_planned_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Why a session that failed did, in a person's words; who was missing is in the register.
    failure_note = models.TextField(_("why it failed"), blank=True, max_length=1000)
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.LIVE, editable=False)
    source_id = models.CharField(max_length=60, null=True, blank=True, unique=True, editable=False)  # noqa: DJ001  unique when known
    sources = models.JSONField(default=list, blank=True, editable=False)
    notes = models.JSONField(default=list, blank=True, editable=False)
    participants = models.ManyToManyField(Organization, blank=True, related_name="attended_sessions")
    created_at = models.DateTimeField(auto_now_add=True)
    plain_topic = models.GeneratedField(
        expression=Plain(Concat("topic_es", Value(" "), "topic_en")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index(fields=["starts_at"], name="session_starts"),
            # The past, latest first (queries.listed).
            models.Index(
                F("starts_at").desc(nulls_last=True),
                F("number").desc(),
                F("id").desc(),
                name="session_latest",
            ),
            words_index("plain_topic", "session_words"),
            models.Index(fields=["mesa", "-starts_at"], name="session_mesa"),
            models.Index(
                fields=["ends_at"], name="session_needs_follow_up", condition=Q(follow_up_planned_at=None)
            ),
        ]
        constraints = [
            # Closed sessions count in a series of their own, or the gap would tell that they exist.
            models.UniqueConstraint(
                fields=["mesa", "number", "is_casa_adentro"],
                name="session_number_once",
                violation_error_message=_("This mesa already has a session with this number."),
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")) | Q(ends_at=None) | Q(provenance="historic"),
                name="session_ends_after_it_starts",
                violation_error_message=_("The session must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(provenance="historic") | Q(starts_at__isnull=False, ends_at__isnull=False),
                name="session_live_has_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="cancelled") | Q(cancelled_at__isnull=False) | Q(provenance="historic"),
                name="session_cancelled_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.mesa} {self.number or ''}".strip()

    def get_absolute_url(self) -> str:
        return reverse("portal:session", args=[self.public_id])

    @property
    def short_title(self) -> str:
        """III sesión: how people call it inside its mesa. One without a number is called by its topic."""
        if not self.number:
            topic = "" if self.is_casa_adentro else self.topic
            return topic or gettext("Session without a number")
        if self.kind == self.Kind.EXTRAORDINARY:
            return gettext("%(n)s extraordinary session") % {"n": roman(self.number)}
        return gettext("%(n)s session") % {"n": roman(self.number)}

    @property
    def title(self) -> str:
        """III sesión, Mesa Zonal Frontera Sur: on pages, in calendars and in letters."""
        return f"{self.short_title}, {self.mesa}"

    @property
    def zone(self) -> ZoneInfo:
        """Never fails: see ``zone_of``."""
        return zone_of(self.time_zone)

    @property
    def zone_is_gone(self) -> bool:
        return not zone_exists(self.time_zone)

    @property
    def is_historic(self) -> bool:
        return self.provenance == Provenance.HISTORIC

    @property
    def local_day(self) -> date | None:
        """The day it starts in its own zone."""
        return self.starts_at.astimezone(self.zone).date() if self.starts_at else None

    @property
    def local_end_day(self) -> date | None:
        return self.ends_at.astimezone(self.zone).date() if self.ends_at else None

    def lasts_on(self, day: date) -> bool:
        """Whether that day, in its own zone, lies between its first and its last."""
        first, last = self.local_day, self.local_end_day
        return first is not None and first <= day <= (last or first)

    @property
    def place(self) -> str:
        """Venue and territory in a line, or that it meets online. Select canton and province with the session."""
        if self.modality == self.Modality.ONLINE:
            return gettext("Online")
        territory = self.canton.name if self.canton else self.province.name if self.province else ""
        return ", ".join(part for part in (self.venue, territory) if part)

    @property
    def shown_state(self) -> str:
        """The state a person sees: between start and end a convened session is ``in_session``; after its end, ``over``."""
        if self.state == self.State.CONVENED and self.starts_at and self.ends_at:
            now = timezone.now()
            if self.starts_at <= now < self.ends_at:
                return "in_session"
            if now >= self.ends_at:
                return "over"
        return self.state


class Rapporteur(models.Model):
    """Who writes the record of one session: a role in that session and nowhere else."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="rapporteurs")
    person = models.ForeignKey(Person, models.CASCADE, related_name="rapporteured")
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("rapporteur")
        verbose_name_plural = _("rapporteurs")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], condition=Q(until=None), name="rapporteur_person_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.session_id}"


class Block(models.Model):
    """A continuous stretch of a session: all together, a group beside others, or a break."""

    class Kind(models.TextChoices):
        PLENARY = "plenary", _("all together")
        GROUP = "group", _("working group")
        BREAK = "break", _("break")

    session = models.ForeignKey(Session, models.CASCADE, related_name="blocks")
    order = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.PLENARY)
    title = models.CharField(_("title"), max_length=200, blank=True)
    # A closed part of an open session; the session's own hours are those of its open blocks.
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    # Whom it is for: without sectors everybody; the note says it in words.
    audience = models.ManyToManyField(
        Sector, blank=True, related_name="+", verbose_name=_("for these sectors")
    )
    audience_note = models.CharField(_("for whom"), max_length=200, blank=True)
    # Empty where it is as the session's: how, and where.
    modality = models.CharField(_("modality"), max_length=10, choices=Session.Modality, blank=True)
    room = models.ForeignKey(
        Room, models.PROTECT, null=True, blank=True, related_name="blocks", verbose_name=_("room")
    )
    online_account = models.ForeignKey(
        Room,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="online_blocks",
        verbose_name=_("online account"),
    )
    venue = models.CharField(_("venue"), max_length=200, blank=True)
    online_url = models.URLField(_("link to join online"), max_length=500, blank=True)
    capacity = models.PositiveIntegerField(_("capacity of the room"), null=True, blank=True)

    # Whether the reader knows what is dealt with in it, and not only its hours: ``BlockQuerySet.shown_to`` says it.
    tells_what = True

    open_ones = OpenBlocks()
    objects = BlockQuerySet.as_manager()

    class Meta:
        verbose_name = _("block")
        verbose_name_plural = _("blocks")
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "order"], name="block_order_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="block_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What it is called: its title, or what kind of block it is; for who knows only its hours, that it is closed."""
        if not self.tells_what:
            return gettext("Casa adentro")
        return self.title or capfirst(self.get_kind_display())


class FollowUpTask(models.Model):
    """What the secretariat owes after a session, planned when its last block ends, closed or not."""

    class Kind(models.TextChoices):
        ATTENDANCE = "attendance", _("complete the attendance register")
        CLOSE = "close", _("close the session")
        MINUTES = "minutes", _("circulate the minutes")
        PUBLISH = "publish", _("publish the minutes and the outcomes")
        FOLLOW_UP = "follow_up", _("review the commitments that came of it")

    session = models.ForeignKey(Session, models.CASCADE, related_name="tasks")
    kind = models.CharField(_("task"), max_length=12, choices=Kind)
    due_on = models.DateField(_("due"))
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    # What only its own page completes: the register when it is closed, the session when it is closed.
    BY_ITSELF = (Kind.ATTENDANCE, Kind.CLOSE)

    class Meta:
        verbose_name = _("follow-up task")
        verbose_name_plural = _("follow-up tasks")
        ordering = ["due_on", "id"]
        constraints = [models.UniqueConstraint(fields=["session", "kind"], name="task_once_a_session")]

    def __str__(self) -> str:
        return self.get_kind_display()


class CalendarFeed(PublicIdModel):
    """An address a calendar reads again and again: the sessions of a person, organization, mesa or province.

    It shows what its owner may see at the moment it is read, never more. A person's is the owner's own. One that
    works per owner and subject.
    """

    LINK_PURPOSE = "feed"

    class Purpose(models.TextChoices):
        PERSON = "person", _("person")
        ORGANIZATION = "organization", _("organization")
        MESA = "mesa", _("mesa")
        PROVINCE = "province", _("province")

    owner = models.ForeignKey(Person, models.CASCADE, related_name="calendar_feeds")
    purpose = models.CharField(max_length=12, choices=Purpose)
    organization = models.ForeignKey(Organization, models.CASCADE, null=True, related_name="calendar_feeds")
    mesa = models.ForeignKey(Mesa, models.CASCADE, null=True, related_name="calendar_feeds")
    province = models.ForeignKey(Province, models.CASCADE, null=True, related_name="calendar_feeds")
    link_generation = models.PositiveIntegerField(default=1, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("calendar feed")
        verbose_name_plural = _("calendar feeds")
        constraints = [
            models.CheckConstraint(
                condition=Q(purpose="person", organization=None, mesa=None, province=None)
                | Q(purpose="organization", organization__isnull=False, mesa=None, province=None)
                | Q(purpose="mesa", organization=None, mesa__isnull=False, province=None)
                | Q(purpose="province", organization=None, mesa=None, province__isnull=False),
                name="feed_is_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["owner", "purpose", "organization", "mesa", "province"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="feed_once_an_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.purpose}"

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)
