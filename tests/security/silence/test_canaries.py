"""Words that stand only in what is casa adentro are looked for in every answer to everybody outside its circle.

A new route is in the crawl by its row in the matrix, a new field by being in a model.
"""

from collections.abc import Iterator
from copy import deepcopy
from email import message_from_bytes
from email.policy import default

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from coordination.activity.models import Activity
from coordination.notifications import letters, subjects
from coordination.notifications.kinds import KINDS
from coordination.notifications.models import Notification
from tests.keeping import kept
from tests.scale import WHOLE
from tests.security.silence.crawl import Address, addresses, ask
from tests.security.silence.planting import SEEN_BY_LOGISTICS, SHARED, SHEET
from tests.security.silence.world import ClosedWorld
from tests.security.test_matrix import ROWS

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
# Each is made once: all its tests run in one process. MINGA_TEST_SCALE=10 asks everybody in every world.
WORLDS = [
    pytest.param(name, marks=pytest.mark.xdist_group(f"silence {name}"))
    for name in ("whole, ahead", "whole, over", "part")[0 if WHOLE else 1 :]
]
ROLES = ["anonymous", "member", "secretariat", "administrator", "former"]
# Who sees most without being inside: asked in every world, every time.
OFTEN = ["member", "secretariat"]
if WHOLE:
    ROLES += ["stranger", "chair", "auditor", "colleague", "other secretariat"]


def closed_world(which: str) -> tuple[ClosedWorld, list[Address]]:
    """The matrix makes its objects while the session is still open; then it is closed, with all that hangs from it."""
    world = ClosedWorld()
    places = addresses(ROWS, world)
    if which == "part":
        world.close_part()
    else:
        world.close_whole(over=which.endswith("over"))
    return world, places


@pytest.fixture(scope="module", params=WORLDS)
def kept_closed(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[tuple[ClosedWorld, list[Address]]]:
    with kept(lambda: closed_world(request.param), django_db_blocker) as made:
        yield made


@pytest.fixture
def closed(kept_closed: tuple[ClosedWorld, list[Address]]) -> tuple[ClosedWorld, list[Address]]:
    return deepcopy(kept_closed)


def leaks(world: ClosedWorld, where: Address, answer: str) -> list[str]:
    known = SEEN_BY_LOGISTICS if where.by_link else set()
    told = SHEET if where.route in SHARED else ()
    found = [what for what in world.planted.in_(answer) if not what.startswith(told)]
    return [f"{where.route}: {what}" for what in found if what.split(" (")[0] not in known]


@pytest.mark.parametrize("role", ROLES)
def test_nobody_outside_reads_a_word(closed: tuple[ClosedWorld, list[Address]], role: str) -> None:
    world, places = closed
    if not WHOLE and role not in OFTEN and not world.session.is_casa_adentro:
        pytest.skip("asked where the whole session is closed; everywhere with MINGA_TEST_SCALE=10")
    client, found = world.outsiders[role], []
    for where in places:
        with transaction.atomic():
            found += leaks(world, where, ask(client, where))
            transaction.set_rollback(True)
    assert found == []


def test_the_circle_reads_them(closed: tuple[ClosedWorld, list[Address]]) -> None:
    """The control: who is inside finds the words, so that outside there is something to be found."""
    world, places = closed
    must, seen = {"AgendaItem.title_es", "Outcome.text"}, set()
    for client in world.insiders.values():
        for where in places:
            with transaction.atomic():
                seen |= {what.split(" (")[0] for what in world.planted.in_(ask(client, where))}
                transaction.set_rollback(True)
            if must <= seen and len(seen) >= 8 and not WHOLE:
                return
    assert must <= seen
    assert len(seen) >= 8, seen


def test_nothing_of_it_is_written_into_the_history(closed: tuple[ClosedWorld, list[Address]]) -> None:
    world, _places = closed
    told = " ".join(str(payload) for payload in Activity.objects.values_list("payload", flat=True))
    assert world.planted.in_(told) == []


def test_every_model_that_hangs_from_it_was_planted(closed: tuple[ClosedWorld, list[Address]]) -> None:
    """A model that cannot be made by itself would leave a hole in the proof without anybody noticing."""
    world, _places = closed
    assert world.planted.left_out == {}


def test_no_letter_tells_it(closed: tuple[ClosedWorld, list[Address]]) -> None:
    """Every kind of letter about every planted row, to whoever: mails are neutral, for mailboxes are shared."""
    world, _places = closed
    now, found, written = timezone.now(), [], 0
    by_name = {model.__name__.lower(): row for model, row in world.planted.rows.items()}
    for kind in KINDS.values():
        about = by_name.get(kind.subject_type)
        if about is None or about.pk is None:
            continue
        for who in (world.irma, world.luis):
            row = Notification(
                recipient=who, organization=world.inner, kind=kind.name, rung=1440, subject_type=kind.subject_type,
                subject_id=about.pk, root_type="session", root_id=world.session.pk, mesa_id=world.mesa.pk, version=1,
                due_at=now, not_after=now, next_try_at=now,
            )  # fmt: skip
            with transaction.atomic():
                row.save()
                subject = subjects.locked(row)
                letter = letters.write(row, subject, now).content if subject else b""
                transaction.set_rollback(True)
            written += bool(letter)
            text = message_from_bytes(letter, policy=default).as_string() + _parts(letter)
            found += [f"{kind.name} to {who}: {what}" for what in world.planted.in_(text)]
    assert found == []
    assert written >= 2


def _parts(letter: bytes) -> str:
    """Every part of a mail, out of its wrapping; calendar lines put together."""
    parts = message_from_bytes(letter, policy=default).walk()
    raw = b" ".join(part.get_payload(decode=True) or b"" for part in parts if not part.is_multipart())
    return raw.decode("utf-8", "replace").replace("\r\n ", "").replace("=\n", "")


def test_no_log_tells_it(
    closed: tuple[ClosedWorld, list[Address]],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Refusals, wrong addresses and what goes wrong are logged by route and id, never by word."""
    world, places = closed
    for client in (world.outsiders["secretariat"], world.insiders["irma"]):
        for where in places[::3]:
            with transaction.atomic():
                ask(client, where)
                transaction.set_rollback(True)
    out, err = capfd.readouterr()
    assert world.planted.in_(caplog.text + out + err) == []
