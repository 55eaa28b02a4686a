"""F14: what people do to a session, in any order, and what everybody must have been told."""

from django.test import override_settings
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.fault import fault
from tests.faults.office import Office
from tests.faults.outcome import Outcome
from tests.faults.stage import Stage

SETTINGS = settings(
    max_examples=20, stateful_step_count=50, deadline=None, database=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink], print_blob=False,
)  # fmt: skip


@fault(
    "F14",
    "register, cancel, move, change address, lose role, tick, crash, in any order",
    "model and table agree",
)
def anything_happens(stage: Stage, messages: int) -> Outcome:
    """As many steps as other faults have messages, fifty to a session."""
    stage.start(workers=0, beats=0)
    machine = type("Machine", (Office,), {"stage": stage, "steps": 0})
    mail = {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": stage.port, "EMAIL_HOST_USER": "", "DOUBT_SECONDS": 0.0}
    broken: list[str] = []
    with override_settings(**mail):
        round_ = 0
        while machine.steps < messages and not broken:
            round_ += 1
            try:
                run_state_machine_as_test(seed(round_)(machine), settings=SETTINGS)
            except AssertionError as error:
                broken.append(
                    f"round {round_}: {error}; {' / '.join(getattr(error, '__notes__', []))[-2000:]}"
                )
    outcome = Outcome(
        [], list(stage.arrived()), 0, [f"{machine.steps} steps, {len(stage.arrived())} mails"], broken
    )
    outcome.doubled, outcome.rate = 0, 0.0
    return outcome
