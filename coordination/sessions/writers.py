"""Who can be named to write the record of a session, and who is."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from coordination.common.models import Plain
from coordination.mesas.models import Seat, SecretariatMandate
from coordination.organizations.models import Organization, Person, Tenure
from coordination.sessions.models import CircleMember, Rapporteur, Session
from coordination.sessions.program import begins_at

FOUND_AT_MOST = 12


def people_of(session: Session, on: date) -> QuerySet[Person]:
    """Who holds a post today in an organization with a seat at the mesa or that keeps its secretariat."""
    seats = Seat.objects.current(on).filter(mesa_id=session.mesa_id)
    mandates = SecretariatMandate.objects.current(on).filter(mesa_id=session.mesa_id)
    ours = Organization.objects.filter(Q(pk__in=seats.values("organization")) | Q(mandates__in=mandates))
    held = Tenure.objects.current(on).filter(post__organization__in=ours.values("pk"), person=OuterRef("pk"))
    return Person.objects.filter(Exists(held))


def found_people(session: Session, text: str, on: date) -> list[Person]:
    """Those of them whose name or address holds these words, without regard to accents; of a closed session only its
    circle of the record. One query, none without words."""
    if len(text.strip()) < 2:
        return []
    wanted = Plain(Value(text.strip()))
    rows = people_of(session, on).annotate(plain=Plain("name"), address=Lower("email"))
    if session.is_casa_adentro:
        circle = CircleMember.objects.current().filter(session=session, level=CircleMember.Level.RECORD)
        rows = rows.filter(pk__in=circle.values("person"))
    rows = rows.filter(Q(plain__contains=wanted) | Q(address__contains=text.strip().lower()))
    return list(rows.select_related("user").order_by("plain", "pk")[:FOUND_AT_MOST])


def rapporteurs_of(session: Session) -> list[Rapporteur]:
    """Who writes it today, longest first. One query."""
    rows = Rapporteur.objects.filter(session=session, until=None).select_related("person__user")
    return list(rows.order_by("since", "pk"))


def why_not_recording(session: Session, now: datetime) -> str:
    """Why nothing can be recorded now, in words for the page; empty when it can. No query.

    Of a session loaded with its parts the closed ones count: for who sees them it begins with the first of all.
    """
    if session.is_historic or session.closed_at or session.state == Session.State.CANCELLED:
        return _("The record of this session is complete and does not change any more.")
    if session.state in (Session.State.DRAFT, Session.State.ANNOUNCED):
        return _("The session has not been convened yet. What comes of it can be recorded once it starts.")
    begins = begins_at(session)
    if begins and begins > now:
        return _("The session has not started. What comes of it can be recorded from its first minute on.")
    return ""
