"""F6: the mail server makes trouble."""

from collections import Counter
from datetime import timedelta

from coordination.notifications.models import Notification
from tests.faults.fault import fault
from tests.faults.outcome import Outcome
from tests.faults.stage import Stage

# What is done to each so-manieth message. Primes, so that trouble meets every kind of message in any batch.
TROUBLE = [
    ("drop before DATA", 53), ("drop after DATA", 59), ("drop after the dot", 61), ("421", 67), ("451", 71),
    ("452", 73), ("550", 79), ("554", 83),
]  # fmt: skip
PERMANENT = ("550", "554")
# Nobody is killed here, so nothing may be mistaken for dead: a slow answer takes 25 s.
CALM = {"MINGA_CLAIM_LEASE_SECONDS": "90", "MINGA_SENDING_LEASE_SECONDS": "120", "MINGA_DOUBT_SECONDS": "2"}


@fault(
    "F6",
    "lines cut before DATA, in it and after the dot; 421, 451, 452, 550, 554; one answer after 25 s",
    "0 lost, 5xx never again, doubled ≤ cut after the dot",
)
def the_server_makes_trouble(stage: Stage, messages: int) -> Outcome:
    """Retries wait a minute or more by design; the workers' clocks are moved on instead of waiting."""
    wanted = stage.crowd.register(messages)
    slow = ("slow", messages // 2)
    stage.start(trouble=[*TROUBLE, slow], until=messages, **CALM)
    stage.wait(lambda: Notification.objects.filter(attempts__gt=0).count() >= wanted)
    stage.set_clocks(timedelta(minutes=20))
    outcome = stage.finish(wanted)
    did = Counter(line["did"] for line in outcome.lines)
    refused = did["550"] + did["554"]
    outcome.notes.append(
        ", ".join(f"{count} × {what}" for what, count in sorted(did.items()) if what != "250")
    )
    outcome.demand(all(did[what] for what, _every in TROUBLE), "every kind of trouble was made")
    # As many refused rows as refusals: had one been tried again there would be fewer.
    outcome.demand_nothing_lost(doubled=did["drop after the dot"], refused=refused)
    return outcome
