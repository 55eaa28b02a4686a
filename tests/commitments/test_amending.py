"""What was agreed changes in the open: by a session, or as a slip of the pen; old, new and why stay, and people hear of it."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.db import IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments.models import Amendment, Commitment, NonFulfilment, Report
from coordination.commitments.row import NotOpen, OwnKey, ReasonMissing
from coordination.commitments.settling.actions.extending import OwnDecision, SessionMissing
from coordination.commitments.settling.actions.keys import verify
from coordination.commitments.writing.actions import amending
from coordination.common.errors import StaleVersion
from coordination.notifications import settling_truths
from coordination.notifications.dispatch import dispatch
from coordination.notifications.models import Notification
from coordination.notifications.planning import Change
from coordination.notifications.settling_contents import changed_facts
from coordination.portal.admin import ActivityAdmin
from coordination.sessions.models import Session
from tests.cast import NOW, Cast
from tests.commitments.test_pages import filled, url
from tests.commitments.world import agreed, amended, outcome, proposal, report, reported


def last(commitment: Commitment) -> Amendment:
    return Amendment.objects.filter(commitment=commitment).latest("pk")


def test_a_session_changes_it_and_both_texts_stay(cast: Cast) -> None:
    commitment = amended(agreed(cast), cast, statement="Habilitar 30 plazas", verifier_id=cast.ministry.pk,
                         co_responsible_ids=[cast.outsider.pk])  # fmt: skip
    stored = Commitment.objects.get(pk=commitment.pk)
    assert (stored.statement, stored.verifier, stored.version) == ("Habilitar 30 plazas", cast.ministry, 3)
    assert list(stored.co_responsible.all()) == [cast.outsider]
    kept = last(commitment)
    assert kept.was == {
        "statement": "Habilitar 40 plazas de alojamiento",
        "verifier": cast.university.pk,
        "co_responsible": [],
    }
    assert kept.now["verifier"] == cast.ministry.pk and kept.reason == "La mesa lo decidió"
    told = Activity.objects.about("commitment", commitment.pk).filter(kind="commitment.amended").get()
    changed = ["statement", "verifier", "co_responsible"]
    assert told.payload == {"amendment": kept.pk, "changed": changed}, "ids and columns, no word of it"
    for harm in (kept.delete, lambda: Amendment.objects.update(reason="otra")):
        with pytest.raises(IntegrityError), transaction.atomic():
            harm()


def test_who_helped_may_become_the_verifier(cast: Cast) -> None:
    commitment = agreed(cast, co_responsible_ids=[cast.ministry.pk])
    changed = amended(commitment, cast, verifier_id=cast.ministry.pk, co_responsible_ids=[])
    assert changed.verifier_id == cast.ministry.pk and not changed.co_responsible.exists()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"statement": "x", "reason": "  "}, ReasonMissing),
        ({"statement": " "}, amending.Emptied),
        ({}, amending.NothingChanged),
        ({"statement": "x", "session_id": None}, SessionMissing),
    ],
)
def test_a_change_is_refused(cast: Cast, given: dict[str, Any], error: type[Exception]) -> None:
    commitment = agreed(cast)
    with pytest.raises(error):
        amended(commitment, cast, **given)
    assert not Activity.objects.filter(kind="commitment.amended").exists()


def test_no_session_changes_what_was_agreed_after_it(cast: Cast) -> None:
    commitment = agreed(cast)  # of a session held two days before it was recorded as agreed
    with pytest.raises(SessionMissing):
        amended(commitment, cast, statement="x", session_id=commitment.session_id)


def test_a_change_never_hands_both_keys_to_one_side(cast: Cast) -> None:
    commitment = agreed(cast)
    with pytest.raises(OwnKey):
        amended(commitment, cast, verifier_id=cast.ngo.pk)
    with pytest.raises(OwnKey):
        amended(commitment, cast, co_responsible_ids=[cast.university.pk])


def test_a_secretariat_changes_its_own_only_with_a_decision_on_record(cast: Cast) -> None:
    commitment = agreed(cast)
    session = Session.objects.create(
        mesa=cast.mesa, number=3, state="held", starts_at=NOW + timedelta(days=1), ends_at=NOW + timedelta(days=1, hours=2),
    )  # fmt: skip
    given: dict[str, Any] = {
        "commitment_id": commitment.pk, "version": commitment.version, "texts": {"statement": "x"}, "reason": "x",
        "verifier_id": commitment.verifier_id, "co_responsible_ids": [], "session_id": session.pk,
        "organization_id": cast.ngo.pk, "by": cast.secretariat, "now": NOW + timedelta(days=2),
    }  # fmt: skip
    with pytest.raises(OwnDecision):
        amending.amend(**given)
    decided = outcome(cast, "Se cambia", kind="decision")
    decided.session = session
    decided.save()
    assert amending.amend(**given).statement == "x"


def test_only_what_is_agreed_and_not_settled_changes(cast: Cast) -> None:
    with pytest.raises(NotOpen):
        amended(proposal(cast), cast, statement="x")
    commitment = agreed(cast)
    with pytest.raises(StaleVersion):
        amending.correct(commitment_id=commitment.pk, version=1, texts={"statement": "x"}, reason="x",
                         by=cast.secretariat, now=NOW)  # fmt: skip
    Commitment.objects.filter(pk=commitment.pk).update(
        state="withdrawn", withdrawn_reason="x", settled_at=NOW
    )
    with pytest.raises(NotOpen):
        amended(commitment, cast, statement="x")


def test_everybody_reads_what_changed_and_why(cast: Cast) -> None:
    commitment = amended(agreed(cast), cast, statement="Habilitar 30 plazas", verifier_id=cast.ministry.pk)
    text = Client().get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    for words in ("Changed by decision of the mesa", "Habilitar 40 plazas de alojamiento", "Habilitar 30 plazas",
                  "La mesa lo decidió", "Universidad del Páramo", "Ministerio Central", "II session"):  # fmt: skip
        assert words in text, words
    amending.correct(commitment_id=commitment.pk, version=commitment.version, texts={"deliverable": "40 plazas equipadas."},
                     reason="Faltaba el punto", by=cast.secretariat, now=NOW + timedelta(days=3))  # fmt: skip
    text = Client().get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    assert "A slip of the pen was corrected" in text and "Faltaba el punto" in text


def test_a_closed_session_is_not_named_to_who_reads_an_open_commitment(cast: Cast) -> None:
    commitment = amended(agreed(cast), cast, statement="Habilitar 30 plazas")
    Session.objects.filter(number=2).update(is_casa_adentro=True)
    text = Client().get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    assert "Changed by decision of the mesa" in text
    assert "II session" not in text


def test_the_edit_form_shows_what_was_agreed_and_does_not_write_it(cast: Cast, sign_in) -> None:
    commitment = agreed(
        cast, due_on=timezone.localdate() + timedelta(days=60), co_responsible_ids=[cast.ministry.pk]
    )
    rosa = sign_in(cast.rosa)
    page = rosa.get(url("edit", commitment)).content.decode()
    assert url("change", commitment) in page and url("correct", commitment) in page
    assert 'name="statement"' not in page and 'name="responsible"' not in page
    sent = filled(cast, version=commitment.version, statement="Un lavamanos", responsible=cast.ministry.pk,
                  verifier=cast.outsider.pk, deliverable="x", remarks="Depende del convenio")  # fmt: skip
    assert rosa.post(url("edit", commitment), sent).status_code == 302
    stored = Commitment.objects.get(pk=commitment.pk)
    assert (stored.statement, stored.responsible, stored.verifier, stored.remarks) == (
        commitment.statement, cast.ngo, cast.university, "Depende del convenio",
    )  # fmt: skip
    assert list(stored.co_responsible.all()) == [cast.ministry]


def test_the_secretariat_records_a_change_by_its_page(cast: Cast, sign_in) -> None:
    commitment = agreed(cast)
    rosa = sign_in(cast.rosa)
    nothing = rosa.get(url("change", commitment))
    assert nothing.context["form"].nothing_decided and 'name="statement"' not in nothing.content.decode()
    amended(commitment, cast, statement="Habilitar 30 plazas")
    commitment.refresh_from_db()
    session = Session.objects.get(mesa=cast.mesa, number=2)
    form = rosa.get(url("change", commitment)).context["form"]
    assert [row.pk for row in form.fields["session"].queryset] == [session.pk]
    assert form["verifier"].value() == cast.university.pk, (
        "whoever verifies stays unless another one is chosen"
    )
    given = {
        "version": commitment.version, "session": session.pk, "reason": "Se corrige el número", "statement": "Habilitar 35 plazas",
        "deliverable": commitment.deliverable, "means_of_verification": commitment.means_of_verification,
        "verifier": cast.university.pk,
    }  # fmt: skip
    assert rosa.post(url("change", commitment), given | {"version": 1}).status_code == 409
    wrong = rosa.post(url("change", commitment), given | {"statement": "", "reason": "", "session": ""})
    assert wrong.context["form"].errors.keys() == {"statement", "reason", "session"}
    assert rosa.post(url("change", commitment), given).status_code == 302
    commitment.refresh_from_db()
    assert commitment.statement == "Habilitar 35 plazas"
    slip = {name: given[name] for name in ("deliverable", "means_of_verification", "reason")}
    slip |= {"version": commitment.version, "statement": "Habilitar 35 plazas."}
    assert rosa.post(url("correct", commitment), slip).status_code == 302
    assert last(commitment).is_slip and last(commitment).session is None
    assert rosa.get(url("change", reported(cast))).status_code == 200
    assert rosa.get(url("change", proposal(cast))).status_code == 302


def test_the_form_says_everything_that_is_wrong_at_once(cast: Cast, sign_in) -> None:
    page = sign_in(cast.rosa).post(
        f"/es/resultados/{outcome(cast).public_id}/compromiso/",
        filled(cast, statement="", due_on="2020-01-01", indicator_baseline="40", verifier=cast.ngo.pk),
    )
    assert page.context["form"].errors.keys() == {"statement", "due_on", "indicator_target", "verifier"}


def test_whoever_has_or_had_a_part_in_it_gets_a_letter(cast: Cast) -> None:
    commitment = amended(agreed(cast), cast, statement="Habilitar 30 plazas", verifier_id=cast.ministry.pk)
    now = NOW + timedelta(days=2, hours=1)
    dispatch(now)
    rows = Notification.objects.filter(kind="commitment_changed", subject_id=commitment.pk)
    assert {row.organization_id for row in rows} == {cast.ngo.pk, cast.university.pk, cast.ministry.pk}
    stored = Commitment.objects.select_related("mesa", "session", "responsible", "verifier").get(
        pk=commitment.pk
    )
    for row in rows:
        assert settling_truths.changed(row, stored, now)
        told = changed_facts(row, stored, now)
        assert told["why"] == "La mesa lo decidió" and len(told["changes"]) == 2
        door = {cast.ngo.pk: "/c/", cast.ministry.pk: "/v/"}.get(row.organization_id)
        assert told["acts"] == bool(door) and told["accepts"] == (row.organization_id == cast.ngo.pk)
        assert "/compromisos/" in told["url"] if door is None else "/compromisos/" not in told["url"]
    assert dispatch(now) == Change()


def test_why_it_is_red_tells_of_what_was_returned(cast: Cast) -> None:
    commitment = reported(cast)
    verify(commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=None, decision="returned",
           text="Falta el acta", by=cast.secretariat, now=NOW + timedelta(days=3))  # fmt: skip
    page = Client().get(f"/en/compromisos/{commitment.public_id}/")
    text = page.content.decode()
    assert page.context["why"].rule == "overdue"
    assert "It was reported as done on 2 March 2026" in text
    assert "Universidad del Páramo returned it on 5 March 2026" in text
    assert "does not say that it is done" not in text
    report(cast, commitment, done=False)
    Report.objects.filter(asks_verification=False).update(reported_at=NOW + timedelta(days=4))
    text = Client().get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    assert "The last report, of 6 March 2026, does not say that it is done" in text


def test_agreeing_says_when_the_organization_hears_of_it(cast: Cast, sign_in) -> None:
    due = timezone.localdate() + timedelta(days=60)
    rosa = sign_in(cast.rosa)
    commitment = proposal(cast, due_on=due)
    page = rosa.get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    assert "no longer changes by saving" in page and "when the session is over" in page
    answer = rosa.post(f"/en/compromisos/{commitment.public_id}/acordar/", follow=True).content.decode()
    assert "Agreed. It is public now." in answer and "when the session is over" in answer
    for fields, words in (
        ({"follow_up_planned_at": NOW}, "when the session is closed"),
        ({"closed_at": NOW}, "link now"),
    ):
        Session.objects.filter(pk=commitment.session_id).update(**fields)
        other = proposal(cast, due_on=due)
        answer = rosa.post(f"/en/compromisos/{other.public_id}/acordar/", follow=True).content.decode()
        assert words in answer


def test_the_first_key_is_turned_by_reporting_it_as_done(cast: Cast) -> None:
    commitment = agreed(cast)
    report(cast, commitment, done=False)
    assert Client().get(commitment.get_absolute_url()).context["first_key"] is False
    report(cast, commitment)
    page = Client().get(commitment.get_absolute_url())
    assert page.context["first_key"] is True


def test_what_waits_to_be_confirmed_as_not_met_stays_as_it_is(cast: Cast) -> None:
    commitment = agreed(cast)
    session = Session.objects.get(pk=commitment.session_id)
    NonFulfilment.objects.create(
        commitment=commitment, session=session, second=cast.ministry, recorded_by=cast.outsider, recorded_at=NOW, reason="x"
    )  # fmt: skip
    with pytest.raises(amending.RecordWaits):
        amended(commitment, cast, statement="x")


def test_nobody_outside_reads_the_words_of_a_closed_one_in_the_activity(cast: Cast) -> None:
    commitment = amended(agreed(cast), cast, statement="Habilitar 30 plazas")
    Activity.objects.create(
        kind="commitment.amended", subject_type="commitment", subject_id=commitment.pk, occurred_at=NOW,
        payload={"reason": "x", "was": {"statement": "zqviejo"}, "now": {"statement": "zqnuevo"}},
    )  # fmt: skip
    rows = ActivityAdmin(Activity, admin.site).get_queryset(RequestFactory().get("/"))
    assert rows.filter(subject_type="commitment", subject_id=commitment.pk).exists()
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True)
    assert not rows.filter(subject_type="commitment", subject_id=commitment.pk).exists()
    mine = Amendment.objects.filter(commitment=commitment)
    assert not mine.visible_to(ANONYMOUS).exists()
    assert Amendment not in admin.site._registry
