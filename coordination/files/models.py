"""Files that came in: what each really is, where it lies, and whether it may go out again."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coordination.common.models import PublicIdModel


def random_place(_file: "StoredFile", _name: str) -> str:
    """Where the content lies under MEDIA_ROOT: random, without an ending, two letters of folders."""
    name = uuid.uuid4().hex
    return f"{name[:2]}/{name}"


class StoredFile(PublicIdModel):
    """One file somebody handed in. Its content never changes; a new text is a new file.

    A file has no ``visible_to`` of its own: it shows to whoever may see what points to it (a paper, an appointment
    letter). That row's view loads through its own door and calls ``files.serving.respond``; no address opens a file
    by the file's id.
    """

    class Type(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "DOCX"
        XLSX = "xlsx", "XLSX"
        PPTX = "pptx", "PPTX"
        ODT = "odt", "ODT"
        ODS = "ods", "ODS"
        JPEG = "jpeg", "JPEG"
        PNG = "png", "PNG"
        WEBP = "webp", "WebP"
        CSV = "csv", "CSV"
        TXT = "txt", "TXT"

    class State(models.TextChoices):
        QUARANTINED = "quarantined", _("waiting for its check")
        CLEAN = "clean", _("may be downloaded")
        REFUSED = "refused", _("refused")

    name = models.CharField(_("name"), max_length=150)
    # Found in the content, never taken from the name or from what the browser said.
    type = models.CharField(_("type"), max_length=5, choices=Type)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField(max_length=64)
    content = models.FileField(upload_to=random_place, max_length=100)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUARANTINED)
    # When a scanner looked at it; a clean file without it was let through because none is configured.
    scanned_at = models.DateTimeField(null=True, blank=True, editable=False)
    # It belongs to something casa adentro: no list of files names it.
    is_restricted = models.BooleanField(default=False, editable=False)
    uploaded_at = models.DateTimeField(_("uploaded"))
    # Ids as the trail keeps them: erasing a person leaves the file.
    uploaded_by_user_id = models.BigIntegerField(null=True, editable=False)
    uploaded_by_person_id = models.BigIntegerField(null=True, editable=False)
    uploaded_by_organization_id = models.BigIntegerField(null=True, editable=False)

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        indexes = [
            models.Index(fields=["id"], name="file_waiting", condition=Q(state="quarantined")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="refused") | ~Q(content=""), name="file_has_content_unless_refused"
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="file_is_not_empty"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def may_go_out(self) -> bool:
        return self.state == self.State.CLEAN

    @property
    def is_waiting(self) -> bool:
        return self.state == self.State.QUARANTINED

    @property
    def is_unchecked(self) -> bool:
        """It may be downloaded, but no virus scanner has looked at it."""
        return self.state == self.State.CLEAN and self.scanned_at is None
