"""Delegations: what the link or the post of the invited organization opens, who stands for a seat, who has a place."""

from typing import Any

from coordination.attendees.models import Invitation
from tests.security.matrix.attendees import row_of, session, token
from tests.security.matrix.base import (
    ANONYMOUS,
    AUDITOR,
    CHAIR,
    LOGIN,
    MEMBER,
    SECRETARIAT,
    Row,
    everybody,
    only,
)
from tests.security.matrix.world import World


def own(world: World) -> dict[str, Any]:
    """An invitation of the member's own organization."""
    made = Invitation.objects.create(
        session=world.session,
        organization=world.university,
        link_expires_at=world.session.ends_at,
        created_at=world.session.convened_at,
    )
    return {"public_id": made.public_id}


def mine(ok: int) -> dict[str, int]:
    """The member's own; staff see that it exists and answer for nobody, for others it does not exist."""
    sees = {"chair": 403, "secretariat": 403, "auditor": 403}
    return everybody(404, **{MEMBER: ok, ANONYMOUS: LOGIN, **sees})


def seat(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug, "pk": world.seats["university"].pk}


def mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug}


def at_mesa(world: World) -> dict[str, Any]:
    return {"slug": world.mesa.slug, "organization": world.university.slug}


def version(world: World) -> dict[str, Any]:
    return {"version": 1}


ROWS = [
    Row("attendees:swap", token, post=everybody(302), data=version, why="Refused with a word: there is nobody to swap."),
    Row("attendees:hand_in", token, post=everybody(422)),
    Row("attendees:letter_file", token, get=everybody(404), why="No letter was handed in."),
    Row("attendees:stated", token, get=everybody(302), post=everybody(302), why="Nobody is named yet."),
    Row("attendees:pass_on", token, post=everybody(302)),
    Row("attendees:own_invitation", own, get=mine(200), post=mine(422)),
    Row("attendees:own_delegation", own, get=mine(200), post=mine(422)),
    Row("attendees:own_answered", own, get=mine(302)),
    Row("attendees:own_decline", own, post=mine(302), data=version),
    Row("attendees:own_swap", own, post=mine(302), data=version),
    Row("attendees:own_hand_in", own, post=mine(422)),
    Row("attendees:own_letter_file", own, get=mine(404)),
    Row("attendees:own_stated", own, get=mine(302), post=mine(302)),
    Row("attendees:own_pass_on", own, post=mine(302)),
    Row("attendees:places", session, get=only(SECRETARIAT, CHAIR, AUDITOR), post=only(SECRETARIAT, ok=302)),
    Row("attendees:delegation_letter", row_of, get=only(SECRETARIAT, CHAIR, AUDITOR, ok=404), why="No letter was handed in."),
    Row("mesas:standing", seat, get=only(SECRETARIAT, MEMBER), post=only(SECRETARIAT, MEMBER, ok=302), why="The organization's own voice and the secretariat."),
    Row("mesas:standing_letter", seat, get=only(SECRETARIAT, MEMBER, ok=404)),
    Row("mesas:delegation_rules", mesa, get=only(SECRETARIAT), post=only(SECRETARIAT, ok=302)),
    Row("portal:my_organization", get=everybody(200, anonymous=LOGIN), why="Without a post it says so."),
    Row("portal:handover", get=everybody(200, anonymous=LOGIN), why="All the signed-in of the cast speak for their own, or hold no post."),
    Row("portal:ranks", at_mesa, get=only(SECRETARIAT, CHAIR, AUDITOR, MEMBER), why="The member asks about its own."),
]  # fmt: skip
