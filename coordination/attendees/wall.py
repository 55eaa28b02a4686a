"""The code on the wall: six digits that change every minute, made of the door's secret and never stored."""

import hashlib
import hmac
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from coordination.attendees.models import Door
from coordination.sessions.models import Session

WINDOW = 60  # seconds; a code is good in its own window and in the next one
DIGITS = 6


def door_of(session: Session) -> Door:
    """The door as it stands; one that nobody touched yet is shut. One query."""
    return Door.objects.filter(session=session).first() or Door(session=session)


def code_now(door: Door, now: datetime) -> str:
    return _code(door, int(now.timestamp()) // WINDOW)


def code_holds(door: Door, code: str, now: datetime) -> bool:
    """True for the code of this minute and of the one before, while the door takes people in by themselves."""
    window = int(now.timestamp()) // WINDOW
    given = code.strip().replace(" ", "").encode()
    good = [hmac.compare_digest(given, _code(door, one).encode()) for one in (window, window - 1)]
    return any(good) and door.self_check_in


def address(door: Door, now: datetime) -> str:
    """What the picture on the wall says."""
    path = reverse("attendees:here", args=[door.session.public_id, code_now(door, now)])
    return f"{settings.BASE_URL}{path}"


def _code(door: Door, window: int) -> str:
    message = f"wall:{door.session.public_id.hex}:{door.generation}:{window}".encode()
    digest = hmac.new(settings.LINK_KEY.encode(), message, hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"
