"""What a file really is, seen in its content. Neither its name nor what the browser said is believed.

The list is short on purpose (OWASP ASVS 5, chapter 5: allow few types, compare content and ending, refuse what unfolds
without end). There is no second reading of a file: what could be two things at once is refused.
"""

import io
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from coordination.common.errors import DomainError
from coordination.files import archives, pictures
from coordination.files.models import StoredFile
from coordination.files.naming import promised

Type = StoredFile.Type
HEAD = 4096

MAGIC: tuple[tuple[bytes, Type], ...] = (
    (b"%PDF-", Type.PDF),
    (b"\xff\xd8\xff", Type.JPEG),
    (b"\x89PNG\r\n\x1a\n", Type.PNG),
)
ZIP = b"PK\x03\x04"
OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Other archives and programs look for these anywhere near the beginning or the end of a file.
OTHER_ARCHIVES = (b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"__HALT_COMPILER();")
PDF_PROGRAMS = (b"/JavaScript", b"/Launch")
# A text with one of these is a page or a program to somebody.
MARKUP = (b"<script", b"<html", b"<!doctype", b"<svg", b"<?php", b"<?xml", b"<iframe")
TEXT_CONTROLS = frozenset(range(32)) - {9, 10, 12, 13} | {127}


class WrongFile(DomainError):
    """The content is not what may come in. Each place says why; all belong to the field ``file``."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="file")


def inspect(name: str, content: IO[bytes]) -> tuple[Type, IO[bytes]]:
    """The real type, and the content to keep: pictures are drawn anew, all else stays as it came.

    Raises WrongFile with words for whoever chose the file.
    """
    wanted = promised(name)
    if wanted is None:
        raise WrongFile(
            _(
                "Files of this kind are not accepted. Save it as PDF, Word, Excel, a picture or text and choose it again."
            )
        )
    try:
        found = _sniff(content, wanted)
        if found != wanted:
            raise WrongFile(
                _(
                    "The file says it is %(said)s and it is not: its content is %(is)s. Give it its right ending, or save it again as %(said)s."
                )
                % {"said": wanted.label, "is": found.label}
            )
        if found in pictures.FORMATS:
            return found, pictures.redrawn(content, found)
    except (archives.Unfit, pictures.Unfit) as unfit:
        raise WrongFile(unfit.args[0]) from unfit
    content.seek(0)
    return found, content


def _sniff(content: IO[bytes], wanted: Type) -> Type:
    content.seek(0)
    head = content.read(HEAD)
    if head.startswith(OLD_OFFICE):
        raise WrongFile(
            _(
                "This is an old Office file, or one with a password. Open it, save it as DOCX, XLSX, PPTX or PDF without a password, and choose it again."
            )
        )
    if head.startswith(ZIP):
        return archives.office_type(content)
    found = next((kind for magic, kind in MAGIC if head.startswith(magic)), None)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        found = Type.WEBP
    if found is None:
        return _text(content, wanted)
    whole = content_of(content)
    _one_thing_only(whole, found)
    return found


def content_of(content: IO[bytes]) -> bytes:
    content.seek(0)
    return content.read()


def _one_thing_only(whole: bytes, found: Type) -> None:
    """Refuses a file that another program would read as something else, and a PDF that is one in name only."""
    two_things = archives.ends_as_archive(io.BytesIO(whole)) or any(
        magic in whole for magic in OTHER_ARCHIVES
    )
    if found == Type.PDF:
        after = whole[whole.rfind(b"%%EOF") :]
        two_things = two_things or any(mark in (whole[:HEAD] + after).lower() for mark in MARKUP[:4])
        if b"%%EOF" not in whole[-2048:]:
            raise WrongFile(_("The PDF is cut off: its end is missing. Save it again and choose it again."))
        if any(program in whole for program in PDF_PROGRAMS):
            raise WrongFile(
                _("This PDF carries a program inside. Print it to a new PDF and choose that one.")
            )
    elif b"%PDF-" in whole[:HEAD]:
        two_things = True
    if two_things:
        raise WrongFile(
            _(
                "Something else is hidden in this file. Save it again with its own program and choose that one."
            )
        )


def _text(content: IO[bytes], wanted: Type) -> Type:
    """Plain text in UTF-8 or the Windows code page; of the two kinds of text the ending chooses."""
    whole = content_of(content)
    lowered = whole.lower()
    if any(mark in lowered for mark in MARKUP) or whole.lstrip().startswith(b"#!"):
        raise _not_what_it_says(wanted, _("a web page or a program"))
    try:
        whole.decode("utf-8")
    except UnicodeDecodeError:
        # 0x81, 0x8d, 0x8f, 0x90 and 0x9d are no characters there: pictures and programs have them.
        try:
            whole.decode("cp1252")
        except UnicodeDecodeError:
            raise _not_what_it_says(wanted, _("something unknown")) from None
    if TEXT_CONTROLS & set(whole):
        raise _not_what_it_says(wanted, _("something unknown"))
    return wanted if wanted in (Type.CSV, Type.TXT) else Type.TXT


def _not_what_it_says(wanted: Type, found: Any) -> WrongFile:
    return WrongFile(
        _(
            "The file says it is %(said)s and it is not: its content is %(is)s. Save it again as %(said)s and choose it again."
        )
        % {"said": wanted.label, "is": found}
    )
