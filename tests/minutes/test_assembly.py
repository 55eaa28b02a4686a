"""The draft comes from the record: each thing where it may be read, and nothing by typing."""

import pytest

from coordination.documents.rich import clean
from coordination.minutes import assembly
from coordination.minutes.actions import drafting
from coordination.minutes.assembly import Drafted
from coordination.minutes.models import Section
from coordination.sessions.models import AgendaItem, CircleMember, Outcome
from tests.cast import Cast
from tests.minutes.recorded import CLOSED, RESERVED, drafted, recorded, with_closed_part, with_reserved

pytestmark = pytest.mark.django_db


def text(rows: list[Drafted], **which: object) -> str:
    wanted = [row for row in rows if all(getattr(row, name) == value for name, value in which.items())]
    return "\n".join(f"{row.title}\n{row.body}" for row in wanted)


def test_the_draft_tells_place_people_agenda_outcomes_and_end_without_typing(cast: Cast) -> None:
    found = recorded(cast)
    rows = assembly.sections(found.session, language="en")
    kinds = [row.kind for row in rows if not row.is_reserved]
    assert kinds == ["heading", "attendance", "agenda", "item", "item", "commitments", "next", "annexes"]
    told = text(rows)
    for words in (
        "Southern Border Zonal Mesa", "Auditorio municipal", "10:00 to 14:00", "Fundación Puente Sur",
        "present, from 10:00".capitalize(), "There was quorum", "Se presentó el mapa.", "Punto focal, Fundación Puente Sur",
        "Faltan camas", "<strong>350</strong> camas ocupadas", "Registro municipal", "Abrir el albergue &lt;ya&gt;",
        "with 1 reservation", "Falta el plazo", "No commitments were agreed", "the session ended on",
    ):  # fmt: skip
        assert words in told, words
    assert all(clean(row.body) == row.body for row in rows)


def test_the_words_follow_the_language_of_the_minutes(cast: Cast) -> None:
    found = recorded(cast)
    assert "Mesa Zonal Frontera Sur" in text(assembly.sections(found.session, language="es"), kind="heading")
    assert "domingo 1 de marzo" in text(assembly.sections(found.session, language="es"), kind="heading")


def test_an_aide_memoire_opens_with_facts_and_an_act_with_a_sentence(cast: Cast) -> None:
    found = recorded(cast)
    act = assembly.sections(found.session, language="en", form="acta")
    aide = assembly.sections(found.session, language="en", form="aide_memoire")
    assert "of which these are the minutes" in text(act)
    assert "of which these are the minutes" not in text(aide)


def test_the_public_text_names_only_who_agreed_to_be_listed(cast: Cast) -> None:
    rows = assembly.sections(recorded(cast).session, language="es")
    open_text, reserved = text(rows, is_reserved=False), text(rows, is_reserved=True)
    assert "Luis Aguirre" in open_text
    assert "Carmen Loja" not in open_text
    assert "Carmen Loja" in reserved


def test_what_is_reserved_stands_in_reserved_sections_alone_and_names_nobody(cast: Cast) -> None:
    found = recorded(cast)
    with_reserved(cast, found)
    rows = assembly.sections(found.session, language="es")
    assert RESERVED not in text(rows, is_reserved=False)
    apart = text(rows, is_reserved=True, kind="item")
    assert apart.count(RESERVED) == 3
    # The mesa says that reserved notes name nobody: neither who said it nor who voted how.
    assert "Luis" not in apart
    assert "Universidad" not in apart
    assert "Fundación" not in apart
    cast.mesa.reserved_without_names = False
    found.session.mesa = cast.mesa
    named = text(assembly.sections(found.session, language="es"), is_reserved=True, kind="item")
    assert "Universidad del Páramo" in named
    assert "Fundación Puente Sur" in named


def test_a_closed_item_is_closed_and_leaves_no_gap_in_the_numbers(cast: Cast) -> None:
    found = recorded(cast)
    with_closed_part(cast, found, inside=cast.luis)
    AgendaItem.objects.create(session=found.session, block=found.block, order=4, title_es="Varios")
    rows = assembly.sections(found.session, language="en")
    assert CLOSED not in text(rows, is_casa_adentro=False)
    assert text(rows, is_casa_adentro=True).count(CLOSED) == 3
    assert all(row.is_reserved for row in rows if row.is_casa_adentro)
    titles = [row.title for row in rows if row.kind == "item" and not row.is_reserved]
    assert titles == ["Item 1: Estado de los compromisos", "Item 2: Alojamiento temporal", "Item 3: Varios"]


def test_of_a_closed_session_everything_is_closed(cast: Cast) -> None:
    found = recorded(cast, closed=True)
    with_reserved(cast, found)
    rows = assembly.sections(found.session, language="es")
    assert rows
    assert all(row.is_casa_adentro and row.is_reserved for row in rows)
    assert len({row.key for row in rows}) == len(rows)


def test_who_came_to_a_closed_part_alone_is_not_in_the_open_attendance(cast: Cast) -> None:
    found = recorded(cast)
    later = found.session.blocks.create(
        order=2, starts_at=found.session.ends_at, ends_at=cast.now, is_casa_adentro=True, title="Cerrado"
    )
    later.attendances.create(
        organization=cast.outsider,
        name=f"{CLOSED} visita",
        status="present",
        is_walk_in=True,
        recorded_at=cast.now,
    )
    rows = assembly.sections(found.session, language="es")
    outside = text(rows, is_casa_adentro=False)
    assert "Cámara Boreal" not in outside
    assert "Cerrado" not in outside
    assert CLOSED in text(rows, is_casa_adentro=True)


def test_drafting_twice_gives_the_same_draft(cast: Cast) -> None:
    found = recorded(cast)
    first = drafted(cast, found)
    assert drafted(cast, found) == first
    assert first.sections.count() == Section.objects.filter(minutes__session=found.session).count()


def test_a_session_that_has_not_begun_or_is_historic_has_nothing_to_draft(cast: Cast) -> None:
    with pytest.raises(drafting.TooEarly):
        drafted(cast, recorded(cast, days=3))
    with pytest.raises(drafting.NothingToDraft):
        drafted(cast, recorded(cast, number=4, provenance="historic"))


def test_what_the_record_has_by_now_is_taken_up_where_it_belongs(cast: Cast) -> None:
    found = recorded(cast)
    minutes = drafted(cast, found)
    minutes.sections.filter(kind="agenda").update(body="<p>Escrito a mano.</p>")
    item = AgendaItem.objects.create(session=found.session, block=found.block, order=3, title_es="Varios")
    assert drafting.take_up(minutes_id=minutes.pk, by=cast.secretariat, now=cast.now) == 1
    rows = list(minutes.sections.all())
    place = next(at for at, row in enumerate(rows) if row.item_id == item.pk)
    assert rows[place - 1].item_id == found.item.pk
    assert rows[place + 1].kind == "commitments"
    assert minutes.sections.get(kind="agenda").body == "<p>Escrito a mano.</p>"
    assert drafting.take_up(minutes_id=minutes.pk, by=cast.secretariat, now=cast.now) == 0


def test_the_draft_asks_no_more_for_many_items_and_people(
    cast: Cast, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    found = recorded(cast)
    items = AgendaItem.objects.bulk_create(
        AgendaItem(session=found.session, block=found.block, order=order, title_es=f"Punto {order}")
        for order in range(10, 60)
    )
    Outcome.objects.bulk_create(
        Outcome(session=found.session, item=item, kind="lesson", text="Avisar", recorded_at=cast.now)
        for item in items
    )
    CircleMember.objects.create(session=found.session, person=cast.luis, level="record", since=cast.now)
    with django_assert_max_num_queries(25):  # type: ignore[operator]
        assembly.sections(found.session, language="es")
