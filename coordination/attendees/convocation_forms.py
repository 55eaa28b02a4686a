"""What the secretariat fills in to call organizations: the convocation, whom it reaches, guests and lists of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from coordination.attendees.addresses import FORMULA_SIGNS, MOST_BYTES, Address
from coordination.attendees.balance import Balance
from coordination.attendees.models import Convocation, Invitation
from coordination.attendees.queries import Invitee
from coordination.attendees.segments import NEVER, Segment
from coordination.common.forms import row_number
from coordination.mesas.models import Seat
from coordination.organizations.models import Level, Organization, Tenure
from coordination.taxonomies.models import SectorType

ANY = ("", _("any"))
MOST_SESSIONS = 20
REASON = forms.Textarea(attrs={"rows": 3})


class ConvocationForm(forms.ModelForm):
    """The letter, who signs it, and the reasons that its days and its balance ask for.

    ``who`` is the print of the list that was shown: another list is shown again before anything is sent.
    """

    who = forms.CharField(widget=forms.HiddenInput, required=False)
    field_order = ("signatory_post", "message", "short_notice_reason", "balance_reason")

    class Meta:
        model = Convocation
        fields = ("message", "short_notice_reason", "balance_reason")
        widgets = {
            "message": forms.Textarea(attrs={"rows": 5}),
            "short_notice_reason": REASON,
            "balance_reason": REASON,
        }
        help_texts = {
            "message": _(
                "The letter already says when, where, the agenda and how to answer. Add what else they should know."
            ),
            "short_notice_reason": _("It is kept with the convocation."),
            "balance_reason": _("It is kept with the convocation and stands in the record of the session."),
        }  # fmt: skip

    def __init__(
        self,
        *args: Any,
        short: bool,
        balance: Balance,
        signing: Sequence[Tenure],
        who: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["who"].initial = self.shown = who
        self.usual = signing[0].post_id if signing else None
        self.fields["signatory_post"] = forms.TypedChoiceField(
            label=_("Who signs"),
            choices=[(one.post_id, _signs(one)) for one in signing],
            coerce=row_number,
            empty_value=None,
            required=False,
            initial=self.usual,
            help_text=_("The letter keeps the name and the post as they are today."),
        )
        if not signing:
            del self.fields["signatory_post"]
        self.order_fields(self.field_order)
        self._ask("short_notice_reason", short, _("Write the reason for the short notice."))
        self._ask("balance_reason", balance.needs_reason, _("Write why they are not called."))
        if balance.needs_reason:
            named = [str(part.name) for part in balance.missing_sectors]
            named += [_("%(name)s level") % {"name": part.name} for part in balance.missing_levels]
            label = _("Why nobody is called from: %(names)s") % {"names": ", ".join(named)}
            self.fields["balance_reason"].label = label

    def _ask(self, name: str, asked: bool, missing: Any) -> None:
        if asked:
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = missing
        else:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("who") and cleaned["who"] != self.shown:
            self.add_error(
                None,
                _(
                    "The list of organizations changed while you were looking at it. Nothing was sent: see who is on it now."
                ),
            )
            data = self.data.copy()  # type: ignore[attr-defined]
            data["who"] = self.shown
            self.data = data
        return cleaned

    def wanted(self) -> dict[str, Any]:
        """What the action takes."""
        texts = ("message", "short_notice_reason", "balance_reason")
        told = {name: self.cleaned_data.get(name, "") for name in texts}
        return told | {"signatory_post_id": self.cleaned_data.get("signatory_post") or self.usual}


class SegmentForm(forms.Form):
    """Whom to call. Each choice says how many seats it has; a wrong value filters nothing."""

    sector = forms.MultipleChoiceField(label=_("Sector"), required=False, widget=forms.CheckboxSelectMultiple)
    level = forms.MultipleChoiceField(label=_("Level"), required=False, widget=forms.CheckboxSelectMultiple)
    role = forms.MultipleChoiceField(
        label=_("Role at the mesa"), required=False, widget=forms.CheckboxSelectMultiple
    )
    votes = forms.ChoiceField(label=_("Voice and vote"), required=False, choices=[ANY, *Seat.Voting.choices])
    province = forms.ChoiceField(label=_("Province"), required=False)
    came = forms.ChoiceField(
        label=_("Attendance"),
        required=False,
        choices=[
            ANY,
            ("1", _("came at least once")),
            ("2", _("came at least twice")),
            ("3", _("came at least three times")),
            (NEVER, _("never came")),
        ],
    )
    of_last = forms.IntegerField(
        label=_("of the last sessions"), required=False, min_value=1, max_value=MOST_SESSIONS, initial=5
    )

    def __init__(self, *args: Any, called: Sequence[Invitee], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sectors = {one.sector_id: one.sector for one in called}
        provinces = {one.organization.province_id: one.organization.province for one in called}
        names: dict[str, dict[str, Any]] = {
            "sector": {
                str(pk): one.short_name or one.name
                for pk, one in sorted(sectors.items(), key=lambda pair: pair[1].order)
            },
            "level": dict(Level.choices),
            "role": dict(Seat.Role.choices),
        }
        counts = {
            "sector": Counter(str(one.sector_id) for one in called),
            "level": Counter(one.organization.level for one in called),
            "role": Counter(one.seat.role for one in called),
        }
        for name, labels in names.items():
            self.fields[name].choices = [  # type: ignore[attr-defined]
                (value, format_lazy("{} ({})", label, counts[name][value]))
                for value, label in labels.items()
                if counts[name][value]
            ]
        told = sorted((one.name, str(pk)) for pk, one in provinces.items() if one)
        self.fields["province"].choices = [ANY, *((pk, name) for name, pk in told)]  # type: ignore[attr-defined]

    def segment(self) -> Segment:
        """What was asked for, as far as it could be understood."""
        self.is_valid()
        told = self.cleaned_data
        province = told.get("province")
        return Segment(
            sectors=frozenset(int(pk) for pk in told.get("sector", ())),
            levels=frozenset(told.get("level", ())),
            roles=frozenset(told.get("role", ())),
            votes=told.get("votes", ""),
            provinces=frozenset([int(province)] if province else ()),
            came=told.get("came", ""),
            of_last=told.get("of_last") or 5,
        )


class GuestForm(forms.Form):
    """One organization without a seat, and who receives the letter."""

    organization: Any = forms.ModelChoiceField(
        Organization.objects.none(),
        label=_("Organization"),
        empty_label=_("Choose"),
        error_messages={"required": _("Choose the organization.")},
    )
    person = forms.CharField(
        label=_("Person"),
        max_length=200,
        help_text=_("Who receives the letter and answers for the organization."),
        error_messages={"required": _("Write the person's name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={"required": _("Write an e-mail address, for example luis@ejemplo.org.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(
        label=_("Takes part as"),
        choices=[
            (Invitation.Role.GUEST, Invitation.Role.GUEST.label),
            (Invitation.Role.OBSERVER, Invitation.Role.OBSERVER.label),
        ],
        help_text=_("With a voice and no vote; it does not count for the quorum."),
    )
    language = forms.ChoiceField(label=_("Language of the letter"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, free: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = free  # type: ignore[attr-defined]

    def clean_person(self) -> str:
        name = " ".join(self.cleaned_data["person"].split())
        if name.startswith(FORMULA_SIGNS):
            raise forms.ValidationError(
                _("«%(value)s» begins like a formula: write the name."), params={"value": name[:40]}
            )
        return name

    def address(self) -> Address:
        told = self.cleaned_data
        return Address(
            1,
            told["organization"].name,
            told["person"],
            told["email"].lower(),
            told["role"],
            told["language"],
        )


class AddressesForm(forms.Form):
    """A file with many guests."""

    file = forms.FileField(
        label=_("File"),
        allow_empty_file=True,
        help_text=_("CSV or Excel (.xlsx), up to 5,000 rows and 2 MB."),
        error_messages={"required": _("Choose the file with the list.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.xlsx", "data-max-bytes": str(MOST_BYTES)}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 2 MB. Divide the list and import it in parts.")
            )
        return file


class ImportForm(forms.Form):
    """The second step: the rows as they were read, and of which kind those are that the directory does not know."""

    rows = forms.CharField(widget=forms.HiddenInput)
    sector_type: Any = forms.ModelChoiceField(
        SectorType.objects.all(),
        label=_("They are"),
        required=False,
        empty_label=_("Choose"),
        help_text=_(
            "They are proposed to the administrators of the directory, with the person of the row as their contact."
        ),
    )


def fingerprint(called: Iterable[Invitee]) -> str:
    """The same for the same organizations."""
    ids = ",".join(str(pk) for pk in sorted(one.organization.pk for one in called))
    return sha256(ids.encode()).hexdigest()[:16]


def _signs(tenure: Tenure) -> str:
    return gettext("%(name)s, %(post)s, %(organization)s") % {
        "name": tenure.person.name,
        "post": tenure.post.title,
        "organization": tenure.post.organization.short_name,
    }
