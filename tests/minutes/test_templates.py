"""The ministry's own template: tried before it is used, told in words what is wrong, taken back with one press."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from docx import Document

from coordination.minutes import paper
from coordination.minutes.actions import templates
from coordination.minutes.actions.templates import NotWord, TemplateTooLarge, TemplateUnfit
from coordination.minutes.models import MinutesTemplate
from coordination.minutes.word import SCHEMA, VARIABLES, both_languages, house_template, sample, tried
from tests.cast import Cast
from tests.files.samples import PDF, upload
from tests.minutes.papers import minutes_of


def word(*paragraphs: str) -> bytes:
    document = Document()
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


LETTERHEAD = word("MINISTERIO DEL AMBIENTE", "Acta {{ numero }}", "{{ contenido }}")


def uploaded(cast: Cast, content: bytes = LETTERHEAD, name: str = "membrete.docx") -> MinutesTemplate:
    return templates.upload_template(
        mesa_id=cast.mesa.pk, upload=upload(name, content), by=cast.secretariat, now=cast.now
    )


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_template_of_the_house_can_be_filled_in(language: str) -> None:
    assert tried(house_template(language)) == []


def test_every_name_is_filled_and_has_an_example() -> None:
    said = sample("es")
    assert set(said) == set(SCHEMA) == set(both_languages(said))
    assert all(set(said[one.es][0]) == set(SCHEMA[one.es] or ()) for one in VARIABLES if one.fields)


def test_what_was_uploaded_is_what_the_minutes_are_poured_into(cast: Cast) -> None:
    uploaded(cast)
    minutes = minutes_of(cast, hidden=True)
    told = [one.text for one in Document(io.BytesIO(paper.public_docx(minutes))).paragraphs]
    assert told[0] == "MINISTERIO DEL AMBIENTE"
    assert "1. Asistencia y quórum" in told and not any("CANARIO" in one for one in told)
    # The PDF stays ours.
    assert b"MINISTERIO" not in paper.public_pdf(minutes)


def test_a_template_that_cannot_be_used_changes_nothing_and_says_where(cast: Cast, sign_in: Any) -> None:
    kept = uploaded(cast)
    broken = word("Se reúnen en Loja {% for s in secciones %}", "{{ s.titlo }}", "Quito, {{ fehca }}")
    client: Client = sign_in(cast.rosa)
    page = client.post(
        reverse("minutes:template", args=[cast.mesa.slug]), {"file": SimpleUploadedFile("mala.docx", broken)}
    )
    assert page.status_code == 422
    told = page.content.decode()
    for said in (
        "{{ s.titlo }}",
        "s.titulo",
        "{{ fehca }}",
        "fecha",
        "Se reúnen en Loja",
        "{% for s in secciones %}",
    ):
        assert said in told.replace("&#x27;", "'")
    assert list(MinutesTemplate.objects.filter(mesa=cast.mesa)) == [kept]


def test_what_must_be_there_is_asked_for(cast: Cast) -> None:
    with pytest.raises(TemplateUnfit) as unfit:
        uploaded(cast, word("Acta sin nada"))
    assert [(one.code, one.tag) for one in unfit.value.problems] == [
        ("missing", "{{ numero }}"),
        ("missing", "{{ contenido }}"),
    ]


def test_only_a_word_document_of_a_fair_size_is_taken(cast: Cast) -> None:
    with pytest.raises(NotWord):
        uploaded(cast, PDF, "acta.pdf")
    with pytest.raises(TemplateTooLarge):
        uploaded(cast, b"PK" + b"0" * (5 * 1024 * 1024))


def test_it_is_replaced_retired_and_brought_back(cast: Cast, sign_in: Any) -> None:
    first, second = uploaded(cast), uploaded(cast, word("Otro {{ numero }}", "{{ contenido }}"))
    client: Client = sign_in(cast.rosa)

    def used() -> MinutesTemplate | None:
        return MinutesTemplate.objects.filter(mesa=cast.mesa, retired_at=None).first()

    assert used() == second
    there = reverse("minutes:template_bring_back", args=[cast.mesa.slug, first.public_id])
    assert client.post(there).status_code == 302 and used() == first
    assert client.post(there).status_code == 302 and used() == first
    for _twice in (1, 2):
        client.post(reverse("minutes:template_retire", args=[cast.mesa.slug]))
        assert used() is None
    page = client.get(reverse("minutes:template", args=[cast.mesa.slug])).content.decode()
    assert reverse("minutes:template_bring_back", args=[cast.mesa.slug, first.public_id]) in page


def test_the_page_asks_a_constant_number_of_queries(
    cast: Cast, sign_in: Any, django_assert_max_num_queries: Any
) -> None:
    kept = uploaded(cast)
    MinutesTemplate.objects.bulk_create(
        MinutesTemplate(mesa=cast.mesa, file=kept.file, uploaded_at=cast.now, retired_at=cast.now)
        for _one in range(30)
    )
    client: Client = sign_in(cast.rosa)
    with django_assert_max_num_queries(12):
        assert client.get(reverse("minutes:template", args=[cast.mesa.slug])).status_code == 200


def test_the_files_are_word_documents(cast: Cast, sign_in: Any) -> None:
    client: Client = sign_in(cast.rosa)
    own = uploaded(cast)
    for name, args in (("template_house", []), ("template_example", []), ("template_file", [own.public_id])):
        answer: Any = client.get(reverse(f"minutes:{name}", args=[cast.mesa.slug, *args]))
        content = b"".join(answer)
        assert Document(io.BytesIO(content)).paragraphs
        assert answer["Content-Disposition"].startswith("attachment")
