"""Each bound breaks where its guard is missing: a check that cannot fail proves nothing."""

import pytest
from django.db import IntegrityError, connection, transaction

from coordination.notifications.models import Notification
from tests.faults.sessions import sessions_are_cancelled
from tests.faults.stage import Stage

pytestmark = [pytest.mark.fault, pytest.mark.xdist_group("faults")]
MESSAGES = 200
# A planner that has forgotten what it wrote: one row in ten once more, not sent yet.
NEW = {
    "public_id": "gen_random_uuid()",
    "state": "'planned'",
    "message_id": "''",
    "attempts": "0",
    "sent_at": "NULL",
    "answer_code": "NULL",
}


def test_without_the_gate_messages_leave_after_a_cancellation(stage: Stage) -> None:
    stage.be_careless("gate")
    outcome = sessions_are_cancelled(stage, MESSAGES)
    assert any("pass the gate after the commit" in bound for bound in outcome.broken)


def test_a_mark_without_a_mail_is_seen_as_lost(stage: Stage) -> None:
    wanted = stage.crowd.register(MESSAGES)
    stage.be_careless("mail")
    stage.start(workers=1)
    outcome = stage.finish(wanted)
    outcome.demand_nothing_lost()
    assert outcome.lost > 0
    assert any("lost" in bound for bound in outcome.broken)


def test_without_the_key_a_second_plan_doubles_mails(stage: Stage) -> None:
    wanted = stage.crowd.register(MESSAGES)
    stage.start(workers=1)
    stage.finish(wanted)
    with pytest.raises(IntegrityError, match="notification_once"), transaction.atomic():
        _plan_again()
    key = next(one for one in Notification._meta.constraints if one.name == "notification_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Notification, key)
    try:
        again = _plan_again()
        stage.ring("notifications.deliver")
        outcome = stage.finish(wanted + again)
    finally:
        Notification.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Notification, key)
    outcome.demand_nothing_lost()
    assert outcome.doubled == again > 0
    assert any("doubled" in bound for bound in outcome.broken)


def _plan_again() -> int:
    columns = [field.column for field in Notification._meta.concrete_fields if not field.primary_key]
    values = [NEW.get(column, column) for column in columns]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO notifications_notification ({', '.join(columns)})"
            f" SELECT {', '.join(values)} FROM notifications_notification WHERE id % 10 = 0"  # noqa: S608  our own names
        )
        return cursor.rowcount
