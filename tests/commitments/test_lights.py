"""The traffic light: one table, read in Python, in SQL and by whoever asks why."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coordination.commitments import lights
from coordination.commitments.models import Commitment
from coordination.commitments.states import DECIDED
from coordination.commitments.why import why
from tests.cast import Cast
from tests.commitments.world import historic, proposal

S = Commitment.State
TODAY = date(2026, 3, 2)
SEVERITY = {"green": 0, "amber": 1, "red": 2}

days = st.one_of(st.none(), st.integers(-40, 40))
rows = st.tuples(st.sampled_from(list(S)), st.sampled_from(["live", "historic"]), days, days)


def made_of(row: tuple[str, str, int | None, int | None], today: date, **given: object) -> Commitment:
    state, provenance, due, exempt = row
    return Commitment(
        state=state, provenance=provenance, deliverable="x", means_of_verification="x", withdrawn_reason="x",
        due_on=None if due is None else today + timedelta(days=due),
        exempt_until=None if exempt is None else today + timedelta(days=exempt), **given,
    )  # fmt: skip


def may_stand(row: tuple[str, str, int | None, int | None]) -> bool:
    """Whether the database takes it: a live one is never unknown, and agreed without a date only by an exception."""
    state, provenance, due, exempt = row
    if provenance == "historic" or state in (S.PROPOSED, S.WITHDRAWN):
        return provenance == "historic" or state != S.UNKNOWN
    return state != S.UNKNOWN and (due is not None or exempt is not None)


@pytest.mark.parametrize(
    ("state", "days", "code", "drawn"),
    [
        (S.AGREED, 16, "green", "green"),
        (S.AGREED, 15, "amber", "amber"),
        (S.IN_PROGRESS, 0, "amber", "amber"),
        (S.IN_PROGRESS, -1, "red", "red"),
        (S.REPORTED, -30, "amber", "amber"),
        (S.REPORTED, 40, "green", "green"),
        (S.MET, -30, "green", "met"),
        (S.PARTLY_MET, -30, "amber", "partly_met"),
        (S.NOT_MET, 30, "red", "not_met"),
        (S.WITHDRAWN, -30, "grey", "withdrawn"),
        (S.DISPUTED, -30, "disputed", "disputed"),
        (S.PROPOSED, -30, "grey", "grey"),
    ],
)
def test_light_of_a_live_commitment(state: str, days: int, code: str, drawn: str) -> None:
    light = lights.traffic_light(Commitment(state=state, due_on=TODAY + timedelta(days=days)), TODAY)
    assert (light.code, light.state) == (code, drawn)
    assert str(light.label)


@pytest.mark.parametrize(("state", "code"), [(S.UNKNOWN, "grey"), (S.AGREED, "grey"), (S.MET, "green")])
def test_light_of_a_historic_one_never_reproaches(state: str, code: str) -> None:
    record = Commitment(state=state, provenance="historic", due_on=TODAY - timedelta(days=999))
    assert lights.traffic_light(record, TODAY).code == code


@pytest.mark.parametrize(
    ("row", "code", "label"),
    [
        ((S.AGREED, "live", None, 0), "amber", "undated"),
        ((S.AGREED, "live", None, -1), "red", "undated_late"),
        ((S.REPORTED, "live", None, -1), "amber", "undated"),
        ((S.IN_PROGRESS, "live", 40, -1), "amber", "incomplete_late"),
        ((S.IN_PROGRESS, "live", 40, 0), "amber", "incomplete"),
        ((S.REPORTED, "live", 40, 300), "amber", "incomplete"),
        ((S.IN_PROGRESS, "live", 40, None), "green", "on_time"),
        ((S.IN_PROGRESS, "live", 15, 3), "amber", "due_soon"),
        ((S.IN_PROGRESS, "live", -1, 3), "red", "overdue"),
    ],
)
def test_what_was_agreed_incomplete_shows_it(
    row: tuple[str, str, int | None, int | None], code: str, label: str
) -> None:
    rule = lights.rule_of(made_of(row, TODAY), TODAY)
    assert (rule.light.code, rule.code) == (code, label)


def test_every_rule_decides_something() -> None:
    """A rule that nothing reaches would be shown to readers and be untrue; the last one is the net below."""
    reached = {
        lights.rule_of(made_of((state, provenance, due, exempt), TODAY), TODAY).code
        for state in S
        for provenance in ("live", "historic")
        for due in (None, -1, 0, 15, 16)
        for exempt in (None, -1, 0)
    }
    assert reached == {rule.code for rule in lights.RULES}
    assert {rule.light.code for rule in lights.RULES} == set(lights.LIGHT_LABELS)


@given(row=rows, today=st.dates(date(2020, 2, 1), date(2030, 12, 31)), later=st.integers(0, 120))
def test_a_light_never_gets_better_by_waiting(
    row: tuple[str, str, int | None, int | None], today: date, later: int
) -> None:
    commitment = made_of(row, today)
    now = lights.traffic_light(commitment, today).code
    then = lights.traffic_light(commitment, today + timedelta(days=later)).code
    if now in SEVERITY:
        assert SEVERITY[then] >= SEVERITY[now]
    else:
        assert then == now


@given(row=rows, reported=days, asked=days)
def test_every_light_says_why(
    row: tuple[str, str, int | None, int | None], reported: int | None, asked: int | None
) -> None:
    commitment = made_of(row, TODAY)
    found = why(
        commitment,
        TODAY,
        reported_on=None if reported is None else TODAY + timedelta(days=reported),
        asked_on=None if asked is None else TODAY + timedelta(days=asked),
        decided_by="",
    )
    assert found.rule == lights.rule_of(commitment, TODAY).code
    assert found.sentence and "%(" not in found.sentence


@override("en")
def test_why_names_the_dates() -> None:
    late = made_of((S.IN_PROGRESS, "live", -12, None), TODAY)
    late.agreed_at = datetime(2026, 1, 5, 9, 0, tzinfo=ZoneInfo("America/Guayaquil"))
    found = why(late, TODAY, reported_on=date(2026, 2, 1), asked_on=None, decided_by="")
    assert "18 February 2026, 12 days ago" in found.sentence and "1 February 2026" in found.sentence
    assert found.ages[0] == "Agreed 56 days ago."
    asked = made_of((S.REPORTED, "live", -2, None), TODAY)
    found = why(asked, TODAY, reported_on=TODAY, asked_on=date(2026, 2, 20), decided_by="")
    assert "20 February 2026" in found.sentence and "20 February 2026" in found.ages[0]
    met = made_of((S.MET, "live", -2, None), TODAY)
    met.settled_at = late.agreed_at
    found = why(met, TODAY, reported_on=TODAY, asked_on=TODAY, decided_by="Universidad del Páramo")
    assert found.sentence.startswith("Universidad del Páramo confirmed on 5 January 2026") and not found.ages


@given(rows=st.lists(rows, max_size=12), today=st.dates(date(2020, 2, 1), date(2030, 12, 31)))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sql_and_python_show_the_same_light(
    cast: Cast, rows: list[tuple[str, str, int | None, int | None]], today: date
) -> None:
    with transaction.atomic():
        Commitment.objects.bulk_create(
            made_of(
                row, today, mesa=cast.mesa, number=number, statement_es="x", responsible=cast.ngo,
                verifier=cast.university, settled_by=cast.university if row[0] in DECIDED else None,
            )
            for number, row in enumerate(rows, start=1) if may_stand(row)
        )  # fmt: skip
        found = list(lights.annotate_light(Commitment.objects.all(), today))
        for row in found:
            rule = lights.rule_of(row, today)
            assert row.light_code == rule.light.code
            assert row.urgency == (5 if row.is_historic else rule.urgency)
        with CaptureQueriesContext(connection) as counted:
            counts = lights.counts_by_light(Commitment.objects.all(), today)
        assert len(counted) == 1
        assert counts == {
            code: sum(lights.traffic_light(row, today).code == code for row in found)
            for code in lights.LIGHT_LABELS
        }
        transaction.set_rollback(True)


def test_by_urgency_begins_with_what_is_overdue(cast: Cast) -> None:
    given_dates = {"late": -3, "soon": 5, "later": 50}
    made = {}
    for name, days in given_dates.items():
        commitment = proposal(cast)
        rows = Commitment.objects.filter(pk=commitment.pk)
        rows.update(state=S.AGREED, due_on=TODAY + timedelta(days=days))
        made[name] = commitment.pk
    waiting = proposal(cast)
    old = historic(cast, due_on=date(2018, 1, 1))
    order = [row.pk for row in lights.by_urgency(Commitment.objects.all(), TODAY)]
    assert order == [made["late"], made["soon"], made["later"], waiting.pk, old.pk]
