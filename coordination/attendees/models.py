"""Who is called, who will come and who came."""

import uuid
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.models import PublicIdModel
from coordination.files.models import StoredFile
from coordination.mesas.models import Rank, Seat
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Person, Post
from coordination.sessions.circle import stands_in
from coordination.sessions.models import Block, CircleMember, Session, session_shown
from coordination.taxonomies.models import Sector


class Convocation(models.Model):
    """The act of calling a session, once; its number runs by mesa and year."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="convocation")
    number = models.CharField(_("number"), max_length=40)
    message = models.TextField(_("message to the organizations"), blank=True, max_length=2000)
    short_notice_reason = models.TextField(_("reason for the short notice"), blank=True, max_length=1000)
    # Who signs, and their name and title as they were that day.
    signatory_post = models.ForeignKey(
        Post, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("who signs")
    )
    signatory_name = models.CharField(max_length=200, blank=True)
    signatory_title = models.CharField(max_length=200, blank=True)
    # What the gauge showed when it was sent (codes of sectors and levels), and why it was sent all the same.
    balance = models.JSONField(default=dict, blank=True, editable=False)
    balance_reason = models.TextField(_("reason for what is missing"), blank=True, max_length=1000)
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        verbose_name = _("convocation")
        verbose_name_plural = _("convocations")

    def __str__(self) -> str:
        return self.number


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Actor) -> "InvitationQuerySet":
        """The organization's own people, whoever holds its link, and who keeps the mesa's delegations.

        Of a closed session only those of them who are in its circle: the row alone tells that it exists.
        """
        circle = CircleMember.objects.current().filter(person_id=actor.person_id).values("session")
        open_to = Q(session__is_casa_adentro=False) | Q(session__in=circle)
        shown = Q(organization_id__in=actor.organization_ids) & open_to
        if actor.link and actor.link.purpose == Invitation.LINK_PURPOSE:
            shown |= Q(id=actor.link.subject_id)
        if actor.is_signed_in:
            shown |= at_mesas_with(actor, Permission.SEE_DELEGATIONS, "session__mesa") & session_shown(
                actor, "session__"
            )
        return self.filter(shown)


class Invitation(PublicIdModel):
    """One organization is called to one session. Its link names the delegation without an account."""

    LINK_PURPOSE = "invitation"

    class State(models.TextChoices):
        PENDING = "pending", _("not opened")
        SEEN = "seen", _("seen, no answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")

    class Role(models.TextChoices):
        CHAIR = Seat.Role.CHAIR.value, Seat.Role.CHAIR.label
        MEMBER = Seat.Role.MEMBER.value, Seat.Role.MEMBER.label
        OBSERVER = Seat.Role.OBSERVER.value, Seat.Role.OBSERVER.label
        GUEST = "guest", _("guest")

    session = models.ForeignKey(Session, models.CASCADE, related_name="invitations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="invitations")
    post = models.ForeignKey(Post, models.SET_NULL, null=True, blank=True, related_name="invitations")
    # Somebody named for this call alone, as guests are; else the post says who is written to.
    addressee = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("addressee")
    )
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    votes = models.BooleanField(_("votes"), default=True)
    state = models.CharField(_("answer"), max_length=10, choices=State, default=State.PENDING)
    modality = models.CharField(_("how"), max_length=10, choices=Session.Modality, blank=True)
    note = models.TextField(_("remark"), blank=True, max_length=1000)
    link_generation = models.PositiveIntegerField(default=1)
    link_expires_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    second_notice_at = models.DateTimeField(null=True, blank=True, editable=False)
    # The letter that appoints the delegates.
    letter = models.ForeignKey(StoredFile, models.SET_NULL, null=True, blank=True, related_name="+")
    letter_number = models.CharField(_("number of the letter"), max_length=60, blank=True)
    letter_on = models.DateField(_("date of the letter"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField()

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = [
            models.UniqueConstraint(fields=["session", "organization"], name="invitation_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "seen"], answered_at=None)
                | Q(state__in=["accepted", "declined"], answered_at__isnull=False),
                name="invitation_answer_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization} · {self.session}"

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)

    def get_link(self) -> str:
        """The path that opens the invitation without an account."""
        return reverse("attendees:invitation", args=[self.token])

    @property
    def last_signal(self) -> datetime | None:
        """When the organization was last heard of."""
        return self.answered_at or self.seen_at

    @property
    def lacks_letter(self) -> bool:
        """It will come, its mesa asks for the letter that appoints the delegates, and neither number nor file is here."""
        named = self.letter_id is not None or self.letter_number
        return self.state == self.State.ACCEPTED and self.session.mesa.needs_letter and not named

    @property
    def link_ends_at(self) -> datetime:
        """Until when the link works. A session that moved takes its links along."""
        session = self.session
        if session.moved_at and session.ends_at and session.moved_at > self.created_at:
            return session.ends_at
        return self.link_expires_at

    def link_is_dead(self, now: datetime) -> bool:
        return now >= self.link_ends_at


class DelegateQuerySet(models.QuerySet["Delegate"]):
    def current(self) -> "DelegateQuerySet":
        return self.filter(withdrawn_at=None)

    def with_a_place(self) -> "DelegateQuerySet":
        """Current, and not on the waiting list."""
        return self.filter(withdrawn_at=None, waiting_since=None)

    def in_order(self) -> "DelegateQuerySet":
        """Principal, alternate, companions."""
        places = [When(role=role, then=place) for place, role in enumerate(Delegate.Role.values)]
        return self.order_by(Case(*places), "id")


class Delegate(PublicIdModel):
    """A person an organization sends. Withdrawn rows stay: who was swapped for whom can be seen."""

    LINK_PURPOSE = "pass"

    class Role(models.TextChoices):
        PRINCIPAL = "principal", _("principal")
        ALTERNATE = "alternate", _("alternate")
        COMPANION = "companion", _("companion")

    invitation = models.ForeignKey(Invitation, models.CASCADE, related_name="delegates")
    person = models.ForeignKey(Person, models.PROTECT, related_name="delegations")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    post_title = models.CharField(_("post"), max_length=160, blank=True)

    class Need(models.TextChoices):
        ACCESS = "access", _("step-free access")
        SIGN_LANGUAGE = "sign_language", _("sign language interpretation")
        INTERPRETATION = "interpretation", _("interpretation from another language")
        DIET = "diet", _("a diet")
        CARE = "care", _("care for children during the session")
        OTHER = "other", _("something else")

    rank = models.CharField(_("rank"), max_length=10, choices=Rank, blank=True)
    # How this person comes, where it differs from the delegation.
    modality = models.CharField(_("how"), max_length=10, choices=Session.Modality, blank=True)
    need_kinds = ArrayField(
        models.CharField(max_length=15, choices=Need), default=list, blank=True, verbose_name=_("needs")
    )
    needs = models.CharField(_("what we should prepare"), max_length=300, blank=True)
    is_listed = models.BooleanField(
        _("may stand on the public list"),
        default=False,
        help_text=_("The public list of participants names only those who agree."),
    )
    # What makes its pass: the code shown at the door. Raising it makes the old code worthless.
    pass_generation = models.PositiveIntegerField(default=1, editable=False)
    registered_at = models.DateTimeField()
    waiting_since = models.DateTimeField(null=True, blank=True, editable=False)
    promoted_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = DelegateQuerySet.as_manager()

    class Meta:
        verbose_name = _("delegate")
        verbose_name_plural = _("delegates")
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "person"], condition=Q(withdrawn_at=None), name="delegate_once"
            ),
            models.UniqueConstraint(
                fields=["invitation", "role"],
                condition=Q(withdrawn_at=None, role__in=["principal", "alternate"]),
                name="delegate_one_principal_one_alternate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"

    @property
    def pass_token(self) -> str:
        """What the QR at the door says, and the person's own link."""
        return make_token(self.LINK_PURPOSE, self.public_id, self.pass_generation)

    def get_pass(self) -> str:
        """The path that opens the pass without an account."""
        return reverse("attendees:pass", args=[self.pass_token])

    @property
    def need_words(self) -> list[str]:
        return [str(self.Need(kind).label) for kind in self.need_kinds]


class SectorPlaces(models.Model):
    """How many people of one sector this session takes; copied from the mesa when it is convened, then its own."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="sector_places")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", verbose_name=_("sector"))
    places = models.PositiveSmallIntegerField(_("places"))

    class Meta:
        verbose_name = _("places of a sector")
        verbose_name_plural = _("places by sector")
        constraints = [models.UniqueConstraint(fields=["session", "sector"], name="sector_places_once")]

    def __str__(self) -> str:
        return f"{self.sector_id} {self.places}"


class StatedCount(models.Model):
    """How often one answer to an optional, sensitive question was given: a count, tied to nobody.

    Counts under five are shown to nobody (issue: cells under 5 hidden).
    """

    class Question(models.TextChoices):
        SEX = "sex", _("sex")
        AGE = "age", _("age band")
        IDENTITY = "identity", _("self-identification")

    session = models.ForeignKey(Session, models.CASCADE, related_name="stated_counts")
    question = models.CharField(max_length=10, choices=Question)
    answer = models.CharField(max_length=30)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["session", "question", "answer"], name="stated_count_once")
        ]

    def __str__(self) -> str:
        return f"{self.question} {self.answer}"


class Attendance(models.Model):
    """Whether somebody came to a block. Walk-ins have no delegate; totals live on the session."""

    class Status(models.TextChoices):
        PRESENT = "present", _("present")
        EXCUSED = "excused", _("excused")
        ABSENT = "absent", _("absent")
        SUBSTITUTE = "substitute", _("substitute")

    block = models.ForeignKey(Block, models.CASCADE, related_name="attendances")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="attendances")
    delegate = models.ForeignKey(Delegate, models.PROTECT, null=True, blank=True, related_name="attendances")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="attendances")
    name = models.CharField(_("name"), max_length=200, blank=True)
    status = models.CharField(_("attendance"), max_length=10, choices=Status)
    is_walk_in = models.BooleanField(_("without registration"), default=False)
    # The hour at the door as its device told it, set right by the difference of the clocks; the entry may come later.
    arrived_at = models.DateTimeField(_("came"), null=True, blank=True)
    left_at = models.DateTimeField(_("left"), null=True, blank=True)

    class Source(models.TextChoices):
        REGISTER = "register", _("register")
        DOOR = "door", _("door")
        SCAN = "scan", _("code at the door")
        SELF = "self", _("code on the wall")
        ONLINE = "online", _("joined online")
        SHEET = "sheet", _("printed sheet")

    source = models.CharField(_("how it was recorded"), max_length=8, choices=Source, default=Source.REGISTER)
    rank = models.CharField(_("rank"), max_length=10, choices=Rank, blank=True)
    # Whom a substitute stood in for.
    replaces = models.ForeignKey(
        Delegate,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaced_by",
        verbose_name=_("instead of"),
    )
    client_id = models.UUIDField(default=uuid.uuid4)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.UniqueConstraint(
                fields=["block", "delegate"],
                condition=Q(delegate__isnull=False),
                name="attendance_delegate_once",
            ),
            # One tap of one device is one entry of the register, however often it is sent.
            models.UniqueConstraint(fields=["block", "client_id"], name="attendance_client_once"),
            models.UniqueConstraint(
                fields=["block", "organization", "name"],
                condition=Q(is_walk_in=True),
                name="attendance_walk_in_once",
                violation_error_message=_("This person is already on the list."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.status}"


class Door(models.Model):
    """The door of a session: whether a code hangs on the wall. Raising ``generation`` makes every code before worthless."""

    session = models.OneToOneField(Session, models.CASCADE, related_name="door")
    self_check_in = models.BooleanField(_("people register themselves"), default=False)
    generation = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("door")
        verbose_name_plural = _("doors")

    def __str__(self) -> str:
        return str(self.session_id)


class SheetRow(models.Model):
    """One line of a printed sheet: its short code says whom the signature is of; empty lines are for whoever comes."""

    block = models.ForeignKey(Block, models.CASCADE, related_name="sheet_rows")
    code = models.CharField(_("code"), max_length=6)
    delegate = models.ForeignKey(Delegate, models.CASCADE, null=True, blank=True, related_name="sheet_rows")
    printed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("line of a printed sheet")
        verbose_name_plural = _("lines of printed sheets")
        constraints = [
            models.UniqueConstraint(fields=["block", "code"], name="sheet_code_once"),
            models.UniqueConstraint(
                fields=["block", "delegate"],
                condition=Q(delegate__isnull=False),
                name="sheet_delegate_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class RegisterAnnexQuerySet(models.QuerySet["RegisterAnnex"]):
    def shown_to(self, actor: Actor, session: Session) -> "RegisterAnnexQuerySet":
        """Those of the session that stand, without what belongs to a closed part unless the actor is inside. One query more."""
        standing = self.filter(session=session, removed_at=None)
        return standing if stands_in(actor, session) else standing.filter(is_casa_adentro=False)


class RegisterAnnex(PublicIdModel):
    """A picture or scan that belongs to the register: the signed sheet, or a photo of the meeting."""

    class Kind(models.TextChoices):
        SHEET = "sheet", _("signed sheet")
        PHOTO = "photo", _("photo of the meeting")

    session = models.ForeignKey(Session, models.CASCADE, related_name="register_annexes")
    kind = models.CharField(_("what it is"), max_length=5, choices=Kind)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    caption = models.CharField(_("caption"), max_length=300, blank=True)
    # Those in the photo agreed to be shown. A photo without it is kept inside and never published.
    has_consent = models.BooleanField(_("those in it agreed"), default=False)
    is_public = models.BooleanField(_("may be published"), default=False)
    # Of a closed part of an open session: who signed there is for the circle alone.
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False)
    added_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = RegisterAnnexQuerySet.as_manager()

    class Meta:
        verbose_name = _("annex of the register")
        verbose_name_plural = _("annexes of the register")
        constraints = [
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(is_casa_adentro=False), name="annex_public_only_if_open"
            ),
            models.CheckConstraint(
                condition=Q(is_public=False) | Q(kind="photo", has_consent=True),
                name="annex_public_only_with_consent",
                violation_error_message=_(
                    "A photo is published only when those in it agreed; a signed sheet never is."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.session_id}"


class SectorTotal(models.Model):
    """How many of one sector came, where nobody kept a list: the bare totals of a past session."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="sector_totals")
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="+", verbose_name=_("sector"))
    organizations = models.PositiveIntegerField(_("organizations"), default=0)
    people = models.PositiveIntegerField(_("people"), default=0)

    class Meta:
        verbose_name = _("total of a sector")
        verbose_name_plural = _("totals by sector")
        constraints = [models.UniqueConstraint(fields=["session", "sector"], name="sector_total_once")]

    def __str__(self) -> str:
        return f"{self.sector_id} {self.people}"


class Certificate(PublicIdModel):
    """That a person, or an organization, took part. Its code can be looked up by anybody who holds the paper."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="certificates")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    # Empty: the organization's own.
    attendance = models.ForeignKey(
        Attendance, models.PROTECT, null=True, blank=True, related_name="certificates"
    )
    code = models.CharField(_("code"), max_length=16, unique=True)
    # As it stood on the paper that day.
    name = models.CharField(_("name"), max_length=250)
    issued_at = models.DateTimeField(_("issued"))
    revoked_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints = [
            models.UniqueConstraint(
                fields=["session", "organization", "attendance"],
                condition=Q(revoked_at=None),
                nulls_distinct=False,
                name="certificate_once",
            ),
        ]

    def __str__(self) -> str:
        return self.code
