"""Opens every address as every role and reads what comes back, in whatever form it comes."""

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from coordination.common.errors import DomainError
from tests.security.matrix.base import Row
from tests.security.silence.world import ClosedWorld


@dataclass(frozen=True)
class Address:
    """A route with the objects of one world in its place."""

    route: str
    url: str
    by_link: bool


def addresses(rows: Iterable[Row], world: ClosedWorld) -> list[Address]:
    """Every route of the matrix, once for each of its rows, with what the row makes for it.

    Rows are written for a world of their own. Where one makes what an earlier one has made already, it gets another
    session to make it in.
    """
    found: list[Address] = []
    for row in rows:
        for place in (lambda: world, world.spare):
            try:
                with transaction.atomic():
                    kwargs = row.kwargs(place())
            except (IntegrityError, DomainError):
                continue
            found.append(Address(row.name, reverse(row.name, kwargs=kwargs), "token" in kwargs))
            break
        else:
            raise AssertionError(f"{row.name}: its row makes nothing in a world that others use")
    return found


def read(response: HttpResponse) -> str:
    """Head and body as one text: pages, files of Word and Excel, calendars with their lines put together, PDF."""
    head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return f"{response.status_code}\n{head}\n{_text(body)}"


def _text(body: bytes) -> str:
    if body.startswith(b"%PDF"):
        return _pdf(body) + body.decode("latin-1")
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return " ".join(
                [*archive.namelist(), *(archive.read(n).decode("latin-1") for n in archive.namelist())]
            )
    return re.sub(r"\r?\n[ \t]", "", body.decode("utf-8", "replace")) + body.decode("utf-8", "replace")


def _pdf(body: bytes) -> str:
    try:
        pdf = PdfReader(io.BytesIO(body))
        told = " ".join(str(value) for value in (pdf.metadata or {}).values())
        return told + " ".join(page.extract_text() for page in pdf.pages)
    except PyPdfError:  # a file somebody handed in that only begins like one
        return ""


def ask(client: Client, address: Address, *, post: dict[str, object] | None = None) -> str:
    """What the address answers, redirects not followed: where they lead is part of the answer."""
    if post is not None:
        return read(client.post(address.url, post))
    return read(client.get(address.url))
