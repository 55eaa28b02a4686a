"""One press is one observation; what is said is quoted as it stood, may be taken back in time, and is answered once."""

import uuid

import pytest

from coordination.activity.models import Activity
from coordination.common.errors import StaleVersion
from coordination.minutes.actions import approval, observing
from coordination.minutes.events import MinutesEvent
from coordination.minutes.models import Observation
from tests.cast import Cast
from tests.minutes.going_round import answer, by_link, circulated, copy_of, observe, over

pytestmark = pytest.mark.django_db


def test_an_observation_quotes_the_paragraph_as_it_stood(cast: Cast) -> None:
    made = observe(circulated(cast), cast.ngo, paragraph=2)
    assert made.quote == "La Fundación informó sobre los albergues."
    assert (made.organization, made.paragraph, made.answer) == (cast.ngo, 2, "")


def test_one_press_of_the_button_is_one_observation(cast: Cast) -> None:
    minutes, press = circulated(cast), uuid.uuid4()
    first = observe(minutes, cast.ngo, client_id=press)
    assert observe(minutes, cast.ngo, client_id=press).pk == first.pk
    assert observe(minutes, cast.university, client_id=press).pk != first.pk, "somebody else's number"
    assert Activity.objects.filter(kind=MinutesEvent.OBSERVED).count() == 2


def test_a_paragraph_that_is_not_there_and_an_empty_word_are_refused(cast: Cast) -> None:
    minutes = circulated(cast)
    with pytest.raises(observing.NoSuchParagraph):
        observe(minutes, cast.ngo, paragraph=9)
    with pytest.raises(observing.NothingSaid):
        observe(minutes, cast.ngo, "   ")
    assert observe(minutes, cast.ngo, paragraph=0).quote == "Alojamiento temporal"


def test_after_the_term_nothing_is_taken_and_nothing_taken_back(cast: Cast) -> None:
    minutes = circulated(cast)
    made = observe(minutes, cast.ngo)
    with pytest.raises(observing.TermIsOver):
        observe(minutes, cast.ngo, now=over(minutes))
    with pytest.raises(observing.TermIsOver):
        observing.withdraw(
            observation_id=made.pk, organization_id=cast.ngo.pk, by=cast.secretariat, now=over(minutes)
        )


def test_what_was_said_can_be_taken_back_until_it_is_answered(cast: Cast) -> None:
    minutes = circulated(cast)
    first, second = observe(minutes, cast.ngo), observe(minutes, cast.ngo)
    for _time in range(2):
        observing.withdraw(
            observation_id=first.pk, organization_id=cast.ngo.pk, by=cast.secretariat, now=first.made_at
        )
    answer(cast, second)
    with pytest.raises(observing.AlreadyAnswered):
        observing.withdraw(
            observation_id=second.pk, organization_id=cast.ngo.pk, by=cast.secretariat, now=first.made_at
        )
    with pytest.raises(Observation.DoesNotExist):
        observing.withdraw(
            observation_id=second.pk,
            organization_id=cast.university.pk,
            by=cast.secretariat,
            now=first.made_at,
        )
    with pytest.raises(approval.WasWithdrawn):
        answer(cast, first)


def test_to_agree_is_one_click_and_falls_with_an_observation(cast: Cast) -> None:
    minutes = circulated(cast)
    copy = copy_of(minutes, cast.ngo)
    for _click in range(2):
        agreed = observing.agree(copy_id=copy.pk, by=by_link(copy), now=minutes.circulated_at)
    assert agreed.agreed_at
    assert Activity.objects.filter(kind=MinutesEvent.AGREED).count() == 1
    observe(minutes, cast.ngo)
    assert copy_of(minutes, cast.ngo).agreed_at is None
    with pytest.raises(observing.StillObserving):
        observing.agree(copy_id=copy.pk, by=by_link(copy), now=minutes.circulated_at)


@pytest.mark.parametrize("given", ["partly", "not"])
def test_whoever_is_not_wholly_right_is_told_why(cast: Cast, given: str) -> None:
    made = observe(circulated(cast), cast.ngo)
    with pytest.raises(approval.ReasonMissing):
        answer(cast, made, given, reason="  ")
    told = answer(cast, made, given, reason="El acta de entrega dice 40.")
    assert (told.answer, told.answer_text) == (given, "El acta de entrega dice 40.")


def test_an_accepted_observation_changes_the_text_at_once_and_says_so(cast: Cast) -> None:
    minutes = circulated(cast)
    section = minutes.sections.get(order=1)
    made = observe(minutes, cast.ngo)
    told = answer(
        cast, made, section_version=section.version, body="<p onclick=x>La mesa acordó abrir 45 plazas.</p><script>1</script>"
    )  # fmt: skip
    section.refresh_from_db()
    assert section.body == "<p>La mesa acordó abrir 45 plazas.</p>"
    assert told.changed_text and section.version == 2
    assert told.quote == "La mesa acordó abrir 40 plazas.", "what was observed stays as it stood"


def test_two_who_answer_or_edit_at_once_see_each_other(cast: Cast) -> None:
    minutes = circulated(cast)
    one, two = observe(minutes, cast.ngo), observe(minutes, cast.university)
    stale = one.version
    answer(cast, one)
    with pytest.raises(StaleVersion):
        answer(cast, one, version=stale)
    answer(cast, one, section_version=1, body="<p>Otro texto.</p>")
    with pytest.raises(StaleVersion) as refused:
        answer(cast, two, section_version=1, body="<p>Texto mío.</p>")
    assert refused.value.field == "body"
    assert Observation.objects.get(pk=two.pk).answer == ""


def test_who_is_not_right_does_not_change_the_text(cast: Cast) -> None:
    minutes = circulated(cast)
    made = observe(minutes, cast.ngo)
    with pytest.raises(approval.TextStays):
        answer(cast, made, "not", reason="No.", section_version=1, body="<p>Otro.</p>")
    assert minutes.sections.get(order=1).version == 1


def test_an_organization_that_never_stops_is_stopped(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observing, "MOST", 2)
    minutes = circulated(cast)
    for _time in range(2):
        observe(minutes, cast.ngo)
    with pytest.raises(observing.TooManyObservations):
        observe(minutes, cast.ngo)
