"""Annexes of the register: what may come in, who sees it, and what never leaves the house."""

from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees.actions.annexes import AnnexRefused, add_annex
from coordination.attendees.models import RegisterAnnex
from coordination.sessions.models import CircleMember, Session
from tests.attendees.inviting import called
from tests.cast import Cast
from tests.files.samples import PDF, office, picture, upload

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'


@pytest.fixture
def session(today: Cast) -> Session:
    return called(today)


@pytest.fixture
def rosa(today: Cast, sign_in) -> Client:
    return sign_in(today.rosa)


def at(name: str, session: Session, **more: object) -> str:
    return reverse(f"attendees:{name}", kwargs={"public_id": session.public_id, **more})


def page_of(session: Session) -> str:
    return at("annexes", session)


def photo(cast: Cast, session: Session, **fields: object) -> RegisterAnnex:
    told = {"kind": "photo", "upload": upload("mesa.jpg", picture(place=True)), "caption": "La mesa"} | fields
    return add_annex(session_id=session.pk, by=cast.secretariat, now=timezone.now(), **told)  # type: ignore[arg-type]


def test_who_signed_in_a_closed_part_is_for_its_circle(
    today: Cast, session: Session, rosa: Client, sign_in
) -> None:
    kept = photo(today, session, kind="sheet", is_casa_adentro=True, upload=upload("firmas.jpg", picture()))
    page, url = page_of(session), at("annex_file", session, annex=kept.public_id)
    assert "firmas" not in rosa.get(page).content.decode() and rosa.get(url).status_code == 404
    assert rosa.post(at("annex_remove", session, annex=kept.public_id)).status_code == 404
    CircleMember.objects.create(session=session, person=today.rosa, level="record", since=timezone.now())
    assert "firmas" in rosa.get(page).content.decode() and rosa.get(url).status_code == 200
    with pytest.raises(AnnexRefused):
        photo(today, session, is_casa_adentro=True, is_public=True, has_consent=True)


def test_the_signed_sheet_comes_in_as_picture_or_pdf_and_stays_inside(
    rosa: Client, session: Session, client: Client
) -> None:
    for name, content in (("hoja.pdf", PDF), ("hoja.jpg", picture())):
        done = rosa.post(page_of(session), {"kind": "sheet", "file": upload(name, content)})
        assert done.status_code == 302, done.context and done.context["form"].errors
    sheets = RegisterAnnex.objects.order_by("id")
    assert [(one.file.type, one.is_public) for one in sheets] == [("pdf", False), ("jpeg", False)]
    url = at("annex_file", session, annex=sheets[1].public_id)
    answer = rosa.get(url)
    assert answer.status_code == 200 and answer["Content-Disposition"].startswith("attachment")
    assert client.get(url).status_code == 404
    forced = {"kind": "sheet", "file": upload("x.jpg", picture()), "is_public": "on", "has_consent": "on"}
    refused = rosa.post(page_of(session), forced)
    assert refused.status_code == 422 and "is_public" in refused.context["form"].errors


@pytest.mark.parametrize(
    ("kind", "name", "content"),
    [
        ("photo", "foto.svg", SVG),
        ("photo", "foto.jpg", SVG),
        ("sheet", "hoja.svg", SVG),
        ("photo", "foto.jpg", PDF),
        ("photo", "foto.pdf", PDF),
        ("sheet", "hoja.docx", office()),
        ("sheet", "hoja.pdf", PDF + b"PK\x03\x04" + b"\0" * 40 + b"PK\x05\x06" + b"\0" * 18),
        ("photo", "foto.jpg", b""),
        ("map", "foto.jpg", picture()),
    ],
    # Contents bear the moment they were made: by themselves they would be other names in every process.
    ids=[
        "svg",
        "svg as jpg",
        "svg as sheet",
        "pdf as jpg",
        "pdf as photo",
        "office",
        "polyglot",
        "empty",
        "unknown kind",
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    rosa: Client, session: Session, kind: str, name: str, content: bytes
) -> None:
    refused = rosa.post(page_of(session), {"kind": kind, "file": upload(name, content)})
    assert refused.status_code == 422
    assert not RegisterAnnex.objects.exists()


def test_a_photo_of_forty_megabytes_is_refused_before_it_fills_the_disk(
    rosa: Client, session: Session, settings
) -> None:
    settings.FILE_MAX_BYTES = 1024 * 1024
    before = set(Path(project.MEDIA_ROOT).rglob("*"))
    big = upload("foto.jpg", picture() + b"\0" * (2 * 1024 * 1024))
    refused = rosa.post(page_of(session), {"kind": "photo", "file": big})
    assert refused.status_code == 422 and "1 MB" in refused.content.decode()
    assert set(Path(project.MEDIA_ROOT).rglob("*")) == before


def test_a_photo_without_consent_is_never_published(rosa: Client, today: Cast, session: Session) -> None:
    told = {"kind": "photo", "file": upload("a.jpg", picture()), "is_public": "on"}
    refused = rosa.post(page_of(session), told)
    assert refused.status_code == 422 and "is_public" in refused.context["form"].errors
    inside = photo(today, session)
    with pytest.raises(IntegrityError), transaction.atomic():
        RegisterAnnex.objects.filter(pk=inside.pk).update(is_public=True)


def test_a_published_photo_is_on_the_public_page_without_what_the_camera_wrote(
    today: Cast, session: Session, client: Client
) -> None:
    shown = photo(today, session, has_consent=True, is_public=True)
    photo(today, session, caption="De puertas adentro")
    url = at("annex_file", session, annex=shown.public_id)
    page = client.get(session.get_absolute_url()).content.decode()
    assert url in page and "La mesa" in page and "De puertas adentro" not in page
    content = b"".join(client.get(url).streaming_content)
    assert b"CAMERA OF SOMEBODY" not in content and content.startswith(b"\xff\xd8")


def test_nothing_of_a_closed_session_is_published_or_found_outside_its_circle(
    rosa: Client, today: Cast, session: Session, client: Client, sign_in
) -> None:
    shown = photo(today, session, has_consent=True, is_public=True)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    with pytest.raises(AnnexRefused):
        photo(today, session, has_consent=True, is_public=True)
    CircleMember.objects.create(session=session, person=today.tomas, level="record", since=today.now)
    CircleMember.objects.create(session=session, person=today.luis, level="record", since=today.now)
    url = at("annex_file", session, annex=shown.public_id)
    for outsider in (client, rosa, sign_in(today.olga), sign_in(today.luis)):
        assert outsider.get(url).status_code == 404
    chair = sign_in(today.tomas)
    assert chair.get(url).status_code == 200
    form = chair.get(page_of(session)).context["form"]
    assert "is_public" not in form.fields
    assert photo(today, session).file.is_restricted


def test_an_annex_is_removed_and_comes_back(rosa: Client, today: Cast, session: Session) -> None:
    annex = photo(today, session)
    remove = at("annex_remove", session, annex=annex.public_id)
    done = rosa.post(remove, follow=True)
    assert f"{remove}?volver=1" in done.content.decode()
    assert rosa.get(at("annex_file", session, annex=annex.public_id)).status_code == 404
    rosa.post(remove)
    rosa.post(f"{remove}?volver=1")
    assert rosa.get(at("annex_file", session, annex=annex.public_id)).status_code == 200


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path
