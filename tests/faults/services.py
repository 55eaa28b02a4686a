"""F3, F4, F5: Redis, PostgreSQL or the beat are away for a while."""

import os
import signal
import time
from pathlib import Path

import redis
from django.db import InterfaceError, OperationalError, connection

from coordination.organizations.models import Person
from tests.faults.fault import fault
from tests.faults.outcome import Outcome
from tests.faults.stage import Stage

CONCURRENCY = 4  # two workers of two processes
POSTGRES_NOTE = "MINGA_FAULTS_POSTGRES"  # the file in which ./minga faults notes the number of its PostgreSQL


@fault(
    "F3", "Redis stopped, then killed and back empty, then its clients cut", "0 lost, 0 doubled, again ≤ 60 s"
)
def redis_goes(stage: Stage, messages: int) -> Outcome:
    """Half of the work arrives while nobody can ring. Only Redis is started by hand, as its own supervisor would."""
    wanted = stage.crowd.register(messages // 4)
    stage.start()
    stage.wait_arrivals(messages // 10)
    waits = []
    if stage.strict:
        stage.redis.ask_to_stop()
        wanted += _meanwhile(stage, messages // 4, 30, waits)
    stage.redis.kill()
    wanted += _meanwhile(stage, messages // 2 if not stage.strict else messages // 4, 3, waits)
    if stage.strict:
        wanted += stage.crowd.register(messages // 4)
        for _ in range(30):
            _cut_clients(stage)
            stage.ring()
            stage.pause(2)
    outcome = stage.finish(wanted)
    exits = sum(worker.exits for worker in stage.workers)
    outcome.notes.append(
        f"what happened meanwhile left {', '.join(f'{wait:.0f} s' for wait in waits)} after Redis was back;"
        f" main processes of workers exited {exits} times"
    )
    outcome.demand_nothing_lost()
    outcome.demand(not stage.strict or max(waits) <= 60, f"sending again within 60 s, not {max(waits):.0f}")
    return outcome


def _meanwhile(stage: Stage, messages: int, seconds: float, waits: list[float]) -> int:
    """Redis is away for so long, people register, it comes back empty; notes when the first of them is written to."""
    stage.redis.wanted = False
    first = stage.crowd.people
    wanted = stage.crowd.register(messages)
    stage.pause(seconds)
    stage.redis_socket.unlink(missing_ok=True)
    stage.redis.start()
    back = time.time()
    them = {f"p{number}@fallas.example" for number in range(first, stage.crowd.people)}
    stage.wait(lambda: any(line["to"] in them for line in stage.arrived()))
    waits.append(min(line["at"] for line in stage.arrived() if line["to"] in them) - back)
    return wanted


def _cut_clients(stage: Stage) -> None:
    with redis.Redis(unix_socket_path=str(stage.redis_socket)) as client:
        for kind in ("normal", "pubsub"):
            client.execute_command("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes")


@fault(
    "F4",
    "PostgreSQL stopped at once mid-commit three times; connections cut every 3 s",
    "0 lost, doubled ≤ 4 a stop",
)
def postgres_goes(stage: Stage, messages: int) -> Outcome:
    """Its supervisor brings it back. ``immediate`` loses what was not committed, and nothing else, for fsync is on."""
    wanted = stage.crowd.register(messages)
    stage.start()
    for stop in range(3):
        stage.wait_arrivals(messages * (stop + 1) // 6)
        _stop_postgres(stage)
    for _ in range(10):
        if _answered(lambda: stage.at_rest(wanted)):
            break
        _answered(_cut_connections)
        stage.pause(3)
    outcome = stage.finish(wanted)
    outcome.demand_nothing_lost(doubled=3 * CONCURRENCY)
    return outcome


def _stop_postgres(stage: Stage) -> None:
    """What ``pg_ctl stop -m immediate`` sends, and waiting until it answers again."""
    note = Path(os.environ[POSTGRES_NOTE])
    os.kill(int(note.read_text().split()[0]), signal.SIGQUIT)
    stage.pause(1)
    connection.close()
    stage.wait(lambda: Person.objects.exists(), 120)


def _cut_connections() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )
    return True


def _answered(question: object) -> bool:
    try:
        return bool(question())  # type: ignore[operator]
    except (OperationalError, InterfaceError):
        connection.close()
        return False


@fault("F5", "two beats, none for a while, then one", "0 lost, 0 doubled, caught up ≤ 60 s")
def beats_go(stage: Stage, messages: int) -> Outcome:
    """None for 2 min instead of 10: eight intervals of the sweeps. Nobody rings meanwhile, so nothing is planned."""
    wanted = stage.crowd.register(messages // 2)
    stage.start(beats=2)
    stage.finish(wanted)
    for beat in stage.beats:
        beat.stop()
    before = len(stage.arrived())
    wanted += stage.crowd.register(messages // 4)
    stage.pause(120 if stage.strict else 20)
    silent = len(stage.arrived()) == before
    stage.beats[0].start()
    caught_up = stage.wait(lambda: stage.at_rest(wanted))
    outcome = stage.finish(wanted)
    outcome.notes.append(f"caught up with {messages // 4} messages in {caught_up:.0f} s")
    outcome.demand(silent, "nothing is planned while there is no beat, or the fault was none")
    outcome.demand(not stage.strict or caught_up <= 60, f"caught up within 60 s, not {caught_up:.0f}")
    outcome.demand_nothing_lost()
    return outcome
