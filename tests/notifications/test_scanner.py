"""Mail scanners open every link of every letter, twice, first with HEAD: nothing happens."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from coordination.notifications.kinds import KINDS
from tests.notifications.conftest import World
from tests.notifications.test_letters import written

pytestmark = pytest.mark.django_db
# What a browser's visit leaves and no letter is about.
OF_THE_VISIT = "django_session"


def writes() -> dict[str, int]:
    """How many rows of each table this transaction has written, counted by PostgreSQL; one put back counts too."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE relname <> %s",
            [OF_THE_VISIT],
        )
        return dict(cursor.fetchall())


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
    before = writes()
    for link in sorted(links):
        parts = urlsplit(link)
        for ask in (Client().head, Client().get):
            answer = ask(f"{parts.path}?{parts.query}" if parts.query else parts.path, follow=True)
            assert answer.status_code < 500, link
    after = writes()
    assert {name for name in after if after[name] != before.get(name, 0)} == set()


def test_the_count_of_writes_sees_one(world: World) -> None:
    """The control: without it the test above would pass whatever a link does."""
    before = writes()
    type(world.session).objects.filter(pk=world.session.pk).update(venue="Otra sala")
    after = writes()
    assert {name for name in after if after[name] != before.get(name, 0)} == {"mesa_sessions_session"}
