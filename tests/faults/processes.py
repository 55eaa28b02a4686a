"""F1, F2, F7, F12: processes are killed, restarted, or sleep too long."""

import os
import signal
import sys
import time
from random import Random

from coordination.notifications.models import Notification
from tests.faults.fault import fault
from tests.faults.outcome import Outcome, rows
from tests.faults.program import ROOT
from tests.faults.stage import Stage


@fault("F1", "five worker groups killed by SIGKILL while they send", "0 lost, doubled ≤ processes killed")
def groups_are_killed(stage: Stage, messages: int) -> Outcome:
    wanted = stage.crowd.register(messages)
    stage.start()
    killed = 0
    for kill in range(5):
        stage.wait_arrivals(messages * (kill + 1) // 7)
        killed += stage.workers[kill % 2].kill()
    outcome = stage.finish(wanted)
    outcome.notes.append(f"{killed} processes killed")
    outcome.demand_nothing_lost(doubled=killed)
    return outcome


@fault("F2", "20 pool children killed by SIGKILL while they send", "0 lost, doubled ≤ processes killed")
def children_are_killed(stage: Stage, messages: int) -> Outcome:
    wanted = stage.crowd.register(messages)
    stage.start()
    chance, killed = Random(2), 0
    for kill in range(20):
        stage.wait_arrivals(messages * (kill + 1) // 25)
        stage.wait(lambda: any(worker.children() for worker in stage.workers), 60)
        child = chance.choice([pid for worker in stage.workers for pid in worker.children()])
        killed += _kill(child)
    outcome = stage.finish(wanted)
    outcome.notes.append(f"{killed} processes killed")
    outcome.demand_nothing_lost(doubled=killed)
    return outcome


@fault("F7", "each worker restarted by SIGTERM in turn, every 20 s", "0 lost, 0 doubled")
def workers_are_restarted(stage: Stage, messages: int) -> Outcome:
    wanted = stage.crowd.register(messages)
    stage.start()
    restarts, next_one = 0, time.monotonic() + 10

    def at_rest() -> bool:
        nonlocal restarts, next_one
        if time.monotonic() >= next_one and stage.arrived():
            stage.workers[restarts % 2].ask_to_stop()
            restarts, next_one = restarts + 1, time.monotonic() + 20
        return stage.at_rest(wanted)

    stage.wait(at_rest)
    outcome = stage.finish(wanted)
    outcome.notes.append(f"{restarts} restarts")
    outcome.demand(restarts > 0, "at least one restart")
    outcome.demand_nothing_lost()
    return outcome


@fault("F12", "two drains beside two workers; one worker sleeps through its leases", "0 doubled before SMTP")
def a_sleeper_wakes(stage: Stage, messages: int) -> Outcome:
    """Leases last 6 s here instead of 60 and the sleep 20 s instead of 3 min: as many leases long."""
    wanted = stage.crowd.register(messages)
    stage.start(MINGA_CLAIM_LEASE_SECONDS="6", MINGA_SENDING_LEASE_SECONDS="6", MINGA_DOUBT_SECONDS="2")
    for number in range(2):
        stage.add(f"drain{number}", [sys.executable, str(ROOT / "manage.py"), "drain", "--forever"])
    on_the_line: set[str] = set()
    for turn in range(3):
        stage.wait_arrivals(messages * (turn + 1) // 5)
        sleeper = stage.workers[turn % 2]
        sleeper.signal(signal.SIGSTOP)
        on_the_line |= {row.message_id for row in rows(state=Notification.State.SENDING)}
        stage.pause(20)
        sleeper.signal(signal.SIGCONT)
    outcome = stage.finish(wanted)
    outcome.notes.append(
        f"{len(on_the_line)} messages on the line at the three moments, {outcome.doubled} of them doubled"
    )
    outcome.demand(outcome.doubled_ids <= on_the_line, "only what was on the line may be doubled")
    outcome.demand_nothing_lost(doubled=3 * 2)
    return outcome


def _kill(pid: int) -> int:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return 0
    return 1
