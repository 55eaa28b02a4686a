"""The closing round: what each delegate says once, and nobody can tell who said what."""

import random
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM
from coordination.activity.actions import record
from coordination.attendees.models import Delegate
from coordination.common.errors import DomainError
from coordination.minutes.events import RecordEvent
from coordination.minutes.models import RoundAnswer, RoundVoter
from coordination.minutes.rounds import is_open
from coordination.sessions.actions.planning import lock_session

SHUFFLED = random.SystemRandom()


class RoundIsClosed(DomainError):
    default_message = _("The closing round of this session is not open any more, or not yet.")


class AnsweredBefore(DomainError):
    default_message = _(
        "Your answer was counted before. It cannot be changed, because nobody can tell which one it is."
    )


class NothingSaid(DomainError):
    default_message = _("Write something or choose a number: an empty answer says nothing.")


@transaction.atomic
def answer_round(*, delegate_id: int, worked: str, change: str, score: int | None, now: datetime) -> None:
    """Counts that the delegate answered, and keeps what was said apart from it, tied to nobody.

    Both are written at once, or neither. So that no order tells who said what, all answers of the session are written
    anew in a random one. Records: ROUND_ANSWERED, by nobody. Raises RoundIsClosed, AnsweredBefore, NothingSaid.
    """
    delegate = Delegate.objects.select_related("invitation").get(pk=delegate_id)
    session = lock_session(delegate.invitation.session_id)
    if not is_open(session, now):
        raise RoundIsClosed()
    if RoundVoter.objects.filter(delegate=delegate).exists():
        raise AnsweredBefore()
    if not worked.strip() and not change.strip() and score is None:
        raise NothingSaid()
    said = [
        RoundAnswer(session=session, worked=worked, change=change, score=score)
        for worked, change, score in RoundAnswer.objects.filter(session=session).values_list(
            "worked", "change", "score"
        )
    ]
    said.append(RoundAnswer(session=session, worked=worked.strip(), change=change.strip(), score=score))
    SHUFFLED.shuffle(said)
    RoundAnswer.objects.filter(session=session).delete()
    RoundAnswer.objects.bulk_create(said)
    RoundVoter.objects.create(delegate=delegate)
    record(kind=RecordEvent.ROUND_ANSWERED, by=SYSTEM, subject=session, now=now, mesa_id=session.mesa_id)
