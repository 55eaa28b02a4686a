"""What is written after the door: signed lines, annexes, bare totals."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.attendees.actions.totals import Totals
from coordination.attendees.models import RegisterAnnex, SectorTotal, StatedCount
from coordination.attendees.stating import ANSWERS
from coordination.documents.codes import read_row_code
from coordination.files.forms import MEGABYTE, UploadField
from coordination.organizations.models import Organization
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

MOST = 100_000  # people; more is a slip of the hand


class LineForm(forms.Form):
    """An empty line of the sheet that somebody signed."""

    code = forms.CharField(
        label=_("Code of the line"), max_length=6, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    organization: Any = forms.ModelChoiceField(
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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["organization"]
        field.queryset = Organization.objects.active().order_by("plain_name")

    def clean_code(self) -> str:
        code = read_row_code(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("The sheet has no line with this code. Compare it sign by sign."))
        return code


class AnnexForm(forms.Form):
    """A file that belongs to the register. Of a closed session the question of publishing is not asked."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[(value, capfirst(label)) for value, label in RegisterAnnex.Kind.choices],
        widget=forms.RadioSelect,
        initial=RegisterAnnex.Kind.SHEET,
    )
    file = UploadField(
        label=_("File"),
        help_text=format_lazy(
            _("A picture (JPEG, PNG, WebP), or a PDF of the signed sheet, up to {limit} MB."),
            limit=settings.FILE_MAX_BYTES // MEGABYTE,
        ),
    )
    caption = forms.CharField(label=_("Caption"), max_length=300, required=False)
    has_consent = forms.BooleanField(label=_("Those in the photo agreed to be shown"), required=False)
    is_public = forms.BooleanField(
        label=_("Publish the photo"),
        help_text=_(
            "It appears on the public page of the session. Without the consent of those in it, it stays inside."
        ),
        required=False,
    )
    is_casa_adentro = forms.BooleanField(
        label=_("It belongs to the closed part"),
        help_text=_("Only the circle of this session sees it; others not even its name."),
        required=False,
    )

    def __init__(self, *args: Any, session: Session, inside: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if session.is_casa_adentro or not inside:
            del self.fields["is_casa_adentro"]
        kind: Any = self.fields["kind"]
        kind.consequences = {
            RegisterAnnex.Kind.SHEET.value: _("It is never published."),
            RegisterAnnex.Kind.PHOTO.value: _(
                "What the camera wrote into it, such as the place, is taken out."
            ),
        }
        self.fields["file"].widget.attrs["accept"] = ".jpg,.jpeg,.png,.webp,.pdf"
        if session.is_casa_adentro:
            del self.fields["is_public"], self.fields["has_consent"]


def _count(label: Any, **more: Any) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric"})
    return forms.IntegerField(label=label, min_value=0, max_value=MOST, widget=widget, **more)


class TotalsForm(forms.Form):
    """Organizations, sectors, people, quorum; by sector and by description of themselves where it is known."""

    organizations = _count(_("Organizations that came"))
    sectors = _count(_("Sectors that were present"))
    people = _count(_("People who came"))
    quorum_met = forms.TypedChoiceField(
        label=_("Was there a quorum?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, sectors: Iterable[Sector], asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._sectors = list(sectors)
        for sector in self._sectors:
            self.fields[f"organizations_{sector.pk}"] = _count(_("Organizations"), required=False)
            self.fields[f"people_{sector.pk}"] = _count(_("People"), required=False)
        self._questions = ANSWERS if asks else {}
        for question, answers in self._questions.items():
            for answer, label in answers:
                self.fields[f"{question}_{answer}"] = _count(capfirst(label), required=False)

    @property
    def whole(self) -> list[Any]:
        return [self[name] for name in ("organizations", "sectors", "people", "quorum_met")]

    @property
    def by_sector(self) -> list[tuple[str, Any, Any]]:
        return [
            (one.name, self[f"organizations_{one.pk}"], self[f"people_{one.pk}"]) for one in self._sectors
        ]

    @property
    def by_question(self) -> list[tuple[Any, list[Any]]]:
        return [
            (
                StatedCount.Question(question).label,
                [self[f"{question}_{answer}"] for answer, _label in answers],
            )
            for question, answers in self._questions.items()
        ]

    def wanted(self) -> Totals:
        data = self.cleaned_data
        return Totals(
            organizations=data["organizations"],
            sectors=data["sectors"],
            people=data["people"],
            quorum_met=data["quorum_met"],
            by_sector={
                one.pk: (data.get(f"organizations_{one.pk}") or 0, data.get(f"people_{one.pk}") or 0)
                for one in self._sectors
            },
            stated={
                (question, answer): data.get(f"{question}_{answer}") or 0
                for question, answers in self._questions.items()
                for answer, _label in answers
            },
        )


def told_before(session: Session) -> dict[str, Any]:
    """The totals told before, to be corrected. Two queries, none where there are none."""
    if session.attendance_closed_at is None:
        return {}
    told: dict[str, Any] = {
        "organizations": session.present_organizations,
        "sectors": session.present_sectors,
        "people": session.present_people,
        "quorum_met": "yes" if session.quorum_met else "no",
    }
    for row in SectorTotal.objects.filter(session=session):
        told |= {f"organizations_{row.sector_id}": row.organizations, f"people_{row.sector_id}": row.people}
    for count in StatedCount.objects.filter(session=session):
        told[f"{count.question}_{count.answer}"] = count.count
    return told
