"""The woven pages: who sees what, and what they cost."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from coordination.commitments.models import Commitment, Support
from coordination.mesas.models import Mesa
from coordination.sessions import actions as sessions
from coordination.sessions.models import AgendaItem, CircleMember, FollowUpTask, Series, Session
from coordination.taxonomies.models import Province
from tests.cast import Cast, signed_in
from tests.security.matrix.world import World

MANY = (1, 3, 300)
BUDGET = 12


@pytest.fixture
def world(db: None) -> World:
    return World()


def _sessions(world: Cast, first: int, count: int) -> None:
    start = timezone.now() + timedelta(days=30)
    Session.objects.bulk_create(
        Session(
            mesa=world.mesa,
            number=100 + n,
            state=Session.State.CONVENED if n % 2 else Session.State.HELD,
            starts_at=start if n % 2 else start - timedelta(days=400),
            ends_at=(start if n % 2 else start - timedelta(days=400)) + timedelta(hours=2),
        )
        for n in range(first, count)
    )


def _commitments(world: Cast, first: int, count: int) -> None:
    Commitment.objects.bulk_create(
        Commitment(
            mesa=world.mesa,
            number=100 + n,
            statement_es=f"Compromiso {n}",
            deliverable="Informe",
            responsible=world.ngo,
            verifier=world.university,
            due_on=timezone.localdate() + timedelta(days=n - 20),
            means_of_verification="Acta",
            state=Commitment.State.AGREED,
        )
        for n in range(first, count)
    )


def _queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len([q for q in captured if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


def test_a_page_costs_the_same_with_one_three_and_three_hundred_rows(world: World) -> None:
    urls = [
        "/es/",
        f"/es/mesas/{world.mesa.slug}/",
        f"/es/sesiones/{world.session.public_id}/",
        f"/es/organizaciones/{world.ngo.slug}/",
        "/es/mi-trabajo/",
        "/es/buscar/?q=compromiso",
    ]
    clients = {None: Client(), world.rosa: Client(), world.luis: Client()}
    for someone, client in clients.items():
        if someone:
            client.force_login(someone.user)
    costs: dict[tuple[str, str], list[int]] = {}
    made = 0
    for client in clients.values():
        for url in urls:
            client.get(url)  # what is asked once a process
    for count in MANY:
        _sessions(world, made, count)
        _commitments(world, made, count)
        made = count
        for someone, client in clients.items():
            for url in urls if someone else [url for url in urls if "mi-trabajo" not in url]:
                costs.setdefault((str(someone), url), []).append(_queries(client, url))
    assert {key: cost for key, cost in costs.items() if len(set(cost)) > 1} == {}
    assert {key: cost for key, cost in costs.items() if cost[0] > BUDGET} == {}


def test_the_fullest_page_of_a_session_stays_within_its_queries(world: World) -> None:
    """Supported, one of a series, with an item left open by an earlier one, and tasks on both sides of today."""
    session, today = world.session, timezone.localdate()
    series = Series.objects.create(
        mesa=world.mesa, preset="monthly", first_on=today, created_at=timezone.now()
    )
    others = [
        Session.objects.create(
            mesa=world.mesa, number=900 + n, series=series, state="announced", starts_at=session.starts_at, ends_at=session.ends_at
        )
        for n in range(2)
    ]  # fmt: skip
    Session.objects.filter(pk=session.pk).update(series=series)
    left = AgendaItem.objects.create(session=others[0], order=1, title_es="Rutas")
    AgendaItem.objects.create(session=session, order=90, title_es="Rutas", carried_from=left)
    for kind, days in (("minutes", -3), ("publish", 5)):
        FollowUpTask.objects.create(session=session, kind=kind, due_on=today + timedelta(days=days))
    Support.objects.create(
        session=session, kind="in_kind", what="Salón", organization=world.ngo, recorded_at=timezone.now()
    )
    _commitments(world, 0, 3)
    Commitment.objects.filter(mesa=world.mesa).update(session=session)
    for who in (world.rosa, world.luis):
        client, url = signed_in(who.user), f"/es/sesiones/{session.public_id}/"
        page = client.get(url).content.decode()
        assert "Salón" in page and "pendiente de la" in page and "1.ª de 3" in page
        assert (who is world.luis) != ("Circular el acta" in page or "circular el acta" in page)
        assert _queries(client, url) <= BUDGET, who


def test_the_session_page_shows_what_is_missing_to_its_secretariat_alone(world: World) -> None:
    url = f"/es/sesiones/{world.session.public_id}/"
    rosa = Client()
    rosa.force_login(world.rosa.user)
    assert "Qué falta hacer" in rosa.get(url).content.decode()
    assert "Qué falta hacer" not in Client().get(url).content.decode()


def test_a_draft_is_hidden_from_everybody_but_its_secretariat(world: World) -> None:
    world.session.state = Session.State.DRAFT
    world.session.save()
    url = f"/es/sesiones/{world.session.public_id}/"
    rosa, luis = Client(), Client()
    rosa.force_login(world.rosa.user)
    luis.force_login(world.luis.user)
    assert (rosa.get(url).status_code, luis.get(url).status_code, Client().get(url).status_code) == (
        200,
        404,
        404,
    )


def test_casa_adentro_is_silent_on_every_woven_page(world: World) -> None:
    closed = Session.objects.create(
        mesa=world.mesa,
        number=1,
        is_casa_adentro=True,
        topic_es="CANARIO",
        state=Session.State.CONVENED,
        starts_at=timezone.now() + timedelta(days=2),
        ends_at=timezone.now() + timedelta(days=2, hours=1),
    )
    CircleMember.objects.create(session=closed, person=world.luis, level="record", since=timezone.now())
    pages = [
        "/es/",
        f"/es/mesas/{world.mesa.slug}/",
        "/es/mi-trabajo/",
        "/es/buscar/?q=canario",
        f"/es/sesiones/{closed.public_id}/",
    ]
    for who in (None, world.elena, world.rosa, world.tomas, world.olga, world.ana):
        client = Client()
        if who:
            client.force_login(who.user)
        for page in pages:
            body = client.get(page).content.decode()
            assert "CANARIO" not in body, (page, who)
            assert str(closed.public_id) not in body.replace(f"/sesiones/{closed.public_id}/", ""), (
                page,
                who,
            )
    inside = Client()
    inside.force_login(world.luis.user)
    assert "CANARIO" in inside.get(pages[-1]).content.decode()


def test_a_members_only_mesa_is_not_there_for_a_stranger(world: World) -> None:
    world.mesa.visibility = Mesa.Visibility.MEMBERS
    world.mesa.save()
    elena, luis = Client(), Client()
    elena.force_login(world.elena.user)
    luis.force_login(world.luis.user)
    for url in (f"/es/mesas/{world.mesa.slug}/", f"/es/sesiones/{world.session.public_id}/"):
        assert elena.get(url).status_code == Client().get(url).status_code == 404
        assert luis.get(url).status_code == 200


def test_public_pages_name_no_person(world: World) -> None:
    anonymous = Client()
    for url in (
        "/es/",
        f"/es/mesas/{world.mesa.slug}/",
        f"/es/sesiones/{world.session.public_id}/",
        f"/es/organizaciones/{world.ngo.slug}/",
    ):
        body = anonymous.get(url).content.decode()
        for someone in (world.rosa, world.tomas, world.carmen, world.luis):
            assert someone.name not in body
            assert someone.email not in body


def test_my_work_of_a_secretariat_lists_the_follow_up(world: World) -> None:
    start = timezone.now() - timedelta(days=9)
    over = Session.objects.create(
        mesa=world.mesa, number=2, state="convened", starts_at=start, ends_at=start + timedelta(hours=2)
    )
    over.tasks.create(kind="close", due_on=timezone.localdate() - timedelta(days=7))
    client = Client()
    client.force_login(world.rosa.user)
    body = client.get("/es/mi-trabajo/").content.decode()
    assert "Cerrar la sesión" in body
    assert "hace 7 días" in body
    assert "una cosa vencida" in body


def test_my_work_says_how_many_proposals_wait_to_whoever_answers_them(world: World) -> None:
    session, now = world.session, timezone.now()
    for title in ("Agua segura", "Becas", "Salud"):
        sessions.propose(
            session_id=session.pk, organization_id=world.ngo.pk, title=title, by=world.secretariat, now=now
        )
    gone = session.proposals.get(title="Salud")
    sessions.withdraw_proposal(proposal_id=gone.pk, by=world.secretariat, now=now)
    address = f'href="/en/sesiones/{session.public_id}/propuestas/"'
    rosa, luis = (signed_in(who.user).get("/en/mi-trabajo/") for who in (world.rosa, world.luis))
    assert f"<p><a {address}>2 proposals to answer" in rosa.content.decode()
    Session.objects.exclude(pk=session.pk).delete()
    alone = signed_in(world.rosa.user).get("/en/mi-trabajo/").content.decode()
    assert address in alone and "nothing waits for you" not in alone
    assert session in luis.context["work"].sessions and address not in luis.content.decode()


def test_a_search_for_a_place_finds_what_its_mesa_agreed_and_in_what_state(world: World) -> None:
    _commitments(world, 0, 1)
    province = Province.objects.create(code="03", name="Cañar")
    Mesa.objects.filter(pk=world.mesa.pk).update(province=province)
    page = Client().get("/es/buscar/", {"q": "CANAR"}).content.decode()
    assert "Compromiso 0" in page and world.ngo.name in page and "Vencido" in page


def test_while_a_session_runs_its_page_asks_for_attendance_and_outcomes(world: World) -> None:
    now = timezone.now()
    Session.objects.filter(pk=world.session.pk).update(
        state=Session.State.CONVENED, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1)
    )
    rosa = Client()
    rosa.force_login(world.rosa.user)
    page = rosa.get(f"/es/sesiones/{world.session.public_id}/").content.decode()
    here = f"/es/sesiones/{world.session.public_id}"
    assert f'class="btn btn-sm btn-quiet" href="{here}/asistencia/"' in page
    assert f'class="btn btn-sm btn-quiet" href="{here}/en-curso/"' in page


def test_nobody_is_asked_to_report_again_what_waits_for_its_verifier(world: World) -> None:
    _commitments(world, 0, 1)
    Commitment.objects.filter(mesa=world.mesa).update(responsible=world.university, verifier=world.ngo)
    client = Client()
    client.force_login(world.luis.user)
    assert "Compromiso 0" in client.get("/es/mi-trabajo/").content.decode()
    Commitment.objects.filter(mesa=world.mesa).update(state=Commitment.State.REPORTED)
    assert "Compromiso 0" not in client.get("/es/mi-trabajo/").content.decode()


@pytest.mark.usefixtures("db")
def test_live_needs_nothing_and_ready_tells_the_parts(client: Client) -> None:
    assert client.get("/healthz/live").json() == {"status": "ok"}
    ready = client.get("/healthz/ready")
    assert ready.status_code == 200
    assert {"database", "redis", "status", "oldest_due_seconds"} <= set(ready.json())
