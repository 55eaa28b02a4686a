"""The six digits mailed to whoever signs minutes by the link."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.common.models import PublicIdModel
from coordination.minutes.texts import MinutesCopy
from coordination.organizations.models import Person


class SignCode(PublicIdModel):
    """Proves, for ten minutes, that whoever signs by the link reads the organization's mailbox now.

    The six digits are derived from a key kept outside the database when the mail is sent and when they are
    checked; the row alone tells nobody what they are.
    """

    MINUTES = 10
    ATTEMPTS = 5

    copy = models.ForeignKey(MinutesCopy, models.CASCADE, related_name="sign_codes")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    spent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("code to sign minutes")
        verbose_name_plural = _("codes to sign minutes")
        constraints = [
            models.CheckConstraint(condition=Q(attempts__lte=5), name="sign_code_five_attempts"),
        ]

    def __str__(self) -> str:
        return f"{self.copy_id} {self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def digits(self) -> str:
        """The six digits that the mail carries."""
        message = f"sign-code:{self.public_id.hex}:{self.copy_id}:{self.person_id}".encode()
        digest = hmac.new(settings.LINK_KEY.encode(), message, hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"

    def matches(self, given: str) -> bool:
        """True for these digits, however they were spaced. Constant time."""
        return hmac.compare_digest("".join(given.split()).encode(), self.digits.encode())

    def is_live(self, now: datetime) -> bool:
        return self.spent_at is None and now < self.expires_at and self.attempts < self.ATTEMPTS
