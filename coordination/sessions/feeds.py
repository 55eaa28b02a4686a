"""Whose calendar: the sessions of a person, an organization, a mesa or a province, and what a feed may carry of them."""

from datetime import date, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db.models import Prefetch, Q
from django.utils import timezone

from accounts.actor import Actor
from accounts.links import BadLink, proves, read_id
from coordination.mesas.models import Mesa, Seat
from coordination.mesas.permissions import Permission, at_mesas_with, resolve
from coordination.organizations.models import Organization
from coordination.organizations.queries import actor_of
from coordination.sessions.models import AgendaItem, CalendarFeed, Session, SessionQuerySet
from coordination.sessions.queries import found
from coordination.taxonomies.models import Province

WINDOW = timedelta(days=365)  # back and ahead: two years in all


def mine(actor: Actor) -> Q:
    """The person is a delegate, the organization is called and has not declined, or the actor keeps the secretariat."""
    rows = Session.objects.all()
    called = rows.filter(
        invitations__organization__in=actor.organization_ids,
        invitations__state__in=["pending", "seen", "accepted"],
    )
    shown = Q(id__in=called.values("id"))
    if actor.person_id is not None:
        sent = rows.filter(
            invitations__delegates__person=actor.person_id, invitations__delegates__withdrawn_at=None
        )
        shown |= Q(id__in=sent.values("id"))
    if actor.post_ids:
        shown |= at_mesas_with(actor, Permission.SCHEDULE, "mesa")
    return shown


def of_organization(organization: Organization, actor: Actor, today: date) -> Q:
    """What it took part in or hosts, what the mesas hold where it sits today, and what it is called to.

    Who is called is known to the organization and to whoever sees the mesa's delegations; others get the rest.
    """
    seats = Seat.objects.current(today).filter(organization=organization)
    shown = (
        Q(mesa__in=seats.values("mesa"))
        | Q(host=organization)
        | Q(id__in=Session.objects.filter(participants=organization).values("id"))
    )
    called = Q(id__in=Session.objects.filter(invitations__organization=organization).values("id"))
    if organization.pk in actor.organization_ids:
        return shown | called
    return shown | (called & at_mesas_with(actor, Permission.SEE_DELEGATIONS, "mesa"))


def chosen(
    sessions: SessionQuerySet,
    *,
    actor: Actor,
    today: date,
    only_mine: bool = False,
    organization: Organization | None = None,
    mesa: Mesa | None = None,
    province: Province | None = None,
) -> SessionQuerySet:
    """Those that belong to everything chosen; with nothing chosen, all of them."""
    if only_mine:
        sessions = sessions.filter(mine(actor))
    if organization:
        sessions = sessions.filter(of_organization(organization, actor, today))
    return found(sessions, mesa=mesa, province=province)


def for_feed(sessions: SessionQuerySet, now: datetime) -> list[Session]:
    """What goes into a feed, with what an entry reads: three queries whatever their number.

    Nothing casa adentro, session, block or item, not even its hour and not for its circle: a feed is copied by other companies, and a
    closed session exists in no feed (design: product, casa adentro). No drafts: a plan nobody has been told of
    would stand in calendars as a date. Whole days bound the window, so that the bytes stay the same all day.
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = (
        sessions.filter(
            is_casa_adentro=False,
            starts_at__gte=day - WINDOW,
            starts_at__lt=day + WINDOW,
            ends_at__isnull=False,
        )
        .exclude(state=Session.State.DRAFT)
        .select_related("mesa", "canton", "province")
        .prefetch_related(
            "blocks",
            Prefetch(
                "agenda",
                queryset=AgendaItem.objects.open().select_related("carried_from__session").order_by("order"),
            ),
        )
        .order_by("starts_at", "id")
    )
    return list(rows)


def feed_of(token: str) -> CalendarFeed | None:
    """The feed the token opens, or None: not ours, changed for another, taken back, or its owner may not sign in."""
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    rows = CalendarFeed.objects.select_related("owner__user", "organization", "mesa", "province")
    feed = rows.filter(public_id=public_id, revoked_at=None, owner__user__is_active=True).first()
    if feed is None or not proves(token, CalendarFeed.LINK_PURPOSE, feed.public_id, feed.link_generation):
        return None
    return feed


def owner_of(feed: CalendarFeed) -> Actor:
    """The owner with the posts and roles of today: rights that ended are gone from the feed the same day."""
    today = timezone.localdate()
    return resolve(actor_of(user=feed.owner.user or AnonymousUser(), on=today), on=today)


def sessions_of(feed: CalendarFeed, actor: Actor, now: datetime) -> list[Session]:
    """What the feed carries for its owner at this moment."""
    rows = chosen(
        Session.objects.visible_to(actor),
        actor=actor,
        today=timezone.localdate(now),
        only_mine=feed.purpose == CalendarFeed.Purpose.PERSON,
        organization=feed.organization,
        mesa=feed.mesa,
        province=feed.province,
    )
    return for_feed(rows, now)


def living_feed(
    actor: Actor,
    *,
    organization: Organization | None = None,
    mesa: Mesa | None = None,
    province: Province | None = None,
) -> CalendarFeed | None:
    """The actor's own address for that, if there is one."""
    rows = CalendarFeed.objects.filter(owner=actor.person_id, revoked_at=None)
    return rows.filter(organization=organization, mesa=mesa, province=province).first()
