"""Number, sums and files once minutes are approved; publication; corrections; what the code's page says."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from coordination.minutes.actions import drafting, editing, publishing
from coordination.minutes.actions.circulation import lock
from coordination.minutes.models import Minutes
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, FollowUpTask
from tests.cast import Cast
from tests.minutes.recorded import CLOSED, drafted, recorded, with_closed_part, with_reserved

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def approve(cast: Cast, minutes: Minutes, *, now: datetime | None = None) -> Minutes:
    """As the circulation does it: it went round, then it is settled under its lock."""
    Minutes.objects.filter(pk=minutes.pk, state="draft").update(
        state="circulated", circulated_at=cast.now, observations_until=cast.now
    )
    with transaction.atomic():
        return publishing.settle(minutes=lock(minutes.pk), by=cast.secretariat, now=now or cast.now)


def publish(cast: Cast, minutes: Minutes) -> Minutes:
    return publishing.publish(minutes_id=minutes.pk, by=cast.secretariat, now=cast.now)


def content(stored: object) -> bytes:
    with stored.content.open("rb") as file:  # type: ignore[attr-defined]
        return file.read()


def test_settling_gives_number_code_sums_and_files_once(cast: Cast) -> None:
    found = recorded(cast)
    with_reserved(cast, found)
    minutes = approve(cast, drafted(cast, found))
    assert (minutes.state, minutes.number) == ("approved", "ACTA-FS-2026-001")
    assert minutes.code
    assert minutes.sha256 != minutes.reserved_sha256
    assert minutes.public_pdf and minutes.reserved_pdf
    assert minutes.public_pdf.name == minutes.reserved_pdf.name == "acta.pdf"
    assert (minutes.public_pdf.is_restricted, minutes.reserved_pdf.is_restricted) == (False, True)
    assert hashlib.sha256(content(minutes.public_pdf)).hexdigest() == minutes.public_pdf.sha256
    again = approve(cast, minutes)
    assert (again.number, again.code, again.public_pdf_id) == (
        minutes.number,
        minutes.code,
        minutes.public_pdf_id,
    )


def test_numbers_run_by_mesa_and_year_and_closed_ones_apart(cast: Cast) -> None:
    first = approve(cast, drafted(cast, recorded(cast)))
    inside = approve(cast, drafted(cast, recorded(cast, number=1, closed=True)))
    second = approve(cast, drafted(cast, recorded(cast, number=4)))
    later = approve(cast, drafted(cast, recorded(cast, number=5)), now=cast.in_days(400))
    numbers = [one.number for one in (first, inside, second, later)]
    assert numbers == ["ACTA-FS-2026-001", "ACTA-FS-CA-2026-001", "ACTA-FS-2026-002", "ACTA-FS-2027-001"]
    assert inside.public_pdf is None
    assert inside.reserved_pdf is not None
    assert inside.sha256 == inside.reserved_sha256


def test_publishing_completes_its_task_and_only_what_is_approved_is_published(cast: Cast) -> None:
    minutes = drafted(cast, recorded(cast))
    task = FollowUpTask.objects.create(session=minutes.session, kind="publish", due_on=cast.now.date())
    with pytest.raises(publishing.NotApproved):
        publish(cast, minutes)
    approve(cast, minutes)
    assert publish(cast, minutes).published_at == cast.now
    assert publish(cast, minutes).state == "published"
    task.refresh_from_db()
    assert task.done_at == cast.now


def test_of_a_closed_session_nothing_is_published(cast: Cast) -> None:
    minutes = approve(cast, drafted(cast, recorded(cast, closed=True)))
    with pytest.raises(publishing.NeverPublished):
        publish(cast, minutes)


def test_a_correction_keeps_the_number_and_replaces_only_once_approved(cast: Cast, sign_in: SignIn) -> None:
    before = approve(cast, drafted(cast, recorded(cast)))
    with pytest.raises(drafting.ReasonOfCorrectionMissing):
        drafting.correct(minutes_id=before.pk, reason=" ", by=cast.secretariat, now=cast.now)
    publish(cast, before)
    url = reverse("minutes:correct", args=[before.session.public_id])
    rosa = sign_in(cast.rosa)
    assert rosa.post(url, {"reason": ""}).status_code == 200
    assert rosa.post(url, {"reason": "Faltaba una cifra"}).status_code == 302
    after = Minutes.objects.get(corrects=before)
    with pytest.raises(drafting.AlreadyCorrected):
        drafting.correct(minutes_id=before.pk, reason="Otra vez", by=cast.secretariat, now=cast.now)
    section = after.sections.get(item__order=2)
    editing.edit_section(
        section_id=section.pk, version=1, title=section.title, body=section.body.replace("350", "351"),
        is_reserved=False, by=cast.secretariat, now=cast.now,
    )  # fmt: skip
    here = reverse("minutes:minutes", args=[before.session.public_id])
    public = Client().get(here).content.decode()
    assert "350" in public
    assert "351" not in public
    assert "cifra" not in public, "nobody hears of a correction before it is public"
    after = approve(cast, after)
    before.refresh_from_db()
    assert (after.number, after.version, before.state) == (before.number, 2, "superseded")
    assert after.code != before.code
    publish(cast, after)
    public = Client().get(here).content.decode()
    assert "351" in public
    assert "Faltaba una cifra" in public
    old = Client().get(reverse("minutes:version", args=[before.session.public_id, 1])).content.decode()
    assert "350" in old
    assert reverse("minutes:version", args=[before.session.public_id, 2]) in old
    changes = Client().get(reverse("minutes:differences", args=[before.session.public_id, 2]))
    assert "<del>350" in changes.content.decode()
    assert "<ins>351" in changes.content.decode()


def test_the_code_says_number_version_session_and_both_sums(cast: Cast) -> None:
    found = recorded(cast)
    with_reserved(cast, found)
    minutes = approve(cast, drafted(cast, found))
    url = reverse("portal:verify", args=[minutes.code])
    html = Client().get(url).content.decode()
    assert minutes.public_pdf and minutes.reserved_pdf
    for words in (minutes.number, minutes.sha256, minutes.public_pdf.sha256, "js/compare.js"):
        assert words in html
    assert f'data-compare="{minutes.public_pdf.sha256}"' in html
    assert minutes.reserved_sha256 not in html
    assert minutes.reserved_pdf.sha256 not in html
    assert reverse("minutes:version", args=[minutes.session.public_id, 1]) not in html, (
        "it is not published yet"
    )
    publish(cast, minutes)
    assert (
        reverse("minutes:version", args=[minutes.session.public_id, 1]) in Client().get(url).content.decode()
    )


def test_the_code_of_replaced_minutes_says_by_which(cast: Cast) -> None:
    before = approve(cast, drafted(cast, recorded(cast)))
    after = drafting.correct(minutes_id=before.pk, reason="Fe de erratas", by=cast.secretariat, now=cast.now)
    url = reverse("portal:verify", args=[before.code])
    assert "m-note is-green" in Client().get(url).content.decode()
    after = approve(cast, after)
    html = Client().get(url).content.decode()
    assert "m-note is-amber" in html
    assert str(after.code) in html


def test_the_code_of_closed_minutes_says_only_that_they_are_ours(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast, closed=True)
    CircleMember.objects.create(session=found.session, person=cast.rosa, level="record", since=cast.now)
    minutes = approve(cast, drafted(cast, found))
    url = reverse("portal:verify", args=[minutes.code])
    for client in (Client(), sign_in(cast.rosa)):
        html = client.get(url).content.decode()
        assert "2 March 2026" in html or "2 de marzo de 2026" in html
        for words in (
            minutes.number,
            "Frontera Sur",
            minutes.sha256,
            "ACTA-",
            "Alojamiento",
            str(minutes.session.public_id),
        ):
            assert words not in html


def test_each_reader_gets_the_file_there_is_for_them_under_one_name(cast: Cast, sign_in: SignIn) -> None:
    found = recorded(cast)
    with_reserved(cast, found)
    with_closed_part(cast, found, inside=cast.luis)
    minutes = drafted(cast, found)
    here = [minutes.session.public_id, 1]
    public = reverse("minutes:file", args=[*here, "publica", "pdf"])
    reserved = reverse("minutes:file", args=[*here, "reservada", "pdf"])
    assert Client().get(public).status_code == 404, "a draft is nobody's but its writers'"
    minutes = publish(cast, approve(cast, minutes))
    assert minutes.public_pdf and minutes.reserved_pdf
    taken = Client().get(public)
    assert b"".join(taken.streaming_content) == content(minutes.public_pdf)  # type: ignore[attr-defined]
    for client in (Client(), sign_in(cast.elena)):
        assert client.get(reserved).status_code == 404
    inside, outside = sign_in(cast.luis).get(reserved), sign_in(cast.rosa).get(reserved)
    assert b"".join(inside.streaming_content) == content(minutes.reserved_pdf)  # type: ignore[attr-defined]
    assert outside.status_code == 200
    assert outside.content != content(minutes.reserved_pdf)
    names = {answer["Content-Disposition"] for answer in (taken, inside, outside)}
    assert names == {'attachment; filename="acta.pdf"'}
    word = Client().get(reverse("minutes:file", args=[*here, "publica", "docx"]))
    assert word.content[:2] == b"PK"
    assert CLOSED.encode() not in word.content
    for wrong in (("publica", "exe"), ("secreta", "pdf")):
        assert sign_in(cast.rosa).get(reverse("minutes:file", args=[*here, *wrong])).status_code == 404


def test_the_reserved_paper_of_who_is_outside_the_circle_does_not_tell_of_it(
    cast: Cast, sign_in: SignIn
) -> None:
    """The secretariat's reserved paper has the same sections whether or not something was closed."""
    plain, hiding = recorded(cast), recorded(cast, number=4)
    for found in (plain, hiding):
        with_reserved(cast, found)
    with_closed_part(cast, hiding, inside=cast.luis)
    pages = []
    for found in (plain, hiding):
        minutes = approve(cast, drafted(cast, found))
        html = (
            sign_in(cast.rosa)
            .get(reverse("minutes:minutes", args=[minutes.session.public_id]))
            .content.decode()
        )
        assert CLOSED not in html
        pages.append(
            [html.count(mark) for mark in ("m-doc__part", "reservada.pdf", "reservada.docx", "m-casa-tag")]
        )
    assert pages[0] == pages[1]
