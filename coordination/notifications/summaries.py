"""Which summaries something open accounts for. That there is any other would tell of a matter that is closed."""

from typing import Any

from django.db.models import DateField, DurationField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast

from coordination.attendees.models import Invitation
from coordination.commitments.models import Commitment
from coordination.notifications.digests import KEEP
from coordination.notifications.kinds import DAILY_DIGEST, ORGANIZATION_DIGEST
from coordination.notifications.models import Notification
from coordination.organizations.models import Tenure
from coordination.sessions.models import Session

DUE = OuterRef("due_at")


def accounted_for() -> Q:
    """Rows that are no summary, and summaries of whom something open was going on when they fell due."""
    return (
        ~Q(kind__in=[DAILY_DIGEST, ORGANIZATION_DIGEST])
        | Q(Exists(_calls()), kind=ORGANIZATION_DIGEST)
        | Q(Exists(_promises()), kind=ORGANIZATION_DIGEST)
        | Q(Exists(_kept()), kind=DAILY_DIGEST)
    )


def _calls() -> "QuerySet[Any]":
    return Invitation.objects.filter(
        organization=OuterRef("subject_id"), session__is_casa_adentro=False, session__ends_at__gt=DUE
    )


def _promises() -> "QuerySet[Any]":
    """What is followed is told to whoever holds the post, and for an empty one to whom the organization's week goes."""
    one = OuterRef("subject_id")
    day = Cast(OuterRef(DUE), DateField())
    held = Tenure.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day)
    held = held.filter(post=OuterRef("follow_up_owner")).exclude(person__email="")
    own = held.filter(person=OuterRef(OuterRef("recipient")))
    side = (
        Q(responsible=one)
        | Q(verifier=one)
        | Q(co_responsible=one)
        | Q(Exists(own) | ~Exists(held), follow_up_owner__organization=one)
        | Q(non_fulfilments__second=one)
    )
    live = Q(settled_at=None) | Q(settled_at__gt=DUE)
    return Commitment.objects.filter(side, live, is_casa_adentro=False, agreed_at__lte=DUE)


def _kept() -> "QuerySet[Any]":
    """What went to the person's summary before its morning and is open to more than a circle."""
    since = ExpressionWrapper(
        DUE - Value(KEEP, output_field=DurationField()), output_field=Notification._meta.get_field("due_at")
    )
    closed = (
        Q(root_type="session", root_id__in=Session.objects.filter(is_casa_adentro=True).values("id"))
        | Q(root_type="commitment", root_id__in=Commitment.objects.filter(is_casa_adentro=True).values("id"))
        | Q(root_type="sharingsheet")
    )  # fmt: skip
    return Notification.objects.filter(
        recipient=OuterRef("recipient"), channel=Notification.Channel.DIGEST, state=Notification.State.SENT,
        sent_at__lt=DUE, sent_at__gte=since,
    ).exclude(closed)  # fmt: skip
