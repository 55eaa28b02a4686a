"""Mail by the API of a provider that django-anymail knows. Imported only when MINGA_EMAIL_PROVIDER names one.

Its answers become the same few outcomes that SMTP has: what surely was not taken is tried later, what never will be
is refused, and a request that left without an answer is unknown.
"""

import email
import email.policy
import logging
import re
from collections.abc import Callable
from email.errors import MessageDefect
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.mime.base import MIMEBase
from email.parser import BytesHeaderParser
from email.utils import parseaddr
from types import TracebackType
from typing import Any, Self

from anymail.exceptions import (
    AnymailAPIError,
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
)
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from requests.exceptions import ConnectTimeout, ProxyError, RequestException, SSLError
from urllib3.exceptions import NewConnectionError

from coordination.notifications.letters import Letter
from coordination.notifications.smtp import Answer, Outcome, nothing

log = logging.getLogger(__name__)
# These say something about our account or the moment, nothing about the recipient: nobody's address is marked.
NOT_THE_RECIPIENT = frozenset({401, 402, 403, 404, 405, 407, 408, 409, 421, 423, 425, 429})
# What a provider may be told; the rest of a header it writes itself.
HEADERS = ("Message-ID", "Auto-Submitted", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post")
ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")  # a provider may know how to write to one with accents
OUR_ID = "minga_message"  # comes back with each event of the webhook, where the provider can carry it


class ProviderAway(OSError):
    """The provider cannot be used as it is configured."""


class Provider:
    """A session with the provider's API for several letters."""

    def __init__(self) -> None:
        self._backend: Any = None

    def open(self) -> None:
        """Makes the session. Raises ProviderAway when a name or a key is missing."""
        if self._backend is not None:
            return
        try:
            backend = get_connection(f"anymail.backends.{settings.EMAIL_PROVIDER}.EmailBackend")
            backend.open()
        except (ImportError, ImproperlyConfigured) as error:
            log.error("the mail provider %s is not configured: %s", settings.EMAIL_PROVIDER, error)
            raise ProviderAway(str(error)) from error
        self._backend = backend

    def send(self, letter: Letter, meanwhile: Callable[[], None] = nothing) -> Answer:
        """One request for one letter; its library waits by itself."""
        if not ADDRESS.fullmatch(letter.recipient):
            return Answer(Outcome.REFUSED, 553, "the address cannot be spelled")
        try:
            mail = django_mail(letter)
        except (
            ValueError,
            MessageDefect,
        ):  # an address that cannot be spelled: the next letter goes all the same
            return Answer(Outcome.REFUSED, 553, "the address cannot be spelled")
        try:
            self.open()
            self._backend.send_messages([mail])
        except (AnymailInvalidAddress, AnymailRecipientsRefused) as refused:
            return Answer(Outcome.REFUSED, _status(refused) or 553, _words(_said(refused)))
        except AnymailAPIError as error:
            return self._without_success(error)
        except (
            AnymailError,
            ProviderAway,
        ) as error:  # the letter never left: our own trouble, not the recipient's
            log.error("letter not given to %s: %s", settings.EMAIL_PROVIDER, type(error).__name__)
            return Answer(Outcome.LATER, 0, type(error).__name__)
        except Exception as error:  # an answer its library stumbles over: it may well have been a yes
            log.exception("the answer of %s was not understood", settings.EMAIL_PROVIDER)
            self.close()
            return Answer(Outcome.UNKNOWN, 0, type(error).__name__)
        given = mail.anymail_status  # type: ignore[attr-defined]
        code = getattr(given.esp_response, "status_code", 0) or 250
        if code // 100 != 2:  # the library leaves an address it could not find in the refusal "unknown"
            return Answer(Outcome.REFUSED, code, _words(given.esp_response.text))
        return Answer(Outcome.TAKEN, code, f"id {given.message_id}")

    def close(self) -> None:
        if self._backend is not None:
            self._backend.close()
            self._backend = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _without_success(self, error: AnymailError) -> Answer:
        status = _status(error)
        if status is None or status // 100 == 2:  # no answer, or a yes that nobody can read
            self.close()
            never_left = status is None and _never_left(error.__cause__)
            name = type(error.__cause__ or error).__name__
            return Answer(Outcome.LATER if never_left else Outcome.UNKNOWN, status or 0, name)
        if status // 100 == 4 and status not in NOT_THE_RECIPIENT:
            return Answer(Outcome.REFUSED, status, _words(_said(error)))
        if status in (401, 402, 403, 404):
            log.error("%s refuses our account: %s", settings.EMAIL_PROVIDER, status)
        return Answer(Outcome.LATER, status, _words(_said(error)))


def django_mail(letter: Letter) -> EmailMultiAlternatives:
    """The letter as Django spells it. The calendar becomes one file that still says its method.

    Providers carry text, HTML and files, no third alternative; Outlook and Gmail act upon a file of the type
    text/calendar with the method as its parameter.
    """
    parsed = email.message_from_bytes(letter.content, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)  # noqa: S101  the default policy makes nothing else
    written = BytesHeaderParser().parsebytes(letter.content)
    plain, html = parsed.get_body(("plain",)), parsed.get_body(("html",))
    mail = EmailMultiAlternatives(
        subject=str(parsed["Subject"]),
        body=plain.get_content() if plain else "",
        from_email=_spelled(written["From"]),
        to=[_spelled(written["To"], letter.recipient)],
        headers={name: str(parsed[name]) for name in HEADERS if parsed[name]},
    )
    if html:
        mail.attach_alternative(html.get_content(), "text/html")
    for part in parsed.walk():
        if part.get_content_type() == "text/calendar":
            mail.attach(_calendar(part))
        elif part.get_content_type() == "application/pdf":
            mail.attach(part.get_filename() or "carta.pdf", part.get_payload(decode=True), "application/pdf")
    mail.metadata = {OUR_ID: letter.message_id}  # type: ignore[attr-defined]
    return mail


def _calendar(part: Any) -> MIMEBase:
    file = MIMEBase("text", "calendar", method=part.get_param("method"), charset="utf-8")
    file.set_payload(part.get_content().encode())
    file.add_header("Content-Disposition", "attachment", filename="invitacion.ics")
    return file


def _spelled(written: str, address: str = "") -> str:
    """Name and address of a header as it was written; accents stay, and a name with commas or quotes is quoted.

    By hand, because the library that reads headers leaves a space where a long name goes over to its next line.
    """
    name, found = parseaddr("".join(written.splitlines()))
    return str(Address(str(make_header(decode_header(name))), addr_spec=address or found))


def _never_left(cause: BaseException | None) -> bool:
    """Whether the connection failed before the request could be read by anybody."""
    if isinstance(cause, ConnectTimeout | ProxyError | SSLError):
        return True
    if isinstance(cause, RequestException) and cause.args:
        return isinstance(getattr(cause.args[0], "reason", None), NewConnectionError)
    return False


def _status(error: AnymailError) -> int | None:
    return getattr(error, "status_code", None) or getattr(
        getattr(error, "response", None), "status_code", None
    )


def _said(error: AnymailError) -> str:
    return getattr(getattr(error, "response", None), "text", "") or str(error)


def _words(said: str) -> str:
    """The provider's words without addresses: the log and the row hold keys, no people."""
    return re.sub(r"\S+@\S+", "<…>", " ".join(said.split()))[:300]
