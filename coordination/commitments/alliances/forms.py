"""The form of an alliance."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from coordination.commitments.alliances.actions import CURRENCIES, SupportData
from coordination.commitments.models import Support
from coordination.common.forms import DateInput
from coordination.organizations.models import Organization


class SupportForm(forms.ModelForm):
    """Gives fields and messages; ``given`` is what the action takes."""

    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in CURRENCIES], initial="USD"
    )
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=14,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=_("Leave it empty where it is not known: it is never counted as zero."),
    )

    class Meta:
        model = Support
        fields = [
            "organization",
            "kind",
            "what",
            "amount",
            "currency",
            "starts_on",
            "ends_on",
            "is_public",
            "source",
        ]
        labels = {
            "organization": _("Who supports"),
            "kind": _("How"),
            "what": _("With what"),
            "starts_on": pgettext_lazy("period", "From"),
            "ends_on": pgettext_lazy("period", "To"),
            "is_public": _("Anyone may know it"),
            "source": _("Where it was made public"),
        }
        help_texts = {
            "what": _("For example: a specialist for six months, the hall, beds and mattresses."),
            "is_public": _("Without the tick only that organization and the secretariat see it."),
            "source": _(
                "A page, a bulletin, an agreement with its number. For a mesa or a session it is needed."
            ),
        }
        widgets = {"starts_on": DateInput, "ends_on": DateInput}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        assert isinstance(field, forms.ModelChoiceField)  # noqa: S101  for the type checker
        known = Organization.objects.active().order_by("plain_name")
        if self.instance.organization_id:
            known = known | Organization.objects.filter(pk=self.instance.organization_id).order_by(
                "plain_name"
            )
        field.queryset = known
        self.fields["what"].required = False

    def given(self) -> SupportData:
        cleaned = self.cleaned_data
        return SupportData(
            organization_id=cleaned["organization"].pk,
            kind=cleaned["kind"],
            what=cleaned["what"],
            amount=cleaned["amount"],
            currency=cleaned["currency"],
            is_public=cleaned["is_public"],
            source=cleaned["source"],
            starts_on=cleaned["starts_on"],
            ends_on=cleaned["ends_on"],
        )
