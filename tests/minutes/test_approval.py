"""Who is silent agrees, once nothing is left unanswered; the clock says so once."""

import logging

import pytest

from coordination.activity.models import Activity
from coordination.minutes.actions import circulation, drafting
from coordination.minutes.actions.approval import approve_silent
from coordination.minutes.events import MinutesEvent
from coordination.minutes.models import Minutes, Section
from tests.cast import Cast
from tests.minutes.going_round import answer, circulated, drafted, held, observe, over

pytestmark = pytest.mark.django_db


def test_silence_approves_when_the_term_has_passed_and_not_before(cast: Cast) -> None:
    minutes = circulated(cast)
    assert minutes.observations_until
    assert approve_silent(now=minutes.observations_until - (over(minutes) - minutes.observations_until)) == 0
    assert approve_silent(now=over(minutes)) == 1
    minutes.refresh_from_db()
    assert minutes.state == Minutes.State.APPROVED
    assert minutes.number and minutes.code and len(minutes.sha256) == 64 and minutes.public_pdf
    assert minutes.approved_at == over(minutes)


def test_two_beats_approve_once(cast: Cast) -> None:
    minutes = circulated(cast)
    assert (approve_silent(now=over(minutes)), approve_silent(now=over(minutes))) == (1, 0)
    assert Activity.objects.filter(kind=MinutesEvent.APPROVED).count() == 1


def test_an_unanswered_observation_holds_it_up_until_it_is_answered(cast: Cast) -> None:
    minutes = circulated(cast)
    made = observe(minutes, cast.ngo)
    assert approve_silent(now=over(minutes)) == 0
    answer(cast, made, "not", reason="El acta de entrega dice 40.", now=over(minutes))
    assert approve_silent(now=over(minutes)) == 1
    with pytest.raises(circulation.NotCirculating):
        answer(cast, made)


def test_what_was_withdrawn_holds_nothing_up(cast: Cast) -> None:
    minutes = circulated(cast)
    made = observe(minutes, cast.ngo)
    made.withdrawn_at = made.made_at
    made.save()
    assert approve_silent(now=over(minutes)) == 1


def test_minutes_by_signature_are_not_approved_by_silence(cast: Cast) -> None:
    minutes = circulated(cast, approval="signature")
    assert approve_silent(now=over(minutes)) == 0


def test_one_that_cannot_be_settled_is_told_and_does_not_hold_up_the_others(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    broken = circulated(cast)
    sound = circulated(cast, drafted(cast, held(cast, starts_at=cast.in_days(21, hour=14))))
    # More than a paper holds.
    Section.objects.filter(minutes=broken, order=1).update(body="<p>" + "x" * 5_000_000 + "</p>")
    with caplog.at_level(logging.ERROR):
        assert approve_silent(now=over(sound)) == 1
    assert f"minutes {broken.pk}" in caplog.text
    sound.refresh_from_db()
    assert sound.state == Minutes.State.APPROVED


def test_a_correction_goes_round_again_with_its_reason_and_replaces_what_it_corrects(cast: Cast) -> None:
    first = circulated(cast)
    approve_silent(now=over(first))
    second = drafting.correct(
        minutes_id=first.pk, reason="Faltaba la votación.", by=cast.secretariat, now=over(first)
    )
    assert not second.copies.exists()
    circulation.circulate(
        minutes_id=second.pk, version=second.edit_version, by=cast.secretariat, now=over(first)
    )
    second.refresh_from_db()
    assert second.copies.count() == 3
    first.refresh_from_db()
    assert first.state == Minutes.State.APPROVED, "it stands until the correction is approved"
    assert approve_silent(now=over(second)) == 1
    first.refresh_from_db()
    second.refresh_from_db()
    assert first.state == Minutes.State.SUPERSEDED and second.number == first.number
