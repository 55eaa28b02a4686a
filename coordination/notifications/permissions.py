"""May this person? Messages are read by whoever keeps their mesa, and by administrators."""

from django.db.models import Q, QuerySet

from accounts.actor import Actor
from coordination.commitments.models import Commitment, Referral, VerificationCode
from coordination.mesas.permissions import Permission, at_mesas_with, somewhere
from coordination.minutes.models import SharingSheet
from coordination.notifications.closed_parts import told_to
from coordination.notifications.models import Notification
from coordination.notifications.summaries import accounted_for
from coordination.polls.models import DatePoll
from coordination.sessions.models import CircleMember, Session, SessionQuerySet

# What a plan is made for and may be closed; a row of another plan tells of no session and no commitment.
GUARDED = ("session", "commitment", "verificationcode", "datepoll", "sharingsheet", "referral")


def reads_messages(actor: Actor) -> bool:
    """Whether there is anything here for this person. No query once the actor's roles are resolved."""
    return actor.is_admin or somewhere(actor, Permission.READ_MESSAGES)


def readable_by(actor: Actor) -> "QuerySet[Notification]":
    """The rows of the mesas the actor keeps; all for administrators, those without a mesa too.

    What is about a session or commitment the actor may not see is not there at all, not even in a count. Of casa
    adentro only who is in the circle of the record reads: a name in this list is a name in the delegation. A summary
    that nothing open accounts for is left out as well.
    """
    if not reads_messages(actor):
        return Notification.objects.none()
    commitments = Commitment.objects.visible_to(actor).filter(_told(actor, "session"))
    shown = (
        Q(root_type="datepoll", root_id__in=_polls(actor).values("id"))
        | Q(root_type="sharingsheet", root_id__in=_sheets(actor).values("id"))
        | Q(root_type="referral", root_id__in=Referral.objects.visible_to(actor).order_by().values("id"))
        | Q(root_type="session", root_id__in=readable_sessions(actor).values("id"))
        | Q(root_type="commitment", root_id__in=commitments.values("id"))
        | Q(
            root_type="verificationcode",
            root_id__in=VerificationCode.objects.filter(commitment__in=commitments.values("id")).values("id"),
        )
    )
    if actor.is_admin:
        return Notification.objects.filter(
            shown | ~Q(root_type__in=GUARDED) & accounted_for(), told_to(actor)
        )
    return Notification.objects.filter(shown, _at_kept_mesas(actor), told_to(actor))


def readable_sessions(actor: Actor) -> SessionQuerySet:
    """The sessions whose messages the actor reads."""
    sessions = Session.objects.visible_to(actor).filter(
        Q(is_casa_adentro=False) | Q(id__in=_circles(actor).values("session"))
    )
    return (
        sessions
        if actor.is_admin
        else sessions.filter(at_mesas_with(actor, Permission.READ_MESSAGES, "mesa"))
    )


def _polls(actor: Actor) -> "QuerySet[DatePoll]":
    return DatePoll.objects.all() if actor.is_admin else DatePoll.objects.visible_to(actor)


def _sheets(actor: Actor) -> "QuerySet[SharingSheet]":
    """Who is asked to clear a text was inside: whatever the session, that is for its circle to know."""
    return SharingSheet.objects.filter(session__in=_circles(actor).values("session"))


def _circles(actor: Actor) -> "QuerySet[CircleMember]":
    return CircleMember.objects.current().filter(person_id=actor.person_id, level=CircleMember.Level.RECORD)


def _told(actor: Actor, path: str) -> Q:
    return Q(is_casa_adentro=False) | Q(**{f"{path}__in": _circles(actor).values("session")})


def _at_kept_mesas(actor: Actor) -> Q:
    """Rows name their mesa by its number alone, without a foreign key."""
    return at_mesas_with(actor, Permission.READ_MESSAGES, "mesa_id")
