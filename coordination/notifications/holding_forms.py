"""What an administrator fills in to hold everything and to release it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class HoldForm(forms.Form):
    """Stops everything; the reason stands on every page meanwhile."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=200,
        help_text=_("Everybody who signs in reads it: say what happened, not to whom."),
    )


class ReleaseForm(forms.Form):
    """What becomes of the messages that should have left while everything was held."""

    which = forms.ChoiceField(
        label=_("What to release"),
        choices=[
            ("overdue", _("All that is still true and in time")),
            ("ahead", _("Only what falls due from now on")),
        ],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["which"].consequences = {  # type: ignore[attr-defined]
            "overdue": _("What should have left already leaves now; the rest leaves at its hour."),
            "ahead": _("What should have left already is never sent: it stays in the list as too late."),
        }
