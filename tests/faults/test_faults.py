"""F0, F1 and F3 of docs/reliability.md at 1,000 messages: real workers, real PostgreSQL, real Redis, a real mail server."""

import signal
import time

import pytest

from coordination.notifications.queries import heartbeats
from tests.faults.conftest import Crowd, Harness

pytestmark = pytest.mark.fault
PEOPLE = 500  # two messages each


def test_f0_without_faults_every_message_arrives_once(harness: Harness, crowd: Crowd) -> None:
    harness.run()
    harness.wait(lambda: "reconcile" in heartbeats(), 60)
    wanted = crowd.register(PEOPLE)
    started = time.time()
    result = harness.finish(wanted, 120)
    p99 = result.moments[int(len(result.moments) * 0.99)] - started
    print(
        f"F0: {len(result.moments)} messages, {result.rate:.0f} a second, 99 % within {p99:.1f} s of the start"
    )
    assert len(result.moments) == wanted
    assert (result.lost, result.strangers, result.doubled) == (set(), set(), 0)
    assert p99 <= 60


def test_f1_killed_workers_lose_nothing_and_double_no_more_than_died(harness: Harness, crowd: Crowd) -> None:
    wanted = crowd.register(PEOPLE)
    harness.run()
    killed = 0
    for kill in range(3):
        harness.wait(lambda kill=kill: len(harness.arrived()) >= 150 + 200 * kill, 60)
        killed += harness.workers[kill % 2].kill()
    result = harness.finish(wanted, 90)
    print(f"F1: {killed} processes killed, {result.doubled} doubled, {result.rate:.0f} a second")
    assert (result.lost, result.strangers) == (set(), set())
    assert result.doubled <= killed
    assert result.same_id


def test_f3_a_redis_that_comes_back_empty_costs_nothing(harness: Harness, crowd: Crowd) -> None:
    wanted = crowd.register(PEOPLE // 2)
    harness.run(latency=0.02)
    harness.wait(lambda: len(harness.arrived()) >= 100, 60)
    harness.redis.kill(signal.SIGKILL)
    time.sleep(3)
    wanted += crowd.register(PEOPLE // 2)  # what happens meanwhile is written down, and nobody can ring
    harness.redis_socket.unlink(missing_ok=True)
    harness.redis.start()
    back = time.time()
    result = harness.finish(wanted, 90)
    meanwhile = {f"p{number}@fallas.example" for number in range(PEOPLE // 2, PEOPLE)}
    later = sorted(message["at"] for message in harness.arrived() if message["to"][0] in meanwhile)
    exits = sum(worker.exits for worker in harness.workers)
    print(
        f"F3: what happened meanwhile left {later[0] - back:.1f} s after Redis was back, all of it after {later[-1] - back:.1f} s, {exits} worker exits"
    )
    assert (result.lost, result.strangers, result.doubled) == (set(), set(), 0)
    assert later[0] - back <= 60
