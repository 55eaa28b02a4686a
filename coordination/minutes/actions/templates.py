"""The ministry's own Word template: tried when it is uploaded, taken out of use, brought back."""

from datetime import datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError
from coordination.documents.docx import Problem
from coordination.files.actions import EmptyFile, keep
from coordination.files.inspection import content_of, inspect
from coordination.files.models import StoredFile
from coordination.files.naming import cleaned
from coordination.mesas.models import Mesa
from coordination.minutes.events import MinutesEvent
from coordination.minutes.texts import MinutesTemplate
from coordination.minutes.word import tried

MOST = 5 * 1024 * 1024  # a letterhead with two coats of arms has 300 kB


class NotWord(DomainError):
    default_message = _("The template must be a Word document (DOCX). Save it as DOCX and choose it again.")


class TemplateTooLarge(DomainError):
    default_message = _("The template is larger than 5 MB. Make its pictures smaller and choose it again.")


class TemplateUnfit(DomainError):
    """It cannot be used; ``problems`` say why, each in words with its place."""

    default_message = _(
        "This template cannot be used yet. Nothing has changed: the minutes keep the one they had."
    )

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(field="file")
        self.problems = problems


class TemplateGone(DomainError):
    default_message = _("This template is no longer kept. Upload it again.")


def upload_template(*, mesa_id: int, upload: UploadedFile, by: Actor, now: datetime) -> MinutesTemplate:
    """Tries the template with minutes of nobody, and only then keeps it; the one before stays among the former ones.

    Records: TEMPLATE_UPLOADED. Raises NotWord, TemplateTooLarge, TemplateUnfit, and what ``files.keep`` raises; then
    nothing has changed. Trying takes a second or more and happens before anything is locked.
    """
    if not upload.size or upload.file is None:
        raise EmptyFile(field="file")
    if upload.size > MOST:
        raise TemplateTooLarge(field="file")
    kind, content = inspect(cleaned(upload.name or ""), upload.file)
    if kind != StoredFile.Type.DOCX:
        raise NotWord(field="file")
    if found := tried(content_of(content)):
        raise TemplateUnfit(found)
    upload.file.seek(0)
    return _kept(mesa_id=mesa_id, upload=upload, by=by, now=now)


@transaction.atomic
def _kept(*, mesa_id: int, upload: UploadedFile, by: Actor, now: datetime) -> MinutesTemplate:
    mesa = Mesa.objects.select_for_update().get(pk=mesa_id)
    stored = keep(upload=upload, by=by, now=now)
    mesa.minutes_templates.filter(retired_at=None).update(retired_at=now)
    made = MinutesTemplate.objects.create(mesa=mesa, file=stored, uploaded_at=now)
    record(kind=MinutesEvent.TEMPLATE_UPLOADED, by=by, subject=made, now=now, mesa_id=mesa.pk)
    return made


@transaction.atomic
def retire_template(*, mesa_id: int, by: Actor, now: datetime) -> MinutesTemplate | None:
    """The minutes go back to the template of the house. Records: TEMPLATE_RETIRED; nothing where none was in use."""
    Mesa.objects.select_for_update().get(pk=mesa_id)
    used = MinutesTemplate.objects.filter(mesa=mesa_id, retired_at=None).first()
    if used is None:
        return None
    MinutesTemplate.objects.filter(pk=used.pk).update(retired_at=now)
    record(kind=MinutesEvent.TEMPLATE_RETIRED, by=by, subject=used, now=now, mesa_id=mesa_id)
    return used


@transaction.atomic
def bring_back_template(*, mesa_id: int, template_id: int, by: Actor, now: datetime) -> MinutesTemplate:
    """A former template is in use again; the one in use becomes a former one. Records: TEMPLATE_UPLOADED.

    Raises TemplateGone when its file may not go out.
    """
    Mesa.objects.select_for_update().get(pk=mesa_id)
    wanted = MinutesTemplate.objects.select_related("file").get(pk=template_id, mesa=mesa_id)
    if wanted.retired_at is None:
        return wanted
    if wanted.file.state == StoredFile.State.REFUSED:
        raise TemplateGone
    MinutesTemplate.objects.filter(mesa=mesa_id, retired_at=None).update(retired_at=now)
    MinutesTemplate.objects.filter(pk=wanted.pk).update(retired_at=None)
    wanted.retired_at = None
    record(kind=MinutesEvent.TEMPLATE_UPLOADED, by=by, subject=wanted, now=now, mesa_id=mesa_id)
    return wanted
