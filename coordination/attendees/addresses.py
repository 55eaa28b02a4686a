"""Lists of addresses as people keep them: a CSV or an Excel sheet becomes rows, and each mistake a sentence.

Nothing here reads the database and nothing is kept: between the two steps of the import the rows travel in a signed
field of the page (``pack``, ``unpack``), so that an import nobody finishes leaves nobody's address behind.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from itertools import islice
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from coordination.attendees.models import Invitation
from coordination.common.errors import DomainError
from coordination.files.inspection import WrongFile, inspect
from coordination.files.workbooks import BROKEN, readable

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5000
MOST_PACKED = 500_000
PACKED_LIFE = 60 * 60  # seconds between seeing the list and importing it
SALT = "attendees.addresses"
COLUMNS = ("organization", "person", "email", "role", "language")
NEEDED = COLUMNS[:3]
LONGEST = {"organization": 250, "person": 200, "email": 254, "role": 30, "language": 20}
# What a spreadsheet would run, were the text ever to come back into one.
FORMULA_SIGNS = ("=", "+", "-", "@", "\t")
_HEADERS = {
    "organization": {"organizacion", "organization", "organisation", "institucion", "entidad"},
    "person": {"persona", "person", "nombre", "name", "nombre de la persona"},
    "email": {"correo", "correo electronico", "email", "e-mail", "mail"},
    "role": {"rol", "role", "calidad"},
    "language": {"idioma", "language", "lengua"},
}
_ROLES = {
    "": Invitation.Role.GUEST,
    "invitado": Invitation.Role.GUEST,
    "invitada": Invitation.Role.GUEST,
    "guest": Invitation.Role.GUEST,
    "observador": Invitation.Role.OBSERVER,
    "observadora": Invitation.Role.OBSERVER,
    "observer": Invitation.Role.OBSERVER,
}
_LANGUAGES = {"": "es", "es": "es", "espanol": "es", "spanish": "es", "castellano": "es"} | dict.fromkeys(
    ("en", "ingles", "english"), "en"
)
TEMPLATE = (
    "organización;persona;correo;rol;idioma",
    "Fundación Ejemplo;Ana Torres;ana.torres@ejemplo.org;invitada;español",
)


class FileRefused(DomainError):
    """The whole file cannot be read. All belong to the field ``file``."""

    def __init__(self, message: Any) -> None:
        super().__init__(message, field="file")


class ListExpired(DomainError):
    default_message = gettext_lazy(
        "Too long has passed since the list was read, or it is another session's. Choose the file again; nothing was imported."
    )


@dataclass(frozen=True)
class Address:
    """One row: who is called, and who receives it. ``line`` is the row's number in the sheet, its head being 1."""

    line: int
    organization: str
    person: str
    email: str
    role: str = Invitation.Role.GUEST.value
    language: str = "es"


@dataclass(frozen=True)
class Problem:
    """What is wrong with a row, in words that say how to mend it."""

    line: int
    text: str
    organization: str = ""


@dataclass(frozen=True)
class Read:
    rows: list[Address]
    problems: list[Problem]


def plain(text: str) -> str:
    """Without accents, capitals and double spaces: how names are compared."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(one for one in letters if not unicodedata.combining(one)).split())


def read(name: str, content: bytes) -> Read:
    """Every row of a file. Raises FileRefused when it is no list at all, too large or too long."""
    if len(content) > MOST_BYTES:
        raise FileRefused(_("The file is larger than 2 MB. Divide the list and import it in parts."))
    cells = _sheet(name, content) if name.lower().endswith(".xlsx") else _text(content)
    numbered = ((line, cells) for line, cells in enumerate(cells, 1) if any(cells))
    head = next(numbered, None)
    if head is None:
        raise FileRefused(_("The file is empty."))
    places = _places(head[1])
    lines = list(islice(numbered, MOST_ROWS + 1))
    if len(lines) > MOST_ROWS:
        raise FileRefused(_("The list has more than 5,000 rows. Divide it and import it in parts."))
    if not lines:
        raise FileRefused(_("The file has only its head: no row follows."))
    return _checked(_address(line, cells, places) for line, cells in lines)


def pack(rows: Iterable[Address], *, session: str, user: int | None) -> str:
    """The rows as a signed text for the page's form; another session or another user cannot open it."""
    told = {"session": session, "user": user, "rows": [astuple(row) for row in rows]}
    packed = signing.dumps(told, salt=SALT, compress=True)
    if len(packed) > MOST_PACKED:
        raise FileRefused(_("The list is too long to be shown before it is imported. Divide it in parts."))
    return packed


def unpack(packed: str, *, session: str, user: int | None) -> list[Address]:
    """What ``pack`` made, within the hour. Raises ListExpired."""
    try:
        told = signing.loads(packed, salt=SALT, max_age=PACKED_LIFE)
    except signing.BadSignature as bad:
        raise ListExpired from bad
    if (told["session"], told["user"]) != (session, user):
        raise ListExpired
    return [Address(*row) for row in told["rows"]]


def _text(content: bytes) -> Iterator[list[str]]:
    """UTF-8 with or without its mark, UTF-16 with it, else the old Western encoding; ``;``, ``,`` or tabs."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = content.decode("utf-16", "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise FileRefused(_("This is not a list: save it as CSV or as Excel (.xlsx) and choose it again."))
    head = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(";,\t", key=head.count)
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            yield [_clean(cell) for cell in cells]
    except csv.Error as error:
        raise FileRefused(
            _("The file breaks off in the middle: save it again as CSV or as Excel.")
        ) from error


def _sheet(name: str, content: bytes) -> Iterator[list[str]]:
    """The first sheet of a workbook. What unfolds without end is refused before it is opened."""
    broken = _("The Excel file cannot be opened: save it again as .xlsx, or as CSV.")
    try:
        inspect(name, io.BytesIO(content))
        readable(io.BytesIO(content))
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        # Read here and now: the parts of a workbook are opened only as its rows are asked for.
        rows = list(book.worksheets[0].iter_rows(max_row=MOST_ROWS * 2, max_col=20, values_only=True))
    except WrongFile as wrong:
        raise FileRefused(wrong.message) from wrong
    except BROKEN as error:
        raise FileRefused(broken) from error
    for cells in rows:
        yield ["" if cell is None else _clean(str(cell)) for cell in cells]


def _clean(cell: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in cell).split())


def _places(head: list[str]) -> dict[str, int]:
    """Column name to its place in the row, whatever the order; unknown ones are passed over."""
    found: dict[str, int] = {}
    for place, title in enumerate(head):
        for column, titles in _HEADERS.items():
            if plain(title) in titles:
                found.setdefault(column, place)
    missing = [column for column in NEEDED if column not in found]
    if missing:
        names = {"organization": _("organization"), "person": _("person"), "email": _("e-mail")}
        said = ", ".join(f"«{names[column]}»" for column in missing)
        raise FileRefused(
            _("The first row must name the columns; missing: %(columns)s. The template shows how.")
            % {"columns": said}
        )
    return found


def _address(line: int, cells: list[str], places: dict[str, int]) -> Address:
    told = {
        column: cells[places[column]] if column in places and places[column] < len(cells) else ""
        for column in COLUMNS
    }
    return Address(line, **told)


def _checked(rows: Iterable[Address]) -> Read:
    good, problems = [], []
    for row in rows:
        wrong = list(_wrong(row))
        if wrong:
            problems.append(Problem(row.line, "; ".join(wrong), row.organization[:80]))
        else:
            role, language = _ROLES[plain(row.role)].value, _LANGUAGES[plain(row.language)]
            good.append(replace(row, email=row.email.lower(), role=role, language=language))
    return Read(good, problems)


def _wrong(row: Address) -> Iterator[str]:
    empty = {
        "organization": _("the organization is missing"),
        "person": _("the person is missing"),
        "email": _("the e-mail is missing"),
    }
    for column, text in empty.items():
        value = getattr(row, column)
        if not value:
            yield text
        elif value.startswith(FORMULA_SIGNS):
            yield _("«%(value)s» begins like a formula") % {"value": value[:40]}
        elif len(value) > LONGEST[column]:
            yield _("«%(value)s…» is too long") % {"value": value[:40]}
        elif column == "email" and not _is_email(value):
            yield _("«%(value)s» is not an e-mail address") % {"value": value[:80]}
    if plain(row.role) not in _ROLES:
        yield _("the role «%(value)s» needs a seat at the mesa: write guest or observer") % {
            "value": row.role[:40]
        }
    if plain(row.language) not in _LANGUAGES:
        yield _("the language «%(value)s» is not one of Spanish and English") % {"value": row.language[:40]}


def _is_email(value: str) -> bool:
    try:
        validate_email(value)
    except ValidationError:
        return False
    return True
