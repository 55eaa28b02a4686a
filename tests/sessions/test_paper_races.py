"""Papers and proposals at the same instant, on committed rows; each with a control that fails without its lock."""

import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError
from django.db.models.query import QuerySet

from coordination.common.errors import StaleVersion
from coordination.files.models import StoredFile
from coordination.sessions import actions
from coordination.sessions.actions import papers as rules
from coordination.sessions.actions.proposals import AlreadyAnswered
from coordination.sessions.models import AgendaProposal, PaperReceipt
from tests.cast import Cast
from tests.files.samples import PDF, upload
from tests.sessions.scheduling import convened
from tests.sessions.test_papers import handed
from tests.sessions.test_races import at_once

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def slow_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Widens the gap between reading the newest number and writing the next."""
    keep = rules.files.keep

    def slowly(**given: Any) -> StoredFile:
        time.sleep(0.3)
        return keep(**given)

    monkeypatch.setattr(rules.files, "keep", slowly)


@pytest.fixture
def slow_receipts(monkeypatch: pytest.MonkeyPatch) -> None:
    create = QuerySet.bulk_create

    def slowly(self: Any, rows: Any, *args: Any, **options: Any) -> Any:
        if self.model is PaperReceipt:
            time.sleep(0.3)
        return create(self, rows, *args, **options)

    monkeypatch.setattr(QuerySet, "bulk_create", slowly)


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_options: self.all())


def two_versions(cast: Cast) -> tuple[Any, list[Any]]:
    paper = handed(cast, convened(cast))

    def add(name: str) -> Any:
        return actions.add_version(
            paper_id=paper.pk, after=1, upload=upload(name, PDF), by=cast.secretariat, now=cast.now
        )

    return paper, at_once(lambda: add("a.pdf"), lambda: add("b.pdf"))


def test_of_two_new_versions_one_is_told_and_leaves_no_file(cast: Cast, slow_files: None) -> None:
    paper, made = two_versions(cast)
    assert sorted(isinstance(one, StaleVersion) for one in made) == [False, True]
    assert list(paper.versions.values_list("number", flat=True)) == [1, 2]
    named = set(StoredFile.objects.values_list("content", flat=True))
    root = Path(settings.MEDIA_ROOT)
    assert len(named) == 2 and all((root / name).is_file() for name in named)


def test_without_the_sessions_lock_two_versions_would_take_one_number(
    cast: Cast, slow_files: None, unlocked: None
) -> None:
    _paper, made = two_versions(cast)
    assert any(isinstance(one, IntegrityError) for one in made)


def taken_twice(cast: Cast) -> list[Any]:
    version = handed(cast, convened(cast)).versions.get()
    take = lambda: actions.take_version(  # noqa: E731
        version_id=version.pk, organization_ids=[cast.ngo.pk], by=cast.secretariat, now=cast.now
    )
    return at_once(take, take)


def test_two_presses_leave_one_receipt(cast: Cast, slow_receipts: None) -> None:
    made = taken_twice(cast)
    assert not [one for one in made if isinstance(one, Exception)]
    assert PaperReceipt.objects.count() == 1


def test_without_the_versions_lock_the_second_press_would_fail(
    cast: Cast, slow_receipts: None, unlocked: None
) -> None:
    assert any(isinstance(one, IntegrityError) for one in taken_twice(cast))


@pytest.fixture
def slow_proposals(monkeypatch: pytest.MonkeyPatch) -> None:
    create = QuerySet.create

    def slowly(self: Any, **fields: Any) -> Any:
        if self.model is AgendaProposal:
            time.sleep(0.3)
        return create(self, **fields)

    monkeypatch.setattr(QuerySet, "create", slowly)


def sent_thrice(cast: Cast) -> int:
    session = convened(cast)
    send = lambda: actions.propose(  # noqa: E731
        session_id=session.pk,
        organization_id=cast.ngo.pk,
        title="Agua segura",
        by=cast.secretariat,
        now=cast.now,
    )
    at_once(send, send, send)
    return AgendaProposal.objects.count()


def test_a_proposal_sent_thrice_is_one(cast: Cast, slow_proposals: None) -> None:
    assert sent_thrice(cast) == 1


def test_without_the_sessions_lock_a_proposal_sent_thrice_would_be_more(
    cast: Cast, slow_proposals: None, unlocked: None
) -> None:
    assert sent_thrice(cast) > 1


def test_a_proposal_is_answered_once(cast: Cast) -> None:
    session = convened(cast)
    given: dict[str, Any] = {"by": cast.secretariat, "now": cast.now}
    proposal = actions.propose(
        session_id=session.pk, organization_id=cast.ngo.pk, title="Agua segura", **given
    )
    made = at_once(
        lambda: actions.accept_proposal(proposal_id=proposal.pk, version=1, kind="decision", **given),
        lambda: actions.withdraw_proposal(proposal_id=proposal.pk, **given),
        lambda: actions.put_off_proposal(proposal_id=proposal.pk, version=1, answer="Después", **given),
    )
    won = [one for one in made if not isinstance(one, Exception)]
    proposal.refresh_from_db()
    assert all(isinstance(one, AlreadyAnswered) for one in made if isinstance(one, Exception))
    on_agenda = session.agenda.filter(title_es="Agua segura").count()
    assert on_agenda == (1 if proposal.state == "accepted" else 0)
    # What was put off waits, and may still be withdrawn.
    assert len(won) == 1 or {one.state for one in won} == {"deferred", "withdrawn"}
