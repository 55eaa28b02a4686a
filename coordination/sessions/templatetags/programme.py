"""The programme of a session, for pages of the steps above that show when it is."""

from django import template

from coordination.sessions.models import Session
from coordination.sessions.program import Part, parts

register = template.Library()


@register.simple_tag
def programme(session: Session) -> list[Part]:
    """Its blocks in words where it has several; of a session casa adentro only the hours. One query."""
    return parts(session)
