"""The one way to write history."""

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
    organization_id = by.link.organization_id if by.link else None
    if organization_id is None and len(by.organization_ids) == 1:
        organization_id = by.organization_ids[0]
    return Activity.objects.create(
        kind=kind,
        actor_user_id=by.user_id,
        actor_person_id=by.person_id,
        actor_organization_id=organization_id,
        subject_type=subject._meta.model_name,
        subject_id=subject.pk,
        mesa_id=mesa_id,
        payload=payload or {},
        occurred_at=now,
    )
