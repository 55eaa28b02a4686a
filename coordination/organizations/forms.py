"""Fields and messages. What is kept is the actions' business."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from coordination.organizations.models import JoinRequest, Level, Organization
from coordination.organizations.queries import with_mail_domain
from coordination.taxonomies.models import Province, Sector, SectorType


class OrganizationFilter(forms.Form):
    """The filters of the list; they live in the address, and what nobody understands is left out."""

    q = forms.CharField(label=_("Name, acronym or former name"), required=False, max_length=100)
    sector: forms.ModelChoiceField = forms.ModelChoiceField(
        Sector.objects, to_field_name="code", required=False, label=_("Sector")
    )
    level = forms.ChoiceField(label=_("Level"), choices=[("", _("any")), *Level.choices], required=False)
    province = forms.ModelChoiceField(
        Province.objects, to_field_name="code", required=False, label=_("Province"), empty_label=_("any")
    )


class JoinForm(forms.ModelForm):
    """The public door. The last field is a trap for machines: no person sees it."""

    address_2 = forms.CharField(required=False, label=_("Leave this empty"))
    is_another = forms.BooleanField(required=False, label=_("It is another organization"))

    class Meta:
        model = JoinRequest
        fields = [
            "name", "acronym", "sector_type", "level", "province", "website",
            "contact_name", "contact_post", "contact_email", "contact_phone", "reason",
        ]  # fmt: skip
        widgets = {
            "reason": forms.Textarea(attrs={"rows": 4}),
            "contact_email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "contact_name": forms.TextInput(attrs={"autocomplete": "name"}),
            "contact_phone": forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
            "contact_post": forms.TextInput(attrs={"autocomplete": "organization-title"}),
            "website": forms.URLInput(attrs={"placeholder": "https://"}),
        }
        help_texts = {
            "name": _("As it stands in its statutes or decree."),
            "sector_type": _("The mesas count sectors with it; you can have it corrected later."),
            "level": _("How far its work reaches."),
            "contact_email": _(
                "We send a link there to verify it. Better the organization's than a personal one."
            ),
            "reason": _("In two or three sentences: what you do and at which mesa you want to sit."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["address_2"].widget.attrs.update({"tabindex": "-1", "autocomplete": "off"})
        self.fields["sector_type"].queryset = SectorType.objects.select_related("sector")  # type: ignore[attr-defined]
        self.fields["sector_type"].empty_label = _("choose one")  # type: ignore[attr-defined]
        self.fields["province"].empty_label = _("none")  # type: ignore[attr-defined]
        self.fields["website"].assume_scheme = "https"  # type: ignore[attr-defined]
        self.namesake: Organization | None = None

    @property
    def is_trapped(self) -> bool:
        return bool(self.data.get(self.add_prefix("address_2")))

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        known = Organization.objects.active().called(name).first()
        if known:
            text = _(
                '<a href="{url}">{name}</a> is already here. If you work there, ask its focal point to include you.'
            )
            raise forms.ValidationError(format_html(str(text), url=known.get_absolute_url(), name=known.name))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (email := cleaned.get("contact_email")) and not cleaned.get("is_another"):
            self.namesake = with_mail_domain(email)
            if self.namesake:
                text = _(
                    "Your e-mail is of {name}, which is already here. If yours is another organization, tick it below."
                )
                self.add_error("contact_email", str(text).format(name=self.namesake.name))
        return cleaned

    @property
    def asks_whether_another(self) -> bool:
        """The tick appears only where it answers a question."""
        return self.namesake is not None or bool(self.data.get(self.add_prefix("is_another")))

    def wanted(self) -> dict[str, Any]:
        """What the action takes."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class OrganizationForm(forms.ModelForm):
    """What an organization says of itself. ``version`` tells whether somebody saved it meanwhile."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Organization
        fields = [
            "name_es", "name_en", "acronym_es", "acronym_en", "mission_es", "mission_en", "mandate_es", "mandate_en",
            "website",
        ]  # fmt: skip
        labels = {
            "name_es": _("Name in Spanish"),
            "name_en": _("Name in English"),
            "acronym_es": _("Acronym in Spanish"),
            "acronym_en": _("Acronym in English"),
            "mission_es": _("Mission in Spanish"),
            "mission_en": _("Mission in English"),
            "mandate_es": _("Mandate in Spanish"),
            "mandate_en": _("Mandate in English"),
            "website": _("Website"),
        }
        help_texts = {
            "mission_es": _("What the organization exists for, in one paragraph."),
            "mandate_es": _("What law, decree or statute charges it with."),
            "name_en": _("Where it is empty, the Spanish name is shown."),
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": 4})
            for name in ("mission_es", "mission_en", "mandate_es", "mandate_en")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.required = name in ("name_es", "version")
        self.fields["version"].initial = self.instance.version
        self.fields["website"].assume_scheme = "https"  # type: ignore[attr-defined]

    def go_on_from(self, version: int) -> None:
        """After a refusal for being stale: the next press builds on the text that is on file now."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data

    def wanted(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] or "" for name in self.Meta.fields}
