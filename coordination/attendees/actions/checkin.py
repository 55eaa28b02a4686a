"""What the devices at the door bring: each entry is taken or refused by itself, and the same queue twice is one."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from accounts.actor import Actor
from coordination.activity.models import Activity
from coordination.attendees.actions.marks import (
    RegisterRefused,
    Tap,
    WalkIn,
    entomb,
    is_entombed,
    put_mark,
    put_walk_in,
    take_out,
    tell,
)
from coordination.attendees.checkin import (
    NAME_LENGTH,
    Clock,
    Entry,
    delegates,
    door_clock,
    name_shown,
    with_pass,
)
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import CAME
from coordination.common.errors import DomainError
from coordination.organizations.models import Organization
from coordination.sessions.models import Block, Session

log = logging.getLogger(__name__)
AT_THE_DOOR = (Attendance.Status.PRESENT, Attendance.Status.SUBSTITUTE, Attendance.Status.EXCUSED)


class EntryRefused(DomainError):
    """One entry of the door is not taken. ``reason`` is for the device, the message for whoever holds it."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Taken:
    """What became of an entry: new, already, or refused with its reason."""

    client_id: str
    result: str
    reason: str = ""
    message: str = ""
    name: str = ""
    organization: str = ""
    at: str = ""
    status: str = ""


def take_queue(
    *,
    session_id: int,
    blocks: Iterable[Block],
    entries: Iterable[Entry],
    clock: Clock,
    by: Actor,
    now: datetime,
) -> list[Taken]:
    """Takes every entry in a transaction of its own, in order: what one is refused for holds up no other.

    ``blocks`` are those of the session that the reader keeps. The messages are in the language spoken now.
    """
    known = {block.pk: block for block in blocks}
    told = []
    for entry in entries:
        ref = str(entry.client_id or "")
        try:
            told.append(
                take_entry(session_id=session_id, blocks=known, entry=entry, clock=clock, by=by, now=now)
            )
        except EntryRefused as refused:
            told.append(Taken(ref, "refused", refused.reason, str(refused.message)))
        except RegisterRefused as refused:
            told.append(Taken(ref, "refused", "bad", str(refused.message)))
        except (DataError, IntegrityError):
            log.exception("entry of the door not taken")
            told.append(Taken(ref, "refused", "bad", _unreadable()))
    return told


@transaction.atomic
def take_entry(
    *, session_id: int, blocks: dict[int, Block], entry: Entry, clock: Clock, by: Actor, now: datetime
) -> Taken:
    """Takes one entry; an entry taken before, or a mark that stands already, changes nothing and says its hour.

    Records: ATTENDANCE_RECORDED, WALK_IN, LEFT or MARK_UNDONE. Raises EntryRefused, RegisterRefused.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    block = blocks.get(entry.block or 0)
    if entry.client_id is None or block is None:
        raise EntryRefused("bad", _unreadable())
    block.session = session
    work = {"mark": _mark, "walk_in": _walk_in, "left": _left, "undo": _undo}.get(entry.kind)
    if work is None:
        raise EntryRefused("bad", _unreadable())
    before = Attendance.objects.filter(block=block, client_id=entry.client_id).first()
    if before is not None and entry.kind in ("mark", "walk_in"):
        if entry.delegate and before.delegate and before.delegate.public_id != entry.delegate:
            raise EntryRefused("bad", _unreadable())
        return _told(entry, before, session, is_new=False)
    tap = Tap(entry.client_id, _source(entry), clock.right(entry.at))
    return work(entry, block, tap, by, now)


def _mark(entry: Entry, block: Block, tap: Tap, by: Actor, now: datetime) -> Taken:
    status = entry.status or Attendance.Status.PRESENT
    if status not in AT_THE_DOOR:
        raise EntryRefused("bad", _unreadable())
    delegate = _whose(entry, block.session, by)
    standing = Attendance.objects.filter(block=block, delegate=delegate).first()
    if standing is None or standing.status != status:
        _refuse_closed(block.session)
        _refuse_without_a_place(delegate, tap, is_marked=standing is not None)
        if standing is None and is_entombed(tap.client_id, block):
            return _undone(entry)
    elif block.session.attendance_closed_at:
        return _told(entry, standing, block.session, is_new=False)
    written, is_new = put_mark(block, delegate, status, tap, by, now)
    return _told(entry, written, block.session, is_new=is_new, asked=status)


def _walk_in(entry: Entry, block: Block, tap: Tap, by: Actor, now: datetime) -> Taken:
    _refuse_closed(block.session)
    if is_entombed(tap.client_id, block):
        return _undone(entry)
    if not entry.name:
        raise EntryRefused("bad", _("Write the person's name."))
    if len(entry.name) > NAME_LENGTH:
        raise EntryRefused("bad", _("The name is too long: write up to %(n)s signs.") % {"n": NAME_LENGTH})
    organization = _organization(entry.organization, block.session)
    if organization is None:
        raise EntryRefused("bad", _("Choose the organization the person comes from."))
    replaces = _replaced(entry, organization, block.session)
    stands_in = entry.represents or replaces is not None or entry.status == Attendance.Status.SUBSTITUTE
    status = Attendance.Status.SUBSTITUTE if stands_in else Attendance.Status.PRESENT
    someone = WalkIn(organization.pk, entry.name, status, replaces)
    written, is_new = put_walk_in(block, someone, tap, by, now)
    return _told(entry, written, block.session, is_new=is_new)


def _left(entry: Entry, block: Block, tap: Tap, by: Actor, now: datetime) -> Taken:
    """When somebody went; the later of two hours is kept."""
    session = block.session
    rows = Attendance.objects.filter(block=block, status__in=CAME)
    if entry.name and entry.delegate is None and not entry.token:
        rows = rows.filter(
            is_walk_in=True, name__iexact=entry.name[:NAME_LENGTH], organization__slug=entry.organization
        )
    else:
        rows = rows.filter(delegate=_whose(entry, session, by))
    found = rows.first()
    if found is None:
        raise EntryRefused("unknown", _("This person has no mark here yet: register first that they came."))
    told = Activity.objects.about("attendance", found.pk).filter(payload__client=tap.client_id.hex)
    if told.filter(kind=AttendeeEvent.LEFT).exists():
        return _told(entry, found, session, is_new=False, left=True)
    _refuse_closed(session)
    at = max(tap.at or now, found.arrived_at or tap.at or now)
    is_new = found.left_at is None or at > found.left_at
    if is_new:
        found.left_at = at
        found.save(update_fields=["left_at"])
        tell(AttendeeEvent.LEFT, found, block, by, now, **tap.told)
    return _told(entry, found, session, is_new=is_new, left=True)


def _undo(entry: Entry, block: Block, tap: Tap, by: Actor, now: datetime) -> Taken:
    """Takes back the mark that this same entry made, unless somebody changed it since. Coming first, it waits for it."""
    found = Attendance.objects.filter(block=block, client_id=tap.client_id).first()
    if found is None:
        if is_entombed(tap.client_id, block):
            return _undone(entry)
        _refuse_closed(block.session)
        entomb(tap.client_id, block, by, now)
        return _undone(entry, is_new=True)
    _refuse_closed(block.session)
    latest = Activity.objects.about("attendance", found.pk).first()
    if latest is None or latest.payload.get("client") != tap.client_id.hex:
        raise EntryRefused("bad", _("Somebody changed this mark since. It stays; change it in the register."))
    try:
        take_out(found, block, AttendeeEvent.MARK_UNDONE, by, now)
    except ProtectedError:
        raise EntryRefused("bad", _("A certificate was issued for this mark: it stays.")) from None
    return _undone(entry, is_new=True)


def _whose(entry: Entry, session: Session, by: Actor) -> Delegate:
    """The delegate an entry speaks of. Of another session, and of one that is hidden from the reader, it is refused."""
    found: Delegate | None
    is_latest = True
    if entry.token:
        found, is_latest = with_pass(entry.token)
    elif entry.delegate:
        found = delegates().filter(public_id=entry.delegate).first()
    else:
        found = None
    if found is None:
        raise EntryRefused("unknown", _not_known())
    other = found.invitation.session
    if other.pk != session.pk:
        name = name_shown(by, other)
        if not name and other.is_casa_adentro:
            raise EntryRefused("unknown", _not_known())
        if not name:
            raise EntryRefused("other_session", _("This pass is for another session."))
        words = _("This pass is for another session: %(session)s.")
        if other.state == Session.State.CANCELLED:
            words = _("This pass is for another session, which was cancelled: %(session)s.")
        raise EntryRefused("other_session", words % {"session": name})
    if not is_latest:
        raise EntryRefused(
            "unknown", _("This pass was replaced by a newer one. Look for the person by name.")
        )
    return found


def _refuse_closed(session: Session) -> None:
    if session.state == Session.State.CANCELLED:
        raise EntryRefused("closed", _("This session was cancelled: it has no register."))
    if session.attendance_closed_at:
        raise EntryRefused(
            "closed",
            _(
                "The register was closed meanwhile. This entry stays on the device: ask the secretariat to reopen the "
                "register, then send it again."
            ),
        )


def _refuse_without_a_place(delegate: Delegate, tap: Tap, *, is_marked: bool) -> None:
    """Who was on the list at the hour of the mark came by right; a mark that stands may be corrected."""
    if is_marked:
        return
    name = {"name": delegate.person.name}
    gone = delegate.withdrawn_at is not None and (tap.at is None or delegate.withdrawn_at <= tap.at)
    if gone or delegate.invitation.state != Invitation.State.ACCEPTED:
        raise EntryRefused(
            "withdrawn",
            _(
                "%(name)s is no longer in the delegation. If they came all the same, add them without registration."
            )
            % name,
        )
    if delegate.waiting_since is not None:
        raise EntryRefused(
            "waiting",
            _("%(name)s is on the waiting list. If there is room, add them without registration.") % name,
        )


def _organization(slug: str, session: Session) -> Organization | None:
    """Active, or called to this session all the same."""
    found = Organization.objects.filter(slug=slug[:100]).first()
    if found is None or found.state == Organization.State.ACTIVE:
        return found
    return found if session.invitations.filter(organization=found).exists() else None


def _replaced(entry: Entry, organization: Organization, session: Session) -> Delegate | None:
    if entry.replaces is None:
        return None
    rows = Delegate.objects.filter(invitation__session=session, invitation__organization=organization)
    found = rows.filter(public_id=entry.replaces).first()
    if found is None:
        raise EntryRefused("bad", _("Whom they stand in for is not in the delegation of that organization."))
    return found


def _source(entry: Entry) -> str:
    return Attendance.Source.SCAN if entry.token else Attendance.Source.DOOR


def _told(
    entry: Entry, mark: Attendance, session: Session, *, is_new: bool, asked: str = "", left: bool = False
) -> Taken:
    at = door_clock(mark.left_at if left else mark.arrived_at or mark.recorded_at, session)
    facts = {"at": at, "status": mark.get_status_display()}
    if left:
        words = _("Left at %(at)s.")
    elif asked and asked != mark.status:
        words = _("It stays “%(status)s”: that was marked later, at %(at)s.")
    elif is_new:
        words = _("Registered at %(at)s: %(status)s.")
    else:
        words = _("Already registered at %(at)s: %(status)s.")
    person = mark.delegate.person.name if mark.delegate else mark.name
    return Taken(
        str(entry.client_id),
        "new" if is_new else "already",
        message=words % facts,
        name=person,
        organization=mark.organization.name,
        at=at,
        status=mark.status,
    )


def _undone(entry: Entry, *, is_new: bool = False) -> Taken:
    return Taken(str(entry.client_id), "new" if is_new else "already", message=_("The mark was taken back."))


def _unreadable() -> str:
    return _("This entry could not be read. Register the person again.")


def _not_known() -> str:
    return _("This code opens nothing here. Look for the person by name, or add them without registration.")
