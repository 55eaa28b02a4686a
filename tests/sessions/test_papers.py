"""Papers before a session: versions stay, cut-offs hold, and who has which text is known."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.actor import ANONYMOUS, Actor
from coordination.activity.models import Activity
from coordination.common.errors import DomainError, StaleVersion
from coordination.files.actions import WrongFile
from coordination.files.models import StoredFile
from coordination.sessions import actions
from coordination.sessions.actions import agenda
from coordination.sessions.actions import papers as rules
from coordination.sessions.models import CircleMember, Paper, Session
from coordination.sessions.paper_queries import papers_by_item
from coordination.sessions.permissions import can_hand_in, can_read_papers, papers_shown
from tests.cast import Cast, acting
from tests.files.samples import PDF, upload
from tests.sessions.scheduling import convened, with_item


def handed(cast: Cast, session: Session, title: str = "Informe", **fields: Any) -> Paper:
    given = {"upload": upload("Informe.pdf", PDF), "by": cast.secretariat, "now": cast.now}
    return actions.add_paper(session_id=session.pk, title=title, **(given | fields))


def test_versions_are_numbered_and_stay(cast: Cast) -> None:
    session = convened(cast)
    item = with_item(cast, session)
    paper = handed(cast, session, item_id=item.pk)
    second = actions.add_version(
        paper_id=paper.pk,
        after=1,
        upload=upload("b.pdf", PDF),
        note="Con cifras",
        by=cast.secretariat,
        now=cast.now,
    )
    assert second.number == 2
    with pytest.raises(StaleVersion):
        actions.add_version(
            paper_id=paper.pk, after=1, upload=upload("c.pdf", PDF), by=cast.secretariat, now=cast.now
        )
    (group,) = papers_by_item(session.papers.all(), session)
    (row,) = group.rows
    assert group.item == item
    assert (row.latest.number, [one.number for one in row.earlier]) == (2, [1])
    kinds = list(Activity.objects.about("session", session.pk).values_list("kind", flat=True))[:2]
    assert kinds == ["session.paper_version_added", "session.paper_added"]


def test_a_wrong_file_leaves_no_paper(cast: Cast) -> None:
    session = convened(cast)
    with pytest.raises(WrongFile):
        handed(cast, session, upload=upload("acta.pdf", b"<html>"))
    assert not Paper.objects.exists() and not StoredFile.objects.exists()


def test_members_hand_in_until_the_cut_off_and_the_secretariat_after_it(cast: Cast) -> None:
    session = convened(cast)
    due = cast.in_days(10)
    actions.set_cut_offs(
        session_id=session.pk, version=session.version, proposals_due_at=None, papers_due_at=due,
        by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    session.refresh_from_db()
    before, after = due - timedelta(seconds=1), due
    assert handed(cast, session, organization_id=cast.ngo.pk, now=before)
    with pytest.raises(rules.CutOffHasPassed):
        handed(cast, session, organization_id=cast.ngo.pk, now=after)
    late = handed(cast, session, title="Tarde", now=after + timedelta(hours=1))
    rows = {
        row.paper.title: row for group in papers_by_item(session.papers.all(), session) for row in group.rows
    }
    assert rows[late.title].latest.is_late and not rows["Informe"].latest.is_late


def test_a_cut_off_after_the_beginning_or_from_a_stale_page_is_refused(cast: Cast) -> None:
    session = convened(cast)
    given: dict[str, Any] = {
        "session_id": session.pk,
        "proposals_due_at": None,
        "by": cast.secretariat,
        "now": cast.now,
    }
    with pytest.raises(agenda.CutOffTooLate):
        actions.set_cut_offs(version=session.version, papers_due_at=session.ends_at, **given)
    with pytest.raises(StaleVersion):
        actions.set_cut_offs(version=session.version - 1, papers_due_at=None, **given)


def test_a_complete_record_keeps_its_papers(cast: Cast) -> None:
    session = convened(cast)
    paper = handed(cast, session)
    Session.objects.filter(pk=session.pk).update(closed_at=cast.now)
    given: dict[str, Any] = {"by": cast.secretariat, "now": cast.now}
    for act in (
        lambda: handed(cast, session),
        lambda: actions.add_version(paper_id=paper.pk, after=1, upload=upload("b.pdf", PDF), **given),
        lambda: actions.edit_paper(paper_id=paper.pk, title="x", item_id=None, is_public=True, **given),
        lambda: actions.withdraw_paper(paper_id=paper.pk, **given),
    ):
        with pytest.raises(rules.PapersAreClosed):
            act()


def test_a_withdrawn_paper_is_found_by_nobody_and_comes_back(cast: Cast) -> None:
    session = convened(cast)
    paper = handed(cast, session)
    actions.withdraw_paper(paper_id=paper.pk, by=cast.secretariat, now=cast.now)
    assert not papers_shown(cast.secretariat, session)
    with pytest.raises(rules.PaperIsGone):
        actions.add_version(
            paper_id=paper.pk, after=1, upload=upload("b.pdf", PDF), by=cast.secretariat, now=cast.now
        )
    actions.withdraw_paper(paper_id=paper.pk, back=True, by=cast.secretariat, now=cast.now)
    assert papers_shown(cast.secretariat, session)


def test_the_first_taking_counts_once_an_organization(cast: Cast) -> None:
    session = convened(cast)
    version = handed(cast, session).versions.get()
    later = cast.now + timedelta(hours=2)
    for now in (cast.now, later):
        actions.take_version(
            version_id=version.pk, organization_ids=[cast.ngo.pk, cast.ngo.pk], by=ANONYMOUS, now=now
        )
    receipt = version.receipts.get()
    assert (receipt.organization, receipt.read_at) == (cast.ngo, cast.now)
    assert Activity.objects.filter(kind="session.paper_taken").count() == 1


def test_who_may_read_and_what_is_listed_agree(cast: Cast) -> None:
    session = convened(cast)
    handed(cast, session, title="Reservado")
    handed(cast, session, title="Público", is_public=True)
    for who, reads in (
        (cast.rosa, True), (cast.tomas, True), (cast.luis, True), (cast.olga, True), (cast.elena, False), (cast.ana, False),
    ):  # fmt: skip
        actor = acting(who)
        assert can_read_papers(actor, session) is reads, who
        assert papers_shown(actor, session).count() == (2 if reads else 1), who
    assert papers_shown(ANONYMOUS, session).count() == 1


def test_papers_of_a_closed_session_show_to_the_circle_of_the_record_alone(cast: Cast) -> None:
    session = convened(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session.refresh_from_db()
    for person, level in ((cast.luis, "logistics"), (cast.elena, "record"), (cast.rosa, "record")):
        CircleMember.objects.create(session=session, person=person, level=level, since=cast.now)
    with pytest.raises(rules.ClosedPapersStayInside):
        handed(cast, session, is_public=True)
    assert handed(cast, session).versions.get().file.is_restricted
    Paper.objects.update(is_public=True)  # even then
    seen = {
        who.name: papers_shown(acting(who), session).count()
        for who in (cast.rosa, cast.tomas, cast.luis, cast.elena, cast.olga, cast.ana)
    }
    assert [name for name, count in seen.items() if count] == ["Rosa Tandazo", "Elena Mora"]
    assert not can_hand_in(acting(cast.luis), session)
    assert papers_shown(ANONYMOUS, session).count() == 0


def test_who_presents_an_item_may_hand_in_its_papers(cast: Cast) -> None:
    session = convened(cast)
    item = with_item(cast, session)
    luis = acting(cast.luis)
    assert not can_hand_in(luis, session)
    actions.edit_item(
        item_id=item.pk, version=item.version, kind=item.kind, title=item.title,
        presenter_post_id=cast.luis.tenures.get().post_id, by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    item.refresh_from_db()
    assert item.presenter == "Luis Aguirre, Punto focal, Universidad del Páramo"
    assert can_hand_in(luis, session)
    cast.luis.tenures.update(person=cast.elena)
    item.refresh_from_db()
    assert item.presenter.startswith("Luis Aguirre"), "the words stay when the person leaves"


def test_an_item_is_placed_before_another_or_at_the_end(cast: Cast) -> None:
    session = convened(cast)
    one, two, three = (with_item(cast, session, title) for title in ("Uno", "Dos", "Tres"))
    given: dict[str, Any] = {"by": cast.secretariat, "now": cast.now}

    def titles() -> list[str]:
        orders = list(session.agenda.values_list("order", flat=True))
        assert orders == sorted(set(orders))
        return list(session.agenda.values_list("title_es", flat=True))[1:]

    actions.place_item(item_id=three.pk, before_id=one.pk, **given)
    assert titles() == ["Tres", "Uno", "Dos"]
    actions.place_item(item_id=three.pk, before_id=None, **given)
    assert titles() == ["Uno", "Dos", "Tres"]
    before = Activity.objects.count()
    actions.place_item(item_id=two.pk, before_id=three.pk, **given)
    actions.place_item(item_id=two.pk, before_id=two.pk, **given)
    assert (titles(), Activity.objects.count()) == (["Uno", "Dos", "Tres"], before)
    with pytest.raises(agenda.GeneratedItem):
        actions.place_item(item_id=session.agenda.get(is_generated=True).pk, before_id=None, **given)


def test_too_many_papers_are_refused(cast: Cast) -> None:
    session = convened(cast)
    Paper.objects.bulk_create(Paper(session=session, title=str(n)) for n in range(rules.MOST_PAPERS))
    with pytest.raises(DomainError):
        handed(cast, session)


def test_nobody_reads_by_having_no_person(cast: Cast) -> None:
    session = convened(cast)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    session.refresh_from_db()
    assert not can_read_papers(Actor(organization_ids=(cast.ministry.pk,)), session)
