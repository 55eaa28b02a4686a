"""The draft of the minutes, made from the record without typing.

What of the record goes where (docs/decisions/0020): of an open session, whatever is open goes into public sections;
what was marked reserved, and the names of those who did not agree to stand on a public list, into reserved sections
after them; closed blocks and items into closed sections alone, and no number shows that they are there. Of a closed
session everything is closed. Where the mesa says that reserved notes name nobody, no reserved or closed section says
who said, voted or held back what.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from coordination.common import dates
from coordination.documents.rich import clean
from coordination.mesas.models import Mesa
from coordination.minutes import attending, dealing
from coordination.minutes.gathering import Dealt, Record
from coordination.minutes.telling import NOTHING, bullets, fact, heading, joined, listed, par
from coordination.minutes.texts import Section
from coordination.sessions.models import AgendaItem, Block, Session

Kind = Section.Kind
TITLE = Section._meta.get_field("title").max_length or 250


@dataclass(frozen=True)
class Drafted:
    """One section as the record gives it. ``key`` says which section of existing minutes it stands for."""

    kind: str
    title: str
    body: str
    item: AgendaItem | None = None
    is_reserved: bool = False
    is_casa_adentro: bool = False

    @property
    def key(self) -> tuple[str, int | None, bool, bool]:
        return self.kind, self.item.pk if self.item else None, self.is_reserved, self.is_casa_adentro


def sections(session: Session, *, language: str, form: str = "") -> list[Drafted]:
    """The whole draft, in order, in that language. About thirty queries, whatever the number of items and people."""
    record = Record(session)
    with translation.override(language):
        drafted = [one for one in _sections(record, form or session.mesa.minutes_form) if one.body]
        return [_finished(one, closed=session.is_casa_adentro) for one in drafted]


def of_section(section: Section) -> Drafted | None:
    """What the record says today where this section stands; None for one that people added. A dozen queries at most."""
    minutes = section.minutes
    record = Record(minutes.session)
    mine = (section.kind, section.item_id, section.is_reserved, section.is_casa_adentro)
    with translation.override(minutes.language):
        found = (one for one in _sections(record, minutes.form, only=section.kind) if one.body)
        finished = [_finished(one, closed=minutes.session.is_casa_adentro) for one in found]
    return next((one for one in finished if one.key == mine), None)


def _finished(one: Drafted, *, closed: bool) -> Drafted:
    return Drafted(
        kind=one.kind,
        title=one.title if len(one.title) <= TITLE else one.title[: TITLE - 1] + "…",
        body=clean(one.body),
        item=one.item,
        is_reserved=one.is_reserved or one.is_casa_adentro or closed,
        is_casa_adentro=one.is_casa_adentro or closed,
    )


def _sections(record: Record, form: str, *, only: str = "") -> Iterator[Drafted]:
    """Each kind reads what it needs of the record and no more."""
    makers: dict[str, Callable[[], Iterator[Drafted]]] = {
        Kind.HEADING: lambda: iter([Drafted(Kind.HEADING, _opening_title(form), _opening(record, form))]),
        Kind.ATTENDANCE: lambda: _attendance(record),
        Kind.AGENDA: lambda: _agenda(record),
        Kind.ITEM: lambda: _items(record),
        Kind.COMMITMENTS: lambda: _commitments(record),
        Kind.NEXT: lambda: iter([Drafted(Kind.NEXT, _("Next session and end"), _ending(record, form))]),
        Kind.ANNEXES: lambda: _annexes(record),
    }
    for kind, make in makers.items():
        if only in ("", kind):
            yield from make()


def _items(record: Record) -> Iterator[Drafted]:
    """Numbered as they show: closed ones of an open session have no number that would leave a gap."""
    number = 0
    for dealt in record.items:
        if record.session.is_casa_adentro or not dealt.item.is_casa_adentro:
            number += 1
        yield from _item(record, dealt, number)


def _opening_title(form: str) -> str:
    return _("Opening of the session") if form == Mesa.MinutesForm.ACTA else _("Facts of the meeting")


def _opening(record: Record, form: str) -> SafeString:
    session, mesa = record.session, record.session.mesa
    call = getattr(session, "convocation", None)
    facts = [
        fact(_("Mesa"), mesa.name),
        fact(_("Session"), f"{session.short_title} ({session.get_kind_display()})"),
        fact(_("Topic"), session.topic),
        fact(_("Date and time"), _when(session)),
        fact(_("Place"), _place(session)),
        fact(_("Modality"), session.get_modality_display()),
        fact(_("Convened by"), _convener(session)),
        fact(_("Convocation"), _convocation(session, call)),
        fact(_("Legal basis"), "; ".join(str(basis) for basis in mesa.legal_bases.all())),
        fact(_("Record written by"), listed(record.rapporteurs)),
    ]
    told = [joined(facts)]
    if form == Mesa.MinutesForm.ACTA:
        told.insert(0, par(_act(record)))
    if session.state == Session.State.FAILED:
        told.append(par(_("The session failed. %(why)s") % {"why": session.failure_note}))
    return joined(told)


def _place(session: Session) -> str:
    """Where it was, with its address unless the place ends with it already."""
    place = session.place
    if session.address and not place.endswith(session.address):
        return ", ".join(part for part in (place, session.address) if part)
    return place


def _act(record: Record) -> str:
    """The sentence an act opens with."""
    session = record.session
    parts = {
        "when": _when(session),
        "session": session.short_title,
        "mesa": session.mesa.name,
        "place": session.place,
    }
    if session.modality == Session.Modality.ONLINE or not session.place:
        return _("On %(when)s, the %(session)s of the %(mesa)s met, of which these are the minutes.") % parts
    return (
        _("On %(when)s, at %(place)s, the %(session)s of the %(mesa)s met, of which these are the minutes.")
        % parts
    )


def _when(session: Session) -> str:
    if session.starts_at is None:
        return _("not on record")
    if not session.has_hours:
        return dates.days_span(session.local_day, session.local_end_day)  # type: ignore[arg-type]
    return dates.span(session.starts_at, session.ends_at, session.zone.key)


def _convener(session: Session) -> str:
    who = session.mesa.convener or session.host
    return who.name if who else ""


def _convocation(session: Session, call: object) -> str:
    if call is None:
        return ""
    on = dates.day_words(call.sent_at.astimezone(session.zone))  # type: ignore[attr-defined]
    return _("%(number)s of %(day)s") % {"number": call.number, "day": on}  # type: ignore[attr-defined]


def _attendance(record: Record) -> Iterator[Drafted]:
    session, title = record.session, _("Attendance and quorum")
    closed = [block for block in record.blocks if block.is_casa_adentro]
    open_ones = [block for block in record.blocks if not block.is_casa_adentro]
    if session.is_casa_adentro:
        yield Drafted(Kind.ATTENDANCE, title, _came(record, record.blocks, with_names=True))
        return
    yield Drafted(Kind.ATTENDANCE, title, _came(record, open_ones, with_names=False))
    if any(row.name and not row.is_listed for row in attending.concerned(record, open_ones)):
        table = attending.attendance(record, open_ones, with_names=True)
        yield Drafted(Kind.ATTENDANCE, _("Attendance with names"), table, is_reserved=True)
    if closed:
        table = attending.attendance(record, closed, with_names=True)
        yield Drafted(Kind.ATTENDANCE, _("Attendance of the closed part"), table, is_casa_adentro=True)


def _came(record: Record, blocks: list[Block], *, with_names: bool) -> SafeString:
    return joined(
        [attending.attendance(record, blocks, with_names=with_names), attending.quorum(record, blocks), attending.balance(record)]
    )  # fmt: skip


def _agenda(record: Record) -> Iterator[Drafted]:
    inside = record.session.is_casa_adentro
    closed = [row.item for row in record.items if row.item.is_casa_adentro and not inside]
    open_ones = [row.item for row in record.items if inside or not row.item.is_casa_adentro]
    yield Drafted(
        Kind.AGENDA, _("Order of the day"), bullets((item.title for item in open_ones), numbered=True)
    )
    if closed:
        titles = bullets(item.title for item in closed)
        yield Drafted(Kind.AGENDA, _("Order of the day of the closed part"), titles, is_casa_adentro=True)


def _item(record: Record, dealt: Dealt, number: int) -> Iterator[Drafted]:
    item, session = dealt.item, record.session
    names = not session.mesa.reserved_without_names
    if item.is_casa_adentro or session.is_casa_adentro:
        title = _numbered(number, item) if session.is_casa_adentro else item.title
        yield Drafted(
            Kind.ITEM, title, dealing.whole(dealt, session, names=names), item, is_casa_adentro=True
        )
        return
    yield Drafted(Kind.ITEM, _numbered(number, item), dealing.public(dealt, session), item)
    apart = dealing.reserved(dealt, names=names)
    if apart:
        title = _("Item %(number)s, reserved: %(title)s") % {"number": number, "title": item.title}
        yield Drafted(Kind.ITEM, title, apart, item, is_reserved=True)


def _numbered(number: int, item: AgendaItem) -> str:
    return _("Item %(number)s: %(title)s") % {"number": number, "title": item.title}


def _commitments(record: Record) -> Iterator[Drafted]:
    rows = {(False, False): [], (True, False): [], (True, True): []}  # type: ignore[var-annotated]
    for row in record.commitments:
        outcome = row.outcome
        closed = bool(outcome and outcome.item.is_casa_adentro) or row.is_casa_adentro
        rows[closed or bool(outcome and outcome.is_reserved), closed].append(row)
    if record.session.is_casa_adentro:
        rows = {(False, False): record.commitments, (True, False): [], (True, True): []}
    none = par(_("No commitments were agreed."))
    yield Drafted(Kind.COMMITMENTS, _("Commitments"), dealing.commitments(rows[False, False]) or none)
    yield Drafted(
        Kind.COMMITMENTS, _("Commitments, reserved"), dealing.commitments(rows[True, False]), is_reserved=True
    )
    yield Drafted(
        Kind.COMMITMENTS,
        _("Commitments of the closed part"),
        dealing.commitments(rows[True, True]),
        is_casa_adentro=True,
    )


def _ending(record: Record, form: str) -> SafeString:
    session, after = record.session, record.next
    told = par(_("The next session has not been announced yet."))
    if after and after.starts_at:
        told = fact(
            _("Next session"),
            f"{after.short_title}, {dates.moment(after.starts_at, after.zone.key)}. {after.place}".strip(),
        )
    if form == Mesa.MinutesForm.ACTA and session.ends_at and session.has_hours:
        end = dates.moment(session.ends_at, session.zone.key)
        told = joined(
            [told, par(_("With nothing else to deal with, the session ended on %(when)s.") % {"when": end})]
        )
    return told


def _annexes(record: Record) -> Iterator[Drafted]:
    session = record.session
    everything = session.is_casa_adentro
    papers = {"public": [], "reserved": [], "closed": []}  # type: ignore[var-annotated]
    for paper in record.papers:
        closed = bool(paper.item and paper.item.is_casa_adentro)
        where = (
            "public" if everything else "closed" if closed else "public" if paper.is_public else "reserved"
        )
        told = _("%(title)s (version %(number)s)") % {"title": paper.title, "number": paper.texts[0].number}  # type: ignore[attr-defined]
        papers[where].append(told)
    register = [
        f"{annex.get_kind_display()}: {annex.caption}" if annex.caption else annex.get_kind_display()
        for annex in record.annexes
    ]
    told = joined([_named(_("Papers"), papers["public"]), _named(_("Register of attendance"), register)])
    yield Drafted(Kind.ANNEXES, _("Annexes"), told or par(_("There are no annexes.")))
    yield Drafted(Kind.ANNEXES, _("Annexes, reserved"), bullets(papers["reserved"]), is_reserved=True)
    yield Drafted(
        Kind.ANNEXES, _("Annexes of the closed part"), bullets(papers["closed"]), is_casa_adentro=True
    )


def _named(title: str, rows: list[str]) -> SafeString:
    return joined([heading(title), bullets(rows)]) if rows else NOTHING


__all__ = ["Drafted", "of_section", "sections"]
