"""The rows of the matrix as its files hold them: plain values, read a thousand at a time.

A file has every row of a country. What a page may do for fifty rows, a model with its translations and its relations for
each, costs five times as much as the file itself; here what rows point to is asked for once a file.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from coordination.commitments.lights import traffic_light
from coordination.commitments.matrix.columns import last_updates
from coordination.commitments.matrix.forms import post_label
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common.models import Provenance
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization, Post
from coordination.sessions.models import Session
from coordination.taxonomies.models import ThematicAxis

CHUNK = 1000
STORED = (
    "pk", "public_id", "version", "provenance", "state", "number", "is_casa_adentro", "mesa", "session", "axis",
    "responsible", "verifier", "follow_up_owner", "due_on", "original_due_on", "exempt_until", "progress",
    "deliverable", "means_of_verification", "resources", "remarks", "statement_es", "statement_en",
)  # fmt: skip


@dataclass(slots=True)
class Line:
    """A commitment, and what stands in each column of a file (``file.FILE_COLUMNS``), by its key."""

    pk: int
    public_id: UUID
    version: int
    state: str
    mesa_id: int
    responsible_id: int | None
    cells: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.cells["code"])


def lines(rows: CommitmentQuerySet, today: date, shown: Iterable[str]) -> Iterator[list[Line]]:
    """The rows in their order, a thousand at a time, by a cursor of the database's. Of the columns that cost a query
    each, those that are ``shown``: ``co_responsible``, ``updated``."""
    read = _Reader(today, set(shown))
    asked = rows.values_list(*STORED).iterator(chunk_size=CHUNK)
    while chunk := list(islice(asked, CHUNK)):
        yield read.chunk(chunk)


class _Known:
    """What rows point to, by key. Each is read once, in the query that first finds it missing."""

    def __init__(self, read: Callable[[Collection[int]], dict[int, Any]]) -> None:
        self._read = read
        self._found: dict[int, Any] = {}

    def need(self, keys: Iterable[int | None]) -> None:
        if missing := {key for key in keys if key is not None} - self._found.keys():
            self._found |= self._read(missing)

    def get(self, key: int | None, empty: Any = None) -> Any:
        return self._found[key] if key is not None else empty


class _Reader:
    def __init__(self, today: date, shown: set[str]) -> None:
        self.today, self.shown = today, shown
        self.in_spanish = (get_language() or "es").startswith("es")
        # A reverse for each row would cost as much as the rest of it.
        self.address = settings.BASE_URL + reverse("commitments:detail", args=[UUID(int=0)])
        self.states = {code: str(label) for code, label in Commitment.State.choices}
        self.lights: dict[tuple[Any, ...], str] = {}
        self.mesas = _Known(
            lambda ids: {pk: (one.code_prefix, one.name) for pk, one in Mesa.objects.in_bulk(ids).items()}
        )
        self.sessions = _Known(
            lambda ids: {pk: one.short_title for pk, one in Session.objects.in_bulk(ids).items()}
        )
        self.axes = _Known(
            lambda ids: {pk: one.name for pk, one in ThematicAxis.objects.in_bulk(ids).items()}
        )
        self.names = _Known(
            lambda ids: {pk: one.name for pk, one in Organization.objects.in_bulk(ids).items()}
        )
        self.posts = _Known(
            lambda ids: {
                pk: post_label(one)
                for pk, one in Post.objects.select_related("organization").in_bulk(ids).items()
            }
        )

    def chunk(self, chunk: list[tuple[Any, ...]]) -> list[Line]:
        found = [SimpleNamespace(**dict(zip(STORED, values, strict=True))) for values in chunk]
        ids = [row.pk for row in found]
        told = [row.pk for row in found if row.provenance == Provenance.HISTORIC and not row.responsible]
        answering = _linked(Commitment.historic_responsible.through, told)
        helping = _linked(Commitment.co_responsible.through, ids) if "co_responsible" in self.shown else {}
        self.mesas.need(row.mesa for row in found)
        self.sessions.need(row.session for row in found)
        self.axes.need(row.axis for row in found)
        self.posts.need(row.follow_up_owner for row in found)
        self.names.need(key for row in found for key in (row.responsible, row.verifier))
        self.names.need(key for keys in (*answering.values(), *helping.values()) for key in keys)
        measured = _measured(ids)
        updates = last_updates(ids) if "updated" in self.shown else {}
        nobody: list[int] = []
        return [
            self._line(
                row,
                [row.responsible] if row.responsible else answering.get(row.pk, nobody),
                helping.get(row.pk, nobody),
                measured.get(row.pk, NOT_MEASURED),
                updates.get(row.pk),
            )
            for row in found
        ]

    def _line(
        self, row: Any, answering: list[int], helping: list[int], measured: tuple[Any, ...], update: Any
    ) -> Line:
        prefix, mesa = self.mesas.get(row.mesa)
        series = f"{prefix}-CA" if row.is_casa_adentro else prefix
        name, unit, baseline, value, target, original = measured
        mine, other = row.statement_es, row.statement_en
        if not self.in_spanish:
            mine, other = other, mine
        cells = {
            "code": f"{series}-{row.number:03d}",
            "mesa": mesa,
            "session": self.sessions.get(row.session),
            "statement": mine or other,
            "axis": self.axes.get(row.axis),
            "responsible": "; ".join([self.names.get(key) for key in answering]),
            "co_responsible": "; ".join([self.names.get(key) for key in helping]),
            "verifier": self.names.get(row.verifier),
            "due": row.due_on,
            "original_due": row.original_due_on,
            "deliverable": row.deliverable,
            "indicator": name,
            "unit": unit,
            "baseline": baseline,
            "value": value,
            "target": target,
            "original_target": original,
            "means": row.means_of_verification,
            "resources": row.resources,
            "progress": None if row.provenance == Provenance.HISTORIC else row.progress,
            "state": self.states[row.state],
            "light": self._light(row),
            "remarks": row.remarks,
            "followed": self.posts.get(row.follow_up_owner),
            "updated": timezone.localdate(update.at) if update else None,
            "updated_by": update.by if update else None,
            "address": self.address.replace(str(UUID(int=0)), str(row.public_id)),
        }
        return Line(row.pk, row.public_id, row.version, row.state, row.mesa, row.responsible, cells)

    def _light(self, row: Any) -> str:
        """Nothing else of a row decides its light, and a file has few of these together."""
        facts = (row.state, row.provenance, row.due_on, row.exempt_until)
        if facts not in self.lights:
            row.is_historic = row.provenance == Provenance.HISTORIC
            self.lights[facts] = str(traffic_light(row, self.today).label)
        return self.lights[facts]


NOT_MEASURED = (None,) * 6


def _measured(ids: list[int]) -> dict[int, tuple[Any, ...]]:
    """Of the first indicator of each, as the pages show it."""
    rows = (
        Indicator.objects.filter(commitment__any=ids)
        .order_by("commitment_id", "order", "id")
        .distinct("commitment_id")
        .values_list("commitment_id", "name", "unit", "baseline", "value", "target", "original_target")
    )
    return {key: tuple(told) for key, *told in rows}


def _linked(through: Any, ids: list[int]) -> dict[int, list[int]]:
    """The organizations that this relation ties to each commitment."""
    found: dict[int, list[int]] = defaultdict(list)
    if ids:
        rows = through.objects.filter(commitment__any=ids).order_by("pk")
        for commitment, organization in rows.values_list("commitment_id", "organization_id"):
            found[commitment].append(organization)
    return found
