"""Agreed although something was missing: with a reason and a date, and only for as long as that."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from coordination.activity.models import Activity
from coordination.commitments import actions, gate, lights
from coordination.commitments.agreeing import (
    AgreedFixed,
    NotWithinReach,
    agree_incomplete,
    due_on_working_day,
)
from coordination.commitments.figures.actions import indicating
from coordination.commitments.models import Commitment, GateException, Indicator
from coordination.commitments.writing.actions.proposing import IndicatorFixed
from coordination.organizations.models import Organization
from coordination.taxonomies.models import Holiday
from tests.cast import NOW, Cast
from tests.commitments.test_actions import edited
from tests.commitments.world import DUE, PLACES, agreed, amended, historic, part_of, proposal, report

TODAY = NOW.date()
UNTIL = TODAY + timedelta(days=30)


def excepted(cast: Cast, until: date = UNTIL, **lacking: Any) -> Commitment:
    commitment = proposal(cast, **lacking)
    agree_incomplete(
        commitment_id=commitment.pk, reason="La línea base llega con el censo", until=until,
        by=cast.secretariat, now=NOW,
    )  # fmt: skip
    return Commitment.objects.select_related("mesa").get(pk=commitment.pk)


def test_the_mesa_agrees_incomplete_with_a_reason_and_a_date(cast: Cast) -> None:
    commitment = excepted(cast, due_on=None, verifier_id=None, indicator=None)
    assert (commitment.state, commitment.exempt_until, commitment.original_due_on) == ("agreed", UNTIL, None)
    kept = GateException.objects.get(commitment=commitment)
    assert kept.missing == ["due_on", "indicator", "verifier"] and kept.mended_at is None
    told = Activity.objects.about("commitment", commitment.pk).get(kind="commitment.agreed")
    assert told.payload["missing"] == kept.missing and told.payload["until"] == UNTIL.isoformat()
    assert list(Commitment.objects.incomplete()) == [commitment]
    assert lights.traffic_light(commitment, UNTIL).code == "amber"
    assert lights.traffic_light(commitment, UNTIL + timedelta(days=1)).code == "red"


@pytest.mark.parametrize(
    "lacking",
    [{"responsible_id": None}, {"responsible_id": None, "due_on": None, "indicator": None}],
)
def test_somebody_always_answers(cast: Cast, lacking: dict[str, Any]) -> None:
    with pytest.raises(actions.GateNotPassed, match="organiza"):
        excepted(cast, **lacking)


def test_no_exception_touches_the_two_keys(cast: Cast) -> None:
    commitment = proposal(cast, deliverable="")
    part_of(cast.ngo, cast.university)
    assert not gate.is_excepted(gate.gate(commitment))
    with pytest.raises(actions.GateNotPassed):
        agree_incomplete(commitment_id=commitment.pk, reason="x", until=UNTIL, by=cast.secretariat, now=NOW)


def test_an_exception_says_why_and_lasts_three_months_at_most(cast: Cast) -> None:
    given = {"commitment_id": proposal(cast, deliverable="").pk, "by": cast.secretariat, "now": NOW}
    with pytest.raises(actions.ReasonMissing):
        agree_incomplete(reason="  ", until=UNTIL, **given)
    for until in (TODAY, TODAY + timedelta(days=91), date.max):
        with pytest.raises(NotWithinReach):
            agree_incomplete(reason="x", until=until, **given)
    agree_incomplete(reason="x", until=TODAY + timedelta(days=90), **given)
    with pytest.raises(actions.NotOpen):
        agree_incomplete(reason="x", until=UNTIL, **given)


def test_what_is_complete_needs_no_exception(cast: Cast) -> None:
    with pytest.raises(actions.NotOpen):
        excepted(cast)
    with pytest.raises(actions.HistoricRecord):
        agree_incomplete(
            commitment_id=historic(cast).pk, reason="x", until=UNTIL, by=cast.secretariat, now=NOW
        )


def test_completing_it_ends_the_exception(cast: Cast) -> None:
    commitment = excepted(cast, due_on=None, verifier_id=None)
    commitment = edited(commitment, cast, due_on=DUE)
    assert (commitment.due_on, commitment.original_due_on, commitment.exempt_until) == (DUE, DUE, UNTIL)
    commitment = edited(commitment, cast, verifier_id=cast.university.pk)
    commitment.refresh_from_db()
    assert commitment.exempt_until is None
    assert GateException.objects.get(commitment=commitment).mended_at == NOW
    assert Activity.objects.about("commitment", commitment.pk).filter(kind="commitment.mended").count() == 1
    assert not Commitment.objects.incomplete().exists()
    with pytest.raises(actions.DueDateFixed):
        edited(commitment, cast, due_on=DUE + timedelta(days=1))


def test_an_exempt_one_keeps_what_it_has(cast: Cast) -> None:
    commitment = excepted(cast, verifier_id=None)
    with pytest.raises(AgreedFixed):
        edited(commitment, cast, deliverable="")
    with pytest.raises(IndicatorFixed):
        edited(commitment, cast, indicator=replace(PLACES, target=Decimal(2)))


def test_its_indicator_is_completed_in_the_form_or_on_its_own_page(cast: Cast) -> None:
    commitment = excepted(cast, indicator=replace(PLACES, target=None))
    assert edited(commitment, cast, indicator=PLACES).exempt_until is None
    other = excepted(cast, indicator=None)
    indicating.add_indicator(
        commitment_id=other.pk, version=other.version, by=cast.secretariat, now=NOW,
        values=indicating.IndicatorValues("Plazas", "plazas", baseline=Decimal(0), target=Decimal(40)),
    )  # fmt: skip
    other.refresh_from_db()
    assert other.exempt_until is None


def test_without_a_verifier_it_is_reported_and_never_verified(cast: Cast) -> None:
    commitment = report(cast, excepted(cast, verifier_id=None))
    assert commitment.state == "reported"
    for organization in Organization.objects.all():
        with pytest.raises((actions.NotVerifier, actions.OwnKey)):
            actions.verify(
                commitment_id=commitment.pk, organization_id=organization.pk, person_id=None, decision="met",
                by=cast.secretariat, now=NOW,
            )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        Commitment.objects.filter(pk=commitment.pk).update(state="met")


def test_the_mesa_may_ask_for_a_verifier_of_another_sector(cast: Cast) -> None:
    commitment = proposal(cast, verifier_id=cast.outsider.pk)
    Organization.objects.filter(pk=cast.outsider.pk).update(
        sector_override=None, sector_type=cast.ngo.sector_type
    )
    assert gate.gate(commitment) == []
    cast.mesa.verifier_of_another_sector = True
    cast.mesa.save(update_fields=["verifier_of_another_sector"])
    commitment = Commitment.objects.get(pk=commitment.pk)
    assert [each.code for each in gate.gate(commitment)] == ["same_sector"]
    with pytest.raises(actions.GateNotPassed):
        actions.agree(commitment_id=commitment.pk, by=cast.secretariat, now=NOW)
    Organization.objects.filter(pk=cast.outsider.pk).update(
        sector_override=cast.university.sector_override or cast.university.sector_type.sector
    )
    assert gate.gate(Commitment.objects.get(pk=commitment.pk)) == []


def test_what_was_agreed_before_a_new_rule_can_still_be_edited(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.university.pk).update(
        sector_override=None, sector_type=cast.ngo.sector_type
    )
    commitment = agreed(cast)
    cast.mesa.verifier_of_another_sector = True
    cast.mesa.save(update_fields=["verifier_of_another_sector"])
    commitment = edited(commitment, cast, remarks="Otras palabras")
    assert amended(commitment, cast, statement="Otra cosa").statement == "Otra cosa"


def test_a_due_date_on_a_day_of_rest_is_told_with_the_next_working_day(cast: Cast) -> None:
    saturday = date(2026, 6, 27)
    Holiday.objects.create(date=date(2026, 6, 29), name="Fiesta local", source="x")
    commitment = proposal(cast, due_on=saturday)
    found = gate.rest_day(commitment.mesa, saturday)
    assert found and found.next_day == date(2026, 6, 30)
    local = gate.rest_day(commitment.mesa, date(2026, 6, 29))
    assert local and "Fiesta local" in local.words
    assert gate.rest_day(commitment.mesa, found.next_day) is None
    asked = {"commitment_id": commitment.pk, "by": cast.secretariat, "now": NOW}
    moved = due_on_working_day(version=1, **asked)
    assert (moved.due_on, moved.version) == (date(2026, 6, 30), 2)
    with pytest.raises(actions.NotOpen):
        due_on_working_day(version=2, **asked)


def test_a_target_that_changes_nothing_is_not_agreed(cast: Cast) -> None:
    commitment = proposal(cast)
    Indicator.objects.filter(commitment=commitment).update(baseline=40)
    assert [each.code for each in gate.gate(Commitment.objects.get(pk=commitment.pk))] == ["no_change"]
    with pytest.raises(indicating.IndicatorRefused):
        proposal(cast, indicator=replace(PLACES, baseline=Decimal(40)))
