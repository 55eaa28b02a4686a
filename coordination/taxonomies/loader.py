"""Loads the reference data that ships with the product, from ``coordination/taxonomies/data``.

Repeatable and migration-free: rows are found by code, missing ones are added, nothing is ever deleted. What an
administrator changed afterwards stays, unless ``refresh`` asks for the shipped wording back.
"""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from django.db import models, transaction

from coordination.taxonomies.models import (
    Canton,
    DevelopmentSector,
    GcmObjective,
    GcmPrinciple,
    Holiday,
    Province,
    Sdg,
    SdgTarget,
    Sector,
    SectorType,
    ThematicAxis,
)

DATA = Path(__file__).parent / "data"


@transaction.atomic
def load(*, folder: Path = DATA, refresh: bool = False) -> dict[str, int]:
    """Brings every list up to what the files hold; all or nothing.

    Returns how many rows of each list the database has afterwards. Raises ValueError, KeyError or OSError when a
    file is broken, and then nothing of any file is kept.
    """
    provinces = _rows(folder, "provinces.json", "provinces")
    _upsert(
        Province,
        [_only(row, "code", "iso_code", "name", "capital", "planning_zone") for row in provinces],
        refresh,
    )
    by_code = _ids(Province)
    cantons = [
        {**canton, "province_id": by_code[row["code"]]} for row in provinces for canton in row["cantons"]
    ]
    _upsert(Canton, cantons, refresh)

    _upsert(Sector, _ordered(_rows(folder, "sectors.json", "sectors")), refresh)
    _linked(
        SectorType, _ordered(_rows(folder, "sector_types.json", "sector_types")), "sector", Sector, refresh
    )
    _upsert(GcmObjective, _rows(folder, "gcm.json", "objectives"), refresh)
    _upsert(GcmPrinciple, _rows(folder, "gcm.json", "principles"), refresh)
    _upsert(Sdg, _rows(folder, "sdgs.json", "goals"), refresh)
    _linked(SdgTarget, _rows(folder, "sdgs.json", "targets"), "goal", Sdg, refresh)
    names = ("code", "scheme", "order", "name_es", "name_en")
    sectors = _rows(folder, "development_sectors.json", "development_sectors")
    _upsert(DevelopmentSector, [_only(row, *names) for row in sectors], refresh)
    _load_axes(_rows(folder, "thematic_axes.json", "axes"), refresh)
    _load_holidays(folder, refresh)
    return counts()


def counts() -> dict[str, int]:
    """How many rows each list has, by the model's name."""
    lists = (
        Province, Canton, Sector, SectorType, ThematicAxis, GcmObjective, GcmPrinciple, Sdg, SdgTarget, DevelopmentSector,
        Holiday,
    )  # fmt: skip
    return {model.__name__: model._default_manager.count() for model in lists}


def _load_axes(rows: list[dict[str, Any]], refresh: bool) -> None:
    known = set(ThematicAxis.objects.values_list("code", flat=True))
    _upsert(ThematicAxis, [_only(row, "code", "order", "name_es", "name_en") for row in rows], refresh)
    axes, objectives, link = _ids(ThematicAxis), _ids(GcmObjective), ThematicAxis.gcm_objectives.through
    link.objects.bulk_create(
        [
            link(thematicaxis_id=axes[row["code"]], gcmobjective_id=objectives[objective])
            for row in rows
            for objective in row["gcm_objectives"]
            if refresh or row["code"] not in known
        ],
        ignore_conflicts=True,
    )


def _load_holidays(folder: Path, refresh: bool) -> None:
    """Every shipped day of rest with the source it names; day and territory decide what is already there."""
    file = "holidays_ec.json"
    sources = _file(folder, file)["sources"]
    provinces, cantons = _ids(Province), _ids(Canton)
    rows = [row for part in ("national", "decreed", "local") for row in _rows(folder, file, part)]
    holidays = [
        Holiday(
            date=date.fromisoformat(row["date"]),
            name_es=row["name_es"],
            name_en=row["name_en"],
            province_id=provinces[row["province"]] if "province" in row else None,
            canton_id=cantons[row["canton"]] if "canton" in row else None,
            source=sources[row["source"]]["title"],
            source_url=sources[row["source"]]["url"],
        )
        for row in rows
    ]
    if not refresh:
        Holiday.objects.bulk_create(holidays, ignore_conflicts=True)
        return
    Holiday.objects.bulk_create(
        holidays,
        update_conflicts=True,
        unique_fields=["date", "province", "canton"],
        update_fields=["name_es", "name_en", "is_kept", "source", "source_url"],
    )


def _linked(
    model: type[models.Model], rows: Iterable[dict[str, Any]], key: str, to: type[models.Model], refresh: bool
) -> None:
    targets = _ids(to)
    _upsert(model, [{**_without(row, key), f"{key}_id": targets[row[key]]} for row in rows], refresh)


def _upsert(model: type[models.Model], rows: list[dict[str, Any]], refresh: bool) -> None:
    """One INSERT for the whole list; the code decides what is already there."""
    objects = [model(**row) for row in rows]
    if not refresh:
        model._default_manager.bulk_create(objects, ignore_conflicts=True)
        return
    fields = sorted({field for row in rows for field in row} - {"code"})
    model._default_manager.bulk_create(
        objects,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=[field.removesuffix("_id") for field in fields],
    )


def _ids(model: type[models.Model]) -> dict[str, int]:
    return dict(model._default_manager.values_list("code", "pk"))


def _ordered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"order": number, **row} for number, row in enumerate(rows, 1)]


def _only(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


def _rows(folder: Path, file: str, key: str) -> list[dict[str, Any]]:
    return list(_file(folder, file)[key])


def _file(folder: Path, file: str) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / file).read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise ValueError(f"{file}: line {error.lineno}, column {error.colno}: {error.msg}") from error
