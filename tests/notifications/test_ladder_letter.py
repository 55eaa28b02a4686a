"""The end of the ladder: a letter to the head, on the right day only, with the reminders nobody answered."""

import io
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pypdf
import pytest
from django.urls import reverse

from coordination.commitments import actions as commitments
from coordination.commitments.inbox import actions as receiving
from coordination.commitments.models import Commitment, GateException
from coordination.commitments.settling.actions import settling
from coordination.common.working_days import add_working_days
from coordination.notifications import provider
from coordination.notifications.ladder_letter import answering, silences
from coordination.notifications.letters import Letter
from coordination.notifications.models import Notification
from coordination.notifications.planner import Addressee, CommitmentFacts, commitment_messages
from coordination.notifications.receipt_planner import receipt_messages
from coordination.notifications.remind import remind
from coordination.organizations.models import Post, Tenure
from coordination.sessions.models import CircleMember, Session
from tests.cast import SINCE, person
from tests.commitments.settled import meets
from tests.notifications.conftest import Sink, World

QUITO = ZoneInfo("America/Guayaquil")
DUE = date(2026, 6, 30)
FOCAL, HEAD, ROSA = Addressee(1, 7), Addressee(2, 7), Addressee(3, 8)
USUAL = (-15, -5, 0, 3, 10)


def facts(**more: Any) -> CommitmentFacts:
    known: dict[str, Any] = {
        "id": 1, "state": "agreed", "due_on": DUE, "due_version": 1, "zone": QUITO, "ladder": USUAL,
        "agreed_at": datetime(2026, 1, 1, tzinfo=QUITO), "extended_at": None, "session_closed_at": None,
        "responsible": FOCAL, "head": HEAD, "secretariat": (ROSA,),
    }  # fmt: skip
    return CommitmentFacts(**known | more)


def planned(kind: str, **more: Any) -> list[tuple[int, int]]:
    messages = commitment_messages(facts(**more), datetime(2026, 12, 1, tzinfo=QUITO))
    return [(m.key.rung, m.key.recipient_id) for m in messages if m.key.kind == kind]


def test_the_letter_is_the_last_step_alone_to_the_head_with_a_copy() -> None:
    assert planned("commitment_letter") == [(10, 2), (10, 1)]
    assert {rung for rung, _person in planned("commitment_due")} == {-15, -5, 0, 3}
    insistent = (-5, 0, 10, 15)
    assert planned("commitment_letter", ladder=insistent) == [(15, 2), (15, 1)]
    assert (10, 2) in planned("commitment_due", ladder=insistent)
    assert planned("commitment_letter", ladder=(-5, 0, 9)) == []


def test_while_a_post_is_vacant_the_letter_still_has_a_reader() -> None:
    assert planned("commitment_letter", head=None) == [(10, 1)]
    assert planned("commitment_letter", responsible=HEAD) == [(10, 2)]
    assert planned("commitment_letter", head=None, responsible=None) == [(10, 3)]


def test_a_dispute_is_no_silence() -> None:
    assert planned("commitment_letter", state="disputed") == []
    assert planned("commitment_letter", state="reported") == []


def test_what_is_incomplete_is_told_around_the_day_to_complete_it_and_never_by_letter() -> None:
    told = facts(due_on=None, exempt_until=DUE)
    found = receipt_messages(told, datetime(2026, 12, 1, tzinfo=QUITO))
    assert {(m.key.kind, m.key.rung, m.key.recipient_id) for m in found} == {
        ("commitment_mend", step, who) for step in (-15, -5, 0, 3) for who in (1, 3)
    }
    assert {m.key.version for m in found} == {20260630}


def head_of_the_ngo(world: World) -> Any:
    return person("Ines Directora", at=world.cast.ngo, kind=Post.Kind.HEAD)


def silent(world: World, sink: Sink, days_late: int) -> Commitment:
    """A promise whose reminders left, one by one, until so many days after its due date."""
    world.convene()
    commitment = world.promise(due_in=20)
    for day in (5, 15, 20, 23, 20 + days_late):
        at = world.now + timedelta(days=day)
        remind(at)
        world.send(at=at + timedelta(hours=2))
    return commitment


def text_of(paper: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(paper)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.django_db
def test_the_head_gets_the_paper_with_the_dates_of_the_silence(
    world: World, sink: Sink, sign_in: Any
) -> None:
    head = head_of_the_ngo(world)
    commitment = silent(world, sink, 10)
    papers = {
        str(mail["To"].addresses[0].addr_spec): mail
        for mail in sink.taken
        if any(part.get_content_type() == "application/pdf" for part in mail.walk())
    }
    assert set(papers) == {head.email, world.cast.carmen.email}
    (part,) = [p for p in papers[head.email].walk() if p.get_content_type() == "application/pdf"]
    assert part.get_filename() == "carta.pdf"
    told = text_of(part.get_payload(decode=True))
    for word in (
        "Ines Directora",
        "Rosa Tandazo",
        commitment.code,
        "15 días antes",
        "3 días después",
        "Carmen Loja",
    ):
        assert word in told, word
    assert "Copia" in papers[world.cast.carmen.email]["Subject"]
    row = Notification.objects.filter(kind="commitment_letter").first()
    assert row and [one.rung for one in silences(commitment, 1, row.sent_at)] == [-15, -5, 0, 3]
    address = reverse("notifications:ladder_letter", args=[commitment.public_id])
    kept = sign_in(world.cast.rosa).get(address)
    assert kept["Content-Disposition"] == 'attachment; filename="carta.pdf"'
    assert "/c/" in text_of(kept.content) and text_of(kept.content) == told
    for somebody in (world.cast.luis, world.cast.tomas, world.cast.ana, world.cast.olga):
        assert sign_in(somebody).get(address).status_code == 403, somebody.name
    page = sign_in(world.cast.rosa).get(commitment.get_absolute_url()).content.decode()
    assert address in page
    assert address not in sign_in(world.cast.luis).get(commitment.get_absolute_url()).content.decode()


@pytest.mark.django_db
def test_a_provider_sends_the_paper_too(world: World, sink: Sink) -> None:
    silent(world, sink, 10)
    mail = next(m for m in sink.taken if "application/pdf" in m.as_string())
    made = provider.django_mail(Letter("<x@y>", "a@b.example", "c@d.example", mail.as_bytes()))
    assert [(a[0], a[2]) for a in made.attachments if isinstance(a, tuple)] == [
        ("carta.pdf", "application/pdf")
    ]


@pytest.mark.django_db
def test_no_paper_leaves_before_its_step_nor_for_whoever_reported(
    world: World, sink: Sink, sign_in: Any
) -> None:
    head_of_the_ngo(world)
    commitment = silent(world, sink, 9)
    assert not world.rows("commitment_letter", state="sent")
    address = reverse("notifications:ladder_letter", args=[commitment.public_id])
    assert sign_in(world.cast.rosa).get(address).status_code == 404
    commitments.report(
        commitment_id=commitment.pk, organization_id=world.cast.ngo.pk, person_id=world.cast.carmen.pk, text="Hecho",
        progress=100, asks_verification=True, by=world.cast.secretariat, now=world.now + timedelta(days=29),
    )  # fmt: skip
    later = world.now + timedelta(days=30, hours=2)
    remind(later)
    world.send(at=later)
    assert not [mail for mail in sink.taken if "application/pdf" in mail.as_string()]


@pytest.mark.django_db
def test_after_a_word_of_the_organization_only_later_reminders_are_unanswered(
    world: World, sink: Sink
) -> None:
    world.convene()
    commitment = world.promise(due_in=20)
    for day in (5, 15, 16, 20, 23):
        at = world.now + timedelta(days=day)
        remind(at)
        world.send(at=at + timedelta(hours=2))
        if day == 16:
            commitments.report(
                commitment_id=commitment.pk, organization_id=world.cast.ngo.pk, person_id=None, text="La mitad",
                progress=50, by=world.cast.secretariat, now=at + timedelta(hours=3),
            )  # fmt: skip
    assert [one.rung for one in silences(commitment, 1, world.now + timedelta(days=30))] == [0, 3]


def day(world: World, number: int, hour: int = 0) -> datetime:
    return world.now + timedelta(days=number, hours=hour)


def told_on(world: World, sink: Sink, number: int) -> list[Any]:
    """What the sweep of that day brings."""
    before = len(sink.taken)
    remind(day(world, number))
    world.send(at=day(world, number, 2))
    return sink.taken[before:]


def papers(mails: list[Any]) -> list[str]:
    return [
        text_of(part.get_payload(decode=True))
        for mail in mails
        for part in mail.walk()
        if part.get_content_type() == "application/pdf"
    ]


@pytest.mark.django_db
def test_a_reopened_commitment_is_not_called_silent_and_its_letter_tells_what_happened(
    world: World, sink: Sink
) -> None:
    """Reported, returned, disputed, reopened by the mesa past the day of the letter: the ladder begins anew there."""
    head_of_the_ngo(world)
    world.convene()
    cast, commitment = world.cast, world.promise(due_in=20)
    Commitment.objects.filter(pk=commitment.pk).update(verifier=cast.university)
    commitments.report(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk, text="Hecho",
        progress=100, asks_verification=True, by=cast.secretariat, now=day(world, 18),
    )  # fmt: skip
    commitments.verify(
        commitment_id=commitment.pk, organization_id=cast.university.pk, person_id=cast.luis.pk, decision="returned",
        text="– El acta firmada", by=cast.secretariat, now=day(world, 24),
    )  # fmt: skip
    settling.dispute(
        commitment_id=commitment.pk, organization_id=cast.ngo.pk, person_id=cast.carmen.pk, text="El acta está",
        by=cast.secretariat, now=day(world, 25),
    )  # fmt: skip
    assert not papers(told_on(world, sink, 31)), "a dispute waits for the mesa"
    settling.resolve(
        commitment_id=commitment.pk, organization_id=cast.ministry.pk, person_id=cast.rosa.pk, outcome="reopened",
        session_id=meets(cast, day(world, 33)).pk, reason="Falta el acta", by=cast.secretariat, now=day(world, 33),
    )  # fmt: skip
    assert not papers(told_on(world, sink, 33)) and not papers(told_on(world, sink, 42))
    assert [one.rung for one in Notification.objects.filter(kind="commitment_due", state="sent")] == [16]
    (letter, copy) = papers(told_on(world, sink, 43))
    assert "no consta como cumplido" not in letter and "100 % de avance" not in letter
    for word in ("se informó como hecho", "Universidad", "El acta firmada", "la mesa lo reabrió"):
        assert word in letter, word


@pytest.mark.django_db
def test_a_letter_does_not_leave_once_something_was_said_after_it_was_planned(
    world: World, sink: Sink
) -> None:
    head_of_the_ngo(world)
    commitment = silent(world, sink, 9)
    remind(day(world, 29))
    assert world.rows("commitment_letter", state="planned")
    commitments.report(
        commitment_id=commitment.pk, organization_id=world.cast.ngo.pk, person_id=None, text="La mitad", progress=50,
        by=world.cast.secretariat, now=day(world, 29, 20),
    )  # fmt: skip
    world.send(at=day(world, 30, 2))
    assert not world.rows("commitment_letter", state="sent")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held_in", "says"), [(34, "antes de la sesión"), (31, "Hasta entonces"), (None, "Hasta el")]
)
def test_the_day_to_answer_lies_before_the_session_that_deals_with_it(
    world: World, sink: Sink, held_in: int | None, says: str
) -> None:
    head_of_the_ngo(world)
    commitment = silent(world, sink, 9)
    starts = day(world, held_in or 0, 4)
    Session.objects.filter(pk=world.session.pk).update(
        starts_at=starts, ends_at=starts + timedelta(hours=2), **({} if held_in else {"state": "held"})
    )
    paper = papers(told_on(world, sink, 30))[0]
    row = Notification.objects.filter(kind="commitment_letter").first()
    assert row and row.sent_at
    until = answering(commitment, row.sent_at).until
    left = row.sent_at.astimezone(QUITO).date()
    meeting = starts.astimezone(QUITO).date()
    if held_in == 34:
        assert until and left < until < meeting
    elif held_in == 31:
        assert until is None
    else:
        assert until == add_working_days(left, 5)
    assert says in paper, paper
    assert "5 días laborables" not in paper


@pytest.mark.django_db
def test_with_nobody_to_write_to_the_secretariat_hands_it_over(world: World, sink: Sink) -> None:
    world.convene()
    commitment = world.promise(due_in=20)
    Tenure.objects.filter(post__organization=world.cast.ngo).update(ends_on=SINCE + timedelta(days=1))
    at = world.now + timedelta(days=30, hours=2)
    remind(at)
    world.send(at=at)
    (mail,) = [m for m in sink.to(world.cast.rosa.email) if "application/pdf" in m.as_string()]
    assert "por entregar" in mail["Subject"] and commitment.code in mail["Subject"]


@pytest.mark.django_db
def test_the_letter_about_something_closed_is_neutral_and_has_no_paper(world: World, sink: Sink) -> None:
    head = head_of_the_ngo(world)
    world.convene()
    commitment = world.promise(due_in=20)
    Commitment.objects.filter(pk=commitment.pk).update(is_casa_adentro=True, statement_es="Canario secreto")
    CircleMember.objects.create(session=world.session, person=head, level="record", since=world.now)
    at = world.now + timedelta(days=30, hours=2)
    remind(at)
    world.send(at=at)
    assert world.rows("commitment_letter", state="sent")
    for mail in sink.to(head.email):
        whole = mail.as_string() + mail.get_body(("plain",)).get_content()
        assert mail["Subject"] == "Un aviso de Minga"
        assert "application/pdf" not in whole and "Canario" not in whole and commitment.code not in whole


@pytest.mark.django_db
def test_an_objection_is_told_to_the_secretariat_until_it_is_taken_back(world: World, sink: Sink) -> None:
    world.convene()
    commitment = world.promise()
    said = {
        "commitment_id": commitment.pk, "organization_id": world.cast.ngo.pk, "person_id": None,
        "by": world.cast.secretariat, "now": world.now,
    }  # fmt: skip
    receiving.object_to(**said, text="No hay fondos")
    world.plan()
    world.send()
    (mail,) = [m for m in sink.to(world.cast.rosa.email) if "Objeción" in m["Subject"]]
    assert "No hay fondos" in mail.get_body(("plain",)).get_content()
    receiving.accept(**said)
    world.plan()
    assert world.rows("commitment_objected", state="sent") == world.rows("commitment_objected")


@pytest.mark.django_db
def test_what_lacks_something_is_mailed_until_it_is_completed(world: World, sink: Sink) -> None:
    world.convene()
    commitment = world.promise()
    until = world.now.date() + timedelta(days=5)
    GateException.objects.create(
        commitment=commitment, missing=["due_on"], reason="Falta", until=until, granted_at=world.now
    )
    Commitment.objects.filter(pk=commitment.pk).update(exempt_until=until, due_on=None)
    at = world.now + timedelta(days=5)
    remind(at)
    world.send(at=at)
    (mail,) = sink.to(world.cast.carmen.email)
    assert "Le falta:" in mail.get_body(("plain",)).get_content()
    assert "/editar/" in sink.to(world.cast.rosa.email)[0].get_body(("plain",)).get_content()
    Commitment.objects.filter(pk=commitment.pk).update(exempt_until=None, due_on=until)
    before = len(sink.taken)
    remind(at + timedelta(days=3))
    world.send(at=at + timedelta(days=3))
    assert all("editar" not in mail.as_string() for mail in sink.taken[before:])


@pytest.mark.django_db
@pytest.mark.parametrize("verifies", [False, True])
def test_who_works_for_the_verifier_gets_no_link_to_report(
    world: World, sink: Sink, sign_in: Any, verifies: bool
) -> None:
    """By hand: the secretariat gets the paper. With its link it would say that it is done, and then confirm it."""
    world.convene()
    commitment = world.promise(due_in=20)
    if verifies:
        Commitment.objects.filter(pk=commitment.pk).update(verifier=world.cast.ministry)
    Tenure.objects.filter(post__organization=world.cast.ngo).update(ends_on=SINCE + timedelta(days=1))
    at = world.now + timedelta(days=30, hours=2)
    remind(at)
    world.send(at=at)
    (mail,) = [m for m in sink.to(world.cast.rosa.email) if "application/pdf" in m.as_string()]
    (part,) = [p for p in mail.walk() if p.get_content_type() == "application/pdf"]
    address = reverse("notifications:ladder_letter", args=[commitment.public_id])
    for paper in (part.get_payload(decode=True), sign_in(world.cast.rosa).get(address).content):
        assert (
            "/c/" in text_of(paper).replace(" ", "")
        ) != verifies  # a long address is broken between lines
