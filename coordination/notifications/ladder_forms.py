"""Fields of the ladder editor: a row a step, and for whom the preview is shown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext_lazy as _

from coordination.commitments.models import Commitment
from coordination.common.dates import short_date
from coordination.mesas import ladders
from coordination.notifications.preview import around_words, as_written, before_words
from coordination.sessions.models import Session

MOST_ROWS = 60  # rows a request may carry; more than a ladder holds, so that the refusal can count them
MINUTES = {"days": ladders.DAY, "hours": ladders.HOUR, "minutes": 1}


class StepForm(forms.Form):
    """One step. Left blank or ticked for removal it is none."""

    number = forms.IntegerField(
        label=_("Number"),
        required=False,
        min_value=0,
        widget=forms.NumberInput(attrs={"min": 0, "inputmode": "numeric", "size": 4}),
    )
    remove = forms.BooleanField(label=_("Remove"), required=False)

    def step(self) -> int | None:
        """Minutes before a session, or days from a due date."""
        raise NotImplementedError

    @staticmethod
    def row_of(step: int) -> dict[str, Any]:
        """The cells that say this step."""
        raise NotImplementedError

    def full_clean(self) -> None:
        """What is to be removed need not be right."""
        if self.is_bound and self.data.get(self.add_prefix("remove")):
            self._errors, self.cleaned_data = ErrorDict(renderer=self.renderer), {}
            return
        super().full_clean()


class BeforeForm(StepForm):
    """So long before a session."""

    unit = forms.ChoiceField(
        label=_("Unit"),
        choices=[("days", _("days before")), ("hours", _("hours before")), ("minutes", _("minutes before"))],
        initial="days",
    )

    def step(self) -> int | None:
        number, unit = self.cleaned_data.get("number"), self.cleaned_data.get("unit")
        return None if number is None or unit is None else number * MINUTES[unit]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        least, most = ladders.SESSION_MINUTES
        if data.get("number") is not None and "unit" in data and not least <= (self.step() or 0) <= most:
            self.add_error("number", _("Between 10 minutes and 365 days before the session."))
        return data

    @staticmethod
    def row_of(step: int) -> dict[str, Any]:
        number, unit = as_written(step)
        return {"number": number, "unit": unit}


class AroundForm(StepForm):
    """So many days before or after a due date, or on it."""

    unit = forms.ChoiceField(
        label=_("When"),
        choices=[("before", _("days before")), ("on", _("the very day")), ("after", _("days after"))],
        initial="before",
    )

    def step(self) -> int | None:
        number, unit = self.cleaned_data.get("number"), self.cleaned_data.get("unit")
        if unit == "on":
            return 0
        if number is None:
            return None
        return -number if unit == "before" else number

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        least, most = ladders.COMMITMENT_DAYS
        if data.get("number") is not None and "unit" in data and not least <= (self.step() or 0) <= most:
            self.add_error("number", _("At most 365 days before or after the due date."))
        return data

    @staticmethod
    def row_of(step: int) -> dict[str, Any]:
        if step == 0:
            return {"number": "", "unit": "on"}
        return {"number": abs(step), "unit": "before" if step < 0 else "after"}


class BaseLadder(forms.BaseFormSet):
    """The rows of one ladder."""

    def steps(self) -> list[int]:
        """What was written, in that order, equal ones too."""
        found = [form.step() for form in self.forms]
        return [step for step in found if step is not None]

    @property
    def is_readable(self) -> bool:
        """Every row is right, be they too many: a preview can be shown."""
        self.is_valid()
        return bool(self.forms) and not any(self.errors)

    def clean(self) -> None:
        if any(self.errors):
            return
        count = len(set(self.steps()))
        if count > ladders.MOST_STEPS:
            text = _("There are at most %(most)s reminders and here are %(count)s: remove %(rest)s.")
            most = ladders.MOST_STEPS
            raise forms.ValidationError(text % {"most": most, "count": count, "rest": count - most})


BeforeLadder = forms.formset_factory(
    BeforeForm, formset=BaseLadder, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
AroundLadder = forms.formset_factory(
    AroundForm, formset=BaseLadder, extra=0, max_num=MOST_ROWS, absolute_max=MOST_ROWS
)
LADDERS = {
    "session": (BeforeLadder, BeforeForm, ladders.before_a_session, before_words, ladders.SESSION_PRESETS),
    "commitment": (
        AroundLadder,
        AroundForm,
        ladders.around_a_due_date,
        around_words,
        ladders.COMMITMENT_PRESETS,
    ),
}


def posted(which: str, data: Mapping[str, Any]) -> BaseLadder:
    """The rows a person sent."""
    return cast(BaseLadder, LADDERS[which][0](data, prefix=which))


def written(which: str, steps: Sequence[int], blank: int = 1) -> BaseLadder:
    """The same rows for these steps, checked like sent ones, with empty ones at the end."""
    _factory, row, order, _words, _presets = LADDERS[which]
    rows = [row.row_of(step) for step in order(steps)]
    blanks = [{"number": "", "unit": row.base_fields["unit"].initial}] * blank
    data: dict[str, Any] = {f"{which}-INITIAL_FORMS": 0}
    for place, cells in enumerate([*rows[: MOST_ROWS - blank], *blanks]):
        data |= {f"{which}-{place}-{name}": str(value) for name, value in cells.items()}
        data[f"{which}-TOTAL_FORMS"] = place + 1
    return posted(which, data)


def twice(which: str, steps: Iterable[int]) -> list[str]:
    """The steps that were written more than once, in words."""
    seen: dict[int, int] = {}
    for step in steps:
        seen[step] = seen.get(step, 0) + 1
    return [LADDERS[which][3](step) for step, times in seen.items() if times > 1]


class AboutForm(forms.Form):
    """Whose reminders the preview shows. Empty or no longer there: an example."""

    session = forms.ChoiceField(label=_("What would be sent for"), required=False)
    commitment = forms.ChoiceField(label=_("What would be sent for"), required=False)

    def __init__(
        self, data: Mapping[str, Any], *, sessions: Iterable[Session], commitments: Iterable[Commitment]
    ) -> None:
        super().__init__(data)
        self.sessions = {str(session.public_id): session for session in sessions}
        self.commitments = {str(commitment.public_id): commitment for commitment in commitments}
        self.fields["session"].choices = [  # type: ignore[attr-defined]
            ("example", _("any session (an example)")),
            *((key, _session_label(session)) for key, session in self.sessions.items()),
        ]
        self.fields["commitment"].choices = [  # type: ignore[attr-defined]
            ("example", _("any commitment (an example)")),
            *((key, _commitment_label(commitment)) for key, commitment in self.commitments.items()),
        ]

    def chosen(self, name: str) -> str:
        """The key that was asked for, else the first real one, else the example."""
        asked = str(self.data.get(name, ""))
        rows = self.sessions if name == "session" else self.commitments
        return asked if asked in rows or asked == "example" else next(iter(rows), "example")


def _session_label(session: Session) -> str:
    day = session.local_day
    return f"{session.short_title}, {short_date(day)}" if day else session.short_title


def _commitment_label(commitment: Commitment) -> str:
    statement = commitment.statement if len(commitment.statement) <= 60 else f"{commitment.statement[:59]}…"
    day = f", {short_date(commitment.due_on)}" if commitment.due_on else ""
    return f"{commitment.code} {statement}{day}"
