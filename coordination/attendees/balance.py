"""Who would sit at the table, by sector and by level: against the mesa's rule, and against who came last time.

What nobody is called for, although the mesa's rule names it or it came last time, is *missing*: the convocation then
keeps a reason. The comparison is with the last open session of the same mesa that was held; a closed session is
compared with nothing and asks for no reason, for its circle is chosen by name.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import get_language, override

from coordination.attendees.models import Attendance, Convocation
from coordination.mesas.models import Mesa
from coordination.organizations.models import Level, effective_sector
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

CAME = (Attendance.Status.PRESENT, Attendance.Status.SUBSTITUTE)
LEVELS = dict(Level.choices)


@dataclass(frozen=True)
class Part:
    """One sector or one level. ``came`` is None where there is nothing to compare with."""

    code: str
    name: str | Promise
    called: int
    came: int | None = None
    expected: bool = False
    # Of a sector, in every language: what is kept says what it was called that day.
    names: Mapping[str, str] | None = None

    @property
    def is_missing(self) -> bool:
        return self.called == 0 and (self.expected or bool(self.came))

    @property
    def state(self) -> str:
        """missing (the rule names it), lost (it came last time), none, one, some."""
        if self.is_missing:
            return "missing" if self.expected else "lost"
        return ("none", "one")[self.called] if self.called < 2 else "some"


@dataclass(frozen=True)
class Balance:
    """``last_on`` is the day of the session compared with. Levels without anybody, now or then, are left out."""

    sectors: list[Part]
    levels: list[Part]
    last_on: date | None = None
    is_closed: bool = False

    @property
    def missing(self) -> list[Part]:
        return [part for part in (*self.sectors, *self.levels) if part.is_missing]

    @property
    def missing_sectors(self) -> list[Part]:
        return [part for part in self.sectors if part.is_missing]

    @property
    def missing_levels(self) -> list[Part]:
        return [part for part in self.levels if part.is_missing]

    @property
    def has_rule(self) -> bool:
        return any(part.expected for part in (*self.sectors, *self.levels))

    @property
    def needs_reason(self) -> bool:
        return bool(self.missing) and not self.is_closed

    @property
    def filled(self) -> int:
        return sum(1 for part in self.sectors if part.called)

    @property
    def most(self) -> int:
        """The longest bar."""
        return max((max(part.called, part.came or 0) for part in (*self.sectors, *self.levels)), default=0)

    def snapshot(self) -> dict[str, Any]:
        """Codes, names and figures, as ``Convocation.balance`` keeps them."""
        return {
            "sectors": [_kept(part) for part in self.sectors],
            "levels": [_kept(part) for part in self.levels],
            "last_on": self.last_on.isoformat() if self.last_on else None,
        }


@dataclass(frozen=True)
class Seen:
    """What the balance compares with: the rule of the mesa and who came last time."""

    sectors: Sequence[Sector]
    expected_sectors: frozenset[int]
    expected_levels: frozenset[str]
    came_sectors: Mapping[int, int]
    came_levels: Mapping[str, int]
    last_on: date | None
    is_closed: bool

    def of(self, called: Iterable[tuple[int, str]]) -> Balance:
        """The balance of these organizations, each given as its sector and its level. No query."""
        rows = list(called)
        by_sector = Counter(sector for sector, _level in rows)
        by_level = Counter(level for _sector, level in rows)
        compares = self.last_on is not None
        sectors = [
            Part(
                sector.code,
                sector.short_name or sector.name,
                by_sector[sector.pk],
                self.came_sectors.get(sector.pk, 0) if compares else None,
                sector.pk in self.expected_sectors,
                _names(sector),
            )
            for sector in self.sectors
        ]
        levels = [
            Part(
                level.value,
                level.label,
                by_level[level.value],
                self.came_levels.get(level.value, 0) if compares else None,
                level.value in self.expected_levels,
            )
            for level in Level
        ]
        shown = [part for part in levels if part.called or part.came or part.expected]
        return Balance(sectors, shown, self.last_on, self.is_closed)


def seen(session: Session, mesa: Mesa) -> Seen:
    """Rule and last time. Three queries; one for a closed session."""
    rule = mesa.expected_sectors.filter(pk=OuterRef("pk"))
    sectors = list(Sector.objects.annotate(is_expected=Exists(rule)).order_by("order", "id"))
    expected = frozenset(sector.pk for sector in sectors if sector.is_expected)
    last = None if session.is_casa_adentro else last_held(session)
    came = _who_came(last) if last else set()
    return Seen(
        sectors=sectors,
        expected_sectors=expected,
        expected_levels=frozenset(mesa.expected_levels),
        came_sectors=Counter(sector for _pk, sector, _level in came),
        came_levels=Counter(level for _pk, _sector, level in came),
        last_on=last.local_day if last else None,
        is_closed=session.is_casa_adentro,
    )


def last_held(session: Session) -> Session | None:
    """The last open session of the same mesa that was held before this one."""
    held = Session.objects.live().filter(
        mesa_id=session.mesa_id, state=Session.State.HELD, is_casa_adentro=False
    )
    if session.starts_at:
        held = held.filter(starts_at__lt=session.starts_at)
    return held.exclude(pk=session.pk).order_by("-starts_at", "-id").first()


def balance_of(convocation: Convocation) -> Balance | None:
    """What the gauge showed when the convocation left; None for one sent before it was kept. No query."""
    kept = convocation.balance
    if not kept:
        return None
    return Balance(
        sectors=[_part(row) for row in kept.get("sectors", ())],
        levels=[_part(row) for row in kept.get("levels", ())],
        last_on=date.fromisoformat(kept["last_on"]) if kept.get("last_on") else None,
    )


def _who_came(session: Session) -> set[tuple[int, int, str]]:
    """Organizations that were called and came, with sector and level. Who walked in uncalled sets no standard."""
    came = Attendance.objects.filter(
        block__session=session,
        block__is_casa_adentro=False,
        status__in=CAME,
        organization__invitations__session=session,
    )
    return set(
        came.order_by().values_list(
            "organization_id", effective_sector("organization__"), "organization__level"
        )
    )


def _kept(part: Part) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "code": part.code,
        "called": part.called,
        "came": part.came,
        "expected": part.expected,
    }
    return kept | {"names": part.names} if part.names else kept


def _names(sector: Sector) -> dict[str, str]:
    found = {}
    for code, _label in settings.LANGUAGES:
        with override(code):
            found[code] = sector.short_name or sector.name
    return found


def _part(row: Mapping[str, Any]) -> Part:
    """A level says its name in the reader's language, a sector the one it had."""
    names, code = row.get("names") or {}, row["code"]
    name = names.get(get_language() or "") or next(iter(names.values()), LEVELS.get(code, code))
    return Part(code, name, row["called"], row.get("came"), bool(row.get("expected")), names or None)
