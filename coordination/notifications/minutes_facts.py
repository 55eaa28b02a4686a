"""Reads what the planner needs to know of minutes and of sharing sheets, with a constant number of queries."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import Max, Q, Sum
from django.utils import timezone

from coordination.activity.models import Activity
from coordination.attendees.models import Invitation
from coordination.mesas.models import Mesa
from coordination.minutes.events import SharingEvent
from coordination.minutes.models import Clearance, Minutes, MinutesCopy, SharingSheet, SignCode
from coordination.notifications.minutes_planner import (
    ClearanceFacts,
    CopyFacts,
    MinutesFacts,
    SheetFacts,
)
from coordination.notifications.planner import Addressee
from coordination.notifications.queries import mailboxes, secretariat
from coordination.organizations.models import SPEAKING_POSTS, Tenure
from coordination.sessions.models import CircleMember, Session
from coordination.sessions.queries import days_off

LIVE = (Minutes.State.CIRCULATED, Minutes.State.APPROVED, Minutes.State.PUBLISHED)


def minutes_facts(session_id: int, now: datetime) -> list[MinutesFacts]:
    """Of every version that went round and was not replaced. One query where there is none, seven each where there are."""
    rows = Minutes.objects.filter(
        session=session_id, state__in=LIVE, circulated_at__isnull=False, observations_until__isnull=False
    )
    return [_facts(minutes, now) for minutes in rows.select_related("session__mesa").order_by("version")]


def _facts(minutes: Minutes, now: datetime) -> MinutesFacts:
    session, until = minutes.session, minutes.observations_until
    assert minutes.circulated_at and until  # noqa: S101  the rows were chosen so
    today = timezone.localdate(now)
    copies = list(minutes.copies.all())
    to = addressees(session, [copy.organization_id for copy in copies], today)
    signs = minutes.approval == Mesa.MinutesApproval.SIGNATURE
    standing = minutes.observations.filter(withdrawn_at=None)
    mailed = mailable(session)
    said = {
        organization: (waiting, told, last)
        for organization, waiting, told, last in standing.order_by()
        .values("organization_id")
        .annotate(
            waiting=Max("pk", filter=Q(answer="")),
            told=Sum("version", filter=mailed),
            last=Max("answered_at", filter=mailed),
        )
        .values_list("organization_id", "waiting", "told", "last")
    }
    signed = set(minutes.signatures.values_list("organization_id", flat=True)) if signs else set()
    return MinutesFacts(
        id=minutes.pk,
        version=minutes.version,
        state=minutes.state,
        zone=session.zone,
        circulated_at=minutes.circulated_at,
        until=until,
        approved_at=minutes.approved_at,
        is_held_up=signs or any(waiting for waiting, _told, _last in said.values()),
        debounce=timedelta(seconds=settings.DEBOUNCE_SECONDS),
        days_off=_rest(session, until),
        copies=tuple(
            CopyFacts(
                copy.pk,
                copy.organization_id not in said
                and copy.organization_id not in signed
                and (signs or copy.agreed_at is None),
                to.get(copy.organization_id),
                _answered(said.get(copy.organization_id)),
            )
            for copy in copies
        ),
        secretariat=secretariat(session.mesa_id, today),
        codes=_codes(minutes, now) if signs else (),
    )


def mailable(session: Session) -> Q:
    """The observations a letter may speak of: its mailbox may be read by more people than a reserved section."""
    return Q() if session.is_casa_adentro else Q(section__is_reserved=False)


def addressees(session: Session, organization_ids: list[int], today: date) -> dict[int, Addressee]:
    """Who is written to for each organization: whoever was named for the call, else its mailbox.

    Of a closed session somebody of the circle of the record who holds a post there, a speaking one first.
    """
    if session.is_casa_adentro:
        return _insiders(session, organization_ids, today)
    boxes = mailboxes(organization_ids, today)
    named = dict(
        Invitation.objects.filter(session=session, addressee__isnull=False)
        .exclude(addressee__email="")
        .values_list("organization_id", "addressee_id")
    )
    found = {pk: Addressee(named[pk], pk) if pk in named else boxes.of(pk) for pk in organization_ids}
    return {pk: to for pk, to in found.items() if to}


def _insiders(session: Session, organization_ids: list[int], today: date) -> dict[int, Addressee]:
    circle = CircleMember.objects.current().filter(session=session, level=CircleMember.Level.RECORD)
    held = (
        Tenure.objects.current(today)
        .filter(person__in=circle.values("person"), post__organization__in=organization_ids)
        .exclude(person__email="")
        .order_by("starts_on", "id")
        .values_list("post__organization_id", "person_id", "post__kind")
    )
    speaking_first = sorted(held, key=lambda row: row[2] not in SPEAKING_POSTS)
    found: dict[int, Addressee] = {}
    for organization, person, _kind in speaking_first:
        found.setdefault(organization, Addressee(person, organization))
    return found


def _answered(
    said: tuple[int | None, int, datetime | None] | None,
) -> tuple[int, datetime] | None:
    if said is None or said[0] or said[2] is None:
        return None
    return said[1], said[2]


def _codes(minutes: Minutes, now: datetime) -> tuple[tuple[int, Addressee, datetime, datetime], ...]:
    alive = SignCode.objects.filter(copy__minutes=minutes, spent_at=None, expires_at__gt=now)
    return tuple(
        (pk, Addressee(person, organization), requested_at, expires_at)
        for pk, person, organization, requested_at, expires_at in alive.values_list(
            "pk", "person_id", "copy__organization_id", "requested_at", "expires_at"
        )
    )


def _rest(session: Session, until: datetime) -> frozenset[date]:
    last = until.astimezone(session.zone).date()
    return frozenset(days_off(session, since=last - timedelta(days=21), until=last))


def sheet_facts(sheet_id: int, now: datetime) -> SheetFacts | None:
    """The facts of a sharing sheet; None for one that does not exist. Five queries."""
    sheet = SharingSheet.objects.select_related("session__mesa").filter(pk=sheet_id).first()
    if sheet is None:
        return None
    session, today = sheet.session, timezone.localdate(now)
    rows = list(sheet.clearances.select_related("person").order_by("pk"))
    circle = set(
        CircleMember.objects.current()
        .filter(session=session, level=CircleMember.Level.RECORD)
        .values_list("person_id", flat=True)
    )
    others = _insiders(session, [row.organization_id for row in rows], today)
    asked = list(
        Activity.objects.about("sharingsheet", sheet.pk)
        .filter(kind=SharingEvent.CLEARING)
        .order_by("occurred_at")
        .values_list("occurred_at", flat=True)
    )
    return SheetFacts(
        id=sheet.pk,
        state=sheet.state,
        zone=session.zone,
        asked=(len(asked), asked[-1]) if asked else None,
        clear_until=sheet.clear_until,
        published_at=sheet.published_at,
        days_off=_rest(session, sheet.clear_until) if sheet.clear_until else frozenset(),
        clearances=tuple(
            ClearanceFacts(row.pk, row.answer == Clearance.Answer.PENDING, _who_clears(row, circle, others))
            for row in rows
        ),
    )


def _who_clears(row: Clearance, circle: set[int], others: dict[int, Addressee]) -> Addressee | None:
    """The person named for it while they stand in the circle, else somebody of the circle from the organization."""
    if row.person and row.person.email and row.person_id in circle:
        return Addressee(row.person.pk, row.organization_id)
    return others.get(row.organization_id)


def copy_and_reader(copy_id: int, now: datetime) -> tuple[MinutesCopy, Addressee] | None:
    """A copy and who is written to for it; None when nobody can be."""
    copy = MinutesCopy.objects.select_related("minutes__session__mesa").filter(pk=copy_id).first()
    if copy is None:
        return None
    to = addressees(copy.minutes.session, [copy.organization_id], timezone.localdate(now))
    found = to.get(copy.organization_id)
    return (copy, found) if found else None
