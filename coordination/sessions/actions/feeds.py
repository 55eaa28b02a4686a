"""The addresses calendars read: made, changed for another when one got loose, taken back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.organizations.models import Person
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import CalendarFeed


class FeedIsGone(DomainError):
    default_message = _("This calendar address had already been taken back. Make a new one if you need it.")


@transaction.atomic
def open_feed(
    *,
    owner_id: int,
    organization_id: int | None = None,
    mesa_id: int | None = None,
    province_id: int | None = None,
    by: Actor,
    now: datetime,
) -> CalendarFeed:
    """The owner's address for that organization, mesa or province; without any, for the owner's own sessions.

    The one that works already is given back. Records: ``session.feed_opened`` when it is new.
    """
    Person.objects.select_for_update().get(pk=owner_id)  # two clicks make one address
    subject = {"organization_id": organization_id, "mesa_id": mesa_id, "province_id": province_id}
    given = [name.removesuffix("_id") for name, value in subject.items() if value is not None]
    purpose = given[0] if given else CalendarFeed.Purpose.PERSON
    found = CalendarFeed.objects.filter(owner=owner_id, revoked_at=None, purpose=purpose, **subject).first()
    if found:
        return found
    feed = CalendarFeed.objects.create(owner_id=owner_id, purpose=purpose, created_at=now, **subject)
    record(kind=SessionEvent.FEED_OPENED, by=by, subject=feed, now=now, payload={"purpose": str(purpose)})
    return feed


@transaction.atomic
def renew_feed(*, feed_id: int, by: Actor, now: datetime) -> CalendarFeed:
    """Another address for the same: every copy of the one before stops working.

    Raises FeedIsGone. Records: ``session.feed_renewed``.
    """
    feed = _living(feed_id)
    feed.link_generation += 1
    feed.save(update_fields=["link_generation"])
    record(kind=SessionEvent.FEED_RENEWED, by=by, subject=feed, now=now)
    return feed


@transaction.atomic
def revoke_feed(*, feed_id: int, by: Actor, now: datetime) -> CalendarFeed:
    """The address stops working and none takes its place. Raises FeedIsGone. Records: ``session.feed_revoked``."""
    feed = _living(feed_id)
    feed.revoked_at = now
    feed.save(update_fields=["revoked_at"])
    record(kind=SessionEvent.FEED_REVOKED, by=by, subject=feed, now=now)
    return feed


def _living(feed_id: int) -> CalendarFeed:
    feed = CalendarFeed.objects.select_for_update().get(pk=feed_id)
    if feed.revoked_at:
        raise FeedIsGone
    return feed
