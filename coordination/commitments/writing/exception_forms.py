"""Why the mesa agrees although something is missing, and until when it is mended."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.commitments.gate import EXCEPTION_DAYS
from coordination.common.forms import DateInput


class ExceptionForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is agreed although something is missing"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It stays in public view beside what is missing."),
    )  # fmt: skip
    until = forms.DateField(
        label=_("To be completed by"), widget=DateInput, help_text=_("At most 90 days from today.")
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs |= {
            "min": (today + timedelta(days=1)).isoformat(),
            "max": (today + timedelta(days=EXCEPTION_DAYS)).isoformat(),
        }
        self.fields["until"].initial = today + timedelta(days=30)
