"""The first item builds itself: what comes up and why, who was asked and was silent, what is kept of it."""

import re
from collections.abc import Callable
from copy import copy
from datetime import date, timedelta
from io import BytesIO
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader

from accounts.actor import ANONYMOUS
from coordination.activity.models import Activity
from coordination.commitments.agenda import paper as review_paper
from coordination.commitments.agenda import reviewing
from coordination.commitments.agenda.actions import raising
from coordination.commitments.agenda.actions import reviewing as acts
from coordination.commitments.agenda.reviewing import Reason
from coordination.commitments.models import AgendaRequest, Commitment, ExtensionRequest, Review, Verification
from coordination.commitments.row import NotOpen
from coordination.sessions.models import CircleMember, Session
from tests.cast import NOW, Cast, acting, person
from tests.commitments.agenda import DAY, NUMBERS, STARTS, commitment, met_before, reports, session_ahead

pytestmark = pytest.mark.django_db
STATE = Commitment.State


def found(session: Session, now: object = NOW, actor: object = None) -> dict[str, set[int]]:
    """Commitments by reason."""
    made = reviewing.content(session, actor=actor, now=now)  # type: ignore[arg-type]
    return {group.code: {line.commitment.pk for line in group.lines} for group in made.groups}


def test_each_commitment_comes_up_once_for_its_first_reason(cast: Cast) -> None:
    session, today = session_ahead(cast), NOW.date()
    met_before(cast)
    late = commitment(cast, due=today - timedelta(days=3))
    gone = commitment(cast, due=today - timedelta(days=60))
    soon = commitment(cast, due=DAY)
    commitment(cast, due=DAY + timedelta(days=1))
    disputed = commitment(cast, due=today + timedelta(days=90), state=STATE.DISPUTED)
    asked = commitment(cast, due=today + timedelta(days=90))
    raising.ask(commitment_id=asked.pk, organization_id=cast.university.pk, reason="Cambió la norma", by=ANONYMOUS, now=NOW)  # fmt: skip
    longer = commitment(cast, due=today + timedelta(days=80))
    ExtensionRequest.objects.create(
        commitment=longer,
        organization=cast.ngo,
        asked_until=DAY + timedelta(days=200),
        reason="Lluvias",
        asked_at=NOW,
    )
    waits = commitment(cast, due=today - timedelta(days=30), state=STATE.REPORTED)
    reports(cast, waits, NOW - timedelta(days=20), asks_verification=True)
    fresh = commitment(cast, due=today - timedelta(days=30), state=STATE.REPORTED)
    reports(cast, fresh, NOW - timedelta(days=2), asks_verification=True)
    lacking = commitment(cast, due=None, original_due_on=None, exempt_until=DAY + timedelta(days=30))
    done = commitment(cast, state=STATE.MET, settled_at=NOW - timedelta(days=4), settled_by=cast.university)
    commitment(cast, state=STATE.MET, settled_at=NOW - timedelta(days=40), settled_by=cast.university)
    commitment(cast, session=session, due=today - timedelta(days=3))
    assert found(session) == {
        "escalated": {gone.pk}, "overdue": {late.pk}, "disputed": {disputed.pk}, "raised": {asked.pk},
        "extension": {longer.pk}, "waiting": {waits.pk}, "incomplete": {lacking.pk}, "due": {soon.pk},
        "verified": {done.pk},
    }  # fmt: skip
    assert list(found(session)) == [reason.value for reason in Reason]


def test_the_day_decides_between_due_overdue_and_escalated(cast: Cast) -> None:
    """Whatever its day, an open commitment comes up for exactly one of the three, or not at all."""
    session, today = session_ahead(cast), NOW.date()
    made = {offset: commitment(cast, due=today + timedelta(days=offset)).pk for offset in range(-14, 14)}
    rows = found(session)
    for offset, pk in made.items():
        reasons = [code for code, ids in rows.items() if pk in ids]
        expected = (
            ["escalated"] if offset < -10 else ["overdue"] if offset < 0 else ["due"] if offset <= 10 else []
        )
        assert reasons == expected, offset


def test_silence_is_the_time_between_the_question_and_the_start(cast: Cast) -> None:
    session = session_ahead(cast)
    silent, told, later = commitment(cast), commitment(cast), commitment(cast)
    unasked = commitment(cast)
    asked_at = NOW + timedelta(days=3)
    pks = [one.pk for one in (silent, told, later)]
    acts.note_asked(session_id=session.pk, organization_id=cast.ngo.pk, commitment_ids=pks, at=asked_at)
    assert not acts.note_asked(
        session_id=session.pk, organization_id=cast.ngo.pk, commitment_ids=pks, at=asked_at
    )
    reports(cast, silent, asked_at - timedelta(hours=1))
    reports(cast, told, asked_at + timedelta(hours=1), has_news=False, text="")
    reports(cast, later, STARTS + timedelta(minutes=5))
    during = STARTS + timedelta(hours=1)
    lines = {line.commitment.pk: line for line in reviewing.content(session, actor=None, now=during).lines}
    assert {pk for pk, line in lines.items() if line.was_silent} == {silent.pk, later.pk}
    assert not lines[unasked.pk].was_asked
    with translation.override("en"):
        assert review_paper.silent_words(lines[silent.pk], begun=True) == "Did not answer"
        assert review_paper.report_words(lines[told.pk], "America/Guayaquil").startswith("no news, ")


def test_the_clock_keeps_how_each_stood_and_only_once(cast: Cast) -> None:
    session = session_ahead(cast)
    made, ticked = commitment(cast), commitment(cast)
    during, after = STARTS + timedelta(hours=1), STARTS + timedelta(hours=4)
    assert acts.freeze(session_id=session.pk, now=during) == 0
    acts.tick(session_id=session.pk, commitment_id=ticked.pk, by=cast.secretariat, now=during)
    assert list(reviewing.freezable(after)) == [session]
    assert acts.freeze(session_id=session.pk, now=after) == 2
    assert acts.freeze(session_id=session.pk, now=after + timedelta(minutes=1)) == 0
    assert not reviewing.freezable(after).exists()
    Commitment.objects.filter(pk=made.pk).update(due_on=date(2027, 1, 1), progress=90)
    kept = Review.objects.get(commitment=made)
    assert (kept.state, kept.light, kept.due_on, kept.progress, kept.reason) == (
        "agreed",
        "red",
        made.due_on,
        0,
        "escalated",
    )
    content = reviewing.content(session, actor=None, now=after + timedelta(days=30))
    assert content.is_kept and content.ticked == 1
    assert {line.due_on for line in content.lines} == {made.due_on}
    with pytest.raises(acts.AlreadyKept):
        acts.untick(session_id=session.pk, commitment_id=ticked.pk, by=cast.secretariat, now=after)


def test_a_session_that_failed_reviewed_nothing(cast: Cast) -> None:
    session = session_ahead(cast, state=Session.State.FAILED, closed_at=STARTS + timedelta(hours=5))
    made = commitment(cast)
    request = AgendaRequest.objects.create(commitment=made, organization=cast.ngo, reason="x", asked_at=NOW)
    after = STARTS + timedelta(hours=6)
    assert acts.freeze(session_id=session.pk, now=after) == 0
    assert acts.settle(session_id=session.pk, now=after) == 0
    request.refresh_from_db()
    assert request.closed_at is None


def test_a_request_is_done_once_the_session_is_closed_as_held(cast: Cast) -> None:
    session, made = session_ahead(cast), commitment(cast)
    before = AgendaRequest.objects.create(commitment=made, organization=cast.ngo, reason="x", asked_at=NOW)
    later = AgendaRequest.objects.create(
        commitment=made, organization=cast.university, reason="y", asked_at=STARTS + timedelta(hours=5)
    )
    after = STARTS + timedelta(hours=4)
    acts.freeze(session_id=session.pk, now=after)
    assert not reviewing.settleable(after).exists()
    Session.objects.filter(pk=session.pk).update(state="held", closed_at=after + timedelta(hours=3))
    closed = after + timedelta(hours=4)
    assert list(reviewing.settleable(closed)) == [session]
    assert acts.settle(session_id=session.pk, now=closed) == 1
    before.refresh_from_db()
    later.refresh_from_db()
    assert (before.session, before.closed_at) == (session, closed)
    assert later.closed_at is None
    assert acts.settle(session_id=session.pk, now=closed) == 0


def test_who_helps_with_something_closed_reaches_it_from_inside_its_circle(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    """Its page, its inbox and the question for the agenda; a colleague outside the circle, nothing of it."""
    born, colleague = met_before(cast, is_casa_adentro=True), person("Otra Mora", at=cast.outsider, user=True)
    secret = commitment(cast, session=born, is_casa_adentro=True, due=date(2027, 1, 1))
    secret.co_responsible.add(cast.outsider)
    CircleMember.objects.create(session=born, person=cast.elena, level="record", since=NOW)
    inbox = reverse("commitments:inbox")
    asks = reverse("commitments:ask_agenda", args=[secret.public_id])
    for who, status in ((cast.elena, 200), (colleague, 404)):
        client = sign_in(who)
        assert client.get(secret.get_absolute_url()).status_code == status
        assert client.get(asks).status_code == status
        assert (secret.code in client.get(inbox).content.decode()) == (status == 200)


def held(session: Session) -> None:
    """As the clock and the secretariat leave it: reviewed, closed as held, settled."""
    assert session.ends_at is not None
    acts.freeze(session_id=session.pk, now=session.ends_at)
    closed_at = session.ends_at + timedelta(hours=1)
    Session.objects.filter(pk=session.pk).update(state=Session.State.HELD, closed_at=closed_at)
    for one in reviewing.settleable(closed_at):
        acts.settle(session_id=one.pk, now=closed_at)


def test_outside_the_circle_a_request_that_a_closed_session_went_through_is_as_it_was(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    """Canaries first, then the two worlds: no page, no answer and no mail tells that something met in between."""
    made, now = commitment(cast, due=date(2027, 1, 1)), timezone.now()
    raising.ask(commitment_id=made.pk, organization_id=cast.ngo.pk, reason="Cambió la norma", by=ANONYMOUS, now=now - timedelta(days=9))  # fmt: skip
    raising.ask(commitment_id=made.pk, organization_id=cast.university.pk, reason="Hay otro dato", by=ANONYMOUS, now=now - timedelta(days=9))  # fmt: skip
    ahead = session_ahead(cast, starts=now + timedelta(days=9))
    link = reverse("commitments:ask_agenda_by_link", args=[made.token(Commitment.REPORT_LINK)])
    places = [
        (client, url)
        for client in (
            Client(),
            sign_in(cast.luis),
            sign_in(cast.tomas),
            sign_in(cast.ana),
            sign_in(cast.olga),
        )
        for url in (
            made.get_absolute_url(),
            reverse("commitments:review", args=[ahead.public_id]),
            reverse("commitments:ask_agenda", args=[made.public_id]),
            link,
        )
    ]

    def told() -> list[tuple[int, str]]:
        pages = [client.get(url) for client, url in places]
        return [(page.status_code, re.sub(r'value="[\w-]{64}"', "", page.content.decode())) for page in pages]

    before, mails = told(), Activity.objects.count()
    closed = session_ahead(cast, number=6, is_casa_adentro=True, starts=now - timedelta(days=3))
    Session.objects.filter(pk=closed.pk).update(topic_es="zq1xk", venue="zq1xk")
    CircleMember.objects.create(session=closed, person=cast.rosa, level="record", since=NOW)
    held(closed)
    assert Review.objects.filter(session=closed, commitment=made, reason="raised").exists()
    after = told()
    assert str(closed.public_id) in sign_in(cast.rosa).get(made.get_absolute_url()).content.decode()
    assert not any("zq1xk" in text or str(closed.public_id) in text for _status, text in after)
    assert after == before
    assert Activity.objects.count() == mails + 1, "that it was reviewed, which its circle alone reads"
    with pytest.raises(raising.AlreadyAsked):
        raising.ask(commitment_id=made.pk, organization_id=cast.ngo.pk, reason="x", by=ANONYMOUS, now=now)
    request = AgendaRequest.objects.get(organization=cast.university)
    assert sign_in(cast.luis).post(reverse("commitments:take_back_agenda", args=[request.public_id])).status_code == 302  # fmt: skip
    held(session_ahead(cast, number=7, starts=now - timedelta(days=1)))
    assert AgendaRequest.objects.get(organization=cast.ngo).session.number == 7  # type: ignore[union-attr]


def test_what_is_asked_about_something_closed_ends_where_its_whole_circle_knows(cast: Cast) -> None:
    born = met_before(cast, is_casa_adentro=True)
    secret = commitment(cast, session=born, is_casa_adentro=True)
    request = AgendaRequest.objects.create(commitment=secret, organization=cast.ngo, reason="x", asked_at=NOW)
    smaller, whole = (
        session_ahead(cast, number=number, is_casa_adentro=True, starts=STARTS + timedelta(days=number))
        for number in (6, 7)
    )
    for where, who in ((born, cast.rosa), (born, cast.luis), (smaller, cast.rosa), (whole, cast.rosa), (whole, cast.luis)):  # fmt: skip
        CircleMember.objects.create(session=where, person=who, level="record", since=NOW)
    held(smaller)
    request.refresh_from_db()
    assert request.closed_at is None
    assert Review.objects.get(session=smaller).commitment == secret
    held(whole)
    request.refresh_from_db()
    assert request.session == whole


def test_an_organization_asks_once_and_takes_it_back(cast: Cast) -> None:
    made = commitment(cast, due=date(2027, 1, 1))
    ask = {"commitment_id": made.pk, "organization_id": cast.university.pk, "by": ANONYMOUS, "now": NOW}
    request = raising.ask(reason=" Cambió la norma ", **ask)
    assert request.reason == "Cambió la norma"
    with pytest.raises(raising.AlreadyAsked):
        raising.ask(reason="otra vez", **ask)
    raising.take_back(request_id=request.pk, by=ANONYMOUS, now=NOW)
    with pytest.raises(raising.AlreadyDone):
        raising.take_back(request_id=request.pk, by=ANONYMOUS, now=NOW)
    assert found(session_ahead(cast)) == {}
    settled = commitment(cast, state=STATE.MET, settled_at=NOW, settled_by=cast.university)
    with pytest.raises(NotOpen):
        raising.ask(reason="x", **ask | {"commitment_id": settled.pk})


def test_who_may_ask_is_who_answers_verifies_or_sits_there(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    made = commitment(cast, due=date(2027, 1, 1))
    url = reverse("commitments:ask_agenda", args=[made.public_id])
    assert sign_in(cast.elena).get(url).status_code == 403
    assert sign_in(cast.rosa).post(url, {"reason": "x"}).status_code == 302  # the ministry has a seat
    page = sign_in(cast.luis).post(url, {"reason": "Nadie ha comenzado"}, follow=True)
    assert page.status_code == 200
    assert {one.organization for one in AgendaRequest.objects.all()} == {cast.ministry, cast.university}
    link = reverse("commitments:ask_agenda_by_link", args=[made.token(Commitment.REPORT_LINK)])
    assert Client().post(link, {"reason": "Pedimos tratarlo"}).status_code == 302
    mine = AgendaRequest.objects.get(organization=cast.ngo)
    assert mine.reason in Client().get(link).content.decode()
    back = reverse("commitments:take_back_agenda", args=[mine.public_id])
    assert sign_in(cast.luis).post(back).status_code == 403
    assert Client().post(reverse("commitments:take_back_agenda_by_link", args=[made.token(Commitment.REPORT_LINK)])).status_code == 302  # fmt: skip
    mine.refresh_from_db()
    assert mine.closed_at is not None


def test_closed_commitments_come_up_only_where_everybody_knows_of_them(cast: Cast) -> None:
    """An open session never names them; a closed one only those that its whole circle already knows."""
    born = met_before(cast, is_casa_adentro=True)
    secret = commitment(cast, session=born, is_casa_adentro=True)
    open_one = commitment(cast)
    session = session_ahead(cast)
    closed = session_ahead(cast, number=6, is_casa_adentro=True)
    for where, who in ((born, cast.rosa), (born, cast.luis), (closed, cast.rosa)):
        CircleMember.objects.create(session=where, person=who, level="record", since=NOW)
    rosa = acting(cast.rosa)
    assert found(session, actor=rosa) == {"escalated": {open_one.pk}}
    assert found(closed, actor=rosa) == {"escalated": {open_one.pk, secret.pk}}
    assert found(closed) == {"escalated": {open_one.pk, secret.pk}}
    CircleMember.objects.create(session=closed, person=cast.tomas, level="record", since=NOW)
    assert found(closed) == {"escalated": {open_one.pk}}
    assert Client().get(reverse("commitments:review", args=[closed.public_id])).status_code == 404
    acts.freeze(session_id=closed.pk, now=STARTS + timedelta(hours=4))
    assert not Review.objects.visible_to(ANONYMOUS).exists()
    assert Review.objects.visible_to(rosa).exists()


def test_the_page_and_the_sheet_say_it_in_words(cast: Cast, sign_in: Callable[..., Client]) -> None:
    now = timezone.now()
    session = session_ahead(cast, starts=now + timedelta(days=5))
    made = commitment(cast, due=now.date() - timedelta(days=4), agreed_at=now - timedelta(days=60))
    raising.ask(commitment_id=made.pk, organization_id=cast.university.pk, reason="Cambió la norma", by=ANONYMOUS, now=now)  # fmt: skip
    acts.note_asked(
        session_id=session.pk,
        organization_id=cast.ngo.pk,
        commitment_ids=[made.pk],
        at=now - timedelta(days=1),
    )
    page = Client().get(reverse("commitments:review", args=[session.public_id])).content.decode()
    for words in (made.code, made.statement, "Universidad del Páramo", "Cambió la norma"):
        assert words in page
    answer = Client().get(reverse("commitments:review_paper", args=[session.public_id]))
    pdf = PdfReader(BytesIO(answer.content))
    text = " ".join(" ".join(sheet.extract_text().split()) for sheet in pdf.pages)
    assert len(pdf.pages) == 1
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]
    for words in (made.code, "Estado de los compromisos para la V sesión", "Cambió la norma"):
        assert words in text, words


def test_nobody_ticks_but_who_writes_the_record(cast: Cast, sign_in: Callable[..., Client]) -> None:
    now = timezone.now()
    session = session_ahead(cast, starts=now - timedelta(hours=1))
    made = commitment(cast, due=now.date() - timedelta(days=4))
    url = reverse("commitments:review_tick", args=[session.public_id, made.public_id])
    assert sign_in(cast.luis).post(url).status_code == 403
    assert sign_in(cast.rosa).post(url).status_code == 302
    assert sign_in(cast.rosa).post(url).status_code == 302
    assert Review.objects.count() == 1
    page = sign_in(cast.rosa).get(reverse("commitments:review", args=[session.public_id])).content.decode()
    assert f"?sesion={session.public_id}" in page
    assert sign_in(cast.rosa).post(f"{url}?deshacer=1").status_code == 302
    assert not Review.objects.exists()


def fill(cast: Cast, many: int) -> None:
    """So many late commitments, each with a report and somebody who asks for it."""
    now = timezone.now()
    first = Commitment.objects.first() or commitment(cast, due=now.date() - timedelta(days=30))
    rows = [copy(first) for _ in range(many - Commitment.objects.count())]
    for row in rows:
        row.pk, row.public_id, row.number = None, uuid4(), next(NUMBERS)
    for row in [first, *Commitment.objects.bulk_create(rows)]:
        if not row.reports.exists():
            reports(cast, row, now - timedelta(days=20))
            AgendaRequest.objects.create(commitment=row, organization=cast.ngo, reason="x", asked_at=now)


def keep(session: Session) -> None:
    """As the clock would, of all that are there by now."""
    Review.objects.bulk_create(
        Review(
            session=session, commitment=one, reason="overdue", state=one.state, light="red", due_on=one.due_on,
            progress=0, reviewed_at=session.ends_at,
        )
        for one in Commitment.objects.all()
    )  # fmt: skip


@pytest.mark.parametrize("is_over", [False, True])
def test_the_page_asks_the_same_queries_for_one_three_and_three_hundred(
    cast: Cast, sign_in: Callable[..., Client], is_over: bool
) -> None:
    now = timezone.now()
    starts = now - timedelta(hours=5) if is_over else now + timedelta(days=3)
    session = session_ahead(cast, starts=starts)
    client, counts = sign_in(cast.rosa), []
    url = reverse("commitments:review", args=[session.public_id])
    for many in (1, 3, 300):
        fill(cast, many)
        if is_over:
            Review.objects.all().delete()
            rows = reviewing.content(session, actor=None, now=now).lines if many == 1 else None
            if rows:
                acts.freeze(session_id=session.pk, now=now)
            else:
                keep(session)
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            page = client.get(url)
        assert page.status_code == 200
        assert len(page.content) < 150_000, "three hundred late ones are read a page at a time"
        counts.append(len(asked))
    assert len(set(counts)) == 1
    assert counts[0] <= 12, [query["sql"][:120] for query in asked]
    assert page.context["page"].paginator.num_pages == 6


def test_verified_since_the_mesa_met_last(cast: Cast) -> None:
    """Of a closed meeting in between an open session says nothing, not even by what is missing."""
    session = session_ahead(cast)
    done = commitment(cast, state=STATE.MET, settled_at=NOW - timedelta(days=20), settled_by=cast.university)
    met_before(cast, on=NOW - timedelta(days=10), is_casa_adentro=True)
    assert found(session) == {"verified": {done.pk}}
    met_before(cast, on=NOW - timedelta(days=9))
    assert found(session) == {}
    assert Verification.objects.count() == 0
    with translation.override("es"):
        assert reviewing.Group(Reason.VERIFIED, []).label


def test_the_page_of_a_commitment_says_where_it_was_reviewed_in_the_same_queries(
    cast: Cast, sign_in: Callable[..., Client]
) -> None:
    session, made = session_ahead(cast), commitment(cast)
    client, url = sign_in(cast.luis), made.get_absolute_url()
    client.get(url)
    with CaptureQueriesContext(connection) as before:
        client.get(url)
    raising.ask(commitment_id=made.pk, organization_id=cast.university.pk, reason="Cambió la norma", by=ANONYMOUS, now=NOW)  # fmt: skip
    acts.freeze(session_id=session.pk, now=STARTS + timedelta(hours=4))
    with CaptureQueriesContext(connection) as after:
        page = client.get(url).content.decode()
    assert len(after) == len(before)
    assert reverse("commitments:review", args=[session.public_id]) in page
    assert "Cambió la norma" in page
    assert reverse("commitments:take_back_agenda", args=[AgendaRequest.objects.get().public_id]) in page
    closed = session_ahead(cast, number=6, is_casa_adentro=True)
    acts.freeze(session_id=closed.pk, now=STARTS + timedelta(hours=4))
    assert str(closed.public_id) not in client.get(url).content.decode()
