"""What people write about invitations, delegations and attendance."""

import uuid
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordination.attendees.actions import DelegateData
from coordination.attendees.models import Convocation, Delegate, Invitation
from coordination.organizations.models import Organization
from coordination.sessions.models import Session

NO = "no"
PARTS = ("name", "email", "post_title", "phone", "needs")
WRONG_ADDRESS = _("Write an e-mail address, for example luis@ejemplo.org.")

COMPANY_ADDRESS = _("Without one they receive no notices: you pass them on.")


class AnswerForm(forms.Form):
    """Screen 1: will the organization come, and how?"""

    answer = forms.ChoiceField(
        label=_("Will your organization attend?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose an answer.")},
    )

    def __init__(self, *args: Any, session: Session, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = []
        if session.modality != Session.Modality.ONLINE:
            choices.append((Session.Modality.IN_PERSON, _("Yes, in person")))
        if session.modality != Session.Modality.IN_PERSON:
            choices.append((Session.Modality.ONLINE, _("Yes, online")))
        choices.append((NO, _("We will not be able to attend")))
        field = self.fields["answer"]
        field.choices = choices  # type: ignore[attr-defined]
        field.consequences = {  # type: ignore[attr-defined]
            Session.Modality.ONLINE: _("The confirmation brings the link to join"),
            NO: _("You can leave a written remark"),
        }


class DeclineForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ("note",)
        widgets = {"note": forms.Textarea(attrs={"rows": 4})}


class DelegationForm(forms.Form):
    """Screen 2: who will come. One group of fields per person: principal, alternate, then companions.

    A group left empty is nobody; one begun asks for name and, but for companions, address. Addresses may repeat: several people
    of an organization often share one mailbox.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, size: int, people: Iterable[Delegate] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots = slots(size)
        named = _by_slot(people, self.slots)
        for slot, role in self.slots:
            here = named.get(slot)
            nobody = slot != "principal" and self._is_empty(slot)
            for part, field in _person_fields(role).items():
                field.required = field.required and not nobody
                if role == Delegate.Role.COMPANION and part == "email":
                    field.required = False
                if here is not None:
                    field.initial = _told(here, part)
                self.fields[f"{slot}_{part}"] = field

    @property
    def groups(self) -> list[dict[str, Any]]:
        """For the template: each person's fields, whether they are named already and whether to show them open."""
        found = []
        for slot, role in self.slots:
            fields = [self[f"{slot}_{part}"] for part in PARTS]
            name, email = fields[0].value() or "", fields[1].value() or ""
            wrong = any(field.errors for field in fields)
            found.append(
                {
                    "slot": slot,
                    "role": role,
                    "label": Delegate.Role(role).label,
                    "fields": fields,
                    "name": name,
                    "is_open": wrong or (slot == "principal" and not (name and email)),
                }
            )
        return found

    def _is_empty(self, slot: str) -> bool:
        """Nothing was written about this person, so that nothing is asked of them."""
        return self.is_bound and not any(self.data.get(f"{slot}_{part}", "").strip() for part in PARTS)

    def full_clean(self) -> None:
        super().full_clean()
        # Shown again, name and address of a group left empty are not "optional": they are what begins it.
        for slot, role in self.slots:
            self.fields[f"{slot}_name"].required = True
            self.fields[f"{slot}_email"].required = role != Delegate.Role.COMPANION

    def delegates(self) -> list[DelegateData]:
        """The people named, in the order of the form."""
        found = []
        for slot, role in self.slots:
            told = {part: self.cleaned_data.get(f"{slot}_{part}", "") for part in PARTS}
            if told["name"]:
                found.append(DelegateData(role=role, **told, language=get_language() or "es"))
        return found


class ConvokeForm(forms.ModelForm):
    class Meta:
        model = Convocation
        fields = ("message", "short_notice_reason")
        widgets = {
            "message": forms.Textarea(attrs={"rows": 5}),
            "short_notice_reason": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "message": _(
                "The letter already says when, where, the agenda and how to answer. Add what else they should know."
            ),
            "short_notice_reason": _("It is kept with the convocation."),
        }

    def __init__(self, *args: Any, short: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if short:
            self.fields["short_notice_reason"].required = True
            self.fields["short_notice_reason"].error_messages["required"] = _(
                "Write the reason for the short notice."
            )
        else:
            del self.fields["short_notice_reason"]


class WalkInForm(forms.Form):
    organization = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Organization"),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the organization the person comes from.")},
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        error_messages={"required": _("Write the person's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    represents = forms.BooleanField(
        label=_("Represents the organization"),
        help_text=_("As a substitute: counts for the quorum where the organization votes."),
        required=False,
    )
    client_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        field.queryset = Organization.objects.active().order_by("plain_name")  # type: ignore[attr-defined]


def slots(size: int) -> list[tuple[str, str]]:
    """Names of the groups of fields with their role, for a delegation of this size."""
    places: list[tuple[str, str]] = [
        ("principal", Delegate.Role.PRINCIPAL),
        ("alternate", Delegate.Role.ALTERNATE),
    ]
    places += [(f"companion{number}", Delegate.Role.COMPANION) for number in range(1, size - 1)]
    return places[:size]


def _by_slot(people: Iterable[Delegate], places: list[tuple[str, str]]) -> dict[str, Delegate]:
    """Each person in the first free place of their role."""
    free, found = list(places), {}
    for person in people:
        place = next((place for place in free if place[1] == person.role), None)
        if place:
            free.remove(place)
            found[place[0]] = person
    return found


def _told(delegate: Delegate, part: str) -> str:
    return getattr(delegate if part in ("post_title", "needs") else delegate.person, part)


def _person_fields(role: str) -> dict[str, forms.Field]:
    whose = {"principal": _("Write the name of the principal.")}.get(
        role, _("Write the name of this person.")
    )
    return {
        "name": forms.CharField(
            label=_("Name"),
            max_length=200,
            error_messages={"required": whose},
            widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "words"}),
        ),
        "email": forms.EmailField(
            label=_("E-mail"),
            help_text=COMPANY_ADDRESS
            if role == Delegate.Role.COMPANION
            else _("We will send the time, the place and the papers. Several people may share one address."),
            error_messages={"required": WRONG_ADDRESS, "invalid": WRONG_ADDRESS},
            widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
        ),
        "post_title": forms.CharField(label=_("Post"), max_length=160, required=False),
        "phone": forms.CharField(
            label=_("Telephone"),
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        ),
        "needs": forms.CharField(
            label=_("What we should prepare"),
            max_length=300,
            required=False,
            help_text=_("For example a ramp, an interpreter, childcare."),
        ),
    }
