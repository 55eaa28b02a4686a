"""The organizations somebody holds a post in: pages that show one of them and let the reader switch."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from accounts.actor import Actor
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post


@dataclass(frozen=True)
class Mine:
    """The organizations whose posts the reader holds, the one that is shown, and whether they speak for it."""

    all: Sequence[Organization]
    one: Organization

    @property
    def speaks(self) -> bool:
        return bool(self.one.may_speak)  # type: ignore[attr-defined]

    @property
    def query(self) -> str:
        """What keeps the choice in an address; nothing where there is none."""
        return f"organizacion={self.one.slug}" if len(self.all) > 1 else ""


def mine(actor: Actor, asked: str) -> Mine | None:
    """The reader's organizations; the one asked for by its slug, else the first they speak for. One query."""
    if not actor.organization_ids:
        return None
    speaking = Post.objects.filter(
        id__in=actor.post_ids, organization=OuterRef("pk"), kind__in=SPEAKING_POSTS
    )
    rows = list(
        Organization.objects.filter(pk__in=actor.organization_ids)
        .annotate(may_speak=Exists(speaking))
        .order_by("-may_speak", "plain_name", "pk")
    )
    return Mine(rows, next((row for row in rows if row.slug == asked), rows[0]))
