"""The first item of the minutes says how many commitments were reviewed, and which, as each stood then."""

from datetime import timedelta

import pytest

from coordination.commitments.agenda.actions import referring
from coordination.commitments.agenda.actions import reviewing as acts
from coordination.commitments.models import Commitment, Review
from coordination.minutes import assembly
from coordination.minutes.models import Minutes
from coordination.sessions.models import AgendaItem, Session
from tests.cast import Cast, acting
from tests.commitments.agenda import commitment, mesa_below
from tests.minutes.recorded import drafted, recorded

pytestmark = pytest.mark.django_db


def reviewed(cast: Cast, **fields: object) -> Session:
    """A session that is over, with its generated item."""
    session = recorded(cast, **fields).session  # type: ignore[arg-type]
    if not AgendaItem.objects.filter(session=session, is_generated=True).exists():
        AgendaItem.objects.filter(session=session, order=1).update(is_generated=True)
    return session


def told(session: Session, language: str = "en") -> str:
    return "\n".join(row.body for row in assembly.sections(session, language=language))


def test_the_draft_keeps_the_review_and_tells_how_many_and_which(cast: Cast) -> None:
    session = reviewed(cast)
    assert session.starts_at and session.local_day
    silent = commitment(
        cast, due=session.local_day - timedelta(days=3), agreed_at=session.starts_at - timedelta(days=60)
    )
    acts.note_asked(
        session_id=session.pk, organization_id=cast.ngo.pk, commitment_ids=[silent.pk], at=session.starts_at - timedelta(days=5)
    )  # fmt: skip
    minutes: Minutes = drafted(cast, type("Found", (), {"session": session})(), language="es")
    assert Review.objects.get().was_silent
    item = minutes.sections.get(kind="item", item__is_generated=True, is_reserved=False)
    for words in (silent.code, silent.statement, "Fundación Puente Sur"):
        assert words in item.body
    Commitment.objects.update(due_on=session.local_day + timedelta(days=900))
    english = told(session)
    assert "The mesa reviewed the state of 1 commitment." in english
    assert "did not answer" in english
    assert "Overdue" in english


def test_a_closed_commitment_is_not_in_the_minutes_of_an_open_session(cast: Cast) -> None:
    session = reviewed(cast)
    assert session.starts_at and session.local_day
    secret = commitment(
        cast, is_casa_adentro=True, due=session.local_day, agreed_at=session.starts_at - timedelta(days=60)
    )
    acts.freeze(session_id=session.pk, now=cast.now)
    assert secret.statement not in told(session)
    assert not Review.objects.exists()


def test_what_another_mesa_brought_stands_in_it(cast: Cast) -> None:
    session = reviewed(cast)
    assert session.starts_at
    below, before = mesa_below(cast), session.starts_at - timedelta(days=4)
    made = referring.refer(
        origin_id=below.pk, target_id=cast.mesa.pk, title="Salud en los albergues", text="x", by=acting(below.vera), now=before  # type: ignore[attr-defined]
    )  # fmt: skip
    referring.receive(referral_id=made.pk, by=cast.secretariat, now=before)
    assert "Salud en los albergues" in told(session)
