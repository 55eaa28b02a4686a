"""What comes before an agenda: what members ask to deal with, and the papers they read beforehand."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.common.models import PublicIdModel
from coordination.files.models import StoredFile
from coordination.organizations.models import Organization, Person
from coordination.sessions.parts import OpenPapers, PaperQuerySet


class AgendaProposal(PublicIdModel):
    """A member asks to deal with something; the secretariat takes it, puts it off with a reason, or merges it.

    A deferred proposal waits without a session until the next one takes it up.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting for an answer")
        ACCEPTED = "accepted", _("on the agenda")
        MERGED = "merged", _("joined with another item")
        DEFERRED = "deferred", _("for a later session")
        DECLINED = "declined", _("not taken up")
        WITHDRAWN = "withdrawn", _("withdrawn")

    mesa = models.ForeignKey("mesas.Mesa", models.CASCADE, related_name="proposals")
    session = models.ForeignKey(
        "mesa_sessions.Session", models.CASCADE, null=True, blank=True, related_name="proposals"
    )
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="proposals")
    proposed_by = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="proposals", editable=False
    )
    title = models.CharField(_("what to deal with"), max_length=250)
    reason = models.TextField(_("why now"), max_length=2000, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PENDING)
    item = models.ForeignKey(
        "mesa_sessions.AgendaItem", models.SET_NULL, null=True, blank=True, related_name="proposals"
    )
    answer = models.TextField(_("answer of the secretariat"), max_length=1000, blank=True)
    proposed_at = models.DateTimeField(_("proposed"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        verbose_name = _("proposal for the agenda")
        verbose_name_plural = _("proposals for the agenda")
        ordering = ["proposed_at", "id"]
        indexes = [models.Index(fields=["mesa", "state"], name="proposal_mesa_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="pending", answered_at=None)
                | Q(~Q(state="pending"), answered_at__isnull=False),
                name="proposal_answer_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["deferred", "declined"]) | ~Q(answer=""),
                name="proposal_refusal_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Paper(PublicIdModel):
    """A document to read before the session, of one item or of the whole; its versions stay."""

    session = models.ForeignKey("mesa_sessions.Session", models.CASCADE, related_name="papers")
    item = models.ForeignKey(
        "mesa_sessions.AgendaItem",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name=_("agenda item"),
    )
    title = models.CharField(_("title"), max_length=200)
    is_public = models.BooleanField(
        _("anyone may read it"),
        default=False,
        help_text=_("Without the tick only the invited organizations read it."),
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    open_ones = OpenPapers()
    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper")
        verbose_name_plural = _("papers")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.title


class PaperVersion(PublicIdModel):
    """One text of a paper, numbered from 1; what was read stays what it was."""

    paper = models.ForeignKey(Paper, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    added_at = models.DateTimeField(_("added"))
    added_by = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("version of a paper")
        verbose_name_plural = _("versions of a paper")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["paper", "number"], name="paper_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="paper_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.paper} · {self.number}"


class PaperReceipt(models.Model):
    """An organization took a version: the first time counts."""

    version = models.ForeignKey(PaperVersion, models.CASCADE, related_name="receipts")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="paper_receipts")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    read_at = models.DateTimeField(_("taken"))

    class Meta:
        verbose_name = _("receipt of a paper")
        verbose_name_plural = _("receipts of papers")
        constraints = [models.UniqueConstraint(fields=["version", "organization"], name="paper_receipt_once")]

    def __str__(self) -> str:
        return f"{self.organization_id} {self.read_at}"
