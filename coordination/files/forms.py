"""The field with which a file is chosen."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.files.naming import ACCEPT

MEGABYTE = 1024 * 1024


class UploadField(forms.FileField):
    """Says before choosing what may come and how large; ``files.actions.keep`` then looks inside.

    The page's form needs ``enctype="multipart/form-data"``. With JavaScript a file that is too large is told of before
    it is sent (static/js/upload.js, which reads ``data-max-bytes``); without, right after.
    """

    widget = forms.FileInput
    default_error_messages = {
        "required": _("Choose a file."),
        "empty": _("The file is empty. Open it, see that it has something in it, and choose it again."),
        "too_large": _(
            "The file is larger than %(limit)s MB. Save it smaller, or in parts, and choose it again."
        ),
    }

    def __init__(self, **kwargs: Any) -> None:
        told = _("PDF, Word, Excel, PowerPoint, OpenDocument, a picture or plain text, up to {limit} MB.")
        kwargs.setdefault("help_text", format_lazy(told, limit=settings.FILE_MAX_BYTES // MEGABYTE))
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return super().widget_attrs(widget) | {"accept": ACCEPT, "data-max-bytes": settings.FILE_MAX_BYTES}

    def to_python(self, data: Any) -> Any:
        if data is not None and data.size and data.size > settings.FILE_MAX_BYTES:
            limit = settings.FILE_MAX_BYTES // MEGABYTE
            raise ValidationError(self.error_messages["too_large"], code="too_large", params={"limit": limit})
        return super().to_python(data)
