"""The running notes of an item: saved again and again while people talk, by one person or by two."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.minutes.events import RecordEvent
from coordination.minutes.models import ItemPresence, ItemRecord, NotesVersion
from coordination.sessions.actions.record import lock_recording
from coordination.sessions.models import AgendaItem

LONGEST = 20_000
# A person's own text grows in one row of the history for so long, as long as all of it is still there.
ONE_SITTING = timedelta(minutes=5)


class NotesTooLong(DomainError):
    default_message = gettext_lazy(
        "The notes of an item hold 20,000 characters. Nothing was saved and nothing is lost: shorten the text."
    )


def too_long(length: int) -> str:
    told = _(
        "The text has %(length)s characters and 20,000 fit. Nothing was saved and nothing is lost: it is in the field. "
        "Shorten it, or hand the document in as a paper of the session."
    )
    return told % {"length": f"{length:,}".replace(",", "\u00a0")}


@transaction.atomic
def save_notes(
    *, item_id: int, version: int, notes: str, reserved_notes: str, by: Actor, now: datetime
) -> ItemRecord:
    """Saves the notes of an item written from ``version`` (0: from nothing). The same text again changes nothing.

    Every accepted text stays in the history; only a person's own one grows in its row while nothing of it is taken
    away. Records: NOTES_SAVED with the item's id for each new row of the history, no text. Raises StaleVersion,
    NotesTooLong, NotStartedYet, NotConvened, SessionIsClosed.
    """
    item = AgendaItem.objects.get(pk=item_id)
    session = lock_recording(item.session_id, now)
    if len(notes) > LONGEST or len(reserved_notes) > LONGEST:
        raise NotesTooLong()
    found = ItemRecord.objects.filter(item=item).first()
    if found and (found.notes, found.reserved_notes) == (notes, reserved_notes):
        return found
    if version != (found.version if found else 0):
        raise StaleVersion()
    kept = found or ItemRecord(item=item, version=0)
    kept.notes, kept.reserved_notes = notes, reserved_notes
    kept.version += 1
    kept.saved_at, kept.saved_by_id = now, by.person_id
    kept.save()
    if _kept_in_history(kept, by, now):
        payload = {"item": item.pk, "version": kept.version}
        record(
            kind=RecordEvent.NOTES_SAVED,
            by=by,
            subject=session,
            now=now,
            mesa_id=session.mesa_id,
            payload=payload,
        )
    return kept


def mark_presence(*, item_id: int, person_id: int, now: datetime) -> None:
    """Says that the person has the item open. Nothing is recorded: it is true for a minute. One query."""
    here = ItemPresence(item_id=item_id, person_id=person_id, seen_at=now)
    ItemPresence.objects.bulk_create(
        [here], update_conflicts=True, unique_fields=["item", "person"], update_fields=["seen_at"]
    )


def _kept_in_history(kept: ItemRecord, by: Actor, now: datetime) -> bool:
    """Writes the text down as a version; True when that took a new row."""
    last = NotesVersion.objects.filter(record=kept).order_by("-number").first()
    own = last and last.saved_by_id == by.person_id and now - last.since < ONE_SITTING
    if last and own and last.notes in kept.notes and last.reserved_notes in kept.reserved_notes:
        last.notes, last.reserved_notes = kept.notes, kept.reserved_notes
        last.number, last.saved_at = kept.version, now
        last.save()
        return False
    NotesVersion.objects.create(
        record=kept,
        number=kept.version,
        notes=kept.notes,
        reserved_notes=kept.reserved_notes,
        since=now,
        saved_at=now,
        saved_by_id=by.person_id,
    )
    return True
