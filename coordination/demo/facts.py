"""The facts of the demo world: organizations, historic mesas, sessions and commitments, with their sources.

Everything here has provenance *historic*. What a source does not state stays empty and the pages say *no consta*;
what cannot be placed without guessing is returned in a list and told, never loaded. Rows that exist are left alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from coordination.commitments.models import Commitment, Indicator, Measurement
from coordination.common.models import Provenance
from coordination.demo.files import DATA, BrokenData, pick, read
from coordination.mesas.models import LegalBasis, Mesa, SecretariatMandate
from coordination.minutes.models import SharedPoint, SharingSheet
from coordination.organizations.models import FormerName, Organization
from coordination.sessions.models import AgendaItem, Block, Session
from coordination.taxonomies.models import Canton, Province, Sector, SectorType

QUITO = ZoneInfo("America/Guayaquil")
# The sources say neither ordinary nor extraordinary, and of an agenda item no kind.
NOT_ON_RECORD = ""


@dataclass(frozen=True)
class NotLoaded:
    """A fact of the files that has no honest place in the database, and why."""

    source_id: str
    statement: str
    reason: str


def load(*, now: datetime, folder: Path = DATA) -> list[NotLoaded]:
    """Adds what is missing, inside the caller's transaction. Raises BrokenData when a file is broken."""
    try:
        _load_organizations(read(folder, "organizations.json"))
        return _load_history(read(folder, "history.json"), now)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BrokenData(f"organizations.json or history.json: {type(error).__name__}: {error}") from error


def address_name(source_id: str) -> str:
    """The slug of a fact: its stable id with hyphens."""
    return source_id.replace("_", "-")


def organizations_by_id() -> dict[str, Organization]:
    """The organizations under the ids that the data files use."""
    return {organization.slug.replace("-", "_"): organization for organization in Organization.objects.all()}


def _load_organizations(file: dict[str, Any]) -> None:
    types = {row.code: row for row in SectorType.objects.all()}
    sectors = {row.code: row for row in Sector.objects.all()}
    cantons = {row.code: row for row in Canton.objects.select_related("province")}
    known = set(Organization.objects.values_list("slug", flat=True))
    former: list[FormerName] = []
    for row in file["organizations"]:
        slug, where = address_name(row["id"]), f"organizations.json, {row['id']}"
        if slug in known:
            continue
        canton = pick(cantons, row["canton"], where) if "canton" in row else None
        organization = Organization.objects.create(
            slug=slug,
            name_es=row["name_es"],
            name_en=row.get("name_en"),
            acronym_es=row["acronym"] or "",
            acronym_en=row.get("acronym_en"),
            sector_type=pick(types, row["sector_type"], where),
            sector_override=pick(sectors, row["sector"], where) if "sector" in row else None,
            level=row["level"],
            canton=canton,
            province=canton.province if canton else None,
            state=row.get("state", Organization.State.ACTIVE),
            sources=_sources(file, row, where),
            **_note(row),
        )
        former += [
            FormerName(organization=organization, name=name["name"]) for name in row.get("former_names", [])
        ]
    FormerName.objects.bulk_create(former)


def _note(row: dict[str, Any]) -> dict[str, str]:
    """The note in both languages where the model keeps both."""
    spanish, english = row.get("note_es", ""), row.get("note_en", "")
    translated = {field.name for field in Organization._meta.get_fields()} >= {"note_es", "note_en"}
    return {"note_es": spanish, "note_en": english} if translated else {"note": spanish}


def _load_history(file: dict[str, Any], now: datetime) -> list[NotLoaded]:
    organizations = organizations_by_id()
    mesas = {
        mesa.slug.replace("-", "_"): mesa for mesa in Mesa.objects.filter(provenance=Provenance.HISTORIC)
    }
    for row in file["series"]:
        if row["id"] not in mesas:
            mesas[row["id"]] = _add_mesa(file, row, organizations)
    sessions = {
        session.source_id: session
        for session in Session.objects.exclude(source_id=None).select_related("mesa")
    }
    for row in file["sessions"]:
        if row["id"] not in sessions:
            mesa = pick(mesas, row["series"], f"history.json, {row['id']}")
            sessions[row["id"]] = _add_session(file, row, mesa, organizations)
    known = set(Commitment.objects.exclude(source_id=None).values_list("source_id", flat=True))
    left_out = []
    for row in file["commitments"]:
        session = sessions.get(row["session"]) if row["session"] else None
        mesa = session.mesa if session else mesas.get(row["series"])
        if mesa is None:
            left_out.append(NotLoaded(row["id"], row["statement_es"], _why_not(row)))
        elif row["id"] not in known:
            _add_commitment(file, row, mesa, session, organizations, now)
    return left_out


def _why_not(row: dict[str, Any]) -> str:
    if row["series"]:
        return f"its series {row['series']} has no mesa in the files"
    return "the source names neither a session nor a mesa"


def _add_mesa(file: dict[str, Any], row: dict[str, Any], organizations: dict[str, Organization]) -> Mesa:
    where = f"history.json, {row['id']}"
    mesa = Mesa.objects.create(
        slug=address_name(row["id"]),
        name_es=row["name_es"],
        name_en=row["name_en"],
        acronym=row.get("acronym", ""),
        code_prefix=row["code_prefix"],
        kind=row["kind"],
        level=row["level"],
        state=row.get("state", Mesa.State.ACTIVE),
        province=Province.objects.get(code=row["province"]) if "province" in row else None,
        canton=Canton.objects.get(code=row["canton"]) if "canton" in row else None,
        convener=pick(organizations, row["convener"], where),
        provenance=Provenance.HISTORIC,
        sources=_sources(file, row, where),
        notes=row["notes"],
    )
    for basis in row.get("legal_bases", []):
        LegalBasis.objects.create(
            mesa=mesa,
            kind=basis["kind"],
            number=basis["number"],
            issued_on=_day(basis["issued_on"]),
            published_on=_day(basis["published_on"]),
            gazette=basis["gazette"] or "",
        )
    if mandate := row.get("mandate"):
        given = SecretariatMandate.objects.create(
            mesa=mesa, instrument=mandate["instrument"], starts_on=date.fromisoformat(mandate["starts_on"])
        )
        given.organizations.set(_named(organizations, mandate["organizations"], where))
    return mesa


def _add_session(
    file: dict[str, Any], row: dict[str, Any], mesa: Mesa, organizations: dict[str, Organization]
) -> Session:
    where = f"history.json, {row['id']}"
    totals = row.get("totals", {})
    session = Session.objects.create(
        mesa=mesa,
        source_id=row["id"],
        number=row["number"],
        kind=NOT_ON_RECORD,
        topic_es=row["topic_es"] or "",
        topic_en=row["topic_en"] or "",
        state=row["state"],
        starts_at=_instant(row["date"], row.get("start_time")),
        ends_at=_instant(
            row.get("end_date") or (row["date"] if row.get("end_time") else None), row.get("end_time")
        ),
        has_hours="start_time" in row,
        # A town or a room means that people met there; without either nobody knows how they met.
        modality=Session.Modality.IN_PERSON if row["canton"] else NOT_ON_RECORD,
        venue=row.get("venue", ""),
        canton=Canton.objects.get(code=row["canton"]) if row["canton"] else None,
        province=Province.objects.get(code=row["province"]) if row["province"] else None,
        host=pick(organizations, row["host"], where) if row["host"] else None,
        present_people=totals.get("people"),
        present_organizations=totals.get("organizations"),
        provenance=Provenance.HISTORIC,
        sources=_sources(file, row, where),
        notes=row["notes"],
    )
    session.participants.set(_named(organizations, row.get("participants", []), where))
    AgendaItem.objects.bulk_create(
        AgendaItem(
            session=session, order=order, kind=NOT_ON_RECORD, title_es=title["es"], title_en=title["en"]
        )
        for order, title in enumerate(row.get("agenda", []), 1)
    )
    _add_parts(session, row.get("parts", []))
    if told := row.get("shared"):
        _add_sheet(session, told)
    return session


def _add_parts(session: Session, rows: list[dict[str, Any]]) -> None:
    """The parts the source tells of, by day: of what was closed it says what it was about, and nothing of what was said."""
    order = 0
    for place, row in enumerate(rows, 1):
        last = datetime.combine(date.fromisoformat(row["last"]), time(23, 59), tzinfo=QUITO)
        block = Block.objects.create(
            session=session, order=place, title=row["es"], starts_at=_instant(row["first"], None), ends_at=last,
            is_casa_adentro=row["closed"],
        )  # fmt: skip
        for title in row["agenda"]:
            order += 1
            AgendaItem.objects.create(
                session=session, block=block, order=order, kind=NOT_ON_RECORD, is_casa_adentro=row["closed"],
                title_es=title["es"], title_en=title["en"],
            )  # fmt: skip


def _add_sheet(session: Session, row: dict[str, Any]) -> None:
    """What was shared of a closed part, as its source published it."""
    sheet = SharingSheet.objects.create(
        session=session, title=row["title"], introduction=row["introduction"], when_told=row["when"],
        where_told=row["where"], state=SharingSheet.State.PUBLISHED, created_at=session.ends_at,
        published_at=session.ends_at,
    )  # fmt: skip
    SharedPoint.objects.bulk_create(
        SharedPoint(sheet=sheet, kind=point["kind"], text=point["text"], order=order)
        for order, point in enumerate(row["points"], 1)
    )


def _add_commitment(
    file: dict[str, Any],
    row: dict[str, Any],
    mesa: Mesa,
    session: Session | None,
    organizations: dict[str, Organization],
    now: datetime,
) -> None:
    """Several responsible organizations stay several; one is also the responsible of the record."""
    where = f"history.json, {row['id']}"
    responsible = _named(organizations, row["responsible"], where)
    commitment = Commitment.objects.create(
        mesa=mesa,
        session=session,
        source_id=row["id"],
        number=Commitment.objects.filter(mesa=mesa).count() + 1,
        statement_es=row["statement_es"],
        statement_en=row["statement_en"],
        responsible=responsible[0] if len(responsible) == 1 else None,
        due_on=_day(row["due_on"]),
        original_due_on=_day(row["due_on"]),
        state=row["state"],
        provenance=Provenance.HISTORIC,
        sources=_sources(file, row, where),
        notes=row["notes"],
    )
    commitment.historic_responsible.set(responsible)
    commitment.co_responsible.set(_named(organizations, row["co_responsible"], where))
    if told := row.get("indicator"):
        indicator = Indicator.objects.create(commitment=commitment, **told)
        for figure in row.get("measurements", []):
            _add_figure(file, figure, indicator, organizations, now)


def _add_figure(
    file: dict[str, Any],
    row: dict[str, Any],
    indicator: Indicator,
    organizations: dict[str, Organization],
    now: datetime,
) -> None:
    """What was reported, by whom and where it can be read; the note keeps what the number alone would lose."""
    where = f"history.json, {row['measured_on']}"
    source = pick(file["sources"], row["source"], where)
    Measurement.objects.create(
        indicator=indicator,
        since=_day(row["since"]),
        measured_on=date.fromisoformat(row["measured_on"]),
        value=row["value"],
        source=" ".join(part for part in (source["title"], source["url"]) if part)[:300],
        note=row["note"],
        organization=pick(organizations, row["organization"], where),
        recorded_at=now,
    )
    Indicator.objects.filter(pk=indicator.pk).update(value=row["value"])


def _named(organizations: dict[str, Organization], ids: Iterable[str], where: str) -> list[Organization]:
    return [pick(organizations, source_id, where) for source_id in ids]


def _sources(file: dict[str, Any], row: dict[str, Any], where: str) -> list[dict[str, str | None]]:
    """The sources of a row whole: id, title and address, as pages show them."""
    return [{"id": source, **pick(file["sources"], source, where)} for source in row["sources"]]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _instant(day: str | None, clock: str | None) -> datetime | None:
    """Midnight in Quito where only the day is known; ``has_hours`` says that the hour means nothing."""
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock or "00:00"), tzinfo=QUITO)
