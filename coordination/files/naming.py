"""What the name of a file may say, and what it promises about the content."""

import re
import unicodedata
from pathlib import PurePosixPath

from django.utils.translation import gettext

from coordination.files.models import StoredFile

Type = StoredFile.Type
NAME_LENGTH = 150
NOT_IN_A_NAME = re.compile(r'[<>:"|?*]')

ENDINGS: dict[str, Type] = {
    "pdf": Type.PDF,
    "docx": Type.DOCX,
    "xlsx": Type.XLSX,
    "pptx": Type.PPTX,
    "odt": Type.ODT,
    "ods": Type.ODS,
    "jpg": Type.JPEG,
    "jpeg": Type.JPEG,
    "png": Type.PNG,
    "webp": Type.WEBP,
    "csv": Type.CSV,
    "txt": Type.TXT,
}
ACCEPT = ",".join(f".{ending}" for ending in ENDINGS)


def cleaned(name: str) -> str:
    """The last part of the name without folders, control, invisible and turning characters, at most 150 long.

    What a disk or a mail program would read as something else goes; accents and spaces stay. The ending is kept.
    """
    last = re.split(r"[\\/]", name)[-1]
    plain = unicodedata.normalize("NFC", last)
    # Every line, space and tab is a space; other control and format characters (C…) are nothing.
    plain = re.sub(r"\s+", " ", plain)
    plain = "".join(char for char in plain if unicodedata.category(char)[0] != "C")
    stem, dot, ending = NOT_IN_A_NAME.sub("", plain).rstrip(" .").rpartition(".")
    if not dot:
        stem, ending = ending, ""
    ending = f".{ending.strip()[:9]}" if ending else ""
    stem = stem.strip(" .") or gettext("document")
    return f"{stem[: NAME_LENGTH - len(ending)].rstrip()}{ending}"


def promised(name: str) -> Type | None:
    """The type that the name's ending speaks of; None for an ending that is not allowed."""
    return ENDINGS.get(PurePosixPath(name).suffix.removeprefix(".").lower())
