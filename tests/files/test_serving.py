"""How a file goes out, and how a form takes one in."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver

from accounts.actor import ANONYMOUS
from coordination.files.actions import keep
from coordination.files.forms import UploadField
from coordination.files.serving import respond
from tests.files import samples

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


class Form(forms.Form):
    file = UploadField(label="Papel")


@pytest.mark.django_db
def test_respond_gives_an_attachment_nobody_guesses_keeps_or_runs() -> None:
    stored = keep(upload=samples.upload('Acta niñez "final".pdf', samples.PDF), by=ANONYMOUS, now=NOW)
    response = respond(stored)
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''Acta%20ni%C3%B1ez%20final.pdf"
    assert response["Content-Type"] == "application/pdf"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"].startswith("sandbox")
    assert b"".join(response.streaming_content) == samples.PDF  # type: ignore[attr-defined]
    response.close()


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["quarantined", "refused"])
def test_respond_does_not_find_what_was_not_let_through(state: str) -> None:
    stored = keep(upload=samples.upload("a.pdf", samples.PDF), by=ANONYMOUS, now=NOW)
    stored.state = state
    with pytest.raises(Http404):
        respond(stored)


@pytest.mark.django_db
def test_respond_does_not_find_what_the_disk_lost() -> None:
    stored = keep(upload=samples.upload("a.pdf", samples.PDF), by=ANONYMOUS, now=NOW)
    Path(stored.content.path).unlink()
    with pytest.raises(Http404):
        respond(stored)


def test_no_route_serves_the_folder_of_files(client: Client) -> None:
    assert not [route for route in get_resolver().reverse_dict if "media" in str(route)]


def test_the_field_says_what_may_come_before_one_chooses() -> None:
    shown = str(Form()["file"]) + str(Form()["file"].help_text)
    assert 'accept=".pdf,' in shown and "20 MB" in shown and 'data-max-bytes="20971520"' in shown


def test_the_field_refuses_too_large_and_empty_at_its_place() -> None:
    import io

    large = UploadedFile(io.BytesIO(), "a.pdf", "application/pdf", 12_000_000_000)
    assert "20 MB" in str(Form({}, {"file": large}).errors["file"])
    assert Form({}, {"file": samples.upload("a.pdf", b"")}).errors["file"]
    assert Form({}, {}).errors["file"]


def test_a_body_past_the_limit_reaches_no_disk(rf, settings) -> None:  # type: ignore[no-untyped-def]
    settings.FILE_MAX_BYTES = 100_000

    def view(request: HttpRequest) -> HttpResponse:
        file = request.FILES["file"]
        return HttpResponse(f"{file.size} {len(file.read())}")

    told = view(rf.post("/", {"file": samples.upload("a.pdf", b"x" * 500_000)})).content
    assert told == b"500000 0"
    told = view(rf.post("/", {"file": samples.upload("a.pdf", b"x" * 90_000)})).content
    assert told == b"90000 90000"
