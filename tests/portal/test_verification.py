"""The page that says what a code stands for: open to all, of closed things next to silent."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from coordination.attendees.models import Attendance, Certificate
from coordination.documents.codes import new_code
from coordination.portal import verification
from coordination.sessions.models import Block, Session
from tests.cast import Cast
from tests.sessions.scheduling import convened


@pytest.fixture(autouse=True)
def no_misses() -> None:
    cache.delete("verify:127.0.0.1")


@pytest.fixture
def certificate(cast: Cast) -> Certificate:
    session = convened(cast)
    mark = Attendance.objects.create(
        block=Block.objects.get(session=session), organization=cast.ngo, name="Sol Nueva", status="present",
        is_walk_in=True, recorded_at=cast.now,
    )  # fmt: skip
    return Certificate.objects.create(
        session=session,
        organization=cast.ngo,
        attendance=mark,
        code=new_code(),
        name="Sol Nueva",
        issued_at=cast.now,
    )


def at(code: str) -> str:
    return reverse("portal:verify", args=[code])


def test_a_certificate_is_told_to_anybody_who_has_its_code(client: Client, certificate: Certificate) -> None:
    page = client.get(at(certificate.code))
    text = page.content.decode()
    for fact in ("Sol Nueva", "Fundación Puente Sur", certificate.session.title, certificate.code):
        assert fact in text
    assert page.status_code == 200 and len(page.content) < 60_000
    assert page["X-Robots-Tag"].startswith("noindex") and "no-store" in page["Cache-Control"]
    assert reverse("portal:certificate", args=[certificate.code]) in text


def test_a_code_is_read_however_it_is_typed(client: Client, certificate: Certificate) -> None:
    sloppy = certificate.code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    led = client.get(reverse("portal:verify_form"), {"codigo": f"  {sloppy} "})
    assert led.url == at(certificate.code)
    assert client.get(at(sloppy)).status_code == 200


def test_an_unknown_code_and_a_broken_one_are_answered_alike(client: Client, cast: Cast) -> None:
    unknown, broken = client.get(at(new_code())), client.get(at("nada"))
    assert unknown.status_code == broken.status_code == 404
    assert "Sol" not in unknown.content.decode()
    for typed in ("nada", "\0", "x" * 5000, "<script>alert(1)</script>"):
        page = client.get(reverse("portal:verify_form"), {"codigo": typed})
        assert page.status_code in (200, 422) and b"<script>alert" not in page.content


def test_a_withdrawn_certificate_says_so_and_names_nobody(client: Client, certificate: Certificate) -> None:
    Certificate.objects.update(revoked_at=certificate.issued_at + timedelta(days=1))
    text = client.get(at(certificate.code)).content.decode()
    assert "Sol Nueva" not in text and "m-note is-red" in text
    assert client.get(reverse("portal:certificate", args=[certificate.code])).status_code == 404


def test_of_a_closed_session_only_that_the_code_is_authentic(
    client: Client, certificate: Certificate, cast: Cast, sign_in
) -> None:
    Session.objects.update(is_casa_adentro=True)
    for revoked in (None, timezone.now()):
        Certificate.objects.update(revoked_at=revoked)
        for reader in (client, sign_in(cast.rosa)):
            text = reader.get(at(certificate.code)).content.decode()
            for secret in ("Sol Nueva", "Puente", "Mesa Zonal", "Alojamiento", "constancia.pdf"):
                assert secret not in text.split("<main")[1], secret


def test_wrong_codes_are_counted_and_right_ones_are_not(
    client: Client, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MISSES_A_MINUTE", 3)
    for _time in range(5):
        assert client.get(at(certificate.code)).status_code == 200
    for _time in range(3):
        assert client.get(at(new_code())).status_code == 404
    assert client.get(at(new_code())).status_code == 429
    assert client.get(at(certificate.code)).status_code == 429
    cache.delete("verify:127.0.0.1")
    assert client.get(at(certificate.code)).status_code == 200
