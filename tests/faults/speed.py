"""F0: nothing goes wrong. What is promised then is speed."""

import smtplib
import time
from datetime import timedelta

from tests.browser.stage import free_port, listens
from tests.faults.fault import fault
from tests.faults.outcome import Outcome, rate
from tests.faults.stage import Stage

PACE = 125  # messages that come due each second


@fault("F0", "none", "0 lost, 0 doubled, p99 ≤ 60 s, ≥ 100 a second with one worker")
def nothing_happens(stage: Stage, messages: int) -> Outcome:
    """One worker with two processes keeps up with what comes due; then as much at once, with one worker and with two."""
    stage.start(workers=1)
    stage.wait_awake()
    wanted = stage.crowd.confirm(messages, over=timedelta(seconds=messages / PACE))
    stage.ring()
    outcome = stage.finish(wanted)
    if stage.strict:
        late, p99 = outcome.late, outcome.late_at(0.99)
        one, late_one, wanted = _burst(stage, wanted, messages)
        stage.add_worker()
        stage.pause(15)
        two, late_two, wanted = _burst(stage, wanted, messages)
        bare = _bare_loop(stage, messages // 5)
        outcome = stage.finish(wanted)
        outcome.late, outcome.rate = late, one
        outcome.notes.append(
            f"all at once: one worker {one:.0f} a second, 99 % within {late_one:.0f} s; two workers {two:.0f},"
            f" within {late_two:.0f} s; a bare loop over one connection {bare:.0f}, so two workers reach"
            f" {two / bare:.2f} of it"
        )
        outcome.demand(p99 <= 60, f"99 % within 60 s, not {p99:.0f}")
        outcome.demand(one >= 100, f"100 a second, not {one:.0f}")
        outcome.demand(two >= 0.8 * bare, f"0.8 of a bare loop with two workers, not {two / bare:.2f}")
    outcome.demand_nothing_lost()
    return outcome


def _burst(stage: Stage, wanted: int, messages: int) -> tuple[float, float, int]:
    """So many more, half of them reminders, due within five seconds: how many leave a second, and how late the last are.

    Lateness counts from when a message is due, its planning and the making of its people included.
    """
    before = len(stage.arrived())
    wanted += stage.crowd.register(messages)
    stage.ring()
    outcome = stage.finish(wanted)
    outcome.late = outcome.lateness(outcome.arrivals[before:])
    return rate(outcome.arrivals[before:]), outcome.late_at(0.99), wanted


def _bare_loop(stage: Stage, count: int) -> float:
    """Mails as they were sent before, again to a mail server like ours, over one connection by the standard library."""
    mails = [path.read_bytes() for path in sorted(stage.arrivals_log.with_suffix(".samples").iterdir())]
    port = free_port()
    stage.add_sink("bare", port, stage.folder / "bare.jsonl")
    stage.wait(lambda: listens(port), 60)
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        started = time.monotonic()
        for number in range(count):
            server.sendmail("avisos@minga.example", f"p{number}@fallas.example", mails[number % len(mails)])
        return count / (time.monotonic() - started)
