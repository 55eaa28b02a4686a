"""Fields and messages of the minutes' own pages. What is kept is the actions' business."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_prose_editor.widgets import ProseEditorWidget

from coordination.common.errors import DomainError
from coordination.documents.rich import clean, from_text
from coordination.mesas.models import Mesa
from coordination.minutes.texts import Section
from coordination.sessions.forms import VersionedForm

# What ``documents.rich`` keeps; anything else an editor offered would be lost on saving.
EXTENSIONS: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": [3, 4]},
    "BulletList": True,
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "Blockquote": True,
    "HardBreak": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto"]},
    "Table": True,
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
}
# What the editor says of its buttons and dialogs, by its own names for them.
EDITOR_WORDS: dict[str, Any] = {
    "paragraph": _("Paragraph"),
    "heading 3": _("Heading"),
    "heading 4": _("Smaller heading"),
    "unordered list": _("List"),
    "ordered list": _("Numbered list"),
    "blockquote": _("Quotation"),
    "bold": _("Bold"),
    "italic": _("Italic"),
    "insert link": _("Add a link"),
    "remove link": _("Remove the link"),
    "Insert table": _("Add a table"),
    "Insert Table": _("Add a table"),
    "Add column": _("Add a column"),
    "Delete column": _("Remove the column"),
    "Add row": _("Add a row"),
    "Delete row": _("Remove the row"),
    "Merge cells": _("Join cells"),
    "Split cell": _("Split the cell"),
    "Toggle header cell": _("Cell as a heading, or not"),
    "Delete table": _("Remove the table"),
    "undo": _("Undo"),
    "redo": _("Redo"),
    "Edit Link": _("Edit the link"),
    "URL": _("Address of the page"),
    "Title": _("Title"),
    "Rows": _("Rows"),
    "Columns": _("Columns"),
    "Include header row": _("The first row names the columns"),
    "Insert": _("Add"),
    "Update": _("Save"),
    "Cancel": _("Cancel"),
}
TAG = re.compile(r"</?[a-zA-Z][^>]*>")


class RichField(forms.CharField):
    """Rich text: from the editor as HTML, or typed as plain text into the bare control. Too much is refused in words."""

    widget = ProseEditorWidget

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.widget = ProseEditorWidget(
            config={"extensions": EXTENSIONS}, preset="configurable", attrs={"rows": 18}
        )

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            return clean(text) if TAG.search(text) else from_text(text)
        except DomainError as refused:
            raise ValidationError(refused.message) from None


class SectionForm(VersionedForm):
    """One section: title, text, who reads it. Of a closed one nobody chooses that."""

    body = RichField(
        label=_("Text"),
        required=False,
        help_text=_("Headings, lists, tables and links stay; colours and sizes of a pasted text do not."),
    )

    class Meta:
        model = Section
        fields = ["title", "body", "is_reserved"]
        labels = {"is_reserved": _("Reserved: stands in the reserved version alone")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.instance.version
        self.fields["body"].widget.attrs["data-label"] = _("Text of the section")
        if self.instance.is_casa_adentro:
            del self.fields["is_reserved"]

    def wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "title": data["title"],
            "body": data["body"],
            "is_reserved": data.get("is_reserved", True),
        }


class NewSectionForm(forms.Form):
    """A section of one's own begins with its title; the text is written on its page.

    Who stands in the circle may close it; of a closed session it is closed anyhow, and nobody chooses.
    """

    title = forms.CharField(label=_("Title of the new section"), max_length=250)
    is_reserved = forms.BooleanField(
        label=_("Reserved: stands in the reserved version alone"), required=False
    )
    is_casa_adentro = forms.BooleanField(
        label=_("Casa adentro: only the circle of the record reads it"), required=False
    )

    def __init__(self, *args: Any, inside: bool, closed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if closed:
            del self.fields["is_reserved"]
        if closed or not inside:
            del self.fields["is_casa_adentro"]


class DraftForm(forms.Form):
    """In which language the generated words are written."""

    language = forms.ChoiceField(
        label=_("Language of the minutes"), choices=[("es", "Español"), ("en", "English")], initial="es"
    )


class CorrectionForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason of the correction"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stands in the new version, for everybody who reads it."),
    )


class SearchForm(forms.Form):
    """A wrong value is as if it were not there."""

    q = forms.CharField(
        label=_("Words to look for"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    mesa = forms.ModelChoiceField(
        Mesa.objects.none(), label=_("Mesa"), required=False, to_field_name="slug", empty_label=_("all mesas")
    )
    anio = forms.TypedChoiceField(label=_("Year"), required=False, coerce=int, empty_value=None)

    def __init__(self, *args: Any, mesas: Any, years: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mesa"].queryset = mesas  # type: ignore[attr-defined]
        self.fields["anio"].choices = [("", _("all years")), *((year, str(year)) for year in years)]  # type: ignore[attr-defined]
