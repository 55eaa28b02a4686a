"""What organizations say about circulated minutes: observe a paragraph, take it back, agree to the whole."""

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.errors import DomainError
from coordination.documents.rich import paragraphs
from coordination.minutes import circulating
from coordination.minutes.actions.circulation import lock, lock_copy, note
from coordination.minutes.events import MinutesEvent
from coordination.minutes.texts import Minutes, MinutesCopy, Observation

MOST = 200  # of one organization: a person does not write more, a machine would


class TermIsOver(DomainError):
    default_message = _(
        "The time to observe has run out, and the minutes take no more observations. What you wrote was not sent; tell the secretariat."
    )


class NoSuchParagraph(DomainError):
    default_message = _(
        "This paragraph is not in the minutes any more: an answer changed the text. Read it again and observe what it says now."
    )


class NothingSaid(DomainError):
    default_message = _("Write what should be changed.")


class TooManyObservations(DomainError):
    default_message = _(
        "Your organization has made 200 observations. Agree with the secretariat on how to send the rest."
    )


class AlreadyAnswered(DomainError):
    default_message = _("The secretariat has already answered this observation, so that it stays.")


class StillObserving(DomainError):
    default_message = _(
        "Your organization has observations in this text. Withdraw them first, and then say that you agree."
    )


@transaction.atomic
def observe(
    *, copy_id: int, section_id: int, paragraph: int, text: str, author: str = "", client_id: uuid.UUID,
    by: Actor, now: datetime,
) -> Observation:  # fmt: skip
    """One observation on a paragraph, or with 0 on the whole section; quotes it as it stands.

    ``client_id`` belongs to the page that was pressed: the same words on the same paragraph sent again give back the
    first. An agreement given before falls. Records: OBSERVED. Raises TermIsOver, NothingSaid, NoSuchParagraph,
    TooManyObservations.
    """
    copy, text = lock_copy(copy_id), text.strip()
    minutes = copy.minutes
    press = uuid.uuid5(client_id, f"{copy_id}:{section_id}:{paragraph}:{text}")
    again = Observation.objects.filter(minutes=minutes, client_id=press).first()
    if again is not None:
        return again
    if not minutes.takes_observations(now):
        raise TermIsOver
    if not text:
        raise NothingSaid(field="text")
    if circulating.standing(minutes).filter(organization=copy.organization_id).count() >= MOST:
        raise TooManyObservations
    made = Observation.objects.create(
        minutes=minutes,
        section_id=section_id,
        paragraph=paragraph,
        quote=_quoted(minutes, section_id, paragraph),
        text=text,
        organization_id=copy.organization_id,
        person_id=by.person_id,
        author=author,
        made_at=now,
        client_id=press,
    )
    if copy.agreed_at:
        copy.agreed_at, copy.agreed_by = None, None
        copy.save(update_fields=["agreed_at", "agreed_by"])
    note(MinutesEvent.OBSERVED, minutes, by, now, {"observation": made.pk, "copy": copy.pk})
    return made


@transaction.atomic
def withdraw(*, observation_id: int, organization_id: int, by: Actor, now: datetime) -> Observation:
    """Takes an observation back, while they are taken and nobody has answered it; withdrawn twice is withdrawn once.

    Records: OBSERVATION_WITHDRAWN. Raises TermIsOver, AlreadyAnswered.
    """
    minutes = lock(Observation.objects.values_list("minutes_id", flat=True).get(pk=observation_id))
    found = Observation.objects.select_for_update().get(pk=observation_id, organization=organization_id)
    if found.withdrawn_at:
        return found
    if not minutes.takes_observations(now):
        raise TermIsOver
    if found.answer:
        raise AlreadyAnswered
    found.withdrawn_at = now
    found.version += 1
    found.save(update_fields=["withdrawn_at", "version"])
    note(MinutesEvent.OBSERVATION_WITHDRAWN, minutes, by, now, {"observation": found.pk})
    return found


@transaction.atomic
def agree(*, copy_id: int, by: Actor, now: datetime) -> MinutesCopy:
    """The organization has nothing to observe; said twice is said once. Records: AGREED.

    Raises TermIsOver, StillObserving.
    """
    copy = lock_copy(copy_id)
    minutes = copy.minutes
    if copy.agreed_at:
        return copy
    if not minutes.takes_observations(now):
        raise TermIsOver
    if circulating.standing(minutes).filter(organization=copy.organization_id).exists():
        raise StillObserving
    copy.agreed_at, copy.agreed_by_id = now, by.person_id
    copy.save(update_fields=["agreed_at", "agreed_by"])
    note(MinutesEvent.AGREED, minutes, by, now, {"copy": copy.pk})
    return copy


def _quoted(minutes: Minutes, section_id: int, paragraph: int) -> str:
    """The paragraph's words as they stand; the title for the section as a whole."""
    section = minutes.sections.filter(pk=section_id).first()
    if section is None:
        raise NoSuchParagraph
    if paragraph == 0:
        return section.title
    found = next((one for one in paragraphs(section.body) if one.number == paragraph), None)
    if found is None:
        raise NoSuchParagraph
    return found.text
