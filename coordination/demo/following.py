"""What happens to the commitments of the demo afterwards: one function for each act that the file may tell."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from accounts.actor import Actor
from coordination.commitments import actions
from coordination.commitments.agenda.actions import raising
from coordination.commitments.deciding import deciding_sessions, decisions
from coordination.commitments.figures.actions import measuring
from coordination.commitments.figures.rules import Part
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import Commitment
from coordination.commitments.reports.actions import evidencing, reporting
from coordination.commitments.settling.actions import extending, settling
from coordination.demo import samples
from coordination.demo.files import pick
from coordination.demo.promising import working
from coordination.organizations.models import Organization


@dataclass(frozen=True)
class Act:
    """One line of the file, ready to be done: whose act, when, on which commitment."""

    commitment: Commitment
    row: dict[str, Any]
    by: Actor
    now: datetime
    today: date
    find: Callable[[str], Organization]

    @property
    def who(self) -> dict[str, Any]:
        return {
            "commitment_id": self.commitment.pk,
            "organization_id": self.by.organization_ids[0],
            "person_id": self.by.person_id,
            "by": self.by,
            "now": self.now,
        }

    @property
    def what(self) -> dict[str, Any]:
        return {"commitment_id": self.commitment.pk, "by": self.by, "now": self.now}

    def day(self, name: str) -> date:
        return self.today + timedelta(days=self.row[name])

    def session_id(self) -> int | None:
        """The mesa's last session before it: the one that agreed it."""
        session = deciding_sessions(self.commitment, self.now).first()
        return session.pk if session else None


def do(act: Act) -> None:
    """Raises BrokenData for an act that nobody knows."""
    pick(ACTS, act.row["act"], "living.json, steps")(act)


def _report(act: Act) -> None:
    row, pieces = act.row, [_hand_in(act, piece) for piece in act.row.get("files", [])]
    actions.report(
        text=row["text"],
        obstacles=row.get("obstacles", ""),
        progress=row["progress"],
        value=Decimal(row["value"]) if "value" in row else None,
        evidence_ids=pieces,
        public_ids=() if row.get("restricted", False) else pieces,
        evidence_url=row.get("evidence", ""),
        asks_verification=row.get("asks", False),
        **act.who,
    )


def _hand_in(act: Act, piece: dict[str, Any]) -> int:
    if piece["file"].endswith(".pdf"):
        upload = samples.paper(piece["file"], [*piece["lines"], "", "Documento ficticio de demostración"])
    else:
        upload = samples.picture(piece["file"], act.commitment.number)
    made = evidencing.add_evidence(upload=upload, type=piece["type"], title=piece["title"], **act.who)
    return made.pk


def _nothing_new(act: Act) -> None:
    reporting.nothing_new(obstacles=act.row.get("obstacles", ""), **act.who)


def _measure(act: Act) -> None:
    row = act.row
    parts = [
        Part(dimension, group, count)
        for dimension, groups in row.get("parts", {}).items()
        for group, count in groups.items()
    ]
    who = {name: value for name, value in act.who.items() if name != "commitment_id"}
    measuring.record_measurement(
        indicator_id=act.commitment.indicators.all()[row["indicator"]].pk,
        value=Decimal(row["value"]),
        since=act.day("since") if "since" in row else None,
        measured_on=min(act.day("until"), act.now.date()),
        source=row["source"],
        note_text=row.get("note", ""),
        parts=parts,
        **who,
    )


def _extend(act: Act) -> None:
    assert act.commitment.due_on is not None  # noqa: S101  an agreed one has a date
    target = act.row.get("target")
    extending.extend(
        version=act.commitment.version,
        new_due_on=working(act.commitment.due_on + timedelta(days=act.row["days"])),
        reason=act.row["reason"],
        session_id=act.session_id(),
        indicator_id=act.commitment.indicators.all()[0].pk if target else None,
        new_target=Decimal(target) if target else None,
        **act.who,
    )


def _withdraw(act: Act) -> None:
    decision = decisions(act.commitment, act.now).get(text=act.row["decision"])
    actions.withdraw(decision_id=decision.pk, reason=act.row["reason"], **act.what)


def _raise(act: Act) -> None:
    raising.ask(organization_id=act.by.organization_ids[0], reason=act.row["reason"], **act.what)


def _not_met(act: Act) -> None:
    settling.record_not_met(
        session_id=act.session_id() or 0,
        second_id=act.find(act.row["second"]).pk,
        reason=act.row["reason"],
        **act.who,
    )


ACTS: dict[str, Callable[[Act], object]] = {
    "acknowledge": lambda act: receiving.acknowledge(**act.who),
    "accept": lambda act: receiving.accept(**act.who),
    "object": lambda act: receiving.object_to(text=act.row["text"], **act.who),
    "report": _report,
    "nothing_new": _nothing_new,
    "measure": _measure,
    "verify": lambda act: actions.verify(decision=act.row["decision"], text=act.row["text"], **act.who),
    "dispute": lambda act: settling.dispute(text=act.row["text"], **act.who),
    "ask_time": lambda act: extending.ask(asked_until=act.day("until"), reason=act.row["reason"], **act.who),
    "extend": _extend,
    "withdraw": _withdraw,
    "raise": _raise,
    "not_met": _not_met,
    "confirm_not_met": lambda act: settling.answer_not_met(confirms=True, text=act.row["text"], **act.who),
}
