"""Mesas, who sits at them and who keeps their secretariat."""

from datetime import date
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.dates import zone_exists, zone_of
from coordination.common.models import Plain, Provenance, PublicIdModel
from coordination.common.search import words_index
from coordination.files.models import StoredFile
from coordination.organizations.models import Level, Organization, Person, Post
from coordination.taxonomies.models import Canton, Province, Sector, ThematicAxis


class Rank(models.TextChoices):
    """How high somebody stands whom an organization sends: seen over time, it tells how serious it is."""

    HEAD = "head", _("head of the organization")
    DELEGATE = "delegate", _("delegate with powers")
    TECHNICIAN = "technician", _("technical staff")


def default_session_ladder() -> list[int]:
    """Minutes before a session starts: 7 days, 1 day, 2 hours (issue: at least these three)."""
    return [7 * 24 * 60, 24 * 60, 2 * 60]


def default_commitment_ladder() -> list[int]:
    """Days from the due date: two warnings, the day, two reproaches (design: reminders 16)."""
    return [-15, -5, 0, 3, 10]


def mesa_shown(actor: Actor, prefix: str = "") -> Q:
    """The condition under which a mesa, reached through ``prefix``, shows to the actor.

    Public mesas show to everybody, the others to who has a seat or the secretariat today. A condition and not a
    subquery: what hangs on a mesa asks it through the join it makes anyway.
    """

    if actor.is_admin or actor.is_auditor:
        return Q()
    public = Q(**{f"{prefix}visibility": Mesa.Visibility.PUBLIC}) & ~Q(**{f"{prefix}state": Mesa.State.DRAFT})
    own = own_mesa(actor, prefix)
    return public if own is None else public | own


def own_mesa(actor: Actor, prefix: str = "") -> Q | None:
    """The condition under which the actor's organization has a seat or the secretariat there today; None without one."""
    organizations = [*actor.organization_ids, *([actor.link.organization_id] if actor.link else [])]
    if not organizations:
        return None
    if actor.mesa_roles is not None and actor.link is None:
        return Q(**{f"{prefix}id__in": {mesa for mesa, _role in actor.mesa_roles}})
    today = timezone.localdate()
    seats = Seat.objects.current(today).filter(organization__in=organizations)
    mandates = SecretariatMandate.objects.current(today).filter(organizations__in=organizations)
    return Q(**{f"{prefix}id__in": seats.values("mesa")}) | Q(**{f"{prefix}id__in": mandates.values("mesa")})


class MesaQuerySet(models.QuerySet["Mesa"]):
    def visible_to(self, actor: Actor) -> "MesaQuerySet":
        """What ``mesa_shown`` says."""
        return self.filter(mesa_shown(actor))

    def live(self) -> "MesaQuerySet":
        return self.filter(provenance=Provenance.LIVE)


class Mesa(PublicIdModel):
    """A body that meets: a mesa, sub-mesa, forum, process, programme or a single event."""

    class Kind(models.TextChoices):
        MESA = "mesa", _("mesa")
        SUB_MESA = "sub_mesa", _("sub-mesa")
        FORUM = "forum", _("forum")
        PROCESS = "process", _("process")
        PROGRAMME = "programme", _("programme")
        EVENT = "event", _("event")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ACTIVE = "active", _("active")
        ENDED = "ended", _("ended")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("public: anyone sees its sessions and commitments")
        MEMBERS = "members", _("members: only its organizations see it")

    slug = models.SlugField(_("address name"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    acronym = models.CharField(_("acronym"), max_length=20, blank=True)
    code_prefix = models.CharField(_("prefix of its codes"), max_length=8)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.MESA)
    level = models.CharField(_("level"), max_length=20, choices=Level, default=Level.NATIONAL)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    visibility = models.CharField(
        _("who sees it"), max_length=10, choices=Visibility, default=Visibility.PUBLIC
    )
    province = models.ForeignKey(Province, models.PROTECT, null=True, blank=True, verbose_name=_("province"))
    canton = models.ForeignKey(Canton, models.PROTECT, null=True, blank=True, verbose_name=_("canton"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    objectives = models.TextField(_("objectives"), blank=True)
    axes = models.ManyToManyField(ThematicAxis, blank=True, verbose_name=_("thematic axes"))
    convener = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="convened_mesas",
        verbose_name=_("convened by"),
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="America/Guayaquil")
    notice_days = models.PositiveSmallIntegerField(
        _("days of notice"), default=5, validators=[MaxValueValidator(90)]
    )
    quorum_organizations = models.PositiveSmallIntegerField(_("quorum: organizations"), default=0)
    quorum_sectors = models.PositiveSmallIntegerField(
        _("quorum: sectors"), default=0, validators=[MaxValueValidator(7)]
    )
    silence_days = models.PositiveSmallIntegerField(_("days of the silence procedure"), default=10)
    rhythm_days = models.PositiveSmallIntegerField(_("expected days between sessions"), null=True, blank=True)
    delegation_size = models.PositiveSmallIntegerField(
        _("people per delegation"), default=3, validators=[MinValueValidator(1), MaxValueValidator(30)]
    )
    # What the balance gauge compares with: who should be called to every session.
    expected_sectors = models.ManyToManyField(
        Sector, blank=True, related_name="+", verbose_name=_("sectors that belong at the table")
    )
    expected_levels = ArrayField(
        models.CharField(max_length=20, choices=Level),
        default=list,
        blank=True,
        verbose_name=_("levels that belong at the table"),
    )
    needs_letter = models.BooleanField(
        _("delegations need a letter"),
        default=False,
        help_text=_("Each organization hands in the letter that appoints its delegates."),
    )
    # Working days after a session until the secretariat owes each thing; planned tasks keep the day they have.
    closing_days = models.PositiveSmallIntegerField(
        _("working days to close the session"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    circulating_days = models.PositiveSmallIntegerField(
        _("working days to circulate the minutes"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    publishing_days = models.PositiveSmallIntegerField(
        _("working days to publish"),
        default=15,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )

    class MinutesForm(models.TextChoices):
        ACTA = "acta", _("minutes (acta)")
        AIDE_MEMOIRE = "aide_memoire", _("aide-mémoire")

    class MinutesApproval(models.TextChoices):
        SILENCE = "silence", _("by silence")
        SIGNATURE = "signature", _("by signature")

    minutes_form = models.CharField(
        _("form of the record"), max_length=12, choices=MinutesForm, default=MinutesForm.ACTA
    )
    minutes_approval = models.CharField(
        _("how minutes are approved"),
        max_length=9,
        choices=MinutesApproval,
        default=MinutesApproval.SILENCE,
    )
    # Casa adentro: what was said stands without who said it.
    reserved_without_names = models.BooleanField(_("reserved notes name nobody"), default=True)
    clearing_days = models.PositiveSmallIntegerField(
        _("working days to clear a sharing sheet"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    # Follow-up: who may hold the second key, when organizations are asked before a session, how much is too much.
    verifier_of_another_sector = models.BooleanField(
        _("the verifier belongs to another sector"), default=False
    )
    asking_days = models.PositiveSmallIntegerField(
        _("days before a session when organizations are asked how their commitments stand"),
        default=7,
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    load_warning = models.PositiveSmallIntegerField(
        _("open commitments of one organization that raise a warning"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(500)],
    )
    session_ladder = ArrayField(
        models.PositiveIntegerField(),
        default=default_session_ladder,
        verbose_name=_("reminders before a session"),
    )
    commitment_ladder = ArrayField(
        models.SmallIntegerField(),
        default=default_commitment_ladder,
        verbose_name=_("reminders of commitments"),
    )
    # From when a step that was added later counts: {"10080": moment}. See ``mesas.ladders.counted_from``.
    session_ladder_since = models.JSONField(default=dict, blank=True, editable=False)
    commitment_ladder_since = models.JSONField(default=dict, blank=True, editable=False)
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.LIVE, editable=False)
    sources = models.JSONField(default=list, blank=True, editable=False)
    notes = models.JSONField(default=list, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    plain_name = models.GeneratedField(
        expression=Plain(Concat("name_es", Value(" "), "name_en", Value(" "), "acronym")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = MesaQuerySet.as_manager()

    class Meta:
        verbose_name = _("mesa")
        verbose_name_plural = _("mesas")
        indexes = [words_index("plain_name", "mesa_words")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("portal:mesa", args=[self.slug])

    @property
    def is_historic(self) -> bool:
        return self.provenance == Provenance.HISTORIC

    @property
    def zone(self) -> ZoneInfo:
        """Never fails: see ``zone_of``."""
        return zone_of(self.time_zone)

    @property
    def zone_is_gone(self) -> bool:
        return not zone_exists(self.time_zone)


class LegalBasis(models.Model):
    """The instrument a mesa stands on."""

    class Kind(models.TextChoices):
        MINISTERIAL_AGREEMENT = "ministerial_agreement", _("ministerial agreement")
        RESOLUTION = "resolution", _("resolution")
        ORDINANCE = "ordinance", _("ordinance")
        ACT = "act", _("founding act")
        OTHER = "other", _("other instrument")

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="legal_bases")
    kind = models.CharField(_("kind"), max_length=24, choices=Kind)
    number = models.CharField(_("number"), max_length=60)
    issued_on = models.DateField(_("date"), null=True, blank=True)
    published_on = models.DateField(_("published"), null=True, blank=True)
    gazette = models.CharField(_("official gazette"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("legal basis")
        verbose_name_plural = _("legal bases")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class SeatQuerySet(models.QuerySet["Seat"]):
    def current(self, on: date) -> "SeatQuerySet":
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class Seat(models.Model):
    """An organization at a mesa, in a role, from a day until a day when known."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("chair")
        MEMBER = "member", _("member")
        OBSERVER = "observer", _("observer")

    class Voting(models.TextChoices):
        VOICE_VOTE = "voice_vote", _("voice and vote")
        VOICE = "voice", _("voice, no vote")

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="seats")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="seats", verbose_name=_("organization")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    voting = models.CharField(_("voice and vote"), max_length=12, choices=Voting, default=Voting.VOICE_VOTE)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        constraints = [
            models.UniqueConstraint(
                fields=["mesa", "organization"],
                condition=Q(ends_on=None),
                name="seat_once_at_a_mesa",
                violation_error_message=_("This organization already has a seat at this mesa."),
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="seat_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=~Q(role="observer") | Q(voting="voice"),
                name="seat_observers_do_not_vote",
                violation_error_message=_("An observer has a voice but no vote."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.mesa}"


class SectorQuota(models.Model):
    """How many people one sector may send to a session of the mesa; without a row there is no limit."""

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="sector_quotas")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", verbose_name=_("sector"))
    places = models.PositiveSmallIntegerField(_("places"), validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("places of a sector")
        verbose_name_plural = _("places by sector")
        constraints = [
            models.UniqueConstraint(
                fields=["mesa", "sector"],
                name="sector_quota_once",
                violation_error_message=_("This sector already has its places."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.sector} {self.places}"


class StandingDelegateQuerySet(models.QuerySet["StandingDelegate"]):
    def current(self, on: date) -> "StandingDelegateQuerySet":
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class StandingDelegate(models.Model):
    """Whom an organization sends to every session of a seat, by a dated letter: who prefills each delegation."""

    class Role(models.TextChoices):
        PRINCIPAL = "principal", _("principal")
        ALTERNATE = "alternate", _("alternate")

    seat = models.ForeignKey(Seat, models.CASCADE, related_name="standing")
    person = models.ForeignKey(Person, models.PROTECT, related_name="standing", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=10, choices=Role)
    rank = models.CharField(_("rank"), max_length=10, choices=Rank, blank=True)
    post_title = models.CharField(_("post"), max_length=160, blank=True)
    letter_number = models.CharField(_("number of the letter"), max_length=60, blank=True)
    letter_on = models.DateField(_("date of the letter"), null=True, blank=True)
    letter = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = StandingDelegateQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing delegate")
        verbose_name_plural = _("standing delegates")
        constraints = [
            models.UniqueConstraint(
                fields=["seat"],
                condition=Q(ends_on=None, role="principal"),
                name="standing_one_principal",
                violation_error_message=_("This seat already has a standing principal delegate."),
            ),
            models.UniqueConstraint(
                fields=["seat", "person"], condition=Q(ends_on=None), name="standing_person_once"
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="standing_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} ({self.role})"


class SecretariatMandateQuerySet(models.QuerySet["SecretariatMandate"]):
    def current(self, on: date) -> "SecretariatMandateQuerySet":
        return self.filter(starts_on__lte=on).filter(Q(ends_on=None) | Q(ends_on__gte=on))


class SecretariatMandate(models.Model):
    """The only source of secretariat rights: organizations, between two dates, by an instrument, through posts."""

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="mandates")
    organizations = models.ManyToManyField(
        Organization, related_name="mandates", verbose_name=_("organizations")
    )
    posts = models.ManyToManyField(Post, related_name="mandates", verbose_name=_("posts that act for them"))
    instrument = models.CharField(_("instrument"), max_length=200)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = SecretariatMandateQuerySet.as_manager()

    class Meta:
        verbose_name = _("secretariat mandate")
        verbose_name_plural = _("secretariat mandates")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="mandate_ends_after_it_starts",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mesa} · {self.instrument}"
