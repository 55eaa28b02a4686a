"""Guests of a session: organizations without a seat. Which organization a row of a list means, and what keeps it out.

A guest has a voice and no vote, and does not count for the quorum, which counts seats.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from django.utils.translation import gettext as _

from coordination.attendees.addresses import Address, Problem, plain
from coordination.attendees.models import Delegate, Invitation
from coordination.mesas.models import Seat
from coordination.organizations.models import FormerName, Organization, Tenure
from coordination.sessions.models import Session

GUEST_ROLES = (Invitation.Role.GUEST, Invitation.Role.OBSERVER)
MOST_GUESSES = 30  # a close name is looked for so often on one page, and not in the whole of a wrong list


@dataclass(frozen=True)
class Unknown:
    """A row whose organization is not in the directory. ``like`` is a name that is, and that comes close."""

    row: Address
    like: str = ""
    proposed_id: int | None = None  # already waiting for the administrators; not told to anybody


@dataclass
class Checked:
    """``known`` pairs each good row with its organization. Nothing is imported while ``problems`` is not empty."""

    known: list[tuple[Address, int]] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> int:
        return len(self.known) + len(self.unknown)


def check(session: Session, rows: Sequence[Address], on: date) -> Checked:
    """Each row with its organization, by name, acronym or former name without accents. Four queries for any number."""
    directory = _Directory()
    called = set(session.invitations.values_list("organization_id", flat=True))
    seated = set(
        Seat.objects.current(on).filter(mesa_id=session.mesa_id).values_list("organization_id", flat=True)
    )
    found = Checked()
    first: dict[object, int] = {}
    for row in rows:
        ids = directory.find(row.organization)
        active = [pk for pk in ids if directory.states[pk] == Organization.State.ACTIVE]
        waiting = [pk for pk in ids if directory.states[pk] == Organization.State.PROPOSED]
        known = active[0] if active else None
        key: object = known or plain(row.organization)
        if len(active) > 1:
            wrong = _("several organizations are called so: write the full name")
        elif known in called or (not active and waiting and waiting[0] in called):
            wrong = _("the organization is already called to this session")
        elif known in seated:
            wrong = _("the organization has a seat at the mesa: call it with those who are missing")
        elif not active and ids and not waiting:
            wrong = _("the organization is no longer active in the directory")
        elif key in first:
            wrong = _("the organization is already in row %(line)s") % {"line": first[key]}
        else:
            first[key] = row.line
            if known:
                found.known.append((row, known))
            else:
                found.unknown.append(Unknown(row, "", waiting[0] if waiting else None))
            continue
        found.problems.append(Problem(row.line, wrong, row.organization))
    return found


def with_guesses(unknown: Sequence[Unknown]) -> list[Unknown]:
    """The same with a close name of the directory where there is one: most unknown organizations are slips of the hand."""
    names = {plain(name): name for name in _active_names()}
    guessed = []
    for place, one in enumerate(unknown):
        near = (
            get_close_matches(plain(one.row.organization), names, n=1, cutoff=0.8)
            if place < MOST_GUESSES
            else []
        )
        guessed.append(Unknown(one.row, names[near[0]] if near else "", one.proposed_id))
    return guessed


def people_of(organization_ids: Iterable[int]) -> dict[tuple[int, str, str], int]:
    """The people these organizations have named before: (organization, e-mail, name) to the person. Three queries."""
    ids = list(organization_ids)
    rows = [
        *Tenure.objects.filter(post__organization_id__in=ids).values_list(
            "post__organization_id", "person__email", "person__name", "person_id"
        ),
        *Delegate.objects.filter(invitation__organization_id__in=ids).values_list(
            "invitation__organization_id", "person__email", "person__name", "person_id"
        ),
        *Invitation.objects.filter(organization_id__in=ids, addressee__isnull=False).values_list(
            "organization_id", "addressee__email", "addressee__name", "addressee_id"
        ),
    ]
    return {
        (organization, email.lower(), plain(name)): pk
        for organization, email, name, pk in sorted(rows, key=lambda row: -(row[3] or 0))
        if pk
    }


class _Directory:
    """Every name of every organization: full names first, then acronyms and former names. Two queries."""

    def __init__(self) -> None:
        self.states: dict[int, str] = {}
        self._full: dict[str, list[int]] = defaultdict(list)
        self._other: dict[str, list[int]] = defaultdict(list)
        rows = Organization.objects.order_by("id").values_list(
            "pk", "state", "name_es", "name_en", "acronym_es", "acronym_en"
        )
        for pk, state, *names in rows:
            self.states[pk] = state
            self._keep(self._full, names[:2], pk)
            self._keep(self._other, names[2:], pk)
        for pk, name in FormerName.objects.order_by("id").values_list("organization_id", "name"):
            self._keep(self._other, [name], pk)

    def find(self, name: str) -> list[int]:
        key = plain(name)
        return self._full.get(key) or self._other.get(key, [])

    @staticmethod
    def _keep(table: dict[str, list[int]], names: Iterable[str | None], pk: int) -> None:
        for key in {plain(name) for name in names if name}:
            if pk not in table[key]:
                table[key].append(pk)


def _active_names() -> list[str]:
    rows = Organization.objects.active().values_list("name_es", "name_en", "acronym_es")
    return [name for row in rows for name in row if name]
