"""What hangs from a commitment shows to whoever sees the commitment."""

from typing import Any, Self

from django.db import models

from accounts.actor import Actor
from coordination.commitments.models.promises import Commitment


class HangingQuerySet(models.QuerySet[Any]):
    """Rows with a column ``commitment``."""

    def visible_to(self, actor: Actor) -> Self:
        return self.filter(commitment__in=Commitment.objects.visible_to(actor).order_by().values("pk"))
