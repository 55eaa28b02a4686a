"""What a run came to: the rows beside what passed the final dot at the mail server."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from coordination.notifications.models import Notification

STATE = Notification.State
# Delivered as far as anybody can tell: the final dot passed, and the server did not say no.
DELIVERED = ("250", "drop after the dot")
NOT_WANTED = (STATE.SUPERSEDED, STATE.PLANNED, STATE.HELD, STATE.FAILED)


class Row(NamedTuple):
    pk: int
    kind: str
    state: str
    message_id: str
    recipient: int
    root: int
    version: int
    attempts: int
    due_at: datetime


def rows(**which: Any) -> list[Row]:
    fields = ("pk", "kind", "state", "message_id", "recipient", "root_id", "version", "attempts", "due_at")
    return [Row(*values) for values in Notification.objects.filter(**which).values_list(*fields)]


def rate(arrivals: Sequence[dict[str, Any]]) -> float:
    """Messages a second between the first and the last."""
    if len(arrivals) < 2:
        return 0.0
    moments = [one["at"] for one in arrivals]
    return (len(moments) - 1) / max(max(moments) - min(moments), 0.001)


@dataclass
class Outcome:
    """``broken`` names each bound that does not hold; ``notes`` are figures worth a line beside the table."""

    rows: list[Row]
    lines: list[dict[str, Any]]
    wanted: int = 0
    notes: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.arrivals = [line for line in self.lines if line["did"] in DELIVERED]
        self.times = Counter(line["id"] for line in self.arrivals)
        known = {row.message_id for row in self.rows}
        due = [row for row in self.rows if row.state not in NOT_WANTED]
        unplanned = max(0, self.wanted - len(self.rows))
        self.lost = unplanned + sum(row.message_id not in self.times for row in due)
        self.strangers = sum(count for key, count in self.times.items() if key not in known)
        self.doubled_ids = {key for key, count in self.times.items() if count > 1}
        self.doubled = sum(self.times.values()) - len(self.times)
        self.refused = sum(row.state == STATE.FAILED for row in self.rows)
        self.rate = rate(self.arrivals)
        self.late = self.lateness(self.arrivals)

    def lateness(self, arrivals: Sequence[dict[str, Any]]) -> list[float]:
        """Seconds between due and taken, of the first copy of each message, in order."""
        first: dict[str, float] = {}
        for line in arrivals:
            first.setdefault(line["id"], line["at"])
        due = {row.message_id: row.due_at.timestamp() for row in self.rows if row.message_id in first}
        return sorted(first[key] - moment for key, moment in due.items())

    def late_at(self, share: float) -> float:
        return self.late[min(int(len(self.late) * share), len(self.late) - 1)] if self.late else 0.0

    def demand(self, holds: bool, bound: str) -> None:
        if not holds:
            self.broken.append(bound)

    def demand_nothing_lost(self, doubled: int = 0, refused: int = 0) -> None:
        """The bounds that nearly every fault has: nothing lost, nothing made up, so many doubled at most."""
        self.demand(self.lost == 0, f"0 lost, not {self.lost}")
        self.demand(self.strangers == 0, f"{self.strangers} mails that no row knows")
        self.demand(self.refused == refused, f"{refused} refused, not {self.refused}")
        self.demand(self.doubled <= doubled, f"at most {doubled} doubled, not {self.doubled}")
        copies = {line["id"]: (line["to"], line["subject"]) for line in self.arrivals}
        self.demand(
            all(copies[line["id"]] == (line["to"], line["subject"]) for line in self.arrivals),
            "copies are the same mail under the same Message-ID",
        )
