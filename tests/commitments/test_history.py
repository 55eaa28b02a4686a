"""One history out of many tables."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from coordination.commitments.agenda.actions import reviewing
from coordination.commitments.history import SHOWN, history
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import (
    Acknowledgement,
    Commitment,
    Dispute,
    ExtensionRequest,
    NonFulfilment,
    Report,
    Review,
    Verification,
)
from coordination.commitments.reports.actions import reporting
from tests.cast import NOW, Cast
from tests.commitments.world import DUE, agreed

DAY = timedelta(days=1)


def full(cast: Cast) -> Commitment:
    """Everything that can be told of one commitment, a day apart."""
    c = agreed(cast)
    Acknowledgement.objects.create(
        commitment=c, organization=cast.ngo, acknowledged_at=NOW, accepted_at=NOW + DAY, accepted_by=cast.carmen
    )  # fmt: skip
    said: dict[str, Any] = {"commitment": c, "organization": cast.ngo, "person": cast.carmen, "progress": 40}
    first = Report.objects.create(text="Abrimos", obstacles="Agua", reported_at=NOW + 2 * DAY, **said)
    Report.objects.create(has_news=False, obstacles="Lluvia", reported_at=NOW + 3 * DAY, **said)
    back = Verification.objects.create(
        commitment=c, report=first, organization=cast.university, person=cast.luis, decision="returned",
        text="Falta el acta", verified_at=NOW + 4 * DAY,
    )  # fmt: skip
    Dispute.objects.create(
        commitment=c, verification=back, state_before="in_progress", organization=cast.ngo, text="Ya estaba",
        disputed_at=NOW + 5 * DAY, resolution="upheld", resolution_text="No estaba", resolved_by=cast.university,
        resolved_at=NOW + 6 * DAY,
    )  # fmt: skip
    ExtensionRequest.objects.create(
        commitment=c, organization=cast.ngo, asked_until=DUE + DAY, reason="Lluvias", asked_at=NOW + 7 * DAY,
        answered_at=NOW + 8 * DAY, answer="No",
    )  # fmt: skip
    NonFulfilment.objects.create(
        commitment=c, session=c.session, reason="Silencio", recorded_by=cast.ministry, recorded_at=NOW + 9 * DAY,
        second=cast.university, is_confirmed=True, answered_at=NOW + 10 * DAY,
    )  # fmt: skip
    Review.objects.create(
        session=c.session, commitment=c, reason="due", state="agreed", light="amber", progress=0, was_asked=True,
        was_silent=True, reviewed_at=NOW + 14 * DAY,
    )  # fmt: skip
    reviewing.note_asked(
        session_id=c.session_id, organization_id=cast.ngo.pk, commitment_ids=[c.pk], at=NOW + 11 * DAY
    )
    return c


def sides_read(commitment: Commitment) -> Commitment:
    """As the page of a commitment reads it: who answers, who verifies, who helps."""
    rows = Commitment.objects.select_related("mesa", "session", "responsible", "verifier")
    return rows.prefetch_related("co_responsible").get(pk=commitment.pk)


def test_everything_is_told_latest_first(cast: Cast, django_assert_max_num_queries: Any) -> None:
    commitment = sides_read(full(cast))
    with django_assert_max_num_queries(2):
        told = history(commitment, NOW.date())
    assert [moment.what for moment in told.moments] == [
        "silence", "not_met_answered", "not_met_recorded", "extension_refused", "extension_asked", "dispute_resolved",
        "dispute", "verification", "nothing_new", "report", "accepted", "received", "agreed",
    ]  # fmt: skip
    by = {moment.what: moment for moment in told.moments}
    assert (by["report"].organization, by["report"].person, by["report"].more) == (cast.ngo, "", "Agua")
    assert by["report"].number == 40 and by["extension_asked"].day == DUE + DAY
    assert by["not_met_answered"].flag is True and by["dispute_resolved"].more == "upheld"
    assert history(commitment, NOW.date(), keeps=True).last("accepted").person == cast.carmen.name
    page = Client().get(commitment.get_absolute_url()).content.decode()
    for words in ("Lluvia", "Falta el acta", "Ya estaba", "No estaba", "Silencio"):
        assert words in page
    assert cast.carmen.name not in page
    Acknowledgement.objects.update(superseded_at=datetime(2026, 7, 2, 2, tzinfo=UTC))
    accepted = history(commitment, NOW.date()).last("accepted")
    assert accepted and accepted.day == date(2026, 7, 1), (
        "at nine in the evening it is still that day in Quito"
    )


def test_silence_has_the_day_of_the_question_and_not_that_of_the_review(cast: Cast) -> None:
    commitment = full(cast)
    silence = history(sides_read(commitment), NOW.date()).last("silence")
    assert silence and silence.at == NOW + 11 * DAY
    unknown = agreed(cast)
    Review.objects.create(
        session=unknown.session, commitment=unknown, reason="due", state="agreed", light="amber", progress=0,
        was_asked=True, was_silent=True, reviewed_at=NOW + 14 * DAY,
    )  # fmt: skip
    silence = history(sides_read(unknown), NOW.date()).last("silence")
    session, days = unknown.session, timedelta(days=unknown.mesa.asking_days)
    assert silence and session and silence.at == session.starts_at - days


def test_a_receipt_is_told_where_nothing_else_was_said_with_it(cast: Cast) -> None:
    received, accepted, objected, reported = (agreed(cast) for _ in range(4))
    said: dict[str, Any] = {
        "organization_id": cast.ngo.pk,
        "person_id": cast.carmen.pk,
        "by": cast.secretariat,
    }
    receiving.acknowledge(commitment_id=received.pk, now=NOW + DAY, **said)
    receiving.accept(commitment_id=accepted.pk, now=NOW + DAY, **said)
    receiving.object_to(commitment_id=objected.pk, text="Sin fondos", now=NOW + DAY, **said)
    reporting.nothing_new(commitment_id=reported.pk, now=NOW + DAY, **said)
    told = [
        [moment.what for moment in history(one, NOW.date()).moments]
        for one in (received, accepted, objected, reported)
    ]
    assert told == [
        ["received", "agreed"],
        ["accepted", "agreed"],
        ["objected", "agreed"],
        ["nothing_new", "agreed"],
    ]
    page = Client().get(received.get_absolute_url()).content.decode()
    assert "Receipt acknowledged" in page or "Acusó recibo" in page
    assert cast.carmen.name not in page


def test_silence_at_the_due_date_is_told_and_an_answer_ends_it(cast: Cast) -> None:
    quiet, spoken = agreed(cast), agreed(cast)
    reporting.nothing_new(
        commitment_id=spoken.pk,
        organization_id=cast.ngo.pk,
        person_id=None,
        by=cast.secretariat,
        now=NOW + DAY,
    )
    late = DUE + 3 * DAY
    assert "overdue" in [moment.what for moment in history(quiet, late).moments]
    assert "overdue" not in [moment.what for moment in history(quiet, DUE).moments]
    assert "overdue" not in [moment.what for moment in history(spoken, late).moments]


def test_what_a_closed_session_reviewed_is_not_told(cast: Cast) -> None:
    commitment = full(cast)
    type(commitment.session).objects.filter(pk=commitment.session_id).update(is_casa_adentro=True)
    assert "silence" not in [moment.what for moment in history(commitment, NOW.date()).moments]


@pytest.mark.parametrize("rows", [1, 3, 300])
def test_many_reports_fold_away_and_cost_the_same(cast: Cast, rows: int, django_assert_max_num_queries: Any) -> None:  # fmt: skip
    commitment = agreed(cast)
    Report.objects.bulk_create(
        Report(
            commitment=commitment,
            organization=cast.ngo,
            text=f"Parte {n}",
            progress=1,
            reported_at=NOW + n * DAY,
        )
        for n in range(rows)
    )
    commitment = sides_read(commitment)
    with django_assert_max_num_queries(1):
        told = history(commitment, NOW.date())
    assert len(told.recent) == min(rows + 1, SHOWN) and len(told.older) == max(rows + 1 - SHOWN, 0)
