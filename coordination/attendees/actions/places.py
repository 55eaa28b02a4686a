"""The only writer of places: who gets one, who waits, who is next. Always under the session's lock.

The session's row is locked FOR UPDATE by whoever calls ``allot`` and ``promote``; sectors need no locks of their own,
for no place of theirs changes without it.
"""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.actor import SYSTEM, Actor
from coordination.activity.actions import record
from coordination.attendees import places
from coordination.attendees.events import AttendeeEvent
from coordination.attendees.models import Delegate, Invitation, SectorPlaces
from coordination.attendees.queries import is_over
from coordination.common.errors import DomainError
from coordination.mesas.models import SectorQuota
from coordination.sessions.models import Session
from coordination.taxonomies.models import Sector

MOST_PLACES = 1000


class PlacesRefused(DomainError):
    """The places as written cannot stand."""


def copy(*, session: Session) -> list[SectorPlaces]:
    """Gives a session that is being convened the places by sector of its mesa, from then on its own.

    Called inside the convocation's transaction; a second call changes nothing. Records nothing of its own: the
    convocation is what happened.
    """
    quotas = SectorQuota.objects.filter(mesa_id=session.mesa_id)
    rows = [SectorPlaces(session=session, sector_id=one.sector_id, places=one.places) for one in quotas]
    return SectorPlaces.objects.bulk_create(rows, ignore_conflicts=True)


def allot(
    *, invitation: Invitation, before: Mapping[int, Delegate], modality_before: str, now: datetime
) -> list[int]:
    """Gives the people of an answer their places; who finds none waits from now. Returns who waits, by person.

    Who has a place keeps it while they come the same way. What the organization held is still its own within the same
    answer, so that a swap never loses a place, also where the room has since become smaller. Free places beyond that
    go by the order of the answer: principal, alternate, companions.
    """
    session = invitation.session
    sector = places.sector_of(invitation.organization_id)
    left = places.free(session, but=invitation.pk)
    held = [one for one in before.values() if one.waiting_since is None]
    left.keep(sector, held, modality_before)
    rows = list(invitation.delegates.current().in_order())
    had = {one.pk for one in held}
    queue = []
    for one in sorted(
        rows, key=lambda one: one.pk not in had
    ):  # stable: within each part, the order of the answer
        since = None
        if not left.take(sector, in_person=places.comes_in_person(one, invitation)):
            since = one.waiting_since or now
            queue.append(one.person_id)
        if since != one.waiting_since:
            Delegate.objects.filter(pk=one.pk).update(waiting_since=since)
    return queue


def promote(*, session: Session, by: Actor = SYSTEM, now: datetime) -> list[Delegate]:
    """Gives what is free to whoever has waited longest, passing over those whose sector has none left.

    In the transaction that freed the place, before registration closes; after it nobody is moved without being asked.
    Who is promoted has the place: there is nothing to accept in time, and the link gives it back. Records PROMOTED
    per delegate.
    """
    closes = places.closes_at(session)
    if session.state != Session.State.CONVENED or is_over(session, now) or (closes and now >= closes):
        return []
    queue = list(places.waiting(session.pk))
    if not queue:
        return []
    left = places.free(session)
    found = []
    for one in queue:
        if left.take(one.sector, in_person=one.how == places.IN_PERSON):  # type: ignore[attr-defined]
            one.waiting_since, one.promoted_at = None, now
            one.save(update_fields=["waiting_since", "promoted_at"])
            record(kind=AttendeeEvent.PROMOTED, by=by, subject=one, now=now, mesa_id=session.mesa_id)
            found.append(one)
    return found


@transaction.atomic
def set_places(*, session_id: int, wanted: Mapping[int, int | None], by: Actor, now: datetime) -> Session:
    """The session's places by sector (None: no limit); more places promote at once whoever waits.

    Never fewer than are held: nobody who was confirmed is sent away by a number. Records PLACES_CHANGED when anything
    differs. Raises PlacesRefused with the number in use and ``field="sector_<id>"``.
    """
    session = (
        Session.objects.select_for_update(no_key=True, of=("self",)).select_related("mesa").get(pk=session_id)
    )
    if session.state == Session.State.CANCELLED or is_over(session, now):
        raise PlacesRefused(_("This session is over or was cancelled: its places no longer change."))
    before = dict(session.sector_places.values_list("sector_id", "places"))
    after = {pk: number for pk, number in wanted.items() if number is not None}
    used = places.taken(session.pk).sectors
    for sector in Sector.objects.filter(pk__in=after):
        number = after[sector.pk]
        if number > MOST_PLACES:
            raise PlacesRefused(_("A sector has at most 1000 places."), field=f"sector_{sector.pk}")
        if number < used.get(sector.pk, 0) and number != before.get(sector.pk):
            raise _too_few(sector, used[sector.pk])
    if before != after:
        session.sector_places.exclude(sector__in=after).delete()
        for pk, number in after.items():
            SectorPlaces.objects.update_or_create(session=session, sector_id=pk, defaults={"places": number})
        record(
            kind=AttendeeEvent.PLACES_CHANGED,
            by=by,
            subject=session,
            now=now,
            mesa_id=session.mesa_id,
            payload={"from": before, "to": after},
        )
    promote(session=session, by=by, now=now)
    return session


@transaction.atomic
def promote_waiting(*, session_id: int, now: datetime) -> int:
    """The same for a session that became larger without an answer: a room was changed. Returns how many.

    Looked at first without the lock: those who answer do not wait for a sweep that has nothing to give.
    """
    if not places.may_promote(Session.objects.get(pk=session_id)):
        return 0
    session = Session.objects.select_for_update(no_key=True, of=("self",)).get(pk=session_id)
    return len(promote(session=session, now=now))


def _too_few(sector: Sector, used: int) -> PlacesRefused:
    text = ngettext(
        "%(sector)s: %(used)s person already has a place. Write %(used)s or more; to go lower, ask an organization first to take somebody off.",
        "%(sector)s: %(used)s people already have a place. Write %(used)s or more; to go lower, ask an organization first to take somebody off.",
        used,
    ) % {"sector": sector.name, "used": used}
    return PlacesRefused(text, field=f"sector_{sector.pk}")
