"""The forms of the session's screen: notes, what was said, how it was agreed, the closing round."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.attendees.models import Attendance
from coordination.common.forms import row_number
from coordination.minutes.actions.notes import LONGEST, too_long
from coordination.minutes.models import RecordedReservation, RoundAnswer, SaidFigure, Statement
from coordination.minutes.on_the_day import name_of, title_of
from coordination.organizations.models import Organization
from coordination.sessions.forms import VersionedForm
from coordination.sessions.models import Outcome

SHORT = {"rows": 3}


class NotesField(forms.CharField):
    """A text as it was written. One that is too long is answered with its length and a way out."""

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, strip=False, **more)

    def clean(self, value: Any) -> str:
        text = str(super().clean(value)).replace("\r\n", "\n").replace("\r", "\n")
        if len(text) > LONGEST:
            raise forms.ValidationError(too_long(len(text)))
        return text


class NotesForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    notes = NotesField(label=_("Notes for the minutes"), widget=forms.Textarea(attrs={"rows": 10}))
    reserved_notes = NotesField(
        label=_("Reserved notes"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For the reserved version of the minutes alone."),
    )


class OutcomeOnTheDayForm(VersionedForm):
    """What came of the item, in one line of choices and one text."""

    class Meta:
        model = Outcome
        fields = ["text", "kind", "agreement", "is_reserved"]
        labels = {
            "kind": _("Kind of outcome"),
            "text": _("In its own words"),
            "agreement": _("How it was agreed"),
            "is_reserved": _("Reserved: only in the reserved version of the minutes"),
        }
        widgets = {"text": forms.Textarea(attrs=SHORT)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, empty in (("kind", []), ("agreement", [("", _("not said"))])):
            choices = Outcome.Kind.choices if name == "kind" else Outcome.Agreement.choices
            labelled: Sequence[tuple[Any, Any]] = [(value, capfirst(label)) for value, label in choices]
            self.fields[name].choices = [*empty, *labelled]  # type: ignore[attr-defined]


class StatementForm(VersionedForm):
    """What was said, and by whom: somebody of the register, or in words."""

    who = forms.ChoiceField(label=_("Who spoke"), required=False)
    # A choice of rows at hand: the page has read them already.
    organization = forms.TypedChoiceField(
        label=_("Organization"), coerce=int, empty_value=None, required=False
    )

    class Meta:
        model = Statement
        fields = ["text", "speaker", "speaker_title", "is_reserved"]
        labels = {
            "text": _("What was said"),
            "speaker": _("Or in words: name"),
            "speaker_title": _("Post"),
            "is_reserved": _("Reserved: only in the reserved version of the minutes"),
        }
        widgets = {"text": forms.Textarea(attrs=SHORT)}

    def __init__(
        self,
        *args: Any,
        present: list[Attendance],
        organizations: Iterable[Organization],
        nameless: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.present = {mark.pk: mark for mark in present}
        groups: dict[str, list[tuple[int, str]]] = {}
        for mark in present:
            label = ", ".join(part for part in (name_of(mark), title_of(mark)) if part)
            groups.setdefault(mark.organization.name, []).append((mark.pk, label))
        self.fields["who"].choices = [("", _("nobody of the register")), *groups.items()]  # type: ignore[attr-defined]
        named = {one.pk: one.name for one in organizations}
        if self.instance.organization_id:
            named.setdefault(self.instance.organization_id, self.instance.organization.name)
            self.initial["organization"] = self.instance.organization_id
        offered = sorted(named.items(), key=lambda one: one[1])
        self.fields["organization"].choices = [("", _("none")), *offered]  # type: ignore[attr-defined]
        if nameless:
            self.fields["is_reserved"].help_text = _(
                "This mesa keeps reserved words without names: who spoke is not stored."
            )
        if self.instance.pk:
            self.initial["version"] = self.instance.version

    def said(self) -> dict[str, Any]:
        """Words typed win over the register's; empty ones are filled from it."""
        data = self.cleaned_data
        mark = self.present.get(row_number(data.get("who") or ""))
        return {
            "text": data["text"],
            "is_reserved": data["is_reserved"],
            "speaker": data["speaker"] or (name_of(mark) if mark else ""),
            "speaker_title": data["speaker_title"] or (title_of(mark) if mark else ""),
            "organization_id": data["organization"] or (mark.organization_id if mark else None),
        }


class FigureForm(VersionedForm):
    class Meta:
        model = SaidFigure
        fields = ["value", "unit", "label", "source", "is_reserved"]
        labels = {
            "value": _("Figure"),
            "unit": _("Unit"),
            "label": _("What it counts"),
            "source": _("Where it comes from"),
            "is_reserved": _("Reserved: only in the reserved version of the minutes"),
        }
        help_texts = {
            "source": _(
                "A register, a report with its year, who said it. If nobody said it, write “not said”."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["version"] = self.instance.version


class ReservationForm(forms.ModelForm):
    class Meta:
        model = RecordedReservation
        fields = ["organization", "text"]
        labels = {"organization": _("Organization"), "text": _("Its reservation, in its words")}
        widgets = {"text": forms.Textarea(attrs=SHORT)}

    def __init__(self, *args: Any, organizations: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in organizations]
        ).order_by("plain_name")
        self.fields["organization"].empty_label = _("choose one")  # type: ignore[attr-defined]


class FindPersonForm(forms.Form):
    q = forms.CharField(label=_("Name or e-mail"), max_length=100, required=False)


class RoundForm(forms.ModelForm):
    score = forms.TypedChoiceField(
        label=_("How useful was it?"),
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (1, _("1, not useful")),
            (2, "2"),
            (3, _("3, so-so")),
            (4, "4"),
            (5, _("5, very useful")),
        ],
    )

    class Meta:
        model = RoundAnswer
        fields = ["worked", "change", "score"]
        labels = {"worked": _("What worked?"), "change": _("What should change?")}
        widgets = {"worked": forms.Textarea(attrs=SHORT), "change": forms.Textarea(attrs=SHORT)}
