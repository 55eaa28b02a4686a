"""What the secretariat writes about convocations and attendance; an organization's answers are in ``answer_forms``."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.organizations.models import Organization


class WalkInForm(forms.Form):
    organization = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Organization"),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the organization the person comes from.")},
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        error_messages={"required": _("Write the person's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    represents = forms.BooleanField(
        label=_("Represents the organization"),
        help_text=_("As a substitute: counts for the quorum where the organization votes."),
        required=False,
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        field.queryset = Organization.objects.active().order_by("plain_name")  # type: ignore[attr-defined]


class HereForm(forms.Form):
    """The address somebody was registered with, typed at the wall."""

    email = forms.EmailField(
        label=_("E-mail address you were registered with"),
        max_length=254,
        error_messages={
            "required": _("Write your e-mail address."),
            "invalid": _("Write an e-mail address, for example nombre@institucion.gob.ec."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
