"""Signed links in mails: repeatable, expiring, revocable (design: reminders 17).

A token is ``<uuid>.<mac>`` with mac = HMAC-SHA256(key; purpose, uuid, generation). The key lives outside the
database, the row keeps ``generation`` and ``expires_at``: the same link can be made again without being
stored, and adding one to the generation revokes every copy.
"""

import base64
import hashlib
import hmac
import uuid

from django.conf import settings


class BadLink(Exception):
    """The token was not made by us, or was cut on its way."""


def _mac(purpose: str, public_id: uuid.UUID, generation: int) -> str:
    message = f"{purpose}:{public_id.hex}:{generation}".encode()
    digest = hmac.new(settings.LINK_KEY.encode(), message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode()


def make_token(purpose: str, public_id: uuid.UUID, generation: int) -> str:
    """The token for a row; the same on every call until the generation rises."""
    head = base64.urlsafe_b64encode(public_id.bytes).decode().rstrip("=")
    return f"{head}.{_mac(purpose, public_id, generation)}"


def read_id(token: str) -> uuid.UUID:
    """The row a token speaks of, not yet proven. Raises BadLink when it is not even well formed."""
    try:
        head, _mac_part = token.split(".")
        return uuid.UUID(bytes=base64.urlsafe_b64decode(head + "=="))
    except (ValueError, TypeError) as error:
        raise BadLink from error


WHAT_A_CUT_LINK_KEEPS = 8  # 48 bits of the proof: enough to know our own, too many to guess


def stems_from(token: str, purpose: str, public_id: uuid.UUID, generations: int) -> bool:
    """True for a link of any generation so far, also cut on its way. Good for asking for a new one, for nothing else.

    The id alone is no proof: it stands in public addresses.
    """
    _head, _dot, proof = token.partition(".")
    if len(proof) < WHAT_A_CUT_LINK_KEEPS:
        return False
    wholes = (make_token(purpose, public_id, generation) for generation in range(1, generations + 1))
    return any(hmac.compare_digest(token.encode(), whole[: len(token)].encode()) for whole in wholes)


def proves(token: str, purpose: str, public_id: uuid.UUID, generation: int) -> bool:
    """True when the token was made for this row, purpose and generation. Constant time."""
    return hmac.compare_digest(token.encode(), make_token(purpose, public_id, generation).encode())
