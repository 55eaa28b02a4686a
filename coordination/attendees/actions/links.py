"""Links to invitations: sent again, or taken back."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.attendees.actions.answers import SessionIsCancelled, SessionIsOver
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Invitation
from coordination.attendees.queries import is_over
from coordination.common.errors import DomainError
from coordination.sessions.models import Session

RENEWALS_AN_HOUR = 3


class TooManyRenewals(DomainError):
    """Somebody keeps asking for the same link."""

    default_message = _(
        "This link was already sent three times in the last hour. Look in the mailbox, also among unwanted mail; in an hour it can be sent again."
    )


@transaction.atomic
def renew_link(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """The link lives until the session ends and is mailed again to the address on file (by notifications).

    The generation stays: copies that work keep working, revoked ones stay dead. At most three an hour, counted in
    the trail under the invitation's lock. Records: LINK_RENEWED. Raises SessionIsOver, SessionIsCancelled,
    TooManyRenewals.
    """
    invitation = _locked(invitation_id)
    session = invitation.session
    if session.state == Session.State.CANCELLED:
        raise SessionIsCancelled
    if is_over(session, now) or session.ends_at is None:
        raise SessionIsOver
    asked = Activity.objects.about("invitation", invitation.pk).filter(
        kind=AttendeeEvent.LINK_RENEWED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    invitation.link_expires_at = session.ends_at
    invitation.save(update_fields=["link_expires_at"])
    record(kind=AttendeeEvent.LINK_RENEWED, by=by, subject=invitation, now=now, mesa_id=session.mesa_id)
    return invitation


@transaction.atomic
def revoke_link(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """Every copy of the link dies; the next one is another. Nothing is mailed. Records: LINK_REVOKED."""
    invitation = _locked(invitation_id)
    invitation.link_generation += 1
    invitation.save(update_fields=["link_generation"])
    record(
        kind=AttendeeEvent.LINK_REVOKED,
        by=by,
        subject=invitation,
        now=now,
        mesa_id=invitation.session.mesa_id,
        payload={"generation": invitation.link_generation},
    )
    return invitation


def _locked(invitation_id: int) -> Invitation:
    return (
        Invitation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("session")
        .get(pk=invitation_id)
    )
