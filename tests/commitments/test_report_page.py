"""The page of a report: what it asks before it sends, what it says of how the commitment stands, what it never loses."""

import html
import uuid
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from coordination.commitments.agreeing import agree
from coordination.commitments.models import Commitment, Evidence, Indicator, Report
from coordination.commitments.reports.asking import Told, gaps, questions
from coordination.sessions.models import Session
from tests.cast import NOW, Cast
from tests.commitments import settled
from tests.commitments.world import agreed, proposal, reported
from tests.files import samples

WORDS = {"text": "Entregamos en la comuna", "step": "50"}


def kits(cast: Cast, **given: Any) -> tuple[Commitment, Indicator]:
    """300 kits, added up."""
    commitment = proposal(cast, due_on=timezone.localdate() + timedelta(days=60))
    indicator = commitment.indicators.get()
    values = {
        "name": "Kits entregados",
        "unit": "kits",
        "target": 300,
        "formula": "sum",
        "value": None,
    } | given
    Indicator.objects.filter(pk=indicator.pk).update(**values)
    commitment = agree(commitment_id=commitment.pk, by=cast.secretariat, now=NOW)
    return commitment, commitment.indicators.get()


def post(commitment: Commitment, indicator: Indicator | None = None, value: Any = None, **given: Any) -> Any:
    path, data = commitment.get_report_link(), WORDS | {"key": str(uuid.uuid4())} | given
    if "corrige" in data:
        path += f"?corrige={data.pop('corrige')}"
    if indicator:
        data[f"figure_{indicator.pk}"] = str(value)
    return Client().post(path, data)


def codes(page: Any) -> list[str]:
    assert page.status_code == 200, page
    return [each.code.split(":")[0] for each in page.context["asked"]]


def confirmed(page: Any) -> str:
    return ",".join(each.code for each in page.context["asked"])


def total(indicator: Indicator) -> Decimal | None:
    indicator.refresh_from_db()
    return indicator.value


class TestBeforeItGoes:
    def test_a_second_delivery_of_the_day_is_never_lost_without_a_word(self, cast: Cast) -> None:
        commitment, indicator = kits(cast)
        assert post(commitment, indicator, 30).status_code == 302
        page = post(commitment, indicator, 20, text="Otra entrega")
        assert codes(page) == ["replaces"] and total(indicator) == 30
        text = page.content.decode()
        assert "50" in page.context["asked"][0].text, "both together"
        assert 'name="confirmed"' in text and "Otra entrega" in text and Report.objects.count() == 1
        both = post(commitment, indicator, 50, text="Otra entrega", confirmed=confirmed(page))
        assert codes(both) == ["replaces"], "another figure is asked about again"
        sent = post(commitment, indicator, 50, text="Otra entrega", confirmed=confirmed(both))
        assert sent.status_code == 302 and total(indicator) == 50
        thanks = Client().get(sent["Location"]).content.decode()
        assert "50 kits" in thanks and "300" in thanks, "the new total"
        hint = Client().get(commitment.get_report_link()).context["form"][f"figure_{indicator.pk}"].help_text
        assert hint.count("50") == 2, "so far, and what one of today takes the place of"

    def test_done_with_half_without_figure_and_without_evidence_is_asked_and_told(self, cast: Cast) -> None:
        commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=60))
        page = post(commitment, asks_verification="on")
        assert codes(page) == ["part", "short", "evidence"] and not Report.objects.exists()
        assert post(commitment, asks_verification="on", confirmed=confirmed(page)).status_code == 302
        told = gaps(Report.objects.get(), commitment.indicators.all(), has_evidence=False)
        assert len(told) == 3 and "50" in told[0] and "40" in told[1]
        page = Client().get(commitment.get_verify_link())
        assert page.context["gaps"] == told and told[1] in html.unescape(page.content.decode())
        assert gaps(None, [Indicator(name="x", target=5, value=5)], has_evidence=True) == []

    def test_nothing_is_asked_where_nothing_is_missing(self, cast: Cast) -> None:
        commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=60))
        acta = samples.upload("acta.pdf", samples.PDF)
        sent = post(
            commitment, commitment.indicators.get(), 40, step="100", asks_verification="on", uploads=acta
        )
        assert sent.status_code == 302
        assert post(agreed(cast), step="25").status_code == 302

    @pytest.mark.parametrize(
        ("indicator", "value", "progress", "code"),
        [
            ({"target": 300}, 7777, 50, "high"),
            ({"target": 300}, 500, 50, ""),
            ({"target": 300, "formula": "latest", "baseline": 100}, 20, 100, "back"),
            ({"target": 10, "formula": "latest", "baseline": 100}, 120, 50, "back"),
            ({"target": 10, "formula": "latest", "baseline": 100}, 10, 100, ""),
            ({"target": 300, "formula": "latest"}, 200, 100, "short"),
            ({"target": 80, "unit": "%", "formula": "latest", "baseline": 20}, 100, 50, ""),
        ],
    )
    def test_a_figure_that_is_hardly_right_is_asked_about(
        self, cast: Cast, indicator: dict[str, Any], value: int, progress: int, code: str
    ) -> None:
        exact = {name: Decimal(each) for name, each in indicator.items() if isinstance(each, int)}
        row = Indicator(pk=1, **{"name": "Kits", "unit": "kits", "formula": "sum"} | indicator | exact)
        told = Told(progress, False, {1: Decimal(value)}, date(2026, 3, 2), has_evidence=True)
        found = questions(Commitment(), [row], [], told, None, NOW)
        assert [each.code.split(":")[0] for each in found] == ([code] if code else [])

    def test_the_same_words_as_last_time_are_asked_about(self, cast: Cast) -> None:
        commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=60))
        post(commitment)
        Report.objects.update(reported_at=timezone.now() - timedelta(hours=3))
        page = post(commitment)
        assert codes(page) == ["same"]
        assert post(commitment, confirmed=confirmed(page)).status_code == 302
        assert Report.objects.count() == 2


class TestCorrecting:
    def test_a_correction_replaces_the_figure_of_its_report_whatever_its_day(self, cast: Cast) -> None:
        commitment, indicator = kits(cast)
        asked = post(commitment, indicator, 7777, text="Error de dedo")
        post(commitment, indicator, 7777, text="Error de dedo", confirmed=confirmed(asked))
        wrong = Report.objects.get()
        page = Client().get(f"{commitment.get_report_link()}?corrige={wrong.public_id}").context["form"]
        assert page["figures_on"].value() == wrong.measurements.get().measured_on
        sent = post(commitment, indicator, 77, text="Son 77", corrige=wrong.public_id)
        assert sent.status_code == 302 and total(indicator) == 77
        moments = Client().get(commitment.get_report_link()).context["history"].moments
        days = {each.text: each.day for each in moments if each.what == "report"}
        assert days["Error de dedo"] == timezone.localdate() and days["Son 77"] is None
        told = Client().get(commitment.get_absolute_url()).content.decode()
        assert "<s>Error de dedo</s>" in told and "<s>Son 77</s>" not in told

    def test_a_figure_left_out_of_the_correction_is_taken_back(self, cast: Cast) -> None:
        commitment, indicator = kits(cast)
        post(commitment, indicator, 20)
        wrong = Report.objects.get()
        post(commitment, text="Sin cifra", corrige=wrong.public_id)
        assert total(indicator) is None and wrong.measurements.get().withdrawn_reason


class TestLostOnItsWay:
    def test_a_form_that_arrived_is_recognised_by_its_key(self, cast: Cast) -> None:
        commitment, key = agreed(cast), str(uuid.uuid4())
        post(commitment, key=key)
        back = Client().get(f"{commitment.get_report_link()}?borrador={key}")
        assert back.status_code == 302 and back["Location"].endswith(f"/{key}/")
        other = agreed(cast)
        assert Client().get(f"{other.get_report_link()}?borrador={key}").status_code == 200
        assert Client().get(f"{other.get_report_link()}?borrador=x").status_code == 200

    def test_a_form_that_did_not_arrive_keeps_its_key_and_its_files(self, cast: Cast) -> None:
        commitment, key = agreed(cast), str(uuid.uuid4())
        post(commitment, key=key, progress="130", uploads=samples.upload("acta.pdf", samples.PDF))
        page = Client().get(f"{commitment.get_report_link()}?borrador={key}")
        kept = Evidence.objects.get()
        assert str(page.context["form"]["key"].value()) == key
        assert f'name="taken" value="{kept.public_id}" checked' in page.content.decode()
        again = samples.upload("acta.pdf", samples.PDF)
        assert post(commitment, key=key, taken=str(kept.public_id), uploads=again).status_code == 302
        assert Evidence.objects.get().report_id, "the same file of the same report is one piece"


class TestHowItStands:
    def opened(self, commitment: Commitment) -> str:
        return Client().get(commitment.get_report_link()).content.decode()

    def test_after_a_return_what_is_missing_comes_first(self, cast: Cast) -> None:
        commitment = reported(cast)
        settled.decide(cast, commitment, "returned", text="– La lista del segundo taller\nY gracias")
        text = self.opened(commitment)
        assert text.index("La lista del segundo taller") < text.index('id="sin-novedad"')
        assert "m-card--now" in text and 'href="#id_uploads"' in text
        post(commitment, text="Ahí está")
        assert 'href="#id_uploads"' not in self.opened(commitment), "it was answered"

    def test_what_was_promised_and_every_way_out_stand_on_it(self, cast: Cast) -> None:
        commitment = agreed(cast)
        text = self.opened(commitment)
        assert "40 plazas equipadas" in text and "Acta de entrega" in text
        token = commitment.token("report")
        assert f"/c/{token}/pedir-que-se-trate/" in text and f"/c/{token}/pedir-prorroga/" in text
        late = text.index('id="sin-novedad"'), text.index("pedir-prorroga")
        assert late[0] < late[1] < text.index("<textarea", late[0] + 2000), "late: beside nothing new"
        assert (
            "—"
            not in Client()
            .get(commitment.get_report_link())
            .context["form"][f"figure_{commitment.indicators.get().pk}"]
            .help_text
        )

    def test_a_request_for_time_and_a_session_after_it_are_said(self, cast: Cast) -> None:
        commitment = agreed(cast)
        settled.ask(cast, commitment)
        text = self.opened(commitment)
        assert "Lluvias" in text and "pedir-prorroga" not in text
        Session.objects.create(
            mesa=cast.mesa, number=77, state="announced",
            starts_at=timezone.now() + timedelta(days=20), ends_at=timezone.now() + timedelta(days=20, hours=2),
        )  # fmt: skip
        assert (
            "m-i" in self.opened(commitment)
            and Client().get(commitment.get_report_link()).context["meets_after"]
        )

    def test_under_dispute_both_versions_stand_on_it(self, cast: Cast) -> None:
        text = self.opened(settled.disputed(cast, "returned"))
        assert "Están las 40" in text and "Faltan diez plazas" in text and 'id="dv"' in text

    def test_who_asks_for_less_time_than_the_mesa_needs_is_told(self, cast: Cast) -> None:
        commitment = agreed(cast, due_on=timezone.localdate() + timedelta(days=5))
        starts = timezone.now() + timedelta(days=20)
        Session.objects.create(
            mesa=cast.mesa,
            number=77,
            state="announced",
            starts_at=starts,
            ends_at=starts + timedelta(hours=2),
        )
        until = (timezone.localdate() + timedelta(days=9)).isoformat()
        path = f"{commitment.get_report_link()}pedir-prorroga/"
        told = Client().post(path, {"asked_until": until, "reason": "Lluvias"}, follow=True)
        assert "warning" in [each.level_tag for each in told.context["messages"]]

    def test_what_the_mesa_recorded_as_not_met_stands_on_it(self, cast: Cast) -> None:
        commitment, second = agreed(cast), settled.chamber(cast)[0]
        settled.record(cast, commitment, second)
        text = self.opened(commitment)
        assert "Ningún informe llegó" in text and second.name in text
        assert 'value="acuse"' not in text and 'value="aceptar"' not in text


def test_in_english_units_stand_beside_the_name_and_numbers_are_grouped(cast: Cast) -> None:
    commitment, indicator = kits(
        cast, target=523500, value=270000, name="Personas atendidas", unit="personas"
    )
    with translation.override("en"):
        form = Client().get(commitment.get_report_link().replace("/es/", "/en/")).context["form"]
        field = form[f"figure_{indicator.pk}"]
        assert field.label == "Personas atendidas (personas)"
        assert "523,500" in str(field.help_text) and "personas" not in str(field.help_text)
        assert ("100", "100%") in form.fields["step"].choices


@pytest.mark.parametrize(("name", "content", "why"), [("a.exe", b"MZ", "a.exe"), ("b.pdf", b"MZ", "b.pdf")])
def test_a_refused_file_is_named_beside_its_field(cast: Cast, name: str, content: bytes, why: str) -> None:
    page = post(agreed(cast), uploads=samples.upload(name, content * 60))
    assert why in str(page.context["form"].errors["uploads"])


def test_the_field_says_beforehand_what_is_left_out_and_the_form_stays_when_the_network_goes(
    cast: Cast,
) -> None:
    commitment = agreed(cast)
    for path in (commitment.get_report_link(), f"/es/e/{commitment.token('report')}/"):
        text = Client().get(path).content.decode()
        field = text[text.index('type="file"') :].split(">")[0]
        for attribute in ("data-too-large", "data-wrong-kind", "data-too-many"):
            assert f'{attribute}="%(name)s' in field
        assert "%(size)s" in field and "20" in field and "%(limit)s" not in field
        assert (
            text.count("novalidate data-send") == text.count("data-offline") == text.count("data-sending") > 0
        )


def test_a_file_that_is_too_large_is_named_with_its_size(cast: Cast, settings: Any) -> None:
    settings.FILE_MAX_BYTES = 1024 * 1024
    page = post(agreed(cast), uploads=samples.upload("grande.pdf", samples.PDF + b"%" * 2 * 1024 * 1024))
    assert "grande.pdf" in str(page.context["form"].errors["uploads"])


def test_the_page_asks_at_most_twelve_times_however_it_stands(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    commitment = agreed(cast)
    settled.record(cast, commitment, settled.chamber(cast)[0])
    with django_assert_max_num_queries(12):
        assert Client().get(commitment.get_report_link()).status_code == 200
