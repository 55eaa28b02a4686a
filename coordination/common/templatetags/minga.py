"""What templates say: dates in words, icons, the geometry of two drawings, the same page in another language.

The words live in `coordination.common.dates`; the filters only read what a template hands them.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from math import cos, pi, sin
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages.storage.base import Message
from django.db.models import Model
from django.forms import BaseForm, BoundField
from django.template.context import RequestContext
from django.templatetags.static import static
from django.urls import translate_url
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from coordination.common import dates

register = template.Library()

register.filter("roman", lambda number: dates.roman(number) if number else "")
register.filter("zone_name", lambda zone: dates.zone_name(str(zone)))


@register.filter
def date_words(value: date | None) -> str:
    """martes 11 de julio de 2017"""
    return dates.date_words(_day(value)) if value else ""


@register.filter
def day_words(value: date | None) -> str:
    """11 de julio de 2017, without the weekday"""
    return dates.day_words(_day(value)) if value else ""


@register.filter
def short_date(value: date | None) -> str:
    """30 nov. 2026"""
    return dates.short_date(_day(value)) if value else ""


@register.filter
def moment(value: datetime | None, zone: str = "America/Guayaquil") -> str:
    """martes 1 de diciembre de 2026, 09:00, hora de Quito"""
    return dates.moment(value, str(zone)) if value else ""


@register.filter
def clock(value: datetime | None, zone: str = "America/Guayaquil") -> str:
    """09:00 in that zone"""
    return dates.clock(timezone.localtime(value, dates.zone_of(str(zone)))) if value else ""


@register.simple_tag
def span(start: datetime | None, end: datetime | None, zone: str = "America/Guayaquil") -> str:
    """martes 1 de diciembre de 2026, 09:00 a 13:00, hora de Quito"""
    return dates.span(start, end, str(zone)) if start else ""


@register.simple_tag
def days_span(first: date | None, last: date | None = None) -> str:
    """martes 11 de julio de 2017, for what is known only by its day"""
    return dates.days_span(first, last) if first else ""


@register.filter
def days_until(value: date | None, today: date | None = None) -> str:
    """en 9 días, mañana, hoy, hace 22 días. Today is the project's own day unless it is given."""
    return dates.relative_days(_day(value), _day(today) if today else timezone.localdate()) if value else ""


register.filter("ago", days_until)


@register.filter
def percent(value: float | None, total: float | None = None) -> str:
    """60 % of 60; of 3 and 5 too. Nothing of nothing is nothing, not zero."""
    if value is None or total == 0:
        return ""
    return dates.percent(value if total is None else 100 * value / total)


@register.filter
def in_language(value: Any) -> Any:
    """A text kept as {"es": …, "en": …}, in the language spoken now; other values as they are."""
    return value.get(dates.spoken()) or value.get("es", "") if isinstance(value, dict) else value


@register.filter
def tongue(value: Any, field: str = "name") -> str:
    """`lang="es"`, for the element around a text that is not kept in the language of the page; else nothing.

    Of a row, its translated field is asked. Anything else was written by people, whom nobody asks in which language:
    it is taken to be the installation's own. The database is not asked; WCAG 3.1.2 is why.
    """
    kept = _kept_in(value, field)
    return format_html(' lang="{}"', kept) if kept and kept != dates.spoken() else ""


@register.filter
def or_unknown(value: Any) -> Any:
    """The value, or *no consta* where nobody has the fact. A zero is a fact."""
    if value is None or value == "":
        return format_html('<span class="m-unknown">{}</span>', gettext("not on record"))
    return value


@register.filter
def words(value: str) -> list[str]:
    """The words of a string, to go through them in a template."""
    return str(value).split()


@register.filter
def initials(name: str) -> str:
    """RT for Rosa Tandazo, R for Rosa"""
    parts = [part for part in str(name).split("@")[0].split() if part[:1].isalpha()]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """A symbol of the sprite: beside a word, or with a label where it stands alone."""
    href = f"{static('icons.svg')}#{name}"
    if label:
        return format_html('<svg class="m-i" role="img" aria-label="{}"><use href="{}"/></svg>', label, href)
    return format_html('<svg class="m-i" aria-hidden="true"><use href="{}"/></svg>', href)


@register.simple_tag
def date_leaf(value: date) -> SafeString:
    """The calendar leaf beside a session. Its text stands in words next to it, so that it is hidden from readers."""
    day = _day(value)
    return format_html(
        '<div class="m-leaf" aria-hidden="true"><span>{}</span><b>{}</b>{}</div>',
        dates.short_month(day),
        day.day,
        dates.short_weekday(day),
    )


@register.simple_tag(takes_context=True)
def same_page(context: RequestContext, language: str) -> str:
    """This page's address in another language; its front page where this address has no twin."""
    request = context.get("request")
    if request is None:
        return f"/{language}/"
    here = request.get_full_path()
    there = translate_url(here, language)
    return there if there != here or here.startswith(f"/{language}/") else f"/{language}/"


@register.simple_tag(takes_context=True)
def current_section(context: RequestContext) -> str:
    """Which section of the navigation is current: what the view says, else the namespace of the address."""
    if isinstance(said := context.get("section"), str):
        return said
    match = getattr(context.get("request"), "resolver_match", None)
    if match is None:
        return ""
    if match.namespace == "attendees":
        return "sessions"
    return match.url_name if match.namespace == "portal" else match.namespace


@register.simple_tag(takes_context=True)
def other_filters(context: RequestContext) -> str:
    """The query of this page without its page number: what a link to the next page must keep."""
    request = context.get("request")
    if request is None:
        return ""
    query = request.GET.copy()
    query.pop("page", None)
    return str(query.urlencode())


@register.simple_tag
def undo_url(message: Message) -> str:
    """The address after "undo:" in a message's extra tags: posting there takes the act back."""
    tags = (message.extra_tags or "").split()
    return next((tag.removeprefix("undo:") for tag in tags if tag.startswith("undo:")), "")


@register.simple_tag
def form_problems(form: BaseForm | None) -> dict[str, Any] | None:
    """What the summary on top says, once a form: `{{ form }}` asks for it too and stays silent the second time."""
    if form is None or not form.is_bound or not form.errors or getattr(form, "summary_shown", False):
        return None
    form.summary_shown = True  # type: ignore[attr-defined]
    items = [{"target": "", "text": text} for text in form.non_field_errors()]
    missing = True
    for field in form:
        for error in form.errors.as_data().get(field.name, []):
            missing = missing and error.code == "required"
            for text in error.messages:
                items.append(
                    {"target": _target(field), "text": f"{capfirst(field.label)}: {_lower_first(text)}"}
                )
    return {"rows": items, "title": _problem_title(len(form.errors), bool(form.non_field_errors()), missing)}


@register.simple_tag
def share_parts(parts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Where each part of a share bar begins and how wide it is, in per cent. A part without rows draws nothing."""
    counted = [part for part in parts if part["count"]]
    total = sum(part["count"] for part in counted)
    drawn, x = [], 0.0
    for part in counted:
        width = 100 * part["count"] / total
        drawn.append(
            {"state": part["state"], "x": f"{x + 0.2:.2f}%", "width": f"{max(width - 0.4, 0.4):.2f}%"}
        )
        x += width
    return drawn


@register.simple_tag
def gauge_seats(sectors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The seats of the balance gauge around its table: solid from two on, ringed for one, dashed for none."""
    rows = list(sectors)
    seats = []
    for place, sector in enumerate(rows):
        angle = 2 * pi * place / len(rows) - pi / 2
        x, y, count = 100 + 76 * cos(angle), 100 + 76 * sin(angle), sector["count"]
        free = "is-free" if sector.get("is_free") else "is-missing"  # nobody is asked for there
        state = free if count == 0 else "is-thin" if count == 1 else ""
        seats.append(
            {"x": f"{x:.1f}", "y": f"{y:.1f}", "ty": f"{y + 6.3:.1f}", "count": count, "state": state}
        )
    return {
        "seats": seats,
        "filled": sum(1 for sector in rows if sector["count"]),
        "all": len(rows),
        "missing": [sector["label"] for sector in rows if not sector["count"]],
    }


@register.simple_tag
def balance_bars(balance: Any) -> dict[str, Any]:
    """Sectors and levels with the length of their bars, in per cent of the longest; and the seats of the round gauge."""
    most = balance.most or 1

    def rows(parts: Iterable[Any]) -> list[dict[str, Any]]:
        return [
            {
                "part": part,
                "now": f"{100 * part.called / most:.1f}",
                "then": f"{100 * (part.came or 0) / most:.1f}",
            }
            for part in parts
        ]

    seats = [
        {"label": one.name, "count": one.called, "is_free": not one.is_missing} for one in balance.sectors
    ]
    groups = [
        {"key": "sectors", "rows": rows(balance.sectors)},
        {"key": "levels", "rows": rows(balance.levels)},
    ]
    return {"groups": groups, "seats": seats}


def _kept_in(value: Any, field: str) -> str:
    """The language of a field of a row, or of a text. Empty for no text."""
    if not isinstance(value, Model):
        return settings.LANGUAGE_CODE if value else ""
    held = vars(value)
    for name in ("acronym", "name") if field == "short_name" else (field,):
        for language in (dates.spoken(), *settings.MODELTRANSLATION_FALLBACK_LANGUAGES):
            if held.get(f"{name}_{language}"):
                return str(language)
    return settings.LANGUAGE_CODE if held.get(field) else ""


def _problem_title(count: int, whole_form: bool, missing: bool) -> str:
    if whole_form:
        return gettext("It was not saved. Nothing you wrote has been lost.")
    if missing:
        what = ngettext("One answer is missing.", "%(count)s answers are missing.", count)
    else:
        what = ngettext("One answer needs correcting.", "%(count)s answers need correcting.", count)
    kept = gettext("Nothing has been lost.")
    return f"{what % {'count': count}} {kept}"


def _target(field: BoundField) -> str:
    """The control a link in the summary goes to; of several (radios, date and time) the first."""
    return field.id_for_label or f"{field.auto_id}_0"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def _day(value: date) -> date:
    if isinstance(value, datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value
