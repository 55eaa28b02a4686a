"""What an item brought, in the words of the minutes: notes, statements, figures, outcomes and how they were agreed."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, npgettext, pgettext

from coordination.commitments.agenda.reviewing import by_reason, light_then
from coordination.commitments.models import Commitment, Indicator, Review
from coordination.common import dates
from coordination.minutes.gathering import Dealt
from coordination.minutes.recording import SaidFigure, SeatVote, Statement
from coordination.minutes.telling import (
    NOTHING,
    bullets,
    heading,
    hours,
    joined,
    labelled,
    lines,
    listed,
    notes,
    par,
    table,
)
from coordination.sessions.models import Outcome, Session

# What stands together under one heading, in this order.
HEADINGS = {
    Outcome.Kind.DECISION: lambda n: npgettext("minutes", "Decision", "Decisions", n),
    Outcome.Kind.RECOMMENDATION: lambda n: npgettext("minutes", "Recommendation", "Recommendations", n),
    Outcome.Kind.COMMITMENT: lambda n: npgettext("minutes", "Commitment", "Commitments", n),
    Outcome.Kind.EXPERIENCE: lambda n: npgettext("minutes", "Experience", "Experiences", n),
    Outcome.Kind.BOTTLENECK: lambda n: npgettext("minutes", "Critical knot", "Critical knots", n),
    Outcome.Kind.GOOD_PRACTICE: lambda n: npgettext("minutes", "Good practice", "Good practices", n),
    Outcome.Kind.LESSON: lambda n: npgettext("minutes", "Lesson learned", "Lessons learned", n),
    Outcome.Kind.CHALLENGE: lambda n: npgettext("minutes", "Challenge", "Challenges", n),
}


def public(dealt: Dealt, session: Session) -> SafeString:
    """What may stand in the public text of an open item."""
    outcomes = [row for row in dealt.outcomes if not row.is_reserved]
    said = [row for row in dealt.statements if not row.is_reserved]
    figures = [row for row in dealt.figures if not row.is_reserved]
    told = joined(
        [_dealt_with(dealt, session), reviewed(dealt), notes(dealt.notes), _statements(said, names=True), _figures(figures), _came_of(outcomes, names=True)]
    )  # fmt: skip
    return told or par(_("Nothing was recorded under this item."))


def reserved(dealt: Dealt, *, names: bool) -> SafeString:
    """What of an open item stands in the reserved text alone; nothing where there is none."""
    outcomes = [row for row in dealt.outcomes if row.is_reserved]
    said = [row for row in dealt.statements if row.is_reserved]
    figures = [row for row in dealt.figures if row.is_reserved]
    return joined(
        [notes(dealt.reserved_notes), _statements(said, names=names), _figures(figures), _came_of(outcomes, names=names)]
    )  # fmt: skip


def whole(dealt: Dealt, session: Session, *, names: bool) -> SafeString:
    """All of an item that was casa adentro."""
    told = joined(
        [
            _dealt_with(dealt, session),
            reviewed(dealt),
            notes(dealt.notes),
            notes(dealt.reserved_notes),
            _statements(dealt.statements, names=names),
            _figures(dealt.figures),
            _came_of(dealt.outcomes, names=names),
        ]
    )
    return told or par(_("Nothing was recorded under this item."))


def commitments(rows: Iterable[Commitment]) -> SafeString:
    """Code, statement, who answers, until when, how it is measured, who verifies."""
    head = [_("Code"), _("Commitment"), _("Responsible"), _("Due"), _("Indicator"), _("Verifies")]
    return table(
        head,
        [
            [
                row.code,
                row.statement,
                row.responsible.name if row.responsible else _("not on record"),
                dates.short_date(row.due_on) if row.due_on else _("not on record"),
                _indicator(row.indicators.all()),
                row.verifier.name if row.verifier else _("not on record"),
            ]
            for row in rows
        ],
    )


def _dealt_with(dealt: Dealt, session: Session) -> SafeString:
    """Who presented it and when, whether it goes on; of the generated item what it is."""
    item, told = dealt.item, []
    if item.is_generated:
        told.append(_how_many(dealt))
    if item.carried_from and not (
        item.carried_from.is_casa_adentro or item.carried_from.session.is_casa_adentro
    ):
        told.append(
            _("The item was taken up again from the %(session)s.")
            % {"session": item.carried_from.session.short_title}
        )
    if item.presenter:
        told.append(_("Presented by %(who)s.") % {"who": item.presenter})
    if told_hours := hours(item.started_at, item.ended_at, session):
        told.append(_("Dealt with: %(hours)s.") % {"hours": told_hours})
    if item.goes_on:  # type: ignore[attr-defined]
        told.append(_("The item goes on in a later session."))
    return par(" ".join(told))


def _how_many(dealt: Dealt) -> str:
    """What the generated item was: how many it reviewed, and about how many nobody answered."""
    if not dealt.reviews:
        return _("The mesa reviewed the state of its commitments.")
    count, silent = len(dealt.reviews), sum(one.was_silent for one in dealt.reviews)
    told = ngettext(
        "The mesa reviewed the state of %(n)s commitment.",
        "The mesa reviewed the state of %(n)s commitments.",
        count,
    ) % {"n": count}
    if not silent:
        return told
    return f"{told} " + ngettext(
        "About %(n)s of them the responsible organization was asked and did not answer.",
        "About %(n)s of them the responsible organizations were asked and did not answer.",
        silent,
    ) % {"n": silent}


def reviewed(dealt: Dealt) -> SafeString:
    """Which commitments were reviewed, by reason, as each stood then; and what other mesas asked and answered."""
    head = [_("Code"), _("Commitment"), _("Responsible"), _("Due"), _("How it stood")]
    told = []
    for reason, rows in by_reason(dealt.reviews):
        cells = [
            [
                one.commitment.code,
                one.commitment.statement,
                one.commitment.responsible.name if one.commitment.responsible else _("not on record"),
                dates.short_date(one.due_on) if one.due_on else _("not on record"),
                _stood(one),
            ]
            for one in rows
        ]
        told += [heading(str(reason.label)), table(head, cells)]
    asked = [
        _("%(mesa)s: %(title)s") % {"mesa": one.origin.name, "title": one.title} for one in dealt.received
    ]
    came_back = [
        _("%(mesa)s, about “%(title)s”: %(answer)s. %(words)s")
        % {
            "mesa": one.target.name,
            "title": one.title,
            "answer": one.get_answer_kind_display(),
            "words": one.answer,
        }
        for one in dealt.returned
    ]
    for title, lines_of in (
        (_("Issues that other mesas brought"), asked),
        (_("Answers of other mesas"), came_back),
    ):
        if lines_of:
            told += [heading(title), bullets(lines_of)]
    return joined(told)


def _stood(one: Review) -> str:
    """Vencido, 40 %. No respondió."""
    words = f"{light_then(one).label}, {one.progress} %"
    return f"{words}. {_('It was asked and did not answer.')}" if one.was_silent else words


def _statements(rows: list[Statement], *, names: bool) -> SafeString:
    if not rows:
        return NOTHING
    return joined(
        [heading(_("Statements")), *(labelled(_speaker(row) if names else "", row.text) for row in rows)]
    )


def _speaker(row: Statement) -> str:
    """Post and organization of that day: who spoke spoke for them. The name where neither is known."""
    organization = row.organization.name if row.organization else ""
    return ", ".join(part for part in (row.speaker_title, organization) if part) or row.speaker


def _figures(rows: list[SaidFigure]) -> SafeString:
    if not rows:
        return NOTHING
    told = []
    for row in rows:
        # "310 solicitudes" of "solicitudes recibidas" would say the word twice.
        unit = "" if row.label.casefold().startswith(row.unit.casefold()) else row.unit
        value = " ".join(part for part in (row.value, unit) if part)
        source = _("Source: %(source)s.") % {"source": row.source}
        told.append(format_html("<strong>{}</strong> {}. {}", value, row.label, source))
    return joined([heading(_("Figures named")), bullets(told)])


def _came_of(rows: list[Outcome], *, names: bool) -> SafeString:
    by_kind: dict[str, list[Outcome]] = defaultdict(list)
    for row in rows:
        by_kind[row.kind].append(row)
    told = []
    for kind, words in HEADINGS.items():
        if found := by_kind.get(kind):
            told += [heading(words(len(found))), bullets(_outcome(row, names) for row in found)]
    return joined(told)


def _outcome(row: Outcome, names: bool) -> SafeString:
    parts = [lines(row.text)]
    commitment = getattr(row, "commitment", None)
    if commitment:
        parts.append(format_html(" ({})", commitment.code))
    if how := _agreed(row, names):
        parts.append(format_html("<br><em>{}</em>", how))
    for one in row.reserves:  # type: ignore[attr-defined]
        who = one.organization.name if names else _("An organization")
        told = _("%(who)s has its reservation recorded:") % {"who": capfirst(who)}
        parts.append(format_html("<br>{} {}", told, lines(one.text)))
    return joined(parts)


def _agreed(row: Outcome, names: bool) -> str:
    """By consensus, with how many reservations; by vote with its totals and, named, the seats."""
    votes: list[SeatVote] = row.cast  # type: ignore[attr-defined]
    if row.agreement == Outcome.Agreement.VOTE or (votes and not row.agreement):
        return _voted(votes, names)
    if row.agreement != Outcome.Agreement.CONSENSUS:
        return ""
    count = len(row.reserves)  # type: ignore[attr-defined]
    if not count:
        return _("Agreed by consensus.")
    return ngettext(
        "Agreed by consensus, with %(n)s reservation.", "Agreed by consensus, with %(n)s reservations.", count
    ) % {"n": count}


def _voted(votes: list[SeatVote], names: bool) -> str:
    counts = Counter(vote.choice for vote in votes)
    choice = SeatVote.Choice
    words = _("Put to the vote: %(for)s in favour, %(against)s against, %(abstain)s abstentions.") % {
        "for": counts[choice.FOR], "against": counts[choice.AGAINST], "abstain": counts[choice.ABSTAIN],
    }  # fmt: skip
    if not names:
        return words
    for one, label in (
        (choice.FOR, pgettext("vote", "In favour")),
        (choice.AGAINST, pgettext("vote", "Against")),
        (choice.ABSTAIN, pgettext("vote", "Abstained")),
    ):
        who = [vote.organization.name for vote in votes if vote.choice == one]
        words += f" {label}: {listed(who)}." if who else ""
    return words


def _indicator(rows: Iterable[Indicator]) -> str:
    """What is measured, from where to where."""
    told = []
    for row in rows:
        goal = " ".join(part for part in (_number(row.target), row.unit) if part)
        told.append(f"{row.name}: {goal}" if goal else row.name)
    return "; ".join(told) or _("not on record")


def _number(value: object) -> str:
    text = "" if value is None else f"{value}"
    return text.rstrip("0").rstrip(".") if "." in text else text
