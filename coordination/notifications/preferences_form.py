"""The form where a person says how they want each kind, and in which language."""

from typing import Any

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from coordination.notifications.kinds import Group
from coordination.notifications.preferences import CHOICE, CHOOSABLE

WORDS: dict[str, Any] = {
    CHOICE.NOW: _("At once"),
    CHOICE.DAILY: _("In a daily summary"),
    CHOICE.NEVER: _("Not by mail"),
}
# A summary is not summarized.
OF_SUMMARIES: dict[str, Any] = {CHOICE.NOW: _("On Mondays"), CHOICE.NEVER: _("Not by mail")}
LANGUAGE = "language"


class PreferencesForm(forms.Form):
    """One select for every kind that can be chosen."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for kind in CHOOSABLE:
            offered = OF_SUMMARIES if kind.group == Group.SUMMARIES else WORDS
            self.fields[kind.name] = forms.ChoiceField(label=str(kind.label), choices=list(offered.items()))
        self.fields[LANGUAGE] = forms.ChoiceField(
            label=_("Language of the mails"), choices=settings.LANGUAGES
        )

    def groups(self) -> list[tuple[str, list[BoundField]]]:
        """The kinds under their headings, in the order of the table of kinds."""
        return [
            (str(group.label), [self[kind.name] for kind in CHOOSABLE if kind.group == group])
            for group in Group
        ]

    def choices(self) -> dict[str, str]:
        return {name: value for name, value in self.cleaned_data.items() if name != LANGUAGE}
