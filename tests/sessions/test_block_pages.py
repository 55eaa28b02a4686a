"""The programme's pages: added, rewritten, ordered and taken out without a script, and told wherever the session is."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from coordination.sessions import actions
from coordination.sessions.calendar import session_event
from coordination.sessions.models import Block, Session
from coordination.sessions.queries import agenda_with_times
from tests.cast import Cast
from tests.sessions.scheduling import convened, drafted, with_item
from tests.sessions.test_blocks import more

SignIn = Callable[[Any], Client]
HOSTILE = "</script><img src=x onerror=alert(1)>\u202e" + "ñ" * 100


@pytest.fixture
def today(cast: Cast) -> Cast:
    cast.now = timezone.now()
    return cast


@pytest.fixture
def rosa(today: Cast, sign_in: SignIn) -> Client:
    return sign_in(today.rosa)


def at(name: str, session: Session, *more_args: Any) -> str:
    return reverse(f"sessions:{name}", args=[session.public_id, *more_args])


def sent(session: Session, *, days: int = 1, **given: Any) -> dict[str, Any]:
    session.refresh_from_db()
    day = session.starts_at.astimezone(session.zone) + timedelta(days=days)
    return {
        "version": session.version, "day": f"{day:%Y-%m-%d}", "starts": "09:00", "ends": "11:00", "kind": "group",
        "title": "Salud",
    } | given  # fmt: skip


def test_the_simple_case_has_one_block_and_a_link_to_more(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    page = rosa.get(at("edit", session))
    assert {"starts", "ends", "ends_on"} <= set(page.context["form"].fields)
    assert at("blocks", session) in page.content.decode()
    assert "sessions/blocks.html" in [one.name for one in rosa.get(at("blocks", session)).templates]


def test_a_block_is_added_once_however_often_it_is_sent(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    data = sent(session, title=HOSTILE, audience_note="<i>provincias</i>", venue="Biblioteca")
    for _twice in range(2):
        assert rosa.post(at("blocks", session), data).status_code == 302
    block = session.blocks.get(order=2)
    page = rosa.get(at("blocks", session)).content.decode()
    assert "<img src=x" not in page and "&lt;img src=x" in page and "<i>prov" not in page
    assert block.venue == "Biblioteca"
    stale = rosa.post(at("blocks", session), data | {"title": "Otra"})
    assert stale.status_code == 409 and "Otra" in stale.content.decode() and session.blocks.count() == 2
    # What comes back goes on from the version that stands.
    again = data | {"title": "Otra", "version": stale.context["form"].data["version"]}
    assert rosa.post(at("blocks", session), again).status_code == 302


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"ends": "08:00"}, "ends"), ({"ends": ""}, "ends"), ({"day": "2027-02-29"}, "day"), ({"day": "9999-12-31"}, "day"),
        ({"kind": "party"}, "kind"), ({"modality": "online"}, "online_url"), ({"capacity": "0"}, "capacity"),
        ({"capacity": "-1"}, "capacity"), ({"online_url": "javascript:alert(1)"}, "online_url"), ({"title": "x" * 201}, "title"),
    ],
)  # fmt: skip
def test_bad_input_is_named_at_its_field(
    rosa: Client, today: Cast, given: dict[str, str], field: str
) -> None:
    session = drafted(today)
    page = rosa.post(at("blocks", session), sent(session, **given))
    assert field in page.context["form"].errors, page.context["form"].errors
    assert session.blocks.count() == 1


def test_two_plenaries_at_one_time_are_refused_with_the_name_of_the_other(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    page = rosa.post(
        at("blocks", session), sent(session, days=0, kind="plenary", starts="10:00", ends="13:30")
    )
    assert "starts" in page.context["form"].errors


def test_a_block_is_rewritten_ordered_and_taken_out(rosa: Client, today: Cast) -> None:
    session = convened(today)
    rosa.post(at("blocks", session), sent(session))
    rosa.post(at("blocks", session), sent(session, title="Rutas"))
    salud, rutas = session.blocks.filter(kind="group")
    answer = rosa.post(at("block_edit", session, salud.pk), sent(session, title="Salud pública"))
    assert answer.status_code == 302
    session.refresh_from_db()
    rosa.post(at("block_move", session, rutas.pk), {"to": "up", "version": session.version})
    assert [block.title for block in session.blocks.all()] == ["", "Rutas", "Salud pública"]
    for name in ("block_edit", "block_remove"):
        assert "Salud pública" in rosa.get(at(name, session, salud.pk)).content.decode()
    stale = rosa.post(at("block_remove", session, salud.pk), {"version": 1})
    assert stale.status_code == 302 and session.blocks.count() == 3
    session.refresh_from_db()
    rosa.post(at("block_remove", session, salud.pk), {"version": session.version})
    assert session.blocks.count() == 2
    other = drafted(today, starts_at=today.in_days(50))
    assert rosa.get(at("block_edit", other, rutas.pk)).status_code == 404


def test_the_edit_form_moves_all_blocks_by_days_and_points_to_the_programme(
    rosa: Client, today: Cast
) -> None:
    session = drafted(today)
    more(today, session, 24)
    page = rosa.get(at("edit", session))
    assert "starts" not in page.context["form"].fields and at("blocks", session) in page.content.decode()
    session.refresh_from_db()
    before = [block.starts_at for block in session.blocks.all()]
    data = {
        "version": session.version, "day": f"{session.local_day + timedelta(days=7):%Y-%m-%d}", "kind": "ordinary",
        "time_zone": "America/Guayaquil", "topic": session.topic, "modality": "in_person", "venue": session.venue,
    }  # fmt: skip
    assert rosa.post(at("edit", session), data).status_code == 302
    assert [b.starts_at for b in session.blocks.all()] == [moment + timedelta(days=7) for moment in before]


def test_items_choose_their_block_and_begin_with_it(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    second = more(today, session, 24, kind="plenary", title="Segundo día")
    first = session.blocks.first()
    where = at("agenda", session)
    assert "block" in rosa.get(where).context["form"].fields
    told = {"title": "Rutas", "kind": "discussion", "minutes": "150", "block": second.pk}
    assert rosa.post(where, told).status_code == 302
    with_item(today, session, "Niñez")
    seen = agenda_with_times(Session.objects.get(pk=session.pk))
    assert [(one.item.title, one.starts_at) for one in seen.items[1:]] == [
        ("Niñez", first.starts_at + timedelta(minutes=30)),
        ("Rutas", second.starts_at),
    ]
    assert [one.opens.pk for one in seen.items if one.opens] == [first.pk, second.pk]
    assert [(block.pk, minutes) for block, minutes in seen.over] == [(second.pk, 30)]
    assert "Segundo día" in rosa.get(where).content.decode()
    bad = rosa.post(where, told | {"block": "999999"})
    assert "block" in bad.context["form"].errors


def test_pages_read_as_often_for_one_block_as_for_sixty(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    pages = [at("blocks", session), at("agenda", session), session.get_absolute_url()]
    counted = []
    for rows in (1, 3, 60):
        have = session.blocks.count()
        Block.objects.bulk_create(
            Block(
                session=session,
                order=order,
                kind="group",
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                title=f"Grupo {order}",
            )
            for order in range(have + 1, rows + 1)
        )
        spent = []
        for page in pages:
            with CaptureQueriesContext(connection) as queries:
                assert rosa.get(page).status_code == 200
            spent.append(len(queries))
        counted.append(spent)
    assert counted[1] == counted[2], counted
    assert max(counted[2]) <= 12, counted


def test_everybody_reads_the_programme_and_nobody_the_links(
    rosa: Client, today: Cast, client: Client
) -> None:
    session = convened(today)
    more(
        today,
        session,
        24,
        title="Mesa de salud",
        venue="Biblioteca",
        online_url="https://reunion.example/SECRETO",
    )
    session = Session.objects.get(pk=session.pk)
    page = client.get(session.get_absolute_url()).content.decode()
    assert "Mesa de salud" in page and "Biblioteca" in page and "SECRETO" not in page
    feed = (
        client.get(reverse("sessions:feed_mesa", args=[today.mesa.slug]))
        .content.replace(b"\r\n ", b"")
        .decode()
    )
    assert "Mesa de salud" in feed and "SECRETO" not in feed and feed.count("BEGIN:VEVENT") == 1
    month = f"?mes={session.local_end_day:%Y-%m}&vista=lista"
    days = client.get(reverse("portal:calendar") + month).context["days"]
    both = [day for day, entries in days if any(entry.session == session for entry in entries)]
    assert session.local_end_day in both
    entry = session_event(session=session, method="REQUEST", attendee=None, url="", language="es")
    assert entry.count(b"BEGIN:VEVENT") == 1 and b"Mesa de salud" in entry.replace(b"\r\n ", b"")


def test_outside_the_circle_a_closed_programme_tells_nothing(today: Cast, sign_in: SignIn) -> None:
    session = drafted(today, is_casa_adentro=True, topic="CANARIO")
    block = more(today, session, 24, title="CANARIO")
    session.circle.all().delete()
    rosa = sign_in(today.rosa)
    for where in (at("blocks", session), at("block_edit", session, block.pk), session.get_absolute_url()):
        answer = rosa.get(where)
        assert answer.status_code == 404 and "CANARIO" not in answer.content.decode()


def test_a_cancelled_session_keeps_its_programme(rosa: Client, today: Cast) -> None:
    session = drafted(today)
    block = more(today, session, 24)
    actions.cancel(session_id=session.pk, reason="Paro", by=today.secretariat, now=today.now)
    assert rosa.post(at("blocks", session), sent(session)).context["form"].errors
    assert rosa.get(at("block_edit", session, block.pk)).context["fixed_because"]
    session.refresh_from_db()
    rosa.post(at("block_remove", session, block.pk), {"version": session.version})
    assert session.blocks.count() == 2
