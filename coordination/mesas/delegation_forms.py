"""Who stands for a seat, and what a mesa fixes about delegations, as people write it."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordination.common.forms import DateInput
from coordination.files.forms import UploadField
from coordination.mesas.delegations import ALTERNATES, MOST_PLACES, StandingData
from coordination.mesas.models import Mesa, Rank, StandingDelegate
from coordination.taxonomies.models import Sector

PARTS = ("name", "email", "post_title", "rank")
TYPED = PARTS[:3]
SLOTS = [("principal", StandingDelegate.Role.PRINCIPAL)] + [
    (f"alternate{number}", StandingDelegate.Role.ALTERNATE) for number in range(1, ALTERNATES + 1)
]
WRONG_ADDRESS = _("Write an e-mail address, for example luis@ejemplo.org.")


class StandingForm(forms.Form):
    """One group of fields per person. A group left empty is nobody; all empty, nobody stands for the seat."""

    use_required_attribute = False

    def __init__(self, *args: Any, people: Iterable[StandingDelegate] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(people)
        named = dict(zip([slot for slot, _role in SLOTS], _in_places(rows), strict=False))
        for slot, _role in SLOTS:
            here = named.get(slot)
            for part, field in _fields().items():
                field.required = field.required and self._is_begun(slot)
                if here is not None:
                    field.initial = getattr(here.person if part in ("name", "email") else here, part)
                self.fields[f"{slot}_{part}"] = field
        first = rows[0] if rows else None
        self.fields["letter_number"] = forms.CharField(
            label=_("Number of the letter"),
            max_length=60,
            required=False,
            initial=first and first.letter_number,
        )
        self.fields["letter_on"] = forms.DateField(
            label=_("Date of the letter"), required=False, widget=DateInput, initial=first and first.letter_on
        )
        self.fields["file"] = UploadField(label=_("File of the letter"), required=False)

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        return [(role.label, [self[f"{slot}_{part}"] for part in PARTS]) for slot, role in SLOTS]

    def _is_begun(self, slot: str) -> bool:
        return self.is_bound and any(self.data.get(f"{slot}_{part}", "").strip() for part in TYPED)

    def people(self) -> list[StandingData]:
        found = []
        for slot, role in SLOTS:
            told = {part: self.cleaned_data.get(f"{slot}_{part}", "") for part in PARTS}
            if told["name"]:
                found.append(StandingData(role=role, **told, language=get_language() or "es"))
        return found


class RulesForm(forms.Form):
    """Places by sector for the sessions to come, and whether a letter is asked for."""

    needs_letter = forms.BooleanField(
        label=_("Ask each delegation for its letter of appointment"),
        help_text=_("Who has none at hand registers all the same; it is marked as missing until it comes."),
        required=False,
    )

    def __init__(self, *args: Any, mesa: Mesa, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sectors = list(Sector.objects.all())
        places = dict(mesa.sector_quotas.values_list("sector_id", "places"))
        self.fields["needs_letter"].initial = mesa.needs_letter
        for sector in self.sectors:
            self.fields[f"sector_{sector.pk}"] = forms.IntegerField(
                label=sector.name,
                min_value=1,
                max_value=MOST_PLACES,
                required=False,
                initial=places.get(sector.pk),
                widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
            )

    @property
    def quotas(self) -> list[Any]:
        return [self[f"sector_{sector.pk}"] for sector in self.sectors]

    def places(self) -> dict[int, int | None]:
        return {sector.pk: self.cleaned_data[f"sector_{sector.pk}"] for sector in self.sectors}


def _in_places(rows: list[StandingDelegate]) -> list[StandingDelegate | None]:
    """The principal's place stays empty where there is only an alternate."""
    principal = next((row for row in rows if row.role == StandingDelegate.Role.PRINCIPAL), None)
    return [principal, *(row for row in rows if row is not principal)]


def _fields() -> dict[str, forms.Field]:
    return {
        "name": forms.CharField(
            label=_("Name"),
            max_length=200,
            error_messages={"required": _("Write the name of this person.")},
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        ),
        "email": forms.EmailField(
            label=_("E-mail"),
            error_messages={"required": WRONG_ADDRESS, "invalid": WRONG_ADDRESS},
            widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        ),
        "post_title": forms.CharField(label=_("Post"), max_length=160, required=False),
        "rank": forms.ChoiceField(
            label=_("Rank"), choices=[("", _("Not said")), *Rank.choices], required=False
        ),
    }
