"""Fields and messages of the sharing sheet."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.common.forms import DateInput
from coordination.minutes.actions.sharing import MOST_POINTS, Point
from coordination.minutes.sharing import Clearance, SharedPoint, SharingSheet
from coordination.sessions.forms import VersionedForm
from coordination.sessions.models import Outcome

EMPTY_ROWS = 1  # to write a point that no outcome says


class ChooseForm(forms.Form):
    """Which outcomes may be told outside: the beginning of a sheet."""

    title = forms.CharField(
        label=_("Title"),
        max_length=250,
        help_text=_("As it will be read outside: it need not say that there was a closed meeting."),
    )
    outcomes = forms.ModelMultipleChoiceField(
        queryset=Outcome.objects.none(),
        label=_("What may be told outside"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one outcome to be told outside.")},
    )

    def __init__(self, *args: Any, offered: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen: Any = self.fields["outcomes"]
        chosen.queryset = offered
        chosen.label_from_instance = lambda one: f"{one.get_kind_display()}: {one.text}"


class SheetForm(VersionedForm):
    """The words around the points."""

    class Meta:
        model = SharingSheet
        fields = ["title", "introduction", "when_told", "where_told", "names_organizations"]
        widgets = {"introduction": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "when_told": _(
                "For example: 28 and 29 February 2024. Leave it empty where the day may not be told."
            ),
            "where_told": _(
                "For example: Puembo, Pichincha. Leave it empty where the place may not be told."
            ),
            "names_organizations": _("Each of them reads this before it agrees."),
        }


class PointForm(forms.ModelForm):
    """One point. Emptied, it goes."""

    outcome = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = SharedPoint
        fields = ["kind", "text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False
        self.fields["kind"].required = False
        kind: Any = self.fields["kind"]
        kind.choices = [one for one in Outcome.Kind.choices if one[0] != Outcome.Kind.COMMITMENT]
        self.fields["kind"].initial = Outcome.Kind.LESSON


class PointsFormSet(forms.BaseFormSet):
    """Every point in its order, and an empty one."""

    def points(self) -> list[Point]:
        """What was written, in order. Only of a valid formset."""
        found = [form.cleaned_data for form in self.forms if form.cleaned_data.get("text", "").strip()]
        return [
            Point(data.get("kind") or Outcome.Kind.LESSON, data["text"].strip(), data.get("outcome"))
            for data in found
        ]


POINTS = forms.formset_factory(
    PointForm, formset=PointsFormSet, extra=EMPTY_ROWS, max_num=MOST_POINTS, absolute_max=MOST_POINTS + 20
)


class AskForm(forms.Form):
    """Until when the organizations answer."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    until = forms.DateField(label=_("Answers until"), widget=DateInput)


class ClearForm(forms.Form):
    """What an organization says of the sheet."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What should change"),
        max_length=Clearance._meta.get_field("text").max_length,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only those who took part read it. Say which words, and what should stand instead."),
    )
