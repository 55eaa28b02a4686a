"""A workbook that is read here, not only kept: whether the reader would drown in it.

The reader holds a whole row, every text and every format in memory at once. A file of one megabyte can be one row of two
million cells, which takes 1.3 GB: what ``archives`` allows a file to unfold to is too much for that.
"""

import re
import zipfile
import zlib
from typing import IO

from django.utils.translation import gettext_lazy as _

from coordination.files.inspection import WrongFile

MEGABYTE = 1024 * 1024
MOST_BYTES = 40 * MEGABYTE  # of one part; 10,000 rows of the follow-up matrix are 16
MOST_TEXTS = 300_000
# Of a row, of a text, and of every part that is read whole: formats, the list of sheets.
MOST_AT_ONCE = MEGABYTE
# With the marks of its encoding; a JPEG begins with one of them and goes on otherwise.
MARKUP = (b"<", b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\0")
STARTS = {
    "row": re.compile(rb"<(?:[\w.-]+:)?row[\s/>]"),
    "text": re.compile(rb"<(?:[\w.-]+:)?si[\s/>]"),
}
# What the library raises for a workbook whose parts are cut off or say nonsense; an XML error is a SyntaxError.
BROKEN = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
)


def readable(content: IO[bytes]) -> None:
    """Call it after ``inspect`` and before opening. Raises WrongFile, and leaves the content at its beginning."""
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            if not all(_bounded(archive, entry) for entry in archive.infolist()):
                raise WrongFile(
                    _(
                        "Unpacked, this file would be far larger than it looks. Download the spreadsheet again and copy your figures into it."
                    )
                )
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
        raise WrongFile(
            _("The file cannot be read. Open it, save it again as XLSX and choose it again.")
        ) from error
    content.seek(0)


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    if entry.file_size <= MOST_AT_ONCE:
        return True
    name = entry.filename.lower()
    kind = "row" if name.startswith("xl/worksheets/") else "text" if name == "xl/sharedstrings.xml" else ""
    with archive.open(entry) as part:
        if not kind:
            # Pictures are not read. Whatever could be markup is, by another part that names it.
            return not part.read(64).lstrip().startswith(MARKUP)
        whole = part.read(MOST_BYTES + 1)
    # Markup of two bytes a sign has zeros: where things begin in it could not be seen.
    if len(whole) > MOST_BYTES or b"\0" in whole:
        return False
    places = [0, *(found.start() for found in STARTS[kind].finditer(whole)), len(whole)]
    if kind == "text" and len(places) > MOST_TEXTS:
        return False
    return all(after - before <= MOST_AT_ONCE for before, after in zip(places, places[1:], strict=False))
