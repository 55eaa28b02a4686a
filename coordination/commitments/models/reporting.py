"""What organizations say about their commitments: that they know of them, what was done, and what shows it."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.commitments.models.hanging import HangingQuerySet
from coordination.commitments.models.promises import Commitment
from coordination.common.models import PublicIdModel
from coordination.files.models import StoredFile
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Person


class AcknowledgementQuerySet(HangingQuerySet):
    def standing(self) -> Self:
        """Of what is agreed today."""
        return self.filter(superseded_at=None)


class Acknowledgement(models.Model):
    """An organization's inbox says: we have it, we accept it. One row for each organization that answers for it.

    When a session changes what was agreed, the row stays with the text it was said of, and a new one begins.
    """

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="acknowledgements")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    acknowledged_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    # What it cannot accept, in its words; the mesa deals with it.
    objection = models.TextField(_("objection"), max_length=1000, blank=True)
    objected_at = models.DateTimeField(null=True, blank=True)
    # From then on it is about the text of before.
    superseded_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.UniqueConstraint(
                fields=["commitment", "organization"],
                condition=Q(superseded_at=None),
                name="acknowledgement_once",
            ),
            models.CheckConstraint(
                condition=Q(objected_at=None) | ~Q(objection=""), name="acknowledgement_objection_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.acknowledged_at:%Y-%m-%d}"


class Report(PublicIdModel):
    """What the responsible organization says was done."""

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="reports")
    organization = models.ForeignKey(Organization, models.PROTECT)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    # "Nothing new" is an answer too: then the text may be empty.
    has_news = models.BooleanField(default=True, editable=False)
    text = models.TextField(_("what was done"), max_length=4000, blank=True)
    obstacles = models.TextField(_("what stands in the way"), max_length=2000, blank=True)
    progress = models.PositiveSmallIntegerField(_("progress, %"))
    value = models.DecimalField(
        _("value of the indicator"), max_digits=16, decimal_places=2, null=True, blank=True
    )
    asks_verification = models.BooleanField(_("it is done: ask for verification"), default=False)
    reported_at = models.DateTimeField()

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(has_news=False) | ~Q(text=""), name="report_says_something"),
            models.CheckConstraint(
                condition=Q(has_news=True) | Q(asks_verification=False),
                name="report_without_news_asks_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of commitments the actor sees; restricted ones to who answers, helps or verifies, the keepers and the auditor.

        The link of an organization sees what the organization sees of that commitment.
        """
        seen = Commitment.objects.visible_to(actor).order_by().values("pk")
        rows = self.filter(commitment__in=seen)
        if actor.is_auditor:
            return rows
        shown = Q(is_restricted=False)
        link = actor.link
        if link and link.purpose in (Commitment.REPORT_LINK, Commitment.VERIFY_LINK):
            shown |= Q(commitment=link.subject_id)
        if organizations := actor.organization_ids:
            through: Any = Commitment.co_responsible.through
            helped = through.objects.filter(organization__in=organizations)
            shown |= (
                Q(organization__in=organizations)
                | Q(commitment__responsible__in=organizations)
                | Q(commitment__verifier__in=organizations)
                | Q(commitment__in=helped.values("commitment"))
            )
        if actor.is_signed_in:
            shown |= at_mesas_with(actor, Permission.MANAGE_COMMITMENTS, "commitment__mesa")
        return rows.filter(shown)

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class Evidence(PublicIdModel):
    """What shows that something was done: a file, a photograph or an address, dated and typed."""

    class Type(models.TextChoices):
        ACT = "act", _("act or signed document")
        LIST = "list", _("list or register")
        PHOTO = "photo", _("photograph")
        RECEIPT = "receipt", _("contract or receipt")
        PUBLICATION = "publication", _("publication")
        OTHER = "other", pgettext_lazy("evidence", "other")

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="evidence")
    report = models.ForeignKey("Report", models.CASCADE, null=True, blank=True, related_name="evidence")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", editable=False)
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="+", editable=False
    )
    type = models.CharField(_("type"), max_length=12, choices=Type, default=Type.OTHER)
    title = models.CharField(_("what it shows"), max_length=200)
    dated_on = models.DateField(_("date of the evidence"), null=True, blank=True)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    url = models.URLField(_("address"), max_length=500, blank=True)
    is_restricted = models.BooleanField(_("only for who verifies and for the secretariat"), default=False)
    added_at = models.DateTimeField(editable=False)
    # Somebody found that its address shows nothing any more.
    gone_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)
    withdrawn_reason = models.CharField(_("why it was taken back"), max_length=300, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("piece of evidence")
        verbose_name_plural = _("evidence")
        ordering = ["added_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(file__isnull=False, url="") | (Q(file=None) & ~Q(url="")),
                name="evidence_is_a_file_or_an_address",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""), name="evidence_withdrawn_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.title
