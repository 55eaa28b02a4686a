"""The administration: who comes in, what is only shown, what is absent."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tablib import Dataset

from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.attendees.models import Attendance, Convocation, Delegate, Invitation
from coordination.commitments.models import Commitment
from coordination.common.admin import NoWriting
from coordination.notifications.models import Notification
from coordination.organizations import actions
from coordination.organizations.models import JoinRequest, Organization, Tenure
from coordination.sessions.models import Session
from tests.security.matrix.organizations import asked
from tests.security.matrix.world import World

SignIn = Callable[..., Client]
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
SECRET = "tema-reservado"
WRITABLE = {
    "accounts.User", "mesas.SecretariatMandate", "organizations.Organization", "organizations.Person",
    "organizations.Post", "mesa_sessions.Room",
}  # fmt: skip


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def ana(world: World, sign_in: SignIn) -> Client:
    return sign_in(world.ana)


def page(name: str, model: type, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def test_only_administrators_come_in_and_by_the_one_door(
    world: World, client: Client, sign_in: SignIn
) -> None:
    index = reverse("admin:index")
    first = client.get(index)
    assert "/cuenta/login/" in client.get(first.url, follow=True).request["PATH_INFO"]
    for someone in (world.rosa, world.olga, world.luis):
        assert sign_in(someone).get(index, follow=True).status_code == 403
    assert sign_in(world.ana).get(index).status_code == 200


def test_staff_without_being_superuser_stay_outside(world: World, sign_in: SignIn) -> None:
    type(world.luis.user).objects.filter(pk=world.luis.user.pk).update(is_staff=True)
    assert sign_in(world.luis).get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_every_list_and_form_opens(model: type, ana: Client) -> None:
    assert ana.get(page("changelist", model), {"q": "niñez"}).status_code == 200
    adds = ana.get(page("add", model)).status_code
    assert adds == (403 if isinstance(admin.site._registry[model], NoWriting) else 200)
    row = admin.site._registry[model].get_queryset(ana.get("/es/").wsgi_request).first()
    if row is not None:
        assert ana.get(page("change", model, row.pk)).status_code == 200


def test_what_is_not_reference_data_users_or_approvals_is_only_shown() -> None:
    writable = {
        model._meta.label for model, room in admin.site._registry.items() if not isinstance(room, NoWriting)
    } - {model._meta.label for model in apps.get_app_config("taxonomies").get_models()}
    assert writable == WRITABLE


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)
def test_pages_of_the_administration_keep_the_strict_policy(model: type, ana: Client) -> None:
    answer = ana.get(page("changelist", model))
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    text = answer.content.decode()
    assert not re.search(r"<style|\sstyle=|\son(click|change|load)=|<script(?![^>]*\ssrc=)", text), (
        "inline code would not run"
    )


def close(world: World) -> dict[type, object]:
    """A closed session with one row of everything that speaks of it."""
    shut = Session.objects.create(
        mesa=world.mesa,
        number=1,
        is_casa_adentro=True,
        topic=SECRET,
        topic_es=SECRET,
        state="convened",
        starts_at=world.session.starts_at,
        ends_at=world.session.ends_at,
    )
    block = shut.blocks.create(starts_at=shut.starts_at, ends_at=shut.ends_at)
    invitation = Invitation.objects.create(
        session=shut, organization=world.ngo, link_expires_at=shut.ends_at, created_at=world.now, note=SECRET
    )
    delegate = Delegate.objects.create(
        invitation=invitation,
        person=world.carmen,
        role="principal",
        post_title=SECRET,
        registered_at=world.now,
    )
    rows: dict[type, object] = {
        Session: shut,
        Invitation: invitation,
        Convocation: Convocation.objects.create(session=shut, number=SECRET, sent_at=world.now),
        Attendance: Attendance.objects.create(
            block=block, organization=world.ngo, delegate=delegate, status="present", recorded_at=world.now
        ),
        Commitment: Commitment.objects.create(
            mesa=world.mesa,
            session=shut,
            number=99,
            statement_es=SECRET,
            statement=SECRET,
            responsible=world.ngo,
        ),
    }
    for subject in (*rows.values(), delegate, block):
        record(kind="session.secret", by=world.secretariat, subject=subject, now=world.now)
    rows[Activity] = Activity.objects.filter(kind="session.secret").first()
    rows[Notification] = Notification.objects.create(
        recipient=world.carmen,
        kind="secret",
        subject_type="invitation",
        subject_id=invitation.pk,
        root_type="session",
        root_id=invitation.session_id,
        version=1,
        due_at=world.now,
        not_after=world.now + timedelta(days=1),
        next_try_at=world.now,
    )
    return rows


def test_closed_sessions_are_absent_from_every_list_and_page(world: World, ana: Client) -> None:
    for model, row in close(world).items():
        shown = ana.get(page("changelist", model))
        assert row.pk not in [each.pk for each in shown.context["cl"].result_list], model
        assert SECRET not in shown.content.decode()
        assert ana.get(page("changelist", model), {"q": SECRET}).context["cl"].result_count == 0, model
        assert ana.get(page("change", model, row.pk)).status_code == 302, model
        assert ana.get(page("history", model, row.pk)).status_code in (302, 404), model
    assert Activity.objects.filter(kind="session.secret").first() is not None
    assert "session.secret" not in ana.get(page("changelist", Activity)).content.decode()
    for model in REGISTERED:
        assert SECRET not in ana.get(page("changelist", model)).content.decode(), model


def test_the_mesa_says_how_many_closed_sessions_it_has_and_no_more(world: World, ana: Client) -> None:
    close(world)
    shown = ana.get(page("change", type(world.mesa), world.mesa.pk))
    assert shown.context["original"].closed == 1
    assert SECRET not in shown.content.decode()


def test_an_activity_of_an_unknown_room_is_not_shown(world: World, ana: Client) -> None:
    Activity.objects.create(
        kind="minutes.drafted", subject_type="minutes", subject_id=1, occurred_at=world.now
    )
    assert not ana.get(page("changelist", Activity)).context["cl"].result_list


def test_reference_data_in_use_stays_and_the_refusal_names_nobody(world: World, ana: Client) -> None:
    kind = world.ngo.sector_type
    answer = ana.post(page("delete", type(kind), kind.pk), {"post": "yes"})
    assert "Fundación" not in answer.content.decode()
    assert type(kind).objects.filter(pk=kind.pk).exists()
    free = type(kind).objects.create(code="sobra", name_es="Sobra", sector=kind.sector)
    ana.post(page("delete", type(kind), free.pk), {"post": "yes"})
    assert not type(kind).objects.filter(pk=free.pk).exists()


def waiting(world: World) -> JoinRequest:
    return actions.confirm_join(request_id=asked(world).pk, by=world.secretariat, now=world.now)


def test_the_index_names_who_waits(world: World, ana: Client) -> None:
    waiting(world)
    Organization.objects.filter(pk=world.outsider.pk).update(state="proposed")
    text = ana.get(reverse("admin:index")).content.decode()
    assert "Red Andina" in text
    assert "?state__exact=proposed" in text


def test_a_request_is_approved_by_its_button(world: World, ana: Client) -> None:
    request = waiting(world)
    assert 'name="approve"' in ana.get(page("change", JoinRequest, request.pk)).content.decode()
    ana.post(
        reverse("admin:organizations_joinrequest_decide", args=[request.pk]),
        {"approve": "1", "note": "Bienvenida."},
    )
    made = Organization.objects.get(name_es="Red Andina")
    assert Tenure.objects.get(post__organization=made).person.name == "Marta Ruiz"
    assert ana.get(page("change", Organization, made.pk)).status_code == 200


def test_declining_without_a_note_is_refused_and_said(world: World, ana: Client) -> None:
    request = waiting(world)
    url = reverse("admin:organizations_joinrequest_decide", args=[request.pk])
    assert (
        "errornote" in (text := ana.post(url, {"decline": "1", "note": " "}, follow=True).content.decode())
        or "error" in text
    )
    request.refresh_from_db()
    assert request.state == "waiting"
    ana.post(url, {"decline": "1", "note": "Falta el estatuto."})
    request.refresh_from_db()
    assert (request.state, request.decision_note) == ("declined", "Falta el estatuto.")
    assert ana.get(url).status_code == 405


def test_deciding_is_for_administrators(world: World, sign_in: SignIn) -> None:
    request = waiting(world)
    url = reverse("admin:organizations_joinrequest_decide", args=[request.pk])
    assert sign_in(world.rosa).post(url, {"approve": "1"}, follow=True).status_code == 403
    request.refresh_from_db()
    assert request.state == "waiting"


COLUMNS = ["slug", "name_es", "acronym_es", "sector_type", "level", "state"]


def upload(ana: Client, rows: list[list[str]], kind: str = "csv") -> object:
    data = Dataset(*rows, headers=COLUMNS).export(kind)
    raw = data.encode() if isinstance(data, str) else data
    return ana.post(
        reverse("admin:organizations_organization_import"),
        {"import_file": SimpleUploadedFile(f"orgs.{kind}", raw), "format": "0" if kind == "csv" else "1"},
    )


def confirm(ana: Client, preview: object) -> None:
    form = preview.context["confirm_form"]
    answer = ana.post(reverse("admin:organizations_organization_process_import"), form.initial)
    assert answer.status_code == 302


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_spreadsheet_adds_and_changes_after_a_look(kind: str, world: World, ana: Client) -> None:
    preview = upload(
        ana,
        [
            ["", "Ñandú Acción", "ÑA", "national_ngo", "national", "active"],
            [world.ngo.slug, "Fundación Puente Sur Renovada", "", "national_ngo", "national", "active"],
        ],
        kind,
    )
    assert preview.context["confirm_form"], preview.context["result"].row_errors()
    assert not Organization.objects.filter(name_es="Ñandú Acción").exists(), "a look writes nothing"
    confirm(ana, preview)
    assert Organization.objects.get(name_es="Ñandú Acción").slug == "na"
    world.ngo.refresh_from_db()
    assert (world.ngo.name_es, world.ngo.version) == ("Fundación Puente Sur Renovada", 2)


def test_one_wrong_row_is_named_and_nothing_is_loaded(world: World, ana: Client) -> None:
    preview = upload(
        ana,
        [
            ["", "Buena", "", "national_ngo", "national", "active"],
            ["", "Mala", "", "no-such-kind", "national", "active"],
            ["", "Peor", "", "national_ngo", "galactic", "active"],
            ["", "", "", "national_ngo", "national", "active"],
            ["", "FUNDACION PUENTE SUR", "", "national_ngo", "national", "active"],
        ],
    )
    text = preview.content.decode()
    assert "confirm_form" not in preview.context or not preview.context["confirm_form"]
    assert "no-such-kind" in text
    assert not Organization.objects.filter(name_es="Buena").exists()


def test_a_file_that_is_no_table_is_refused(ana: Client) -> None:
    answer = ana.post(
        reverse("admin:organizations_organization_import"),
        {"import_file": SimpleUploadedFile("orgs.xlsx", b"\x00\x01 not a sheet"), "format": "1"},
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_an_export_runs_no_formula_and_comes_back_whole(world: World, ana: Client) -> None:
    Organization.objects.filter(pk=world.ngo.pk).update(
        name_es='=HYPERLINK("http://x","y")', acronym_es="@ONG"
    )
    answer = ana.post(reverse("admin:organizations_organization_export"), {"format": "0", "resource": "0"})
    table = Dataset().load(answer.content.decode("utf-8-sig"), format="csv")
    row = next(row for row in table.dict if row["slug"] == world.ngo.slug)
    assert row["name_es"].startswith("'=")
    assert row["acronym_es"] == "'@ONG"
    raw = SimpleUploadedFile("orgs.csv", answer.content)
    preview = ana.post(
        reverse("admin:organizations_organization_import"), {"import_file": raw, "format": "0"}
    )
    assert {each.import_type for each in preview.context["result"].rows} == {"skip"}
    sheet = ana.post(
        reverse("admin:organizations_organization_export"), {"format": "1", "resource": "0"}
    ).content
    assert io.BytesIO(sheet).read(2) == b"PK"


def test_a_user_is_made_without_a_password(ana: Client) -> None:
    from accounts.models import User

    answer = ana.post(
        page("add", User), {"email": "Nueva@Ministerio.example", "name": "Nueva", "language": "es"}
    )
    assert answer.status_code == 302
    made = User.objects.get(email="nueva@ministerio.example")
    assert not made.has_usable_password()
    assert not made.is_staff


def test_a_tenure_written_here_is_on_record(world: World, ana: Client) -> None:
    url = page("change", type(world.elena), world.elena.pk)
    tenure = world.elena.tenures.get()
    prefix = {
        "tenures-TOTAL_FORMS": 1,
        "tenures-INITIAL_FORMS": 1,
        "tenures-MIN_NUM_FORMS": 0,
        "tenures-MAX_NUM_FORMS": 1000,
    }
    row = {"tenures-0-id": tenure.pk, "tenures-0-person": world.elena.pk, "tenures-0-post": tenure.post_id,
           "tenures-0-starts_on": "2025-01-01", "tenures-0-ends_on": "2026-01-31"}  # fmt: skip
    own = {
        "name": world.elena.name,
        "email": world.elena.email,
        "language": "es",
        "user": world.elena.user_id,
        "bounces": 0,
    }
    assert ana.post(url, {**own, **prefix, **row}).status_code == 302
    assert Activity.objects.get().kind == "organization.tenure_ended"


def mandate(world: World, post: int) -> dict[str, object]:
    return {
        "mesa": world.mesa.pk,
        "organizations": [world.ngo.pk],
        "posts": [post],
        "instrument": "Acuerdo 40",
        "starts_on": "2026-04-01",
    }


def test_a_mandate_is_given_here_and_on_record(world: World, ana: Client) -> None:
    own, foreign = (each.tenures.get().post_id for each in (world.carmen, world.luis))
    url = page("add", type(world.mesa.mandates.get()))
    assert "posts" in ana.post(url, mandate(world, foreign)).context["adminform"].form.errors
    assert ana.post(url, mandate(world, own)).status_code == 302
    assert Activity.objects.get().payload == {"organizations": [world.ngo.pk], "posts": [own]}
