"""The convocation as a paper: what it says, to whom, and what it keeps to itself."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from coordination.attendees import actions, queries
from coordination.attendees.letter import Draft, preview_letter, sent_letter
from coordination.attendees.models import Convocation, Invitation
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization, Post
from coordination.sessions.models import Block, CircleMember, Paper, Session
from tests.attendees.inviting import called, invitation_of
from tests.attendees.papers import links_of, read, text_of
from tests.cast import Cast, organization, person, seat
from tests.sessions.scheduling import drafted, with_item


def sent(cast: Cast, **fields: Any) -> Invitation:
    """The NGO's invitation to a session with two items."""
    session = drafted(cast, **fields)
    with_item(cast, session, "Alojamiento temporal en Loja", 40)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=fields.get("is_casa_adentro", False))
    actions.convene(
        session_id=session.pk,
        message="Traigan el informe, ñandú incluido.",
        by=cast.secretariat,
        now=cast.now,
    )
    return invitation_of(session, cast.ngo)


def letter(invitation: Invitation, cast: Cast, language: str = "es") -> bytes:
    fresh = Invitation.objects.select_related("session__mesa", "organization", "post")
    return sent_letter(fresh.get(pk=invitation.pk), now=cast.now, language=language)


def test_the_letter_says_what_the_organization_needs(cast: Cast) -> None:
    person("Inés Ordóñez", at=cast.ngo, kind=Post.Kind.HEAD)
    invitation = sent(
        cast, modality="hybrid", online_url="https://reunion.example/secreta", address="Av. Ñ 12"
    )
    paper = letter(invitation, cast)
    text = text_of(paper)
    for said in [
        "Ministerio Central",
        "Convocatoria N.º FS-2026-001",
        "2 de marzo de 2026",
        "Inés Ordóñez",
        "Atención: Carmen Loja, Punto focal",
        "Fundación Puente Sur",
        "I sesión, Mesa Zonal Frontera Sur",
        "domingo 22 de marzo de 2026, 09:00 a 12:00, hora de Quito",
        "Auditorio municipal",
        "Av. Ñ 12",
        "También se puede participar en línea",
        "Traigan el informe, ñandú incluido.",
        "09:00",
        "Alojamiento temporal en Loja",
        "40",
        "voz y voto",
        "hasta 3 personas",
        "Página 1 de 1",
    ]:
        assert said in text, said
    assert "reunion.example" not in text
    url = f"{settings.BASE_URL}{invitation.get_link()}"
    assert url in links_of(paper) and url in text.replace(" ", "")


def test_the_letter_is_one_tagged_page_made_at_once(cast: Cast) -> None:
    invitation = sent(cast)
    letter(invitation, cast)
    began = time.process_time()
    paper = letter(invitation, cast)
    assert time.process_time() - began < 0.5
    found: Any = read(paper)
    root = found.trailer["/Root"]
    assert len(found.pages) == 1
    assert root["/Lang"] == "es-EC" and "/StructTreeRoot" in root
    assert found.metadata.title == "Convocatoria N.º FS-2026-001"
    assert len(paper) < 60_000
    assert paper == letter(invitation, cast), "the same day gives the same letter"


def test_each_organization_gets_its_own(cast: Cast) -> None:
    for number in range(31):
        seat(cast.mesa, organization(f"Red {number}"))
    session = called(cast)
    papers = [letter(one, cast) for one in session.invitations.select_related("organization")]
    assert len(papers) == len({tuple(links_of(paper)) for paper in papers}) == 34


def test_casa_adentro_says_when_and_where_and_nothing_else(cast: Cast) -> None:
    session = drafted(cast, topic="Rutas reservadas")
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    for one in (cast.carmen, cast.rosa):
        CircleMember.objects.create(session=session, person=one, level="logistics", since=cast.now)
    actions.convene(session_id=session.pk, message="Asunto delicado", by=cast.secretariat, now=cast.now)
    paper = letter(invitation_of(session, cast.ngo), cast)
    text, found = text_of(paper), read(paper)
    assert (
        "Auditorio municipal" in text and "hora de Quito" in text and "Reunión" in text or "Meeting" in text
    )
    for secret in ("Rutas", "delicado", "Orden del día", "I sesión", "casa adentro", "Casa adentro"):
        assert secret not in text, secret
    assert found.metadata is not None and found.metadata.title == "Convocatoria"


def test_whatever_was_typed_is_printed_as_text(cast: Cast) -> None:
    hostile = '#import "../layout.typ": * "quote" $x$ *no* \\u{41} #panic() [a](b) <c> @d 😀 \u202egnp.exe'
    for row in (cast.ngo, cast.ministry):
        Organization.objects.filter(pk=row.pk).update(name_es=hostile[:250], name_en=hostile[:250])
    Mesa.objects.filter(pk=cast.mesa.pk).update(name_es="M" * 200, name_en="M" * 200)
    Post.objects.update(title_es="مدير عام #v(1fr) שלום")
    invitation = sent(cast, topic="=" * 250, venue="#" * 200, address="`" * 250)
    Convocation.objects.update(message=("ñ" * 1999 + "\n") + "\n\n== Título\n- lista\n+ otra\n/ término: x")
    paper = letter(invitation, cast)
    text = text_of(paper)
    assert '#import "../layout.typ": * "quote" $x$ *no*' in text
    assert "\\u{41} #panic() [a](b) <c> @d □ gnp.exe" in text
    assert "== Título - lista + otra / término: x" in text
    assert len(read(paper).pages) <= 3


def test_a_preview_names_the_signatory_of_the_draft(cast: Cast) -> None:
    session = drafted(cast)
    one = queries.invitees(session, cast.now.date())[0]
    post = cast.elena.tenures.get().post
    draft = Draft(signatory_post=post, signatory_name="Marina Páez", signatory_title="Subsecretaria")
    text = text_of(preview_letter(session, one, draft, now=cast.now, language="es"))
    assert "Firma: Marina Páez Subsecretaria Cámara Boreal" in text and "Convoco a su organización" in text


def test_a_letter_says_that_its_session_moved_or_was_called_off(cast: Cast) -> None:
    invitation = sent(cast)
    Session.objects.filter(pk=invitation.session_id).update(moved_at=cast.in_days(3))
    assert "cambiaron el 5 de marzo de 2026" in text_of(letter(invitation, cast))
    Session.objects.filter(pk=invitation.session_id).update(state="cancelled", cancelled_at=cast.now)
    assert "SIN EFECTO" in text_of(letter(invitation, cast))


def test_parts_and_papers_are_named_without_their_links(cast: Cast) -> None:
    invitation = sent(cast)
    session = invitation.session
    first = session.blocks.get()
    Block.objects.filter(pk=first.pk).update(online_url="https://reunion.example/uno")
    begin = first.ends_at + timedelta(days=1)
    Block.objects.create(
        session=session, order=2, kind="group", title="Salud", audience_note="solo academia", venue="Aula 3",
        starts_at=begin, ends_at=begin + timedelta(hours=1), online_url="https://reunion.example/dos",
    )  # fmt: skip
    Paper.objects.create(session=session, title="Línea base 2025")
    Paper.objects.create(session=session, title="Borrador retirado", withdrawn_at=cast.now)
    Session.objects.filter(pk=session.pk).update(delegation_size=5)
    text = text_of(letter(invitation, cast))
    assert "lunes 23 de marzo de 2026, 12:00 a 13:00, hora de Quito. Salud (solo academia). Aula 3" in text
    assert "Partes 09:00 a 12:00, hora de Quito" in text, "the day stands above"
    assert "Línea base 2025" in text and "hasta 5 personas" in text
    assert "retirado" not in text and "reunion.example" not in text


def test_a_guest_is_addressed_by_name_and_called_a_guest(cast: Cast) -> None:
    invitation = sent(cast)
    invited = person("Álvaro Núñez")
    Invitation.objects.filter(pk=invitation.pk).update(role="guest", votes=False, addressee=invited)
    text = text_of(letter(invitation, cast))
    assert "Álvaro Núñez Fundación Puente Sur" in text and "como organización invitada." in text
    assert "Carmen" not in text and "tiene voz" not in text


def test_who_is_called_later_has_a_letter_of_that_day(cast: Cast) -> None:
    invitation = sent(cast)
    Session.objects.filter(pk=invitation.session_id).update(moved_at=cast.in_days(1))
    Invitation.objects.filter(pk=invitation.pk).update(created_at=cast.in_days(4))
    text = text_of(letter(invitation, cast))
    assert "6 de marzo de 2026" in text and "cambiaron" not in text, "it was told the new date from the start"


@pytest.mark.parametrize("kind", ["head", "none"])
def test_a_letter_without_a_reader_still_has_an_addressee(cast: Cast, kind: str) -> None:
    Post.objects.filter(organization=cast.ngo).delete()
    if kind == "head":
        person("Inés Ordóñez", at=cast.ngo, kind=Post.Kind.HEAD)
    text = text_of(letter(sent(cast), cast))
    assert ("Inés Ordóñez" in text) == (kind == "head")
    assert "Fundación Puente Sur" in text and "Atención" not in text
