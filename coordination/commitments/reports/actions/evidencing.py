"""What shows that something was done comes in, is named, is taken back, or is found to show nothing any more."""

import uuid
from datetime import date, datetime

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.reports.evidence import kind_of, of_form, title_of
from coordination.commitments.row import ReasonMissing, locked, note
from coordination.commitments.states import NotOpen
from coordination.common.errors import DomainError
from coordination.files.actions import MEGABYTE, keep

# Anchors, reliability: at most 200 MB per commitment. What was taken back still lies on the disk and counts.
MOST_BYTES = 200 * MEGABYTE
MOST_PIECES = 500
State = Commitment.State
# A copy may be asked for long after it was settled; of a proposal and of what was withdrawn nothing is shown.
TAKES_EVIDENCE = frozenset({*Commitment.OPEN_STATES, State.MET, State.PARTLY_MET, State.NOT_MET})


class NoRoom(DomainError):
    default_message = _(
        "The evidence of this commitment has reached its limit (200 MB). Put the file where it can be read and give its address."
    )


class NotItsEvidence(DomainError):
    default_message = _("Only the organizations that answer for this commitment add evidence to it.")


class TakenBack(DomainError):
    default_message = _("This piece of evidence was taken back already.")


class NotAnAddress(DomainError):
    default_message = _("Only an address on the internet can stop opening; a file is kept here.")


@transaction.atomic
def add_evidence(
    *,
    commitment_id: int,
    organization_id: int,
    person_id: int | None,
    upload: UploadedFile | None = None,
    url: str = "",
    type: str = "",
    title: str = "",
    dated_on: date | None = None,
    is_restricted: bool = True,
    key: uuid.UUID | None = None,
    by: Actor,
    now: datetime,
) -> Evidence:
    """A file or an address, of who answers or helps to. Type and title are guessed from the file where not given.

    A file goes through ``files.keep``. The same content twice under the ``key`` of one form is one piece, which keeps
    its readers: a weak network sends again; so is an address that waits for its report. Records EVIDENCE_ADDED with that key. Raises HistoricRecord, NotOpen,
    NotItsEvidence, NoRoom and what ``files.keep`` raises.
    """
    if upload is not None and upload.size and upload.size > settings.FILE_MAX_BYTES:
        upload_fits = True  # too large by itself: ``keep`` says so in its own words
    else:
        upload_fits = _room(commitment_id) >= (upload.size or 0 if upload else 0)
    if not upload_fits:
        raise NoRoom(field="file")
    commitment = locked(commitment_id)
    if commitment.state not in TAKES_EVIDENCE:
        raise NotOpen
    helps = commitment.co_responsible.filter(pk=organization_id).exists()
    if commitment.responsible_id != organization_id and not helps:
        raise NotItsEvidence
    stored = keep(upload=upload, by=by, now=now, is_restricted=commitment.is_casa_adentro) if upload else None
    same = Q(file__sha256=stored.sha256) if stored else Q(url=url)
    known = of_form(commitment, organization_id, key).filter(same).first() if key else None
    if known is None and stored is None:
        waiting = commitment.evidence.standing().filter(organization=organization_id, report=None)
        known = waiting.filter(same).first()
    if known is not None:
        if stored:
            # The copy that has just come in goes again, from the disk too.
            place, storage = str(stored.content.name), stored.content.storage
            stored.delete()
            transaction.on_commit(lambda: storage.delete(place))
        return known
    if _room(commitment_id) < (stored.size if stored else 0):
        raise NoRoom(field="file")
    made = Evidence.objects.create(
        commitment=commitment,
        organization_id=organization_id,
        person_id=person_id,
        type=type or kind_of(stored),
        title=" ".join(title.split())[:200] or title_of(stored, url),
        dated_on=dated_on or timezone.localdate(now),
        file=stored,
        url="" if stored else url,
        is_restricted=is_restricted,
        added_at=now,
    )
    payload = {"evidence": made.pk} | ({"form": str(key)} if key else {})
    note(CommitmentEvent.EVIDENCE_ADDED, commitment, by, now, payload)
    return made


@transaction.atomic
def describe_evidence(
    *,
    evidence_id: int,
    type: str,
    title: str,
    dated_on: date | None,
    is_restricted: bool,
    by: Actor,
    now: datetime,
) -> Evidence:
    """What it is, what it shows, of which day, and who reads it. Records EVIDENCE_CHANGED. Raises TakenBack."""
    made = _standing(evidence_id)
    was = made.is_restricted
    made.type, made.title, made.dated_on = type, " ".join(title.split()), dated_on
    made.is_restricted = is_restricted
    made.save(update_fields=["type", "title", "dated_on", "is_restricted"])
    payload = {"evidence": made.pk, "was_restricted": was, "is_restricted": is_restricted}
    note(CommitmentEvent.EVIDENCE_CHANGED, made.commitment, by, now, payload)
    return made


@transaction.atomic
def withdraw_evidence(*, evidence_id: int, reason: str, by: Actor, now: datetime) -> Evidence:
    """Takes a piece back: its content goes out to nobody any more, the row stays with the reason.

    Records EVIDENCE_WITHDRAWN. Raises HistoricRecord, ReasonMissing, TakenBack.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing(field="reason")
    made = _standing(evidence_id)
    made.withdrawn_at, made.withdrawn_reason = now, reason[:300]
    made.save(update_fields=["withdrawn_at", "withdrawn_reason"])
    note(CommitmentEvent.EVIDENCE_WITHDRAWN, made.commitment, by, now, {"evidence": made.pk})
    return made


@transaction.atomic
def mark_gone(*, evidence_id: int, back: bool = False, by: Actor, now: datetime) -> Evidence:
    """Somebody found that its address shows nothing any more, or with ``back`` that it does again.

    What is so already changes nothing. Records EVIDENCE_GONE or EVIDENCE_BACK. Raises HistoricRecord, TakenBack,
    NotAnAddress.
    """
    made = _standing(evidence_id)
    if not made.url:
        raise NotAnAddress
    if (made.gone_at is None) == back:
        return made
    made.gone_at = None if back else now
    made.save(update_fields=["gone_at"])
    kind = CommitmentEvent.EVIDENCE_BACK if back else CommitmentEvent.EVIDENCE_GONE
    note(kind, made.commitment, by, now, {"evidence": made.pk})
    return made


def _room(commitment_id: int) -> int:
    """Bytes that still fit; none once there are too many pieces."""
    rows = Evidence.objects.filter(commitment=commitment_id)
    if rows.count() >= MOST_PIECES:
        return -1
    return MOST_BYTES - (rows.aggregate(all=Sum("file__size"))["all"] or 0)


def _standing(evidence_id: int) -> Evidence:
    """The piece as it is now, its commitment locked."""
    commitment = locked(Evidence.objects.values_list("commitment_id", flat=True).get(pk=evidence_id))
    made = Evidence.objects.select_related("file").get(pk=evidence_id)
    made.commitment = commitment
    if made.withdrawn_at:
        raise TakenBack
    return made
