"""How forms look: Django's own renderer with our templates, and our classes on every control.

Pages write `{{ form }}`, or `{{ form.field.as_field_group }}` where they set the order. Nothing else is needed for
label, hint, message above the control, `aria-describedby` and `aria-invalid`.
"""

from decimal import Decimal
from typing import Any

from django import forms
from django.forms.boundfield import BoundField, BoundWidget
from django.forms.renderers import TemplatesSetting


class MingaBoundField(BoundField):
    """A bound field that knows what its control looks like. The admin ignores the classes: it has its own sheet."""

    def build_widget_attrs(self, attrs: dict[str, Any], widget: forms.Widget | None = None) -> dict[str, Any]:
        built = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if wanted := control_class(widget):
            given = built.get("class") or widget.attrs.get("class", "")
            built["class"] = f"{given} {wanted}".strip()
        if widget.attrs.get("placeholder") == self.label:
            built["placeholder"] = False  # it would only say the label again, and vanish when one types
        return built

    @property
    def kind(self) -> str:
        """What the field template branches on: check, choices or control."""
        if isinstance(self.field.widget, forms.CheckboxInput):
            return "check"
        if isinstance(self.field.widget, forms.RadioSelect):  # CheckboxSelectMultiple is one too
            return "choices"
        return "control"

    @property
    def options(self) -> list[tuple[BoundWidget, str]]:
        """Each choice with its line of consequence, from the form field's `consequences` (value → sentence)."""
        told: dict[str, str] = getattr(self.field, "consequences", {})
        return [(option, told.get(str(option.data["value"]), "")) for option in self.subwidgets]

    @property
    def is_optional(self) -> bool:
        """Fields are required unless they say so: the exception is what gets marked. A tick says it by itself."""
        return not (self.field.required or self.field.disabled or self.is_hidden or self.kind == "check")


def row_number(text: str) -> int:
    """An id or a version that came with a request; 0, which no row has, for anything else (², 5000 digits)."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


class MingaRenderer(TemplatesSetting):
    form_template_name = "forms/form.html"
    formset_template_name = "forms/formset.html"
    field_template_name = "forms/field.html"
    bound_field_class = MingaBoundField


class DateInput(forms.DateInput):
    """The device's own calendar, which sends ISO dates whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    """The device's own clock, to the minute."""

    input_type = "time"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%H:%M")


def control_class(widget: forms.Widget) -> str:
    """The class that gives this control its look; empty where it has none."""
    if widget.is_hidden:
        return ""
    if isinstance(widget, forms.CheckboxInput | forms.RadioSelect):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    return "form-control"


def plainly(value: Any) -> Any:
    """60 and not 60.00: nobody typed those zeros."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value
