"""What comes back after a letter was taken: it bounced, or its reader called it spam (webhooks of a provider).

Both find the row by its Message-ID, else by the id the provider gave. An unknown one is nobody's: it may come from
another program that uses the same account. The same news twice changes nothing.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification, Preference
from coordination.organizations.models import Person

log = logging.getLogger(__name__)
STATE = Notification.State
LEFT = [STATE.SENDING, STATE.UNKNOWN, STATE.SENT]
COMPLAINT = "complaint"


@transaction.atomic
def bounced(*, message_id: str, given_id: str, reason: str) -> Notification | None:
    """The letter did not arrive after all: the row fails, and the person's address counts one more refusal."""
    row = _find(message_id, given_id)
    if row is None or row.state not in LEFT:
        return None
    row.state, row.answer_text = STATE.FAILED, f"bounced: {reason}"[:300]
    row.lease_token = row.lease_until = None
    row.save(update_fields=["state", "answer_text", "lease_token", "lease_until"])
    again = Greatest(F("bounces") + 1, Value(1 + _came_back_before(row)))
    Person.objects.filter(pk=row.recipient_id).update(bounces=again)
    return row


@transaction.atomic
def complained(*, message_id: str, given_id: str, now: datetime) -> Notification | None:
    """The reader called it spam: whatever they may choose is no longer mailed to them. What is always sent still is.

    They change it back on their page of preferences.
    """
    row = _find(message_id, given_id)
    if row is None or row.answer_text == COMPLAINT:
        return None
    for kind in KINDS.values():
        if kind.choosable:
            Preference.objects.update_or_create(
                person_id=row.recipient_id,
                kind=kind.name,
                defaults={"choice": Preference.Choice.NEVER, "changed_at": now},
            )
    row.answer_text = COMPLAINT
    row.save(update_fields=["answer_text"])
    log.warning("a reader complained: notification %s, kind %s", row.pk, row.kind)
    return row


def _came_back_before(row: Notification) -> bool:
    """Whether the person's letter before this one came back too: the provider took both, and each yes began the count anew."""
    letters = Notification.objects.filter(recipient=row.recipient_id, channel=Notification.Channel.EMAIL)
    before = letters.filter(state__in=[STATE.SENT, STATE.FAILED], sent_at__isnull=False).exclude(pk=row.pk)
    if row.sent_at:
        before = before.filter(sent_at__lt=row.sent_at)
    return before.order_by("-sent_at", "-id").values_list("state", flat=True).first() == STATE.FAILED


def _find(message_id: str, given_id: str) -> Notification | None:
    rows = Notification.objects.select_for_update(no_key=True, of=("self",)).exclude(message_id="")
    found = rows.filter(message_id=message_id).order_by("-id").first() if message_id else None
    if found is None and given_id:
        found = rows.filter(message_id=given_id).order_by("-id").first()
        found = found or rows.filter(answer_text=f"id {given_id}").order_by("-id").first()
    return found
