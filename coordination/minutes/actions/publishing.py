"""What becomes of minutes once nobody observes any more: number, sums, stored files, publication."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.errors import DomainError
from coordination.documents.codes import new_code
from coordination.files.actions import keep_made
from coordination.files.models import StoredFile
from coordination.minutes import paper
from coordination.minutes.actions.circulation import lock, note
from coordination.minutes.events import MinutesEvent
from coordination.minutes.numbering import next_number
from coordination.minutes.texts import Minutes
from coordination.sessions.actions.follow_up import complete
from coordination.sessions.models import FollowUpTask

FILE_NAME = "acta.pdf"  # of every session alike: a name in a list of downloads tells nothing


class NotApproved(DomainError):
    default_message = _("Only approved minutes are published. Nothing has changed.")


class NeverPublished(DomainError):
    default_message = _("This session is casa adentro: its minutes are never published.")


def settle(*, minutes: Minutes, by: Actor, now: datetime) -> Minutes:
    """Makes circulated minutes approved: state, moment, number, code, sums, stored files, all at once.

    The caller is in a transaction, has locked the session's row and then ``minutes`` with ``select_for_update``, and
    records APPROVED itself with how. Idempotent: minutes that are settled already come back as they are. A correction
    keeps the number; what it corrects becomes superseded and stays readable. Records nothing itself. Raises
    NotRendered: then nothing is approved.
    """
    if minutes.is_settled:
        return minutes
    inside = minutes.session.is_casa_adentro
    closed = inside or minutes.sections.filter(is_casa_adentro=True).exists()
    reserved = closed or minutes.sections.filter(is_reserved=True).exists()
    minutes.state, minutes.approved_at = Minutes.State.APPROVED, now
    minutes.number = minutes.corrects.number if minutes.corrects else next_number(minutes, now)
    minutes.code = new_code()
    minutes.sha256 = paper.fingerprint(minutes, reserved=inside, closed=inside)
    minutes.reserved_sha256 = paper.fingerprint(minutes, reserved=True, closed=closed) if reserved else ""
    if not inside:
        minutes.public_pdf = _kept(paper.public_pdf(minutes), by, now)
    if reserved:
        made = paper.reserved_pdf(minutes, closed=closed)
        minutes.reserved_pdf = _kept(made, by, now, restricted=True)
    minutes.save(
        update_fields=[
            "state", "approved_at", "number", "code", "sha256", "reserved_sha256", "public_pdf", "reserved_pdf",
        ]
    )  # fmt: skip
    if minutes.corrects_id:
        Minutes.objects.filter(pk=minutes.corrects_id).update(state=Minutes.State.SUPERSEDED)
    return minutes


@transaction.atomic
def publish(*, minutes_id: int, by: Actor, now: datetime) -> Minutes:
    """Opens the public version of approved minutes to everybody who sees the session; published twice is published once.

    Completes the follow-up task. Records: PUBLISHED. Raises NeverPublished, NotApproved.
    """
    minutes = lock(minutes_id)
    if minutes.session.is_casa_adentro:
        raise NeverPublished
    if minutes.state == Minutes.State.PUBLISHED:
        return minutes
    if minutes.state != Minutes.State.APPROVED:
        raise NotApproved
    minutes.state, minutes.published_at = Minutes.State.PUBLISHED, now
    minutes.save(update_fields=["state", "published_at"])
    complete(minutes.session, FollowUpTask.Kind.PUBLISH, by, now)
    note(MinutesEvent.PUBLISHED, minutes, by, now, {"version": minutes.version})
    return minutes


def _kept(content: bytes, by: Actor, now: datetime, *, restricted: bool = False) -> StoredFile:
    return keep_made(
        content=content, name=FILE_NAME, type=StoredFile.Type.PDF, restricted=restricted, by=by, now=now
    )
