"""The facts that letters about minutes state, and those about what is shared of a session (see ``contents``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from coordination.common import dates
from coordination.mesas.models import Mesa
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.notifications.minutes_facts import mailable
from coordination.notifications.models import Notification

Facts = dict[str, Any]


def minutes_facts(row: Notification, minutes: Minutes, now: datetime) -> Facts:
    """What the secretariat is told: how much waits for an answer, and where."""
    session, until = minutes.session, minutes.observations_until
    waiting = minutes.observations.filter(withdrawn_at=None, answer="")
    known = session.circle.current().filter(person=row.recipient_id, level="record").exists()
    if not known:
        waiting = waiting.filter(section__is_casa_adentro=False)
    count = waiting.count()
    return _of_session(minutes) | {
        "until": dates.date_words(until.astimezone(session.zone).date()) if until else "",
        "waiting": count,
        "signs": minutes.approval == Mesa.MinutesApproval.SIGNATURE,
        "url": _absolute(
            reverse(f"minutes:{'answers' if count else 'circulation'}", args=[session.public_id])
        ),
    }


def copy_facts(row: Notification, copy: MinutesCopy, now: datetime) -> Facts:
    """The term, what silence means, and the organization's own link."""
    minutes = copy.minutes
    session, until = minutes.session, minutes.observations_until
    last = until.astimezone(session.zone).date() if until else None
    today = now.astimezone(session.zone).date()
    return _of_session(minutes) | {
        "organization": copy.organization.name,
        "until": dates.date_words(last) if last else "",
        "until_in": dates.relative_days(last, today) if last else "",
        "signs": minutes.approval == Mesa.MinutesApproval.SIGNATURE,
        "reason": minutes.correction_reason,
        "goes_round": minutes.takes_observations(now),
        "number": minutes.number,
        "code": minutes.code or "",
        "check_url": _absolute(reverse("portal:verify", args=[minutes.code])) if minutes.code else "",
        "url": _absolute(reverse("minutes:copy", args=[copy.token])),
    }


def answers(row: Notification, copy: MinutesCopy, now: datetime) -> Facts:
    """Each observation of the organization with its answer."""
    own = copy.minutes.observations.filter(
        mailable(copy.minutes.session), organization=copy.organization_id, withdrawn_at=None
    )
    return {
        "answers": [
            {"text": one.text, "answer": one.answer, "reason": one.answer_text, "changed": one.changed_text}
            for one in own.select_related("section").exclude(answer="")
        ]
    }


def code_facts(row: Notification, code: SignCode, now: datetime) -> Facts:
    return copy_facts(row, code.copy, now) | {"digits": code.digits, "minutes": SignCode.MINUTES}


def sheet_facts(row: Notification, sheet: SharingSheet, now: datetime) -> Facts:
    """Published, it is public: its title and its page."""
    mesa = sheet.session.mesa
    return {
        "sender": mesa.name,
        "mesa": mesa.name,
        "title": sheet.title,
        "url": _absolute(reverse("minutes:shared", args=[sheet.public_id])),
    }


def clearance_facts(row: Notification, clearance: Clearance, now: datetime) -> Facts:
    """Neither session nor title: the mail says that a text waits, the page says which."""
    sheet = clearance.sheet
    session, until = sheet.session, sheet.clear_until
    last = until.astimezone(session.zone).date() if until else None
    today = now.astimezone(session.zone).date()
    return {
        "sender": session.mesa.name,
        "mesa": session.mesa.name,
        "organization": clearance.organization.name,
        "until": dates.date_words(last) if last else "",
        "until_in": dates.relative_days(last, today) if last else "",
        "url": _absolute(reverse("minutes:clearance", args=[clearance.token])),
    }


def _of_session(minutes: Minutes) -> Facts:
    session = minutes.session
    day = session.local_day
    return {
        "sender": session.mesa.name,
        "mesa": session.mesa.name,
        "session": session.title,
        "record": _("the minutes") if minutes.form == Mesa.MinutesForm.ACTA else _("the aide-mémoire"),
        "day": dates.date_words(day) if day else "",
    }


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


OF_SUBJECT: dict[str, Callable[[Notification, Any, datetime], Facts]] = {
    "minutes": minutes_facts,
    "minutescopy": copy_facts,
    "signcode": code_facts,
    "sharingsheet": sheet_facts,
    "clearance": clearance_facts,
}
OF_KIND: dict[str, Callable[[Notification, Any, datetime], Facts]] = {"minutes_answered": answers}
