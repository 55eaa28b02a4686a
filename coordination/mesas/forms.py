"""Fields and messages. What is kept is the actions' business."""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from accounts.actor import Actor
from coordination.common.dates import WORDS, zone_exists, zone_name
from coordination.common.forms import DateInput
from coordination.mesas.actions import LegalData
from coordination.mesas.models import LegalBasis, Mesa, Seat
from coordination.mesas.queries import HISTORIC
from coordination.organizations.models import Level
from coordination.taxonomies.models import Canton, Province, Sector

# Kept in tables of their own: the actions take their ids.
RELATED = ("axes", "expected_sectors")
# What a setting left empty means; the same figures as the columns' own defaults.
DEFAULTS = {
    name: getattr(Mesa(), name)
    for name in (
        "notice_days", "quorum_organizations", "quorum_sectors", "silence_days", "delegation_size", "closing_days",
        "circulating_days", "publishing_days", "asking_days", "load_warning",
    )
}  # fmt: skip


class MesaFilter(forms.Form):
    """The filters of the list; they live in the address."""

    q = forms.CharField(label=_("Name or acronym"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", _("any")), *Mesa.Kind.choices], required=False)
    level = forms.ChoiceField(label=_("Level"), choices=[("", _("any")), *Level.choices], required=False)
    province = forms.ModelChoiceField(
        Province.objects, to_field_name="code", required=False, label=_("Province"), empty_label=_("any")
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("any")),
            (Mesa.State.ACTIVE, _("active")),
            (Mesa.State.ENDED, _("ended")),
            (HISTORIC, _("historic")),
        ],
    )


class CantonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.province.name})"


class MesaForm(forms.ModelForm):
    """Create and edit. Name and level are enough: every setting has a default and one line that explains it."""

    canton = CantonChoice(Canton.objects.select_related("province"), required=False, label=_("Canton"))
    legal_kind = forms.ChoiceField(
        label=_("Instrument"), choices=[("", _("none yet")), *LegalBasis.Kind.choices], required=False
    )
    legal_number = forms.CharField(label=_("Number"), max_length=60, required=False)
    legal_issued_on = forms.DateField(label=_("Date"), required=False, widget=DateInput)
    legal_gazette = forms.CharField(
        label=_("Official gazette"),
        max_length=120,
        required=False,
        help_text=_("For example: Registro Oficial 455."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    expected_sectors = forms.ModelMultipleChoiceField(
        Sector.objects.all(),
        label=_("Sectors that belong at the table"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A convocation that leaves one of them out asks for the reason and keeps it."),
    )
    expected_levels = forms.MultipleChoiceField(
        label=_("Levels that belong at the table"),
        choices=Level.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Mesa
        fields = [
            "name_es", "name_en", "acronym", "code_prefix", "kind", "level", "province", "canton", "parent",
            "objectives_es", "objectives_en", "axes", "visibility", "time_zone", "notice_days", "quorum_organizations",
            "quorum_sectors", "silence_days", "rhythm_days", "delegation_size", "expected_sectors",
            "expected_levels", "closing_days", "circulating_days", "publishing_days",
            "verifier_of_another_sector", "asking_days", "load_warning",
        ]  # fmt: skip
        labels = {
            "name_es": _("Name in Spanish"),
            "name_en": _("Name in English"),
            "objectives_es": _("Objectives in Spanish"),
            "objectives_en": _("Objectives in English"),
        }
        help_texts = {
            "name_en": _("Where it is empty, the Spanish name is shown."),
            "code_prefix": _(
                "Its commitments are numbered with it, as in FS-014. Left empty, the name suggests one."
            ),
            "level": _("How far it reaches."),
            "province": _("Only where the mesa is of one province."),
            "canton": _("Only where it is of one canton."),
            "parent": _("The mesa this one reports to, if any."),
            "objectives_es": _("What the mesa exists for; it stands on its public page."),
            "time_zone": _("The hour its sessions are called in."),
            "notice_days": _(
                "A session is convened at least so many days ahead; with fewer, a reason is asked for."
            ),
            "quorum_organizations": _(
                "Seats with a vote that must have somebody in the room. Zero: no minimum."
            ),
            "quorum_sectors": _("Of the seven sectors, how many must be in the room. Zero: no minimum."),
            "silence_days": _("Minutes count as approved when nobody objects within so many days."),
            "rhythm_days": _(
                "Past so many days without a session, the secretariat is warned. Empty: no warning."
            ),
            "delegation_size": _("How many people each organization may name for a session."),
            "closing_days": _("To complete the attendance register and close the session."),
            "circulating_days": _("To circulate the minutes and review the commitments that came of it."),
            "publishing_days": _(
                "Holidays of the place do not count. What is already planned keeps the day it has."
            ),
        }
        help_texts |= {
            "verifier_of_another_sector": _(
                "For example: what a ministry promises is confirmed by civil society, academia or cooperation."
            ),
            "asking_days": _("Each one answers by its link; on the day the agenda says who did not."),
            "load_warning": _("From so many on, who proposes one more for the same organization is told."),
        }
        widgets = {
            "objectives_es": forms.Textarea(attrs={"rows": 5}),
            "objectives_en": forms.Textarea(attrs={"rows": 5}),
            "axes": forms.CheckboxSelectMultiple,
            "visibility": forms.RadioSelect,
            "code_prefix": forms.TextInput(attrs={"autocapitalize": "characters"}),
        }

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, mesa = actor, self.instance
        required = {"name_es", "level", "kind", "visibility", "time_zone"}
        for name, field in self.fields.items():
            field.required = name in required
        parents = Mesa.objects.visible_to(actor).live().exclude(pk=mesa.pk).order_by("plain_name")
        self.fields["parent"].queryset = parents.exclude(parent=mesa) if mesa.pk else parents  # type: ignore[attr-defined]
        for name in ("province", "parent"):
            self.fields[name].empty_label = _("none")  # type: ignore[attr-defined]
        self.fields["canton"].empty_label = pgettext("canton", "none")  # type: ignore[attr-defined]
        zones = dict.fromkeys([mesa.time_zone, *WORDS["es"].zones])
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=[(zone, zone_name(zone)) for zone in zones if zone_exists(zone)],
            help_text=self.Meta.help_texts["time_zone"],
        )
        self.initial["time_zone"] = mesa.zone.key
        self.fields["version"].initial = mesa.version
        if mesa.pk and (basis := mesa.legal_bases.order_by("id").first()):
            for name in ("kind", "number", "issued_on", "gazette"):
                self.fields[f"legal_{name}"].initial = getattr(basis, name)

    def clean_code_prefix(self) -> str:
        prefix = (self.cleaned_data["code_prefix"] or "").strip().upper()
        if prefix and not prefix.isalnum():
            raise forms.ValidationError(_("Only letters and figures, for example FS."))
        return prefix or (self.instance.code_prefix if self.instance.pk else "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        canton, province = cleaned.get("canton"), cleaned.get("province")
        if canton and province and canton.province_id != province.pk:
            self.add_error("canton", _("This canton is of another province."))
        elif canton:
            cleaned["province"] = canton.province
        if cleaned.get("legal_kind") and not cleaned.get("legal_number"):
            self.add_error(
                "legal_number", _("Write the number of the instrument, or choose that there is none yet.")
            )
        for name, default in DEFAULTS.items():
            if name in cleaned and cleaned[name] is None:
                cleaned[name] = default
        return cleaned

    def go_on_from(self, version: int) -> None:
        """After a refusal for being stale: the next press builds on the text that is on file now."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data

    def wanted(self) -> dict[str, Any]:
        """What the actions take."""
        columns = {name: self.cleaned_data[name] for name in self.Meta.fields if name not in RELATED}
        legal = None
        if self.cleaned_data["legal_kind"]:
            legal = LegalData(
                kind=self.cleaned_data["legal_kind"],
                number=self.cleaned_data["legal_number"],
                issued_on=self.cleaned_data["legal_issued_on"],
                gazette=self.cleaned_data["legal_gazette"],
            )
        return {
            **columns,
            "axis_ids": [axis.pk for axis in self.cleaned_data["axes"]],
            "expected_sector_ids": [sector.pk for sector in self.cleaned_data["expected_sectors"]],
            "legal": legal,
        }


class SeatSearch(forms.Form):
    """Which organizations to offer a seat to."""

    q = forms.CharField(label=_("Name, acronym or former name"), required=False, max_length=100)
    sector = forms.ChoiceField(label=_("Sector"), required=False)
    level = forms.ChoiceField(label=_("Level"), choices=[("", _("any")), *Level.choices], required=False)
    province = forms.ModelChoiceField(
        Province.objects, to_field_name="code", required=False, label=_("Province"), empty_label=_("any")
    )

    def __init__(self, *args: Any, sectors: Iterable[Sector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(str(sector.pk), sector.short_name or sector.name) for sector in sectors]
        self.fields["sector"].choices = [("", _("any")), *names]  # type: ignore[attr-defined]


class SeatForm(forms.Form):
    """The role of those who are ticked."""

    role = forms.ChoiceField(label=_("Role"), choices=Seat.Role.choices, initial=Seat.Role.MEMBER)
    voting = forms.ChoiceField(
        label=_("Voice and vote"), choices=Seat.Voting.choices, initial=Seat.Voting.VOICE_VOTE
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") == Seat.Role.OBSERVER:
            cleaned["voting"] = Seat.Voting.VOICE
        return cleaned
