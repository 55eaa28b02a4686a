"""The filters of the list of messages."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa
from coordination.notifications.kinds import KINDS
from coordination.notifications.ledger import Group
from coordination.sessions.models import Session

ALL = "all"


class MessageFilter(forms.Form):
    """They live in the address; a wrong one filters nothing."""

    q = forms.CharField(
        label=_("Person, organization or session"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    kind = forms.ChoiceField(label=_("Kind of message"), required=False)
    mesa = forms.ChoiceField(label=_("Mesa"), required=False)
    group = forms.ChoiceField(
        choices=[("", ""), (ALL, ""), *Group.choices], required=False, widget=forms.HiddenInput
    )
    session = forms.ModelChoiceField(
        Session.objects.none(), to_field_name="public_id", required=False, widget=forms.HiddenInput
    )
    commitment = forms.ModelChoiceField(
        Commitment.objects.none(), to_field_name="public_id", required=False, widget=forms.HiddenInput
    )

    def __init__(
        self,
        *args: Any,
        mesas: "QuerySet[Mesa]",
        sessions: "QuerySet[Session]",
        commitments: "QuerySet[Commitment]",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(name, kind.label) for name, kind in KINDS.items()]
        self.fields["kind"].choices = [("", _("any")), *kinds]  # type: ignore[attr-defined]
        self._mesas = {mesa.slug: mesa for mesa in mesas}
        named = [(slug, mesa.name) for slug, mesa in self._mesas.items()]
        self.fields["mesa"].choices = [("", _("any")), *named]  # type: ignore[attr-defined]
        self.fields["session"].queryset = sessions  # type: ignore[attr-defined]
        self.fields["commitment"].queryset = commitments  # type: ignore[attr-defined]
        for name, style in (("q", "form-control-sm"), ("kind", "form-select-sm"), ("mesa", "form-select-sm")):
            self.fields[name].widget.attrs["class"] = style

    def chosen(self) -> dict[str, Any]:
        """The filters that say something, by name."""
        self.is_valid()
        found = {name: value for name, value in self.cleaned_data.items() if value}
        return found | {"mesa": self._mesas[found["mesa"]]} if "mesa" in found else found
