"""Who writes the minutes, who publishes them, and which of their sections somebody may read.

Three circles, each inside the other: everybody who sees the minutes reads the public sections; who keeps the record
reads the reserved ones; the circle of the record alone those of what was casa adentro. Who is outside a circle cannot
tell whether it exists.
"""

from django.db.models import Q, QuerySet

from accounts.actor import Actor
from coordination.mesas.permissions import Permission, has
from coordination.minutes.texts import Minutes, Section
from coordination.sessions.circle import stands_in
from coordination.sessions.models import Session


def knows_closed(actor: Actor, session: Session) -> bool:
    """Whether the person stands in the session's circle of the record: of a closed session, or of a closed part. One query."""
    return stands_in(actor, session)


def writes_record(actor: Actor, session: Session) -> bool:
    """Secretariat, chair, or named rapporteur of this session; without the circle of a closed one. One query at most."""
    if not actor.is_signed_in:
        return False
    if has(actor, Permission.RECORD, session.mesa):
        return True
    return session.rapporteurs.filter(person_id=actor.person_id, until=None).exists()


def can_draft(actor: Actor, session: Session) -> bool:
    """Make the draft and edit it."""
    inside = not session.is_casa_adentro or knows_closed(actor, session)
    return inside and writes_record(actor, session)


def can_publish(actor: Actor, session: Session) -> bool:
    """Publish, and correct what was approved: who answers for the mesa's record, not whoever wrote it down."""
    inside = not session.is_casa_adentro or knows_closed(actor, session)
    return inside and has(actor, Permission.RECORD, session.mesa)


def section_shown(actor: Actor, session: Session) -> Q:
    """The condition under which a section of minutes that the actor sees shows to them. Two queries at most.

    The list twin of ``knows_closed`` and ``writes_record``: public; reserved for who keeps the record and for the
    circle; closed for the circle.
    """
    if knows_closed(actor, session):
        return Q()
    if session.is_casa_adentro:
        return Q(pk__in=[])
    if writes_record(actor, session):
        return Q(is_casa_adentro=False)
    return Q(is_reserved=False)


def sections_shown(actor: Actor, minutes: Minutes) -> QuerySet[Section]:
    """The sections of these minutes, in order, that the actor may read."""
    return minutes.sections.filter(section_shown(actor, minutes.session))


def sections_sent(minutes: Minutes) -> QuerySet[Section]:
    """What an organization receives by its copy: the public sections; of a closed session all, for its circle alone."""
    return (
        minutes.sections.all()
        if minutes.session.is_casa_adentro
        else minutes.sections.filter(is_reserved=False)
    )
