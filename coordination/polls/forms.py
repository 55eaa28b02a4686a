"""Fields and messages. What is kept is the actions' business."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from coordination.common.dates import WORDS, span, zone_exists, zone_name, zone_of
from coordination.common.forms import DateInput, TimeInput
from coordination.mesas.models import Mesa, Seat
from coordination.polls.actions import NobodyToAsk
from coordination.polls.actions.asking import FEWEST, MOST
from coordination.polls.models import Ballot, DatePoll, Option, Vote
from coordination.sessions.forms import FIRST_ZONES

LAST_MINUTE = time(23, 59)
SHOWN = 6  # rows of dates before "more dates" is opened


class PollForm(forms.ModelForm):
    """What the session will be about, and until when one may answer. Hours are those of the zone the form names."""

    time_zone = forms.ChoiceField(label=_("Time zone"), help_text=_("Letters and pages say the hours in it."))
    closes_on = forms.DateField(
        label=_("Last day to answer"),
        widget=DateInput,
        help_text=_("Those who are silent are reminded two days before."),
    )
    must_attend = forms.MultipleChoiceField(
        label=_("Who must be able to come"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("A date on which one of these cannot come stands behind the others."),
    )
    accept_holidays = forms.BooleanField(label=_("Propose these dates all the same"), required=False)

    class Meta:
        model = DatePoll
        fields = ["topic", "kind", "minutes", "modality", "venue", "online_url", "message"]
        labels = {
            "topic": _("Topic"),
            "minutes": _("Length of the session, in minutes"),
            "modality": _("Modality"),
            "message": _("Message to the organizations"),
        }
        help_texts = {
            "topic": _("One line. It goes in the letters and becomes the topic of the session."),
            "venue": _("If it is known already. It can be changed in the session."),
            "online_url": _("Only for an online session. It is not in the letters of the poll."),
        }
        widgets = {
            "modality": forms.RadioSelect,
            "minutes": forms.NumberInput(attrs={"min": 15, "max": 1440, "step": 15, "inputmode": "numeric"}),
            "message": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, mesa: Mesa, seats: Sequence[Seat], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = dict.fromkeys([*FIRST_ZONES, *WORDS["es"].zones, mesa.time_zone])
        fields = cast(dict[str, Any], self.fields)
        fields["time_zone"].choices = [(zone, zone_name(zone)) for zone in zones if zone_exists(zone)]
        for name in ("kind", "modality"):
            fields[name].choices = [
                (value, capfirst(label)) for value, label in fields[name].choices if value
            ]
        fields["minutes"].min_value = 15
        fields["must_attend"].choices = [
            (str(seat.organization_id), seat.organization.name) for seat in seats
        ]
        self.initial.setdefault("time_zone", mesa.zone.key)
        self.initial.setdefault(
            "must_attend", [str(seat.organization_id) for seat in seats if seat.role == Seat.Role.CHAIR]
        )
        self.has_seats = bool(seats)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.has_seats:
            self.add_error(None, NobodyToAsk.default_message)
        return data

    def wanted(self, starts: list[datetime]) -> dict[str, Any]:
        """What ``open_poll`` takes."""
        data = self.cleaned_data
        names = ("kind", "topic", "modality", "time_zone", "minutes", "venue", "message")
        return {name: data[name] for name in names} | {
            "online_url": data["online_url"] or "",
            "closes_at": moment_at(data["closes_on"], LAST_MINUTE, data["time_zone"]),
            "must_attend_ids": [int(pk) for pk in data["must_attend"]],
            "starts": starts,
        }


class OptionForm(forms.Form):
    """One proposed date; an empty row is none."""

    day = forms.DateField(label=_("Day"), widget=DateInput)
    starts = forms.TimeField(label=_("Starts"), widget=TimeInput)


class _Dates(forms.BaseFormSet):
    def clean(self) -> None:
        if any(self.errors):
            return
        found = self.dates()
        if not len(found) >= FEWEST:
            raise forms.ValidationError(_("Propose at least two dates."))
        if len(set(found)) < len(found):
            raise forms.ValidationError(_("Two rows say the same day and hour. Change one of them."))

    def dates(self) -> list[tuple[date, time]]:
        rows = (form.cleaned_data for form in self.forms)
        return [(row["day"], row["starts"]) for row in rows if row.get("day") and row.get("starts")]


DatesFormSet = forms.formset_factory(
    OptionForm, formset=_Dates, extra=MOST, max_num=MOST, absolute_max=MOST, validate_max=True
)


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is withdrawn"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It goes in the letter to every organization that was asked."),
    )


class BallotForm(forms.Form):
    """Three choices for every date, who answers, and a remark."""

    name = forms.CharField(label=_("Who answers"), max_length=200, help_text=_("Your name and surname."))
    remark = forms.CharField(
        label=_("Remark for the secretariat"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, ballot: Ballot, options: Iterable[Option], given: dict[int, str], **kwargs: Any
    ) -> None:
        initial = {"name": ballot.answered_by, "remark": ballot.remark, "version": ballot.version}
        initial |= {f"o{pk}": answer for pk, answer in given.items()}
        super().__init__(*args, initial=initial, **kwargs)
        self.options = list(options)
        zone = ballot.poll.zone.key
        for option in self.options:
            self.fields[f"o{option.pk}"] = forms.ChoiceField(
                label=span(option.starts_at, option.ends_at, zone),
                # Where zone.js writes the reader's hour; empty for whoever reads in the poll's zone.
                help_text=format_html(
                    '<time datetime="{}" data-zone="{}"></time>', option.starts_at.isoformat(), zone
                ),
                choices=Vote.Answer.choices,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose one of the three.")},
            )
        self.order_fields([*(f"o{option.pk}" for option in self.options), "name", "remark", "version"])

    @property
    def date_fields(self) -> list[forms.BoundField]:
        return [self[f"o{option.pk}"] for option in self.options]

    def answers(self) -> dict[int, str]:
        return {option.pk: self.cleaned_data[f"o{option.pk}"] for option in self.options}

    def go_on_from(self, version: int) -> None:
        """After a stale answer the form goes on from what stands."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data


def moment_at(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone_of(zone))
