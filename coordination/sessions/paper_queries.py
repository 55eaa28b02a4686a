"""Reads for what comes before a session: papers with their versions and receipts, proposals, who can present."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Prefetch, Q, QuerySet

from coordination.organizations.models import Organization, Tenure
from coordination.sessions.deadlines import papers_close_at
from coordination.sessions.models import (
    AgendaItem,
    AgendaProposal,
    Paper,
    PaperReceipt,
    PaperVersion,
    Session,
)


@dataclass(frozen=True)
class PaperRow:
    """A paper with its newest text and the ones before it, newest first."""

    paper: Paper
    latest: PaperVersion
    earlier: list[PaperVersion]


@dataclass
class PapersOfItem:
    """An item and its papers; ``item`` is None for what concerns the whole session."""

    item: AgendaItem | None
    rows: list[PaperRow] = field(default_factory=list)


def papers_by_item(
    papers: QuerySet[Paper], session: Session, *, receipts: bool = False
) -> list[PapersOfItem]:
    """Papers of the whole session first, then by item in the agenda's order; items without papers are left out.

    Two queries, three with ``receipts`` (each version then knows ``taken``: who has it since when). A version handed in
    after the cut-off says ``is_late``.
    """
    versions = PaperVersion.objects.select_related("file", "added_by").order_by("-number")
    if receipts:
        takers = PaperReceipt.objects.select_related("organization", "person").order_by("read_at", "id")
        versions = versions.prefetch_related(Prefetch("receipts", takers, to_attr="taken"))
    rows = papers.select_related("item").prefetch_related(Prefetch("versions", versions, to_attr="texts"))
    closes = papers_close_at(session)
    groups: dict[int | None, PapersOfItem] = {}
    for paper in rows.order_by("item__order", "pk"):
        texts: list[PaperVersion] = paper.texts
        if not texts:
            continue
        for text in texts:
            text.is_late = bool(closes and text.added_at > closes)  # type: ignore[attr-defined]
        group = groups.setdefault(paper.item_id, PapersOfItem(paper.item))
        group.rows.append(PaperRow(paper, texts[0], texts[1:]))
    return sorted(groups.values(), key=lambda group: group.item.order if group.item else 0)


def asked_to_read(session: Session) -> int:
    """How many organizations have the papers before them: invited and not declined. Through the relation, one query."""
    return session.invitations.exclude(state="declined").count()


def proposals_of(session: Session) -> QuerySet[AgendaProposal]:
    """All that was proposed for this session, waiting ones first."""
    rows = session.proposals.select_related("organization", "proposed_by", "item")
    return rows.annotate(waits=Count("pk", filter=Q(state="pending"))).order_by("-waits", "proposed_at", "id")


def proposals_seen_by(organization_ids: list[int], session: Session) -> QuerySet[AgendaProposal]:
    """What these organizations proposed for this session or left waiting for a later one, with what became of it."""
    here = Q(session=session) | Q(mesa_id=session.mesa_id, session=None)
    rows = AgendaProposal.objects.filter(here, organization_id__in=organization_ids)
    return rows.select_related("organization", "item").order_by("-proposed_at", "-id")


@dataclass(frozen=True)
class Presenter:
    """A post and who holds it on the day of the session."""

    post_id: int
    label: str


def presenters(session: Session, today: date) -> list[tuple[Organization, list[Presenter]]]:
    """The posts of the organizations seated at the mesa on the session's day, by organization. One query."""
    day = session.local_day or today
    seated = Q(
        post__organization__seats__mesa=session.mesa_id, post__organization__seats__starts_on__lte=day
    ) & (Q(post__organization__seats__ends_on=None) | Q(post__organization__seats__ends_on__gte=day))
    invited = Q(post__organization__invitations__session=session)
    rows = (
        Tenure.objects.current(day)
        .filter(seated | invited)
        .select_related("post__organization", "person")
        .order_by("post__organization__plain_name", "post__kind", "post_id", "-starts_on")
        .distinct()
    )
    found: dict[Organization, dict[int, Presenter]] = defaultdict(dict)
    for tenure in rows:
        held = found[tenure.post.organization]
        held.setdefault(
            tenure.post_id, Presenter(tenure.post_id, f"{tenure.post.title}: {tenure.person.name}")
        )
    return [(organization, list(posts.values())) for organization, posts in found.items()]
