"""The fields of a block. What is kept is the actions' business."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy as _

from coordination.common.dates import zone_name
from coordination.common.forms import DateInput, TimeInput
from coordination.sessions.actions.blocks import BlockEndsBeforeItStarts
from coordination.sessions.forms import (
    OPENS,
    POSSIBLE,
    STRUCK_OUT,
    RoomChoice,
    VersionedForm,
    capital,
    moment_of,
    offer_closing,
    offer_rooms,
    refuse_unsaid_opening,
)
from coordination.sessions.models import Block, Session
from coordination.sessions.program import is_struck_out
from coordination.sessions.rooms import Room

KINDS = {
    Block.Kind.PLENARY: _("Everybody is in it. Attendance is taken and the quorum is counted."),
    Block.Kind.GROUP: _("Others may work beside it. Attendance is taken."),
    Block.Kind.BREAK: _("Nobody meets: no attendance, and no agenda items."),
}


# What tells what a block is about: the record's.
RECORDS = ("title", "audience_note", "audience", "is_casa_adentro", "opens")


class BlockForm(VersionedForm):
    """When, for whom and where. Hours are those of the session's zone; what is left empty is as the session's."""

    day = forms.DateField(label=_("Day"), widget=DateInput, validators=POSSIBLE)
    starts = forms.TimeField(label=_("Starts"), widget=TimeInput)
    ends = forms.TimeField(label=_("Ends"), widget=TimeInput)
    ends_on = forms.DateField(
        label=_("Last day"),
        widget=DateInput,
        required=False,
        validators=POSSIBLE,
        help_text=_("Only if it ends after midnight."),
    )
    room = RoomChoice(
        Room.objects.none(), required=False, label=_("Room"), empty_label=_("where the session is")
    )
    online_account = RoomChoice(
        Room.objects.none(), required=False, label=_("Online account"), empty_label=_("that of the session")
    )
    anyway = forms.CharField(widget=forms.HiddenInput, required=False)
    opens = forms.BooleanField(required=False, label=OPENS)

    class Meta:
        model = Block
        fields = [
            "title", "kind", "audience_note", "audience", "modality", "room", "venue", "online_account",
            "online_url", "capacity", "is_casa_adentro",
        ]  # fmt: skip
        labels = {
            "title": _("Title"),
            "kind": _("What kind of block is it?"),
            "audience_note": _("For whom, in words"),
            "audience": _("Sectors it is for"),
            "venue": _("Another place"),
            "online_url": _("Link of its own to join online"),
            "capacity": _("People the room holds"),
            "is_casa_adentro": _("This block is casa adentro"),
        }
        help_texts = {
            "title": _("For example: Mesa de protección. Left empty, it is called by its kind."),
            "audience_note": _("For example: delegations of the provinces. Left empty, it is for everybody."),
            "audience": _("Without a tick it is for all of them."),
            "venue": _("Left empty, it is where the session is."),
            "online_url": _("Only those who confirm will see it."),
        }
        widgets = {
            "kind": forms.RadioSelect,
            "audience": forms.CheckboxSelectMultiple,
            "capacity": forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        }

    def __init__(
        self, *args: Any, session: Session, people: int = 0, knows: bool = True, **kwargs: Any
    ) -> None:
        """``knows`` says whether the reader knows what is dealt with; the outer ring has hours and place alone."""
        super().__init__(*args, **kwargs)
        self.session = session
        offer_closing(self, self.instance, session, people)
        if not knows:
            for name in set(RECORDS) & set(self.fields):
                del self.fields[name]
        kind: Any = self.fields["kind"]
        kind.choices, kind.consequences = capital(Block.Kind.choices), KINDS
        self.fields["capacity"].validators.append(MinValueValidator(1))
        as_it = _("as the session: %(modality)s") % {"modality": session.get_modality_display()}
        self.fields["modality"].choices = [("", as_it), *Session.Modality.choices]  # type: ignore[attr-defined]
        self.fields["day"].help_text = _("The hours are those of the session, %(zone)s.") % {
            "zone": zone_name(session.time_zone)
        }
        offer_rooms(self)
        self.initial.update(version=session.version)
        if self.instance.pk:
            self.initial.update(self._hours())
        elif session.ends_at:
            # The next one begins where the last one ends; people change that less often than they type it.
            end = session.ends_at.astimezone(session.zone)
            self.initial.update(day=end.date(), starts=end.time())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_unsaid_opening(self, data)
        day, starts, ends = (data.get(name) for name in ("day", "starts", "ends"))
        if day and starts and ends:
            zone = self.session.zone.key
            found = {
                "starts": moment_of(day, starts, zone),
                "ends": moment_of(data.get("ends_on") or day, ends, zone),
            }
            for name, moment in found.items():
                if is_struck_out(moment):
                    self.add_error(name, STRUCK_OUT)
                stored = getattr(self.instance, f"{name}_at") if self.instance.pk else None
                same = stored is not None and stored.replace(second=0, microsecond=0) == moment
                data[f"{name}_at"] = stored if same else moment.astimezone(UTC)
            if data["ends_at"] <= data["starts_at"]:
                self.add_error("ends", BlockEndsBeforeItStarts.default_message)
        return data

    def spans(self) -> list[tuple[datetime, datetime]]:
        return [(self.cleaned_data["starts_at"], self.cleaned_data["ends_at"])]

    def wanted(self) -> dict[str, Any]:
        """What ``add_block`` and ``edit_block`` take."""
        data = self.cleaned_data
        names = (
            "title", "kind", "audience_note", "starts_at", "ends_at", "modality", "venue", "online_url", "capacity",
            "is_casa_adentro",
        )  # fmt: skip
        audience = data["audience"] if "audience" in data else self.instance.audience.all()
        return {name: data[name] if name in data else getattr(self.instance, name) for name in names} | {
            "online_url": data["online_url"] or "",
            "audience_ids": [sector.pk for sector in audience],
            "room_id": data["room"].pk if data.get("room") else None,
            "online_account_id": data["online_account"].pk if data.get("online_account") else None,
        }

    def _hours(self) -> dict[str, Any]:
        zone = self.session.zone
        starts, ends = self.instance.starts_at.astimezone(zone), self.instance.ends_at.astimezone(zone)
        return {
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time(),
            "ends_on": ends.date() if ends.date() != starts.date() else None,
        }
