"""A row of the permission matrix: one route, what each role is answered."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.security.matrix.world import World

ANONYMOUS, STRANGER, MEMBER, CHAIR = "anonymous", "stranger", "member", "chair"
SECRETARIAT, AUDITOR, ADMINISTRATOR = "secretariat", "auditor", "administrator"
ROLES = (ANONYMOUS, STRANGER, MEMBER, CHAIR, SECRETARIAT, AUDITOR, ADMINISTRATOR)
LOGIN = 302


def everybody(status: int, **others: int) -> dict[str, int]:
    """The same answer for all roles but those named."""
    return {role: others.get(role, status) for role in ROLES}


def only(*roles: str, ok: int = 200, refused: int = 403, anonymous: int = LOGIN) -> dict[str, int]:
    """``ok`` for these roles, ``refused`` for other signed-in ones, sign-in for the anonymous."""
    return {role: ok if role in roles else anonymous if role == ANONYMOUS else refused for role in ROLES}


@dataclass(frozen=True)
class Row:
    """``get``/``post``: role → status, or None when the method is not for this route (then 405 is asserted)."""

    name: str
    kwargs: Callable[[World], dict[str, Any]] = lambda _world: {}
    get: dict[str, int] | None = None
    post: dict[str, int] | None = None
    data: Callable[[World], dict[str, Any]] = lambda _world: {}
    why: str = field(default="")
