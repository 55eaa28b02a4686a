"""What was agreed, who answers for it, how it is measured and who confirmed it."""

from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from accounts.links import make_token
from coordination.common.models import Plain, Provenance, PublicIdModel
from coordination.common.search import words_index
from coordination.mesas.models import Mesa, mesa_shown
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Post
from coordination.sessions.models import CircleMember, Outcome, Session, session_shown
from coordination.taxonomies.models import GcmObjective, Sdg, ThematicAxis


class CommitmentQuerySet(models.QuerySet["Commitment"]):
    def visible_to(self, actor: Actor) -> "CommitmentQuerySet":
        """Those of sessions (or, without a session, of mesas) the actor sees; proposed ones to the mesa's keepers.

        Of a closed session: to who knows what was said there, and to the organizations that answer and verify.
        """
        alone = Q(session=None) & mesa_shown(actor, "mesa__")
        shown = (session_shown(actor, "session__", "mesa") & Q(session__isnull=False)) | alone
        # A proposal that never passed the gate is nobody's promise: withdrawn, it stays with the mesa's keepers.
        never_agreed = Q(state=Commitment.State.WITHDRAWN, agreed_at=None, provenance=Provenance.LIVE)
        told = Q(is_casa_adentro=False)
        if actor.person_id is not None:
            record = CircleMember.objects.current().filter(
                person_id=actor.person_id, level=CircleMember.Level.RECORD
            )
            told |= Q(session__in=record.values("session"))
        ready = ~Q(state=Commitment.State.PROPOSED) & ~never_agreed
        if actor.is_signed_in:
            ready |= at_mesas_with(actor, Permission.MANAGE_COMMITMENTS, "mesa")
        reads = told if actor.is_auditor else told & ready
        if actor.organization_ids:
            reads |= Q(responsible__in=actor.organization_ids) | Q(verifier__in=actor.organization_ids)
        found = shown & reads
        if actor.link and actor.link.purpose in (Commitment.REPORT_LINK, Commitment.VERIFY_LINK):
            found |= Q(id=actor.link.subject_id)
        return self.filter(found)

    def open(self) -> "CommitmentQuerySet":
        """Agreed and not yet settled: what the next agenda's first item reviews."""
        return self.filter(state__in=Commitment.OPEN_STATES, provenance=Provenance.LIVE)

    def incomplete(self) -> "CommitmentQuerySet":
        """Agreed by an exception of the gate that nobody has mended."""
        return self.open().filter(exempt_until__isnull=False)

    def overdue(self, today: date) -> "CommitmentQuerySet":
        """Its day has passed and somebody owes it: what is reported or disputed waits for others."""
        return self.open().filter(due_on__lt=today, state__in=Commitment.OWED_STATES)


class Commitment(PublicIdModel):
    """One thing an organization will deliver. It stays *proposed* until it is concrete, measurable and verifiable."""

    REPORT_LINK = "report"
    VERIFY_LINK = "verify"

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        AGREED = "agreed", _("agreed")
        IN_PROGRESS = "in_progress", _("in progress")
        REPORTED = "reported", _("reported, waiting for verification")
        MET = "met", _("met")
        PARTLY_MET = "partly_met", _("partly met")
        NOT_MET = "not_met", _("not met")
        WITHDRAWN = "withdrawn", _("withdrawn")
        DISPUTED = "disputed", _("disputed")
        UNKNOWN = "unknown", _("not on record")

    OPEN_STATES = (State.AGREED, State.IN_PROGRESS, State.REPORTED, State.DISPUTED)
    OWED_STATES = (State.AGREED, State.IN_PROGRESS)
    REPORTABLE_STATES = (State.AGREED, State.IN_PROGRESS, State.REPORTED)

    mesa = models.ForeignKey(Mesa, models.PROTECT, related_name="commitments", verbose_name=_("mesa"))
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="commitments")
    outcome = models.OneToOneField(Outcome, models.PROTECT, null=True, blank=True, related_name="commitment")
    number = models.PositiveIntegerField(_("number"))
    # As its session is. Closed ones count in a series of their own, or the gap would tell that they exist.
    is_casa_adentro = models.BooleanField(_("casa adentro"), default=False, editable=False)
    statement = models.CharField(_("commitment"), max_length=500)
    deliverable = models.CharField(_("what will be delivered"), max_length=300, blank=True)
    axis = models.ForeignKey(
        ThematicAxis, models.PROTECT, null=True, blank=True, verbose_name=_("thematic axis")
    )
    gcm_objectives = models.ManyToManyField(GcmObjective, blank=True, verbose_name=_("GCM objectives"))
    sdgs = models.ManyToManyField(Sdg, blank=True, verbose_name=_("SDGs"))
    responsible = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="commitments",
        verbose_name=_("responsible organization"),
    )
    co_responsible = models.ManyToManyField(
        Organization,
        blank=True,
        related_name="co_commitments",
        verbose_name=_("co-responsible organizations"),
    )
    # As the source names them: a historic record may have several responsible organizations.
    historic_responsible = models.ManyToManyField(
        Organization, blank=True, related_name="historic_commitments"
    )
    follow_up_owner = models.ForeignKey(
        Post,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="followed_commitments",
        verbose_name=_("followed by"),
    )
    verifier = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="verified_commitments",
        verbose_name=_("organization that verifies"),
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    original_due_on = models.DateField(_("original due date"), null=True, blank=True, editable=False)
    due_version = models.PositiveIntegerField(default=1, editable=False)
    means_of_verification = models.CharField(_("means of verification"), max_length=300, blank=True)
    resources = models.CharField(_("resources"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.PROPOSED)
    progress = models.PositiveSmallIntegerField(_("progress, %"), default=0)
    remarks = models.CharField(_("remarks"), max_length=500, blank=True)
    # Agreed without being complete: until this day somebody mends it. See GateException.
    exempt_until = models.DateField(_("to be completed by"), null=True, blank=True, editable=False)
    agreed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # When a session last changed what was agreed: what was accepted before that was another text.
    amended_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whose word settled it: the verifier's, or that of the second organization which confirmed that it was not met.
    settled_by = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    withdrawn_reason = models.TextField(_("reason of the withdrawal"), blank=True, max_length=1000)
    # What the mesa decided about an agreed one; a proposal is withdrawn without a decision.
    withdrawn_by = models.ForeignKey(
        Outcome, models.PROTECT, null=True, blank=True, related_name="+", editable=False,
        verbose_name=_("decision of the mesa"),
    )  # fmt: skip
    link_generation = models.PositiveIntegerField(default=1, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    provenance = models.CharField(max_length=10, choices=Provenance, default=Provenance.LIVE, editable=False)
    source_id = models.CharField(max_length=60, null=True, blank=True, unique=True, editable=False)  # noqa: DJ001  unique when known
    sources = models.JSONField(default=list, blank=True, editable=False)
    notes = models.JSONField(default=list, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    plain_statement = models.GeneratedField(
        expression=Plain(Concat("statement_es", Value(" "), "statement_en")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("commitment")
        verbose_name_plural = _("commitments")
        indexes = [
            models.Index(fields=["mesa", "state"], name="commitment_mesa_state"),
            # Lists of a whole country are read in these orders. None is partial: whether a list of states implies that
            # of an index is worked out for every branch of ``visible_to``, and took longer than reading the rows
            # (docs/decisions/0041).
            models.Index(
                fields=["state", "provenance", "due_on", "mesa", "number"], name="commitment_standing"
            ),
            models.Index(fields=["due_on", "mesa", "number"], name="commitment_by_due"),
            models.Index(fields=["responsible", "state", "due_on"], name="commitment_answering"),
            words_index("plain_statement", "commitment_words"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["mesa", "number", "is_casa_adentro"], name="commitment_number_once"
            ),
            models.CheckConstraint(
                condition=Q(provenance="historic")
                | Q(state__in=["proposed", "withdrawn"])
                | Q(responsible__isnull=False, exempt_until__isnull=False)
                | (
                    Q(responsible__isnull=False, due_on__isnull=False, verifier__isnull=False)
                    & ~Q(deliverable="")
                    & ~Q(means_of_verification="")
                ),
                name="commitment_agreed_passed_the_gate",
            ),
            models.CheckConstraint(
                condition=Q(provenance="historic")
                | ~Q(state__in=["met", "partly_met", "not_met"])
                | Q(settled_by__isnull=False),
                name="commitment_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(settled_by=None) | ~Q(settled_by=F("responsible")),
                name="commitment_settled_by_another",
                violation_error_message=_("An organization cannot verify its own commitment."),
            ),
            models.CheckConstraint(
                condition=Q(verifier=None) | ~Q(verifier=F("responsible")),
                name="commitment_two_keys",
                violation_error_message=_("An organization cannot verify its own commitment."),
            ),
            models.CheckConstraint(
                condition=Q(progress__lte=100), name="commitment_progress_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(provenance="historic") | ~Q(state="unknown"),
                name="commitment_unknown_is_historic",
            ),
            models.CheckConstraint(
                condition=Q(provenance="historic") | ~Q(state="withdrawn") | ~Q(withdrawn_reason=""),
                name="commitment_withdrawn_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.statement}"

    @property
    def code(self) -> str:
        """For example ``FS-014``, ``FS-CA-002`` of a closed session. Reads the mesa: select it with the commitment."""
        series = f"{self.mesa.code_prefix}-CA" if self.is_casa_adentro else self.mesa.code_prefix
        return f"{series}-{self.number:03d}"

    @property
    def is_historic(self) -> bool:
        return self.provenance == Provenance.HISTORIC

    def get_absolute_url(self) -> str:
        return reverse("commitments:detail", args=[self.public_id])

    def token(self, purpose: str) -> str:
        return make_token(purpose, self.public_id, self.link_generation)

    def get_report_link(self) -> str:
        """The path where the responsible organization reports without an account."""
        return reverse("commitments:report", args=[self.token(self.REPORT_LINK)])

    def get_verify_link(self) -> str:
        """The path where the verifier reads the reports without an account."""
        return reverse("commitments:verify", args=[self.token(self.VERIFY_LINK)])


class GateException(models.Model):
    """Agreed although something was missing: what, why, and until when it is mended. Kept after it is mended."""

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="gate_exceptions")
    # Codes of ``gate.Missing``.
    missing = ArrayField(models.CharField(max_length=25), verbose_name=_("missing"))
    reason = models.TextField(_("reason"), max_length=1000)
    until = models.DateField(_("to be completed by"))
    granted_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("exception of the gate")
        verbose_name_plural = _("exceptions of the gate")
        ordering = ["-granted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(mended_at=None), name="gate_exception_one_open"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="gate_exception_says_why"),
        ]

    def __str__(self) -> str:
        return self.reason[:80]
