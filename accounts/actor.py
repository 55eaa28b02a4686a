"""Whoever acts: a signed-in user, a person who came by a link, or both.

A frozen dataclass of ids, resolved once a request by ``organizations.middleware``. Everything is seen
(``visible_to(actor)``), allowed (``can_…(actor, obj)``) and done (``by=actor``) as an actor, so that
people without an account are first-class.
"""

from dataclasses import dataclass


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


ANONYMOUS = Actor()
SYSTEM = Actor(name="Minga")
