"""What the responsible organization fills in to report, and what is said of a piece of evidence."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.html import escape
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from coordination.commitments.figures.queries import amount
from coordination.commitments.models import Commitment, Evidence, Indicator, Measurement, Report
from coordination.commitments.reports.asking import Question, Told, in_place_of, questions
from coordination.common.dates import day_words, percent
from coordination.common.forms import DateInput, MingaBoundField, plainly
from coordination.files.forms import MEGABYTE, UploadField

STEPS = (0, 25, 50, 75, 100)
RESTRICTED, PUBLIC = "restricted", "public"
AT_ONCE = 10
LOOK_FIRST = _(
    "Anyone can open them. Look first: no faces, no names or identity numbers, no children, no address of a shelter."
)


# upload.js fills in the name and the size.
TOO_LARGE = _("%(name)s was left out: it has %(size)s MB, and at most %(limit)s MB fit.")
TOO_MANY = _("%(name)s was left out: at most %(limit)s files at once. Add it afterwards.")


def _told(words: Any, limit: int) -> str:
    return str(words).replace("%(limit)s", str(limit))


_lazily = lazy(_told, str)


class NeverOptional(MingaBoundField):
    """A choice that begins somewhere is no option that one may leave out."""

    @property
    def is_optional(self) -> bool:
        return self.name not in ("step", "readers") and super().is_optional


class KeyField(forms.UUIDField):
    """Made by the page, never typed: what is not one is none."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> uuid.UUID | None:
        try:
            return super().clean(value)
        except forms.ValidationError:
            return None


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class FilesField(UploadField):
    """Several files. Each one is looked at by itself as it comes in, so that one that is refused takes none along."""

    widget = ManyFiles

    def __init__(self, **kwargs: Any) -> None:
        told = _("Documents, spreadsheets or photos: up to {n} at once, {limit} MB each.")
        kwargs.setdefault(
            "help_text", format_lazy(told, n=AT_ONCE, limit=settings.FILE_MAX_BYTES // MEGABYTE)
        )
        super().__init__(**kwargs)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        limit = settings.FILE_MAX_BYTES // MEGABYTE
        return super().widget_attrs(widget) | {
            "data-max-files": AT_ONCE,
            "data-shrink": "",
            "data-too-large": _lazily(TOO_LARGE, limit),
            "data-wrong-kind": _(
                "%(name)s was left out: only documents, spreadsheets, slides and photos come in."
            ),
            "data-too-many": _lazily(TOO_MANY, AT_ONCE),
        }

    def clean(self, data: Any, initial: Any = None) -> Any:
        return data


def readers() -> forms.ChoiceField:
    """Who opens what is handed in. Restricted until somebody decides otherwise: see decision 27."""
    field: Any = forms.ChoiceField(
        label=_("Who may open the files"),
        choices=[(RESTRICTED, _("Only who verifies and the secretariat")), (PUBLIC, _("Anyone"))],
        initial=RESTRICTED,
        required=False,
        widget=forms.RadioSelect,
    )
    field.consequences = {
        RESTRICTED: _("The best choice for photos and for lists of people."),
        PUBLIC: LOOK_FIRST,
    }
    return field


class ReportForm(forms.Form):
    """What was done, in a thumb's reach."""

    bound_field_class = NeverOptional
    key = KeyField(required=False)
    after = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    step = forms.ChoiceField(label=_("How far it is"), required=False, widget=forms.RadioSelect)
    progress = forms.IntegerField(
        label=_("Another figure, from 0 to 100 %"), min_value=0, max_value=100, required=False,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), _("Write a number from 0 to 100.")),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_("It counts before the step above. It may be less than last time: say why below."),
    )  # fmt: skip
    text = forms.CharField(
        label=_("What was done"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Two or three sentences. Anyone can read them: leave people's names out."),
    )  # fmt: skip
    figures_on = forms.DateField(label=_("Date of the figures"), required=False, widget=DateInput)
    figures_source = forms.CharField(
        label=_("Where the figures come from"), max_length=300, required=False,
        help_text=_("Left empty, it says that they come from this report."),
    )  # fmt: skip
    obstacles = forms.CharField(
        label=_("What stands in the way"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the mesa should know or can help with."),
    )  # fmt: skip
    uploads = FilesField(label=_("Files that show it"), required=False)
    readers = readers()
    evidence_url = forms.URLField(
        label=_("Address of the evidence"), max_length=500, required=False, assume_scheme="https",
        help_text=_("A page or document on the internet that shows it. Anyone can see the address."),
    )  # fmt: skip
    asks_verification = forms.BooleanField(label=_("It is done: ask for verification"), required=False)

    def __init__(
        self,
        *args: Any,
        commitment: Commitment,
        last: Report | None = None,
        corrects: Report | None = None,
        key: uuid.UUID | None = None,
        **kwargs: Any,
    ) -> None:
        initial = {
            "key": key or uuid.uuid4(),
            "after": str(last.public_id) if last else "",
            "asks_verification": commitment.state == Commitment.State.REPORTED,
            "figures_on": timezone.localdate(),
            "step": str(commitment.progress),
        }
        if corrects:
            initial |= {
                "text": corrects.text,
                "obstacles": corrects.obstacles,
                "step": str(corrects.progress),
            }
            figures = list(corrects.measurements.all())
            initial |= {f"figure_{row.indicator_id}": plainly(row.value) for row in figures}
            if figures:
                initial["figures_on"] = max(row.measured_on for row in figures)
        super().__init__(*args, initial=initial, **kwargs)
        fields: dict[str, Any] = self.fields
        now = corrects.progress if corrects else commitment.progress
        fields["step"].choices = [(str(step), percent(step)) for step in sorted({*STEPS, now})]
        fields["progress"].widget.attrs |= {"min": 0, "max": 100}
        if commitment.is_casa_adentro:
            fields["text"].help_text = _(
                "Two or three sentences. Only the circle of the commitment reads them."
            )
            fields["readers"].choices = fields["readers"].choices[:1]
        if commitment.verifier:
            fields["asks_verification"].help_text = _(
                "We tell %(organization)s, which confirms it or returns it with remarks."
            ) % {"organization": escape(commitment.verifier.name)}
        self.commitment, self.last, self.corrects = commitment, last, corrects
        self.measured = list(commitment.indicators.all())
        standing = Measurement.objects.standing().filter(indicator__in=self.measured)
        self.standing = list(standing) if self.measured else []
        for indicator in self.measured:
            fields[f"figure_{indicator.pk}"] = _figure(indicator, self._replaced(indicator), corrects)
        if not self.measured:
            del fields["figures_on"], fields["figures_source"]

    def _replaced(self, indicator: Indicator) -> Measurement | None:
        """The figure that one of today, or of the corrected report, takes the place of."""
        rows = [row for row in self.standing if row.indicator_id == indicator.pk]
        return in_place_of(rows, timezone.localdate(), self.corrects)

    def asked(self, *, has_evidence: bool) -> list[Question]:
        """What this report is asked about before it goes, without what was confirmed with the button beside it."""
        data = self.said()
        told = Told(
            progress=data["progress"],
            asks_verification=data["asks_verification"],
            figures=data["figures"],
            day=data["figures_on"] or timezone.localdate(),
            has_evidence=has_evidence or bool(data["evidence_url"]),
            text=data["text"],
            corrects=self.corrects,
        )
        found = questions(self.commitment, self.measured, self.standing, told, self.last, timezone.now())
        confirmed = {*str(self.data.get("confirmed", "")).split(",")}
        return found if {each.code for each in found} - confirmed else []

    def figure_fields(self) -> list[Any]:
        return [self[f"figure_{indicator.pk}"] for indicator in self.measured]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("progress") is None and "progress" not in self.errors:
            if data.get("step"):
                data["progress"] = int(data["step"])
            elif "step" not in self.errors:
                self.add_error("step", _("Choose how far it is, or write a number."))
        return data

    def said(self) -> dict[str, Any]:
        """What the action asks for, but the files."""
        data = self.cleaned_data
        figures: dict[int, Decimal] = {
            indicator.pk: data[f"figure_{indicator.pk}"]
            for indicator in self.measured
            if data.get(f"figure_{indicator.pk}") is not None
        }
        return {
            "text": data["text"],
            "progress": data["progress"],
            "obstacles": data["obstacles"],
            "figures": figures,
            "figures_on": data.get("figures_on"),
            "figures_source": data.get("figures_source", ""),
            "evidence_url": data["evidence_url"],
            "asks_verification": data["asks_verification"],
            "corrects_id": self.corrects.pk if self.corrects else None,
            "key": data["key"],
            "after": data["after"] if "after" in self.data else None,
        }


class NothingNewForm(forms.Form):
    """One press is enough; the reason is welcome."""

    key = KeyField(required=False)
    why = forms.CharField(
        label=_("What stands in the way"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()}, auto_id="nada_%s", **kwargs)


class EvidenceForm(forms.Form):
    """One more piece: files, or an address."""

    bound_field_class = NeverOptional
    key = KeyField(required=False)
    uploads = FilesField(label=_("Files"), required=False)
    readers = readers()
    evidence_url = forms.URLField(
        label=_("Or an address on the internet"), max_length=500, required=False, assume_scheme="https",
        help_text=_("Anyone can see the address."),
    )  # fmt: skip

    def __init__(self, *args: Any, commitment: Commitment, **kwargs: Any) -> None:
        super().__init__(*args, initial={"key": uuid.uuid4()}, **kwargs)
        if commitment.is_casa_adentro:
            field: Any = self.fields["readers"]
            field.choices = field.choices[:1]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.files.getlist("uploads") and not data.get("evidence_url") and not self.errors:
            self.add_error("uploads", _("Choose a file or write an address."))
        return data


class PieceForm(forms.Form):
    """What a piece is, as whoever handed it in says."""

    bound_field_class = NeverOptional
    title = forms.CharField(label=_("What it shows"), max_length=200)
    type = forms.ChoiceField(label=_("What it is"), choices=Evidence.Type.choices)
    dated_on = forms.DateField(label=_("Date of the document or photo"), required=False, widget=DateInput)
    readers = readers()

    def __init__(self, *args: Any, piece: Evidence, **kwargs: Any) -> None:
        initial = {
            "title": piece.title,
            "type": piece.type,
            "dated_on": piece.dated_on,
            "readers": RESTRICTED if piece.is_restricted else PUBLIC,
        }
        super().__init__(*args, initial=initial, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["readers"].label = _("Who may open it")
        if piece.commitment.is_casa_adentro:
            fields["readers"].choices = fields["readers"].choices[:1]

    def said(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "title": data["title"],
            "type": data["type"],
            "dated_on": data["dated_on"],
            "is_restricted": data["readers"] != PUBLIC,
        }


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is taken back"), max_length=300,
        help_text=_("It stays in view instead of the piece: write no names."),
    )  # fmt: skip


def _figure(
    indicator: Indicator, replaced: Measurement | None, corrects: Report | None
) -> forms.DecimalField:
    """The unit stands beside the name and not in a sentence: it is written in the language of who promised."""
    hints = [_SO_FAR[indicator.formula]]
    if indicator.value is None:
        hints.append(_("There is no figure yet."))
    else:
        hints.append(_SAID[indicator.formula] % {"value": amount(indicator.value)})
    if indicator.target is not None:
        hints.append(_("The target is %(target)s.") % {"target": amount(indicator.target)})
    if replaced and (corrects or indicator.formula == Indicator.Formula.SUM):
        told = {"day": day_words(replaced.measured_on), "value": amount(replaced.value)}
        hints.append(_("Of %(day)s there is already %(value)s: what you write replaces it.") % told)
    return forms.DecimalField(
        label=f"{indicator.name} ({indicator.unit})" if indicator.unit else indicator.name,
        required=False,
        min_value=0,
        max_digits=16,
        decimal_places=2,
        help_text=" ".join(str(hint) for hint in hints),
        widget=forms.NumberInput(attrs={"inputmode": "decimal"}),
    )


_SO_FAR = {
    Indicator.Formula.LATEST.value: _("How much there is now."),
    Indicator.Formula.SUM.value: _("How much more since the last figure: they are added up."),
    Indicator.Formula.AVERAGE.value: _("The figure of this period."),
}
_SAID = {
    Indicator.Formula.LATEST.value: _("The last figure is %(value)s."),
    Indicator.Formula.SUM.value: _("So far %(value)s."),
    Indicator.Formula.AVERAGE.value: _("The average is %(value)s."),
}
