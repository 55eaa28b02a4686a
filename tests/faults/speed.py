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
        one, wanted = _burst(stage, wanted, messages)
        stage.add_worker()
        stage.pause(15)
        two, wanted = _burst(stage, wanted, messages // 2)
        bare = _bare_loop(stage, messages // 5)
        outcome = stage.finish(wanted)
        outcome.late, outcome.rate = late, one
        outcome.notes.append(
            f"all at once: one worker {one:.0f} a second, two workers {two:.0f}; a bare loop over one connection"
            f" {bare:.0f}, so two workers reach {two / bare:.2f} of it"
        )
        outcome.demand(p99 <= 60, f"99 % within 60 s, not {p99:.0f}")
        outcome.demand(one >= 100, f"100 a second, not {one:.0f}")
        outcome.demand(two >= 0.8 * bare, f"0.8 of a bare loop with two workers, not {two / bare:.2f}")
    outcome.demand_nothing_lost()
    return outcome


def _burst(stage: Stage, wanted: int, messages: int) -> tuple[float, int]:
    """So many more, due at once: how many leave a second, and how many are wanted by now."""
    before = len(stage.arrived())
    wanted += stage.crowd.confirm(messages, over=timedelta())
    stage.ring()
    stage.finish(wanted)
    return rate(stage.arrived()[before:]), wanted


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
