"""What robots are asked to leave alone: no link of a letter, no account and no file; the public pages are theirs."""

from urllib.robotparser import RobotFileParser

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = (
    "",
    "mesas/",
    "sesiones/",
    "compromisos/",
    "organizaciones/",
    "calendario/",
    "compromisos/hoja-de-ruta/",
)
CLOSED = (
    "compromisos/exportar/", "compromisos/exportar/excel/", "compromisos/informe/pdf/",
    "compromisos/hoja-de-ruta/archivo/pdf/", "cuenta/login/", "administracion/", "mi-trabajo/", "buscar/?q=salud",
)  # fmt: skip


def below(patterns: list[URLPattern | URLResolver], before: str = "") -> list[str]:
    found = []
    for pattern in patterns:
        path = before + str(pattern.pattern)
        found += below(pattern.url_patterns, path) if isinstance(pattern, URLResolver) else [path]
    return found


@pytest.mark.django_db
def test_robots_are_kept_from_links_accounts_and_files_and_from_nothing_public() -> None:
    answer = Client().get("/robots.txt")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain")
    assert "Disallow: /es/compromisos/?*\n" in answer.content.decode()
    rules = RobotFileParser()
    rules.parse(answer.content.decode().splitlines())
    for language in ("es", "en"):
        assert all(rules.can_fetch("*", f"/{language}/{path}") for path in PUBLIC)
        assert not any(rules.can_fetch("*", f"/{language}/{path}") for path in CLOSED)


@pytest.mark.django_db
def test_every_address_with_a_key_in_it_is_named() -> None:
    rules = RobotFileParser()
    rules.parse(Client().get("/robots.txt").content.decode().splitlines())
    keyed = [
        path for path in below(get_resolver().url_patterns) if "<str:token>" in path or "<str:code>" in path
    ]
    assert len(keyed) > 40
    # A calendar's address is asked for by calendars: it is no page, and nobody links to it.
    left = {path for path in keyed if rules.can_fetch("*", f"/{path}")}
    assert left <= {path for path in keyed if path.endswith("calendario/<str:token>.ics")}, left
