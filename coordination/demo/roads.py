"""The road of a mesa of the demo, who helps it, and what it asks of the mesa above."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.actor import Actor
from coordination.commitments.agenda.actions import referring
from coordination.commitments.alliances import actions as supporting
from coordination.commitments.models import Commitment
from coordination.commitments.roadmap import actions as milestones
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

At = Callable[[int], datetime]
Find = Callable[[str], Organization]


def plan(mesa: Mesa, rows: list[dict[str, Any]], *, today: date, by: Actor, at: At) -> None:
    """Milestones: on the road of the mesa or to a commitment, some moved, some reached."""
    for row in rows:
        when = at(row["on"])
        made = milestones.add_milestone(
            mesa_id=mesa.pk,
            title=row["title"],
            due_on=today + timedelta(days=row["due"]),
            commitment_id=_commitment(mesa, row["commitment"]).pk if "commitment" in row else None,
            by=by,
            now=when,
        )
        if "moved" in row or "done" in row:
            day = row.get("moved", row["due"])
            changed = at(row["changed"])
            milestones.change_milestone(
                milestone_id=made.pk,
                version=made.version,
                title=row["title"],
                due_on=today + timedelta(days=day),
                moved_reason=row.get("reason", ""),
                done_on=today + timedelta(days=row["done"]) if "done" in row else None,
                today=changed.date(),
                by=by,
                now=changed,
            )


def ally(mesa: Mesa, rows: list[dict[str, Any]], *, find: Find, by: Actor, at: At) -> None:
    """Who finances or assists a commitment, a session or the mesa itself."""
    for row in rows:
        data = supporting.SupportData(
            organization_id=find(row["organization"]).pk,
            kind=row["kind"],
            what=row["what"],
            amount=Decimal(row["amount"]) if "amount" in row else None,
            is_public=row.get("public", True),
            source=row.get("source", ""),
        )
        supporting.add_support(data=data, by=by, now=at(row["on"]), **_thing(mesa, row))


def refer(mesa: Mesa, session: Session, rows: list[dict[str, Any]], *, by: Actor, at: At) -> None:
    """What a session of the mesa decided to raise to the one above, and as much of the answer as there is."""
    for row in rows:
        assert mesa.parent is not None  # noqa: S101  the file gives it one
        found = referring.refer(
            origin_id=mesa.pk,
            target_id=mesa.parent.pk,
            title=row["title"],
            text=row["text"],
            commitment_id=_commitment(mesa, row["commitment"]).pk if "commitment" in row else None,
            raised_in_id=session.pk,
            by=by,
            now=at(row["on"]),
        )
        if "received" in row:
            referring.receive(referral_id=found.pk, by=by, now=at(row["received"]))
        if "scheduled" in row:
            dealing = Session.objects.get(mesa=mesa.parent, number=row["session"])
            found = referring.schedule(
                referral_id=found.pk, session_id=dealing.pk, by=by, now=at(row["scheduled"])
            )
        if answer := row.get("answer"):
            referring.answer(
                referral_id=found.pk,
                version=found.version,
                kind=answer["kind"],
                text=answer["text"],
                commitment_id=_commitment(mesa.parent, answer["commitment"]).pk,
                by=by,
                now=at(answer["on"]),
            )


def _commitment(mesa: Mesa, statement: str) -> Commitment:
    return Commitment.objects.get(mesa=mesa, statement_es=statement)


def _thing(mesa: Mesa, row: dict[str, Any]) -> dict[str, int]:
    if "commitment" in row:
        return {"commitment_id": _commitment(mesa, row["commitment"]).pk}
    if "session" in row:
        return {"session_id": Session.objects.get(mesa=mesa, number=row["session"]).pk}
    return {"mesa_id": mesa.pk}
