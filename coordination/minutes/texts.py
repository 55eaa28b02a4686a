"""The minutes: versions, sections, what was observed, who signed."""

from datetime import datetime

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Left
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.models import Plain, PublicIdModel
from coordination.files.models import StoredFile
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import AgendaItem, CircleMember, Rapporteur, Session, session_shown


class MinutesQuerySet(models.QuerySet["Minutes"]):
    def visible_to(self, actor: Actor) -> "MinutesQuerySet":
        """Published ones to whoever sees the session; before that the secretariat, and the organizations they went to.

        Of a closed session the circle of the record and nobody else, once they are approved: they are never published.
        A link opens its own copy's minutes.
        """
        circle = CircleMember.objects.current().filter(
            person_id=actor.person_id, level=CircleMember.Level.RECORD
        )
        inside = Q(session__is_casa_adentro=False) | Q(session__in=circle.values("session"))
        shown = Q(state__in=[Minutes.State.PUBLISHED, Minutes.State.SUPERSEDED], published_at__isnull=False)
        shown &= session_shown(actor, "session__")
        settled = [Minutes.State.APPROVED, Minutes.State.SUPERSEDED]
        shown |= Q(session__is_casa_adentro=True, state__in=settled)
        if actor.is_signed_in:
            shown |= at_mesas_with(actor, Permission.RECORD, "session__mesa")
            writing = Rapporteur.objects.filter(person_id=actor.person_id, until=None)
            shown |= Q(session__in=writing.values("session"))
            went = MinutesCopy.objects.filter(organization__in=actor.organization_ids).values("minutes")
            shown |= Q(pk__in=went)
        found = shown & inside
        if actor.link and actor.link.purpose == MinutesCopy.LINK_PURPOSE:
            found |= Q(copies=actor.link.subject_id)
        return self.filter(found)


class Minutes(PublicIdModel):
    """One version of the record of a session. A correction after approval is a new version with its reason."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        CIRCULATED = "circulated", _("circulated")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("replaced by a correction")

    session = models.ForeignKey(Session, models.CASCADE, related_name="minutes")
    # Given when it is approved: ACTA-FS-2026-003; a correction keeps it.
    number = models.CharField(_("number"), max_length=40, blank=True)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    form = models.CharField(_("form"), max_length=12, choices=Mesa.MinutesForm)
    approval = models.CharField(_("how it is approved"), max_length=9, choices=Mesa.MinutesApproval)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    language = models.CharField(_("language"), max_length=5, default="es")
    correction_reason = models.TextField(_("reason of the correction"), blank=True, max_length=1000)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="correction", editable=False
    )
    drafted_at = models.DateTimeField()
    circulated_at = models.DateTimeField(null=True, blank=True)
    observations_until = models.DateTimeField(_("observations until"), null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # What the paper shows and the verification page repeats; set when it is approved.
    code = models.CharField(_("verification code"), max_length=16, unique=True, null=True, blank=True)  # noqa: DJ001  unique when given
    # Of the text, as the foot of every page says it; the stored files have sums of their own.
    sha256 = models.CharField(max_length=64, blank=True, editable=False)
    reserved_sha256 = models.CharField(max_length=64, blank=True, editable=False)
    public_pdf = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    reserved_pdf = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    # Rises with every change of any section: what a whole page was read at.
    edit_version = models.PositiveIntegerField(default=1, editable=False)

    objects = MinutesQuerySet.as_manager()

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        ordering = ["session", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["session", "version"], name="minutes_version_once"),
            models.UniqueConstraint(fields=["number", "version"], condition=~Q(number=""), name="minutes_number_once"),
            models.CheckConstraint(
                condition=Q(version=1, corrects=None) | Q(version__gt=1, corrects__isnull=False) & ~Q(correction_reason=""),
                name="minutes_correction_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(circulated_at__isnull=False), name="minutes_circulated_has_a_moment"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "published", "superseded"])
                | Q(approved_at__isnull=False, code__isnull=False) & ~Q(sha256="") & ~Q(number=""),
                name="minutes_approved_has_number_and_hash",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="minutes_published_has_a_moment"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number or str(self.session)

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_settled(self) -> bool:
        """Approved: its text does not change any more."""
        return self.state in (self.State.APPROVED, self.State.PUBLISHED, self.State.SUPERSEDED)

    def takes_observations(self, now: datetime) -> bool:
        until = self.observations_until
        return self.state == self.State.CIRCULATED and until is not None and now < until


class Section(PublicIdModel):
    """A part of the minutes: its title and its text, as the little HTML that ``documents.rich`` lets through."""

    class Kind(models.TextChoices):
        HEADING = "heading", _("heading")
        ATTENDANCE = "attendance", _("attendance and quorum")
        AGENDA = "agenda", _("agenda")
        ITEM = "item", _("agenda item")
        COMMITMENTS = "commitments", _("commitments")
        NEXT = "next", _("next session")
        ANNEXES = "annexes", _("annexes")
        FREE = "free", _("section")

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="sections")
    order = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.FREE)
    item = models.ForeignKey(AgendaItem, models.SET_NULL, null=True, blank=True, related_name="+")
    title = models.CharField(_("title"), max_length=250)
    body = models.TextField(_("text"), blank=True)
    # The reserved version alone has it.
    is_reserved = models.BooleanField(_("reserved"), default=False)
    # Of a closed session, or of a closed part of an open one: for the circle of the record alone, and always reserved.
    # Kept here, so that it stays closed when its item goes.
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    # Its words as people look for them: Spanish stems, blind to accents; tags count for nothing. PostgreSQL refuses
    # more than a megabyte of them, so that a text without end is looked through to its 300,000th sign.
    words = models.GeneratedField(
        expression=SearchVector(
            Left(Plain(Concat("title", Value(" "), "body", output_field=models.TextField())), 300_000),
            config="spanish",
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        verbose_name = _("section of the minutes")
        verbose_name_plural = _("sections of the minutes")
        ordering = ["order", "id"]
        indexes = [GinIndex(fields=["words"], name="section_words")]
        constraints = [
            models.UniqueConstraint(
                fields=["minutes", "order"], name="section_order_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(is_casa_adentro=False) | Q(is_reserved=True), name="section_closed_is_reserved"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class MinutesCopy(PublicIdModel):
    """The minutes went to one organization that took part; its link opens them without an account."""

    LINK_PURPOSE = "minutes"

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="copies")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="minutes_copies")
    link_generation = models.PositiveIntegerField(default=1, editable=False)
    link_expires_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    # It said that it has nothing to observe, before the time ran out.
    agreed_at = models.DateTimeField(null=True, blank=True)
    agreed_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("copy of the minutes")
        verbose_name_plural = _("copies of the minutes")
        constraints = [models.UniqueConstraint(fields=["minutes", "organization"], name="minutes_copy_once")]

    def __str__(self) -> str:
        return f"{self.minutes_id} {self.organization_id}"

    @property
    def token(self) -> str:
        return make_token(self.LINK_PURPOSE, self.public_id, self.link_generation)


class Observation(PublicIdModel):
    """What an organization wants changed in one paragraph, and what was answered."""

    class Answer(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        PARTLY = "partly", _("accepted in part")
        NOT = "not", _("not accepted")

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="observations")
    section = models.ForeignKey(Section, models.CASCADE, related_name="observations")
    # Which block of the section's text, from 1; 0 for the section as a whole.
    paragraph = models.PositiveSmallIntegerField(_("paragraph"), default=0)
    quote = models.TextField(_("paragraph as it stood"), blank=True)
    text = models.TextField(_("observation"), max_length=3000)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    author = models.CharField(_("by"), max_length=200, blank=True)
    made_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(_("answer"), max_length=8, choices=Answer, blank=True)
    answer_text = models.TextField(_("reason"), blank=True, max_length=2000)
    answered_at = models.DateTimeField(null=True, blank=True)
    # The answer came with a new text of the section.
    changed_text = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    # One press of the button is one observation, however often it is sent.
    client_id = models.UUIDField()

    class Meta:
        verbose_name = _("observation")
        verbose_name_plural = _("observations")
        ordering = ["section__order", "paragraph", "made_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "client_id"], name="observation_client_once"),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None) | ~Q(answer="") & Q(answered_at__isnull=False),
                name="observation_answer_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Signature(models.Model):
    """An organization signed a version of the minutes: by account, or by its link with a code mailed at that moment."""

    minutes = models.ForeignKey(Minutes, models.CASCADE, related_name="signatures")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("who signs"), max_length=200)
    title = models.CharField(_("post"), max_length=200, blank=True)
    # Of the text that was signed.
    sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["signed_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["minutes", "organization"], name="minutes_signed_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.minutes_id}"


class MinutesTemplate(PublicIdModel):
    """A DOCX of the ministry's own that the minutes are poured into; checked when it is uploaded."""

    mesa = models.ForeignKey(Mesa, models.CASCADE, related_name="minutes_templates")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    uploaded_at = models.DateTimeField()
    # Empty when it can be filled in.
    problems = models.JSONField(default=list, blank=True, editable=False)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("template of minutes")
        verbose_name_plural = _("templates of minutes")
        constraints = [
            models.UniqueConstraint(
                fields=["mesa"], condition=Q(retired_at=None), name="minutes_template_one_a_mesa"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | Q(retired_at__gte=F("uploaded_at")),
                name="template_retired_later",
            ),
        ]

    def __str__(self) -> str:
        return str(self.mesa_id)
