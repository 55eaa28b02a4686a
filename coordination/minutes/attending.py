"""Who was there, in the words of the minutes: by organization and person, quorum and balance against the mesa's rule.

The public text names only who agreed to stand on the public list, as every other page does; of the others it says the
post they hold. The reserved text has the names.
"""

from collections.abc import Sequence
from itertools import groupby

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.attendees.balance import CAME
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.minutes.gathering import Record, Sent
from coordination.minutes.telling import NOTHING, below, bullets, heading, hours, joined, par, table
from coordination.sessions.models import Block, Session


def attendance(record: Record, blocks: Sequence[Block], *, with_names: bool) -> SafeString:
    """The table of who came to these blocks, or the bare totals of a session without a list."""
    people = concerned(record, blocks)
    if not people:
        return _totals(record)
    head = [_("Organization"), _("Person and post"), _("Attendance")]
    rows = []
    for organization, sent in groupby(people, key=lambda row: row.organization):
        found = list(sent)
        role = _role(found[0])
        rows.append(
            [
                f"{organization.name} ({role})" if role else organization.name,
                below(_person(row, blocks, with_names) for row in found),
                below(_stood(record.session, row, blocks) for row in found),
            ]
        )
    return table(head, rows)


def concerned(record: Record, blocks: Sequence[Block]) -> list[Sent]:
    """Who was expected, or has a mark in one of these blocks: a mark in another block alone tells nothing here."""
    return [row for row in record.people if row.is_expected or any(block.pk in row.marks for block in blocks)]


def quorum(record: Record, blocks: Sequence[Block]) -> SafeString:
    """By plenary: who counted, what the mesa asks, and whether there was one. Three queries a plenary."""
    plenaries = [block for block in blocks if block.kind == Block.Kind.PLENARY] or list(blocks[:1])
    if not record.people or not plenaries or record.session.is_historic:
        return NOTHING
    told = []
    for block in plenaries:
        found = record.quorum_of(block)
        words = _("%(organizations)s with a vote, of %(sectors)s.") % {
            "organizations": _organizations(found.organizations), "sectors": _sectors(found.sectors),
        }  # fmt: skip
        if found.required_organizations or found.required_sectors:
            rule = {
                "organizations": _organizations(found.required_organizations),
                "sectors": _sectors(found.required_sectors),
            }
            words += " " + _("The mesa asks for %(organizations)s of %(sectors)s.") % rule
            words += " " + (_("There was quorum.") if found.met else _("There was no quorum."))
        label = block.title or (_("Quorum") if len(plenaries) == 1 else block.name)
        told.append(format_html("<strong>{}:</strong> {}", label, words))
    return joined([heading(_("Quorum")), bullets(told)])


def balance(record: Record) -> SafeString:
    """How many organizations came of each sector; a sector the mesa's rule names and nobody came from is said."""
    if not record.came:
        return NOTHING
    rows = []
    for sector in record.sectors:
        came = sector.came  # type: ignore[attr-defined]
        expected = sector.is_expected  # type: ignore[attr-defined]
        if came or expected:
            missing = _("nobody; the mesa expects this sector") if expected and not came else str(came)
            rows.append([sector.name, missing])
    return joined([heading(_("Balance by sector")), table([_("Sector"), _("Organizations")], rows)])


def _totals(record: Record) -> SafeString:
    session = record.session
    if record.totals:
        rows = [[row.sector.name, row.organizations, row.people] for row in record.totals]
        return table([_("Sector"), _("Organizations"), _("People")], rows)
    if session.present_people:
        words = ngettext("%(n)s person came.", "%(n)s people came.", session.present_people)
        return par(words % {"n": session.present_people})
    return par(_("No attendance is on record."))


def _person(row: Sent, blocks: Sequence[Block], with_names: bool) -> str:
    shown = row.name if with_names or row.is_listed else ""
    words = ", ".join(part for part in (shown, row.post) if part)
    if not words:
        words = _("a person without registration") if row.delegate is None else _("a delegate")
    marks = [row.marks[block.pk] for block in blocks if block.pk in row.marks]
    replaced = next((mark.replaces for mark in marks if mark.replaces_id), None)
    if replaced and replaced.pk != (row.delegate.pk if row.delegate else None):
        whom = replaced.person.name if with_names or replaced.is_listed else _delegate_role(replaced)
        words += " " + _("(instead of %(whom)s)") % {"whom": whom}
    role = _delegate_role(row.delegate) if row.delegate else ""
    return f"{words} ({role})" if role else words


def _delegate_role(delegate: Delegate) -> str:
    return str(Delegate.Role(delegate.role).label)


def _role(row: Sent) -> str:
    return str(Invitation.Role(row.role).label) if row.role else ""


def _stood(session: Session, row: Sent, blocks: Sequence[Block]) -> str:
    told = []
    for block in blocks:
        mark = row.marks.get(block.pk)
        if mark is None and len(blocks) > 1:
            continue
        words = _mark(session, mark)
        told.append(f"{block.name}: {words}" if len(blocks) > 1 else words)
    return capfirst("; ".join(told)) or capfirst(_("not on record"))


def _mark(session: Session, mark: Attendance | None) -> str:
    if mark is None:
        return _("not on record")
    words = str(Attendance.Status(mark.status).label)
    told = hours(mark.arrived_at, mark.left_at, session) if mark.status in CAME else ""
    return f"{words}, {told}" if told else words


def _organizations(count: int) -> str:
    return ngettext("%(n)s organization", "%(n)s organizations", count) % {"n": count}


def _sectors(count: int) -> str:
    return ngettext("%(n)s sector", "%(n)s sectors", count) % {"n": count}
