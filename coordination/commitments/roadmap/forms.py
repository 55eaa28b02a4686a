"""The form of a milestone, and what chooses the road that is shown."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.models import Milestone
from coordination.common.forms import DateInput


class MilestoneForm(forms.Form):
    """A new one has words and a date; one that is there also when it was reached, and why its date moved."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    title = forms.CharField(
        label=_("What will have happened"), max_length=200,
        help_text=_("For example: the site is chosen and the permit is signed."),
    )  # fmt: skip
    due_on = forms.DateField(label=_("By when"), widget=DateInput)
    done_on = forms.DateField(
        label=_("Reached on"),
        widget=DateInput,
        required=False,
        help_text=_("Leave it empty while it is pending."),
    )
    moved_reason = forms.CharField(
        label=_("Why the date moves"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed when the date is not the first one. Both dates stay in view."),
    )  # fmt: skip

    def __init__(self, *args: Any, milestone: Milestone | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if milestone is None:
            for name in ("version", "done_on", "moved_reason"):
                del self.fields[name]
            return
        for name in ("title", "due_on", "done_on", "moved_reason", "version"):
            self.initial[name] = getattr(milestone, name)
        self.fields["version"].required = True


class RoadmapFilter(forms.Form):
    """Whose road; it lives in the address."""

    mesa = forms.ChoiceField(label=_("Mesa"), required=False)
    axis = forms.ChoiceField(label=_("Thematic axis"), required=False)
    responsible = forms.ChoiceField(label=_("Organization"), required=False)
    group = forms.ChoiceField(
        label=_("Grouped by"),
        required=False,
        choices=[
            ("", pgettext_lazy("grouped by", "date")),
            ("axis", _("thematic axis")),
            ("responsible", pgettext_lazy("grouped by", "organization")),
            ("mesa", pgettext_lazy("grouped by", "mesa")),
        ],
    )

    def __init__(
        self,
        *args: Any,
        mesas: list[tuple[str, str]],
        organizations: list[tuple[str, str]],
        axes: list[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.titles = {"mesa": dict(mesas), "responsible": dict(organizations), "axis": dict(axes)}
        for name, found in (("mesa", mesas), ("responsible", organizations), ("axis", axes)):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101  for the type checker
            field.choices = [("", _("All")), *found]

    @property
    def is_known(self) -> bool:
        """Whether whose road it is was chosen among what is offered."""
        return not set(self.titles) & set(self.errors)

    def chosen(self) -> dict[str, str]:
        """What was chosen among what is offered."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def title_of(self, name: str) -> str:
        """The words beside a chosen value."""
        return str(self.titles[name].get(self.cleaned_data.get(name, ""), ""))
