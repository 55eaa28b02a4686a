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
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.commitments.lights import LIGHT_LABELS, traffic_light
from coordination.commitments.matrix.queries import UPDATES, Asked, Bound, Word, cells, in_light
from coordination.commitments.models import Commitment, CommitmentQuerySet, Indicator
from coordination.common import dates
from coordination.common.compiled import compiled
from coordination.mesas.models import SecretariatMandate
from coordination.mesas.permissions import Permission, at_mesas_with
from coordination.organizations.models import SPEAKING_POSTS, Organization, Post
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
NAMES = ("name_es", "name_en", "acronym_es", "acronym_en")
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


@compiled
def _sorted(asked: Asked, light: Word, sort: Word, group: Word, first: Bound, last: Bound) -> Any:
    rows = in_order(in_light(asked.rows(), light, asked.today), asked.today, sort=sort, group=group)
    return rows.values_list("pk", flat=True)[first:last]


def sorted_keys(asked: Asked, *, light: str, sort: str, group: str, start: int, length: int) -> list[int]:
    """The keys of these places in the order that was chosen. One query."""
    return _sorted.rows(asked, Word(light), Word(sort), Word(group), Bound(start), Bound(start + length))


@compiled
def _grouped(asked: Asked, light: Word, group: Word) -> Any:
    rows = _placed(in_light(asked.rows(), light, asked.today), asked.today).order_by()
    return rows.values_list(GROUPS[group].fields[0]).annotate(matrix_rows=Count("pk"))


def group_counts(asked: Asked, light: str, group: str) -> dict[str, int]:
    """How many rows of the whole list stand under each heading, by what the filter takes. One query."""
    return {value or "": count for value, count in _grouped.rows(asked, Word(light), Word(group))}


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


# What a row says, whatever is shown, and what a column or a group besides it. Fifty rows with all that hangs from them
# are 350 objects, of forty fields each.
SAID = (
    "public_id", "number", "is_casa_adentro", "statement", "deliverable", "means_of_verification", "resources", "remarks",
    "state", "progress", "provenance", "due_on", "original_due_on", "exempt_until", "settled_at", "mesa__name",
    "mesa__slug", "mesa__code_prefix", "responsible__name", "responsible__acronym", "responsible__slug",
)  # fmt: skip
JOINED = {
    "session": ("session", ("public_id", "number", "kind", "is_casa_adentro", "topic")),
    "axis": ("axis", ("name", "code")),
    "verifier": ("verifier", ("name", "acronym")),
    "followed": ("follow_up_owner__organization", ("name", "acronym")),
}


@compiled
def _page(actor: Actor, ids: list[int], joined: tuple[Word, ...]) -> Any:
    """These rows with all they say; each knows whether the reader may write in it, or report on it."""
    speaking = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS).values("organization")
    reports = Q(responsible__in=speaking, state__in=Commitment.REPORTABLE_STATES, provenance="live")
    paths = [JOINED[code] for code in joined]
    fields = [f"{path}__{field}" for path, names in paths for field in names]
    if "followed" in joined:
        fields.append("follow_up_owner__title")
    rows = Commitment.objects.filter(pk__any=ids).only(*SAID, *fields)
    return rows.select_related("mesa", "responsible", *(path for path, _names in paths)).annotate(
        may_amend=Case(When(kept_by(actor), then=Value(True)), default=Value(False)),
        may_report=Case(When(reports, then=Value(True)), default=Value(False)),
    )


@compiled
def _measured(ids: list[int]) -> Any:
    """Of the first indicator of each, as the pages show it."""
    rows = Indicator.objects.filter(commitment__any=ids).order_by("commitment_id", "order", "id")
    return rows.distinct("commitment_id")


@compiled
def _organizations(helped: list[int], told: list[int]) -> Any:
    """Who helps with the ones; whom their source names for the others."""
    relations: tuple[tuple[Any, list[int], str], ...] = (
        (Commitment.co_responsible.through, helped, "helping"),
        (Commitment.historic_responsible.through, told, "answering"),
    )
    helping, answering = (
        through.objects.filter(commitment__any=ids).values_list(
            "commitment_id",
            Value(role),
            *(f"organization__{name}" for name in NAMES),
            "pk",
        )
        for through, ids, role in relations
    )
    return helping.union(answering, all=True)


def on_page(actor: Actor, ids: list[int], today: date, *, shown: Iterable[str], group: str = "") -> list[Any]:
    """The rows of a page in their order, each with its ``light``, its first indicator (``measured``), who is
    ``answering`` for it and, where they are shown, who is ``helping`` and its last ``update``. At most four queries."""
    shown = {*shown, group}
    joined = tuple(Word(code) for code in JOINED if code in shown)
    found = {row.pk: row for row in _page.rows(actor, ids, joined)}
    rows = [found[pk] for pk in ids if pk in found]
    helped = ids if "co_responsible" in shown else []
    told = [row.pk for row in rows if row.is_historic and row.responsible is None]
    measured = {one.commitment_id: one for one in _measured.rows(ids)}
    updates = last_updates(ids) if "updated" in shown else {}
    for row in rows:
        row.light = traffic_light(row, today)
        row.measured = measured.get(row.pk)
        row.update = updates.get(row.pk)
        row.helping = []
        row.answering = [row.responsible.name] if row.responsible else []
    for key, role, *names, _place in sorted(_organizations.rows(helped, told), key=lambda one: one[-1]):
        name, acronym = _spoken(*names[:2]), _spoken(*names[2:])
        getattr(found[key], role).append(acronym or name if role == "helping" else name)
    return rows


@compiled
def _updates(ids: list[int]) -> Any:
    mine = Organization.objects.filter(pk=OuterRef("actor_organization_id"))
    return (
        Activity.objects.filter(subject_type="commitment", subject_id__any=ids, kind__in=UPDATES)
        .order_by("subject_id", "-occurred_at", "-id")
        .distinct("subject_id")
        .values_list(
            "subject_id",
            "occurred_at",
            *(Subquery(mine.values(name)) for name in NAMES),
        )
    )


def last_updates(ids: Sequence[int]) -> dict[int, Update]:
    """When each was changed last and on behalf of which organization. Persons stay out: organizations answer."""
    return {
        key: Update(at, _spoken(*names[2:]) or _spoken(*names[:2]))
        for key, at, *names in _updates.rows(list(ids))
    }


def _spoken(spanish: str | None, english: str | None) -> str:
    """As a translated field reads: in the reader's language, else in the other."""
    first, other = (english, spanish) if dates.spoken() == "en" else (spanish, english)
    return first or other or ""


READY: dict[str, Any] = {
    "overdue": pgettext_lazy("commitments", "Overdue"),
    "soon": _("Due in 30 days"),
    "verify": _("To be verified"),
    "incomplete": pgettext_lazy("commitments", "Incomplete"),
    "disputed": pgettext_lazy("commitments", "Disputed"),
    "unmeasured": _("Without a figure yet"),
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
