"""The only writers of files."""

import hashlib
import re
import time
from collections import Counter
from datetime import datetime, timedelta
from math import inf
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import SYSTEM, Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.files.events import FileEvent
from coordination.files.inspection import WrongFile, inspect
from coordination.files.models import StoredFile
from coordination.files.naming import cleaned
from coordination.files.scanning import Verdict, scan

MEGABYTE = 1024 * 1024
OUR_PLACES = re.compile(r"^[0-9a-f]{2}/[0-9a-f]{32}$")


class EmptyFile(DomainError):
    default_message = _("The file is empty. Open it, see that it has something in it, and choose it again.")


class FileTooLarge(DomainError):
    default_message = _(
        "The file is larger than %(limit)s MB. Save it smaller, or in parts, and choose it again."
    )


class Infected(DomainError):
    default_message = _(
        "The check for viruses found something in this file. It was not kept; scan the device it came from."
    )


@transaction.atomic
def keep(*, upload: UploadedFile, by: Actor, now: datetime, is_restricted: bool = False) -> StoredFile:
    """Looks at what was handed in and stores it; the way every file comes in.

    Promises: the type is the content's own and agrees with the ending; no macros, no bombs, no two things in one; a
    picture is drawn anew without what its camera wrote; the name is clean; the place on disk is random. Until the
    scanner has spoken the file is quarantined; without a scanner it is clean and ``scanned_at`` stays empty. A
    scanner that does not answer leaves it quarantined for ``check_waiting``. Who and when stand in the row; what the
    file is for is recorded by the caller. Raises EmptyFile, FileTooLarge, WrongFile, Infected, all with
    ``field="file"``; then nothing is stored.

    An action of yours calls it inside its own transaction, with a form that has an ``UploadField``::

        class LetterForm(forms.Form):
            file = UploadField(label=_("Appointment letter"))

        # <form method="post" enctype="multipart/form-data">, then in the action:
        letter = files.keep(upload=upload, by=by, now=now, is_restricted=session.is_casa_adentro)
        Delegation.objects.filter(pk=delegation.pk).update(letter=letter)

        # in the view, after visible_to and can_…:
        return respond(delegation.letter)   # coordination.files.serving
    """
    name = cleaned(upload.name or "")
    content = upload.file
    if not upload.size:
        raise EmptyFile(field="file")
    if upload.size > settings.FILE_MAX_BYTES or content is None:
        raise _too_large()
    kind, kept = inspect(name, content)
    size, digest = _measured(kept)
    if size > settings.FILE_MAX_BYTES:
        raise _too_large()
    stored = StoredFile(
        name=name,
        type=kind,
        size=size,
        sha256=digest,
        uploaded_at=now,
        uploaded_by_user_id=by.user_id,
        uploaded_by_person_id=by.person_id,
        uploaded_by_organization_id=_organization_of(by),
        is_restricted=is_restricted,
    )
    stored.content.save(name, File(kept), save=False)
    try:
        verdict = scan(stored.content.path)
        if verdict == Verdict.INFECTED:
            raise Infected(field="file")
        _let_through(stored, verdict, now)
        stored.save()
    except BaseException:
        stored.content.storage.delete(str(stored.content.name))
        raise
    return stored


@transaction.atomic
def keep_made(
    *, content: bytes, name: str, type: StoredFile.Type, restricted: bool, by: Actor, now: datetime
) -> StoredFile:
    """Stores a document that we made ourselves (minutes, a certificate).

    Clean at once, and no scanner is asked: it holds texts that went through our own doors and nothing that was handed
    in. ``scanned_at`` stays empty, which says just that. Who and when stand in the row; what it is for is recorded by
    the caller. Its name is written by us: of something closed it tells nothing.
    """
    stored = StoredFile(
        name=cleaned(name),
        type=type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        state=StoredFile.State.CLEAN,
        uploaded_at=now,
        uploaded_by_user_id=by.user_id,
        uploaded_by_person_id=by.person_id,
        uploaded_by_organization_id=_organization_of(by),
        is_restricted=restricted,
    )
    stored.content.save(stored.name, ContentFile(content), save=False)
    try:
        stored.save()
    except BaseException:
        stored.content.storage.delete(str(stored.content.name))
        raise
    return stored


@transaction.atomic
def check_waiting(*, file_id: int, now: datetime) -> StoredFile:
    """Asks the scanner again about a quarantined file; a refused one loses its content, its sum stays.

    Records: CLEARED or REFUSED; nothing while the scanner does not answer.
    """
    stored = StoredFile.objects.select_for_update().get(pk=file_id)
    if not stored.is_waiting:
        return stored
    verdict = scan(stored.content.path)
    if verdict == Verdict.UNKNOWN:
        return stored
    if verdict == Verdict.INFECTED:
        storage, place = stored.content.storage, str(stored.content.name)
        stored.state, stored.scanned_at, stored.content = StoredFile.State.REFUSED, now, ""
        transaction.on_commit(lambda: storage.delete(place))
    else:
        _let_through(stored, verdict, now)
    stored.save()
    refused = stored.state == StoredFile.State.REFUSED
    record(kind=FileEvent.REFUSED if refused else FileEvent.CLEARED, by=SYSTEM, subject=stored, now=now)
    return stored


def check_some(*, now: datetime, seconds: float = inf) -> Counter[str]:
    """Asks again about files that wait, oldest first, and begins none after so many seconds. Says the states reached."""
    until = time.monotonic() + seconds
    states: Counter[str] = Counter()
    waiting = StoredFile.objects.filter(state=StoredFile.State.QUARANTINED).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)):
        if time.monotonic() > until:
            break
        states[check_waiting(file_id=pk, now=now).state] += 1
    return states


def sweep_places(*, now: datetime) -> int:
    """Deletes contents older than a day that no row names: what a transaction taken back left on disk. Says how many."""
    root, removed = Path(settings.MEDIA_ROOT), 0
    before = (now - timedelta(days=1)).timestamp()
    for path in root.glob("??/*"):
        place = path.relative_to(root).as_posix()
        if not OUR_PLACES.match(place) or path.is_symlink() or path.stat().st_mtime > before:
            continue
        if not StoredFile.objects.filter(content=place).exists():
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _let_through(stored: StoredFile, verdict: Verdict, now: datetime) -> None:
    if verdict in (Verdict.CLEAN, Verdict.NOT_ASKED):
        stored.state = StoredFile.State.CLEAN
        stored.scanned_at = now if verdict == Verdict.CLEAN else None


def _measured(content: IO[bytes]) -> tuple[int, str]:
    content.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := content.read(1024 * 1024):
        digest.update(piece)
        size += len(piece)
    content.seek(0)
    return size, digest.hexdigest()


def _organization_of(by: Actor) -> int | None:
    if by.link:
        return by.link.organization_id
    return by.organization_ids[0] if len(by.organization_ids) == 1 else None


def _too_large() -> FileTooLarge:
    return FileTooLarge(
        FileTooLarge.default_message % {"limit": settings.FILE_MAX_BYTES // MEGABYTE}, field="file"
    )


__all__ = [
    "EmptyFile",
    "FileTooLarge",
    "Infected",
    "WrongFile",
    "check_waiting",
    "keep",
    "keep_made",
    "sweep_places",
]
