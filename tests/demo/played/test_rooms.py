"""Every room of the commitments has something to see in the demo world."""

import pytest
from django.db.models import F

from coordination.commitments.models import (
    Acknowledgement,
    AgendaRequest,
    Commitment,
    Dispute,
    Evidence,
    Extension,
    ExtensionRequest,
    GateException,
    Indicator,
    Measurement,
    MeasurementPart,
    Milestone,
    NonFulfilment,
    Referral,
    Report,
    Review,
    Support,
    Verification,
)
from coordination.mesas.models import Mesa
from coordination.sessions.models import Session
from tests.demo.conftest import NOW

pytestmark = pytest.mark.usefixtures("demo")


def test_organizations_answered_what_they_received() -> None:
    rows = Acknowledgement.objects.all()
    assert rows.filter(accepted_at=None, objected_at=None).exists()
    assert rows.filter(accepted_at__isnull=False).exists()
    assert rows.exclude(objection="").get().organization.slug == "acnur"
    # Carmen signs in and finds something that nobody of her organization has taken notice of.
    waiting = Commitment.objects.open().filter(co_responsible__slug="cisp")
    assert waiting.exclude(acknowledgements__organization__slug="cisp").exists()


def test_indicators_are_added_up_and_read_last() -> None:
    live = Indicator.objects.filter(commitment__provenance="live", measurements__isnull=False)
    assert set(live.values_list("formula", flat=True)) >= {"sum", "latest"}
    assert Indicator.objects.filter(formula="sum", period_targets__isnull=False).exists()
    summed = Indicator.objects.get(name="Personas atendidas")
    assert summed.value == sum(row.value for row in summed.measurements.all()) == 268
    assert Commitment.objects.filter(indicators__order=2).exists()
    assert not Measurement.objects.filter(source="").exists()


def test_some_figures_say_who_they_count() -> None:
    dimensions = set(MeasurementPart.objects.values_list("dimension", flat=True))
    assert dimensions >= {"sex", "age", "population"}


def test_reports_tell_obstacles_show_evidence_and_sometimes_nothing_new() -> None:
    assert Report.objects.exclude(obstacles="").filter(has_news=True).exists()
    assert Report.objects.filter(has_news=False).exists()
    assert Evidence.objects.exclude(url="").exists()
    assert Evidence.objects.filter(file__type="pdf", is_restricted=False).exists()
    assert Evidence.objects.filter(type="photo", is_restricted=True).exists()
    assert not Evidence.objects.filter(report=None).exists()


def test_every_way_to_decide_was_taken() -> None:
    returned = Verification.objects.filter(decision="returned")
    assert all(row.missing for row in returned) and returned.count() == 2
    assert Dispute.objects.get().verification in returned
    confirmed, waiting = NonFulfilment.objects.order_by("recorded_at")
    assert (confirmed.is_confirmed, confirmed.commitment.state) == (True, "not_met")
    assert (waiting.answered_at, waiting.second.slug) == (None, "cisp")
    withdrawn = Commitment.objects.get(state="withdrawn")
    assert withdrawn.withdrawn_by is not None and withdrawn.withdrawn_by.kind == "decision"


def test_one_is_incomplete_one_has_more_time_and_one_asks_for_it() -> None:
    exception = GateException.objects.get(mended_at=None)
    assert exception.reason and exception.until > NOW.date()
    extension = Extension.objects.get()
    assert extension.session is not None
    assert (extension.old_target, extension.new_target) == (12, 10)
    assert ExtensionRequest.objects.get(answered_at=None).commitment.responsible.slug == "gad-huaquillas"


def test_the_next_agenda_builds_itself_and_the_last_ones_are_kept() -> None:
    assert AgendaRequest.objects.filter(closed_at=None).count() == 2
    assert AgendaRequest.objects.filter(session__mesa__code_prefix="FS").exists()
    kept = Review.objects.filter(session__mesa__code_prefix="FS")
    assert set(kept.values_list("reason", flat=True)) == {"escalated", "raised", "verified"}
    assert kept.filter(was_silent=True).exists()
    assert not Review.objects.filter(session__closed_at=None).exists()


def test_milestones_were_moved_and_reached() -> None:
    road = Milestone.objects.filter(mesa__code_prefix="FS")
    assert road.exclude(due_on=F("original_due_on")).exclude(moved_reason="").exists()
    assert road.filter(done_on__isnull=False).exists()
    assert road.filter(commitment=None).exists() and road.exclude(commitment=None).exists()


def test_somebody_helps_in_every_way() -> None:
    rows = Support.objects.filter(provenance="live")
    assert set(rows.values_list("kind", flat=True)) == set(Support.Kind.values)
    assert rows.filter(amount__gt=0).exists() and rows.filter(is_public=False).exists()


def test_a_mesa_raised_two_issues_and_has_one_answer_back() -> None:
    assert Mesa.objects.get(code_prefix="HQ").parent == Mesa.objects.get(code_prefix="FS")
    answered, waiting = Referral.objects.order_by("raised_at")
    assert (answered.state, answered.returned_in) == (
        Referral.State.ANSWERED,
        Session.objects.get(mesa__code_prefix="HQ", number=2),
    )
    assert answered.answer_commitment is not None
    assert waiting.state == Referral.State.SCHEDULED and waiting.session.starts_at > NOW


def test_most_have_somebody_who_follows_them() -> None:
    live = Commitment.objects.filter(provenance="live")
    assert live.exclude(follow_up_owner=None).count() > live.count() / 2
