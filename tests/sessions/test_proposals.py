"""What members ask to deal with: accepted, joined, put off until the next session, or not taken up."""

from datetime import timedelta
from typing import Any

import pytest

from coordination.common.errors import StaleVersion
from coordination.sessions import actions
from coordination.sessions.actions import proposals as rules
from coordination.sessions.models import AgendaProposal, Session
from coordination.sessions.queries import agenda_with_times
from tests.cast import Cast
from tests.sessions.scheduling import after, convened, drafted, with_item


def proposed(cast: Cast, session: Session, title: str = "Agua segura", **fields: Any) -> AgendaProposal:
    given = {"organization_id": cast.ngo.pk, "by": cast.secretariat, "now": cast.now, "minutes": 15}
    return actions.propose(session_id=session.pk, title=title, **(given | fields))


def by(cast: Cast) -> dict[str, Any]:
    return {"by": cast.secretariat, "now": cast.now}


def test_a_proposal_that_is_accepted_becomes_the_last_item(cast: Cast) -> None:
    session = convened(cast)
    with_item(cast, session)
    proposal = proposed(cast, session)
    done = actions.accept_proposal(proposal_id=proposal.pk, version=1, kind="decision", **by(cast))
    item = session.agenda.last()
    assert item
    assert (item.title, item.kind, item.minutes, item.presenter) == (
        "Agua segura",
        "decision",
        15,
        cast.ngo.name,
    )
    assert (done.state, done.item, done.answered_at) == ("accepted", item, cast.now)
    with pytest.raises(rules.AlreadyAnswered):
        actions.accept_proposal(proposal_id=proposal.pk, version=2, kind="decision", **by(cast))
    with pytest.raises(rules.AlreadyAnswered):
        actions.withdraw_proposal(proposal_id=proposal.pk, **by(cast))


def test_a_proposal_joins_an_item_of_its_own_session_only(cast: Cast) -> None:
    session, other = convened(cast), drafted(cast, starts_at=cast.in_days(50))
    item, foreign = with_item(cast, session), with_item(cast, other)
    proposal = proposed(cast, session)
    for wrong in (None, foreign.pk):
        with pytest.raises(rules.ItemMissing):
            actions.merge_proposal(proposal_id=proposal.pk, version=1, item_id=wrong, **by(cast))
    assert (
        actions.merge_proposal(proposal_id=proposal.pk, version=1, item_id=item.pk, **by(cast)).item == item
    )


@pytest.mark.parametrize("declined", [True, False])
def test_who_puts_off_says_why(cast: Cast, declined: bool) -> None:
    session = convened(cast)
    proposal = proposed(cast, session)
    with pytest.raises(rules.ReasonMissing):
        actions.put_off_proposal(
            proposal_id=proposal.pk, version=1, answer="  ", declined=declined, **by(cast)
        )
    with pytest.raises(StaleVersion):
        actions.put_off_proposal(
            proposal_id=proposal.pk, version=7, answer="No cabe", declined=declined, **by(cast)
        )
    done = actions.put_off_proposal(
        proposal_id=proposal.pk, version=1, answer="No cabe", declined=declined, **by(cast)
    )
    assert (done.state, done.session) == (("declined", session) if declined else ("deferred", None))


def test_what_was_put_off_waits_in_the_next_session(cast: Cast) -> None:
    session = convened(cast)
    kept, left = proposed(cast, session), proposed(cast, session, "Otra cosa")
    for one in (kept, left):
        actions.put_off_proposal(proposal_id=one.pk, version=1, answer="La próxima vez", **by(cast))
    now = after(session)
    start = now + timedelta(days=40)
    made = actions.schedule_next(
        after_id=session.pk, proposal_ids=[kept.pk, 999_999], kind="ordinary", topic="", by=cast.secretariat, now=now,
        time_zone="America/Guayaquil", starts_at=start, ends_at=start + timedelta(hours=2), modality="in_person",
    )  # fmt: skip
    kept.refresh_from_db()
    left.refresh_from_db()
    assert (kept.state, kept.session, kept.answered_at, kept.answer) == (
        "pending",
        made,
        None,
        "La próxima vez",
    )
    assert (left.state, left.session) == ("deferred", None)
    taken = actions.take_up_proposal(proposal_id=left.pk, session_id=made.pk, by=cast.secretariat, now=now)
    assert taken.session == made
    with pytest.raises(rules.AlreadyAnswered):
        actions.take_up_proposal(proposal_id=left.pk, session_id=made.pk, by=cast.secretariat, now=now)


def test_proposing_ends_with_the_cut_off_the_beginning_and_the_tenth(cast: Cast) -> None:
    session = convened(cast)
    assert proposed(cast, session).pk == proposed(cast, session, " agua SEGURA ").pk, (
        "a double click is one proposal"
    )
    assert proposed(cast, session, organization_id=cast.university.pk).organization == cast.university
    for n in range(9):
        proposed(cast, session, f"Tema {n}")
    with pytest.raises(rules.TooManyProposals):
        proposed(cast, session, "Uno más")
    with pytest.raises(rules.ProposalTitleMissing):
        proposed(cast, session, "  ", organization_id=cast.university.pk)
    assert session.starts_at
    with pytest.raises(rules.ProposalsAreClosed):
        proposed(cast, session, "Tarde", now=session.starts_at)
    actions.set_cut_offs(
        session_id=session.pk,
        version=session.version,
        proposals_due_at=cast.in_days(2),
        papers_due_at=None,
        **by(cast),
    )
    with pytest.raises(rules.ProposalsAreClosed):
        proposed(cast, session, "Tarde", now=cast.in_days(2))


def test_a_closed_session_takes_no_proposals_for_they_outlive_it(cast: Cast) -> None:
    session = convened(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    with pytest.raises(rules.ProposalsAreClosed):
        proposed(cast, session)
    with pytest.raises(rules.ProposalsAreClosed):
        proposed(cast, drafted(cast, starts_at=cast.in_days(50)))


def test_what_was_put_off_never_enters_a_closed_session_or_another_mesa(cast: Cast) -> None:
    session, closed = convened(cast), drafted(cast, starts_at=cast.in_days(50))
    proposal = proposed(cast, session)
    actions.put_off_proposal(proposal_id=proposal.pk, version=1, answer="Después", **by(cast))
    Session.objects.filter(pk=closed.pk).update(is_casa_adentro=True)
    with pytest.raises(rules.AlreadyAnswered):
        actions.take_up_proposal(proposal_id=proposal.pk, session_id=closed.pk, **by(cast))
    assert actions.withdraw_proposal(proposal_id=proposal.pk, **by(cast)).state == "withdrawn"


def test_a_session_moved_forward_takes_its_cut_off_along(cast: Cast) -> None:
    session = convened(cast)
    actions.set_cut_offs(
        session_id=session.pk,
        version=session.version,
        proposals_due_at=cast.in_days(19),
        papers_due_at=None,
        **by(cast),
    )
    start = cast.in_days(10)
    Session.objects.filter(pk=session.pk).update(starts_at=start, ends_at=start + timedelta(hours=2))
    with pytest.raises(rules.ProposalsAreClosed):
        proposed(cast, session, now=start)


def test_an_item_that_begins_after_the_end_says_so(cast: Cast) -> None:
    session = convened(cast, hours=1)
    with_item(cast, session, "Uno", 40)
    with_item(cast, session, "Dos", 10)
    order = agenda_with_times(session)
    assert [timed.is_after_end for timed in order.items] == [False, False, True]
    assert order.over_run == 20
