"""What many tables share, without business words."""

import uuid
from itertools import count

from django.db import models
from django.db.models import Func
from django.utils.text import slugify


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


# Words that stand where an address name stands.
RESERVED_SLUGS = frozenset({"unirse", "nueva"})


def free_slug(model: type[models.Model], text: str, *, max_length: int = 80) -> str:
    """An address name made of ``text`` that no row of ``model`` has yet: frontera-sur, frontera-sur-2."""
    base = slugify(text)[: max_length - 5].strip("-") or model._meta.model_name or "x"
    taken = (
        set(model._default_manager.filter(slug__startswith=base).values_list("slug", flat=True))
        | RESERVED_SLUGS
    )
    return base if base not in taken else next(s for n in count(2) if (s := f"{base}-{n}") not in taken)
