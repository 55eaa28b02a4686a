"""Delegations of the demo: who stands for a seat by letter, places by sector, who waits and who was promoted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from accounts.actor import Actor, LinkScope
from coordination.attendees import actions
from coordination.attendees.models import Invitation
from coordination.demo import people
from coordination.mesas.delegations import StandingData, set_delegation_rules, set_standing
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

At = Callable[..., datetime]
Find = Callable[[str], Organization]


def fix(mesa: Mesa, row: dict[str, Any], *, find: Find, by: Actor, now: datetime) -> None:
    """Plays ``delegations`` of a mesa's row: its places by sector, its letters, who stands for which seat."""
    ids = dict(Sector.objects.values_list("code", "id"))
    set_delegation_rules(
        mesa_id=mesa.pk,
        places={ids[code]: number for code, number in row["places"].items()},
        needs_letter=row["needs_letter"],
        by=by,
        now=now,
    )
    for line in row["standing"]:
        seat = mesa.seats.get(organization=find(line["organization"]))
        set_standing(
            seat_id=seat.pk,
            people=[
                StandingData(email=people.address_of(one["name"], line["organization"]), **one)
                for one in line["people"]
            ],
            letter_number=line["letter_number"],
            letter_on=(now - timedelta(days=line["letter_days"])).date(),
            by=by,
            now=now,
        )


def go_on(session: Session, row: dict[str, Any], *, find: Find, at: At) -> None:
    """Plays ``letters`` and ``changes`` of a session's row, by the links of the organizations."""
    for line in row.get("letters", []):
        told = _link(session, find(line["organization"]))
        actions.hand_in_letter(number=line["number"], now=at(line["on"], "12:00"), **told)
    for line in row.get("changes", []):
        told = _link(session, find(line["organization"]))
        invitation = Invitation.objects.get(pk=told["invitation_id"])
        named = [
            actions.DelegateData(email=people.address_of(one["name"], line["organization"]), **one)
            for one in line["people"]
        ]
        actions.answer(
            version=invitation.version,
            modality=invitation.modality,
            delegates=named,
            now=at(line["on"], "15:00"),
            **told,
        )


def _link(session: Session, organization: Organization) -> dict[str, Any]:
    invitation = Invitation.objects.get(session=session, organization=organization)
    scope = LinkScope(Invitation.LINK_PURPOSE, invitation.pk, organization.pk)
    return {"invitation_id": invitation.pk, "by": Actor(link=scope)}
