"""Everything a session left on record, read once for its minutes: open, reserved and closed alike.

Only who writes the minutes calls it; what of it goes where is ``assembly``'s.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from coordination.attendees.models import Attendance, Delegate, Invitation, RegisterAnnex, SectorTotal
from coordination.attendees.queries import Quorum, quorum
from coordination.commitments.agenda.reviewing import between_mesas, reviews_of
from coordination.commitments.models import Commitment, Referral, Review
from coordination.minutes.recording import ItemRecord, RecordedReservation, SaidFigure, SeatVote, Statement
from coordination.organizations.models import Organization
from coordination.sessions.models import AgendaItem, Block, Outcome, Paper, PaperVersion, Session
from coordination.taxonomies.models import Sector


@dataclass
class Dealt:
    """An agenda item with all that was written down under it."""

    item: AgendaItem
    record: ItemRecord | None = None
    outcomes: list[Outcome] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    figures: list[SaidFigure] = field(default_factory=list)
    # Of the generated item: how each commitment stood, and what went between mesas.
    reviews: list[Review] = field(default_factory=list)
    received: list[Referral] = field(default_factory=list)
    returned: list[Referral] = field(default_factory=list)

    @property
    def notes(self) -> str:
        return self.record.notes.strip() if self.record else ""

    @property
    def reserved_notes(self) -> str:
        return self.record.reserved_notes.strip() if self.record else ""


@dataclass
class Sent:
    """A person of an organization and how they stood in each block; ``delegate`` is None for who came unregistered."""

    organization: Organization
    role: str
    delegate: Delegate | None
    name: str
    post: str
    is_listed: bool
    is_expected: bool = False
    marks: dict[int, Attendance] = field(default_factory=dict)


class Record:
    """The record of one session. Each part is read when it is first asked for, in one query or two."""

    def __init__(self, session: Session) -> None:
        self.session = session

    @cached_property
    def blocks(self) -> list[Block]:
        """Without the breaks."""
        rows = Block.objects.filter(session=self.session).exclude(kind=Block.Kind.BREAK)
        return list(rows.order_by("order"))

    @cached_property
    def items(self) -> list[Dealt]:
        rows = AgendaItem.objects.filter(session=self.session).select_related("carried_from__session")
        later = AgendaItem.objects.filter(carried_from=OuterRef("pk"), session__is_casa_adentro=False)
        later = later.filter(is_casa_adentro=False)
        dealt = {item.pk: Dealt(item) for item in rows.annotate(goes_on=Exists(later)).order_by("order")}
        for outcome in self.outcomes:
            dealt[outcome.item_id].outcomes.append(outcome)
        for statement in Statement.objects.filter(item__in=dealt).select_related("organization"):
            dealt[statement.item_id].statements.append(statement)
        for figure in SaidFigure.objects.filter(item__in=dealt):
            dealt[figure.item_id].figures.append(figure)
        for record in ItemRecord.objects.filter(item__in=dealt):
            dealt[record.item_id].record = record
        for row in dealt.values():
            if row.item.is_generated and self.session.state != Session.State.FAILED:
                row.reviews = reviews_of(self.session)
                row.received, row.returned = between_mesas(self.session, None)
        return list(dealt.values())

    @cached_property
    def outcomes(self) -> list[Outcome]:
        reservations = RecordedReservation.objects.select_related("organization")
        votes = SeatVote.objects.select_related("organization").order_by("organization__plain_name")
        rows = Outcome.objects.filter(session=self.session).select_related("item", "commitment__mesa")
        return list(
            rows.prefetch_related(
                Prefetch("reservations", reservations, to_attr="reserves"),
                Prefetch("votes", votes, to_attr="cast"),
            ).order_by("item__order", "order", "id")
        )

    @cached_property
    def commitments(self) -> list[Commitment]:
        rows = Commitment.objects.filter(session=self.session).exclude(state=Commitment.State.WITHDRAWN)
        rows = rows.select_related("mesa", "responsible", "verifier", "outcome__item")
        return list(rows.prefetch_related("indicators").order_by("number"))

    @cached_property
    def people(self) -> list[Sent]:
        """By organization; delegates with a place and whoever has a mark, also if withdrawn since."""
        roles = dict(Invitation.objects.filter(session=self.session).values_list("organization_id", "role"))
        marks = list(
            Attendance.objects.filter(block__in=self.blocks)
            .select_related("organization", "delegate__person", "person", "replaces__person")
            .order_by("id")
        )
        marked = {mark.delegate_id for mark in marks if mark.delegate_id}
        delegates = (
            Delegate.objects.filter(invitation__session=self.session)
            .annotate(
                is_expected=Q(
                    withdrawn_at=None, waiting_since=None, invitation__state=Invitation.State.ACCEPTED
                )
            )
            .filter(Q(is_expected=True) | Q(pk__in=marked))
            .select_related("person", "invitation__organization")
            .in_order()
        )
        found: dict[tuple[str, object], Sent] = {}
        one: Any
        for one in delegates:
            org = one.invitation.organization
            found["delegate", one.pk] = Sent(
                org,
                roles.get(org.pk, ""),
                one,
                one.person.name,
                one.post_title,
                one.is_listed,
                one.is_expected,
            )
        for mark in marks:
            if mark.delegate_id:
                found["delegate", mark.delegate_id].marks[mark.block_id] = mark
                continue
            org, name = mark.organization, mark.name or (mark.person.name if mark.person else "")
            row = found.setdefault(
                ("walk-in", (org.pk, name)), Sent(org, roles.get(org.pk, ""), None, name, "", False)
            )
            row.marks[mark.block_id] = mark
        return sorted(found.values(), key=lambda row: (row.organization.plain_name, row.organization.pk))

    @cached_property
    def sectors(self) -> list[Sector]:
        """All, each with how many organizations of it came (``came``) and whether the mesa's rule names it (``is_expected``)."""
        rule = self.session.mesa.expected_sectors.filter(pk=OuterRef("pk"))
        came = dict(
            Organization.objects.filter(pk__in=self.came).with_sector().order_by()
            .values_list("sector_id_effective").annotate(n=Count("pk", distinct=True))
        )  # fmt: skip
        rows: list[Any] = list(Sector.objects.annotate(is_expected=Exists(rule)).order_by("order", "id"))
        for row in rows:
            row.came = came.get(row.pk, 0)
        return rows

    @cached_property
    def came(self) -> set[int]:
        """The organizations that came to an open part; of a closed session, at all."""
        counted = {
            block.pk for block in self.blocks if self.session.is_casa_adentro or not block.is_casa_adentro
        }
        here = (Attendance.Status.PRESENT, Attendance.Status.SUBSTITUTE)
        return {
            row.organization.pk
            for row in self.people
            for block, mark in row.marks.items()
            if block in counted and mark.status in here
        }

    def quorum_of(self, block: Block) -> Quorum:
        return quorum(self.session, block=block)

    @cached_property
    def totals(self) -> list[SectorTotal]:
        """Where nobody kept a list."""
        return list(
            SectorTotal.objects.filter(session=self.session)
            .select_related("sector")
            .order_by("sector__order")
        )

    @cached_property
    def papers(self) -> list[Paper]:
        """Those that stand, each with its newest text (``latest``)."""
        versions = PaperVersion.objects.order_by("-number")
        rows = Paper.objects.filter(session=self.session, withdrawn_at=None).select_related("item")
        found = list(rows.prefetch_related(Prefetch("versions", versions, to_attr="texts")).order_by("pk"))
        return [paper for paper in found if paper.texts]

    @cached_property
    def annexes(self) -> list[RegisterAnnex]:
        return list(
            RegisterAnnex.objects.filter(
                session=self.session, removed_at=None, is_casa_adentro=False
            ).order_by("pk")
        )

    @cached_property
    def next(self) -> Session | None:
        """The mesa's next open session that everybody knows of."""
        after: datetime | None = self.session.ends_at
        if after is None:
            return None
        rows = Session.objects.live().filter(mesa_id=self.session.mesa_id, is_casa_adentro=False)
        rows = rows.filter(state__in=[Session.State.ANNOUNCED, Session.State.CONVENED], starts_at__gt=after)
        return rows.select_related("canton", "province").order_by("starts_at", "id").first()

    @cached_property
    def rapporteurs(self) -> list[str]:
        rows = self.session.rapporteurs.select_related("person").order_by("pk")
        return list(dict.fromkeys(row.person.name for row in rows))
