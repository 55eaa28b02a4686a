"""Loads the whole demo world: all of it or nothing, once, and only where a demo may live."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import DatabaseError, transaction

from accounts.models import User
from coordination.demo import alliances, facts, living
from coordination.demo.facts import NotLoaded
from coordination.demo.files import DATA, BrokenData
from coordination.demo.models import DemoWorld
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.taxonomies import loader

VERSION = 1


class NotADemo(Exception):
    """The database holds somebody's mesas, organizations or users and bears no mark of a demo."""


@dataclass(frozen=True)
class Loaded:
    """What a run did: whether the living part is new, and the facts that have no place."""

    is_new: bool
    left_out: list[NotLoaded]


@transaction.atomic
def load(*, now: datetime, folder: Path = DATA) -> Loaded:
    """Adds the facts that are missing and, the first time, the living mesas around ``now``.

    Raises NotADemo before anything is written, BrokenData (and nothing is kept) when a file is broken.
    """
    is_new = not DemoWorld.objects.filter(version=VERSION).exists()
    if is_new and not DemoWorld.objects.exists() and _is_in_use():
        raise NotADemo
    loader.load()
    try:
        with transaction.atomic():
            left_out = facts.load(now=now, folder=folder)
            alliances.load(now=now, folder=folder)
            if is_new:
                living.load(folder=folder, now=now)
    except DatabaseError as error:
        raise BrokenData(f"the database refuses a row of the data files: {error}") from error
    if is_new:
        DemoWorld.objects.create(version=VERSION, loaded_at=now)
    return Loaded(is_new=is_new, left_out=left_out)


def _is_in_use() -> bool:
    return any(model._default_manager.exists() for model in (Mesa, Organization, User))
