"""The matrix: filters live in the address, queries do not grow, the file is safe to open."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.commitments.matrix.file import FILE_COLUMNS
from coordination.commitments.models import Commitment, Indicator
from coordination.documents.cells import inert
from coordination.taxonomies.models import ThematicAxis
from tests.cast import Cast
from tests.commitments.world import historic

# What a spreadsheet would compute, cut off or choke on.
HOSTILE = (
    "=1+1", "=cmd|' /C calc'!A0", "+cmd", "-5", "-cmd|x", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1+1", '"=1', "'=1", "'",
    "a;=1", "a,\t@x", "fin\x01\x08\x0b\ufffe", "x" * 480 + "=1", "Pérez-Loja; uno + uno = dos", "https://a.example/?b=c",
)  # fmt: skip
PLACES = {column.key: place for place, column in enumerate(FILE_COLUMNS)}


def many(cast: Cast, count: int, **given: object) -> list[Commitment]:
    axis, _ = ThematicAxis.objects.get_or_create(
        code="salud", defaults={"name_es": "Salud", "name_en": "Health"}
    )
    first = Commitment.objects.count() + 1
    values = {
        "mesa": cast.mesa, "state": "agreed", "responsible": cast.ngo, "verifier": cast.university, "axis": axis,
        "deliverable": "x", "means_of_verification": "x", "due_on": timezone.localdate() + timedelta(days=40),
    } | given  # fmt: skip
    made = Commitment.objects.bulk_create(
        Commitment(number=number, statement_es=f"Compromiso {number}", **values)
        for number in range(first, first + count)
    )
    Indicator.objects.bulk_create(
        Indicator(commitment=each, name="Plazas", unit="plazas", target=4, value=1) for each in made
    )
    return made


def listed(client: Client, **query: str) -> str:
    response = client.get(reverse("commitments:list"), query)
    assert response.status_code == 200
    return response.content.decode()


def exported(client: Client, **query: str) -> list[list[str]]:
    response = client.get(reverse("commitments:export"), query)
    assert response.status_code == 200
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


@pytest.mark.parametrize("signed_in", [False, True])
def test_the_list_asks_the_same_at_one_three_and_three_hundred_rows(
    cast: Cast, sign_in, signed_in: bool
) -> None:
    client = sign_in(cast.rosa) if signed_in else Client()
    asked = []
    for more in (1, 2, 297):
        many(cast, more)
        record = historic(cast)
        record.historic_responsible.add(cast.ministry, cast.university)
        with CaptureQueriesContext(connection) as queries:
            listed(client)
        asked.append(len(queries))
    assert asked[0] == asked[1] == asked[2] <= 12, asked


def test_the_list_pages_at_fifty_and_keeps_its_filters(cast: Cast) -> None:
    many(cast, 60)
    page = listed(Client(), mesa="frontera-sur")
    assert page.count('scope="row"') == 50
    assert "mesa=frontera-sur&amp;page=2" in page
    assert listed(Client(), mesa="frontera-sur", page="2").count('scope="row"') == 10


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({}, {1, 2, 3}),
        ({"light": "red"}, {2}),
        ({"light": "green"}, {1}),
        ({"responsible": "THE-MINISTRY"}, {3}),
        ({"axis": "salud"}, {1, 2}),
        ({"q": "formación"}, {2}),
        ({"q": "FORMACION"}, {2}),
        ({"q": "fs-001"}, {1}),
        ({"q": "100%"}, set()),
        ({"mesa": "no-existe"}, {1, 2, 3}),
        ({"light": "pink"}, {1, 2, 3}),
    ],
)
def test_filters_leave_the_rows_they_name(cast: Cast, query: dict[str, str], shown: set[int]) -> None:
    many(cast, 1)
    late = many(cast, 1, due_on=timezone.localdate() - timedelta(days=2))[0]
    Commitment.objects.filter(pk=late.pk).update(statement_es="Formación de funcionarios")
    old = historic(cast, number=3)
    old.historic_responsible.add(cast.ministry)
    query = {name: cast.ministry.slug if value == "THE-MINISTRY" else value for name, value in query.items()}
    rows = exported(Client(), **query)[1:]
    assert {int(row[0].removeprefix("FS-")) for row in rows} == shown
    page = listed(Client(), **query)
    assert {number for number in (1, 2, 3) if f">FS-00{number}<" in page} == shown


def test_an_empty_list_says_what_brings_it(cast: Cast) -> None:
    assert "m-empty" in listed(Client())
    many(cast, 1)
    assert "m-empty" in listed(Client(), q="nada de esto")


def test_proposals_show_to_the_secretariat_alone(cast: Cast, sign_in) -> None:
    many(cast, 1, state="proposed")
    assert "FS-001" in listed(sign_in(cast.rosa))
    for client in (Client(), sign_in(cast.elena), sign_in(cast.ana)):
        assert "FS-001" not in listed(client)
        assert len(exported(client)) == 1


def test_the_file_says_what_the_page_says(cast: Cast) -> None:
    many(cast, 3)
    head, *rows = exported(Client())
    assert len(rows) == 3
    assert len(head) == len(rows[0])
    assert rows[0][0] == "FS-001"
    assert rows[0][PLACES["responsible"]] == "Fundación Puente Sur"


def test_no_text_is_a_formula_and_figures_stay_figures(cast: Cast) -> None:
    rows = many(cast, len(HOSTILE))
    for row, text in zip(rows, HOSTILE, strict=True):
        Commitment.objects.filter(pk=row.pk).update(statement_es=text)
    Indicator.objects.update(baseline=-5)
    for row, text in zip(exported(Client(), sort="code")[1:], HOSTILE, strict=True):
        assert row[PLACES["statement"]] == inert(text), text
        assert not re.search(r"(?:^|[;,\t])[\s\"]*[=+\-@]", row[PLACES["statement"]]), text
        assert row[PLACES["baseline"]] == "-5.00"
        assert row[PLACES["remarks"]] == ""
