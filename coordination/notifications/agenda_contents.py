"""The facts that letters about the review of commitments state, and those between mesas (see ``contents``)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from coordination.commitments.lights import traffic_light
from coordination.commitments.models import Commitment, Referral
from coordination.common import dates
from coordination.notifications.agenda_facts import listed
from coordination.notifications.models import Notification
from coordination.sessions.models import Session

Facts = dict[str, Any]
NO_NEWS = "#sin-novedad"  # where the page of the link has its one button


def asked(row: Notification, session: Session, now: datetime) -> Facts:
    """What the organization is asked about, each with its own link. The first is where the summary leads."""
    today = now.astimezone(session.zone).date()
    lines = [_line(one, today) for one in listed(session, row.organization_id, now)]
    return {
        "commitments": lines,
        "url": lines[0]["report_url"] if lines else _absolute(session.get_absolute_url()),
        "review_url": _absolute(reverse("commitments:review", args=[session.public_id])),
    }


def referral_facts(row: Notification, referral: Referral, now: datetime) -> Facts:
    """Both mesas, what was asked, and what was answered."""
    told = referral.origin if referral.state == Referral.State.ANSWERED else referral.target
    named, born = referral.commitment, referral.answer_commitment
    return {
        "sender": (referral.target if told == referral.origin else referral.origin).name,
        "mesa": told.name,
        "origin": referral.origin.name,
        "target": referral.target.name,
        "title": referral.title,
        "text": referral.text,
        "raised_in": referral.raised_in.short_title if referral.raised_in else "",
        "day": dates.date_words(referral.raised_at.astimezone(referral.origin.zone).date()),
        "code": named.code if named else "",
        "statement": named.statement if named else "",
        "decision": referral.answer_kind,
        "answer": referral.answer,
        "born": f"{born.code} {born.statement}" if born else "",
        "url": _absolute(reverse("commitments:referral", args=[referral.public_id])),
    }


def _line(one: Commitment, today: Any) -> Facts:
    report = _absolute(reverse("commitments:report", args=[one.token(Commitment.REPORT_LINK)]))
    light = traffic_light(one, today)
    return {
        "code": one.code,
        "statement": one.statement,
        "due": dates.date_words(one.due_on) if one.due_on else "",
        "distance": dates.relative_days(one.due_on, today) if one.due_on else "",
        "state": light.label,
        "light": light.code,
        "report_url": report,
        "no_news_url": f"{report}{NO_NEWS}",
    }


def _absolute(path: str) -> str:
    return f"{settings.BASE_URL}{path}"


OF_SUBJECT: dict[str, Callable[[Notification, Any, datetime], Facts]] = {"referral": referral_facts}
OF_KIND: dict[str, Callable[[Notification, Any, datetime], Facts]] = {"commitments_asked": asked}
