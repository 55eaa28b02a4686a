"""A fault: what is done, what must hold, and the twenty lines that do it."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.faults.outcome import Outcome
from tests.faults.stage import Stage

Run = Callable[[Stage, int], Outcome]


@dataclass(frozen=True)
class Fault:
    name: str
    what: str
    bound: str
    run: Run


FAULTS: dict[str, Fault] = {}


def fault(name: str, what: str, bound: str) -> Callable[[Run], Run]:
    """Puts a run in the table. It gets an empty stage and a number of messages, and says what came of them."""

    def enter(run: Run) -> Run:
        FAULTS[name] = Fault(name, what, bound, run)
        return run

    return enter
