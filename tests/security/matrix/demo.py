"""The demo's mail exists for nobody unless the database is a demo; there anybody reads it (tests/demo)."""

from tests.security.matrix.base import Row, everybody

LETTER = "20260302T150000.000000Z-abcdefgh.eml"
WHY = "the suite does not run as a demo"
ROWS = [
    Row("demo:outbox", get=everybody(404), why=WHY),
    Row("demo:letter", kwargs=lambda w: {"name": LETTER}, get=everybody(404), why=WHY),
    Row("demo:letter_html", kwargs=lambda w: {"name": LETTER}, get=everybody(404), why=WHY),
    Row("demo:attachment", kwargs=lambda w: {"name": LETTER, "number": 1}, get=everybody(404), why=WHY),
]
