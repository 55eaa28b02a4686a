"""The circle of a session read: who stands in it, who could, and who let them in."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value, When
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.common.models import Plain
from coordination.mesas.models import SecretariatMandate
from coordination.organizations.models import Organization, Person, Post, Tenure
from coordination.sessions.events import SessionEvent
from coordination.sessions.models import AgendaItem, Block, CircleMember, Session
from coordination.sessions.parts import circles_of

FOUND = 20
LEVELS = {
    CircleMember.Level.LOGISTICS: _("When and where. Not what is dealt with, nor what was said."),
    CircleMember.Level.RECORD: _("Everything: what is dealt with, what was said and what came of it."),
}


@dataclass(frozen=True)
class Member:
    """One who stands in the circle, or stood in it, with the organizations of today and who let them in."""

    row: CircleMember
    organizations: str
    let_in_by: str


def stands_in(actor: Actor, session: Session, *, record: bool = True) -> bool:
    """Whether the person is in the circle of this session, open or closed; by default the inner one. One query."""
    if actor.person_id is None:
        return False
    return circles_of(actor, record=record).filter(session=session).exists()


@dataclass(frozen=True)
class Reach:
    """How many stand in the circle, as far as the reader may know, and whether the reader is one of the inner ones."""

    people: int = 0
    inside: bool = False


def reach(actor: Actor, session: Session) -> Reach:
    """Outside the circle there is none, whoever is in it. One query."""
    if actor.person_id is None:
        return Reach()
    mine = Count("pk", filter=Q(person=actor.person_id))
    record = Count("pk", filter=Q(person=actor.person_id, level=CircleMember.Level.RECORD))
    found = session.circle.current().aggregate(people=Count("pk"), mine=mine, record=record)
    return Reach(found["people"], bool(found["record"])) if found["mine"] else Reach()


def with_reach(sessions: "QuerySet[Session]", actor: Actor) -> "QuerySet[Session]":
    """``reach`` in the query that loads the sessions: ``circle_people`` and ``circle_inside``."""
    if actor.person_id is None:
        return sessions
    rows = CircleMember.objects.current().filter(session=OuterRef("pk"))
    people = rows.order_by().values("session").annotate(n=Count("pk")).values("n")
    mine = rows.filter(person=actor.person_id)
    return sessions.annotate(
        circle_people=Case(When(Exists(mine), then=Subquery(people)), default=0),
        circle_inside=Exists(mine.filter(level=CircleMember.Level.RECORD)),
    )


def people_in(session: Session) -> int:
    """How many people see what is casa adentro in it. One query."""
    return session.circle.current().count()


def is_kept(session: Session) -> bool:
    """Whether somebody keeps the circle: without one there is nothing closed to be seen. One query."""
    return session.circle.current().filter(level=CircleMember.Level.RECORD).exists()


def has_closed_parts(session: Session) -> bool:
    """Whether it is closed, or something in it is. Two queries of an open one."""
    if session.is_casa_adentro:
        return True
    blocks = Block.objects.filter(session=session, is_casa_adentro=True)
    return blocks.exists() or AgendaItem.objects.filter(session=session, is_casa_adentro=True).exists()


def members(session: Session, today: date) -> list[Member]:
    """Everybody who is in the circle or was, those who are first, by name. Three queries, four where somebody let
    others in who was never in it.
    """
    rows = list(session.circle.select_related("person").order_by("until", "person__name", "id"))
    rows.sort(key=lambda row: row.until is not None)
    people = {row.person_id for row in rows}
    let_in = {
        (line.payload.get("person"), line.occurred_at): line.actor_person_id
        for line in Activity.objects.about("session", session.pk).filter(kind=SessionEvent.CIRCLE_CHANGED)
    }
    names = {row.person_id: row.person.name for row in rows}
    if unknown := {pk for pk in let_in.values() if pk and pk not in names}:
        names |= dict(Person.objects.filter(pk__in=unknown).values_list("pk", "name"))
    found: dict[int, list[str]] = {}
    tenures = Tenure.objects.current(today).filter(person__in=people).select_related("post__organization")
    for tenure in tenures.order_by("post__organization__plain_name"):
        places = found.setdefault(tenure.person_id, [])
        if tenure.post.organization.short_name not in places:
            places.append(tenure.post.organization.short_name)
    return [
        Member(
            row,
            ", ".join(found.get(row.person_id, [])),
            names.get(let_in.get((row.person_id, row.since)) or 0, ""),
        )
        for row in rows
    ]


def organizations_of(session: Session, today: date) -> "QuerySet[Organization]":
    """Those at the table: seated at the mesa, keeping its secretariat, or called to the session."""
    kept = SecretariatMandate.objects.current(today).filter(mesa=session.mesa_id)
    at_the_table = (
        Q(seats__mesa=session.mesa_id, seats__ends_on=None)
        | Q(pk__in=kept.values("organizations"))
        | Q(invitations__session=session)
    )
    return Organization.objects.active().filter(at_the_table).distinct().order_by("plain_name")


def candidates(session: Session, today: date) -> "QuerySet[Person]":
    """Who can be let in: whoever holds a post today in one of these organizations, and the delegates of the session."""
    posts = Tenure.objects.current(today).filter(
        post__organization__in=organizations_of(session, today).order_by().values("pk")
    )
    named = session.invitations.filter(delegates__withdrawn_at=None).values("delegates__person")
    return Person.objects.filter(Q(pk__in=posts.values("person")) | Q(pk__in=named))


def like(people: "QuerySet[Person]", text: str) -> list[Person]:
    """Those of that name or address, blind to accents, each with what they are. One query."""
    wanted = Plain(Value(text))
    rows = people.annotate(plain_name=Plain("name")).filter(
        Q(plain_name__contains=wanted) | Q(email__iexact=text)
    )
    return list(rows.order_by("plain_name", "pk")[:FOUND])


def focal_points(organization_id: int, session: Session, today: date) -> list[int]:
    """The people who hold the focal posts of one of these organizations today."""
    if not organizations_of(session, today).filter(pk=organization_id).exists():
        return []
    posts = Tenure.objects.current(today).filter(
        post__organization=organization_id, post__kind=Post.Kind.FOCAL_POINT
    )
    return list(posts.values_list("person", flat=True).distinct())


def with_a_place(session: Session) -> list[int]:
    """The delegates who have a place. Delegations belong to the step above and are read through the relation."""
    named = session.invitations.filter(
        state="accepted", delegates__withdrawn_at=None, delegates__waiting_since=None
    )
    rows = named.exclude(delegates__person=None).values_list("delegates__person", flat=True)
    return list(rows.distinct())


def counted(session: Session) -> dict[str, int]:
    """How many stand at each level today. One query."""
    rows = session.circle.current().order_by().values_list("level").annotate(n=Count("pk"))
    return dict.fromkeys(CircleMember.Level.values, 0) | {level: n for level, n in rows}
