"""Sessions that fail: closed as such, with who was missing, by how much, and why."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees import actions as attendees
from coordination.attendees.models import Attendance
from coordination.attendees.queries import quorum
from coordination.mesas.models import Mesa
from coordination.organizations.models import Person
from coordination.sessions import actions
from coordination.sessions.actions.record import ReasonOfFailureMissing
from coordination.sessions.models import Block, Session
from coordination.sessions.quorum import shortfall
from tests.cast import Cast
from tests.minutes.table import running

SignIn = Callable[[Person], Client]


@pytest.fixture
def session(cast: Cast) -> Session:
    """Over by the clock; the foundation came, the university and the ministry did not."""
    made = running(cast)
    Attendance.objects.filter(organization=cast.university).update(status="absent")
    start = timezone.now() - timedelta(hours=5)
    times = {"starts_at": start, "ends_at": start + timedelta(hours=3)}
    Session.objects.filter(pk=made.pk).update(**times)
    Block.objects.filter(session=made).update(**times)
    attendees.close_attendance(session_id=made.pk, by=cast.secretariat, now=timezone.now())
    made.refresh_from_db()
    return made


def test_the_shortfall_is_the_quorums_own(cast: Cast, session: Session) -> None:
    missing, counted = shortfall(session), quorum(session)
    assert (missing.organizations, missing.sectors) == (1, 1)
    assert missing.organizations == counted.required_organizations - counted.organizations
    assert [one.pk for one in missing.absent] == [cast.ministry.pk, cast.university.pk]


def test_the_page_says_who_was_missing_and_closes_it_without_outcomes(
    cast: Cast, session: Session, sign_in: SignIn
) -> None:
    rosa, there = sign_in(cast.rosa), reverse("sessions:close", args=[session.public_id])
    shown = rosa.get(there)
    assert shown.context["form"]["result"].value() == "failed"
    for name in ("Ministerio Central", "Universidad del Páramo"):
        assert name in shown.content.decode()
    answer = rosa.post(there, {"result": "failed", "failure_note": "El puente estaba cerrado."})
    assert answer.status_code == 302
    session.refresh_from_db()
    assert (session.state, session.failure_note) == ("failed", "El puente estaba cerrado.")
    assert not session.outcomes.exists()
    assert "Universidad del Páramo" in rosa.get(there).content.decode()


def test_the_public_page_says_so_and_names_nobody(cast: Cast, session: Session) -> None:
    actions.close(
        session_id=session.pk, result="failed", failure_note="El puente estaba cerrado.",
        by=cast.secretariat, now=timezone.now(),
    )  # fmt: skip
    shown = Client().get(session.get_absolute_url()).content.decode()
    assert "El puente estaba cerrado." in shown and "Universidad del Páramo" not in shown


def test_with_a_quorum_a_failure_needs_its_reason(cast: Cast, session: Session) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(quorum_organizations=1, quorum_sectors=1)
    Session.objects.filter(pk=session.pk).update(quorum_met=True)
    told = {"session_id": session.pk, "by": cast.secretariat, "now": timezone.now()}
    with pytest.raises(ReasonOfFailureMissing):
        actions.close(result="failed", failure_note=" ", **told)
    held = actions.close(result="held", failure_note="No cuenta", **told)
    assert held.failure_note == ""
