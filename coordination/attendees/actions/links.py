"""Links to invitations: sent again, or taken back."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM, Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.attendees.actions.answers import SessionIsCancelled, SessionIsOver
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Invitation
from coordination.attendees.queries import is_over
from coordination.common.errors import DomainError
from coordination.organizations.models import SPEAKING_POSTS, Tenure
from coordination.sessions.models import Session

RENEWALS_AN_HOUR = 3
LOOK_BACK = timedelta(days=30)  # far longer than the sweep is ever away


class TooManyRenewals(DomainError):
    """Somebody keeps asking for the same link."""

    default_message = _(
        "This link was already sent three times in the last hour. Look in the mailbox, also among unwanted mail; in an hour it can be sent again."
    )


@transaction.atomic
def renew_link(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """The link lives until the session ends and is mailed again to the address on file (by notifications).

    The generation stays: copies that work keep working, revoked ones stay dead. At most three an hour, counted in
    the trail under the invitation's lock. Records: LINK_RENEWED. Raises SessionIsOver, SessionIsCancelled,
    TooManyRenewals.
    """
    invitation = _locked(invitation_id)
    session = invitation.session
    if session.state == Session.State.CANCELLED:
        raise SessionIsCancelled
    if is_over(session, now) or session.ends_at is None:
        raise SessionIsOver
    asked = Activity.objects.about("invitation", invitation.pk).filter(
        kind=AttendeeEvent.LINK_RENEWED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    invitation.link_expires_at = session.ends_at
    invitation.save(update_fields=["link_expires_at"])
    record(kind=AttendeeEvent.LINK_RENEWED, by=by, subject=invitation, now=now, mesa_id=session.mesa_id)
    return invitation


@transaction.atomic
def revoke_link(*, invitation_id: int, by: Actor, now: datetime) -> Invitation:
    """Every copy of the link dies; the next one is another. Nothing is mailed. Records: LINK_REVOKED."""
    invitation = _locked(invitation_id)
    invitation.link_generation += 1
    invitation.save(update_fields=["link_generation"])
    record(
        kind=AttendeeEvent.LINK_REVOKED,
        by=by,
        subject=invitation,
        now=now,
        mesa_id=invitation.session.mesa_id,
        payload={"generation": invitation.link_generation},
    )
    return invitation


@transaction.atomic
def retire_links(*, now: datetime) -> int:
    """Links that somebody knew who has left a speaking post die the day after; the new one goes to who holds it now.

    Looked for among the tenures that ended in the last thirty days, once for each; who still speaks for the
    organization through another post takes nothing along. Records LINK_REVOKED with the tenure and LINK_RENEWED per
    invitation ahead. Returns how many links died.
    """
    today = timezone.localdate(now)
    speaking = Tenure.objects.current(today).filter(
        person=OuterRef("person"),
        post__organization=OuterRef("post__organization"),
        post__kind__in=SPEAKING_POSTS,
    )
    left = Tenure.objects.filter(
        ~Exists(speaking),
        ends_on__lt=today,
        ends_on__gte=today - LOOK_BACK,
        post__kind__in=SPEAKING_POSTS,
    ).select_related("post")
    retired = 0
    for tenure in left.order_by("ends_on", "id"):
        known = Invitation.objects.filter(
            organization_id=tenure.post.organization_id,
            addressee=None,  # who was named for one call alone was written to as a person, not through a post
            created_at__lt=day_after(tenure.ends_on or today),
            session__state=Session.State.CONVENED,
            session__ends_at__gt=now,
        )
        done = Activity.objects.filter(
            kind=AttendeeEvent.LINK_REVOKED,
            subject_type="invitation",
            subject_id__in=known.values("pk"),
            payload__tenure=tenure.pk,
        ).values("subject_id")
        for pk in known.exclude(pk__in=done).order_by("pk").values_list("pk", flat=True):
            invitation = _locked(pk)
            invitation.link_generation += 1
            invitation.save(update_fields=["link_generation"])
            told = {"generation": invitation.link_generation, "tenure": tenure.pk}
            for kind, payload in ((AttendeeEvent.LINK_REVOKED, told), (AttendeeEvent.LINK_RENEWED, {})):
                record(
                    kind=kind,
                    by=SYSTEM,
                    subject=invitation,
                    now=now,
                    mesa_id=invitation.session.mesa_id,
                    payload=payload,
                )
            retired += 1
    return retired


def day_after(day: date) -> datetime:
    """The first instant of the day after, where the ministry is."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=timezone.get_default_timezone())


def _locked(invitation_id: int) -> Invitation:
    return (
        Invitation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("session")
        .get(pk=invitation_id)
    )
