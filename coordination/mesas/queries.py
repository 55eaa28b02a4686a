"""Reads about mesas and their seats."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from accounts.actor import Actor
from coordination.common.models import Provenance
from coordination.common.search import HasWords
from coordination.mesas.models import Mesa, MesaQuerySet, Seat, SecretariatMandate, StandingDelegate
from coordination.organizations.models import Organization, OrganizationQuerySet, Post, effective_sector
from coordination.taxonomies.models import Province, Sector

HISTORIC = "historic"
MAX_PREFIX = 8
# Words that say what a mesa is and not which one it is.
COMMON_WORDS = frozenset(
    [
        "mesa",
        "mesas",
        "submesa",
        "sub",
        "foro",
        "proceso",
        "programa",
        "evento",
        "nacional",
        "regional",
        "intersectorial",
        "permanente",
        "zonal",
        "provincial",
        "cantonal",
        "local",
        "tecnica",
        "tematica",
        "national",
        "intersectoral",
        "forum",
        "process",
        "programme",
        "event",
        "table",
        "roundtable",
        "de",
        "del",
        "la",
        "las",
        "el",
        "los",
        "y",
        "e",
        "o",
        "u",
        "en",
        "a",
        "para",
        "por",
        "con",
        "of",
        "the",
        "and",
        "for",
        "on",
        "in",
    ]
)


def found(
    mesas: MesaQuerySet,
    *,
    text: str = "",
    level: str = "",
    kind: str = "",
    state: str = "",
    province: Province | None = None,
) -> MesaQuerySet:
    """Those that match the filters of the list. Historic is asked for like a state: that is how people see it."""  # fmt: skip
    if text:
        mesas = mesas.filter(HasWords("plain_name", text))
    if level:
        mesas = mesas.filter(level=level)
    if kind:
        mesas = mesas.filter(kind=kind)
    if province:
        mesas = mesas.filter(Q(province=province) | Q(canton__province=province))
    if state == HISTORIC:
        mesas = mesas.filter(provenance=Provenance.HISTORIC)
    elif state:
        mesas = mesas.filter(state=state, provenance=Provenance.LIVE)
    return mesas


def listed(mesas: MesaQuerySet, actor: Actor, *, on: date) -> MesaQuerySet:
    """Own ones first, then the living before the historic, by name; with ``is_own`` and ``seat_count``."""
    own = Exists(
        Seat.objects.current(on).filter(mesa=OuterRef("pk"), organization__in=actor.organization_ids)
    ) | Exists(SecretariatMandate.objects.current(on).filter(mesa=OuterRef("pk"), posts__in=actor.post_ids))
    seats = Seat.objects.current(on).filter(mesa=OuterRef("pk")).order_by().values("mesa")
    return (
        mesas.annotate(
            is_own=own if actor.post_ids else Value(False, output_field=BooleanField()),
            seat_count=Coalesce(Subquery(seats.annotate(all=Count("id")).values("all")), 0),
        )
        .select_related("province", "canton", "parent")
        .order_by("-is_own", "-provenance", "plain_name", "id")
    )


class SectorSeats(NamedTuple):
    sector: Sector
    seats: list[Seat]


def seats_by_sector(mesa: Mesa, on: date) -> list[SectorSeats]:
    """Every sector with the seats held on that day, the empty ones too: the gap is the news. Two queries.

    Each seat knows ``standing_names``: its principal first.
    """
    standing = (
        StandingDelegate.objects.filter(seat=OuterRef("pk"), ends_on=None)
        .order_by("-role", "id")
        .values("person__name")
    )
    seats = (
        Seat.objects.current(on)
        .filter(mesa=mesa)
        .annotate(sector_id=effective_sector("organization__"), standing_names=ArraySubquery(standing))
        .select_related("organization")
        .order_by("organization__plain_name")
    )
    held: dict[int, list[Seat]] = {}
    for seat in seats:
        held.setdefault(seat.sector_id, []).append(seat)
    return [SectorSeats(sector, held.get(sector.pk, [])) for sector in Sector.objects.all()]


def not_seated(mesa: Mesa, on: date) -> OrganizationQuerySet:
    """Active organizations without a seat that goes on."""
    sitting = Seat.objects.current(on).filter(mesa=mesa, ends_on=None)
    return Organization.objects.active().exclude(pk__in=sitting.values("organization"))


def acting_post(actor: Actor, *, on: date) -> Post | None:
    """The post somebody founds a mesa from: one that keeps a secretariat that day, else the first held."""
    posts = Post.objects.filter(pk__in=actor.post_ids).select_related("organization")
    keeping = SecretariatMandate.objects.current(on).filter(posts=OuterRef("pk"))
    return posts.annotate(keeps=Exists(keeping)).order_by("-keeps", "pk").first()


def suggested_prefix(name: str) -> str:
    """FS for "Mesa Zonal Frontera Sur": initials of the words that tell it apart; three letters of a single one."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", plain.lower())
    telling = [word for word in words if word not in COMMON_WORDS] or words or ["mesa"]
    letters = "".join(word[0] for word in telling) if len(telling) > 1 else telling[0][:3]
    return letters.upper()[:MAX_PREFIX]


def free_prefix(name: str) -> str:
    """The suggested prefix, with a number when another living mesa has it."""
    base = suggested_prefix(name)
    return next(candidate for candidate in _numbered(base) if not prefix_is_taken(candidate))


def prefix_is_taken(prefix: str) -> bool:
    return Mesa.objects.live().filter(code_prefix__iexact=prefix).exists()


def _numbered(base: str) -> Iterable[str]:
    yield base
    for number in count(2):
        tail = str(number)
        yield f"{base[: MAX_PREFIX - len(tail)]}{tail}"
