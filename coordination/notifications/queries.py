"""Reads: who is written to for an organization, what is due and not sent, when each sweep last finished."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Min, Q

from coordination.commitments.models import Commitment
from coordination.mesas.models import SecretariatMandate
from coordination.notifications.models import Heartbeat, Notification
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
    waiting = Notification.objects.filter(
        state__in=[STATE.PLANNED, STATE.CLAIMED], next_try_at__lte=now, not_after__gt=now
    )
    oldest = waiting.aggregate(oldest=Min("next_try_at"))["oldest"]
    return now - oldest if oldest else None


def heartbeats() -> dict[str, datetime]:
    """When each sweep last finished."""
    return dict(Heartbeat.objects.values_list("sweep", "finished_at"))


def figures(now: datetime) -> dict[str, int]:
    """How many messages wait, wait for an answer nobody gave, were refused or came too late."""
    return Notification.objects.aggregate(
        due_not_sent=Count("id", filter=Q(state=STATE.PLANNED, next_try_at__lte=now, not_after__gt=now)),
        in_flight=Count("id", filter=Q(state__in=[STATE.CLAIMED, STATE.SENDING])),
        unknown=Count("id", filter=Q(state=STATE.UNKNOWN)),
        failed=Count("id", filter=Q(state=STATE.FAILED)),
        expired=Count("id", filter=Q(state=STATE.EXPIRED)),
        held=Count("id", filter=Q(state=STATE.HELD)),
    )
