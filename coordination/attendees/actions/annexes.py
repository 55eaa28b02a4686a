"""What is added to the register: the signed sheet, photos of the meeting."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import RegisterAnnex
from coordination.common.errors import DomainError
from coordination.files.actions import keep
from coordination.files.models import StoredFile
from coordination.sessions.models import Session

Type = StoredFile.Type
PICTURES = (Type.JPEG, Type.PNG, Type.WEBP)
TAKES = {RegisterAnnex.Kind.SHEET: (Type.PDF, *PICTURES), RegisterAnnex.Kind.PHOTO: PICTURES}
AT_MOST = 60


class AnnexRefused(DomainError):
    """The file does not become an annex, or not like this."""


@transaction.atomic
def add_annex(
    *,
    session_id: int,
    kind: str,
    upload: UploadedFile,
    caption: str = "",
    has_consent: bool = False,
    is_public: bool = False,
    is_casa_adentro: bool = False,
    by: Actor,
    now: datetime,
) -> RegisterAnnex:
    """Keeps the signed sheet or a photo with the register, whether it is closed or not; evidence comes later.

    A photo is published only with the consent of those in it, and never of a closed session or part; a signed sheet
    never.
    Records: ANNEX_ADDED. Raises AnnexRefused, and what ``files.keep`` raises.
    """
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    if session.state == Session.State.CANCELLED:
        raise AnnexRefused(_("This session was cancelled: it has no register."))
    if session.register_annexes.filter(removed_at=None).count() >= AT_MOST:
        raise AnnexRefused(
            _("This session has %(n)s annexes already. Remove one first.") % {"n": AT_MOST}, field="file"
        )
    if is_public and kind != RegisterAnnex.Kind.PHOTO:
        raise AnnexRefused(_("A signed sheet is never published."), field="is_public")
    if is_public and (session.is_casa_adentro or is_casa_adentro):
        raise AnnexRefused(_("Nothing of a casa adentro session is published here."), field="is_public")
    if is_public and not has_consent:
        raise AnnexRefused(
            _("Publish it only if those in the photo agreed; without that it stays inside."),
            field="is_public",
        )
    stored = keep(upload=upload, by=by, now=now, is_restricted=session.is_casa_adentro or is_casa_adentro)
    if stored.type not in TAKES[RegisterAnnex.Kind(kind)]:
        raise AnnexRefused(
            _("A photo is a picture: JPEG, PNG or WebP.")
            if kind == RegisterAnnex.Kind.PHOTO
            else _("The signed sheet comes as a picture or as a PDF."),
            field="file",
        )
    annex = RegisterAnnex.objects.create(
        session=session,
        kind=kind,
        file=stored,
        caption=" ".join(caption.split()),
        has_consent=has_consent,
        is_public=is_public,
        is_casa_adentro=is_casa_adentro,
        added_at=now,
    )
    _record(AttendeeEvent.ANNEX_ADDED, annex, by, now)
    return annex


@transaction.atomic
def remove_annex(*, annex_id: int, back: bool = False, by: Actor, now: datetime) -> RegisterAnnex:
    """Takes an annex away, or back again; its file stays. What is so already changes nothing.

    Records: ANNEX_REMOVED or ANNEX_BACK. Raises AnnexRefused when there is no room to take it back.
    """
    annex = RegisterAnnex.objects.select_for_update(of=("self",)).select_related("session").get(pk=annex_id)
    if (annex.removed_at is None) == back:
        return annex
    if back and annex.session.register_annexes.filter(removed_at=None).count() >= AT_MOST:
        raise AnnexRefused(_("This session has %(n)s annexes already. Remove one first.") % {"n": AT_MOST})
    annex.removed_at = None if back else now
    annex.save(update_fields=["removed_at"])
    _record(AttendeeEvent.ANNEX_BACK if back else AttendeeEvent.ANNEX_REMOVED, annex, by, now)
    return annex


def _record(kind: AttendeeEvent, annex: RegisterAnnex, by: Actor, now: datetime) -> None:
    record(
        kind=kind,
        by=by,
        subject=annex.session,
        now=now,
        mesa_id=annex.session.mesa_id,
        payload={"annex": annex.pk, "kind": annex.kind},
    )
