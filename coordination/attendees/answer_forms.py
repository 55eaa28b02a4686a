"""What an organization writes when it answers: whether it comes, who comes, what goes with them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from coordination.attendees.actions import DelegateData
from coordination.attendees.actions.naming import offered, size_of
from coordination.attendees.models import Delegate, Invitation, StatedCount
from coordination.attendees.stating import ANSWERS
from coordination.common.forms import DateInput
from coordination.files.forms import UploadField
from coordination.mesas.models import Rank, StandingDelegate
from coordination.sessions.models import Session

NO = "no"
WHO = ("name", "email", "post_title", "rank")
MORE = ("phone", "modality", "need_kinds", "needs", "is_listed")
TYPED = (
    "name",
    "email",
    "post_title",
    "phone",
    "needs",
)  # what begins a person; a choice left as it was does not
CHANGED_EACH_TIME = ("need_kinds", "is_listed", "modality")
WRONG_ADDRESS = _("Write an e-mail address, for example luis@ejemplo.org.")
COMPANY_ADDRESS = _("Without one they receive no notices: you pass them on.")

Known = Delegate | StandingDelegate


class AnswerForm(forms.Form):
    """Will the organization come, and how?"""

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
    """Who will come. One group of fields per person: principal, alternate, then companions.

    A group left empty is nobody; one begun asks for name and, but for companions, address. Addresses may repeat:
    several people of an organization often share one mailbox. Consent and needs are asked for anew each session.
    """

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        session: Session,
        people: Iterable[Known] = (),
        may_stand: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.slots = slots(size_of(session))
        named = _by_slot(people, self.slots)
        for slot, role in self.slots:
            nobody = slot != "principal" and self._is_empty(slot)
            for part, field in _person_fields(role, session).items():
                field.required = field.required and not nobody
                if role == Delegate.Role.COMPANION and part == "email":
                    field.required = False
                if slot in named:
                    field.initial = _told(named[slot], part)
                self.fields[f"{slot}_{part}"] = field
        if may_stand:
            self.fields["keep_standing"] = forms.BooleanField(
                label=_("Use this delegation for the next sessions too"),
                help_text=_(
                    "Principal and alternate will be proposed each time; you confirm or change them."
                ),
                required=False,
            )

    @property
    def groups(self) -> list[dict[str, Any]]:
        """For the template: each person's fields, whether they are named already and whether to show them open."""
        found = []
        for slot, role in self.slots:
            who, more = ([self[f"{slot}_{part}"] for part in parts if f"{slot}_{part}" in self.fields]
                         for parts in (WHO, MORE))  # fmt: skip
            name, email = who[0].value() or "", who[1].value() or ""
            wrong = any(field.errors for field in (*who, *more))
            found.append(
                {
                    "slot": slot,
                    "role": role,
                    "label": Delegate.Role(role).label,
                    "fields": who,
                    "more": more,
                    "more_open": any(field.errors for field in more),
                    "name": name,
                    "is_open": wrong or (slot == "principal" and not (name and email)),
                }
            )
        return found

    @property
    def is_blank(self) -> bool:
        """Nobody was begun."""
        return all(self._is_empty(slot) for slot, _role in self.slots)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What was written, for the page that asks whether it is right."""
        names = (self.add_prefix(name) for name in self.fields)
        return [(name, value) for name in names for value in self._values(name) if value.strip()]

    def _values(self, name: str) -> list[str]:
        return self.data.getlist(name) if hasattr(self.data, "getlist") else [self.data.get(name, "")]

    def _is_empty(self, slot: str) -> bool:
        """Nothing was written about this person, so that nothing is asked of them."""
        return self.is_bound and not any(self.data.get(f"{slot}_{part}", "").strip() for part in TYPED)

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
            told = {part: self.cleaned_data.get(f"{slot}_{part}", "") for part in (*WHO, *MORE)}
            told["need_kinds"], told["is_listed"] = tuple(told["need_kinds"] or ()), bool(told["is_listed"])
            if told["name"]:
                found.append(DelegateData(role=role, **told, language=get_language() or "es"))
        return found


class LetterForm(forms.Form):
    """The letter that appoints the delegates: what identifies it, its file, or both."""

    number = forms.CharField(label=_("Number of the letter"), max_length=60, required=False)
    dated = forms.DateField(label=_("Date of the letter"), required=False, widget=DateInput)
    file = UploadField(label=_("File"), required=False)


class PassOnForm(forms.Form):
    name = forms.CharField(
        label=_("Your colleague's name"),
        max_length=200,
        error_messages={"required": _("Write the name of your colleague.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("Their e-mail"),
        error_messages={"required": WRONG_ADDRESS, "invalid": WRONG_ADDRESS},
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )


class StatedForm(forms.Form):
    """How many people of the delegation give each answer. Every field may stay empty; nobody is named."""

    def __init__(self, *args: Any, people: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = people
        for question, answers in ANSWERS.items():
            for code, label in answers:
                self.fields[f"{question}_{code}"] = forms.IntegerField(
                    label=label,
                    min_value=0,
                    max_value=people,
                    required=False,
                    widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
                )

    @property
    def questions(self) -> list[tuple[Any, list[Any]]]:
        return [
            (StatedCount.Question(question).label, [self[f"{question}_{code}"] for code, _label in answers])
            for question, answers in ANSWERS.items()
        ]

    def counts(self) -> dict[str, dict[str, int]]:
        return {
            question: {code: self.cleaned_data.get(f"{question}_{code}") or 0 for code, _label in answers}
            for question, answers in ANSWERS.items()
        }


def slots(size: int) -> list[tuple[str, str]]:
    """Names of the groups of fields with their role, for a delegation of this size."""
    places: list[tuple[str, str]] = [
        ("principal", Delegate.Role.PRINCIPAL),
        ("alternate", Delegate.Role.ALTERNATE),
    ]
    places += [(f"companion{number}", Delegate.Role.COMPANION) for number in range(1, size - 1)]
    return places[:size]


def _by_slot(people: Iterable[Known], places: list[tuple[str, str]]) -> dict[str, Known]:
    """Each person in the first free place of their role."""
    free, found = list(places), {}
    for person in people:
        place = next((place for place in free if place[1] == person.role), None)
        if place:
            free.remove(place)
            found[place[0]] = person
    return found


def _told(known: Known, part: str) -> Any:
    """What is known of a person: of one who only stands, or came before, neither consent nor needs."""
    if part in ("name", "email", "phone"):
        return getattr(known.person, part)
    if part in CHANGED_EACH_TIME and getattr(known, "is_former", True):
        return None
    return getattr(known, part, "")


def _person_fields(role: str, session: Session) -> dict[str, forms.Field]:
    whose = {"principal": _("Write the name of the principal.")}.get(
        role, _("Write the name of this person.")
    )
    fields: dict[str, forms.Field] = {
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
        "rank": forms.ChoiceField(
            label=_("Rank"), choices=[("", _("Not said")), *Rank.choices], required=False
        ),
        "phone": forms.CharField(
            label=_("Telephone"),
            max_length=40,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        ),
    }
    if len(ways := offered(session)) > 1:
        labels = [(way, Session.Modality(way).label) for way in ways]
        fields["modality"] = forms.ChoiceField(
            label=_("How this person takes part"),
            choices=[("", _("As the delegation")), *labels],
            required=False,
        )
    fields["need_kinds"] = forms.MultipleChoiceField(
        label=_("What this person needs"),
        choices=[(value, str(label).capitalize()) for value, label in Delegate.Need.choices],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    fields["needs"] = forms.CharField(
        label=_("What we should prepare"),
        max_length=300,
        required=False,
        help_text=_("For example which language, which diet, how many children."),
    )
    if not session.is_casa_adentro:
        fields["is_listed"] = forms.BooleanField(
            label=_("May stand on the public list of participants"),
            help_text=_("It names, after the session, only those who came and agree."),
            required=False,
        )
    return fields
