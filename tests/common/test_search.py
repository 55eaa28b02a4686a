"""Search by the beginnings of words: what an official types finds it, and nothing typed breaks it."""

from datetime import timedelta
from itertools import cycle

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from coordination.commitments.models import Commitment
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.portal import finding
from tests.cast import Cast

MANY = 2_000
NAME = "Salud/educación y atención psicológica (niñez) en sub-mesas de alojamiento «Sí, acojo» 2024-05"


def of(text: str) -> bool:
    return Mesa.objects.filter(HasWords("plain_name", text)).exists()


def test_accents_capitals_order_and_the_ends_of_words_make_no_difference(cast: Cast) -> None:
    Mesa.objects.filter(pk=cast.mesa.pk).update(name_es=NAME, name_en="", acronym="M&S")
    found = (
        "salud", "SALÚD", "educa", "educacio\N{COMBINING ACUTE ACCENT}n", "ninez", "Niñez", "psicologica atención", "alojam",
        "salud alojamiento", "sub", "mesas", "sub-mesa", "Salud / educación", "“acojo”", "2024-05", "05 2024", "m&s", NAME,
        "salud " * 2_000,
    )  # fmt: skip
    assert [text for text in found if not of(text)] == []
    # The middle of a word is no beginning; all words must be there.
    assert [text for text in ("ojamiento", "salud vivienda", "educaciones", "24", "5 de") if of(text)] == []


HOSTILE = (
    "' OR 1=1 --", "a:* & !b", "salud & | ! ( ) : * < >", "<->", "salud:*ABCD", "\\", "'\\''", "''", '"', "%", "_", "&", "!",
    "(", ":*", "*", "$$", "{}", "%s", "%(x)s", "\t\n\r", "\N{NO-BREAK SPACE}\N{EM SPACE}", "a\N{EM SPACE}b", "\U0001f600",
    "ñ" * 10_000, "& " * 5_000, "' " * 5_000, "a b " * 2_500, "x" * 3_000, "\N{COMBINING ACUTE ACCENT}" * 300, "‮salud", "\x01\x1f",
)  # fmt: skip


PAGES = ("/es/buscar/", "/es/sesiones/", "/es/compromisos/", "/es/mesas/", "/es/organizaciones/")


def test_whatever_is_typed_is_words_or_nothing(cast: Cast) -> None:
    visitor = Client()
    for text, page in zip(HOSTILE, cycle(PAGES), strict=False):
        of(text)
        assert visitor.get(page, {"q": text}).status_code == 200, (page, text[:20])


def promises(cast: Cast, count: int, text: str = "Vivienda") -> None:
    first, today = Commitment.objects.count() + 1, timezone.localdate()
    Commitment.objects.bulk_create(
        Commitment(
            mesa=cast.mesa,
            number=number,
            statement_es=f"{text} {number} en la frontera",
            statement_en="Border",
            deliverable="Informe",
            responsible=cast.ngo,
            verifier=cast.university,
            due_on=today + timedelta(days=number % 90 - 45),
            means_of_verification="Acta",
            state="agreed" if number % 3 else "met",
            settled_by=None if number % 3 else cast.university,
        )
        for number in range(first, first + count)
    )


def test_a_large_table_is_not_read_but_asked_by_its_index(cast: Cast) -> None:
    promises(cast, MANY)
    promises(cast, 1, "Salud")
    rows = Commitment.objects.filter(HasWords("plain_statement", "salud"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE commitments_commitment")
    assert "commitment_words" in rows.explain()
    assert len(rows) == 1
    for model, name in ((Mesa, "mesa_words"), (Organization, "organization_words")):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        assert name in model.objects.filter(HasWords("plain_name", "salud")).explain()


def test_what_is_everywhere_is_found_in_the_same_order(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    promises(cast, 60)
    asked = {"text": "frontera", "actor": cast.secretariat, "today": timezone.localdate()}
    sorted_ones = finding.find(**asked)
    assert len(sorted_ones.commitments) == finding.LIMIT
    monkeypatch.setattr(finding, "MANY", 3)
    finding._keys._made.clear()
    assert finding.find(**asked) == sorted_ones
    finding._keys._made.clear()
