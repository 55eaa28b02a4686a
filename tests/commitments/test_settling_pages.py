"""The pages of deciding, disputing, silence and more time, by account and by link."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.models import Commitment, Dispute, Extension, NonFulfilment, Verification
from coordination.sessions.models import Session
from tests.cast import Cast, signed_in
from tests.commitments import settled
from tests.commitments.settled import chamber, dispute, fresh, meets
from tests.commitments.world import agreed, outcome, part_of, report, reported

pytestmark = pytest.mark.django_db


def at(name: str, commitment: Commitment) -> str:
    return reverse(f"commitments:{name}", args=[commitment.public_id])


def soon(cast: Cast, **given: Any) -> Commitment:
    return agreed(cast, due_on=timezone.localdate() + timedelta(days=20), **given)


def silent(cast: Cast) -> Commitment:
    made = agreed(cast)
    Commitment.objects.filter(pk=made.pk).update(due_on=timezone.localdate() - timedelta(days=40))
    return fresh(made)


def words(page: Any) -> str:
    return str(page.content.decode())


def test_the_verifier_decides_with_a_list_of_what_is_missing(cast: Cast) -> None:
    commitment = reported(cast)
    client = signed_in(cast.luis.user)
    page = client.get(at("verify_signed_in", commitment))
    assert "40 plazas equipadas" in words(page)
    seen = page.context["form"].initial["report"]
    nothing = client.post(at("verify_signed_in", commitment), {"decision": "returned", "report": seen})
    assert nothing.context["form"].errors.keys() == {"missing"}
    told = {
        "decision": "returned",
        "report": seen,
        "missing": ["means"],
        "other": "Fotos\n",
        "text": "Gracias",
    }
    assert client.post(at("verify_signed_in", commitment), told).status_code == 302
    made = Verification.objects.get()
    assert made.missing[1:] == ["Fotos"]
    assert "Acta de entrega" in made.missing[0]
    second = client.post(at("verify_signed_in", commitment), told, follow=True)
    assert "Universidad del Páramo" in words(second)
    assert Verification.objects.count() == 1


def test_a_report_that_came_while_reading_is_shown_before_deciding(cast: Cast) -> None:
    commitment = reported(cast)
    client = signed_in(cast.luis.user)
    seen = client.get(at("verify_signed_in", commitment)).context["form"].initial["report"]
    report(cast, commitment, text="Ya están las cuarenta")
    told = {"decision": "met", "report": seen}
    page = client.post(at("verify_signed_in", commitment), told)
    assert page.status_code == 409
    assert "Ya están las cuarenta" in words(page)
    again = {"decision": "met", "report": page.context["form"]["report"].value()}
    assert client.post(at("verify_signed_in", commitment), again).status_code == 302


def test_a_verifier_that_merged_reads_why_and_the_secretariat_that_another_is_needed(cast: Cast) -> None:
    commitment = reported(cast)
    part_of(cast.ngo, cast.university)
    client = signed_in(cast.luis.user)
    page = client.get(at("verify_signed_in", commitment))
    assert page.status_code == 200
    assert page.context["bar"]
    assert 'name="decision"' not in words(page)
    assert client.post(at("verify_signed_in", commitment), {"decision": "met"}).status_code == 403
    link = Client().get(commitment.get_verify_link())
    assert link.context["bar"]
    assert 'name="decision"' not in words(link)
    kept = signed_in(cast.rosa.user).get(commitment.get_absolute_url())
    assert kept.context["standing"].bar
    assert "#id_verifier" in words(kept)
    assert not Client().get(commitment.get_absolute_url()).context["standing"].bar


def test_the_responsible_disputes_by_its_link_and_takes_it_back(cast: Cast) -> None:
    commitment = settled.decided(cast, "partly_met")
    client, token = Client(), commitment.token(Commitment.REPORT_LINK)
    address = reverse("commitments:dispute_by_link", args=[token])
    assert address in words(client.get(commitment.get_report_link()))
    assert client.post(address, {"text": ""}).context["form"].errors
    assert client.post(address, {"text": "Están las 40, con su acta"}).status_code == 302
    public = words(Client().get(commitment.get_absolute_url()))
    assert "Están las 40, con su acta" in public
    assert "Faltan diez plazas" in public
    assert cast.carmen.name not in public
    twice = client.post(address, {"text": "otra vez"}, follow=True)
    assert Dispute.objects.count() == 1
    assert "Están las 40, con su acta" in words(twice)
    assert client.post(reverse("commitments:take_back_by_link", args=[token])).status_code == 302
    assert fresh(commitment).state == "partly_met"
    assert "Están las 40, con su acta" in words(Client().get(commitment.get_absolute_url()))


def test_nobody_resolves_the_objection_of_their_own_organization(cast: Cast) -> None:
    commitment = settled.disputed(cast)
    client, address = signed_in(cast.rosa.user), at("resolve", commitment)
    told = {"session": meets(cast).pk, "outcome": "stands", "reason": "La mesa revisó"}
    part_of(cast.ministry, cast.ngo)
    assert client.get(address).context["own"]
    assert client.post(address, told).status_code == 403
    cast.ngo.parent = None
    cast.ngo.save(update_fields=["parent"])
    assert client.post(address, told | {"outcome": "another"}).context["form"].errors.keys() == {"verifier"}
    assert client.post(address, told).status_code == 302
    assert fresh(commitment).state == "partly_met"


def test_silence_is_recorded_and_answered_by_link_with_a_code(cast: Cast) -> None:
    commitment = silent(cast)
    other, _ines = chamber(cast)
    client = signed_in(cast.rosa.user)
    assert at("record_not_met", commitment) in words(client.get(commitment.get_absolute_url()))
    told = {"session": meets(cast, timezone.now()).pk, "second": other.pk, "reason": "Nada llegó"}
    assert client.post(at("record_not_met", commitment), told).status_code == 302
    row = NonFulfilment.objects.select_related("commitment").get()
    assert client.post(at("second_signed_in", commitment), {"confirms": "yes"}).status_code == 403
    link, answer = Client(), {"confirms": "yes", "text": ""}
    assert "Nada llegó" in words(link.get(row.get_link()))
    step = link.post(row.get_link(), answer, follow=True)
    assert step.context["step"] == "code"
    code = commitment.verification_codes.get(organization=other)
    assert link.post(row.get_link(), answer | {"code": "000000x"}).context["form"].errors
    assert fresh(commitment).state == "agreed"
    assert link.post(row.get_link(), answer | {"code": code.digits}).status_code == 302
    assert (fresh(commitment).state, fresh(commitment).settled_by_id) == ("not_met", other.pk)
    assert 'name="confirms"' not in words(link.get(row.get_link()))
    assert Client().get(row.get_link()[:-3] + "/").status_code == 404
    dispute(cast, fresh(commitment), now=timezone.now())
    assert "Nada llegó" in words(Client().get(commitment.get_absolute_url()))


def test_a_record_is_taken_back_with_a_reason(cast: Cast) -> None:
    commitment = silent(cast)
    other, _ines = chamber(cast)
    settled.record(cast, commitment, other, now=timezone.now())
    client = signed_in(cast.rosa.user)
    client.post(at("lift", commitment), {"reason": ""})
    assert NonFulfilment.objects.get().answered_at is None
    client.post(at("lift", commitment), {"reason": "Informó por teléfono"})
    assert NonFulfilment.objects.get().is_confirmed is False
    assert fresh(commitment).state == "agreed"


def test_more_time_is_asked_by_link_and_granted_or_refused(cast: Cast) -> None:
    commitment = soon(cast)
    later = timezone.localdate() + timedelta(days=60)
    address = reverse("commitments:ask_time_by_link", args=[commitment.token(Commitment.REPORT_LINK)])
    assert Client().post(address, {"asked_until": commitment.due_on, "reason": "x"}).context["form"].errors
    assert Client().post(address, {"asked_until": later, "reason": "Lluvias"}).status_code == 302
    client = signed_in(cast.rosa.user)
    page = client.get(at("extend", commitment))
    assert page.context["form"].initial["new_due_on"] == later
    client.post(at("refuse_time", commitment), {"answer": "La mesa mantiene la fecha"})
    assert fresh(commitment).extension_requests.get().answer == "La mesa mantiene la fecha"
    told = {
        "version": fresh(commitment).version,
        "new_due_on": later,
        "session": commitment.session_id,
        "new_target": "30",
        "reason": "Lluvias",
    }
    stale = client.post(at("extend", commitment), told | {"version": 1})
    assert stale.status_code == 409
    assert client.post(at("extend", commitment), told).status_code == 302
    made = Extension.objects.get()
    assert (made.old_target, made.new_target, made.session_id) == (40, 30, commitment.session_id)
    assert (made.organization_id, made.person_id) == (cast.ministry.pk, cast.rosa.pk)


def test_what_is_already_met_offers_no_extension(cast: Cast) -> None:
    commitment = settled.decided(cast, "met")
    page = signed_in(cast.rosa.user).get(at("extend", commitment))
    assert page.context["closed"]
    assert 'name="new_due_on"' not in words(page)


def test_withdrawing_asks_for_the_decision_on_record(cast: Cast) -> None:
    commitment = soon(cast)
    client = signed_in(cast.rosa.user)
    page = client.get(at("withdraw", commitment))
    assert page.context["form"].nothing_decided
    decision = outcome(cast, "Se retira el compromiso", kind="decision")
    assert not client.get(at("withdraw", commitment)).context["form"].nothing_decided
    told = {"decision": decision.pk, "reason": "Se une a otro"}
    assert client.post(at("withdraw", commitment), told | {"decision": 0}).context["form"].errors
    assert client.post(at("withdraw", commitment), told).status_code == 302
    assert "Se retira el compromiso" in words(Client().get(commitment.get_absolute_url()))


def test_the_session_somebody_comes_from_is_chosen_beforehand_where_it_can_be(cast: Cast) -> None:
    disputed, late, open_one = settled.disputed(cast), silent(cast), soon(cast)
    client, today, past = (
        signed_in(cast.rosa.user),
        meets(cast, timezone.now()),
        Session.objects.get(number=1),
    )
    one = outcome(cast, "Se retira", kind="decision", of=today)
    for name, commitment in (("resolve", disputed), ("record_not_met", late), ("extend", open_one)):
        page = client.get(at(name, commitment), {"sesion": today.public_id})
        assert f'<option value="{today.pk}" selected>' in words(page), name
        for other in (past.public_id, "x", ""):
            chosen = (
                client.get(at(name, commitment), {"sesion": other}).context["form"].initial.get("session")
            )
            assert chosen == (past.pk if name == "extend" and other == past.public_id else None), (
                name,
                other,
            )
        assert (f'<option value="{past.pk}"' in words(page)) == (name == "extend"), name
    wanted = {"sesion": today.public_id}
    assert f'<option value="{one.pk}" selected>' in words(client.get(at("withdraw", open_one), wanted))
    outcome(cast, "Se toma nota", kind="decision", of=today)
    assert not client.get(at("withdraw", open_one), wanted).context["form"].initial


def test_without_a_session_that_can_have_decided_it_there_is_nothing_to_fill_in(cast: Cast) -> None:
    """The page says when there will be, and a form from before is told why."""
    disputed, late = settled.disputed(cast), silent(cast)
    client, past = signed_in(cast.rosa.user), Session.objects.get(number=1)
    told = {"outcome": "stands", "reason": "x", "session": past.pk, "second": cast.university.pk}
    for name, commitment in (("resolve", disputed), ("record_not_met", late)):
        page = client.get(at(name, commitment))
        assert page.context["form"].nothing_decided
        assert 'name="reason"' not in words(page)
        refused = client.post(at(name, commitment), told).context["form"]
        assert "reason" not in refused.errors
        assert refused.errors["session"] == [refused.fields["session"].help_text]
    assert fresh(disputed).state == "disputed"


def test_an_administrator_settles_nothing(cast: Cast) -> None:
    commitment = settled.disputed(cast)
    client = signed_in(cast.ana.user)
    names = ("verify_signed_in", "dispute", "resolve", "record_not_met", "ask_time", "extend", "withdraw")
    assert {client.get(at(name, commitment)).status_code for name in names} == {403}


@pytest.mark.parametrize(
    ("who", "name", "most"),
    [
        ("luis", "verify_signed_in", 12),
        ("rosa", "resolve", 12),
        ("rosa", "extend", 12),
        ("rosa", "withdraw", 12),
        ("rosa", "record_not_met", 12),
        ("rosa", "detail", 12),
        ("luis", "detail", 12),
        ("ana", "detail", 12),
    ],
)
def test_the_pages_ask_little(
    cast: Cast, who: str, name: str, most: int, django_assert_max_num_queries: Any
) -> None:
    commitment = silent(cast) if name == "record_not_met" else settled.disputed(cast)
    Commitment.objects.filter(pk=commitment.pk).update(
        due_version=2
    )  # it was prolonged once: its page asks how
    meets(cast, timezone.now())
    client = signed_in(getattr(cast, who).user)
    settled.ask(cast, commitment, 400, timezone.now())
    client.get(at(name, commitment))
    with django_assert_max_num_queries(most):
        assert client.get(at(name, commitment)).status_code == 200
