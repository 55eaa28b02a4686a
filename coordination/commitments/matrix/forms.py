"""The matrix's filters, whose state is the address; the form of one row; the file that comes back."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.agreeing import fixed
from coordination.commitments.lights import LIGHT_LABELS
from coordination.commitments.matrix.actions import FIELDS
from coordination.commitments.matrix.columns import COLUMNS, GROUPS, READY
from coordination.commitments.matrix.queries import NONE
from coordination.commitments.models import Commitment
from coordination.common.forms import DateInput
from coordination.organizations.models import Post

MEGABYTE = 1024 * 1024
MOST_BYTES = 5 * MEGABYTE
# What an address says of the look of the list and not of its rows.
LOOK = ("sort", "group", "col")


class MatrixForm(forms.Form):
    """What it does not know is left out."""

    q = forms.CharField(
        label=_("Search"), max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"})
    )
    mesa = forms.ChoiceField(label=_("Mesa"), required=False)
    responsible = forms.ChoiceField(label=_("Responsible"), required=False)
    axis = forms.ChoiceField(label=_("Axis"), required=False)
    sector = forms.ChoiceField(label=_("Sector of the responsible"), required=False)
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", pgettext_lazy("states", "All")), *Commitment.State.choices],
    )
    due_from = forms.DateField(label=_("Due from"), required=False, widget=DateInput)
    due_to = forms.DateField(label=_("Due until"), required=False, widget=DateInput)
    only = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=list(READY.items()))
    light = forms.ChoiceField(required=False, widget=forms.HiddenInput, choices=list(LIGHT_LABELS.items()))
    sort = forms.ChoiceField(
        required=False,
        widget=forms.HiddenInput,
        choices=[(f"{way}{code}", code) for code in COLUMNS for way in ("", "-")],
    )
    group = forms.ChoiceField(
        label=_("Group by"),
        required=False,
        choices=[("", _("nothing")), *((code, group.label) for code, group in GROUPS.items())],
    )
    col = forms.MultipleChoiceField(
        label=_("Columns"),
        required=False,
        choices=[(code, column.label) for code, column in COLUMNS.items() if not column.fixed],
    )

    def __init__(
        self, *args: Any, mesas: list[tuple[str, str]], organizations: list[tuple[str, str]],
        axes: list[tuple[str, str]], sectors: list[tuple[str, str]], **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        options = {
            "mesa": [("", pgettext_lazy("mesas", "All")), *mesas],
            "responsible": [
                ("", pgettext_lazy("organizations", "All")),
                *organizations,
                (NONE, _("not on record")),
            ],
            "axis": [("", pgettext_lazy("axes", "All")), *axes, (NONE, _("not on record"))],
            "sector": [("", pgettext_lazy("sectors", "All")), *sectors],
        }
        for name, choices in options.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
            field.choices = choices
        for name in ("mesa", "responsible", "axis", "sector", "state", "group"):
            self.fields[name].widget.attrs["class"] = "form-select-sm"
        for name in ("q", "due_from", "due_to"):
            self.fields[name].widget.attrs["class"] = "form-control-sm"

    def chosen(self) -> dict[str, Any]:
        """The filters that say something, by name."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def words(self, name: str, value: Any) -> str:
        """A filter as a reader says it."""
        if name == "only":
            return str(READY[value])
        if name == "light":
            return str(LIGHT_LABELS[value])
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            offered: Any = field.choices
            told = next((str(label) for code, label in offered if code == value), str(value))
        else:
            told = value.isoformat() if hasattr(value, "isoformat") else f"«{value}»"
        return f"{field.label}: {told}"


def address(chosen: dict[str, Any], **changes: Any) -> str:
    """The query of the same list with these changes; a change to nothing takes a filter off."""
    kept = {name: value for name, value in {**chosen, **changes}.items() if value}
    return urlencode(kept, doseq=True)


class RowForm(forms.ModelForm):
    """What of a commitment may be written in the matrix itself."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Commitment
        fields = list(FIELDS)
        labels = {
            "deliverable": _("What will be delivered"),
            "axis": _("Thematic axis"),
            "means_of_verification": _("Means of verification"),
            "resources": _("Resources"),
            "remarks": _("Remarks"),
            "follow_up_owner": _("Followed by"),
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": 2})
            for name in ("deliverable", "means_of_verification", "resources", "remarks")
        }

    def __init__(self, *args: Any, posts: list[Post], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["follow_up_owner"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
        field.queryset = Post.objects.filter(pk__in=[post.pk for post in posts])
        field.choices = [("", _("Nobody yet")), *((post.pk, post_label(post)) for post in posts)]
        axis = self.fields["axis"]
        assert isinstance(axis, forms.ModelChoiceField)  # noqa: S101  for the type checker
        axis.empty_label = _("Not decided yet")
        for name in fixed(self.instance) & self.fields.keys():
            self.fields[name].disabled = True
            self.fields[name].help_text = _("It was agreed. It changes on the commitment's page.")

    def changes(self) -> dict[str, Any]:
        """What ``actions.matrix.amend`` asks for."""
        data = self.cleaned_data
        return {
            "deliverable": data["deliverable"],
            "axis_id": data["axis"].pk if data["axis"] else None,
            "means_of_verification": data["means_of_verification"],
            "resources": data["resources"],
            "remarks": data["remarks"],
            "follow_up_owner_id": data["follow_up_owner"].pk if data["follow_up_owner"] else None,
        }


def post_label(post: Post) -> str:
    return f"{post.title} ({post.organization.short_name})"


class SheetForm(forms.Form):
    """The matrix as it comes back."""

    file = forms.FileField(
        label=_("The Excel file"),
        widget=forms.FileInput(attrs={"accept": ".xlsx", "data-max-bytes": MOST_BYTES}),
        help_text=_(
            "The file that you downloaded here, with your changes, up to 5 MB. Nothing changes until you confirm."
        ),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 5 MB. Download fewer rows, with a filter, and choose it again.")
            )
        return file
