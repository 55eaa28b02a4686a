"""What many tables share, without business words."""

import uuid

from django.db import models
from django.db.models import Func


class Plain(Func):
    """Lower case without accents: `sin_tildes(text)`, an immutable SQL function of our own.

    The embedded PostgreSQL has neither ICU nor unaccent; generated columns made with this give
    accent-blind search and Spanish order on any PostgreSQL.
    """

    function = "sin_tildes"
    output_field = models.TextField()


class PublicIdModel(models.Model):
    """A row that appears in an address. The id is random (v4): an ordered one would tell that a hidden row exists."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Provenance(models.TextChoices):
    """Where a record comes from. A historic one may lack facts; no gate, ladder or alert touches it."""

    LIVE = "live", "live"
    HISTORIC = "historic", "historic"
