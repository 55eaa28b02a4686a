"""What an indicator promises moves by a session, or as a slip put right; and what was accepted was the text of then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.commitments.actions import extend
from coordination.commitments.figures.actions import indicating
from coordination.commitments.figures.charts import Step
from coordination.commitments.inbox import actions as inbox
from coordination.commitments.inbox.queries import unreceived
from coordination.commitments.models import Acknowledgement, Amendment, Commitment, Indicator, PeriodTarget
from coordination.commitments.row import ReasonMissing
from coordination.commitments.settling.actions.extending import SessionMissing, TargetWrong
from coordination.commitments.terms import wording_of
from coordination.commitments.writing.actions import targets
from coordination.commitments.writing.actions.amending import NothingChanged, correct
from tests.cast import NOW, Cast
from tests.commitments.settled import disputed, fresh
from tests.commitments.world import PLACES, after, agreed, amended, proposal, report

pytestmark = pytest.mark.django_db
SignIn = Callable[[Any], Client]
WHOLE = indicating.IndicatorValues(**vars(PLACES))
QUARTER = Step(date(2026, 3, 1), date(2026, 3, 31), Decimal(12))


def by_session(cast: Cast, row: Indicator, values: indicating.IndicatorValues, **given: Any) -> Indicator:
    told: dict[str, Any] = {
        "session_id": after(cast).pk,
        "reason": "Se amplió",
        "now": NOW + timedelta(days=2),
    }
    return targets.amend_indicator(
        indicator_id=row.pk, version=None, values=values, by=cast.secretariat, **told | given
    )


def plain_edit(cast: Cast, row: Indicator, values: indicating.IndicatorValues) -> Indicator:
    return indicating.change_indicator(
        indicator_id=row.pk, version=None, values=values, by=cast.secretariat, now=NOW
    )


def accept(cast: Cast, commitment: Commitment, days: int = 0, **given: Any) -> Acknowledgement:
    return inbox.accept(
        commitment_id=commitment.pk, organization_id=commitment.responsible_id, person_id=None, **given,
        by=cast.secretariat, now=NOW + timedelta(days=days),
    )  # fmt: skip


def test_a_session_moves_a_target_and_both_stay(cast: Cast) -> None:
    commitment = agreed(cast)
    row = by_session(cast, commitment.indicators.get(), replace(WHOLE, target=Decimal(60), steps=(QUARTER,)))
    row.refresh_from_db()
    assert (row.target, row.original_target) == (60, 40)
    kept = Amendment.objects.get()
    assert (kept.session, kept.reason, kept.indicator, kept.is_slip) == (after(cast), "Se amplió", row, False)
    assert (kept.was["target"], kept.now["target"]) == ("40", "60")
    told = Activity.objects.about("commitment", commitment.pk).filter(kind="commitment.amended").get()
    assert told.payload == {"amendment": kept.pk, "changed": ["target", "steps"]}
    by_session(cast, row, replace(WHOLE, target=Decimal(70)), now=NOW + timedelta(days=3))
    row.refresh_from_db()
    assert (row.target, row.original_target) == (70, 40), "the first one stays beside the last"
    for page, words in (
        (commitment.get_absolute_url(), ("40", "70", "Se amplió", "II ")),
        (reverse("commitments:indicator", args=[row.public_id]), ("<s>60</s> 70", "<s>40</s> 60")),
        (f"{reverse('commitments:list')}?col=target", ("<s>40</s>",)),
        (f"{reverse('commitments:roadmap')}?mesa={cast.mesa.slug}", ("<s>40</s>",)),
    ):
        text = Client().get(page).content.decode()
        for each in words:
            assert each in text, (page, each)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"reason": " "}, ReasonMissing),
        ({"session_id": None}, SessionMissing),
        ({"target": Decimal(40)}, NothingChanged),
        ({"target": Decimal(0)}, indicating.IndicatorRefused),
    ],
)
def test_a_target_is_not_moved(cast: Cast, given: dict[str, Any], error: type[Exception]) -> None:
    row = agreed(cast).indicators.get()
    values = replace(WHOLE, target=given.pop("target", Decimal(60)))
    with pytest.raises(error):
        by_session(cast, row, values, **given)
    assert not Amendment.objects.exists()


@pytest.mark.parametrize(
    "change",
    [{"target": Decimal(4)}, {"unit": "camas"}, {"baseline": Decimal(1)}, {"formula": "sum"}, {"name": "Camas"},
     {"keeps_level": True}],
    ids=str,
)  # fmt: skip
def test_saving_changes_nothing_that_was_agreed(cast: Cast, change: dict[str, Any]) -> None:
    row = agreed(cast).indicators.get()
    with pytest.raises(indicating.PromiseFixed):
        plain_edit(cast, row, replace(WHOLE, **change))


def test_what_nobody_agreed_on_yet_is_added_and_then_stays(cast: Cast) -> None:
    commitment = agreed(cast)
    row = commitment.indicators.get()
    plain_edit(cast, row, replace(WHOLE, steps=(QUARTER,)))
    later = Step(date(2026, 4, 1), date(2026, 6, 30), Decimal(40))
    plain_edit(cast, row, replace(WHOLE, steps=(QUARTER, later)))
    for steps in ((later,), (replace(QUARTER, value=Decimal(2)), later)):
        with pytest.raises(indicating.PromiseFixed):
            plain_edit(cast, row, replace(WHOLE, steps=steps))
    with pytest.raises(indicating.PromiseFixed):
        indicating.add_indicator(
            commitment_id=commitment.pk, version=None, values=WHOLE, by=cast.secretariat, now=NOW
        )
    assert PeriodTarget.objects.count() == 2 and not Amendment.objects.exists()
    made = targets.agree_indicator(
        commitment_id=commitment.pk, version=None, values=replace(WHOLE, name="Camas"), reason="Se suma",
        session_id=after(cast).pk, by=cast.secretariat, now=NOW + timedelta(days=2),
    )  # fmt: skip
    assert made.order == 2 and Amendment.objects.get().now["name"] == "Camas"


def test_the_database_lets_no_figure_of_a_promise_move_by_itself(cast: Cast) -> None:
    row = agreed(cast).indicators.get()
    for change in ({"target": 4}, {"baseline": 3}, {"formula": "sum"}, {"target": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Indicator.objects.filter(pk=row.pk).update(**change)
    draft = proposal(cast).indicators.get()
    assert Indicator.objects.filter(pk=draft.pk).update(target=4) == 1


def test_a_slip_is_put_right_without_a_session_and_what_was_accepted_stays(cast: Cast) -> None:
    commitment = agreed(cast)
    accept(cast, commitment)
    row = targets.correct_indicator(
        indicator_id=commitment.indicators.get().pk, version=None, values=replace(WHOLE, target=Decimal(400)),
        reason="Faltaba un cero", by=cast.secretariat, now=NOW + timedelta(days=1),
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.target, row.original_target) == (400, 400), "it was meant from the start"
    assert Amendment.objects.get().is_slip and not Acknowledgement.objects.filter(superseded_at__isnull=False)
    correct(commitment_id=commitment.pk, version=fresh(commitment).version, texts={"statement": "Habilitar."},
            reason="x", by=cast.secretariat, now=NOW + timedelta(days=1))  # fmt: skip
    assert fresh(commitment).amended_at is None


def test_an_extension_that_moves_the_target_asks_anew_and_more_time_alone_does_not(cast: Cast) -> None:
    commitment = agreed(cast)
    row = commitment.indicators.get()
    first = accept(cast, commitment)
    told: dict[str, Any] = {
        "reason": "x",
        "session_id": commitment.session_id,
        "by": cast.secretariat,
        "now": NOW,
    }
    extend(
        commitment_id=commitment.pk, version=fresh(commitment).version, new_due_on=date(2026, 8, 31), **told
    )
    first.refresh_from_db()
    assert first.superseded_at is None
    told |= {"session_id": after(cast).pk, "now": NOW + timedelta(days=2), "indicator_id": row.pk}
    Indicator.objects.filter(pk=row.pk).update(unit="%")
    with pytest.raises(TargetWrong):
        extend(commitment_id=commitment.pk, version=fresh(commitment).version, new_due_on=date(2026, 9, 30),
               new_target=Decimal(140), **told)  # fmt: skip
    extend(commitment_id=commitment.pk, version=fresh(commitment).version, new_due_on=date(2026, 9, 30),
           new_target=Decimal(30), **told)  # fmt: skip
    first.refresh_from_db()
    row.refresh_from_db()
    assert first.superseded_at == NOW + timedelta(days=2) and (row.target, row.original_target) == (30, 40)


def test_acceptance_begins_anew_and_the_old_one_stays_dated(cast: Cast, sign_in: SignIn) -> None:
    commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=90),
                        responsible_id=cast.university.pk, verifier_id=cast.ngo.pk)  # fmt: skip
    accept(cast, commitment)
    report(cast, commitment, done=False)
    client, inbox_page = sign_in(cast.luis), reverse("commitments:inbox")
    assert "accept" not in [row.step for row in client.get(inbox_page).context["inbox"].page]
    amended(fresh(commitment), cast, statement="Habilitar 30 plazas")
    now = fresh(commitment)
    assert now.amended_at == NOW + timedelta(days=2)
    old = Acknowledgement.objects.get()
    assert (old.accepted_at, old.superseded_at) == (NOW, now.amended_at), "nothing is deleted"
    (row,) = [each for each in client.get(inbox_page).context["inbox"].page if each.pk == commitment.pk]
    assert row.step == "accept" and not any(link.at for link in row.chain[:2]), (
        "received and accepted: not this text"
    )
    page = Client().get(commitment.get_absolute_url())
    assert page.context["chain"][1].at is None
    assert "Dicho del texto anterior al cambio" in page.content.decode()
    late = NOW + timedelta(days=8)
    assert list(unreceived(cast.secretariat, cast.mesa, late)) == [now]
    with pytest.raises(inbox.OtherText):
        accept(cast, commitment, 3, wording="")
    again = accept(cast, commitment, 3, wording=wording_of(now.pk))
    assert again.pk != old.pk and Acknowledgement.objects.standing().get() == again
    assert not unreceived(cast.secretariat, cast.mesa, late)
    assert Client().get(commitment.get_absolute_url()).context["chain"][1].at == NOW + timedelta(days=3)


def test_nobody_accepts_by_link_what_changed_while_they_read(cast: Cast) -> None:
    commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=90))
    amended(commitment, cast, deliverable="30 plazas")
    link, client = fresh(commitment).get_report_link(), Client()
    address = reverse("commitments:receive_by_link", args=[link.strip("/").split("/")[-1]])
    text = client.get(link).content.decode()
    assert f'value="{wording_of(commitment.pk)}"' in text and 'value="aceptar"' in text
    answer = client.post(address, {"do": "aceptar", "wording": ""}, follow=True)
    assert not Acknowledgement.objects.exists() and "aceptar" in answer.content.decode()
    client.post(address, {"do": "aceptar", "wording": wording_of(commitment.pk)})
    assert Acknowledgement.objects.get().accepted_at


def test_the_pages_of_a_target(cast: Cast, sign_in: SignIn) -> None:
    commitment = agreed(cast)
    row, rosa = commitment.indicators.get(), sign_in(cast.rosa)

    def at(name: str, of: Any = row) -> str:
        return reverse(f"commitments:{name}", args=[of.public_id])

    assert rosa.get(at("indicator_change")).context["form"].nothing_decided
    after(cast)
    edit = rosa.get(at("indicator_edit"))
    assert edit.context["form"].fields["target"].disabled and at("indicator_change") in edit.content.decode()
    given = {"version": commitment.version, "name": row.name, "unit": row.unit, "baseline": "0", "target": "60",
             "formula": "latest", "targets-TOTAL_FORMS": "0", "targets-INITIAL_FORMS": "0"}  # fmt: skip
    rosa.post(at("indicator_edit"), given)
    row.refresh_from_db()
    assert row.target == 40, "what comes back for it is left aside"
    given["version"] = fresh(commitment).version
    wrong = rosa.post(at("indicator_change"), given)
    assert wrong.context["form"].errors.keys() == {"session", "reason"}
    given |= {"session": after(cast).pk, "reason": "Se amplió"}
    assert rosa.post(at("indicator_change"), given | {"version": 1}).status_code == 409
    assert rosa.post(at("indicator_change"), given).status_code == 302
    row.refresh_from_db()
    assert row.target == 60
    slip = given | {"version": fresh(commitment).version, "target": "61"}
    assert rosa.post(at("indicator_correct"), slip).status_code == 302
    assert Amendment.objects.latest("pk").is_slip
    assert rosa.get(at("indicator_add", commitment)).url == at("indicator_agree", commitment)
    more = given | {"version": fresh(commitment).version, "name": "Camas"}
    assert rosa.post(at("indicator_agree", commitment), more).status_code == 302
    assert commitment.indicators.count() == 2


def test_the_form_of_a_disputed_one_says_so_when_it_is_opened(cast: Cast, sign_in: SignIn) -> None:
    commitment = disputed(cast)
    rosa, row = sign_in(cast.rosa), commitment.indicators.get()
    forms = [("indicator_edit", row), ("indicator_change", row), ("indicator_correct", row)]
    for name, of in [
        *forms,
        ("indicator_agree", commitment),
        ("change", commitment),
        ("correct", commitment),
    ]:
        page = rosa.get(reverse(f"commitments:{name}", args=[of.public_id]))
        told = [str(each) for each in get_messages(page.wsgi_request)]
        assert page.status_code == 302 and str(indicating.InDispute.default_message) in told, name
