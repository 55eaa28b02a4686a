"""What a follow-up report is asked for: whose commitments, of which days, in which language."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.actor import ANONYMOUS, Actor
from coordination.commitments.account.scope import Scope
from coordination.commitments.queries import answers_for_any
from coordination.common.compiled import compiled
from coordination.common.dates import spoken
from coordination.common.forms import DateInput
from coordination.mesas.models import Mesa
from coordination.organizations.models import Organization
from coordination.sessions.models import Session
from coordination.taxonomies.models import Province, ThematicAxis

YEAR, MONTHS, SESSION, ALL = "year", "months", "session", "all"
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)


class AccountForm(forms.Form):
    """Read from the address. What cannot be used is said beside its field, and the report is not made."""

    mesa = forms.CharField(label=_("Mesa"), required=False, max_length=80)
    below = forms.BooleanField(label=_("with the mesas that are part of it"), required=False)
    responsible = forms.CharField(label=_("Responsible organization"), required=False, max_length=80)
    axis = forms.CharField(label=_("Thematic axis"), required=False, max_length=60)
    province = forms.CharField(label=_("Province"), required=False, max_length=10)
    period = forms.ChoiceField(
        label=_("Period"),
        required=False,
        choices=[
            ("", _("Between two dates, or everything")),
            (YEAR, _("This year")),
            (MONTHS, _("Last 12 months")),
            (SESSION, _("Since the last session of the mesa")),
            (ALL, _("Everything on record")),
        ],
    )
    full = forms.BooleanField(label=_("Include what only I may see"), required=False)

    def __init__(self, *args: Any, actor: Actor, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._actor, self._today = actor, today
        self.fields["from"] = forms.DateField(
            label=pgettext_lazy("period", "From"), required=False, widget=DateInput
        )
        self.fields["to"] = forms.DateField(
            label=pgettext_lazy("period", "To"), required=False, widget=DateInput
        )
        self.mesas = _mesas.rows(actor)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("from"), cleaned.get("to")
        for name, day in (("from", first), ("to", last)):
            if day and not EARLIEST <= day <= LATEST:
                self.add_error(name, _("Give a day between 1990 and 2100."))
        if first and last and last < first and not self.errors:
            self.add_error("to", _("The period ends before it begins. Exchange the two dates."))
        cleaned["seen_mesa"] = self._mesa(cleaned.get("mesa", ""))
        organizations = Organization.objects.visible_to(self._actor)
        for name, rows, column in (
            ("responsible", organizations, "slug"),
            ("axis", ThematicAxis.objects.all(), "code"),
            ("province", Province.objects.all(), "code"),
        ):
            cleaned[f"seen_{name}"] = self._one(name, rows, column)
        if cleaned.get("period") == SESSION and not cleaned["seen_mesa"]:
            self.add_error("period", _("Choose a mesa: the days begin with its last session."))
        return cleaned

    def _mesa(self, slug: str) -> Mesa | None:
        found = next((mesa for mesa in self.mesas if mesa.slug == slug), None)
        if slug and not found:
            self.add_error("mesa", _("There is no such one. Choose it from the list."))
        return found

    def _one(self, name: str, rows: Any, column: str) -> Any:
        """The row that was asked for. A report of everything is no answer to a name that was mistyped."""
        value = self.cleaned_data.get(name, "")
        found = rows.filter(**{column: value}).first() if value else None
        if value and not found:
            self.add_error(name, _("There is no such one. Choose it from the list."))
        return found

    def scope(self) -> Scope:
        """What a valid form asks for, in the language of the page. At most one query."""
        cleaned = self.cleaned_data
        full = bool(cleaned["full"]) and self._actor.is_signed_in
        scope = Scope(
            actor=self._actor if full else ANONYMOUS,
            today=self._today,
            language=spoken(),
            full=full,
            mesa=cleaned["seen_mesa"],
            below=cleaned["below"],
            organization=cleaned["seen_responsible"],
            axis=cleaned["seen_axis"],
            province=cleaned["seen_province"],
            period=cleaned["period"],
        )
        if scope.mesa:
            scope = replace(
                scope, mesa_ids=self._with_those_below(scope.mesa) if scope.below else (scope.mesa.pk,)
            )
        first, last = self._days(scope)
        return replace(scope, first=first, last=last)

    def _with_those_below(self, mesa: Mesa) -> tuple[int, ...]:
        """The mesa and all that are part of it, at any depth, of those that show to whoever asks."""
        found, known = [mesa.pk], {mesa.pk}
        for pk in found:
            below = [one.pk for one in self.mesas if one.parent_id == pk and one.pk not in known]
            known.update(below)
            found += below
        return tuple(found)

    def _days(self, scope: Scope) -> tuple[date | None, date | None]:
        today, cleaned = self._today, self.cleaned_data
        if scope.period == YEAR:
            return date(today.year, 1, 1), today
        if scope.period == MONTHS:
            return today - timedelta(days=365), today
        if scope.period == SESSION and scope.mesa:
            return self._last_session(scope) or today, today
        if scope.period == ALL:
            return None, None
        return cleaned.get("from"), cleaned.get("to")

    def _last_session(self, scope: Scope) -> date | None:
        """The day of the last session of the mesa that whoever reads the report may know of."""
        held = Session.objects.visible_to(scope.actor).filter(
            mesa=scope.mesa, starts_at__date__lte=self._today
        )
        held = held.exclude(state__in=[Session.State.CANCELLED, Session.State.DRAFT])
        last = held.order_by("-starts_at").first()
        return last.local_day if last else None


@compiled
def _answering(actor: Actor) -> Any:
    answering = Organization.objects.visible_to(actor).alias(has=answers_for_any(actor)).filter(has=True)
    return answering.order_by("plain_name").only("slug", "name_es", "name_en", "plain_name")


@compiled
def _mesas(actor: Actor) -> Any:
    rows = Mesa.objects.visible_to(actor).order_by("plain_name")
    return rows.only("pk", "slug", "name_es", "name_en", "parent_id", "visibility")


def choices(actor: Actor) -> list[tuple[str, str]]:
    """The organizations that answer for something the actor sees, for the list of the form. One query."""
    return [(one.slug, one.name) for one in _answering.rows(actor)]
