"""What an organization says about a commitment it was given."""

from django import forms
from django.utils.translation import gettext_lazy as _


class ReceiptForm(forms.Form):
    """One button, and the words of an objection."""

    ACKNOWLEDGE, ACCEPT, OBJECT = "acuse", "aceptar", "objetar"

    do = forms.ChoiceField(choices=[(ACKNOWLEDGE, ""), (ACCEPT, ""), (OBJECT, "")])
    wording = forms.CharField(required=False, widget=forms.HiddenInput)
    objection = forms.CharField(
        label=_("What your organization cannot accept, and why"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
