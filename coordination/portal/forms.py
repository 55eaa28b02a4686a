"""What the woven pages are asked by their address."""

import re
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, mesas_with
from coordination.organizations.models import Organization
from coordination.sessions.rooms import Room
from coordination.taxonomies.models import Province


def first_of(month: str) -> date | None:
    """The first day of 2026-03; None for what is no month, or one nobody plans for."""
    found = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if not found:
        return None
    year, number = int(found[1]), int(found[2])
    return date(year, number, 1) if 1990 <= year <= 2099 and 1 <= number <= 12 else None


class CalendarFilter(forms.Form):
    """Month, view and whose sessions. What cannot be read filters nothing."""

    mias = forms.BooleanField(label=_("Only mine"), required=False)
    organizacion = forms.ModelChoiceField(
        Organization.objects.none(),
        to_field_name="slug",
        required=False,
        label=_("Organization"),
        empty_label=_("any"),
    )
    mesa = forms.ModelChoiceField(
        Mesa.objects.none(), to_field_name="slug", required=False, label=_("Mesa"), empty_label=_("any")
    )
    provincia = forms.ModelChoiceField(
        Province.objects, to_field_name="code", required=False, label=_("Province"), empty_label=_("any")
    )
    mes = forms.CharField(required=False, widget=forms.HiddenInput)
    vista = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mesa: Any = self.fields["mesa"]
        mesa.queryset = Mesa.objects.visible_to(actor).order_by("plain_name")
        # A country has hundreds: their names, and no objects.
        mesa.choices = [("", mesa.empty_label), *mesa.queryset.values_list("slug", "name")]
        # Hundreds of organizations weigh more than the month: the reader's own, and the one the page came with.
        asked = str(self.data.get("organizacion") or "").replace("\0", "")
        known = Organization.objects.visible_to(actor).filter(
            Q(pk__in=actor.organization_ids) | Q(slug=asked)
        )
        self.fields["organizacion"].queryset = known.order_by("plain_name")  # type: ignore[attr-defined]
        if not asked and not actor.organization_ids:
            del self.fields["organizacion"]
        if actor.person_id is None:
            del self.fields["mias"]

    def clean_mes(self) -> date | None:
        return first_of(self.cleaned_data["mes"])

    def clean_vista(self) -> str:
        return self.cleaned_data["vista"] if self.cleaned_data["vista"] in ("mes", "lista") else ""


class PlannerFilter(forms.Form):
    """One of the mesas the reader plans for, and a room whose reservations are drawn too. A wrong one filters nothing."""

    mesa = forms.ModelChoiceField(
        Mesa.objects.none(), to_field_name="slug", required=False, label=_("Mesa"), empty_label=_("all yours")
    )
    sala = forms.ModelChoiceField(
        Room.objects.none(), required=False, label=_("Room or online account"), empty_label=_("none")
    )
    mes = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mesas = mesas_with(actor, Permission.SCHEDULE).live().order_by("plain_name")
        self.fields["mesa"].queryset = mesas  # type: ignore[attr-defined]
        self.fields["sala"].queryset = Room.objects.filter(is_active=True).order_by("name", "id")  # type: ignore[attr-defined]

    def clean_mes(self) -> date | None:
        return first_of(self.cleaned_data["mes"])
