"""The letter at the end of the ladder, on the page of its commitment."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.models import Commitment
from coordination.mesas.ladders import HEAD_FROM
from coordination.notifications.ladder_letter import last_left, may_read
from coordination.notifications.models import Notification

register = template.Library()


@register.simple_tag
def ladder_letter(commitment: Commitment, actor: Actor) -> Any:
    """The letter that left, for who may read it. One query, and only where the last step can have come."""
    first = commitment.original_due_on or commitment.due_on
    too_soon = first is None or timezone.localdate() < first + timedelta(days=HEAD_FROM)
    if too_soon or commitment.is_historic or not may_read(actor, commitment):
        return None
    found: Notification | None = last_left(commitment)
    return found
