"""Addresses that open Google's and Outlook's calendar, read back as those servers read them."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from coordination.sessions import actions
from coordination.sessions.calendar_links import LIMIT, calendar_links
from coordination.sessions.models import Session
from tests.cast import Cast
from tests.sessions.scheduling import convened

BACK = "https://minga.example/es/sesiones/x/"


def asked(session: Session, language: str = "es") -> tuple[dict[str, str], dict[str, str]]:
    links = calendar_links(session=session, url=BACK, language=language)
    assert links is not None
    for link in (links.google, links.outlook):
        assert "+" not in link  # Outlook shows it as a plus
        assert len(link) <= LIMIT
    return tuple(  # type: ignore[return-value]
        {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        for link in (links.google, links.outlook)
    )


def test_both_say_when_where_and_the_way_back(cast: Cast) -> None:
    session = convened(
        cast, topic="Niñez & refugio: 100 %", venue="Auditorio; piso 2", starts_at=datetime(2026, 6, 1, 14, tzinfo=UTC)
    )  # fmt: skip
    google, outlook = asked(session)
    assert google["action"] == "TEMPLATE"
    assert google["text"] == outlook["subject"] == session.title
    assert google["dates"] == "20260601T140000Z/20260601T170000Z"
    assert google["ctz"] == "America/Guayaquil"
    assert (outlook["startdt"], outlook["enddt"]) == ("2026-06-01T14:00:00Z", "2026-06-01T17:00:00Z")
    assert (outlook["path"], outlook["rru"]) == ("/calendar/action/compose", "addevent")
    assert google["location"] == outlook["location"] == "Auditorio; piso 2"
    assert google["details"] == f"Niñez & refugio: 100 %\n\n{BACK}"
    assert outlook["body"] == f"Niñez &amp; refugio: 100 %<br><br>{BACK}"


def test_the_link_to_join_stays_out(cast: Cast) -> None:
    session = convened(cast, modality="online", online_url="https://sala.example/secreta", venue="")
    google, outlook = asked(session)
    assert "sala.example" not in str(google) + str(outlook)
    assert google["location"] in ("En línea", "Online")


@pytest.mark.parametrize(
    "topic",
    ["ñ" * 500, "Rutas 🚌 y niñez, «acogida». " * 40, "palabra " * 400],
    ids=["one word", "emoji", "words"],
)
def test_what_is_long_is_cut_at_its_topic_and_keeps_the_way_back(cast: Cast, topic: str) -> None:
    session = convened(cast)
    session.topic = topic
    google, outlook = asked(session)
    assert google["details"].endswith(BACK) and outlook["body"].endswith(BACK)
    assert google["text"] == session.title


def test_even_a_hostile_title_and_place_fit(cast: Cast) -> None:
    session = convened(cast)
    session.mesa.name_es = "Mesa\r\nX-Evil: 1 " + "📣" * 190
    session.venue, session.address = "Sala " + "ñ" * 195, "Calle " + "🏠" * 190
    google, _outlook = asked(session)
    assert "\n" not in google["text"] and google["dates"]


def test_a_closed_a_cancelled_and_an_undated_session_have_none(cast: Cast) -> None:
    def none(session: Session) -> bool:
        return calendar_links(session=session, url=BACK, language="es") is None

    assert none(convened(cast, is_casa_adentro=True))
    cancelled = actions.cancel(
        session_id=convened(cast).pk, reason="Vía cerrada", by=cast.secretariat, now=cast.now
    )
    assert none(cancelled)
    assert none(Session(mesa=cast.mesa, provenance="historic"))


def test_a_day_without_hours_is_a_whole_day(cast: Cast) -> None:
    session = convened(cast, starts_at=datetime(2026, 6, 1, 14, tzinfo=UTC))
    session.has_hours = False
    google, outlook = asked(session)
    assert google["dates"] == "20260601/20260602"
    assert (outlook["startdt"], outlook["allday"]) == ("2026-06-01", "true")


def test_each_language_names_the_session_in_its_own(cast: Cast, settings: Any) -> None:
    session = convened(cast)
    assert asked(session, "es")[0]["text"].startswith("I sesión")
    assert asked(session, "en")[0]["text"].startswith("I session")
