"""The gate by role: who agrees with an exception, who moves a date off a day of rest, who reads the rules."""

from datetime import date, timedelta
from typing import Any

from tests.commitments.world import agreed, proposal
from tests.security.matrix.base import (
    ADMINISTRATOR,
    ANONYMOUS,
    CHAIR,
    LOGIN,
    MEMBER,
    SECRETARIAT,
    STRANGER,
    Row,
    everybody,
)
from tests.security.matrix.world import World

# A proposal does not exist but for its keepers, the auditor and the organizations that it names.
UNSEEN = {role: 404 for role in (STRANGER, CHAIR, ADMINISTRATOR)} | {ANONYMOUS: LOGIN}
KEEPS = everybody(403, **UNSEEN, **{SECRETARIAT: 200, MEMBER: 404})
CHANGES = everybody(403, **{SECRETARIAT: 200, ANONYMOUS: LOGIN})
MOVES = everybody(403, **UNSEEN, **{SECRETARIAT: 302})


def incomplete(world: World) -> dict[str, Any]:
    return {"public_id": proposal(world, verifier_id=None, due_on=date(2090, 3, 1)).public_id}


def promised(world: World) -> dict[str, Any]:
    return {"public_id": agreed(world, due_on=date(2090, 3, 1)).public_id}


def promised_indicator(world: World) -> dict[str, Any]:
    return {"public_id": agreed(world, due_on=date(2090, 3, 1)).indicators.get().public_id}


def on_a_sunday(world: World) -> dict[str, Any]:
    day = date(2090, 3, 5)
    while day.weekday() != 6:
        day += timedelta(days=1)
    return {"public_id": proposal(world, due_on=day).public_id}


ROWS = [
    Row("commitments:light_rules", get=everybody(200)),
    Row("commitments:agree_incomplete", incomplete, get=KEEPS, post=KEEPS),
    Row("commitments:change", promised, get=CHANGES, post=CHANGES),
    Row("commitments:correct", promised, get=CHANGES, post=CHANGES),
    Row("commitments:indicator_change", promised_indicator, get=CHANGES, post=CHANGES),
    Row("commitments:indicator_correct", promised_indicator, get=CHANGES, post=CHANGES),
    Row("commitments:indicator_agree", promised, get=CHANGES, post=CHANGES),
    Row("commitments:working_day", on_a_sunday, post=MOVES),
]
