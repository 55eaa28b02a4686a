"""Whoever acts: a signed-in user, a person who came by a link, or both.

A frozen dataclass of ids, resolved once a request by ``organizations.middleware``. Everything is seen
(``visible_to(actor)``), allowed (``can_…(actor, obj)``) and done (``by=actor``) as an actor, so that
people without an account are first-class.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.utils import timezone


@dataclass(frozen=True)
class LinkScope:
    """What a signed link opens: one purpose on one row, for one organization."""

    purpose: str
    subject_id: int
    organization_id: int


@dataclass(frozen=True)
class Actor:
    """Ids of who acts now. ``post_ids`` and ``organization_ids`` are the posts held today.

    ``mesa_roles`` are the (mesa id, role) pairs those posts reach, resolved once a request by
    ``mesas.permissions.resolve``; None means that nobody has asked the database yet.
    """

    user_id: int | None = None
    person_id: int | None = None
    name: str = ""
    post_ids: tuple[int, ...] = ()
    organization_ids: tuple[int, ...] = ()
    mesa_roles: tuple[tuple[int, str], ...] | None = None
    is_admin: bool = False
    is_auditor: bool = False
    link: LinkScope | None = None

    @property
    def is_signed_in(self) -> bool:
        return self.user_id is not None

    def in_marks(self, mark: Callable[[Any], Any]) -> "tuple[Actor, tuple[Any, ...]] | None":
        """For ``common.compiled``: which ids there are is the shape, the ids are values.

        None while the roles would still have to be read. The rules of who came by a link ask for today's seats: the day is
        part of the shape. The order in which the database gave the roles is not.
        """
        roles = _in_one_order(self.mesa_roles or ())
        if self.post_ids and self.mesa_roles is None:
            return None
        link = self.link
        mesas = list(dict.fromkeys(mesa for mesa, _role in roles))
        marks = dict(zip(mesas, (mark(mesa) for mesa in mesas), strict=True))
        marked = replace(
            self,
            name="",
            user_id=mark(self.user_id),
            person_id=mark(self.person_id),
            post_ids=mark(self.post_ids),
            organization_ids=mark(self.organization_ids),
            mesa_roles=None
            if self.mesa_roles is None
            else tuple((marks[mesa], role) for mesa, role in roles),
            link=link and LinkScope(link.purpose, mark(link.subject_id), mark(link.organization_id)),
        )
        shape = (
            self.user_id is None,
            self.person_id is None,
            len(self.post_ids),
            len(self.organization_ids),
            self.mesa_roles is None,
            tuple((mesas.index(mesa), role) for mesa, role in roles),
            self.is_admin,
            self.is_auditor,
            link and link.purpose,
            timezone.localdate() if link else None,
        )
        return marked, shape


def _in_one_order(roles: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
    """Mesas with the same roles stand together: whoever has as many of each has the same shape."""
    found: dict[int, list[str]] = {}
    for mesa, role in roles:
        found.setdefault(mesa, []).append(role)
    return tuple(
        (mesa, role)
        for _roles, mesa in sorted((sorted(set(known)), mesa) for mesa, known in found.items())
        for role in sorted(set(found[mesa]))
    )


ANONYMOUS = Actor()
SYSTEM = Actor(name="Minga")
