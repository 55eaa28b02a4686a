"""What people write about circulated minutes, and what the secretariat answers."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.common.forms import DateInput
from coordination.minutes.texts import Observation


class CirculateForm(forms.Form):
    """Until when; and the draft's version as it was read."""

    until = forms.DateField(label=_("Observations until the end of"), widget=DateInput)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, soonest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].widget.attrs["min"] = soonest.isoformat()


class TermForm(forms.Form):
    until = forms.DateField(label=_("New last day"), widget=DateInput)


class ObservationForm(forms.Form):
    """One of these stands under every paragraph; only the text is written by a person."""

    section = forms.UUIDField(widget=forms.HiddenInput)
    paragraph = forms.IntegerField(min_value=0, max_value=20_000, widget=forms.HiddenInput)
    client_id = forms.UUIDField(widget=forms.HiddenInput)
    text = forms.CharField(
        label=_("What should be changed"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Write what should be changed.")},
    )


class AnswerForm(forms.Form):
    """The answer, its reason, and the paragraph's words as they should read when something of it is accepted."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        choices=[(value, capfirst(label)) for value, label in Observation.Answer.choices],
        widget=forms.RadioSelect,
    )
    answer_text = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed unless you accept it as it was asked for."),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    wording = forms.CharField(
        label=_("How the paragraph reads now"),
        help_text=_("Leave it as it is where nothing changes; empty it and the paragraph goes."),
        max_length=20_000,
        required=False,
        strip=True,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
    section_version = forms.IntegerField(widget=forms.HiddenInput)


class SignForm(forms.Form):
    """Who signs, and the sum of the text they read."""

    name = forms.CharField(label=_("Name of who signs"), max_length=200)
    title = forms.CharField(label=_("Post"), max_length=200)
    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)


class SignCodeForm(SignForm):
    code = forms.CharField(
        label=_("Code of six digits"),
        max_length=12,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def new_press() -> uuid.UUID:
    """What a page sends with each observation, so that one press is one."""
    return uuid.uuid4()
