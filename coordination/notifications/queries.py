"""Reads: who is written to for an organization, what is due and not sent, when each sweep last finished."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q
from django.db.models.functions import Now

from coordination.commitments.models import Commitment
from coordination.mesas.models import SecretariatMandate
from coordination.notifications.models import Heartbeat, Hold, Notification
from coordination.notifications.planner import Addressee
from coordination.organizations.models import Post, Tenure

STATE = Notification.State


@dataclass(frozen=True)
class Mailboxes:
    """Who can be written to, by post and by organization: the longest in the post first."""

    by_post: dict[int, Addressee]
    focal: dict[int, Addressee]
    head: dict[int, Addressee]

    def of(self, organization_id: int | None, post_id: int | None = None) -> Addressee | None:
        """The holder of that post, else the focal point, else the head."""
        if organization_id is None:
            return None
        found = self.by_post.get(post_id) if post_id else None
        return found or self.focal.get(organization_id) or self.head.get(organization_id)


def mailboxes(organization_ids: Iterable[int | None], on: date) -> Mailboxes:
    """Who holds the posts of these organizations on that day and has an address. One query."""
    found = Mailboxes({}, {}, {})
    tenures = (
        Tenure.objects.current(on)
        .filter(post__organization_id__in=[pk for pk in organization_ids if pk])
        .exclude(person__email="")
        .order_by("starts_on", "id")
        .values_list("post_id", "post__kind", "post__organization_id", "person_id")
    )
    for post_id, kind, organization_id, person_id in tenures:
        addressee = Addressee(person_id, organization_id)
        found.by_post.setdefault(post_id, addressee)
        if kind == Post.Kind.FOCAL_POINT:
            found.focal.setdefault(organization_id, addressee)
        elif kind == Post.Kind.HEAD:
            found.head.setdefault(organization_id, addressee)
    return found


def vacant_post(commitment: Commitment, on: date) -> Post | None:
    """The post that should follow a commitment and that nobody holds since somebody left it. At most two queries.

    Its own when the responsible organization has named one, else the organization's focal point: of several, all must
    stand empty.
    """
    posts = Post.objects.filter(organization=commitment.responsible_id)
    held = Tenure.objects.current(on).values("post")
    vacant = posts.filter(tenures__ends_on__lt=on).exclude(pk__in=held).order_by("-tenures__ends_on")
    named = posts.filter(pk=commitment.follow_up_owner_id).first() if commitment.follow_up_owner_id else None
    if named:
        return vacant.filter(pk=named.pk).first()
    focal = posts.filter(kind=Post.Kind.FOCAL_POINT)
    return None if focal.filter(pk__in=held).exists() else vacant.filter(pk__in=focal).first()


def secretariat(mesa_id: int, on: date) -> tuple[Addressee, ...]:
    """Who holds, on that day, a post through which the mesa's secretariat acts. One query."""
    mandates = SecretariatMandate.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=on), mesa_id=mesa_id, starts_on__lte=on
    )
    rows = (
        Tenure.objects.current(on)
        .filter(post__mandates__in=mandates)
        .exclude(person__email="")
        .order_by("person_id", "id")
        .values_list("person_id", "post__organization_id")
    )
    return tuple({person: Addressee(person, organization) for person, organization in rows}.values())


def oldest_due_age(now: datetime) -> timedelta | None:
    """How long the oldest message that should have left has been waiting; None when nothing waits."""
    waiting = Notification.objects.filter(next_try_at__lte=now, not_after__gt=now).order_by("next_try_at")
    # State by state, for each has an index of its own that leaves out the millions of rows at rest.
    firsts = [
        waiting.filter(state=state).values_list("next_try_at", flat=True).first()
        for state in (STATE.PLANNED, STATE.CLAIMED)
    ]
    oldest = min(filter(None, firsts), default=None)
    return now - oldest if oldest else None


def heartbeats() -> dict[str, datetime]:
    """When each sweep last finished."""
    return dict(Heartbeat.objects.values_list("sweep", "finished_at"))


def due(now: datetime, *, at_most: int) -> int:
    """How many messages wait to be claimed, counted no further than ``at_most``; none while everything is held."""
    if Hold.objects.filter(released_at=None).exists():
        return 0
    waiting = Notification.objects.filter(state=STATE.PLANNED, next_try_at__lte=now, not_after__gt=now)
    return waiting[:at_most].count()


def at_work() -> int:
    """How many drains hold messages at this moment."""
    leases = Notification.objects.filter(state__in=[STATE.CLAIMED, STATE.SENDING], lease_until__gt=Now())
    return leases.aggregate(n=Count("lease_token", distinct=True))["n"]


@dataclass(frozen=True)
class Health:
    """How well the promise is kept. Lateness counts from when a message was due and known, over the last day.

    What was taken back after it had been claimed is not counted: a row does not keep by which way it came to rest.
    """

    due_not_sent: int
    in_flight: int
    unknown: int
    failed: int
    expired: int
    held: int
    sent: int
    late_p50: timedelta | None
    late_p99: timedelta | None
    oldest_due: timedelta | None
    oldest_lease: timedelta | None
    reconciled: int
    reconciled_at: datetime | None


HEALTH = """
SELECT count(*) FILTER (WHERE state = 'planned' AND next_try_at <= %(now)s AND not_after > %(now)s),
  count(*) FILTER (WHERE state IN ('claimed', 'sending')),
  count(*) FILTER (WHERE state = 'unknown'),
  count(*) FILTER (WHERE state = 'failed'),
  count(*) FILTER (WHERE state = 'expired'),
  count(*) FILTER (WHERE state = 'held'),
  count(*) FILTER (WHERE state = 'sent' AND sent_at > %(since)s AND sent_at <= %(now)s),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY sent_at - greatest(due_at, created_at))
    FILTER (WHERE state = 'sent' AND copy = 0 AND sent_at > %(since)s AND sent_at <= %(now)s),
  percentile_cont(0.99) WITHIN GROUP (ORDER BY sent_at - greatest(due_at, created_at))
    FILTER (WHERE state = 'sent' AND copy = 0 AND sent_at > %(since)s AND sent_at <= %(now)s),
  %(now)s - min(next_try_at) FILTER (WHERE state IN ('planned', 'claimed') AND next_try_at <= %(now)s AND not_after > %(now)s),
  clock_timestamp() - min(lease_until - CASE state WHEN 'claimed' THEN %(claim)s::interval ELSE %(sending)s::interval END)
    FILTER (WHERE state IN ('claimed', 'sending'))
FROM notifications_notification
"""


def health(now: datetime) -> Health:
    """Every figure of the promise at once. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(HEALTH, {
            "now": now, "since": now - timedelta(days=1), "claim": f"{settings.CLAIM_LEASE_SECONDS} seconds",
            "sending": f"{settings.SENDING_LEASE_SECONDS} seconds",
        })  # fmt: skip
        counted = cursor.fetchone()
    last = Heartbeat.objects.filter(sweep="reconcile").first()
    return Health(*counted, *((last.handled, last.finished_at) if last else (0, None)))
