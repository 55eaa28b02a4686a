"""The sheet for the room: what the session reviews under its first item, on paper. Tagged PDF, nothing stored."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.commitments.agenda import reviewing
from coordination.commitments.models import Referral
from coordination.common import dates
from coordination.documents.typst import render
from coordination.sessions.models import Session

FILE_NAME = "estado-de-los-compromisos.pdf"  # of every session alike
TEMPLATES = ("es", "en")


def sheet(session: Session, *, actor: Actor, now: datetime, language: str) -> bytes:
    """With what this reader may see. Raises NotRendered."""
    with translation.override(language if language in TEMPLATES else TEMPLATES[0]):
        return render(f"{dates.spoken()}/review", facts(session, actor=actor, now=now))


def facts(session: Session, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Ready to print."""
    found = reviewing.content(session, actor=actor, now=now)
    mesa, zone = session.mesa, session.zone
    assert session.starts_at is not None  # noqa: S101  only dated sessions review
    begun = session.starts_at <= now
    return {
        "sender": mesa.convener.name if mesa.convener else mesa.name,
        "mesa": mesa.name,
        "session": session.short_title,
        "topic": session.topic,
        "when": dates.span(session.starts_at, session.ends_at, zone.key),
        "closed": session.is_casa_adentro,
        "demo": settings.DEMO,
        "is_kept": found.is_kept,
        "made_on": dates.moment(now, zone.key),
        "count": len(found.lines),
        "silent": found.silent,
        "groups": [
            {"label": capfirst(group.label), "lines": [_line(line, zone.key, begun) for line in group.lines]}
            for group in found.groups
        ],
        "received": [_referral(one, one.origin.name) for one in found.received],
        "returned": [_referral(one, one.target.name) for one in found.returned],
    }


def _line(line: reviewing.Line, zone: str, begun: bool) -> dict[str, str]:
    one = line.commitment
    return {
        "code": one.code,
        "statement": one.statement,
        "responsible": one.responsible.short_name if one.responsible else "",
        "light": line.light.code,
        "state": str(line.light.label),
        "due": dates.short_date(line.due_on) if line.due_on else "",
        "late": _late(line.days_late),
        "report": report_words(line, zone),
        "silent": silent_words(line, begun),
        "note": " ".join(notes(line)),
    }


def _late(days: int) -> str:
    return ngettext("%(n)s day late", "%(n)s days late", days) % {"n": days} if days else ""


def report_words(line: reviewing.Line, zone: str) -> str:
    """60 %, 3 mar. 2026 · sin novedad, 3 mar. 2026 · sin informes"""
    last = line.last_report
    if last is None:
        return _("no reports yet")
    day = dates.short_date(timezone.localdate(last.reported_at))
    if not last.has_news:
        return _("no news, %(day)s") % {"day": day}
    return _("%(progress)s %%, %(day)s") % {"progress": last.progress, "day": day}


def silent_words(line: reviewing.Line, begun: bool) -> str:
    """Until the session begins there is still time to answer."""
    if not line.was_silent:
        return ""
    return _("Did not answer") if begun else _("Has not answered")


def notes(line: reviewing.Line) -> list[str]:
    """What else is to be known: who asks for it and why, until when more time is asked, who has to verify."""
    told = [
        _("%(who)s asks to deal with it: %(why)s") % {"who": one.organization.short_name, "why": one.reason}
        for one in line.requests
    ]
    if line.extension:
        until = dates.date_words(line.extension.asked_until)
        told.append(
            _("An extension until %(day)s is asked for: %(why)s")
            % {"day": until, "why": line.extension.reason}
        )
    if line.reason == reviewing.Reason.WAITING and line.commitment.verifier:
        told.append(_("%(who)s has to verify it.") % {"who": line.commitment.verifier.short_name})
    if line.commitment.exempt_until and line.state in reviewing.STATE_OPEN:
        day = dates.date_words(line.commitment.exempt_until)
        told.append(_("To be completed by %(day)s.") % {"day": day})
    return told


def _referral(one: Referral, mesa: str) -> dict[str, str]:
    return {
        "mesa": mesa,
        "title": one.title,
        "code": one.commitment.code if one.commitment else "",
        "day": dates.short_date(timezone.localdate(one.raised_at)),
        "state": str(one.get_state_display()),
        "decision": str(one.get_answer_kind_display()) if one.answer_kind else "",
        "answer": one.answer,
    }
