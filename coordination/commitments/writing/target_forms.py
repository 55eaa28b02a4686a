"""An indicator as the mesa decided it anew, or with a slip of the pen put right."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from coordination.commitments.figures.forms import IndicatorForm
from coordination.commitments.settling.forms import Offer, SessionChoice


class SlipForm(IndicatorForm):
    reason = forms.CharField(
        label=_("Why"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays in public view, beside the old figure and the new one."),
    )

    def more(self) -> dict[str, Any]:
        return {"reason": self.cleaned_data["reason"]}


class DecidedForm(SlipForm):
    session = SessionChoice(label=_("Session that decided it"))

    def __init__(self, *args: Any, sessions: Offer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions.put(self, "session")

    def more(self) -> dict[str, Any]:
        return super().more() | {"session_id": self.cleaned_data["session"].pk}
