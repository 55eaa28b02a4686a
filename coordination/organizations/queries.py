"""Reads that join people, posts and organizations."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, OuterRef, QuerySet, Value, When
from django.db.models.functions import JSONObject

from accounts.actor import ANONYMOUS, Actor, LinkScope
from accounts.models import User
from coordination.common.models import Plain
from coordination.organizations.models import (
    JoinRequest,
    Organization,
    OrganizationQuerySet,
    Post,
    Tenure,
)
from coordination.taxonomies.models import Province, Sector


def with_standing(users: QuerySet[User], on: date) -> QuerySet[User]:
    """Adds who the user is and the posts held that day: what ``actor_of`` reads."""
    held = Tenure.objects.current(on).filter(person__user=OuterRef("pk"))
    posts = held.values(pair=JSONObject(post="post_id", organization="post__organization_id"))
    return users.annotate(
        standing_id=F("person__id"), standing_name=F("person__name"), standing_posts=ArraySubquery(posts)
    )


def actor_of(*, user: User | AnonymousUser, on: date, link: LinkScope | None = None) -> Actor:
    """The actor a signed-in user is on that day: the person tied to the user and the posts held.

    No query for a user who came from ``with_standing``, one for others, none for the anonymous.
    """
    if not isinstance(user, User):
        return Actor(link=link) if link else ANONYMOUS
    known: Any = user  # annotations are attributes, and a request's user is a lazy wrapping around its own
    if not hasattr(known, "standing_posts"):
        known = with_standing(User.objects.filter(pk=user.pk), on).get()
    return Actor(
        user_id=user.pk,
        person_id=known.standing_id,
        name=user.name or known.standing_name or user.email,
        post_ids=tuple(sorted({pair["post"] for pair in known.standing_posts})),
        organization_ids=tuple(sorted({pair["organization"] for pair in known.standing_posts})),
        is_admin=user.is_superuser,
        is_auditor=user.is_auditor,
        link=link,
    )


# Mailboxes anybody can have: they say nothing about the organization.
OPEN_MAIL_DOMAINS = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "hotmail.com",
        "hotmail.es",
        "outlook.com",
        "outlook.es",
        "live.com",
        "msn.com",
        "yahoo.com",
        "yahoo.es",
        "ymail.com",
        "icloud.com",
        "me.com",
        "aol.com",
        "proton.me",
        "protonmail.com",
        "gmx.com",
        "gmx.net",
        "mail.com",
    ]
)


def found(
    organizations: OrganizationQuerySet, *, text: str = "", level: str = "", province: Province | None = None
) -> OrganizationQuerySet:
    """Those that match the filters of the list, by name. The sector is apart: the list counts each sector."""
    if text:
        organizations = organizations.named_like(text)
    if level:
        organizations = organizations.filter(level=level)
    if province:
        organizations = organizations.filter(province=province)
    return organizations.with_sector().select_related("sector_type", "province").order_by("plain_name", "id")


def sectors_with_counts(organizations: OrganizationQuerySet) -> list[Sector]:
    """Every sector in its order, with ``organization_count`` of these organizations. Two queries."""
    rows = organizations.order_by().values("sector_id_effective").annotate(all=Count("id", distinct=True))
    counts = {row["sector_id_effective"]: row["all"] for row in rows}
    sectors = list(Sector.objects.all())
    for sector in sectors:
        sector.organization_count = counts.get(sector.pk, 0)  # type: ignore[attr-defined]
    return sectors


def name_sectors(organizations: Iterable[Organization], sectors: Iterable[Sector]) -> None:
    """Sets ``sector_name`` on rows that know their ``sector_id_effective``, without a query."""
    names = {sector.pk: sector.short_name or sector.name for sector in sectors}
    for organization in organizations:
        organization.sector_name = names.get(organization.sector_id_effective, "")  # type: ignore[attr-defined]


def open_request_like(*, name: str, email: str) -> QuerySet[JoinRequest]:
    """A request not yet decided with the same e-mail and, but for accents and capitals, the same name."""
    states = [JoinRequest.State.UNCONFIRMED, JoinRequest.State.WAITING]
    rows = JoinRequest.objects.annotate(plain=Plain(F("name")))
    return rows.filter(state__in=states, contact_email__iexact=email, plain=Plain(Value(name))).order_by(
        "-id"
    )


def with_mail_domain(email: str) -> Organization | None:
    """An active organization whose website is at the domain of this e-mail, unless anybody can write from there."""
    domain = email.rsplit("@", 1)[-1].lower()
    if domain in OPEN_MAIL_DOMAINS or "." not in domain:
        return None
    pattern = rf"^https?://([^/]*\.)?{re.escape(domain)}(:|/|$)"
    return Organization.objects.active().filter(website__iregex=pattern).order_by("id").first()


def current_holders(organization: Organization, on: date) -> QuerySet[Tenure]:
    """Who holds its posts on that day, head first."""
    rows = Tenure.objects.current(on).filter(post__organization=organization)
    return rows.select_related("post", "person").order_by(
        Case(
            When(post__kind=Post.Kind.HEAD, then=0), When(post__kind=Post.Kind.FOCAL_POINT, then=1), default=2
        ),
        "starts_on",
    )
