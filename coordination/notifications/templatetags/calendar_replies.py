"""``{% calendar_replies session as replies %}``: what calendars answered, for pages that list a delegation."""

from django import template

from coordination.notifications.models import CalendarReply
from coordination.sessions.models import Session

register = template.Library()


@register.simple_tag
def calendar_replies(session: Session) -> dict[int, CalendarReply]:
    """Person to answer, of the date that stands. One query; none for a closed session, which is in no calendar."""
    if session.is_casa_adentro or session.state != Session.State.CONVENED:
        return {}
    rows = CalendarReply.objects.filter(session=session, sequence=session.schedule_version)
    return {reply.person_id: reply for reply in rows}


@register.filter
def of_person(replies: dict[int, CalendarReply], person_id: int) -> CalendarReply | None:
    return replies.get(person_id) if isinstance(replies, dict) else None
