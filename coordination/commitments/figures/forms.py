"""Fields of an indicator, of a figure, and of the spreadsheet that comes back."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.figures.actions.indicating import IndicatorValues
from coordination.commitments.figures.charts import Step
from coordination.commitments.figures.queries import NOT_SAID, labels_of
from coordination.commitments.figures.rules import Part, indicator_problems
from coordination.commitments.models import Commitment, Indicator, Measurement, MeasurementPart
from coordination.common.forms import DateInput, MingaBoundField, plainly
from coordination.files.forms import UploadField

MOST_PERIODS = 40
SHEET_BYTES = 2 * 1024 * 1024
Dimension = MeasurementPart.Dimension


def _number(label: Any, help_text: Any = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label, max_digits=16, decimal_places=2, required=False, help_text=help_text,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )  # fmt: skip


class AskedBoundField(MingaBoundField):
    """Unit, baseline and target may wait, but are not optional: the gate asks for them."""

    @property
    def is_optional(self) -> bool:
        return self.name not in ("unit", "baseline", "target") and super().is_optional


class QuietBoundField(MingaBoundField):
    """The rows of a plan: all of them may stay empty, and the page says so once."""

    is_optional = False


class IndicatorForm(forms.Form):
    bound_field_class = AskedBoundField
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(
        label=_("What is measured"), max_length=200, help_text=_("For example: places in service.")
    )
    unit = forms.CharField(
        label=_("Unit"),
        max_length=60,
        required=False,
        help_text=_("For example: places, people, guides; % for a percentage."),
    )
    baseline = _number(_("Baseline"), _("How much there is today."))
    baseline_on = forms.DateField(label=_("Date of the baseline"), widget=DateInput, required=False)
    baseline_is_unknown = forms.BooleanField(
        label=_("The baseline is not known"),
        required=False,
        help_text=_("Its chart then says so, and shows no zero."),
    )
    target = _number(_("Target"), _("How much there will be on the due date."))
    keeps_level = forms.BooleanField(
        label=_("What there is must be kept"),
        required=False,
        help_text=_("Mark it where the target is the same as the baseline on purpose."),
    )
    formula = forms.ChoiceField(
        label=_("How the figures come together"), choices=Indicator.Formula, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, commitment: Commitment, kept: Collection[str] = (), **kwargs: Any) -> None:
        """``kept`` was agreed: it is shown, and whatever comes back for it is left aside."""
        super().__init__(*args, **kwargs)
        self.commitment = commitment
        for name in kept:
            self.fields[name].disabled = True
        formula = self.fields["formula"]
        assert isinstance(formula, forms.ChoiceField)  # noqa: S101  for the type checker
        formula.choices = [(value, capfirst(label)) for value, label in Indicator.Formula.choices]
        formula.consequences = {  # type: ignore[attr-defined]
            Indicator.Formula.LATEST.value: _(
                "Each figure says how much there is in all: 12 places in March, 24 in June."
            ),
            Indicator.Formula.SUM.value: _(
                "Each figure counts its own period: 12 in March, 9 in June, 21 in all."
            ),
            Indicator.Formula.AVERAGE.value: _(
                "The mean of all figures: a percentage that goes up and down."
            ),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        asked = ("unit", "baseline", "baseline_is_unknown", "target", "keeps_level", "formula", "baseline_on")
        wrong = indicator_problems(**{name: cleaned[name] for name in asked}, today=self.today)
        for problem in wrong:
            if problem.field not in self.errors:
                self.add_error(problem.field, str(problem.message))
        return cleaned

    @property
    def today(self) -> Any:
        return self.initial["today"]

    def more(self) -> dict[str, Any]:
        """What else the action asks for."""
        return {}

    def values(self, steps: tuple[Step, ...]) -> IndicatorValues:
        data = self.cleaned_data
        names = (
            "name",
            "unit",
            "baseline",
            "baseline_is_unknown",
            "baseline_on",
            "target",
            "keeps_level",
            "formula",
        )
        return IndicatorValues(**{name: data[name] for name in names}, steps=steps)


def initial_of(indicator: Indicator) -> dict[str, Any]:
    names = (
        "name",
        "unit",
        "baseline",
        "baseline_is_unknown",
        "baseline_on",
        "target",
        "keeps_level",
        "formula",
    )
    return {name: plainly(getattr(indicator, name)) for name in names}


class TargetForm(forms.Form):
    """One period on the way; a row without its figure is left out."""

    bound_field_class = QuietBoundField
    starts_on = forms.DateField(label=pgettext_lazy("period", "From"), widget=DateInput, required=False)
    ends_on = forms.DateField(label=pgettext_lazy("period", "Until"), widget=DateInput, required=False)
    value = _number(_("Target"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [name for name in ("starts_on", "ends_on") if cleaned.get(name)]
        if cleaned.get("value") is not None:
            for name in ("starts_on", "ends_on"):
                if name not in given and name not in self.errors:
                    self.add_error(name, _("Give both days of the period."))
        if len(given) == 2 and cleaned["ends_on"] < cleaned["starts_on"]:
            self.add_error("ends_on", _("The period ends before it begins."))
        return cleaned


TargetFormSet = forms.formset_factory(
    TargetForm, extra=1, max_num=MOST_PERIODS, validate_max=True, absolute_max=MOST_PERIODS + 5
)


def keep_steps(formset: Any, count: int) -> Any:
    """The first ``count`` periods were agreed: they are shown, and whatever comes back for them is left aside."""
    for form in formset.forms[:count]:
        for field in form.fields.values():
            field.disabled = True
    return formset


def steps_of(formset: Any) -> tuple[Step, ...]:
    rows = [form.cleaned_data for form in formset if form.cleaned_data.get("value") is not None]
    return tuple(Step(row["starts_on"], row["ends_on"], row["value"]) for row in rows)


class MeasurementForm(forms.Form):
    """How much, when, and where the figure comes from. Everything else is folded away."""

    value = forms.DecimalField(
        max_digits=16,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    measured_on = forms.DateField(
        label=_("Date of the figure"), widget=DateInput, help_text=_("The last day that it counts.")
    )
    source = forms.CharField(
        label=_("Where the figure comes from"),
        max_length=300,
        help_text=_(
            "A register, a report, a count on the spot. Anyone can read it: leave people's names out."
        ),
    )
    since = forms.DateField(
        label=_("Counted since"), widget=DateInput, required=False,
        help_text=_("The first day, where the figure counts a period."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Remark"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, indicator: Indicator, names: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicator = indicator
        self.fields["value"].label = (
            _("How much (%(unit)s)") % {"unit": indicator.unit} if indicator.unit else _("How much")
        )
        if indicator.formula == Indicator.Formula.SUM:
            self.fields["value"].help_text = _("Only of this period: it is added to the figures before.")
        self.groups: list[tuple[Dimension, list[str]]] = []
        for dimension in Dimension:
            labels = labels_of(dimension.value, names)
            fields = []
            for group in labels:
                if group == NOT_SAID:
                    continue
                key = f"{dimension.value}:{group}"
                self.fields[key] = forms.IntegerField(
                    label=labels[group], min_value=0, max_value=2**31 - 1, required=False,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )  # fmt: skip
                fields.append(key)
            self.groups.append((dimension, fields))

    def folded(self) -> list[dict[str, Any]]:
        """The dimensions with their fields; open where something is wrong or given."""
        return [
            {
                "label": dimension.label,
                "code": dimension.value,
                "fields": [self[name] for name in names],
                "open": any(name in self.errors for name in names),
                "errors": self.errors.get(names[0]) if names else None,
            }
            for dimension, names in self.groups
        ]

    def parts(self) -> list[Part]:
        return [
            Part(*_named(name), count=self.cleaned_data[name])
            for _dimension, names in self.groups
            for name in names
            if self.cleaned_data.get(name) is not None
        ]

    def values(self) -> dict[str, Any]:
        """What ``record_measurement`` asks for."""
        data = self.cleaned_data
        kept = {name: data[name] for name in ("value", "measured_on", "source", "since")}
        return kept | {"note_text": data["note"], "parts": self.parts()}

    def field_of(self, name: str | None) -> str | None:
        """The field a refusal belongs to: of a dimension its first one."""
        for dimension, names in self.groups:
            if dimension.value == name:
                return names[0] if names else None
        return name if name in self.fields else None


def initial_measurement(row: Measurement) -> dict[str, Any]:
    values: dict[str, Any] = {
        "value": plainly(row.value), "measured_on": row.measured_on, "source": row.source, "since": row.since,
        "note": row.note,
    }  # fmt: skip
    return values | {f"{part.dimension}:{part.group}": part.count for part in row.parts.all()}


def _named(field: str) -> tuple[str, str]:
    """Dimension and group of a field."""
    dimension, _colon, group = field.partition(":")
    return dimension, group


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is taken back"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in view beside the figure, which is crossed out."),
    )  # fmt: skip


class SheetForm(forms.Form):
    file = UploadField(
        label=_("The spreadsheet, filled in"),
        help_text=_("The XLSX file that you downloaded here, up to 2 MB. Nothing is written yet."),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > SHEET_BYTES:
            raise forms.ValidationError(
                _(
                    "The file is larger than 2 MB. Download the spreadsheet again and copy your figures into it."
                )
            )
        return given


def start_of(commitment: Commitment, form_data: dict[str, Any], today: Any) -> Any:
    """The first day of the way to the target: the baseline's, else that of the agreement, else today."""
    agreed = commitment.agreed_at
    return form_data.get("baseline_on") or (agreed.date() if agreed else today)
