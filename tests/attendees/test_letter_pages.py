"""Who opens the convocation's PDF, by which address, and what travels with it."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from coordination.activity.models import Activity
from coordination.attendees.models import Convocation, Invitation
from coordination.organizations.models import Person
from coordination.sessions.models import CircleMember, Session
from tests.attendees.inviting import called, invitation_of
from tests.attendees.papers import links_of, read, text_of
from tests.cast import Cast
from tests.sessions.scheduling import drafted


def test_an_english_reader_gets_an_english_letter(today: Cast, sign_in) -> None:
    Person.objects.filter(pk=today.carmen.pk).update(language="en")
    session = called(today)
    invitation = invitation_of(session, today.ngo)
    page = sign_in(today.rosa).get(
        reverse("attendees:letter", args=[session.public_id, invitation.public_id])
    )
    root: Any = read(page.content).trailer["/Root"]
    assert root["/Lang"] == "en"
    text = text_of(page.content)
    assert "Dear Sir or Madam" in text and "Southern Border Zonal Mesa" in text and "Quito time" in text


def test_the_link_opens_the_letter_in_its_own_language_and_nobody_keeps_it(today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    with translation.override("en"):
        url = reverse("attendees:letter_by_link", args=[invitation.token])
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = Client().get(url)
    assert len(asked) <= 12
    assert page.status_code == 200 and "Dear Sir or Madam" in text_of(page.content)
    assert page["Content-Type"] == "application/pdf"
    assert page["Content-Disposition"] == 'inline; filename="convocatoria.pdf"'
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["X-Robots-Tag"] == "noindex, nofollow"
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert Invitation.objects.get(pk=invitation.pk).state == "pending", "opening a letter answers nothing"
    assert url in Client().get(url.removesuffix("convocatoria.pdf")).content.decode()


def test_a_dead_link_opens_no_letter(today: Cast) -> None:
    invitation = invitation_of(called(today), today.ngo)
    url = reverse("attendees:letter_by_link", args=[invitation.token])
    assert Client().get(url.replace(invitation.token, "x" + invitation.token)).status_code == 404
    Invitation.objects.filter(pk=invitation.pk).update(link_generation=2)
    assert Client().get(url).status_code == 410


def test_casa_adentro_has_no_letter_for_a_secretary_outside_its_circle(today: Cast, sign_in) -> None:
    session = called(today)
    invitation = invitation_of(session, today.ngo)
    Session.objects.filter(pk=session.pk).update(is_casa_adentro=True)
    client = sign_in(today.rosa)
    url = reverse("attendees:letter", args=[session.public_id, invitation.public_id])
    assert client.get(url).status_code == 404
    CircleMember.objects.create(session=session, person=today.rosa, level="logistics", since=today.now)
    assert client.get(url).status_code == 403, "who only knows when and where does not hold the links"


def test_a_preview_is_marked_and_leaves_no_trace(today: Cast, sign_in) -> None:
    session = drafted(today, starts_at=today.in_days(20))
    url = reverse("attendees:letter_preview", args=[session.public_id, today.ngo.slug])
    client, before = sign_in(today.rosa), Activity.objects.count()
    own = today.tomas.tenures.get().post
    page = client.post(url, {"message": "Traigan su informe.", "signatory_post": own.pk})
    text = text_of(page.content)
    assert "Firma: Tomás Vera Punto focal Ministerio Central" in text
    foreign = client.post(url, {"signatory_post": today.elena.tenures.get().post.pk})
    assert "Elena" not in text_of(foreign.content)
    assert "VISTA PREVIA" in text and "todavía no se ha enviado" in text and "Traigan su informe." in text
    assert "/i/" not in text and not any("/i/" in link for link in links_of(page.content))
    assert client.get(url).status_code == 200
    assert client.get(url.replace(today.ngo.slug, today.outsider.slug)).status_code == 404
    assert not Convocation.objects.exists() and not Invitation.objects.exists()
    assert Activity.objects.count() == before
    page = client.get(reverse("attendees:convene", args=[session.public_id]))
    assert f'formaction="{url}"' in page.content.decode()
