"""Attacks on what was built last: targets that move, texts that are accepted, papers, search. One test is one hole."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document

from coordination.commitments.account.paper import as_docx
from coordination.commitments.actions import IndicatorData
from coordination.commitments.agreeing import agree_incomplete
from coordination.commitments.figures.actions.indicating import IndicatorRefused, IndicatorValues
from coordination.commitments.models import Acknowledgement, Amendment, Indicator
from coordination.commitments.writing.actions.targets import correct_indicator
from coordination.organizations.models import Organization
from tests.cast import NOW, Cast
from tests.commitments.settled import LATE
from tests.commitments.world import agreed, proposal

pytestmark = pytest.mark.django_db


def put_right(cast: Cast, indicator: Indicator, **given: object) -> Indicator:
    names = ("name", "unit", "baseline", "baseline_is_unknown", "target")
    values = {name: getattr(indicator, name) for name in names} | given
    return correct_indicator(
        indicator_id=indicator.pk, version=None, values=IndicatorValues(**values), reason="Se escribió mal",
        by=cast.secretariat, now=LATE,
    )  # fmt: skip


def test_an_exception_for_one_thing_lets_nobody_empty_what_was_agreed(cast: Cast) -> None:
    half = IndicatorData("Plazas en servicio", "plazas", None, False, Decimal(40))
    commitment = proposal(cast, indicator=half)
    until = NOW.date() + timedelta(days=20)
    agree_incomplete(
        commitment_id=commitment.pk, reason="Falta la línea base", until=until, by=cast.secretariat, now=NOW
    )
    # Empty, it would be filled in again with any number: no reason, no session, no old figure beside it.
    for emptied in ({"target": None}, {"unit": " "}):
        with pytest.raises(IndicatorRefused):
            put_right(cast, commitment.indicators.get(), **emptied)
    assert not Amendment.objects.exists()
    assert put_right(cast, commitment.indicators.get(), target=Decimal(30)).baseline is None


def test_nobody_accepts_a_slip_that_was_put_right_while_they_read(cast: Cast) -> None:
    commitment = agreed(cast)
    link, client = commitment.get_report_link(), Client()
    address = reverse("commitments:receive_by_link", args=[link.strip("/").split("/")[-1]])
    wording = client.get(link).context["commitment"].wording
    put_right(cast, commitment.indicators.get(), target=Decimal(4000))
    page = client.post(address, {"do": "aceptar", "wording": wording}, follow=True)
    assert not Acknowledgement.objects.exists()
    client.post(address, {"do": "aceptar", "wording": page.context["commitment"].wording})
    assert Acknowledgement.objects.get().accepted_at


def test_nobody_writes_on_the_paper_of_others_by_taking_their_acronym(cast: Cast) -> None:
    Organization.objects.filter(pk=cast.ngo.pk).update(acronym_es="CISP")
    agreed(cast)
    account = Client().get(reverse("commitments:account")).context["account"]

    def paper() -> str:
        told = Document(BytesIO(as_docx(account)))
        cells = (cell.text for table in told.tables for row in table.rows for cell in row.cells)
        return " ".join([*(each.text for each in told.paragraphs), *cells])

    assert f"CISP, {cast.ngo.name}" in paper()
    # What waits for an administrator is shown to nobody; a paper of the mesa is no way around that.
    other = Organization.objects.create(
        slug="z", name_es="Zafias Injurias", acronym_es="CISP", sector_type=cast.ngo.sector_type
    )
    assert "Zafias" not in paper() and f"CISP, {cast.ngo.name}" in paper()
    Organization.objects.filter(pk=other.pk).update(state=Organization.State.ACTIVE)
    assert "Zafias" not in paper(), "which of the two is meant is not known"


def test_a_zero_byte_in_an_address_is_an_unknown_mesa_and_no_fault(cast: Cast) -> None:
    page = Client().get(reverse("commitments:roadmap"), {"mesa": "x\0"})
    assert page.status_code == 200 and not page.context["is_known"]
