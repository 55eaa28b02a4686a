"""What the editor shows of each ladder: its rows, what they change and what they would send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from coordination.common.dates import date_words, moment
from coordination.mesas import ladders
from coordination.mesas.models import Mesa
from coordination.notifications import preview
from coordination.notifications.facts import commitment_facts, session_facts
from coordination.notifications.ladder_forms import LADDERS, AboutForm, BaseLadder, twice, written
from coordination.sessions.models import Session


@dataclass
class Part:
    """One of the two ladders with its preview; no preview while a row needs correcting."""

    which: str
    formset: BaseLadder
    is_unsaved: bool
    is_empty: bool
    merged: str
    choices: list[tuple[str, Any]]
    chosen: str
    happens: str
    preview: list[preview.Step] | None
    letter: str = ""  # which step is the letter to the head, in words
    is_reviewed: bool = False  # a line of the preview is the session that deals with it


def part_of(
    which: str, formset: BaseLadder, mesa: Mesa, about: AboutForm, ahead: Sequence[Session], now: datetime
) -> Part:
    """``ahead`` are the mesa's next sessions that the reader sees, the earliest first."""
    chosen, choices = about.chosen(which), about.fields[which].choices  # type: ignore[attr-defined]
    if not formset.is_readable:
        return Part(which, formset, True, False, "", choices, chosen, "", None)
    typed = formset.steps()
    again = twice(which, typed)
    steps = LADDERS[which][2](typed)
    saved, known = getattr(mesa, f"{which}_ladder"), getattr(mesa, f"{which}_ladder_since")
    since = ladders.moments(ladders.counted_from(saved, known, steps, now))
    blank = sum(form.step() is None for form in formset.forms)
    shown = written(which, steps, max(1, blank))
    shows = _session_preview if which == "session" else _commitment_preview
    happens, lines, reviewed = shows(about, steps, since, mesa, ahead, now)
    return Part(
        which,
        shown,
        set(steps) != set(saved),
        not steps,
        merged(again) if again else "",
        choices,
        chosen,
        happens,
        lines,
        _letter(which, steps),
        reviewed,
    )


def _session_preview(
    about: AboutForm,
    steps: list[int],
    since: dict[int, datetime],
    mesa: Mesa,
    ahead: Sequence[Session],
    now: datetime,
) -> tuple[str, list[preview.Step], bool]:
    session = about.sessions.get(about.chosen("session"))
    facts = session_facts(session.pk, now) if session else None
    if facts is None:
        facts, since = preview.example_session(steps, mesa.zone, now), {}
    starts = _("Starts on %(when)s.") % {"when": moment(facts.starts_at, facts.zone.key)}
    return starts, preview.session_steps(facts, steps, since, now), False


def _commitment_preview(
    about: AboutForm,
    steps: list[int],
    since: dict[int, datetime],
    mesa: Mesa,
    ahead: Sequence[Session],
    now: datetime,
) -> tuple[str, list[preview.Step], bool]:
    """With the first session once it is due in its place among the steps: it is reviewed there while it is open."""
    commitment = about.commitments.get(about.chosen("commitment"))
    facts = commitment_facts(commitment.pk, now) if commitment else None
    if facts is None or facts.due_on is None:
        facts, since, commitment = preview.example_commitment(steps, mesa.zone, now), {}, None
    due = _("Due on %(when)s.") % {"when": date_words(facts.due_on)} if facts.due_on else ""
    responsible = commitment.responsible if commitment else None
    lines = preview.commitment_steps(facts, steps, since, now, responsible=responsible)
    session = _reviewing(ahead, facts.due_on) if commitment else None
    if session and session.starts_at and lines:
        sentence = _(
            "If it is still open it stands in the first item of the %(session)s: the state of the commitments."
        )
        told = sentence % {"session": session.short_title}
        line = preview.line("session", 0, session.starts_at, "ahead", (), mesa.zone.key, told)
        lines = sorted([*lines, line], key=lambda one: one.due_at)
    return due, lines, session is not None


def _reviewing(ahead: Sequence[Session], due_on: date | None) -> Session | None:
    days = ((session, session.local_day) for session in ahead)
    return next((session for session, day in days if day and due_on and day >= due_on), None)


def _letter(which: str, steps: list[int]) -> str:
    step = ladders.letter_step(steps) if which == "commitment" else None
    return preview.around_words(step) if step is not None else ""


def merged(again: list[str]) -> str:
    return _("Written more than once, kept once: %(steps)s.") % {"steps": ", ".join(again)}
