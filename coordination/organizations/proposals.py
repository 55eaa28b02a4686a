"""Organizations that a secretariat calls before the directory knows them: proposed, until an administrator decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext

from accounts.actor import Actor
from coordination.activity.actions import record_all
from coordination.common.models import RESERVED_SLUGS
from coordination.organizations.events import OrganizationEvent
from coordination.organizations.models import Organization, Person, Post, Tenure


@dataclass(frozen=True)
class Proposal:
    """An organization nobody has registered, and the person who is written to."""

    name: str
    contact: Person


@transaction.atomic
def propose_all(
    *, proposals: Sequence[Proposal], sector_type_id: int, by: Actor, now: datetime
) -> list[Organization]:
    """Each becomes an organization in state proposed, its contact the focal point from today; in the order given.

    Shown to administrators alone until one of them accepts it. Records PROPOSED per organization.
    """
    slugs = _free_slugs([one.name for one in proposals])
    organizations = Organization.objects.bulk_create(
        Organization(slug=slug, name_es=one.name, sector_type_id=sector_type_id)
        for slug, one in zip(slugs, proposals, strict=True)
    )
    posts = Post.objects.bulk_create(
        Post(organization=organization, title_es=gettext("Contact"), kind=Post.Kind.FOCAL_POINT)
        for organization in organizations
    )
    today = timezone.localdate(now)
    Tenure.objects.bulk_create(
        Tenure(post=post, person=one.contact, starts_on=today)
        for post, one in zip(posts, proposals, strict=True)
    )
    record_all(kind=OrganizationEvent.PROPOSED, by=by, subjects=organizations, now=now)
    return organizations


def _free_slugs(names: Sequence[str]) -> list[str]:
    """An address name for each. One query for all of them."""
    taken = set(Organization.objects.values_list("slug", flat=True)) | RESERVED_SLUGS
    found = []
    for name in names:
        base = slugify(name)[:75].strip("-") or "organization"
        slug = base if base not in taken else next(s for n in count(2) if (s := f"{base}-{n}") not in taken)
        taken.add(slug)
        found.append(slug)
    return found
