"""The words of a follow-up report, in the language spoken now. A number never stands in a word: it has its own place."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from coordination.commitments.account.parts import Line, Table
from coordination.commitments.account.scope import (
    AGE_CODES,
    DISPUTED,
    EXTENDED,
    LATE,
    MET,
    NONE,
    NOT_MET,
    OBSTACLE,
    OLDER,
    ON_TIME,
    ONGOING,
    PARTLY,
    RETURNED,
    SILENT,
    SOURCED,
    UNDATED,
    UNKNOWN,
    UNSAID,
    WAITING,
    WITHDRAWN,
    Scope,
)
from coordination.common.dates import day_words, moment

Word = Callable[[], str]

STANDING: dict[str, Word] = {
    MET: lambda: _("Met, confirmed by another organization"),
    PARTLY: lambda: _("Partly met, confirmed by another organization"),
    SOURCED: lambda: _("Ended according to its source, confirmed by nobody on record"),
    WAITING: lambda: _("Reported as done, waiting for verification"),
    ON_TIME: lambda: pgettext("commitments", "On time"),
    LATE: lambda: pgettext("commitments", "Late"),
    NOT_MET: lambda: pgettext("commitments", "Not met"),
    DISPUTED: lambda: _("Disputed: both versions stand"),
    WITHDRAWN: lambda: _("Withdrawn, with its reason"),
    UNDATED: lambda: _("Agreed without a due date"),
    ONGOING: lambda: _("Known from its source, and not due yet"),
    UNKNOWN: lambda: _("The record does not say how it ended"),
}
# For the name of a column.
SHORT: dict[str, Word] = {
    MET: lambda: pgettext("commitments", "Met"),
    PARTLY: lambda: pgettext("commitments", "Partly met"),
    NOT_MET: lambda: pgettext("commitments", "Not met"),
}
GROUP: dict[str, Word] = {
    "verified": lambda: pgettext("commitments", "Verified"),
    WAITING: lambda: pgettext("commitments", "Waiting"),
    ON_TIME: lambda: pgettext("commitments", "On time"),
    LATE: lambda: pgettext("commitments", "Late"),
    NOT_MET: lambda: pgettext("commitments", "Not met"),
    "other": lambda: pgettext("commitments", "Other"),
}
REASON: dict[str, Word] = {
    SILENT: lambda: _("Silence: nothing has been reported"),
    RETURNED: lambda: _("It was reported as done, and returned by its verifier"),
    OBSTACLE: lambda: _("An obstacle was reported"),
    EXTENDED: lambda: _("Its date was extended and has passed again"),
    UNSAID: lambda: _("It was reported on, without naming an obstacle"),
}
GAP: dict[str, Word] = {
    "axis": lambda: _("Without a thematic axis"),
    "responsible": lambda: _("Without one responsible organization on record"),
    "due": lambda: _("Without a due date"),
    "indicator": lambda: _("Without an indicator"),
    "word": lambda: _("Ended according to its source, confirmed by nobody on record"),
    "historic": lambda: _("Taken from public sources, as they tell it"),
}
LISTED: dict[str, tuple[str, ...]] = {
    LATE: (LATE,),
    NOT_MET: (NOT_MET,),
    DISPUTED: (DISPUTED,),
    WAITING: (WAITING,),
    "verified": (MET, PARTLY),
    SOURCED: (SOURCED,),
    WITHDRAWN: (WITHDRAWN,),
    ON_TIME: (ON_TIME,),
    UNDATED: (UNDATED,),
    ONGOING: (ONGOING,),
    UNKNOWN: (UNKNOWN,),
}


def count() -> str:
    return _("Commitments")


def everything() -> str:
    return pgettext("commitments", "All")


def agreed() -> str:
    return _("Agreed in these days")


def capital(label: Any) -> str:
    return str(capfirst(str(label)))


def age(code: str) -> str:
    spans = {
        "30": _("up to 30 days"), "90": _("31 to 90 days"), "180": _("91 to 180 days"), "365": _("181 days to a year"),
        OLDER: _("more than a year"),
    }  # fmt: skip
    return spans[code]


def without(key: str) -> str:
    return {
        "sector": _("Not on record: no single responsible organization"),
        "axis": _("Not on record: without an axis"),
        "territory": _("The whole country, several provinces, or not on record"),
    }[key]


def table(key: str, columns: tuple[str, ...], lines: Iterable[Line]) -> Table:
    heading, meaning, first = _TABLES[key]()
    return Table(key, heading, meaning, (first, *columns), tuple(lines))


_TABLES: dict[str, Callable[[], tuple[str, str, str]]] = {
    "standings": lambda: (
        _("How they stand"),
        _("Each commitment stands on one line only, as it is on the day of this report."),
        _("State"),
    ),
    "flows": lambda: (
        _("What happened in these days"),
        _("What was agreed, and what was settled, between the two dates."),
        _("What happened"),
    ),
    "late": lambda: (
        _("Late, and why"),
        _("Past its due date and not reported as done. The first reason that applies is counted."),
        _("Reason on record"),
    ),
    "ages": lambda: (
        _("Since when"),
        _("Late: days since the due date. Waiting: days since it was reported as done."),
        _("Since"),
    ),
    "sector": lambda: (
        _("By sector of the responsible organization"),
        _("The sector of the one responsible organization."),
        _("Sector"),
    ),
    "axis": lambda: (_("By thematic axis"), _("The axis that the mesa gave the commitment."), _("Axis")),
    "territory": lambda: (_("By territory"), _("The province of the mesa."), _("Territory")),
    "verifiers": lambda: (
        _("Who verified: the second key"),
        _("The organization whose word settled it. It is never the responsible one."),
        _("Organization"),
    ),
    "supports": lambda: (
        _("Who finances or assists"),
        _(
            "Support on record for these commitments, their mesas and their sessions: how many entries of each kind."
        ),
        _("Organization"),
    ),
    "gaps": lambda: (
        _("Limits of the data"),
        _("What the record does not say of these commitments. One may stand on several lines."),
        _("What is missing"),
    ),
}


def listing(key: str) -> tuple[str, str]:
    heading = {"verified": _("Verified by another organization")}.get(key) or STANDING[key]()
    meaning = {
        LATE: _("Past the due date and not reported as done; those that have waited longest first."),
        NOT_MET: _("Another organization confirmed that it was not met."),
        DISPUTED: _("The responsible organization does not agree with the decision."),
        WAITING: _("The responsible organization says that it is done; another one has to confirm it."),
        "verified": _("Another organization confirmed it: the second key."),
        SOURCED: _("A public source says how it ended; no second organization is on record."),
        WITHDRAWN: _("The mesa decided that it no longer applies."),
        ON_TIME: _("Agreed, and the due date has not passed."),
        UNDATED: _("Agreed as an exception; its date is still to be set."),
        ONGOING: _("Historic records whose date is still to come."),
        UNKNOWN: _("Historic records whose sources do not tell their end."),
    }[key]
    return heading, meaning


def title(scope: Scope) -> str:
    of = subject(scope)
    return _("Follow-up report: %(of)s") % {"of": of} if of else _("Follow-up report on commitments")


def subject(scope: Scope) -> str:
    named = [scope.organization, scope.mesa, scope.axis, scope.province]
    return ", ".join(one.name for one in named if one is not None)


def facts(scope: Scope, now: datetime) -> tuple[tuple[str, str], ...]:
    """What the report is about, as pairs; in the order of the form."""
    mesa = scope.mesa.name if scope.mesa else ""
    if scope.mesa and scope.below:
        mesa = _("%(mesa)s, with the mesas that are part of it") % {"mesa": mesa}
    rows = [
        (_("Mesa"), mesa or _("All")),
        (_("Responsible organization"), scope.organization.name if scope.organization else ""),
        (_("Thematic axis"), scope.axis.name if scope.axis else ""),
        (_("Province"), scope.province.name if scope.province else ""),
        (_("Period"), period(scope)),
        (_("Includes"), _("what whoever asked for it may see") if scope.full else _("what anyone may see")),
        (_("Made on"), moment(now, settings.TIME_ZONE)),
    ]
    return tuple((label, text) for label, text in rows if text)


def period(scope: Scope) -> str:
    if scope.first and scope.last:
        return _("from %(first)s to %(last)s") % {
            "first": day_words(scope.first),
            "last": day_words(scope.last),
        }
    if scope.first:
        return _("since %(first)s") % {"first": day_words(scope.first)}
    if scope.last:
        return _("until %(last)s") % {"last": day_words(scope.last)}
    return _("everything on record")


def definitions() -> tuple[tuple[str, str], ...]:
    return (
        (
            _("Counted"),
            _("Commitments that a mesa agreed. Proposals that never passed the quality gate are not."),
        ),
        (
            _("The days"),
            _(
                "With dates, a commitment counts when it was agreed by the last day and not settled before the first; a historic record, when it was agreed or fell due between them."
            ),
        ),
        (
            _("State"),
            _("The state of the day on which the report was made, also when its dates lie further back."),
        ),
        (
            pgettext("commitments", "Verified"),
            _("An organization other than the responsible one confirmed it: the second key."),
        ),
        (
            pgettext("commitments", "Late"),
            _("The due date passed and the responsible organization has not reported it as done."),
        ),
        (
            _("Not on record"),
            _("Nobody wrote it down or the source does not say. It is never taken for zero."),
        ),
    )


def nowhere() -> str:
    return _("not on record")


# The parts of a query that say what a number wants.
WANTED = ("standing", "sector", "by_axis", "territory", "age", "why", "in", "gap", "verifier")


def wanted(asked: Mapping[str, str], names: Callable[[], Any]) -> tuple[str, ...]:
    """What the rows of a list have in common, in words; the names are only asked for where they are said."""
    found: list[str] = []
    told: list[tuple[str, Mapping[str, Word]]] = [
        ("standing", {"verified": GROUP["verified"], "other": GROUP["other"], **STANDING}),
        ("why", REASON),
        ("gap", GAP),
    ]
    for name, texts in told:
        if say := texts.get(asked.get(name, "")):
            found.append(say())
    if asked.get("age") in AGE_CODES:
        found.append(age(asked["age"]))
    if asked.get("in") in ("agreed", "settled"):
        found.append(agreed() if asked["in"] == "agreed" else _("Settled in these days"))
    for name, key, column in (
        ("sector", "sector", "sectors"),
        ("by_axis", "axis", "axes"),
        ("territory",) * 2 + ("provinces",),
    ):
        value = asked.get(name, "")
        if value == NONE:
            found.append(without(key))
        elif (
            value.isascii()
            and value.isdigit()
            and (told_name := getattr(names(), column).get(int(value[:9])))
        ):
            found.append(told_name)
    return tuple(found)


def heads() -> dict[str, str]:
    """The words of the frame: the same on the page and on every paper."""
    return {
        "summary": _("In short"),
        "code": _("Code"),
        "commitment": _("Commitment and responsible organization"),
        "what": _("Commitment"),
        "who": _("Responsible"),
        "due": _("Due"),
        "told": _("What the record says"),
        "definitions": _("How to read this report"),
        "more": _("and %(n)s more"),
    }


def foot(made_at: datetime) -> str:
    return _("Follow-up report, made on %(moment)s.") % {"moment": moment(made_at, settings.TIME_ZONE)}
