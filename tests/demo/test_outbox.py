"""The caught mail: shown to anybody in a demo, and nothing but the catcher's own files."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from coordination.demo import outbox

pytestmark = pytest.mark.django_db
FIRST = "20260302T150000.000000Z-aaaaaaaa.eml"
SECOND = "20260302T160000.000000Z-bbbbbbbb.eml"
HTML = '<html><head><title>x</title></head><body style="color:red"><a href="http://127.0.0.1:8000/es/i/abc/">Responder</a><script>alert(1)</script></body></html>'


@pytest.fixture
def mails(tmp_path: Path, settings: Settings) -> Path:
    settings.DEMO, settings.MAIL_DIR = True, tmp_path / "mail"
    settings.MAIL_DIR.mkdir()
    write(settings.MAIL_DIR / FIRST, to="Carmen Loja <carmen.loja@cisp.example>", subject="Convocatoria ñ")
    write(settings.MAIL_DIR / SECOND, to="luis.aguirre@dpe.example", subject="Recordatorio")
    (tmp_path / "secreto.eml").write_text("Subject: no\n\nsecreto")
    return settings.MAIL_DIR


def write(file: Path, *, to: str, subject: str) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Minga <avisos@minga.example>", to, subject
    mail.set_content("Responda aquí:\nhttp://127.0.0.1:8000/es/i/abc/\n<b>no es HTML</b>")
    mail.add_alternative(HTML, subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="sesion.ics")
    mail.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="sesion.ics")
    file.write_bytes(b"X-RcptTo: someone@cisp.example\r\n" + mail.as_bytes())


def test_the_list_is_newest_first(mails: Path) -> None:
    page = Client().get(reverse("demo:outbox"))
    text = page.content.decode()
    assert page.status_code == 200
    assert text.index("Recordatorio") < text.index("Convocatoria ñ")


def test_search_finds_by_recipient(mails: Path) -> None:
    text = Client().get(reverse("demo:outbox"), {"a": "CARMEN"}).content.decode()
    assert "Convocatoria ñ" in text
    assert "Recordatorio" not in text


def test_an_empty_box_says_what_will_be_here(mails: Path) -> None:
    for file in mails.iterdir():
        file.unlink()
    assert "m-empty" in Client().get(reverse("demo:outbox")).content.decode()


def test_a_missing_folder_is_an_empty_box(mails: Path, settings: Settings) -> None:
    settings.MAIL_DIR = mails / "nowhere"
    assert Client().get(reverse("demo:outbox")).status_code == 200


def test_more_than_fifty_make_pages(mails: Path) -> None:
    for number in range(60):
        write(
            mails / f"20260303T1500{number:02}.000000Z-cccccccc.eml",
            to="x@y.example",
            subject=f"Carta {number}",
        )
    page = Client().get(reverse("demo:outbox"))
    assert len(page.context["page"].object_list) == 50
    assert Client().get(reverse("demo:outbox"), {"page": "2"}).status_code == 200


def test_a_letter_shows_text_with_links_and_no_markup_of_its_own(mails: Path) -> None:
    text = Client().get(reverse("demo:letter", args=[FIRST])).content.decode()
    assert 'href="http://127.0.0.1:8000/es/i/abc/"' in text
    assert "&lt;b&gt;no es HTML&lt;/b&gt;" in text
    assert "sesion.ics" in text
    assert "alert(1)" not in text


def test_the_page_lets_only_itself_be_framed(mails: Path) -> None:
    page = Client().get(reverse("demo:letter", args=[FIRST]))
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe-inline" not in page["Content-Security-Policy"]


def test_the_html_is_sandboxed_by_its_own_policy(mails: Path) -> None:
    page = Client().get(reverse("demo:letter_html", args=[FIRST]))
    policy = page["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "allow-scripts" not in policy and "allow-same-origin" not in policy and "script-src" not in policy
    assert "default-src 'none'" in policy
    assert page["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_blank">' in page.content.decode()


def test_the_calendar_is_downloaded(mails: Path) -> None:
    answer = Client().get(reverse("demo:attachment", args=[FIRST, 1]))
    assert answer.content == b"BEGIN:VCALENDAR"
    assert answer["Content-Type"] == "text/calendar"
    assert answer["Content-Disposition"] == 'attachment; filename="sesion.ics"'
    assert Client().get(reverse("demo:attachment", args=[FIRST, 2])).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../secreto.eml",
        "..%2Fsecreto.eml",
        "..\\secreto.eml",
        ".new-abc.eml",
        "x.txt",
        "..",
        "%00.eml",
        "a" * 300 + ".eml",
    ],
)
def test_no_name_leaves_the_folder(mails: Path, name: str) -> None:
    (mails / ".new-abc.eml").write_text("Subject: half\n\n")
    assert outbox.find(mails, name) is None
    assert Client().get(f"/es/correo/{name}/").status_code in (400, 404)


def test_a_link_to_elsewhere_is_no_mail(mails: Path) -> None:
    (mails / "20260302T170000.000000Z-dddddddd.eml").symlink_to(mails.parent / "secreto.eml")
    assert (
        Client().get(reverse("demo:letter", args=["20260302T170000.000000Z-dddddddd.eml"])).status_code == 404
    )


def test_a_broken_mail_is_still_listed(mails: Path) -> None:
    (mails / "20260302T180000.000000Z-eeeeeeee.eml").write_bytes(b"\xff\xfe\x00 not a mail")
    assert Client().get(reverse("demo:outbox")).status_code == 200
    assert (
        Client().get(reverse("demo:letter", args=["20260302T180000.000000Z-eeeeeeee.eml"])).status_code == 200
    )


@pytest.mark.parametrize("route", ["demo:outbox", "demo:letter", "demo:letter_html", "demo:attachment"])
def test_outside_a_demo_there_is_no_mailbox(mails: Path, settings: Settings, route: str) -> None:
    settings.DEMO = False
    arguments = {"demo:outbox": [], "demo:attachment": [FIRST, 1]}.get(route, [FIRST])
    assert Client().get(reverse(route, args=arguments)).status_code == 404


def test_a_name_cut_for_the_journey_is_read_whole(mails: Path) -> None:
    cut = "To: =?utf-8?b?QW5kcsOpcyBDYXJy?=\r\n =?utf-8?b?acOzbg==?= <andres.carrion@ffsf.example>\r\n\r\n"
    (mails / SECOND).write_bytes(cut.encode())
    assert outbox.head(mails / SECOND).to == "Andrés Carrión <andres.carrion@ffsf.example>"
