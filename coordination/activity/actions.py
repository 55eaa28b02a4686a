"""The one way to write history."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models

from accounts.actor import Actor
from coordination.activity.models import Activity


def record(
    *,
    kind: str,
    by: Actor,
    subject: models.Model,
    now: datetime,
    mesa_id: int | None = None,
    payload: dict[str, Any] | None = None,
) -> Activity:
    """Writes that ``kind`` happened to ``subject``, inside the caller's transaction.

    ``subject_type`` is the model's name in lower case. The payload holds ids and codes, never names,
    addresses or closed text. Records: the activity itself, to be dispatched.
    """
    return Activity.objects.create(
        kind=kind,
        actor_user_id=by.user_id,
        actor_person_id=by.person_id,
        actor_organization_id=acts_for(by),
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        mesa_id=mesa_id,
        payload=payload or {},
        occurred_at=now,
    )


def record_all(
    *, kind: str, by: Actor, subjects: Iterable[models.Model], now: datetime, mesa_id: int | None = None
) -> None:
    """``record`` for many subjects that met the same at once: a row each, in one statement for a thousand."""
    organization_id = acts_for(by)
    Activity.objects.bulk_create(
        (
            Activity(
                kind=kind,
                actor_user_id=by.user_id,
                actor_person_id=by.person_id,
                actor_organization_id=organization_id,
                subject_type=subject._meta.model_name,
                subject_id=subject.pk,
                mesa_id=mesa_id,
                occurred_at=now,
            )
            for subject in subjects
        ),
        batch_size=1000,
    )


def acts_for(by: Actor) -> int | None:
    """On whose behalf: the link's organization, else the only one the actor belongs to."""
    if by.link and by.link.organization_id is not None:
        return by.link.organization_id
    return by.organization_ids[0] if len(by.organization_ids) == 1 else None
