"""What members ask to deal with is told to the secretariat, and the answer to whoever asked: each once."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.actor import Actor
from coordination.notifications import preferences
from coordination.notifications.models import Notification
from coordination.notifications.remind import remind
from coordination.organizations.models import Organization, Person, Post, Tenure
from coordination.sessions import actions
from coordination.sessions.models import AgendaItem, AgendaProposal, Session
from tests.attendees.inviting import by_link
from tests.cast import NOW, SINCE, Cast, acting, person, signed_in
from tests.notifications.conftest import Sink, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def called(world: World, sink: Sink) -> World:
    """The session is convened and everybody has been told."""
    world.convene()
    world.plan()
    world.send()
    sink.taken.clear()
    return world


def proposed(
    world: World, *, by: Actor | None = None, organization: Organization | None = None, **more: Any
) -> AgendaProposal:
    """The NGO proposes by its link, unless somebody else does."""
    asks = organization or world.cast.ngo
    given: dict[str, Any] = {"title": "Agua segura", "reason": "Hay brotes.", "minutes": 20, "now": world.now}
    return actions.propose(
        session_id=world.session.pk,
        organization_id=asks.pk,
        by=by or by_link(world.invitation(asks)),
        **(given | more),
    )


def answer(world: World, asked: AgendaProposal, how: str, **more: Any) -> AgendaProposal:
    who = {"by": world.cast.secretariat, "now": world.now}
    given: dict[str, Any] = {"proposal_id": asked.pk, "version": asked.version, "answer": "Otro tema"} | more
    if how == "accepted":
        return actions.accept_proposal(**given, kind="discussion", **who)
    if how == "merged":
        return actions.merge_proposal(**given, **who)
    return actions.put_off_proposal(**given, declined=how == "declined", **who)


def told(world: World, sink: Sink) -> list[str]:
    """Plans and sends what waits; who got something, by address."""
    sink.taken.clear()
    world.plan()
    world.send()
    return sorted(mail["To"].addresses[0].addr_spec for mail in sink.taken)


def text_of(sink: Sink) -> str:
    (mail,) = sink.taken
    return str(mail["Subject"]) + "\n" + mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def another_keeper(cast: Cast) -> Person:
    """Reads English, and keeps the secretariat as Rosa does."""
    nora = person("Nora Cruz")
    Person.objects.filter(pk=nora.pk).update(language="en")
    post = Post.objects.get(tenures__person=cast.rosa)
    Tenure.objects.create(post=post, person=nora, starts_on=SINCE)
    return nora


def test_the_secretariat_hears_once_of_what_is_proposed_each_in_their_language(
    called: World, sink: Sink
) -> None:
    nora, rosa = another_keeper(called.cast), called.cast.rosa
    asked = proposed(called)
    proposed(called)
    assert told(called, sink) == sorted([nora.email, rosa.email])
    (spanish,), (english,) = sink.to(rosa.email), sink.to(nora.email)
    assert spanish["Subject"] == "Fundación Puente Sur propone tratar: Agua segura"
    assert english["Subject"] == "Fundación Puente Sur proposes to deal with: Agua segura"
    words = spanish.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "Hay brotes." in words and "20 minutos" in words
    assert f"/propuestas/#propuesta-{asked.public_id}" in words and "/i/" not in words
    public = english.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "/propuestas/" not in public, "who has no account is led to the page of the session"
    assert f"/sesiones/{called.session.public_id}/" in public
    row = Notification.objects.get(kind="proposal_made", recipient=rosa)
    assert (row.root_type, row.root_id, row.mesa_id) == ("session", called.session.pk, called.cast.mesa.pk)
    assert told(called, sink) == []


def test_nobody_hears_of_their_own_act(called: World, sink: Sink) -> None:
    asked = proposed(called, by=called.cast.secretariat, organization=called.cast.ministry)
    assert told(called, sink) == []
    answer(called, asked, "accepted")
    assert told(called, sink) == []


@pytest.mark.parametrize(
    ("how", "subject", "words"),
    [
        ("accepted", "En el orden del día: Agua segura", ["Punto: Agua segura", "Cuándo: miércoles 1 de abril"]),
        ("merged", "Se tratará en otro punto: Agua segura", ["Punto: Albergues", "Cuándo: miércoles 1 de abril"]),
        ("deferred", "Queda para una sesión posterior: Agua segura", ["Motivo: Otro tema"]),
        ("declined", "No se tratará: Agua segura", ["Motivo: Otro tema"]),
    ],
)  # fmt: skip
def test_who_proposed_by_the_link_hears_the_answer_in_the_mailbox_of_the_organization(
    called: World, sink: Sink, how: str, subject: str, words: list[str]
) -> None:
    asked = proposed(called)
    told(called, sink)
    more: dict[str, Any] = {}
    if how == "merged":
        item = AgendaItem.objects.create(
            session=called.session, order=9, kind="discussion", title_es="Albergues"
        )
        more = {"item_id": item.pk}
    answer(called, asked, how, **more)
    assert told(called, sink) == [called.cast.carmen.email]
    said = text_of(sink)
    assert said.startswith(subject)
    for part in words:
        assert part in said
    address = f"/i/{called.invitation(called.cast.ngo).token}/propuestas/"
    assert f"{address}#propuesta-{asked.public_id}" in said
    assert Notification.objects.get(kind="proposal_answered").root_id == called.session.pk
    assert told(called, sink) == []


def test_a_colleague_who_proposed_hears_by_account_without_the_link_of_the_organization(
    called: World, sink: Sink
) -> None:
    cast = called.cast
    marta = person("Marta Cueva", at=cast.university, kind=Post.Kind.TECHNICAL, user=True)
    asked = proposed(called, by=acting(marta), organization=cast.university)
    told(called, sink)
    answer(called, asked, "declined")
    assert told(called, sink) == [marta.email]
    said = text_of(sink)
    assert "/i/" not in said and f"/sesiones/{called.session.public_id}/propuestas/" in said


def test_who_left_the_organization_hears_nothing_and_its_mailbox_does(called: World, sink: Sink) -> None:
    cast = called.cast
    marta = person("Marta Cueva", at=cast.university, kind=Post.Kind.TECHNICAL, user=True)
    asked = proposed(called, by=acting(marta), organization=cast.university)
    told(called, sink)
    answer(called, asked, "deferred")
    called.plan()
    Tenure.objects.filter(person=marta).update(ends_on=called.now.date() - timedelta(days=1))
    assert told(called, sink) == [], "they left between the plan and the gate"
    other = proposed(called, by=acting(marta), organization=cast.university, title="Becas")
    answer(called, other, "deferred")
    assert told(called, sink) == [cast.luis.email]


def test_what_is_no_longer_so_at_the_gate_is_not_sent(called: World, sink: Sink) -> None:
    asked = proposed(called)
    called.plan()
    actions.withdraw_proposal(
        proposal_id=asked.pk, by=by_link(called.invitation(called.cast.ngo)), now=called.now
    )
    assert told(called, sink) == []
    late = answer(called, proposed(called, title="Becas"), "deferred")
    called.plan()
    actions.withdraw_proposal(proposal_id=late.pk, by=called.cast.secretariat, now=called.now)
    assert told(called, sink) == []
    taken = answer(called, proposed(called, title="Salud"), "accepted")
    called.plan()
    AgendaItem.objects.filter(pk=taken.item_id).delete()
    assert told(called, sink) == []
    rows = Notification.objects.filter(kind__startswith="proposal_").order_by("id")
    assert list(rows.values_list("kind", "state")) == [
        ("proposal_made", "superseded"),
        ("proposal_answered", "superseded"),
        ("proposal_answered", "superseded"),
    ]


@pytest.mark.parametrize(
    "change",
    [{"is_casa_adentro": True}, {"state": "cancelled", "cancel_reason": "Paro", "cancelled_at": NOW}],
)
def test_of_a_session_that_is_closed_or_cancelled_nothing_is_told(
    called: World, sink: Sink, change: dict[str, Any]
) -> None:
    done = answer(called, proposed(called, title="Becas"), "accepted")
    proposed(called)
    called.plan()
    assert (
        done.item and Notification.objects.filter(kind__startswith="proposal_", state="planned").count() == 2
    )
    Session.objects.filter(pk=called.session.pk).update(**change)
    assert told(called, sink) == []


def test_the_daily_summary_holds_what_is_proposed_while_it_waits(called: World, sink: Sink) -> None:
    rosa = called.cast.rosa
    preferences.choose(
        person_id=rosa.pk, choices={"proposal_made": "daily"}, language="es", by=called.cast.secretariat, now=called.now,
    )  # fmt: skip
    proposed(called)
    gone = proposed(called, title="Becas")
    assert told(called, sink) == []
    assert {row.channel for row in called.rows("proposal_made")} == {"digest"}
    actions.withdraw_proposal(proposal_id=gone.pk, by=called.cast.secretariat, now=called.now)
    remind(called.now)
    (summary,) = called.rows("daily_digest")
    called.send(summary.due_at)
    said = text_of(sink)
    assert "Fundación Puente Sur propone tratar: Agua segura" in said and "Becas" not in said
    assert "/propuestas/" in said


def test_messages_name_the_session_of_a_proposal_and_show_its_letter(called: World, sink: Sink) -> None:
    answer(called, proposed(called), "deferred")
    told(called, sink)
    client, row = signed_in(called.cast.rosa.user), Notification.objects.get(kind="proposal_answered")
    for page in ("?kind=proposal_answered", f"{row.public_id}/"):
        shown = client.get(f"/es/mensajes/{page}").content.decode()
        assert called.session.title in shown and called.session.get_absolute_url() in shown, page
        assert called.cast.carmen.name in shown and called.cast.luis.name not in shown, page
    assert "Otro tema" in client.get(f"/es/mensajes/{row.public_id}/carta/").content.decode()
