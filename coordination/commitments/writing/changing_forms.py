"""What was agreed, as somebody wants it to read now: by decision of a session, or with a slip of the pen put right."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment
from coordination.commitments.settling.forms import Offer, SessionChoice
from coordination.commitments.writing.actions.amending import TEXTS
from coordination.mesas.models import Seat
from coordination.organizations.models import Organization


class TextsForm(forms.ModelForm):
    """The words that were agreed. What an exception left open is completed in the other form."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in public view, beside the old words and the new ones."),
    )

    class Meta:
        model = Commitment
        fields = list(TEXTS)
        labels = {
            "statement": _("Commitment"),
            "deliverable": _("What will be delivered"),
            "means_of_verification": _("Means of verification"),
        }
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in TEXTS}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in TEXTS:
            if getattr(self.instance, name).strip():
                self.fields[name].required = True
                self.fields[name].error_messages["required"] = _(
                    "It was agreed with this: it cannot be left empty."
                )
            else:
                del self.fields[name]

    def texts(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in TEXTS if name in self.fields}

    def values(self) -> dict[str, Any]:
        """What ``amending.correct`` asks for."""
        data = self.cleaned_data
        return {"version": data["version"], "texts": self.texts(), "reason": data["reason"]}


class ChangeForm(TextsForm):
    """Who answers does not change: another organization promises something else."""

    session = SessionChoice(label=_("Session that decided it"))
    verifier: "forms.ModelChoiceField[Organization]" = forms.ModelChoiceField(
        label=_("Organization that verifies"), queryset=Organization.objects.none(), empty_label=None
    )
    co_responsible: "forms.ModelMultipleChoiceField[Organization]" = forms.ModelMultipleChoiceField(
        label=_("Co-responsible organizations"),
        queryset=Organization.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("They help. One organization alone answers."),
    )

    def __init__(self, *args: Any, sessions: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions.put(self, "session")
        commitment = self.instance
        seated = Seat.objects.current(timezone.localdate()).filter(mesa=commitment.mesa_id)
        helping = [each.pk for each in commitment.co_responsible.all()]
        at_hand = Organization.objects.filter(Q(pk__in=seated.values("organization")) | Q(pk__in=helping))
        at_hand = at_hand.exclude(pk=commitment.responsible_id).order_by("plain_name")
        co_responsible, verifier = self.fields["co_responsible"], self.fields["verifier"]
        assert isinstance(co_responsible, forms.ModelChoiceField)  # noqa: S101  for the type checker
        assert isinstance(verifier, forms.ModelChoiceField)  # noqa: S101  for the type checker
        co_responsible.queryset = at_hand.exclude(pk=commitment.verifier_id)
        if commitment.verifier_id is None:
            del self.fields["verifier"]
            return
        others = Organization.objects.exclude(pk=commitment.responsible_id)
        known = Q(state=Organization.State.ACTIVE) | Q(pk=commitment.verifier_id)
        verifier.queryset = others.filter(known).order_by("plain_name")

    def values(self) -> dict[str, Any]:
        """What ``amending.amend`` asks for."""
        data = self.cleaned_data
        verifier = data.get("verifier")
        return super().values() | {
            "session_id": data["session"].pk,
            "verifier_id": verifier.pk if verifier else None,
            "co_responsible_ids": [each.pk for each in data["co_responsible"]],
        }
