"""How the sessions of the demo are called: who signs, why a sector is missing, guests, and a second notice."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from accounts.actor import Actor
from coordination.attendees import actions
from coordination.attendees.addresses import Address
from coordination.demo import people
from coordination.organizations.models import Post
from coordination.sessions.models import Session

At = Callable[[int], datetime]


def call(session: Session, row: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """Sends the convocation as its row says."""
    actions.convene(
        session_id=session.pk,
        message=row.get("message", ""),
        balance_reason=row.get("balance_reason", ""),
        signatory_post_id=_signatory(session),
        by=by,
        now=now,
    )


def call_again(session: Session, row: dict[str, Any], *, by: Actor, at: At) -> None:
    """Guests first, then a second notice to whoever is silent by then."""
    for guest in row.get("guests", []):
        email = people.address_of(guest["person"], guest["id"])
        address = Address(1, guest["organization"], guest["person"], email)
        actions.call_guests(session_id=session.pk, rows=[address], by=by, now=at(guest["on"]))
    if "second_notice" in row:
        actions.remind_silent(session_id=session.pk, by=by, now=at(row["second_notice"]))


def _signatory(session: Session) -> int | None:
    """The head of the organization that convenes the mesa."""
    heads = Post.objects.filter(
        organization=session.mesa.convener_id, kind=Post.Kind.HEAD, tenures__ends_on=None
    )
    return heads.filter(tenures__isnull=False).values_list("pk", flat=True).first()
