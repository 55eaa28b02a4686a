"""What the secretariat answers, and when minutes count as approved."""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM, Actor
from coordination.common.errors import DomainError, StaleVersion
from coordination.documents.rich import clean
from coordination.minutes import circulating
from coordination.minutes.actions.circulation import NotCirculating, lock, note
from coordination.minutes.actions.publishing import settle
from coordination.minutes.events import MinutesEvent
from coordination.minutes.paper import signed_sum
from coordination.minutes.texts import Minutes, Observation, Section

log = logging.getLogger(__name__)


class ReasonMissing(DomainError):
    default_message = _("Say why: whoever observed reads it, and so does everybody who got the minutes.")


class WasWithdrawn(DomainError):
    default_message = _("This observation was withdrawn meanwhile, so that there is nothing to answer.")


class TextStays(DomainError):
    default_message = _("The text changes only where an observation is accepted, in full or in part.")


@transaction.atomic
def answer(
    *, observation_id: int, version: int, answer: str, reason: str = "", section_version: int | None = None,
    body: str | None = None, by: Actor, now: datetime,
) -> Observation:  # fmt: skip
    """Accepts an observation, in part or not at all; ``body`` is the section's text as it reads from now on.

    The only way the text changes while it goes round: marked with the observation, and signatures of the text before
    count no more. Until the approval an answer can be given anew. Records: ANSWERED with the answer and whether the
    text changed. Raises NotCirculating, WasWithdrawn, StaleVersion (``field`` "body" when it is the text's),
    ReasonMissing, TextStays, and what ``documents.rich.clean`` raises.
    """
    minutes = lock(Observation.objects.values_list("minutes_id", flat=True).get(pk=observation_id))
    found = Observation.objects.select_for_update().get(pk=observation_id)
    given, reason = Observation.Answer(answer), reason.strip()
    if minutes.state != Minutes.State.CIRCULATED:
        raise NotCirculating
    if found.withdrawn_at:
        raise WasWithdrawn
    if found.version != version:
        raise StaleVersion
    if given != Observation.Answer.ACCEPTED and not reason:
        raise ReasonMissing(field="answer_text")
    changed = body is not None and _change(minutes, found.section_id, section_version, body, by, now)
    if changed and given == Observation.Answer.NOT:
        raise TextStays(field="answer")
    found.answer, found.answer_text, found.answered_at = given, reason, now
    found.changed_text = found.changed_text or changed
    found.version += 1
    found.save(update_fields=["answer", "answer_text", "answered_at", "changed_text", "version"])
    payload = {"observation": found.pk, "answer": given.value, "changed": changed}
    note(MinutesEvent.ANSWERED, minutes, by, now, payload)
    return found


def approve_silent(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Approves all circulated minutes that nothing stands in the way of any more; the clock's part of the procedure.

    Each in a transaction of its own, asked again under its lock: two beats, or a beat and a last observation, are
    harmless. Minutes that cannot be settled are told to the log and do not hold up the others. Records: APPROVED.
    """
    waiting = Minutes.objects.filter(state=Minutes.State.CIRCULATED, observations_until__lte=now)
    approved = 0
    for minutes_id in list(waiting.order_by("observations_until", "pk").values_list("pk", flat=True)):
        try:
            approved += approve_if_ripe(minutes_id=minutes_id, by=by, now=now)
        except Exception:
            log.exception("not approved: minutes %s", minutes_id)
    return approved


@transaction.atomic
def approve_if_ripe(*, minutes_id: int, by: Actor, now: datetime) -> bool:
    """Settles the minutes when ``circulating.is_ripe``; whether it did. Records: APPROVED with how."""
    minutes = lock(minutes_id)
    if not circulating.is_ripe(minutes, signed_sum(minutes), now):
        return False
    settle(minutes=minutes, by=by, now=now)
    note(MinutesEvent.APPROVED, minutes, by, now, {"how": minutes.approval})
    return True


def _change(
    minutes: Minutes, section_id: int, version: int | None, body: str, by: Actor, now: datetime
) -> bool:
    """Writes the section's new text; whether it says anything else than before."""
    section = Section.objects.select_for_update().get(pk=section_id, minutes=minutes)
    text = clean(body)
    if text == section.body:
        return False
    if section.version != version:
        raise StaleVersion(field="body")
    section.body, section.edited_at, section.edited_by_id = text, now, by.person_id
    section.version += 1
    section.save(update_fields=["body", "edited_at", "edited_by", "version"])
    minutes.edit_version += 1
    minutes.save(update_fields=["edit_version"])
    return True
