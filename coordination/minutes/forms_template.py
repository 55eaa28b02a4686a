"""The field with which a Word template is chosen."""

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.files.forms import UploadField
from coordination.minutes.actions.templates import MOST


class TemplateForm(forms.Form):
    file = UploadField(
        label=_("Your template"),
        help_text=_(
            "A Word document (DOCX) of up to 5 MB. It is tried with sample minutes before it is used."
        ),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["file"].widget.attrs |= {"accept": ".docx", "data-max-bytes": MOST}
