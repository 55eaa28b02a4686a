"""A new day and hour for a whole session, which keeps its length."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from coordination.common.dates import zone_name
from coordination.common.forms import DateInput, TimeInput
from coordination.sessions.forms import VersionedForm
from coordination.sessions.models import Session
from coordination.sessions.program import Span, meetings, moved


class MoveForm(VersionedForm):
    """Hours are those of the place, in the session's zone. What the planner proposes stands in it, to be confirmed."""

    day = forms.DateField(
        label=_("New day"),
        widget=DateInput,
        validators=[
            MinValueValidator(date(2000, 1, 1), _("Write a day from 2000 to 2099.")),
            MaxValueValidator(date(2099, 12, 31), _("Write a day from 2000 to 2099.")),
        ],
    )
    starts = forms.TimeField(label=_("Starts"), widget=TimeInput)
    anyway = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Session
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, asked: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        starts = self.instance.starts_at.astimezone(self.instance.zone)
        self.initial.update(day=starts.date(), starts=starts.time(), version=self.instance.version)
        self.fields["starts"].help_text = zone_name(self.instance.zone.key)
        self.blocks = list(self.instance.blocks.all())
        if len(self.blocks) > 1:  # several move by whole days: each block keeps its clock
            self.fields["starts"].disabled = True
            asked = {name: value for name, value in (asked or {}).items() if name != "starts"}
        for name, value in (asked or {}).items():
            self._propose(name, value)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("day") and data.get("starts"):
            data["starts_at"], data["ends_at"] = self.hours(data["day"], data["starts"])
        return data

    def hours(self, day: Any, starts: Any) -> tuple[datetime, datetime]:
        """From when to when: as long on the wall clock as it was, for nine to noon is nine to noon."""
        session = self.instance
        wall = [
            at.astimezone(session.zone).replace(tzinfo=None) for at in (session.starts_at, session.ends_at)
        ]
        begins = datetime.combine(day, starts).replace(second=wall[0].second, microsecond=wall[0].microsecond)
        ends = begins + (wall[1] - wall[0])
        return begins.replace(tzinfo=session.zone), ends.replace(tzinfo=session.zone)

    def spans(self) -> list[Span]:
        """When people would meet."""
        data, zone = self.cleaned_data, self.instance.zone
        if len(self.blocks) < 2:
            return [(data["starts_at"], data["ends_at"])]
        days = (data["day"] - self.instance.local_day).days
        return [
            (
                moved(block.starts_at, days=days, was=zone, zone=zone),
                moved(block.ends_at, days=days, was=zone, zone=zone),
            )
            for block in meetings(self.blocks)
        ]

    def proposed(self) -> tuple[datetime, datetime] | None:
        """What stands in the form, where that is another moment than the session's."""
        if self.is_bound:
            found = (self.cleaned_data.get("starts_at"), self.cleaned_data.get("ends_at"))
            return found if all(found) and found[0] != self.instance.starts_at else None  # type: ignore[return-value]
        begins = self.hours(self.initial["day"], self.initial["starts"])
        return begins if abs(begins[0] - self.instance.starts_at) >= timedelta(minutes=1) else None

    def _propose(self, name: str, value: str) -> None:
        """A proposal that cannot be read is as if it were not there."""
        try:
            self.initial[name] = self.fields[name].clean(value) or self.initial[name]
        except forms.ValidationError:
            return
