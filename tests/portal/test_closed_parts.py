"""One event, two truthful views: a closed first day and an open second one, on every page, letter and list."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from coordination.attendees import letter
from coordination.attendees.actions.convocation import convene
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import quorum
from coordination.commitments.models import Commitment
from coordination.notifications import contents, letters
from coordination.notifications.closed_parts import still_meets
from coordination.notifications.facts import session_facts
from coordination.notifications.models import Notification
from coordination.notifications.permissions import readable_by
from coordination.notifications.planner import session_messages
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, Session
from tests.cast import Cast, acting
from tests.sessions.closing import CANARY, Event, came_of, colleague, event, let_in

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def ahead(cast: Cast, **fields: Any) -> Event:
    """The event, relative to the real clock: pages read it."""
    start = (timezone.now() + timedelta(days=9)).replace(hour=15, minute=0, second=0, microsecond=0)
    cast.now = timezone.now()
    return event(cast, starts_at=start, **fields)


def pages(made: Event) -> list[str]:
    here, month = [made.session.public_id], f"{made.session.starts_at:%Y-%m}"
    before = f"{made.closed_block.starts_at:%Y-%m}"
    calendar = reverse("portal:calendar")
    return [
        reverse("portal:session", args=here),
        reverse("portal:mesa", args=[made.session.mesa.slug]),
        reverse("sessions:list"),
        f"{calendar}?mes={month}",
        f"{calendar}?mes={before}&vista=lista",
        reverse("portal:home"),
    ]


def staff_pages(made: Event) -> list[str]:
    names = (
        "sessions:blocks", "sessions:agenda", "sessions:edit", "sessions:move", "sessions:papers", "sessions:outcomes",
        "sessions:circle", "sessions:close", "sessions:proposals", "attendees:attendance", "attendees:delegations",
    )  # fmt: skip
    return [reverse(name, args=[made.session.public_id]) for name in names]


def text_of(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code in (200, 302, 403), url
    return answer.content.decode()


def test_no_page_tells_an_outsider_of_the_closed_part(cast: Cast, sign_in: SignIn) -> None:
    made = ahead(cast)
    came_of(made.closed_item, f"{CANARY} resultado", cast.now)
    day = f"{timezone.localtime(made.closed_block.starts_at, made.session.zone):%Y-%m-%d}T"
    nora = sign_in(colleague(cast))
    others = (cast.elena, cast.luis, cast.tomas, cast.ana, cast.olga)
    who = [Client(), nora, *(sign_in(person) for person in others)]
    for client in who:
        for url in pages(made) + (staff_pages(made) if client is not who[0] else []):
            content = text_of(client, url)
            assert CANARY not in content, url
            assert day not in content or "sesiones" in url and "bloques" not in url, url
        assert client.get(reverse("portal:search"), {"q": CANARY}).context["found"].count == 0
    planner = nora.get(
        reverse("portal:planner_events"),
        {"start": f"{cast.now:%Y-%m-%d}", "end": f"{cast.now + timedelta(days=30):%Y-%m-%d}"},
    )
    assert CANARY not in planner.content.decode() and len(planner.json()) == 1


def test_the_circle_sees_the_whole_event_marked(cast: Cast, sign_in: SignIn) -> None:
    made, client = ahead(cast), sign_in(cast.rosa)
    page = client.get(made.session.get_absolute_url()).content.decode()
    for words in (
        f"{CANARY} bloque",
        f"{CANARY} punto suelto",
        f"{CANARY} punto del bloque",
        "Rutas abiertas",
    ):
        assert words in page
    assert "m-casa" in page and page.count("m-casa-tag") >= 3
    month = client.get(f"{reverse('portal:calendar')}?mes={made.closed_block.starts_at:%Y-%m}&vista=lista")
    entries = [entry for entry in month.context["month"].listed if entry.session == made.session]
    assert [entry.closed for entry in entries] in ([True, False], [True])
    for url in staff_pages(made):
        assert client.get(url).status_code in (200, 302), url
    assert CANARY in client.get(reverse("sessions:agenda", args=[made.session.public_id])).content.decode()
    assert CANARY in client.get(reverse("sessions:outcomes", args=[made.session.public_id])).content.decode()


def test_two_worlds_with_and_without_the_closed_part_look_alike(cast: Cast, sign_in: SignIn) -> None:
    """The public page of the event is the one it would have without its closed part, byte for byte but for the ids."""
    made = ahead(cast)
    public = Client().get(made.session.get_absolute_url()).content
    staff = sign_in(colleague(cast))
    urls = staff_pages(made)
    seen = [_plain(staff.get(url).content) for url in urls]
    made.closed_item.delete()
    made.closed_block.delete()
    made.session.circle.all().delete()
    assert _plain(Client().get(made.session.get_absolute_url()).content) == _plain(public)
    assert [_plain(staff.get(url).content) for url in urls] == seen


def _plain(content: bytes) -> str:
    return "\n".join(
        line
        for line in content.decode().splitlines()
        if "csrfmiddlewaretoken" not in line and "nonce" not in line
    )


def called(cast: Cast) -> tuple[Event, Delegate]:
    made = ahead(cast, called=False)
    convene(session_id=made.session.pk, message="Bienvenidos", by=cast.secretariat, now=cast.now)
    invitation = Invitation.objects.get(session=made.session, organization=cast.ngo)
    Invitation.objects.filter(pk=invitation.pk).update(state="accepted", answered_at=cast.now)
    delegate = Delegate.objects.create(
        invitation=invitation, person=cast.carmen, role="principal", registered_at=cast.now
    )
    made.session.refresh_from_db()
    return made, delegate


def test_letters_and_invitations_name_only_the_open_hours(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, delegate = called(cast)
    let_in(cast, made.session, cast.carmen)  # a letter may be forwarded: also to the circle it says nothing
    facts: list[dict[str, Any]] = []
    monkeypatch.setattr(letter, "_render", lambda found: facts.append(found) or b"")
    letter.sent_letter(delegate.invitation, now=cast.now, language="es")
    assert CANARY not in str(facts) and "Rutas abiertas" in str(facts) and facts[0]["parts"] == []
    for kind, subject_type, pk in (
        ("session_reminder", "session", made.session.pk),
        ("invitation", "invitation", delegate.invitation_id),
        ("delegation_confirmed", "delegate", delegate.pk),
    ):
        row = Notification(
            kind=kind, subject_type=subject_type, subject_id=pk, recipient=cast.carmen, organization=cast.ngo,
            version=made.session.schedule_version, due_at=cast.now, not_after=made.session.ends_at,
        )  # fmt: skip
        subject: Any = {"session": made.session, "invitation": delegate.invitation, "delegate": delegate}[
            subject_type
        ]
        with translation.override("es"):
            assert CANARY not in letters.write(row, subject, cast.now).content.decode(errors="replace")
            assert CANARY not in str(contents.facts(row, contents.KINDS[kind], subject, cast.now))


def test_only_delegates_in_the_circle_are_written_to_and_neutrally(cast: Cast) -> None:
    made, delegate = called(cast)
    facts = session_facts(made.session.pk, cast.now)
    assert facts and not [m for m in session_messages(facts) if m.key.kind == "closed_part"]
    let_in(cast, made.session, cast.carmen, CircleMember.Level.LOGISTICS)
    facts = session_facts(made.session.pk, cast.now)
    assert facts
    told = [m for m in session_messages(facts) if m.key.kind == "closed_part"]
    assert {m.key.recipient_id for m in told} == {cast.carmen.pk} and len(told) == 2
    assert all(m.not_after == made.closed_block.starts_at for m in told)
    row = Notification.objects.create(
        **told[0].key._asdict(), root_type="session", root_id=made.session.pk, mesa_id=made.session.mesa_id,
        due_at=told[0].due_at, next_try_at=told[0].due_at, not_after=told[0].not_after, organization=cast.ngo,
    )  # fmt: skip
    assert still_meets(row, made.session, cast.now)
    with translation.override("es"):
        mail = letters.write(row, made.session, cast.now).content.decode(errors="replace")
    assert CANARY not in mail and made.session.mesa.name not in mail and "VEVENT" not in mail
    assert row in readable_by(cast.secretariat)
    for actor in (acting(colleague(cast)), acting(cast.tomas), acting(cast.ana), acting(cast.olga)):
        assert row not in readable_by(actor)
    CircleMember.objects.filter(person=cast.carmen).update(until=cast.now + timedelta(days=1))
    assert not still_meets(row, made.session, cast.now)


def test_attendance_in_a_closed_block_counts_nowhere_outside(cast: Cast, sign_in: SignIn) -> None:
    made, delegate = called(cast)
    Attendance.objects.create(
        block=made.closed_block, organization=cast.ngo, delegate=delegate, person=cast.carmen, status="present",
        client_id=made.session.public_id, recorded_at=cast.now,
    )  # fmt: skip
    assert quorum(made.session).people == 0
    assert quorum(made.session, block=made.closed_block).people == 1
    register = reverse("attendees:attendance", args=[made.session.public_id])
    there = f"{register}?bloque={made.closed_block.pk}"
    assert CANARY not in sign_in(colleague(cast)).get(there).content.decode()
    assert CANARY in sign_in(cast.rosa).get(there).content.decode()


def test_a_commitment_born_closed_is_of_the_circle_and_its_two_sides(cast: Cast) -> None:
    made = ahead(cast)
    outcome = came_of(made.closed_item, f"{CANARY} compromiso", cast.now)
    born = Commitment.objects.create(
        mesa=cast.mesa, session=made.session, outcome=outcome, number=1, is_casa_adentro=True, state="agreed",
        agreed_at=cast.now, statement=f"{CANARY} promesa", responsible=cast.university, verifier=cast.ngo,
        due_on=cast.now.date(), provenance="historic",
    )  # fmt: skip
    sees = {
        person.name: Commitment.objects.visible_to(acting(person)).filter(pk=born.pk).exists()
        for person in (cast.rosa, cast.luis, colleague(cast), cast.tomas, cast.ana, cast.olga, cast.elena)
    }
    assert [name for name, yes in sees.items() if yes] == ["Rosa Tandazo", "Luis Aguirre"]
    row = Notification(
        kind="commitment_due", subject_type="commitment", subject_id=born.pk, recipient=cast.luis,
        organization=cast.university, version=1, due_at=cast.now, not_after=cast.now,
    )  # fmt: skip
    with translation.override("es"):
        assert CANARY not in letters.write(row, born, cast.now).content.decode(errors="replace")


def test_the_outer_ring_of_a_closed_session_edits_no_topic_and_reads_no_block_title(
    cast: Cast, sign_in: SignIn
) -> None:
    cast.now = timezone.now()
    whole = ahead(cast, called=False)
    Session.objects.filter(pk=whole.session.pk).update(is_casa_adentro=True, topic_es=CANARY, topic_en=CANARY)
    CircleMember.objects.create(session=whole.session, person=cast.luis, level="record", since=cast.now)
    whole.session.circle.filter(person=cast.rosa).update(level="logistics")
    client = sign_in(cast.rosa)
    for name in ("sessions:edit", "sessions:blocks"):
        content = client.get(reverse(name, args=[whole.session.public_id])).content.decode()
        assert f"{CANARY} bloque" not in content and f'value="{CANARY}"' not in content
        assert f"{CANARY} quienes" not in content
    answer = client.get(reverse("sessions:edit", args=[whole.session.public_id]))
    assert "topic" not in answer.context["form"].fields
