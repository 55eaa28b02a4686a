"""Office files are zip archives: which kind, and whether what unfolds from them is bounded and carries no program."""

import re
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO

from django.utils.translation import gettext_lazy as _

from coordination.files.models import StoredFile

Type = StoredFile.Type
# Figures of the design's notes on uploads: ratio 100, 2,000 entries; 200 MB unfolded is ten times the largest file.
MOST_ENTRIES = 2000
MOST_RATIO = 100
MOST_BYTES = 200 * 1024 * 1024
# A small part of blank cells may shrink a thousand times and harm nobody.
RATIO_COUNTS_FROM = 5 * 1024 * 1024
CHUNK = 1024 * 1024

OFFICE_XML = {
    "word/document.xml": (Type.DOCX, b"wordprocessingml.document.main+xml"),
    "xl/workbook.xml": (Type.XLSX, b"spreadsheetml.sheet.main+xml"),
    "ppt/presentation.xml": (Type.PPTX, b"presentationml.presentation.main+xml"),
}
OPEN_DOCUMENT = {
    b"application/vnd.oasis.opendocument.text": Type.ODT,
    b"application/vnd.oasis.opendocument.spreadsheet": Type.ODS,
}
MACROS = re.compile(r"(vbaproject|vbadata|(^|/)(macrosheets|activex|basic|scripts)/)", re.IGNORECASE)
PROGRAMS = {
    ".exe", ".dll", ".com", ".scr", ".bat", ".cmd", ".ps1", ".vbs", ".js", ".jse", ".wsf", ".hta", ".msi", ".jar",
    ".class", ".lnk", ".sh", ".html", ".htm", ".svgz",
}  # fmt: skip
# A template, object or frame that the program fetches from elsewhere as it opens the file.
FETCHED = re.compile(
    rb"""<Relationship\b(?=[^>]*Type=["'][^"']*/(?:attachedTemplate|oleObject|frame|subDocument)["'])"""
    rb"""(?=[^>]*TargetMode=["']External["'])(?=[^>]*Target=["'](?:https?:|ftp:|\\\\|file:/{2,4}\w+[./]\w*))""",
    re.IGNORECASE,
)


class Unfit(Exception):
    """Why an archive may not come in, in words for the person."""


def ends_as_archive(content: IO[bytes]) -> bool:
    """True when an unpacker would find an archive at the end of the file."""
    return zipfile.is_zipfile(content)


def office_type(content: IO[bytes]) -> Type:
    """Which office file this archive is. Raises Unfit for any other archive, a bomb, a macro, a hidden program."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            _bounded(archive)
            kind = _kind(archive)
            _harmless(archive)
            return kind
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise Unfit(
            _("The file is damaged or has a password: it cannot be opened. Save it again without a password.")
        ) from error


def _bounded(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    by_place = sorted(entries, key=lambda entry: entry.header_offset)
    names = [entry.filename for entry in entries]
    bomb = Unfit(_("Unpacked, this file would be far larger than it looks. Save it again, or as PDF."))
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_BYTES:
        raise bomb
    if unpacked > RATIO_COUNTS_FROM and unpacked > packed * MOST_RATIO:
        raise bomb
    # Parts that lie on top of each other unfold many times from the same bytes.
    for one, following in zip(by_place, by_place[1:], strict=False):
        if one.header_offset + one.compress_size > following.header_offset:
            raise bomb
    odd = [
        name for name in names if name.startswith("/") or "\\" in name or ".." in PurePosixPath(name).parts
    ]
    starts_late = bool(by_place) and by_place[0].header_offset != 0
    if odd or archive.comment or starts_late or len(set(names)) != len(names):
        raise Unfit(
            _(
                "Something else is hidden in this file. Save it again with its own program and choose that one."
            )
        )


def _kind(archive: zipfile.ZipFile) -> Type:
    names = set(archive.namelist())
    found = [OFFICE_XML[name] for name in OFFICE_XML if name in names]
    if len(found) == 1 and "[Content_Types].xml" in names:
        kind, content_type = found[0]
        types = _read(archive, "[Content_Types].xml")
        if b"macroenabled" in types.lower():
            raise _macro()
        if content_type in types:
            return kind
    if not found and "mimetype" in names and "content.xml" in names:
        kind_of_document = OPEN_DOCUMENT.get(_read(archive, "mimetype").strip())
        if kind_of_document:
            return kind_of_document
    raise Unfit(_("This is an archive (ZIP or similar), not a document. Choose each document by itself."))


def _harmless(archive: zipfile.ZipFile) -> None:
    """Unfolds every part once, counting: what an entry says of its own size is only what it says."""
    unfolded = 0
    for entry in archive.infolist():
        if MACROS.search(entry.filename):
            raise _macro()
        if PurePosixPath(entry.filename.lower()).suffix in PROGRAMS:
            raise Unfit(_("A program is hidden inside this document. Save it again without it, or as PDF."))
        first = b""
        with archive.open(entry) as part:
            while piece := part.read(CHUNK):
                first = first or piece
                unfolded += len(piece)
                if unfolded > MOST_BYTES:
                    raise Unfit(
                        _("Unpacked, this file would be far larger than it looks. Save it again, or as PDF.")
                    )
        if entry.filename.lower().endswith((".xml", ".rels")) and b"<!ENTITY" in first:
            raise Unfit(_("A program is hidden inside this document. Save it again without it, or as PDF."))
        if entry.filename.endswith(".rels") and FETCHED.search(first):
            raise Unfit(
                _(
                    "This document fetches a part of itself from the internet when it opens. Save it as PDF and choose that one."
                )
            )
        if first.startswith((b"MZ", b"\x7fELF")):
            raise Unfit(_("A program is hidden inside this document. Save it again without it, or as PDF."))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(CHUNK)


def _macro() -> Unfit:
    return Unfit(
        _(
            "This document carries macros, and those are not accepted. Save it without macros (DOCX, XLSX, PPTX) or as PDF."
        )
    )
