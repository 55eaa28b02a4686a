"""The paragraph of a follow-up report, to be read aloud: whole sentences, made of the figures."""

import re
from collections.abc import Iterable, Mapping

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coordination.commitments.account.scope import (
    DISPUTED,
    LATE,
    MET,
    NOT_MET,
    OBSTACLE,
    ON_TIME,
    ONGOING,
    PARTLY,
    RETURNED,
    SILENT,
    SOURCED,
    UNKNOWN,
    WAITING,
    WITHDRAWN,
    Scope,
)
from coordination.commitments.account.words import period, subject
from coordination.common.dates import day_words

PLACE = re.compile(r"\{(\w+)\}")


def pieces(sentence: str) -> Iterable[tuple[str, bool]]:
    """The sentence in pieces; True for the name of what stands in that place."""
    for place, piece in enumerate(PLACE.split(sentence)):
        if piece:
            yield piece, place % 2 == 1


def sentences(
    scope: Scope, n: Mapping[str, int], oldest: int, supporters: int, money: tuple[str, ...]
) -> Iterable[tuple[str, dict[str, str]]]:
    """The paragraph, sentence by sentence, to be read aloud. Names and dates come apart: nobody's name is a pattern."""
    texts = {
        "subject": subject(scope),
        "period": _when(scope),
        "today": day_words(scope.today),
        "oldest": ngettext("%(n)s day", "%(n)s days", oldest) % {"n": oldest},
        "supporters": str(supporters),
    }
    yield _opening(scope, n["total"]), texts
    if not n["total"]:
        return
    if scope.has_period and n["agreed"]:
        yield (
            ngettext(
                "{agreed} was agreed in these days.", "{agreed} were agreed in these days.", n["agreed"]
            ),
            texts,
        )
    yield from ((sentence, texts) for sentence in _told(n))
    if supporters:
        yield (
            ngettext(
                "{supporters} organization finances or assists.",
                "{supporters} organizations finance or assist.",
                supporters,
            ),
            texts,
        )


def _when(scope: Scope) -> str:
    if scope.first and scope.last:
        return _("Between %(first)s and %(last)s") % {
            "first": day_words(scope.first),
            "last": day_words(scope.last),
        }
    return str(capfirst(period(scope))) if scope.has_period else _("In all")


def _opening(scope: Scope, total: int) -> str:
    if not total:
        return (
            _("{period}, no commitment of {subject} is on record.")
            if subject(scope)
            else _("{period}, no commitment is on record.")
        )
    if scope.organization:
        said = ngettext(
            "{period}, {subject} is responsible for {total} commitment.",
            "{period}, {subject} is responsible for {total} commitments.",
            total,
        )
    elif subject(scope):
        said = ngettext(
            "{period}, {subject} has {total} commitment to follow up.",
            "{period}, {subject} has {total} commitments to follow up.",
            total,
        )
    else:
        said = ngettext(
            "{period}, the mesas have {total} commitment to follow up.",
            "{period}, the mesas have {total} commitments to follow up.",
            total,
        )
    return f"{said} {_('This is how they stand on {today}.')}"


def _told(n: Mapping[str, int]) -> Iterable[str]:
    if n[MET]:
        yield ngettext(
            "Another organization confirmed that {met} was met.",
            "Another organization confirmed that {met} were met.",
            n[MET],
        )
    if n[MET] and n[PARTLY]:
        yield ngettext("{partly_met} was met in part.", "{partly_met} were met in part.", n[PARTLY])
    elif n[PARTLY]:
        yield ngettext(
            "Another organization confirmed that {partly_met} was met in part.",
            "Another organization confirmed that {partly_met} were met in part.",
            n[PARTLY],
        )
    if not n["verified"]:
        yield _("None has been confirmed by another organization yet.")
    if n[SOURCED]:
        yield ngettext(
            "Of {sourced} only its source says how it ended.",
            "Of {sourced} only their sources say how they ended.",
            n[SOURCED],
        )
    if n[WAITING]:
        yield ngettext(
            "{waiting} is reported as done and waits for that confirmation.",
            "{waiting} are reported as done and wait for that confirmation.",
            n[WAITING],
        )
    if n[ON_TIME]:
        yield ngettext("{on_time} is on time.", "{on_time} are on time.", n[ON_TIME])
    yield from _told_late(n)
    if n[NOT_MET]:
        yield ngettext("{not_met} was not met.", "{not_met} were not met.", n[NOT_MET])
    if n[DISPUTED]:
        yield ngettext(
            "{disputed} is disputed, and both versions stand.",
            "{disputed} are disputed, and both versions stand.",
            n[DISPUTED],
        )
    if n[WITHDRAWN]:
        yield ngettext(
            "{withdrawn} was withdrawn with its reason.",
            "{withdrawn} were withdrawn with their reasons.",
            n[WITHDRAWN],
        )
    if n[ONGOING]:
        yield ngettext(
            "{ongoing}, known from a public source, is not due yet.",
            "{ongoing}, known from public sources, are not due yet.",
            n[ONGOING],
        )
    if n[UNKNOWN]:
        yield ngettext(
            "Of {unknown}, known from public sources, the record does not say how it ended.",
            "Of {unknown}, known from public sources, the record does not say how they ended.",
            n[UNKNOWN],
        )


def _told_late(n: Mapping[str, int]) -> Iterable[str]:
    if not n[LATE]:
        yield _("None is late.")
        return
    yield ngettext("{late} is late, for {oldest}.", "{late} are late, the oldest one for {oldest}.", n[LATE])
    if n[SILENT]:
        yield ngettext(
            "Of {silent} of them nothing has been reported.",
            "Of {silent} of them nothing has been reported.",
            n[SILENT],
        )
    if n[RETURNED]:
        yield ngettext(
            "{returned} was reported as done and returned by its verifier.",
            "{returned} were reported as done and returned by their verifiers.",
            n[RETURNED],
        )
    if n[OBSTACLE]:
        yield ngettext("{obstacle} names an obstacle.", "{obstacle} name an obstacle.", n[OBSTACLE])
