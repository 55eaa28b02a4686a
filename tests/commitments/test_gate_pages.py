"""The pages around the gate: exceptions, days of rest, help, why a light, and the rules anybody may read."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from coordination.commitments import agreeing
from coordination.commitments.models import Commitment
from coordination.taxonomies.models import Holiday, ThematicAxis
from tests.cast import NOW, Cast
from tests.commitments.test_pages import filled, url
from tests.commitments.world import agreed, historic, outcome, proposal, reported


def lasting(cast: Cast, **given: Any) -> Commitment:
    return proposal(cast, due_on=timezone.localdate() + timedelta(days=400), **given)


def test_anybody_reads_the_rules_in_their_order() -> None:
    page = Client().get("/en/compromisos/semaforo/").content.decode()
    assert page.count("<h1") == 1 and "How the traffic light is computed" in page
    order = [
        page.index(f'id="{code}"') for code in ("met", "waiting", "overdue", "due_soon", "on_time", "no_data")
    ]
    assert order == sorted(order)


def test_anybody_learns_why_a_light_has_its_colour(cast: Cast) -> None:
    commitment = agreed(cast)  # due in June 2026, which is over
    page = Client().get(f"/en/compromisos/{commitment.public_id}/").content.decode()
    assert "Why is this red?" in page and "It was due on 30 June 2026" in page
    assert "/en/compromisos/semaforo/#overdue" in page
    page = Client().get(f"/en/compromisos/{historic(cast).public_id}/").content.decode()
    assert "Why has it no colour?" in page


def test_the_mesa_agrees_incomplete_by_a_page_and_everybody_sees_it(cast: Cast, sign_in) -> None:
    commitment = lasting(cast, verifier_id=None)
    client = sign_in(cast.rosa)
    assert url("agree_incomplete", commitment) in client.get(commitment.get_absolute_url()).content.decode()
    page = client.get(url("agree_incomplete", commitment))
    assert [each.code for each in page.context["missing"]] == ["verifier"]
    refused = client.post(url("agree_incomplete", commitment), {"reason": "", "until": "2030-01-01"})
    assert refused.context["form"].errors.keys() == {"reason"}
    until = timezone.localdate() + timedelta(days=20)
    given = {"reason": "La universidad responde este mes", "until": until.isoformat()}
    far = client.post(url("agree_incomplete", commitment), given | {"until": "2030-01-01"})
    assert far.context["form"].errors.keys() == {"until"}
    assert client.post(url("agree_incomplete", commitment), given).status_code == 302
    assert (
        client.post(url("agree_incomplete", commitment), given).status_code == 302
    )  # once more does no harm
    commitment.refresh_from_db()
    assert (commitment.state, commitment.exempt_until) == ("agreed", until)
    public = Client().get(commitment.get_absolute_url()).content.decode()
    assert "La universidad responde este mes" in public and 'id="falta"' in public
    form = client.get(url("edit", commitment)).context["form"]
    assert form.fields["indicator_name"].disabled and not form.fields["verifier"].disabled


def test_no_exception_is_offered_where_none_is_possible(cast: Cast, sign_in) -> None:
    client = sign_in(cast.rosa)
    for commitment in (lasting(cast), lasting(cast, responsible_id=None)):
        page = client.get(commitment.get_absolute_url()).content.decode()
        assert url("agree_incomplete", commitment) not in page
        assert client.get(url("agree_incomplete", commitment)).status_code == 302


def test_a_day_of_rest_is_moved_by_one_press(cast: Cast, sign_in) -> None:
    day = date(timezone.localdate().year + 2, 3, 5)
    while day.weekday() != 5:
        day += timedelta(days=1)
    Holiday.objects.create(date=day + timedelta(days=2), name="Feriado", source="x")
    commitment = proposal(cast, due_on=day)
    client = sign_in(cast.rosa)
    assert url("working_day", commitment) in client.get(commitment.get_absolute_url()).content.decode()
    assert client.post(url("working_day", commitment), {"version": "7"}).status_code == 302
    commitment.refresh_from_db()
    assert commitment.due_on == day, "of another version"
    client.post(url("working_day", commitment), {"version": "1"})
    commitment.refresh_from_db()
    assert commitment.due_on == day + timedelta(days=3)
    assert url("working_day", commitment) not in client.get(commitment.get_absolute_url()).content.decode()


def test_the_form_refuses_a_date_that_passed(cast: Cast, sign_in) -> None:
    page = sign_in(cast.rosa).post(
        f"/es/resultados/{outcome(cast).public_id}/compromiso/", filled(cast, due_on="2020-01-01")
    )
    assert page.context["form"].errors.keys() == {"due_on"}


def test_the_form_asks_who_follows_it_up_and_proposes_the_secretariat(cast: Cast, sign_in) -> None:
    client = sign_in(cast.rosa)
    address = f"/es/resultados/{outcome(cast).public_id}/compromiso/"
    form = client.get(address).context["form"]
    acting = cast.mesa.mandates.get().posts.first()
    assert form.initial["follow_up_owner"] == acting.pk
    client.post(address, filled(cast, due_on=(timezone.localdate() + timedelta(days=9)).isoformat(),
                                follow_up_owner=acting.pk, remarks="Depende del convenio"))  # fmt: skip
    made = Commitment.objects.get()
    assert (made.follow_up_owner, made.remarks) == (acting, "Depende del convenio")
    page = client.get(made.get_absolute_url()).content.decode()
    assert acting.title in page and "Depende del convenio" in page


def test_help_shows_what_the_axis_agreed_and_else_a_model(cast: Cast, sign_in) -> None:
    axis = ThematicAxis.objects.create(code="health", name_es="Salud", name_en="Health")
    client = sign_in(cast.rosa)
    other = lasting(cast, axis_id=axis.pk, verifier_id=None, statement="Por escribir")
    (model,) = client.get(url("edit", other)).context["examples"]
    assert "Vacunar" in model.statement and not model.url
    good = agreeing.agree(
        commitment_id=lasting(cast, axis_id=axis.pk, statement="Vacunar a 40").pk,
        by=cast.secretariat,
        now=NOW,
    )
    (example,) = client.get(url("edit", other)).context["examples"]
    assert (example.statement, example.url) == ("Vacunar a 40", good.get_absolute_url())
    with override("es"):
        assert example.change == "de 0 a 40 plazas" or "40 plazas" in example.change


@pytest.mark.parametrize("who", ["rosa", "luis", "nobody"])
def test_the_page_takes_twelve_queries_at_most(cast: Cast, sign_in, who: str) -> None:
    commitment = reported(cast, co_responsible_ids=[cast.ministry.pk])
    client = Client() if who == "nobody" else sign_in(getattr(cast, who))
    client.get(commitment.get_absolute_url())
    with CaptureQueriesContext(connection) as counted:
        assert client.get(commitment.get_absolute_url()).status_code == 200
    assert len(counted) <= 12, "\n".join(query["sql"][:150] for query in counted)
