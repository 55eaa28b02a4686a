"""Annexes of the register read: what of them is published."""

from typing import Any

from django.db.models import QuerySet

from coordination.attendees.models import RegisterAnnex
from coordination.files.models import StoredFile


def published(**of: Any) -> QuerySet[RegisterAnnex]:
    """Photos that anybody who sees the session may see: with the consent of those in them, checked, of an open session."""
    return RegisterAnnex.objects.filter(
        kind=RegisterAnnex.Kind.PHOTO,
        is_public=True,
        removed_at=None,
        file__state=StoredFile.State.CLEAN,
        session__is_casa_adentro=False,
        **of,
    ).order_by("id")
