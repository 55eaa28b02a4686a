"""A letter as bytes, as RFC 5322 and 2045 to 2047 spell it.

The library's message objects take longer than everything else in a letter. It still folds every header that is not
plain; bodies are encoded by ``binascii``, and only the frame between them is ours.
"""

import base64
import binascii
import re
import secrets
from collections.abc import Iterable
from email.headerregistry import Address
from email.policy import SMTP
from functools import lru_cache

POLICY = SMTP.clone(max_line_length=200)
_PLAIN = re.compile(r"[\x20-\x7e]{0,190}")
_NAME = re.compile(r"(?=.{1,60}$)[A-Za-z0-9]+( [A-Za-z0-9]+)*")
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_ENCODED_WORD = 45  # bytes that fit into one encoded word (RFC 2047: 75 signs as it is written)


def mailbox(name: str, user: str, domain: str) -> str:
    """The value of To or From: the name encoded unless it is plain, so that no sign in it means anything."""
    if not name or not (_ATOM.fullmatch(user) and _ATOM.fullmatch(domain)):
        return _fold("To", Address(name, user, domain)).removeprefix("To: ")
    if _NAME.fullmatch(name):
        return f"{name} <{user}@{domain}>"
    spelled = "\r\n ".join(f"=?utf-8?b?{base64.b64encode(word).decode()}?=" for word in _words(name))
    return f"{spelled} <{user}@{domain}>"


def _words(name: str) -> list[bytes]:
    """As few pieces as fit, whole letters each: some readers leave a space where two pieces meet."""
    words = [b""]
    for sign in name:
        spelled = sign.encode()
        if len(words[-1]) + len(spelled) > _ENCODED_WORD:
            words.append(b"")
        words[-1] += spelled
    return words


def header(name: str, value: str) -> str:
    """One header, folded and encoded where it must be. Raises ValueError for one that would become two."""
    if _PLAIN.fullmatch(value) and "=?" not in value:
        return f"{name}: {value}"
    return _folded(name, value)


@lru_cache(maxsize=1024)
def _folded(name: str, value: str) -> str:
    """Kept, because a session's recipients share its subject."""
    return _fold(name, value)


def _fold(name: str, value: str | Address) -> str:
    made = POLICY.header_store_parse(name, value)[1]
    return POLICY.fold(name, made).removesuffix("\r\n")


def text_part(subtype: str, text: str) -> bytes:
    """Words, quoted-printable: lines of any length and language survive every relay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    body = binascii.b2a_qp(lines.encode(), istext=True)
    return f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'.encode() + body  # fmt: skip


def calendar_parts(method: str, calendar: bytes, filename: str) -> tuple[bytes, bytes]:
    """Twice on purpose: as an alternative, which calendars act upon, and as a file, which people can open."""
    body = base64.encodebytes(calendar).replace(b"\n", b"\r\n")
    how = "Content-Transfer-Encoding: base64\r\n"
    acted = f'Content-Type: text/calendar; charset="utf-8"; method="{method}"\r\n{how}\r\n'
    opened = f'Content-Type: application/ics\r\n{how}Content-Disposition: attachment; filename="{filename}"\r\n\r\n'
    return acted.encode() + body, opened.encode() + body


def pdf_part(content: bytes, filename: str) -> bytes:
    """A paper that people open or print."""
    how = f'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{filename}"\r\n'
    return f'Content-Type: application/pdf; name="{filename}"\r\n{how}\r\n'.encode() + base64.encodebytes(
        content
    ).replace(b"\n", b"\r\n")


def multipart(subtype: str, parts: Iterable[bytes]) -> bytes:
    """Parts with a line between them that none of them can hold: "=_" is in no encoded body."""
    mark = f"=_{secrets.token_hex(12)}"
    between = f"--{mark}\r\n".encode()
    return b"".join([
        f'Content-Type: multipart/{subtype}; boundary="{mark}"\r\n\r\n'.encode(),
        *(piece for part in parts for piece in (between, part, b"\r\n")),
        f"--{mark}--\r\n".encode(),
    ])  # fmt: skip


def message(headers: Iterable[str], body: bytes) -> bytes:
    return "\r\n".join([*headers, "MIME-Version: 1.0\r\n"]).encode("ascii") + body
