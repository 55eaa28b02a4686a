"""A commitment's page and what its secretariat does there."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.commitments import actions
from coordination.commitments.models import Commitment
from coordination.sessions.models import Outcome
from tests.cast import NOW, Cast
from tests.commitments.world import agreed, historic, outcome, proposal, report, reported


def url(name: str, commitment: Commitment) -> str:
    return reverse(f"commitments:{name}", args=[commitment.public_id])


def ahead(days: int = 60) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def filled(cast: Cast, **given: object) -> dict[str, object]:
    return {
        "statement": "Habilitar 40 plazas",
        "deliverable": "40 plazas equipadas",
        "responsible": cast.ngo.pk,
        "verifier": cast.university.pk,
        "due_on": ahead(),
        "means_of_verification": "Acta",
        "indicator_name": "Plazas",
        "indicator_unit": "plazas",
        "indicator_baseline": "0",
        "indicator_target": "40",
    } | given


def test_the_public_page_names_organizations_and_no_person(cast: Cast) -> None:
    commitment = reported(cast)
    actions.verify(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk,
        decision="partly_met", text="Falta una sala", by=cast.secretariat, now=NOW,
    )  # fmt: skip
    page = Client().get(commitment.get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    assert "Abrimos 24 plazas" in text
    assert "Falta una sala" in text
    assert "Universidad del Páramo" in text
    for someone in (cast.carmen, cast.luis, cast.rosa):
        assert someone.name not in text
        assert someone.email not in text
    assert "@cast.example" not in text


def test_the_secretariat_sees_who_reported(cast: Cast, sign_in) -> None:
    commitment = reported(cast)
    assert cast.carmen.name in sign_in(cast.rosa).get(commitment.get_absolute_url()).content.decode()


def test_a_historic_record_shows_its_source_and_what_is_not_on_record(cast: Cast) -> None:
    record = historic(cast, sources=[{"title": "Acta III", "url": "https://ejemplo.example/acta"}])
    record.historic_responsible.add(cast.ngo, cast.ministry)
    text = Client().get(record.get_absolute_url()).content.decode()
    assert "Acta III" in text
    assert "m-unknown" in text
    assert "Fundación Puente Sur" in text
    assert "Ministerio Central" in text
    assert "m-gate" not in text


def test_a_proposal_is_not_public(cast: Cast, sign_in) -> None:
    commitment = proposal(cast)
    assert Client().get(commitment.get_absolute_url()).status_code == 404
    assert sign_in(cast.elena).get(commitment.get_absolute_url()).status_code == 404
    assert sign_in(cast.rosa).get(commitment.get_absolute_url()).status_code == 200


def test_propose_starts_with_the_outcomes_words_and_says_what_is_missing(cast: Cast, sign_in) -> None:
    found = outcome(cast, "Publicar la guía de rutas")
    client = sign_in(cast.rosa)
    address = reverse("commitments:propose", args=[found.public_id])
    assert "Publicar la guía de rutas" in client.get(address).content.decode()
    response = client.post(address, {"statement": "Publicar la guía"}, follow=True)
    commitment = Commitment.objects.get(outcome=found)
    assert commitment.state == "proposed"
    text = response.content.decode()
    for field in (
        "deliverable",
        "responsible",
        "due_on",
        "indicator_name",
        "means_of_verification",
        "verifier",
    ):
        assert f"#id_{field}" in text
    assert client.get(address).status_code == 302, "the second visit goes to its commitment"


def test_propose_offers_the_seated_organizations_first(cast: Cast, sign_in) -> None:
    address = reverse("commitments:propose", args=[outcome(cast).public_id])
    text = sign_in(cast.rosa).get(address).content.decode()
    select = text[text.index('name="responsible"') :]
    assert select.index("Universidad del Páramo") < select.index("Cámara Boreal")


def test_propose_keeps_what_was_typed_when_it_refuses(cast: Cast, sign_in) -> None:
    address = reverse("commitments:propose", args=[outcome(cast).public_id])
    client = sign_in(cast.rosa)
    response = client.post(address, filled(cast, verifier=cast.ngo.pk, deliverable="Algo escrito a mano"))
    assert response.status_code == 200
    assert "Algo escrito a mano" in response.content.decode()
    assert response.context["form"].errors.keys() == {"verifier"}
    response = client.post(address, filled(cast, indicator_baseline_is_unknown="on"))
    assert response.context["form"].errors.keys() == {"indicator_baseline"}
    response = client.post(address, filled(cast, indicator_name=""))
    assert response.context["form"].errors.keys() == {"indicator_name"}
    assert not Commitment.objects.exists()


def test_propose_refuses_an_outcome_of_another_kind(cast: Cast, sign_in) -> None:
    found = outcome(cast, kind=Outcome.Kind.DECISION)
    response = sign_in(cast.rosa).post(reverse("commitments:propose", args=[found.public_id]), filled(cast))
    assert response.status_code == 200
    assert not Commitment.objects.exists()


def test_the_whole_way_to_agreed(cast: Cast, sign_in) -> None:
    client = sign_in(cast.rosa)
    client.post(reverse("commitments:propose", args=[outcome(cast).public_id]), {"statement": "Habilitar"})
    commitment = Commitment.objects.get()
    client.post(url("agree", commitment))
    commitment.refresh_from_db()
    assert commitment.state == "proposed", "the gate stands"
    assert client.post(url("edit", commitment), filled(cast, version=commitment.version)).status_code == 302
    assert url("agree", commitment) in client.get(commitment.get_absolute_url()).content.decode()
    client.post(url("agree", commitment))
    commitment.refresh_from_db()
    assert commitment.state == "agreed"
    assert Client().get(commitment.get_absolute_url()).status_code == 200


def test_a_stale_edit_answers_409_with_both_texts(cast: Cast, sign_in) -> None:
    commitment = proposal(cast)
    client = sign_in(cast.rosa)
    client.post(url("edit", commitment), filled(cast, version=1, deliverable="El texto de Rosa"))
    response = client.post(url("edit", commitment), filled(cast, version=1, deliverable="El texto de Tomás"))
    text = response.content.decode()
    assert response.status_code == 409
    assert "El texto de Rosa" in text
    assert "El texto de Tomás" in text
    commitment.refresh_from_db()
    assert commitment.deliverable == "El texto de Rosa"
    again = filled(cast, version=response.context["form"]["version"].value(), deliverable="El texto de Tomás")
    assert client.post(url("edit", commitment), again).status_code == 302


def test_saving_an_agreed_commitment_changes_nothing_that_was_agreed(cast: Cast, sign_in) -> None:
    commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=30))
    client = sign_in(cast.rosa)
    emptied = filled(cast, version=commitment.version, due_on=ahead(300), deliverable="", verifier="",
                     indicator_target="4", resources="Fondo propio")  # fmt: skip
    assert client.post(url("edit", commitment), emptied).status_code == 302
    stored = Commitment.objects.get(pk=commitment.pk)
    for name in ("due_on", "deliverable", "verifier"):
        assert getattr(stored, name) == getattr(commitment, name), name
    assert (stored.indicators.get().target, stored.resources) == (40, "Fondo propio")


def test_extend_shows_both_dates_and_the_reason(cast: Cast, sign_in) -> None:
    commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=30))
    client = sign_in(cast.rosa)
    data = {
        "version": commitment.version,
        "new_due_on": ahead(90),
        "reason": "Compra demorada",
        "session": commitment.session_id,
    }
    assert client.post(url("extend", commitment), data).status_code == 302
    text = Client().get(commitment.get_absolute_url()).content.decode()
    assert "Compra demorada" in text
    assert "<s>" in text
    assert client.post(url("extend", commitment), data).status_code == 409
    backwards = data | {"version": commitment.version + 1, "new_due_on": ahead(10)}
    assert client.post(url("extend", commitment), backwards).context["form"].errors.keys() == {"new_due_on"}


def test_withdraw_keeps_the_page(cast: Cast, sign_in) -> None:
    commitment = agreed(cast)
    client = sign_in(cast.rosa)
    assert client.post(url("withdraw", commitment), {"reason": " "}).status_code == 200
    decision = outcome(cast, "Se retira", kind=Outcome.Kind.DECISION)
    given = {"reason": "Decisión de la IV sesión", "decision": decision.pk}
    assert client.post(url("withdraw", commitment), given).status_code == 302
    assert "Decisión de la IV sesión" in Client().get(commitment.get_absolute_url()).content.decode()


@pytest.mark.parametrize("name", ["edit", "extend", "withdraw", "agree"])
def test_nobody_keeps_a_historic_record(cast: Cast, sign_in, name: str) -> None:
    assert sign_in(cast.rosa).post(url(name, historic(cast)), {}).status_code == 403


def test_a_report_leads_to_the_verifier_signed_in(cast: Cast, sign_in) -> None:
    commitment = report(
        cast, agreed(cast, responsible_id=cast.university.pk, verifier_id=cast.ministry.pk), done=False
    )
    luis, tomas = sign_in(cast.luis), sign_in(cast.tomas)
    data = {
        "text": "Terminado", "progress": "100", f"figure_{commitment.indicators.get().pk}": "40",
        "evidence_url": "https://acta.example/1", "asks_verification": "on",
    }  # fmt: skip
    assert tomas.post(url("report_signed_in", commitment), data).status_code == 403
    assert luis.post(url("report_signed_in", commitment), data).status_code == 302
    assert luis.post(url("verify_signed_in", commitment), {"decision": "met"}).status_code == 403
    assert tomas.post(url("verify_signed_in", commitment), {"decision": "returned"}).status_code == 200
    assert tomas.post(url("verify_signed_in", commitment), {"decision": "met"}).status_code == 302
    commitment.refresh_from_db()
    assert commitment.state == "met"
