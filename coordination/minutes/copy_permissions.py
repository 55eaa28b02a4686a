"""Who may act on a copy of the minutes: the organization it went to, by its link or through a post."""

from django.db.models import QuerySet

from accounts.actor import Actor
from coordination.minutes.permissions import knows_closed, section_shown, sections_sent, sections_shown
from coordination.minutes.texts import Minutes, MinutesCopy, Observation, Section
from coordination.organizations.permissions import speaks_for


def opens(actor: Actor, copy: MinutesCopy) -> bool:
    """Whether the page may be shown at all: a link is no key to a closed session, its holder signs in and is of the circle."""
    if not copy.minutes.session.is_casa_adentro:
        return True
    return copy.organization_id in actor.organization_ids and knows_closed(actor, copy.minutes.session)


def can_speak(actor: Actor, copy: MinutesCopy) -> bool:
    """Observe, agree, sign: whoever has the link, or speaks for the organization; of a closed session its circle."""
    if not opens(actor, copy):
        return False
    if copy.minutes.session.is_casa_adentro:
        return True
    link = actor.link
    if link and (link.purpose, link.subject_id) == (MinutesCopy.LINK_PURPOSE, copy.pk):
        return True
    return speaks_for(actor, copy.organization_id)


def proven(actor: Actor, copy: MinutesCopy) -> bool:
    """Whether the account alone shows that somebody speaks for the organization, so that no code is asked for."""
    if not actor.is_signed_in or not opens(actor, copy):
        return False
    return copy.minutes.session.is_casa_adentro or speaks_for(actor, copy.organization_id)


def sections_read(actor: Actor, minutes: Minutes) -> QuerySet[Section]:
    """What this reader of a copy has before them: what the organization got, and whatever else they may read anyway."""
    return sections_shown(actor, minutes) if actor.is_signed_in else sections_sent(minutes)


def observations_read(actor: Actor, minutes: Minutes) -> QuerySet[Observation]:
    """What everybody said, about the sections the reader has before them; nothing that was withdrawn."""
    standing = minutes.observations.filter(withdrawn_at=None)
    if not actor.is_signed_in:
        return standing.filter(section__in=sections_sent(minutes).values("pk"))
    return standing.filter(
        section__in=minutes.sections.filter(section_shown(actor, minutes.session)).values("pk")
    )
