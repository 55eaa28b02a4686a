"""The only writers of sharing sheets: drafted from outcomes, put to those who took part, published when all agree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.minutes import circulating, clearing
from coordination.minutes.events import SharingEvent
from coordination.minutes.sharing import Clearance, SharedPoint, SharingSheet
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.models import Outcome

LINK_LIFE = timedelta(days=90)  # after the term the link still shows what became of it
MOST_POINTS = 60
STATE = SharingSheet.State


class SheetExists(DomainError):
    default_message = _("This session already has its sheet. Nothing was made twice.")


class NothingChosen(DomainError):
    default_message = _("Choose at least one outcome to be told outside.")


class TooManyPoints(DomainError):
    default_message = _("A sheet has at most 60 points. Join some of them.")


class SheetIsOut(DomainError):
    default_message = _(
        "The sheet is published, so its text stays. Withdraw it first, then make another one."
    )


class NobodyToAsk(DomainError):
    default_message = _(
        "Nobody of the circle holds a post in an organization today, so nobody can clear the sheet. Let those who took part into the circle first."
    )


class TermOutOfBounds(DomainError):
    default_message = _("Choose a day from tomorrow on, at most 120 days ahead.")


class NotBeingCleared(DomainError):
    default_message = _("The sheet does not wait for answers now. Nothing has changed.")


class SayWhatShouldChange(DomainError):
    default_message = _("Write what should change before it is published.")


class NotCleared(DomainError):
    """Who is missing stands in the message."""


@dataclass(frozen=True)
class Point:
    """One point as it was written on the page. ``outcome_id`` says where it came from, where that is known."""

    kind: str
    text: str
    outcome_id: int | None = None


@transaction.atomic
def draft(
    *, session_id: int, outcome_ids: Iterable[int], title: str, by: Actor, now: datetime
) -> SharingSheet:
    """A first text: the chosen outcomes word for word, to be rewritten for those who were not there.

    Records: DRAFTED with how many points, no text. Raises SheetExists, NothingChosen, TooManyPoints.
    """
    session = lock_session(session_id)
    if session.sharing_sheets.exclude(state=STATE.WITHDRAWN).exists():
        raise SheetExists
    chosen = list(clearing.offered(session).filter(pk__in=list(outcome_ids)))
    if not chosen:
        raise NothingChosen(field="outcomes")
    sheet = SharingSheet.objects.create(session=session, title=title.strip(), created_at=now)
    _write(sheet, [Point(one.kind, one.text, one.pk) for one in chosen])
    _record(SharingEvent.DRAFTED, sheet, by, now, points=len(chosen))
    return sheet


@transaction.atomic
def save(
    *, sheet_id: int, version: int, points: Sequence[Point], by: Actor, now: datetime, **texts: Any
) -> SharingSheet:
    """Rewrites the sheet. What was being cleared is a draft again: every answer was about another text.

    ``texts``: title, introduction, when_told, where_told, names_organizations. The same text again changes nothing.
    Records: EDITED with how many points. Raises StaleVersion, SheetIsOut, NothingChosen, TooManyPoints.
    """
    sheet = _lock(sheet_id)
    if sheet.state == STATE.PUBLISHED:
        raise SheetIsOut
    if sheet.version != version:
        raise StaleVersion
    written = [point for point in points if point.text.strip()]
    if not written:
        raise NothingChosen
    before = [Point(one.kind, one.text, one.outcome_id) for one in sheet.points.all()]
    if before == written and all(getattr(sheet, name) == value for name, value in texts.items()):
        return sheet
    for name, value in texts.items():
        setattr(sheet, name, value)
    sheet.version += 1
    sheet.state, sheet.clear_until = STATE.DRAFT, None
    sheet.save()
    sheet.points.all().delete()
    _write(sheet, written)
    _record(SharingEvent.EDITED, sheet, by, now, points=len(written))
    return sheet


@transaction.atomic
def ask(*, sheet_id: int, version: int, until: date, by: Actor, now: datetime) -> SharingSheet:
    """Puts the text to every organization that took part, to be answered until the last minute of that day.

    Asked again, an earlier answer about another text counts no more. Who was asked once stays among those who must
    agree, also when its person left the circle: an objection is not got rid of that way. Records: CLEARING with how many are asked.
    Raises StaleVersion, SheetIsOut, TermOutOfBounds, NobodyToAsk.
    """
    sheet = _lock(sheet_id)
    if sheet.state == STATE.PUBLISHED:
        raise SheetIsOut
    if sheet.version != version:
        raise StaleVersion
    session = sheet.session
    today = circulating.today_at(session, now)
    if not today < until <= today + timedelta(days=clearing.MOST_DAYS):
        raise TermOutOfBounds(field="until")
    asked = clearing.to_be_asked(session, today)
    if not asked:
        raise NobodyToAsk
    sheet.state, sheet.clear_until = STATE.CLEARING, circulating.end_of(session, until)
    sheet.save(update_fields=["state", "clear_until"])
    expires_at = sheet.clear_until + LINK_LIFE
    for organization_id, person_id in asked.items():
        row, is_new = Clearance.objects.select_for_update().get_or_create(
            sheet=sheet,
            organization_id=organization_id,
            defaults={"person_id": person_id, "link_expires_at": expires_at},
        )
        if not is_new:
            row.person_id, row.link_expires_at = person_id, expires_at
            if row.about_version != sheet.version:
                row.answer, row.answered_at, row.text = Clearance.Answer.PENDING, None, ""
            row.save()
    _record(SharingEvent.CLEARING, sheet, by, now, organizations=len(asked))
    return sheet


@transaction.atomic
def answer(
    *, clearance_id: int, version: int, agrees: bool, text: str, by: Actor, now: datetime
) -> Clearance:
    """One organization says yes, or what should change; until it is published it may say otherwise.

    ``version`` is the sheet's as it was read. Records: AGREED or OBJECTED about the clearance, no text. Raises
    NotBeingCleared, StaleVersion, SayWhatShouldChange.
    """
    sheet = _lock(Clearance.objects.values_list("sheet_id", flat=True).get(pk=clearance_id))
    row = Clearance.objects.select_related("organization").get(pk=clearance_id)
    if sheet.state != STATE.CLEARING:
        raise NotBeingCleared
    if sheet.version != version:
        raise StaleVersion
    if not agrees and not text.strip():
        raise SayWhatShouldChange(field="text")
    row.answer = Clearance.Answer.AGREED if agrees else Clearance.Answer.OBJECTED
    row.text, row.answered_at, row.about_version = text.strip(), now, version
    row.save(update_fields=["answer", "text", "answered_at", "about_version"])
    kind = SharingEvent.AGREED if agrees else SharingEvent.OBJECTED
    record(kind=kind, by=by, subject=row, now=now, mesa_id=sheet.session.mesa_id)
    row.sheet = sheet
    return row


@transaction.atomic
def publish(*, sheet_id: int, version: int, by: Actor, now: datetime) -> SharingSheet:
    """Shows the sheet to everybody who sees the mesa. Published again changes nothing.

    Records: PUBLISHED. Raises StaleVersion, NotBeingCleared, NotCleared while one organization has not agreed to this
    very text: silence is no consent.
    """
    sheet = _lock(sheet_id)
    if sheet.state == STATE.PUBLISHED:
        return sheet
    if sheet.state != STATE.CLEARING:
        raise NotBeingCleared
    if sheet.version != version:
        raise StaleVersion
    said = clearing.counted(sheet, clearing.answers(sheet))
    if not said.is_cleared:
        waiting = said.asked - said.agreed
        raise NotCleared(
            ngettext(
                "%(n)s organization has not agreed to this text yet. Nothing was published.",
                "%(n)s organizations have not agreed to this text yet. Nothing was published.",
                waiting,
            )
            % {"n": waiting}
        )
    sheet.state, sheet.published_at = STATE.PUBLISHED, now
    sheet.save(update_fields=["state", "published_at"])
    _record(SharingEvent.PUBLISHED, sheet, by, now)
    return sheet


@transaction.atomic
def withdraw(*, sheet_id: int, by: Actor, now: datetime) -> SharingSheet:
    """Takes the sheet away, published or not; its address then opens nothing. Records: WITHDRAWN."""
    sheet = _lock(sheet_id)
    if sheet.state != STATE.WITHDRAWN:
        sheet.state, sheet.withdrawn_at = STATE.WITHDRAWN, now
        sheet.save(update_fields=["state", "withdrawn_at"])
        _record(SharingEvent.WITHDRAWN, sheet, by, now)
    return sheet


def _lock(sheet_id: int) -> SharingSheet:
    """The sheet after its session, as every writer of a record takes them."""
    session = lock_session(SharingSheet.objects.values_list("session_id", flat=True).get(pk=sheet_id))
    sheet = SharingSheet.objects.select_for_update().get(pk=sheet_id)
    sheet.session = session
    return sheet


def _write(sheet: SharingSheet, points: Sequence[Point]) -> None:
    if len(points) > MOST_POINTS:
        raise TooManyPoints
    ours = set(Outcome.objects.filter(session=sheet.session_id).values_list("pk", flat=True))
    SharedPoint.objects.bulk_create(
        SharedPoint(
            sheet=sheet,
            kind=point.kind,
            text=point.text.strip(),
            order=place,
            outcome_id=point.outcome_id if point.outcome_id in ours else None,
        )
        for place, point in enumerate(points, start=1)
    )


def _record(kind: SharingEvent, sheet: SharingSheet, by: Actor, now: datetime, **payload: Any) -> None:
    record(kind=kind, by=by, subject=sheet, now=now, mesa_id=sheet.session.mesa_id, payload=payload)
