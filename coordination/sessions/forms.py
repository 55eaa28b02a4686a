"""Fields and messages. What is kept is the actions' business."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, cast

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from coordination.common.dates import WORDS, span, zone_exists, zone_name, zone_of
from coordination.common.forms import DateInput, TimeInput
from coordination.mesas.forms import CantonChoice
from coordination.mesas.models import Mesa
from coordination.organizations.models import Post
from coordination.sessions.actions.planning import EndsBeforeItStarts, NoOnlineLink, UnknownTimeZone
from coordination.sessions.models import AgendaItem, Block, Outcome, Session
from coordination.sessions.paper_queries import presenters
from coordination.sessions.program import is_struck_out, meetings, moved
from coordination.sessions.queries import overlapping
from coordination.sessions.rooms import Reservation, Room
from coordination.taxonomies.models import Canton, Province

FIRST_ZONES = ("America/Guayaquil", "Pacific/Galapagos")
# What the calendar can be counted in: time zones give up near the year 9999.
POSSIBLE = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2200, 12, 31))]
STRUCK_OUT = _("Clocks are put forward over this hour that day, so nobody can come to it. Write another one.")


class VersionedForm(forms.ModelForm):
    """A form on a shared text. After a stale answer it goes on from the version that stands."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def go_on_from(self, version: int) -> None:
        self.go_on_with("version", str(version))

    def go_on_with(self, name: str, value: str) -> None:
        data = cast(QueryDict, self.data).copy()
        data[name] = value
        self.data = data


class RoomChoice(forms.ModelChoiceField):
    def label_from_instance(self, room: Any) -> str:
        where = [room.name, room.canton.name if room.canton else ""]
        if room.capacity:
            where.append(ngettext("%(n)s person", "%(n)s people", room.capacity) % {"n": room.capacity})
        return ", ".join(part for part in where if part)


def offer_rooms(form: forms.ModelForm) -> None:
    """The choice is there where something can be chosen: without rooms on file the place is a text."""
    on_file = set(Room.objects.filter(is_active=True).values_list("is_online_account", flat=True))
    for name, online in (("room", False), ("online_account", True)):
        kept = form.initial.get(name)
        if kept or online in on_file:
            rooms = Room.objects.offered(online=online, also=kept)
            form.fields[name].queryset = rooms  # type: ignore[attr-defined]
        else:
            del form.fields[name]


class SessionForm(VersionedForm):
    """When, where and what about. Hours are those of the place, in the zone the form names."""

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
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        error_messages={"invalid_choice": UnknownTimeZone.default_message},
        help_text=_("Invitations and reminders say the hour in it."),
    )
    canton = CantonChoice(
        Canton.objects.select_related("province").order_by("name"),
        required=False,
        label=_("Canton"),
        empty_label=_("not chosen"),
    )
    room = RoomChoice(
        Room.objects.none(),
        required=False,
        label=_("Room"),
        empty_label=_("another place: write it below"),
        help_text=_(
            "It is held for this session, and its name, address and canton are written by themselves."
        ),
    )
    online_account = RoomChoice(
        Room.objects.none(),
        required=False,
        label=_("Online account"),
        empty_label=_("another one, or none"),
        help_text=_("It is held for this session: one account holds one meeting at a time."),
    )
    anyway = forms.CharField(widget=forms.HiddenInput, required=False)
    registration_closes_on = forms.DateField(
        label=_("Last day to name delegations"),
        widget=DateInput,
        required=False,
        validators=POSSIBLE,
        help_text=_("Left empty, delegations can be named until the session starts."),
    )

    class Meta:
        model = Session
        fields = [
            "kind", "topic", "modality", "room", "venue", "address", "canton", "capacity", "online_account",
            "online_url",
        ]  # fmt: skip
        labels = {"topic": _("Topic"), "capacity": _("People the room holds")}
        help_texts = {
            "topic": _("One line. It stands on the public page and in the invitations."),
            "venue": _("For example: Auditorio municipal."),
            "capacity": _("Empty: no limit. Once it is full, delegations can no longer add people."),
            "online_url": _(
                "Only those who confirm will see it. It can be added later, unless the session is online."
            ),
        }
        widgets = {
            "modality": forms.RadioSelect,
            "capacity": forms.NumberInput(attrs={"min": 1, "inputmode": "numeric"}),
        }

    def __init__(self, *args: Any, mesa: Mesa, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        session = self.instance
        zones = dict.fromkeys(
            [*FIRST_ZONES, *WORDS["es"].zones, session.time_zone if session.pk else mesa.time_zone]
        )
        self.fields["time_zone"].choices = [(zone, zone_name(zone)) for zone in zones if zone_exists(zone)]  # type: ignore[attr-defined]
        self.fields["kind"].choices = capital(Session.Kind.choices)  # type: ignore[attr-defined]
        self.fields["modality"].choices = capital(Session.Modality.choices)  # type: ignore[attr-defined]
        self.fields["modality"].consequences = {  # type: ignore[attr-defined]
            "in_person": _("People come to the room; attendance is taken at the door."),
            "online": _("Everybody joins by the link below."),
            "hybrid": _("Each organization says how it will come."),
        }
        offer_rooms(self)
        # Of several blocks each has its own hours: here they move together, to another day.
        self.blocks = list(session.blocks.all()) if session.pk else []
        if len(self.blocks) > 1:
            del self.fields["starts"], self.fields["ends"], self.fields["ends_on"]
            self.fields["day"].label = _("First day")
        if session.pk:
            self.initial |= self._hours()
        else:
            given = kwargs.get("initial") or {}
            self.initial |= {"time_zone": mesa.zone.key, "modality": Session.Modality.IN_PERSON} | given

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        day, starts, ends, zone = (data.get(name) for name in ("day", "starts", "ends", "time_zone"))
        if day and starts and ends and zone:
            data["starts_at"] = self._to_the_minute("starts_at", moment_of(day, starts, zone))
            data["ends_at"] = self._to_the_minute(
                "ends_at", moment_of(data.get("ends_on") or day, ends, zone)
            )
            for name in ("starts", "ends"):
                if is_struck_out(data[f"{name}_at"]):
                    self.add_error(name, STRUCK_OUT)
            if data["ends_at"].astimezone(UTC) <= data["starts_at"].astimezone(UTC):
                self.add_error("ends", EndsBeforeItStarts.default_message)
        elif day and zone and len(self.blocks) > 1:
            data["starts_at"], data["ends_at"] = (
                self._on_the_day(day, zone, moment)
                for moment in (self.instance.starts_at, self.instance.ends_at)
            )
        if data.get("modality") == Session.Modality.ONLINE and not data.get("online_url"):
            self.add_error("online_url", NoOnlineLink.default_message)
        return data

    def spans(self) -> list[tuple[datetime, datetime]]:
        """When people would meet."""
        data = self.cleaned_data
        if len(self.blocks) < 2:
            return [(data["starts_at"], data["ends_at"])]
        return [
            (
                self._on_the_day(data["day"], data["time_zone"], block.starts_at),
                self._on_the_day(data["day"], data["time_zone"], block.ends_at),
            )
            for block in meetings(self.blocks)
        ]

    def wanted(self) -> dict[str, Any]:
        """What ``schedule`` and ``edit`` take."""
        data = self.cleaned_data
        names = (
            "kind",
            *(["topic"] if "topic" in self.fields else []),
            "time_zone",
            "starts_at",
            "ends_at",
            "modality",
            "venue",
            "address",
            "capacity",
        )
        return {name: data[name] for name in names} | {
            "canton_id": data["canton"].pk if data["canton"] else None,
            "room_id": data["room"].pk if data.get("room") else None,
            "online_account_id": data["online_account"].pk if data.get("online_account") else None,
            "online_url": data["online_url"] or "",
            "registration_closes_at": self._registration_closes_at(),
        }

    def _registration_closes_at(self) -> datetime | None:
        """The end of that day, or the start of the session when it is the same day; as it was where it was not touched."""
        closes_on, data = self.cleaned_data.get("registration_closes_on"), self.cleaned_data
        kept = self.instance.registration_closes_at
        if not closes_on:
            return None
        if kept and "registration_closes_on" not in self.changed_data and kept <= data["starts_at"]:
            return kept
        end_of_day = moment_of(closes_on + timedelta(days=1), time(0), data["time_zone"])
        return data["starts_at"] if closes_on == data["day"] else end_of_day

    def _on_the_day(self, day: date, zone: str, moment: datetime) -> datetime:
        """Where a moment of the session comes to lie when it begins on that day: clocks stay as they are."""
        days = (day - self.instance.local_day).days
        return moved(moment, days=days, was=self.instance.zone, zone=zone_of(zone))

    def _to_the_minute(self, name: str, moment: datetime) -> datetime:
        """The stored moment where only its seconds differ: the control has none, and nobody moved anything."""
        stored = getattr(self.instance, name)
        return stored if stored and stored.replace(second=0, microsecond=0) == moment else moment

    def _hours(self) -> dict[str, Any]:
        session = self.instance
        starts, ends = session.starts_at.astimezone(session.zone), session.ends_at.astimezone(session.zone)
        closes = session.registration_closes_at
        return {
            "version": session.version,
            "time_zone": session.zone.key,
            "day": starts.date(),
            "starts": starts.time(),
            "ends": ends.time(),
            "ends_on": ends.date() if ends.date() != starts.date() else None,
            # Kept as the first instant of the next day; the form speaks of the last day.
            "registration_closes_on": (closes - timedelta(seconds=1)).astimezone(session.zone).date()
            if closes
            else None,
        }


class ClosureForm(forms.ModelForm):
    """When a room is closed. Inline forms leave the constraint unasked, for their room is not among their fields.

    The room's row is locked, as whoever reserves does: what is free here is still free when it is written.
    """

    class Meta:
        model = Reservation
        fields = ["starts_at", "ends_at", "reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("starts_at") and data.get("ends_at") and self.instance.room_id:
            Room.objects.select_for_update(no_key=True).get(pk=self.instance.room_id)
            held = Reservation.objects.filter(
                overlapping(data["starts_at"], data["ends_at"]), room=self.instance.room_id, is_held=True
            )
            if held.exclude(pk=self.instance.pk).exists():
                self.add_error("starts_at", _("The room is not available at that time."))
        return data


class ClosureFormSet(forms.BaseInlineFormSet):
    """The closures of one room, sent together."""

    def clean(self) -> None:
        super().clean()
        sent = [getattr(form, "cleaned_data", {}) for form in self.forms]
        times = sorted(
            (data["starts_at"], data["ends_at"])
            for data in sent
            if data.get("starts_at") and data.get("ends_at") and not data.get("DELETE")
        )
        if any(later[0] < earlier[1] for earlier, later in pairwise(times)):
            raise forms.ValidationError(_("Two closures overlap. Write one that covers both."))


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it is cancelled"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("It goes in the notice and stays on the session's page."),
    )


OPENS = _("Yes, open it: everybody who sees the session may see this from now on")


class AgendaItemForm(VersionedForm):
    """An item of the order of the day. Of the generated one only minutes and presenter can be changed.

    The presenter is a post of those at the table on that day, or words; words alone do for a guest.
    """

    presenter_post = forms.ModelChoiceField(
        Post.objects.select_related("organization"), label=_("Presented by"), required=False
    )

    opens = forms.BooleanField(required=False, label=OPENS)

    class Meta:
        model = AgendaItem
        fields = ["title", "kind", "minutes", "presenter_post", "presenter", "is_casa_adentro"]
        labels = {
            "is_casa_adentro": _("This item is casa adentro"),
            "title": _("Item"),
            "kind": _("Kind of item"),
            "minutes": _("Minutes"),
            "presenter": _("Or in words"),
        }
        help_texts = {
            "presenter": _(
                "For somebody who holds no post here. Left empty, the name of who holds the post on that day is kept."
            )
        }
        widgets = {"minutes": forms.NumberInput(attrs={"min": 1, "max": 600, "inputmode": "numeric"})}

    def __init__(self, *args: Any, session: Session, people: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.blocks = meetings(session.blocks.all())
        offer_closing(self, self.instance, session, people)
        if "is_casa_adentro" in self.fields and self.instance.is_generated:
            del self.fields["is_casa_adentro"]
        offered, groups = _posts(session, self.instance)
        posts: Any = self.fields["presenter_post"]
        posts.queryset = posts.queryset.filter(pk__in=offered)
        posts.choices = groups
        kinds = [choice for choice in AgendaItem.Kind.choices if choice[0] != AgendaItem.Kind.REVIEW]
        self.fields["kind"].choices = capital(kinds)  # type: ignore[attr-defined]
        self.fields["minutes"].min_value = 1  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["version"] = self.instance.version
        if self.instance.is_generated:
            del self.fields["title"], self.fields["kind"]
        if len(self.blocks) > 1 and not self.instance.is_generated:
            self.fields["block"] = forms.TypedChoiceField(
                label=_("Block"),
                coerce=int,
                initial=self.instance.block_id
                or next((block.pk for block in self.blocks if not block.is_casa_adentro), None),
                choices=_hours(session, self.blocks),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_unsaid_opening(self, data)
        return data

    def wanted(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "kind": data.get("kind", self.instance.kind),
            "title": data.get("title", self.instance.title),
            "minutes": data["minutes"],
            "presenter": data["presenter"],
            "presenter_post_id": data["presenter_post"].pk if data["presenter_post"] else None,
            "block_id": data.get("block"),
            "is_casa_adentro": data.get("is_casa_adentro", self.instance.is_casa_adentro),
        }


def offer_closing(form: VersionedForm, part: Block | AgendaItem, session: Session, people: int) -> None:
    """The switch that closes a part, with what follows from it; a closed session has none.

    ``people`` are those of the circle as far as the reader knows of them.
    """
    if session.is_casa_adentro:
        del form.fields["is_casa_adentro"], form.fields["opens"]
        return
    switch = form.fields["is_casa_adentro"]
    if people:
        told = ngettext(
            "Only the %(n)s person of the circle knows that it exists, with its papers and what comes of it. All "
            "others see the session without it.",
            "Only the %(n)s people of the circle know that it exists, with its papers and what comes of it. All others "
            "see the session without it.",
            people,
        )
        switch.help_text = told % {"n": people}
    else:
        switch.help_text = _(
            "Only its circle will know that it exists, with its papers and what comes of it. All others see the session "
            "without it. You are the first in the circle and let others in on its page."
        )
    # A bound form has not touched its instance yet: what stands on file decides whether something can be opened.
    if not (part.pk and part.is_casa_adentro):
        del form.fields["opens"]


def refuse_unsaid_opening(form: VersionedForm, data: dict[str, Any]) -> None:
    """Opening again is asked: who did not know of it will see it."""
    if "opens" in form.fields and not data.get("is_casa_adentro") and not data.get("opens"):
        form.add_error(
            "opens",
            _(
                "Everybody who sees the session will see this too, with its hours and its papers. Tick it to open it."
            ),
        )


def _posts(session: Session, item: AgendaItem) -> tuple[set[int], list[tuple[Any, Any]]]:
    """The posts at the table on the session's day, by organization; the one an item has stays on offer."""
    groups: list[tuple[Any, Any]] = [("", _("Nobody chosen"))]
    offered: set[int] = set()
    for organization, posts in presenters(session, timezone.localdate()):
        groups.append((organization.name, [(one.post_id, one.label) for one in posts]))
        offered |= {one.post_id for one in posts}
    if item.presenter_post_id and item.presenter_post_id not in offered:
        groups.append((item.presenter_post_id, item.presenter or str(item.presenter_post)))
        offered.add(item.presenter_post_id)
    return offered, groups


OUTCOME_CONSEQUENCES = {
    "decision": _("The mesa resolved it; it is binding from today."),
    "recommendation": _("The mesa advises it to somebody; nobody is bound."),
    "commitment": _("One organization answers for it by a date. Next you write who, what and until when."),
    "experience": _("Something an organization told that is worth keeping."),
    "bottleneck": _("What keeps things from moving, and where."),
    "good_practice": _("It worked and others can do it too."),
    "lesson": _("What one would do differently next time."),
    "challenge": _("What lies ahead and has no answer yet."),
}


class OutcomeForm(VersionedForm):
    class Meta:
        model = Outcome
        fields = ["kind", "text", "is_reserved"]
        labels = {
            "kind": _("What came of it"),
            "text": _("In its own words"),
            "is_reserved": _("Reserved: only in the reserved version of the minutes"),
        }
        widgets = {"kind": forms.RadioSelect, "text": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = capital(Outcome.Kind.choices)  # type: ignore[attr-defined]
        self.fields["kind"].consequences = OUTCOME_CONSEQUENCES  # type: ignore[attr-defined]
        if self.instance.pk:
            self.initial["version"] = self.instance.version


class CloseForm(forms.Form):
    result = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[("held", _("It was held")), ("failed", _("It failed"))],
        widget=forms.RadioSelect,
    )
    failure_note = forms.CharField(
        label=_("If it failed, why"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "It stands on the session's page. Where the quorum was missing, the register says who was not there."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].consequences = {  # type: ignore[attr-defined]
            "held": _("Its outcomes stand and its commitments are followed up."),
            "failed": _(
                "It is recorded that the mesa was called and did not meet in form, for example without quorum."
            ),
        }


class SessionFilter(forms.Form):
    """The filters of the list; they live in the address."""

    q = forms.CharField(label=_("Topic or mesa"), required=False, max_length=100)
    mesa = forms.ModelChoiceField(
        Mesa.objects.none(), to_field_name="slug", required=False, label=_("Mesa"), empty_label=_("any")
    )
    state = forms.ChoiceField(
        label=_("State"), choices=[("", _("any")), *Session.State.choices], required=False
    )
    province = forms.ModelChoiceField(
        Province.objects, to_field_name="code", required=False, label=_("Province"), empty_label=_("any")
    )
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1900, max_value=2200)
    when = forms.ChoiceField(
        choices=[("", ""), ("ahead", ""), ("past", "")], required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, mesas: QuerySet[Mesa], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mesa"].queryset = mesas  # type: ignore[attr-defined]


def _hours(session: Session, blocks: list[Block]) -> list[tuple[int, str]]:
    """The blocks an item can be in, told apart by their hours."""
    return [
        (block.pk, f"{block.name}, {span(block.starts_at, block.ends_at, session.zone.key)}")
        for block in blocks
    ]


def capital(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    return [(value, capfirst(label)) for value, label in choices]


def moment_of(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone_of(zone))
