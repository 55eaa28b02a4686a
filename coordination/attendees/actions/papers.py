"""What comes with a delegation: its letter, the figures its people gave of themselves, the link for a colleague."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.attendees.actions import answers, naming
from coordination.attendees.actions.links import RENEWALS_AN_HOUR, TooManyRenewals
from coordination.attendees.actions.naming import DelegateData
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Invitation, StatedCount
from coordination.attendees.stating import ANSWERS, may_state
from coordination.common.errors import DomainError
from coordination.files import actions as files

LETTERS_A_DAY = 20  # a link is no store of files


class LetterRefused(DomainError):
    default_message = _("Write the number of the letter, or choose its file.")


class StatementRefused(DomainError):
    """The figures as written cannot be counted."""


class NotToBePassedOn(DomainError):
    default_message = _(
        "This meeting is reserved: its secretariat decides who knows of it. Ask it to invite your colleague."
    )


@transaction.atomic
def hand_in_letter(
    *,
    invitation_id: int,
    number: str = "",
    dated: date | None = None,
    upload: UploadedFile | None = None,
    by: Actor,
    now: datetime,
) -> Invitation:
    """The letter that appoints the delegation: its number, its date, its file; a new one replaces the old.

    Without a new file the one handed in before stays. Records LETTER_HANDED_IN. Raises LetterRefused, SessionIsOver,
    SessionIsCancelled, and what ``files.actions.keep`` raises.
    """
    invitation = answers.locked(invitation_id, now)
    handed_in = Activity.objects.about("invitation", invitation.pk).filter(
        kind=AttendeeEvent.LETTER_HANDED_IN, occurred_at__gt=now - timedelta(days=1)
    )
    if handed_in.count() >= LETTERS_A_DAY:
        raise LetterRefused(_("Many letters were handed in today with this link. Tomorrow it takes another."))
    number = " ".join(number.split())
    if upload is None and not number:
        raise LetterRefused(field="number")
    if upload is not None:
        restricted = invitation.session.is_casa_adentro
        invitation.letter = files.keep(upload=upload, by=by, now=now, is_restricted=restricted)
    invitation.letter_number, invitation.letter_on = number, dated
    invitation.save(update_fields=["letter", "letter_number", "letter_on"])
    answers.record_about(AttendeeEvent.LETTER_HANDED_IN, invitation, by, now, {"file": invitation.letter_id})
    return invitation


@transaction.atomic
def state(
    *, invitation_id: int, counts: Mapping[str, Mapping[str, int]], by: Actor, now: datetime
) -> Invitation:
    """Adds what a delegation's people say of themselves to the session's totals, tied to nobody.

    Promises: an invitation never adds more to a question than it has delegates who have not been counted; what it was
    asked for at once is used up, answered or not. The trail keeps for how many people it was asked and not what was
    said (docs/decisions, "figures tied to nobody"). Records STATED. Raises StatementRefused, SessionIsOver,
    SessionIsCancelled.
    """
    invitation = answers.locked(invitation_id, now)
    people = may_state(invitation)
    if people <= 0:
        raise StatementRefused(
            _("The figures of this delegation were already counted. They are counted once.")
        )
    for question, answered in counts.items():
        if sum(answered.values()) > people or any(n < 0 for n in answered.values()):
            raise StatementRefused(
                _(
                    "There are more answers than people in the delegation: at most %(people)s for each question."
                )
                % {"people": people},
                field=question,
            )
        for given, n in answered.items():
            if n and given in dict(ANSWERS[StatedCount.Question(question)]):
                row, _made = StatedCount.objects.get_or_create(
                    session=invitation.session, question=question, answer=given
                )
                StatedCount.objects.filter(pk=row.pk).update(count=F("count") + n)
    answers.record_about(AttendeeEvent.STATED, invitation, by, now, {"people": people})
    return invitation


@transaction.atomic
def pass_on(*, invitation_id: int, name: str, email: str, by: Actor, now: datetime) -> Invitation:
    """Mails the same link to a colleague, who can then do what whoever holds it can, and nothing more.

    The address on file stays who is written to, and every copy goes on working: a link in the wrong hands cannot lock
    the organization out. With renewals at most three an hour. Records LINK_PASSED_ON with the person. Raises
    NotToBePassedOn for a closed session, TooManyRenewals, SessionIsOver, SessionIsCancelled.
    """
    invitation = answers.locked(invitation_id, now)
    if invitation.session.is_casa_adentro:
        raise NotToBePassedOn
    asked = Activity.objects.about("invitation", invitation.pk).filter(
        kind__in=[AttendeeEvent.LINK_RENEWED, AttendeeEvent.LINK_PASSED_ON],
        occurred_at__gt=now - timedelta(hours=1),
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    person = naming.person_of(
        invitation.organization_id, DelegateData(role="", name=name, email=email).cleaned()
    )
    answers.record_about(AttendeeEvent.LINK_PASSED_ON, invitation, by, now, {"person": person.pk})
    return invitation
