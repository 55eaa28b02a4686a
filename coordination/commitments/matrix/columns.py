"""The columns of the matrix: what each is called, how it sorts, and the rows of a page with all that they say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    prefetch_related_objects,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.commitments.lights import LIGHT_LABELS, traffic_light
from coordination.commitments.matrix.queries import UPDATES, cells
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.mesas.models import SecretariatMandate
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import Organization, Post
from coordination.sessions.parts import circles_of

State = Commitment.State
# In these what was agreed may still be written better; see ``actions.matrix``.
AMENDABLE = (State.PROPOSED, *Commitment.REPORTABLE_STATES)


def _first(field: str) -> Subquery:
    """Of the first indicator, as the pages show it."""
    rows = Indicator.objects.filter(commitment=OuterRef("pk")).order_by("order", "id")
    return Subquery(rows.values(field)[:1])


def _updated() -> Subquery:
    rows = Activity.objects.filter(subject_type="commitment", subject_id=OuterRef("pk"), kind__in=UPDATES)
    return Subquery(rows.order_by().values("subject_id").annotate(at=Max("occurred_at")).values("at"))


def _helper() -> Subquery:
    rows = Organization.objects.filter(co_commitments=OuterRef("pk")).order_by("plain_name")
    return Subquery(rows.values("plain_name")[:1])


@dataclass(frozen=True)
class Column:
    """``order`` are the expressions it sorts by; ``calm`` ones are on the page until somebody chooses."""

    code: str
    label: Any
    order: Sequence[Any]
    calm: bool = False
    fixed: bool = False


COLUMNS = {
    column.code: column
    for column in (
        Column("code", _("Code"), ("mesa__code_prefix", "is_casa_adentro", "number"), calm=True, fixed=True),
        Column("statement", _("Commitment and responsible"), ("plain_statement",), calm=True, fixed=True),
        Column("mesa", _("Mesa"), ("mesa__plain_name",)),
        Column("session", _("Session"), ("session__starts_at", "session__number")),
        Column("axis", _("Axis"), ("axis__name",)),
        Column("responsible", _("Responsible"), ("responsible__plain_name",)),
        Column("co_responsible", _("Co-responsible"), (_helper,)),
        Column("verifier", _("Verifies"), ("verifier__plain_name",)),
        Column("due", _("Due"), ("due_on",), calm=True),
        Column("indicator", _("Indicator"), (lambda: _first("name"),)),
        Column("baseline", _("Baseline"), (lambda: _first("baseline"),)),
        Column("target", _("Target"), (lambda: _first("target"),)),
        Column("deliverable", _("What will be delivered"), ("deliverable",)),
        Column("means", _("Means of verification"), ("means_of_verification",)),
        Column("resources", _("Resources"), ("resources",)),
        Column("progress", _("Progress"), ("progress",), calm=True),
        Column("light", _("Traffic light"), ("light_place",), calm=True),
        Column("state", _("Situation"), ("state_place", "due_on"), calm=True),
        Column("remarks", _("Remarks"), ("remarks",)),
        Column("followed", _("Followed by"), ("follow_up_owner__title",)),
        Column("updated", _("Last update"), (_updated,)),
    )
}
LIGHTS = list(LIGHT_LABELS)


class Group(NamedTuple):
    """Rows under one heading: ``key`` is read on a row, ``value`` is what the filter takes."""

    label: Any
    fields: tuple[str, ...]
    order: tuple[str, ...]


GROUPS = {
    "mesa": Group(_("Mesa"), ("mesa__slug", "mesa__name"), ("mesa__plain_name", "mesa_id")),
    "axis": Group(_("Axis"), ("axis__code", "axis__name"), ("axis__order", "axis_id")),
    "responsible": Group(
        _("Responsible"),
        ("responsible__slug", "responsible__name"),
        ("responsible__plain_name", "responsible_id"),
    ),
    "state": Group(_("State"), ("state",), ("state_place",)),
    "light": Group(_("Traffic light"), ("matrix_light",), ("light_place",)),
}


def _placed(rows: CommitmentQuerySet, today: date) -> CommitmentQuerySet:
    """With the light and the places of light, state and urgency in their order."""
    parts = cells(today)

    def case(value: Any, **kwargs: Any) -> Case:
        return Case(*(When(cell.rows, then=Value(value(cell))) for cell in parts), **kwargs)

    states = [When(state=state, then=Value(place)) for place, state in enumerate(State.values)]
    return rows.annotate(
        matrix_light=case(lambda cell: cell.light),
        light_place=case(lambda cell: LIGHTS.index(cell.light), output_field=IntegerField()),
        urgency_place=case(lambda cell: cell.rank, output_field=IntegerField()),
        state_place=Case(*states, output_field=IntegerField()),
    )


def in_order(rows: CommitmentQuerySet, today: date, *, sort: str = "", group: str = "") -> CommitmentQuerySet:
    """Sorted whole: by group, then by the column (``-due`` for the other way round), else by urgency."""
    order: list[Any] = [F(name).asc(nulls_last=True) for name in GROUPS[group].order] if group else []
    name = sort.removeprefix("-")
    if name:
        for field in COLUMNS[name].order:
            expression = field() if callable(field) else F(field)
            order.append(
                expression.desc(nulls_last=True) if sort.startswith("-") else expression.asc(nulls_last=True)
            )
    else:
        order.append(F("urgency_place").asc())
    last = (F("due_on").asc(nulls_last=True), "mesa_id", "number", "pk")
    return _placed(rows, today).order_by(*order, *last)


def group_counts(rows: CommitmentQuerySet, today: date, group: str) -> dict[str, int]:
    """How many rows of the whole list stand under each heading, by what the filter takes. One query."""
    field = GROUPS[group].fields[0]
    found = _placed(rows, today).order_by().values(field).annotate(matrix_rows=Count("pk"))
    return {row[field] or "": row["matrix_rows"] for row in found}


def heading(row: Any, group: str) -> tuple[str, Any]:
    """Under which heading the row stands: what the filter takes, and its words."""
    if group == "state":
        return row.state, row.get_state_display()
    if group == "light":
        return row.light.code, LIGHT_LABELS[row.light.code]
    other = getattr(row, group)
    if other is None:
        return "", _("not on record")
    return (other.code if group == "axis" else other.slug), other.name


def kept_by(actor: Actor, *, states: Iterable[str] = AMENDABLE) -> Q:
    """The list twin of ``permissions.can_manage`` over what the actor sees, for rows in these states."""
    inside = Q(is_casa_adentro=False, session__is_casa_adentro=False) | Q(session=None)
    if actor.person_id is not None:
        inside |= Q(session__in=circles_of(actor, record=True))
    return (
        Q(provenance="live", state__in=list(states))
        & at_mesas_with(actor, Permission.MANAGE_COMMITMENTS, "mesa")
        & inside
    )


def with_all(rows: CommitmentQuerySet) -> "QuerySet[Commitment]":
    """Joined with what every row says."""
    return rows.select_related(
        "mesa", "session__mesa", "responsible", "axis", "verifier", "follow_up_owner__organization"
    )


class Update(NamedTuple):
    at: datetime
    by: str


def dressed(rows: list[Any], today: date, *, shown: Iterable[str]) -> list[Any]:
    """Each row with its ``light``, its first indicator (``measured``) and, where they are shown, those who help and
    its last ``update``. At most five queries, none for what is not shown."""
    shown = set(shown)
    prefetch_related_objects(rows, "indicators", "historic_responsible")
    if "co_responsible" in shown:
        prefetch_related_objects(rows, "co_responsible")
    updates = last_updates([row.pk for row in rows]) if "updated" in shown else {}
    for row in rows:
        row.light = traffic_light(row, today)
        row.measured = next(iter(row.indicators.all()), None)
        row.update = updates.get(row.pk)
    return rows


def last_updates(ids: Sequence[int]) -> dict[int, Update]:
    """When each was changed last and on behalf of which organization. Persons stay out: organizations answer."""
    rows = list(
        Activity.objects.filter(subject_type="commitment", subject_id__any=list(ids), kind__in=UPDATES)
        .order_by("subject_id", "-occurred_at", "-id")
        .distinct("subject_id")
    )
    names = Organization.objects.in_bulk({row.actor_organization_id for row in rows} - {None})
    told = {pk: organization.short_name for pk, organization in names.items()}
    return {
        row.subject_id: Update(row.occurred_at, told.get(row.actor_organization_id or 0, "")) for row in rows
    }


READY: dict[str, Any] = {
    "overdue": pgettext_lazy("commitments", "Overdue"),
    "soon": _("Due in 30 days"),
    "verify": _("To be verified"),
    "incomplete": pgettext_lazy("commitments", "Incomplete"),
    "disputed": pgettext_lazy("commitments", "Disputed"),
    "mine": _("My organization"),
    "followed": _("Those I follow"),
}


def followers(
    pairs: Iterable[tuple[int, int | None]], today: date
) -> dict[tuple[int, int | None], list[Post]]:
    """For each (mesa, responsible organization) the posts that may follow a commitment: of the mesa's secretariat and
    of who answers for it. Two queries."""
    wanted = set(pairs)
    mandates = SecretariatMandate.objects.current(today).filter(mesa__in={mesa for mesa, _who in wanted})
    keeping: dict[int, set[int]] = {}
    for mesa, organization in mandates.values_list("mesa_id", "organizations"):
        keeping.setdefault(mesa, set()).add(organization)
    ids = {who for _mesa, who in wanted if who} | {each for found in keeping.values() for each in found}
    posts = list(
        Post.objects.filter(organization__in=ids - {None})
        .select_related("organization")
        .order_by("organization__plain_name", "title", "pk")
    )
    return {
        (mesa, who): [post for post in posts if post.organization_id in keeping.get(mesa, set()) | {who}]
        for mesa, who in wanted
    }
