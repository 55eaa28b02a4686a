"""What the sources state is there; what they do not state is empty."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from coordination.commitments.models import Commitment, Support
from coordination.common.models import Provenance
from coordination.demo.world import Loaded
from coordination.mesas.models import LegalBasis, Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

pytestmark = pytest.mark.usefixtures("demo")
QUITO = ZoneInfo("America/Guayaquil")


def historic(source_id: str) -> Session:
    return Session.objects.get(source_id=source_id)


def test_everything_with_a_source_is_there() -> None:
    assert Organization.objects.count() == 96
    assert Mesa.objects.filter(provenance=Provenance.HISTORIC).count() == 13
    assert Session.objects.filter(provenance=Provenance.HISTORIC).count() == 23
    assert Commitment.objects.filter(provenance=Provenance.HISTORIC).count() == 6


def test_what_has_no_honest_place_is_told(demo: Loaded) -> None:
    assert {fact.source_id for fact in demo.left_out} == {"c-acnur-conquito"}
    assert all(fact.reason for fact in demo.left_out)


def test_unverified_candidates_stay_out() -> None:
    assert not Organization.objects.filter(name_es__in=["UNICEF", "UNESCO", "Save the Children"]).exists()


def test_every_fact_names_its_sources() -> None:
    for row in (*Organization.objects.all(), *Mesa.objects.filter(provenance="historic")):
        assert row.sources and all(source["title"] for source in row.sources), row
    for row in Session.objects.filter(provenance="historic"):
        assert row.sources, row


def test_every_note_speaks_both_languages() -> None:
    rows = [*Mesa.objects.all(), *Session.objects.all(), *Commitment.objects.all()]
    notes = [note for row in rows for note in row.notes]
    assert notes
    assert all(note["es"] and note["en"] and note["es"] != note["en"] for note in notes)


@pytest.mark.parametrize(
    "source_id", ["ape-2017-xa", "ape-2017-08", "mz-huaquillas-02", "red-clamor-2025", "cnimh-ambato-2025"]
)
def test_a_session_without_a_date_gets_none(source_id: str) -> None:
    session = historic(source_id)
    assert (session.starts_at, session.ends_at) == (None, None)


def test_a_day_without_hours_says_so() -> None:
    session = historic("mesa-dmq-2023-01")
    assert session.starts_at is not None
    assert session.starts_at.astimezone(QUITO).date() == date(2023, 1, 31)
    assert not session.has_hours
    assert session.ends_at is None


def test_no_page_of_a_day_without_hours_names_one() -> None:
    page = Client().get(historic("mnmh-10").get_absolute_url()).content.decode()
    assert "Estrategia comunicacional en materia migratoria" in page
    assert "00:00" not in page


def test_the_page_of_puembo_counts_its_organizations() -> None:
    assert "<dd>21</dd>" in Client().get(historic("puembo-2024").get_absolute_url()).content.decode()


@pytest.mark.parametrize("slug", ["senplades", "sdh", "seteci", "usaid"])
def test_the_page_of_a_historic_body_is_there(slug: str) -> None:
    assert Client().get(f"/es/organizaciones/{slug}/").status_code == 200


def test_announced_hours_are_kept_in_quito_time() -> None:
    session = historic("ape-2017-02")
    assert session.has_hours
    assert session.starts_at is not None and session.ends_at is not None
    assert f"{session.starts_at.astimezone(QUITO):%Y-%m-%d %H:%M}" == "2017-07-18 09:00"
    assert f"{session.ends_at.astimezone(QUITO):%H:%M}" == "12:00"


def test_two_days_keep_both() -> None:
    session = historic("puembo-2024")
    assert session.ends_at is not None
    assert session.ends_at.astimezone(QUITO).date() == date(2024, 2, 29)
    assert session.mesa.kind == Mesa.Kind.FORUM
    assert session.present_organizations == 21


def test_a_session_that_was_only_announced_stays_announced() -> None:
    assert historic("mnmh-10").state == Session.State.ANNOUNCED
    assert historic("mnmh-21").state == Session.State.HELD


def test_neither_kind_nor_modality_is_invented() -> None:
    assert historic("nip-dialogue-2025").modality == ""
    assert set(Session.objects.filter(provenance="historic").values_list("kind", flat=True)) == {""}


def test_several_responsible_organizations_stay_several() -> None:
    commitment = Commitment.objects.get(source_id="c-foro-permanente")
    assert commitment.responsible is None
    assert set(commitment.historic_responsible.values_list("slug", flat=True)) == {"dd", "cisp"}
    assert commitment.state == Commitment.State.UNKNOWN
    assert commitment.due_on is None


def test_an_unknown_target_is_no_zero() -> None:
    indicator = Commitment.objects.get(source_id="c-huaquillas-shelter").indicators.get()
    assert indicator.baseline == 60
    assert indicator.target is None
    assert not indicator.baseline_is_unknown


def test_the_people_reached_by_a_plan_are_a_figure_with_its_source() -> None:
    commitment = Commitment.objects.get(source_id="c-gtrm-2023-reach")
    indicator = commitment.indicators.get()
    figure = indicator.measurements.get()
    assert (indicator.target, figure.value, indicator.value) == (523_500, 270_000, 270_000)
    assert (figure.since, figure.measured_on) == (date(2023, 1, 1), date(2023, 12, 31))
    assert figure.organization.slug == "gtrm"
    assert "migrantesnews.com" in figure.source
    assert "más de 270 000" in figure.note
    assert {source["id"] for source in commitment.sources} == {"H21", "H22"}
    assert commitment.state == Commitment.State.PARTLY_MET


def test_a_plan_that_nobody_reported_on_has_a_target_and_no_figure() -> None:
    indicator = Commitment.objects.get(source_id="c-gtrm-2024-funds").indicators.get()
    assert (indicator.target, indicator.value) == (288_700_000, None)
    assert not indicator.measurements.exists()


def test_a_month_is_no_day() -> None:
    commitment = Commitment.objects.get(source_id="c-huaquillas-shelter")
    indicator = commitment.indicators.get()
    assert (indicator.baseline_on, indicator.value) == (None, None)
    assert not indicator.measurements.exists()
    assert any("abril de 2020" in note["es"] and "no consta" in note["es"] for note in commitment.notes)
    assert [source["id"] for source in commitment.sources] == ["H15"]


def test_the_national_plan_covers_fifteen_of_twenty_three_objectives() -> None:
    commitment = Commitment.objects.get(source_id="c-nip-2025-2029")
    assert commitment.indicators.get().target == 15
    assert any("15 de los 23" in note["es"] for note in commitment.notes)
    assert {source["id"] for source in commitment.sources} == {"H27", "H28"}


def test_who_financed_is_named_with_the_source() -> None:
    rows = Support.objects.filter(provenance=Provenance.HISTORIC)
    assert rows.count() == 2
    assert {row.organization.slug for row in rows} == {"ue"}
    assert all(row.source and row.amount is None for row in rows)


def test_the_disagreement_of_sources_is_kept() -> None:
    notes = " ".join(note["en"] for note in Mesa.objects.get(slug="agenda-politica-exterior-2017").notes)
    assert "24 August 2017" in notes and "22 August 2017" in notes and "ten tables" in notes


def test_legal_bases_keep_number_and_gazette() -> None:
    bases = LegalBasis.objects.filter(mesa__slug="mesa-nacional-movilidad-humana").order_by("number")
    assert [(basis.number, basis.gazette) for basis in bases] == [
        ("0000069", "Registro Oficial 255"),
        ("000275", ""),
    ]


def test_levels_and_kinds_are_those_of_the_sources() -> None:
    assert Mesa.objects.get(slug="proceso-de-quito").level == "regional"
    assert Mesa.objects.get(slug="programa-integra").kind == Mesa.Kind.PROGRAMME


def test_the_joint_secretariat_of_the_forum_gives_nobody_rights() -> None:
    mandate = Mesa.objects.get(slug="foro-permanente-movilidad-humana").mandates.get()
    assert set(mandate.organizations.values_list("slug", flat=True)) == {"dd", "cisp"}
    assert not mandate.posts.exists()


def test_former_names_are_found() -> None:
    assert Organization.objects.named_like("asociacion hispanoamericana").get().slug == "ruminahui"


def test_a_seat_becomes_its_canton() -> None:
    organization = Organization.objects.get(slug="gad-huaquillas")
    assert organization.canton is not None and organization.canton.code == "0707"
    assert Organization.objects.get(slug="mremh").canton is None


def test_a_network_of_cooperation_overrides_its_sector() -> None:
    sectors = dict(Organization.objects.with_sector().values_list("slug", "sector_override__code"))
    assert sectors["gtrm"] == "international_cooperation"
    assert sectors["red-clamor"] is None
