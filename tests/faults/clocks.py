"""F11: clocks that are a day off, leap days, the days on which clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from coordination.notifications.models import Notification
from coordination.notifications.planner import rungs_before
from tests.faults.fault import fault
from tests.faults.outcome import Outcome, rows
from tests.faults.stage import Stage

STATE = Notification.State
OFF, NONE = timedelta(hours=26), timedelta()
DAY = 24 * 60
# A session's start on the wall, the steps of a ladder in minutes, and when each is due on the clocks of that place.
# Whole days are counted on the wall, hours on the real clock: at 00:30 a night with 23 or 25 hours shows the difference.
WALLS = [
    ("Europe/Madrid", "2026-03-30 00:30", {DAY: "2026-03-29 00:30", 120: "2026-03-29 22:30"}),
    ("Europe/Madrid", "2026-03-29 04:00", {DAY: "2026-03-28 04:00", 120: "2026-03-29 01:00"}),
    ("Europe/Madrid", "2026-10-25 04:00", {DAY: "2026-10-24 04:00", 120: "2026-10-25 02:00+01:00"}),
    ("America/New_York", "2026-03-08 03:30", {DAY: "2026-03-07 03:30", 120: "2026-03-08 00:30"}),
    ("America/New_York", "2026-11-01 09:00", {7 * DAY: "2026-10-25 09:00", 120: "2026-11-01 07:00"}),
    ("America/Guayaquil", "2028-03-01 00:30", {DAY: "2028-02-29 00:30", 120: "2028-02-29 22:30"}),
    ("America/Guayaquil", "2027-03-01 00:30", {DAY: "2027-02-28 00:30", 7 * DAY: "2027-02-22 00:30"}),
    ("Pacific/Galapagos", "2026-01-01 00:30", {DAY: "2025-12-31 00:30", 120: "2025-12-31 22:30"}),
]  # fmt: skip


@fault(
    "F11", "clocks 26 h slow and fast, leap day, days on which clocks change", "none twice, early or too late"
)
def clocks_are_wrong(stage: Stage, messages: int) -> Outcome:
    """Three kinds of messages: due now, due in 20 h until 23 h, due in 30 h. Each clock sends what is due on it."""
    hour = timedelta(hours=1)
    now = timezone.now()
    wanted = stage.crowd.register(messages)
    wanted += stage.crowd.confirm(messages // 4, over=hour, after=20 * hour, until=23 * hour)
    wanted += stage.crowd.confirm(messages // 4, over=hour, after=30 * hour, until=40 * hour)
    stage.start(MINGA_CLOCK_OFFSET=str(-int(OFF.total_seconds())))
    stage.wait(lambda: Notification.objects.count() >= wanted)
    stage.pause(40)
    early = len(stage.arrived())
    stage.set_clocks(NONE)
    stage.wait(lambda: stage.at_rest(wanted))
    on_time = {line["id"] for line in stage.arrived()}
    stage.set_clocks(OFF)
    stage.wait(lambda: not Notification.objects.filter(not_after__lt=now + OFF, state=STATE.PLANNED).exists())
    for offset in (-OFF, NONE):
        stage.set_clocks(offset)
        stage.pause(25)
    everything = rows()
    past = {row.pk for row in everything if now + 19 * hour < row.due_at < now + 22 * hour}
    outcome = Outcome(
        [row for row in everything if row.pk not in past], list(stage.arrived()), wanted - len(past)
    )
    wrong = {line["id"] for line in stage.arrived()} - on_time
    expired = {row.pk for row in everything if row.state == STATE.EXPIRED}
    waiting = sum(row.state == STATE.PLANNED for row in everything)
    outcome.notes.append(
        f"{len(on_time)} on time, {len(expired)} too late and not sent, {waiting} still to come"
    )
    outcome.demand(early == 0, f"nothing before it is due, not {early}")
    outcome.demand(
        not wrong, f"nothing after not_after and nothing before due on a wrong clock, not {len(wrong)}"
    )
    outcome.demand(len(on_time) == messages, f"{messages} on time, not {len(on_time)}")
    outcome.demand(expired == past, f"{len(past)} expire, not {len(expired)}")
    outcome.demand(waiting == messages // 4, f"{messages // 4} still wait, not {waiting}")
    outcome.demand_nothing_lost()
    for broken in _wrong_walls():
        outcome.demand(False, broken)
    return outcome


def _wrong_walls() -> list[str]:
    """Each rung of the table above that the planner puts elsewhere."""
    wrong = []
    for name, start, expected in WALLS:
        zone = ZoneInfo(name)
        at = _wall(start, zone)
        found = {step: due for step, due, _until in rungs_before(at, zone, expected, at - timedelta(days=60))}
        for step, wall in expected.items():
            if found.get(step) != _wall(wall, zone):
                wrong.append(
                    f"{name} {start}: the step of {step} min is due at {found.get(step)}, not {wall}"
                )
    return wrong


def _wall(text: str, zone: ZoneInfo) -> datetime:
    """An hour that comes twice says which one it is by its distance from Greenwich."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
