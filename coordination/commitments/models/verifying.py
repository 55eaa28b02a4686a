"""The second key and what happens when it is not turned: codes, decisions, disputes, not met."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.links import make_token
from coordination.commitments.models.hanging import HangingQuerySet
from coordination.commitments.models.reporting import Report
from coordination.common.models import PublicIdModel
from coordination.organizations.models import Organization, Person
from coordination.sessions.models import Session


class VerificationCode(PublicIdModel):
    """Proves, for ten minutes, that whoever decides by the link reads the verifier's mailbox now.

    The six digits are derived from a key kept outside the database when the mail is sent and when they are
    checked; the row alone tells nobody what they are.
    """

    MINUTES = 10
    ATTEMPTS = 5

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="verification_codes")
    organization = models.ForeignKey(Organization, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE)
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("verification code")
        verbose_name_plural = _("verification codes")
        constraints = [
            models.CheckConstraint(condition=Q(attempts__lte=5), name="verification_code_five_attempts"),
        ]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def digits(self) -> str:
        """The six digits that the mail carries."""
        message = f"verification-code:{self.public_id.hex}:{self.commitment_id}:{self.person_id}".encode()
        digest = hmac.new(settings.LINK_KEY.encode(), message, hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"

    def matches(self, given: str) -> bool:
        """True for these digits, however they were spaced. Constant time."""
        return hmac.compare_digest("".join(given.split()).encode(), self.digits.encode())

    def is_live(self, now: datetime) -> bool:
        return self.spent_at is None and now < self.expires_at and self.attempts < self.ATTEMPTS


class Verification(models.Model):
    """The second key: another organization confirms, confirms in part, or returns a report."""

    class Decision(models.TextChoices):
        MET = "met", _("met")
        PARTLY_MET = "partly_met", _("partly met")
        RETURNED = "returned", _("returned with remarks")

    # How the text keeps a list of what is missing: one thing a line, before the remarks.
    MISSING_MARK = "– "

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="verifications")
    report = models.ForeignKey(Report, models.PROTECT, related_name="verifications")
    organization = models.ForeignKey(Organization, models.PROTECT)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True)
    decision = models.CharField(_("decision"), max_length=12, choices=Decision)
    text = models.TextField(_("remarks"), blank=True, max_length=2000)
    verified_at = models.DateTimeField()

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("verification")
        verbose_name_plural = _("verifications")
        ordering = ["-verified_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(decision="returned") | ~Q(text=""),
                name="verification_returned_says_why",
                violation_error_message=_("Say what is missing, so that the organization can complete it."),
            )
        ]

    def __str__(self) -> str:
        return self.decision

    @classmethod
    def written(cls, missing: list[str], remarks: str) -> str:
        """The text of a decision from the things that are missing and the remarks."""
        lines = [f"{cls.MISSING_MARK}{' '.join(each.split())}" for each in missing if each.strip()]
        return "\n".join([*lines, remarks.strip()]).strip()

    @property
    def missing(self) -> list[str]:
        """What the verifier misses, one thing each; empty in what was written as a text alone."""
        mark = self.MISSING_MARK
        return [line.removeprefix(mark).strip() for line in self.text.splitlines() if line.startswith(mark)]

    @property
    def remarks(self) -> str:
        """The text without the list."""
        rest = [line for line in self.text.splitlines() if not line.startswith(self.MISSING_MARK)]
        return "\n".join(rest).strip()


class NonFulfilment(PublicIdModel):
    """Silence past the ladder: in a session the mesa records that it was not met, and a second organization confirms.

    Until it is confirmed the commitment stays as it is.
    """

    LINK = "not_met"

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="non_fulfilments")
    session = models.ForeignKey(Session, models.PROTECT, related_name="+", verbose_name=_("session"))
    reason = models.TextField(_("reason"), max_length=1000)
    recorded_by = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    second = models.ForeignKey(
        Organization, models.PROTECT, related_name="+", verbose_name=_("organization that confirms")
    )
    is_confirmed = models.BooleanField(null=True, blank=True)
    answer = models.TextField(_("remarks"), max_length=1000, blank=True)
    second_person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("record that it was not met")
        verbose_name_plural = _("records that it was not met")
        ordering = ["-recorded_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(answered_at=None), name="non_fulfilment_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(second=F("recorded_by")),
                name="non_fulfilment_two_organizations",
                violation_error_message=_("A second organization confirms it, not the one that recorded it."),
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, is_confirmed=None)
                | Q(answered_at__isnull=False, is_confirmed__isnull=False),
                name="non_fulfilment_answered_whole",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="non_fulfilment_says_why"),
        ]

    def __str__(self) -> str:
        return self.reason[:80]

    @property
    def token(self) -> str:
        """Dies with the other links of the commitment. Reads the commitment: select it with the row."""
        return make_token(self.LINK, self.public_id, self.commitment.link_generation)

    def get_link(self) -> str:
        """The path where the second organization answers without an account."""
        return reverse("commitments:second", args=[self.token])


class Dispute(PublicIdModel):
    """The responsible organization does not agree with how it was decided. Both versions stand side by side."""

    class Resolution(models.TextChoices):
        UPHELD = "upheld", _("the decision stands")
        CHANGED = "changed", _("the decision was changed")
        WITHDRAWN = "withdrawn", _("the organization took its objection back")

    commitment = models.ForeignKey("Commitment", models.CASCADE, related_name="disputes")
    # What is disputed: one of the two.
    verification = models.ForeignKey(
        Verification, models.PROTECT, null=True, blank=True, related_name="disputes"
    )
    non_fulfilment = models.ForeignKey(
        NonFulfilment, models.PROTECT, null=True, blank=True, related_name="disputes"
    )
    # Where the commitment goes back to when the decision stands.
    state_before = models.CharField(max_length=12, editable=False)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField(_("your version"), max_length=2000)
    disputed_at = models.DateTimeField()
    resolution = models.CharField(_("resolution"), max_length=10, choices=Resolution, blank=True)
    resolution_text = models.TextField(_("how it was resolved"), max_length=2000, blank=True)
    resolved_by = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    resolved_in = models.ForeignKey(
        Session, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("session")
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = HangingQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-disputed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["commitment"], condition=Q(resolved_at=None), name="dispute_one_open"
            ),
            models.CheckConstraint(
                condition=Q(verification__isnull=False, non_fulfilment=None)
                | Q(verification=None, non_fulfilment__isnull=False),
                name="dispute_of_one_decision",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="dispute_says_why"),
            models.CheckConstraint(
                condition=Q(resolved_at=None, resolution="")
                | (Q(resolved_at__isnull=False) & ~Q(resolution="")),
                name="dispute_resolved_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]
