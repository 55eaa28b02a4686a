"""A letter as staff may read it: with the recipient's words and rights, without the keys that only they may hold."""

import email
import email.policy
import logging
import re
from dataclasses import dataclass
from datetime import datetime

from coordination.notifications import letters, subjects
from coordination.notifications.models import Notification
from coordination.notifications.permissions import GUARDED

log = logging.getLogger(__name__)
# A signed link (accounts.links): 22 signs that name the row, a dot, the proof. Cut ones too: half a key is a key's half.
TOKEN = re.compile(r"(?<![\w-])[\w-]{22}\.[\w-]{6,}")
HIDDEN = "…"
# Plans whose visibility the list has checked, and whose letters speak of nothing else.
SHOWN = (*GUARDED, "joinrequest")


@dataclass(frozen=True)
class Shown:
    """The three parts a person reads."""

    subject: str
    text: str
    html: str


def shown(row: Notification, now: datetime) -> Shown | None:
    """The letter as it would be written now, its links and codes made useless; None when there is nothing to show.

    ``row`` brings its recipient and organization. A letter that gathers several mesas is not shown: who reads it
    here might not see them all.
    """
    kind = subjects.SUBJECTS.get(row.subject_type)
    subject = kind.read(row.subject_id) if kind and row.root_type in SHOWN else None
    if subject is None:
        return None
    try:
        content = letters.write(row, subject, now).content
    except Exception:
        log.exception("letter not written for reading: notification %s", row.pk)
        return None
    message = email.message_from_bytes(content, policy=email.policy.default)
    return without_keys(_parts(message), getattr(subject, "digits", ""))


def without_keys(letter: Shown, digits: str = "") -> Shown:
    """The same words. Nobody can act with what is left of a link, nor read the digits of a code."""

    def clean(text: str) -> str:
        text = TOKEN.sub(HIDDEN, text)
        return text.replace(digits, HIDDEN) if digits else text

    return Shown(clean(letter.subject), clean(letter.text), clean(letter.html))


def _parts(message: email.message.EmailMessage) -> Shown:
    def content(kind: str) -> str:
        part = message.get_body((kind,))
        return str(part.get_content()) if part else ""

    return Shown(str(message["Subject"]), content("plain"), content("html"))
