"""Dates in words, with their zone, in the reader's language. Pages, mails and calendars say them alike.

The words are tables here and not catalogue entries: a date is a rule (order, article, "de"), and a letter must be
able to say it in the recipient's language whatever the request speaks. A language without a table speaks Spanish.
"""

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import translation

NBSP = "\N{NO-BREAK SPACE}"
MONTHS_IN_FULL_UNTIL = 100  # below this many days the count of days is what people act on


class Words(NamedTuple):
    days: tuple[str, ...]
    months: tuple[str, ...]
    short_days: tuple[str, ...]
    short_months: tuple[str, ...]
    zones: dict[str, str]


WORDS = {
    "es": Words(
        days=("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
        months=(
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ),
        short_days=("lun.", "mar.", "mié.", "jue.", "vie.", "sáb.", "dom."),
        short_months=(
            "ene.",
            "feb.",
            "mar.",
            "abr.",
            "may.",
            "jun.",
            "jul.",
            "ago.",
            "sep.",
            "oct.",
            "nov.",
            "dic.",
        ),
        zones={
            "America/Guayaquil": "Quito",
            "Pacific/Galapagos": "Galápagos",
            "America/Bogota": "Bogotá",
            "America/New_York": "Nueva York",
            "America/Mexico_City": "Ciudad de México",
            "America/Sao_Paulo": "São Paulo",
            "America/Panama": "Panamá",
            "Europe/Zurich": "Zúrich",
            "Europe/London": "Londres",
            "Europe/Rome": "Roma",
            "Europe/Brussels": "Bruselas",
        },
    ),
    "en": Words(
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        months=(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ),
        short_days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        short_months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
        zones={
            "America/Guayaquil": "Quito",
            "Pacific/Galapagos": "Galápagos",
            "America/Bogota": "Bogotá",
            "America/Sao_Paulo": "São Paulo",
        },
    ),
}


def spoken(language: str | None = None) -> str:
    """The language whose words are used: the one asked for, else the active one, else Spanish."""
    code = (language or translation.get_language() or "es").split("-")[0]
    return code if code in WORDS else "es"


def date_words(day: date, language: str | None = None) -> str:
    """martes 11 de julio de 2017 · Tuesday 11 July 2017"""
    return f"{_weekday(day, language)} {day_words(day, language)}"


def day_words(day: date, language: str | None = None) -> str:
    """11 de julio de 2017 · 11 July 2017"""
    code = spoken(language)
    month = WORDS[code].months[day.month - 1]
    return f"{day.day} {month} {day.year}" if code == "en" else f"{day.day} de {month} de {day.year}"


def near_day(day: date, today: date, language: str | None = None) -> str:
    """lunes 9 de marzo · Monday 9 March: what lies within the year, where people think in weekdays."""
    if day.year != today.year:
        return date_words(day, language)
    code = spoken(language)
    month = WORDS[code].months[day.month - 1]
    return f"{_weekday(day, language)} {day.day}{' ' if code == 'en' else ' de '}{month}"


def short_date(day: date, language: str | None = None) -> str:
    """30 nov. 2026 · 30 Nov 2026: for tables, never alone in a letter."""
    return f"{day.day} {short_month(day, language)} {day.year}"


def short_month(day: date, language: str | None = None) -> str:
    return WORDS[spoken(language)].short_months[day.month - 1]


def short_weekday(day: date, language: str | None = None) -> str:
    return WORDS[spoken(language)].short_days[day.weekday()]


def clock(at: datetime) -> str:
    """09:00. The hour as it stands in the datetime's own zone."""
    return f"{at:%H:%M}"


def zone_exists(zone: str) -> bool:
    """Whether the zone is in the data of time zones now: names are given up, and old rows keep them."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # gone; not a name at all; a folder of names
        return False
    return True


def zone_of(zone: str) -> ZoneInfo:
    """The zone of that name; the project's own where it no longer exists, so that nobody goes unreminded for it.

    Whoever keeps the row is told: ``zone_is_gone`` of a mesa or session.
    """
    return ZoneInfo(zone if zone_exists(zone) else settings.TIME_ZONE)


def zone_name(zone: str, language: str | None = None) -> str:
    """hora de Quito · Quito time, of the zone really used. A zone without an entry is called by its city."""
    code, zone = spoken(language), zone_of(zone).key
    if zone in ("UTC", "Etc/UTC"):
        return "hora universal (UTC)" if code == "es" else "universal time (UTC)"
    city = WORDS[code].zones.get(zone) or zone.rsplit("/", 1)[-1].replace("_", " ")
    return f"{city} time" if code == "en" else f"hora de {city}"


def moment(at: datetime, zone: str, language: str | None = None) -> str:
    """martes 1 de diciembre de 2026, 09:00, hora de Quito. `at` must know its zone."""
    local = _local(at, zone)
    return f"{date_words(local, language)}, {clock(local)}, {zone_name(zone, language)}"


def span(start: datetime, end: datetime | None, zone: str, language: str | None = None) -> str:
    """…, 09:00 a 13:00, hora de Quito; over midnight or several days both days are named."""
    if end is None or end == start:
        return moment(start, zone, language)
    english, first, last = spoken(language) == "en", _local(start, zone), _local(end, zone)
    if first.date() == last.date():
        to = "to" if english else "a"
        hours = f"{clock(first)} {to} {clock(last)}"
        return f"{date_words(first, language)}, {hours}, {zone_name(zone, language)}"
    begins = f"{date_words(first, language)}, {clock(first)}"
    ends = f"{date_words(last, language)}, {clock(last)}"
    both = f"from {begins}, to {ends}" if english else f"del {begins}, al {ends}"
    return f"{both}, {zone_name(zone, language)}"


def days_span(first: date, last: date | None, language: str | None = None) -> str:
    """martes 11 de julio de 2017; over several days both are named. For records without hours."""
    if last is None or last == first:
        return date_words(first, language)
    begins, ends = date_words(first, language), date_words(last, language)
    return f"from {begins} to {ends}" if spoken(language) == "en" else f"del {begins} al {ends}"


def relative_days(day: date, today: date, language: str | None = None) -> str:
    """hoy, mañana, ayer, en 9 días, hace 22 días; from 100 days on in months, from two years on in years."""
    english, distance = spoken(language) == "en", (day - today).days
    near = {
        0: ("hoy", "today"),
        1: ("mañana", "tomorrow"),
        -1: ("ayer", "yesterday"),
    }
    if distance in near:
        return near[distance][english]
    count = abs(distance)
    if count < MONTHS_IN_FULL_UNTIL:
        amount = f"{count} days" if english else f"{count} días"
    elif count < 730:
        amount = f"{count // 30} months" if english else f"{count // 30} meses"
    else:
        amount = f"{count // 365} years" if english else f"{count // 365} años"
    if english:
        return f"in {amount}" if distance > 0 else f"{amount} ago"
    return f"en {amount}" if distance > 0 else f"hace {amount}"


def roman(number: int) -> str:
    """XXI for 21: how sessions are numbered in public. Beyond 3999, where Romans had no plain sign, 4000 stays 4000."""
    if number < 1:
        raise ValueError("Sessions are numbered from 1.")
    if number > 3999:
        return str(number)
    signs = (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"),
        (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    )  # fmt: skip
    written = ""
    for value, sign in signs:
        times, number = divmod(number, value)
        written += sign * times
    return written


def percent(value: float, language: str | None = None) -> str:
    """60 % with a space that does not break, 12,5 % with a comma; 60% and 12.5% in English."""
    figure = f"{value:.1f}".removesuffix(".0")
    return f"{figure}%" if spoken(language) == "en" else f"{figure.replace('.', ',')}{NBSP}%"


def _weekday(day: date, language: str | None) -> str:
    return WORDS[spoken(language)].days[day.weekday()]


def _local(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise ValueError("A moment needs its zone: a naive datetime says two things at once.")
    return at.astimezone(zone_of(zone))
