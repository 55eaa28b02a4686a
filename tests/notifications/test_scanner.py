"""Mail scanners open every link of every letter, twice, first with HEAD: nothing happens."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client

from coordination.notifications.kinds import KINDS
from tests.notifications.conftest import World
from tests.notifications.test_letters import written

pytestmark = pytest.mark.django_db
# What a browser's visit leaves and no letter is about.
OF_THE_VISIT = {"sessions.Session"}


def everything() -> dict[str, list[Any]]:
    """Every row of every table."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label not in OF_THE_VISIT
    }


def links_of(message: Any) -> set[str]:
    """What a scanner finds: in both bodies, and in the header that mail programs make a button of."""
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    found = {unescape(link) for link in re.findall(r'(?:href|src|action)="([^"]+)"', html)}
    found |= set(re.findall(r"https?://[^\s<>]+", text))
    found |= set(re.findall(r"<([^>]+)>", message.get("List-Unsubscribe", "")))
    return {link for link in found if link.startswith(settings.BASE_URL)}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_opening_every_link_of_a_letter_changes_nothing(kind: str, world: World) -> None:
    _row, message = written(kind, "es", world)
    links = links_of(message)
    assert links
    before = everything()
    for link in sorted(links):
        parts = urlsplit(link)
        for ask in (Client().head, Client().get):
            answer = ask(f"{parts.path}?{parts.query}" if parts.query else parts.path, follow=True)
            assert answer.status_code < 500, link
    after = everything()
    assert {name for name in before if before[name] != after[name]} == set()
