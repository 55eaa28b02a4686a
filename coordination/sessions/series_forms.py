"""The fields of a series: those of its first session, and the rhythm."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.common.forms import DateInput
from coordination.sessions.actions.series import TooFewDates, TooManyDates
from coordination.sessions.forms import POSSIBLE, SessionForm, capital
from coordination.sessions.models import Series
from coordination.sessions.series import MONTHS, MOST, NTH, WEEKDAY, days_of


class SeriesForm(SessionForm):
    preset = forms.ChoiceField(
        label=_("How often"), choices=capital(Series.Preset.choices), initial=Series.Preset.MONTHLY
    )
    by = forms.ChoiceField(
        label=_("By which day, if it goes by months"),
        choices=[
            (NTH, _("The same place in the month: for example, the second Tuesday")),
            (WEEKDAY, _("The same weekday, nearest to the same day of the month")),
        ],
        widget=forms.RadioSelect,
        initial=NTH,
    )
    count = forms.IntegerField(
        label=_("How many sessions"),
        required=False,
        min_value=2,
        max_value=MOST,
        help_text=_("From 2 to 53. Or write below until when."),
        widget=forms.NumberInput(attrs={"min": 2, "max": MOST, "inputmode": "numeric"}),
    )
    until = forms.DateField(label=_("Until"), widget=DateInput, required=False, validators=POSSIBLE)
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].label = _("First day")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if not self.errors:
            if bool(data["count"]) == bool(data["until"]):
                self.add_error("count", _("Write either how many sessions or until when."))
            elif len(self.days()) > MOST:
                self.add_error("until", TooManyDates.default_message)
            elif len(self.days()) < 2:
                self.add_error("until", TooFewDates.default_message)
        return data

    def days(self) -> list[date]:
        data = self.cleaned_data
        return days_of(data["day"], data["preset"], by=data["by"], count=data["count"], until=data["until"])

    @property
    def goes_by_months(self) -> bool:
        return self.cleaned_data["preset"] in MONTHS
