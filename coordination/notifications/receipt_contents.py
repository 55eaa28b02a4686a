"""The facts that letters about silence, completing and objecting state (see ``contents``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from coordination.commitments.gate import gate
from coordination.commitments.models import Acknowledgement, Commitment
from coordination.common import dates
from coordination.notifications.ladder_letter import answering, silences
from coordination.notifications.ladder_story import story
from coordination.notifications.models import Notification
from coordination.notifications.queries import mailboxes

Facts = dict[str, Any]


def letter(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    """Who reads it: the head, the focal point with a copy, or the secretariat where nobody can be written to."""
    day = now.astimezone(commitment.mesa.zone).date()
    head = mailboxes([commitment.responsible_id], day).head.get(commitment.responsible_id or 0)
    by_hand = row.organization_id != commitment.responsible_id
    return {
        "is_copy": not by_hand and head is not None and head.person_id != row.recipient_id,
        "by_hand": by_hand,
        **answering(commitment, row.sent_at or now).words(),
        "story": story(commitment, row.sent_at or now),
        "reminders": len(silences(commitment, row.version, now)),
    }


def mending(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    """What it lacks today, and where the secretariat completes it."""
    until = commitment.exempt_until
    today = now.astimezone(commitment.mesa.zone).date()
    keeps = row.organization_id != commitment.responsible_id
    page = (
        reverse("commitments:edit", args=[commitment.public_id]) if keeps else commitment.get_absolute_url()
    )
    return {
        "missing": [str(each.message) for each in gate(commitment)],
        "until": dates.date_words(until) if until else "",
        "distance": dates.relative_days(until, today) if until else "",
        "late": bool(until and until < today),
        "keeps": keeps,
        "url": f"{settings.BASE_URL}{page}",
    }


def objection(row: Notification, commitment: Commitment, now: datetime) -> Facts:
    """Who objects and in which words; they are the mesa's to deal with."""
    receipt = (
        Acknowledgement.objects.filter(pk=row.version, commitment=commitment)
        .select_related("organization")
        .first()
    )
    return {
        "who": receipt.organization.name if receipt else "",
        "objection": receipt.objection if receipt else "",
        "url": f"{settings.BASE_URL}{reverse('commitments:receipts', args=[commitment.mesa.slug])}",
    }


OF_KIND: dict[str, Callable[[Notification, Any, datetime], Facts]] = {
    "commitment_letter": letter,
    "commitment_mend": mending,
    "commitment_objected": objection,
}
