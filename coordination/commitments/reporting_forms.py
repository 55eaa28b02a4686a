"""What the responsible organization fills in to report."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.commitments.forms import plainly
from coordination.commitments.models import Commitment, Report


class ReportForm(forms.ModelForm):
    """What was done, in a thumb's reach."""

    evidence_url = forms.URLField(
        label=_("Address of the evidence"), max_length=500, required=False, assume_scheme="https",
        help_text=_("A page or document on the internet that shows it, if there is one."),
    )  # fmt: skip

    class Meta:
        model = Report
        fields = ["text", "progress", "value", "evidence_url", "asks_verification"]
        labels = {
            "text": _("What was done"),
            "progress": _("Progress, from 0 to 100 %"),
            "asks_verification": _("It is done: ask for verification"),
        }
        help_texts = {
            "text": _("Two or three sentences. Anyone can read them: leave people's names out."),
            "progress": _("It may be less than last time; say why above."),
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 5}),
            "progress": forms.NumberInput(attrs={"min": 0, "max": 100, "inputmode": "numeric"}),
        }

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["progress"].initial = commitment.progress
        self.fields["asks_verification"].initial = commitment.state == Commitment.State.REPORTED
        if commitment.verifier:
            self.fields["asks_verification"].help_text = _(
                "We tell %(organization)s, which confirms it or returns it with remarks."
            ) % {"organization": commitment.verifier.name}
        measured = commitment.indicators.order_by("id").first()
        if measured is None:
            del self.fields["value"]
        else:
            self.fields["value"].label = measured.name
            self.fields["value"].initial = plainly(measured.value)
            self.fields["value"].help_text = _(
                "How much there is now, in %(unit)s. The target is %(target)s."
            ) % {
                "unit": measured.unit,
                "target": f"{measured.target.normalize():f}" if measured.target is not None else "—",
            }

    def clean_progress(self) -> int:
        progress: int = self.cleaned_data["progress"]
        if progress > 100:
            raise forms.ValidationError(_("Write a number from 0 to 100."))
        return progress
