"""The faults that every change has to survive, at 1,000 messages; ``./minga faults`` runs all of them at 10,000.

Other tests share the machine with these, so only counts are judged here: what is lost, doubled or sent after a
cancellation. How fast it goes is judged where nothing else runs.
"""

import pytest

from tests.faults import mails, services, sessions, speed
from tests.faults import processes as killed
from tests.faults.fault import FAULTS
from tests.faults.stage import Stage

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]
MESSAGES = 1_000
ROOMS = (speed, killed, services, mails, sessions)  # each puts its faults into the table


@pytest.mark.parametrize("name", ["F0", "F1", "F3", "F6", "F9"])
def test_nothing_is_lost_doubled_or_sent_after_a_cancellation(stage: Stage, name: str) -> None:
    outcome = FAULTS[name].run(stage, MESSAGES)
    print(f"{name}: {outcome.notes}")
    assert not outcome.broken
