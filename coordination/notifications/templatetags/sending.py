"""``{% sending session standing as sent %}``: how many letters of a convocation have left, from the rows themselves."""

from dataclasses import dataclass
from datetime import timedelta

from django import template
from django.db.models import Count, Q
from django.utils import timezone

from coordination.attendees.queries import Standing
from coordination.notifications.models import Notification
from coordination.sessions.models import Session

register = template.Library()
STATE = Notification.State
WAITS = (STATE.PLANNED, STATE.CLAIMED, STATE.SENDING)
# From then on a letter that still waits is told of with the messages, and the page stands still.
WATCHED = timedelta(hours=1)


@dataclass(frozen=True)
class Sending:
    """``total`` counts the organizations called; ``sent`` what left of their letters; ``failed`` what was refused."""

    total: int
    sent: int
    waiting: int
    failed: int

    @property
    def goes_on(self) -> bool:
        """Something waits, or the rows are not written yet."""
        return self.waiting > 0 or self.sent + self.failed == 0


@register.simple_tag
def sending(session: Session, standing: Standing) -> Sending | None:
    """None before the convocation and an hour after the last call. One query."""
    called_at = standing.called_at
    if session.state != Session.State.CONVENED or called_at is None:
        return None
    if timezone.now() - called_at > WATCHED:
        return None
    rows = Notification.objects.filter(
        root_type="session", root_id=session.pk, kind="invitation", copy=0, version=session.schedule_version
    )
    states = rows.aggregate(
        sent=Count("id", filter=Q(state__in=(STATE.SENT, STATE.UNKNOWN))),
        waiting=Count("id", filter=Q(state__in=WAITS)),
        failed=Count("id", filter=Q(state__in=(STATE.FAILED, STATE.EXPIRED))),
    )
    return Sending(standing.total, states["sent"], states["waiting"], states["failed"])
