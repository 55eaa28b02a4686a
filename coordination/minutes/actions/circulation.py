"""Sends the minutes round: one copy for each organization, its link, and until when it may be said what is wrong."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.activity.models import Activity
from coordination.common.errors import DomainError, StaleVersion
from coordination.minutes import circulating
from coordination.minutes.events import MinutesEvent
from coordination.minutes.texts import Minutes, MinutesCopy
from coordination.sessions.actions.follow_up import complete
from coordination.sessions.actions.planning import lock_session
from coordination.sessions.models import FollowUpTask

LINK_LIFE = timedelta(days=365)  # after the term the link still shows what became of it
RENEWALS_AN_HOUR = 3


class NotADraft(DomainError):
    default_message = _("These minutes were already circulated. Nothing was sent again.")


class NotCirculating(DomainError):
    default_message = _("These minutes do not go round any more. Nothing has changed.")


class NothingToRead(DomainError):
    default_message = _("The draft has no text yet. Write it first; then it can be circulated.")


class NobodyToTell(DomainError):
    default_message = _(
        "No organization is in the register of this session, so nobody would get the minutes. Complete the register first."
    )


class HistoricMinutes(DomainError):
    default_message = _(
        "Nobody is written to about sessions of the past. Publish these minutes without circulating them."
    )


class TermOutOfBounds(DomainError):
    default_message = _("Choose a day from the next working day on, at most 120 days ahead.")


class OnlyLater(DomainError):
    default_message = _("The term can be moved to a later day, not to an earlier one: people count on it.")


class TooManyRenewals(DomainError):
    default_message = _(
        "This link was already sent three times in the last hour. Look in the mailbox, also among unwanted mail; in an hour it can be sent again."
    )


def lock(minutes_id: int) -> Minutes:
    """The minutes, held until the transaction ends, after their session: every writer takes both in this order."""
    lock_session(Minutes.objects.values_list("session_id", flat=True).get(pk=minutes_id))
    rows = Minutes.objects.select_related("session__mesa").select_for_update(of=("self",))
    return rows.get(pk=minutes_id)


def lock_copy(copy_id: int) -> MinutesCopy:
    """One organization's copy, with its locked minutes."""
    minutes = lock(MinutesCopy.objects.values_list("minutes_id", flat=True).get(pk=copy_id))
    copy = MinutesCopy.objects.select_related("organization").select_for_update(of=("self",)).get(pk=copy_id)
    copy.minutes = minutes
    return copy


@transaction.atomic
def circulate(
    *, minutes_id: int, version: int, until: date | None = None, by: Actor, now: datetime
) -> Minutes:
    """Freezes the draft and gives it to each organization that came, to the chair and to the secretariat.

    Observations are taken until the last minute of ``until``, by default as many working days ahead as the mesa gives.
    ``version`` is the draft's ``edit_version`` as it was read. Completes the follow-up task. Records: CIRCULATED with
    how many copies and until when. Raises NotADraft, HistoricMinutes, StaleVersion, NothingToRead, TermOutOfBounds,
    NobodyToTell.
    """
    minutes = lock(minutes_id)
    session = minutes.session
    if not minutes.is_draft:
        raise NotADraft
    if session.is_historic:
        raise HistoricMinutes
    if minutes.edit_version != version:
        raise StaleVersion
    if not minutes.sections.exclude(body="").exists():
        raise NothingToRead
    minutes.observations_until = _term(minutes, until or circulating.usual_day(session, now), now)
    organizations = list(circulating.goes_to(minutes, circulating.today_at(session, now)))
    if not organizations:
        raise NobodyToTell
    minutes.state, minutes.circulated_at = Minutes.State.CIRCULATED, now
    minutes.save(update_fields=["state", "circulated_at", "observations_until"])
    expires_at = minutes.observations_until + LINK_LIFE
    MinutesCopy.objects.bulk_create(
        MinutesCopy(minutes=minutes, organization=one, link_expires_at=expires_at, sent_at=now)
        for one in organizations
    )
    complete(session, FollowUpTask.Kind.MINUTES, by, now)
    until_words = minutes.observations_until.isoformat()
    note(MinutesEvent.CIRCULATED, minutes, by, now, {"copies": len(organizations), "until": until_words})
    return minutes


@transaction.atomic
def postpone(*, minutes_id: int, until: date, by: Actor, now: datetime) -> Minutes:
    """Gives more time, also when the term has passed with something unanswered.

    Records: TERM_SET with the new moment. Raises NotCirculating, TermOutOfBounds, OnlyLater.
    """
    minutes = lock(minutes_id)
    before = minutes.observations_until
    if minutes.state != Minutes.State.CIRCULATED or before is None:
        raise NotCirculating
    moment = _term(minutes, until, now)
    if moment <= before:
        raise OnlyLater(field="until")
    minutes.observations_until = moment
    minutes.save(update_fields=["observations_until"])
    minutes.copies.update(link_expires_at=moment + LINK_LIFE)
    note(MinutesEvent.TERM_SET, minutes, by, now, {"until": moment.isoformat()})
    return minutes


@transaction.atomic
def mark_seen(*, copy_id: int, by: Actor, now: datetime) -> None:
    """A person has the minutes before them. Records: SEEN the first time."""
    copy = MinutesCopy.objects.select_for_update(no_key=True).get(pk=copy_id)
    if copy.seen_at is None:
        copy.seen_at = now
        copy.save(update_fields=["seen_at"])
        record(kind=MinutesEvent.SEEN, by=by, subject=copy, now=now, mesa_id=_mesa_of(copy))


@transaction.atomic
def renew_link(*, copy_id: int, by: Actor, now: datetime) -> MinutesCopy:
    """The link is mailed again to the address on file (by notifications), at most three times an hour.

    It stays the same: copies that work keep working; one that expired works again for thirty days. Counted in the
    trail under the copy's lock. Records: LINK_RENEWED. Raises TooManyRenewals.
    """
    copy = MinutesCopy.objects.select_for_update(no_key=True).get(pk=copy_id)
    asked = Activity.objects.about("minutescopy", copy.pk).filter(
        kind=MinutesEvent.LINK_RENEWED, occurred_at__gt=now - timedelta(hours=1)
    )
    if asked.count() >= RENEWALS_AN_HOUR:
        raise TooManyRenewals
    if copy.link_expires_at < now + timedelta(days=30):
        copy.link_expires_at = now + timedelta(days=30)
        copy.save(update_fields=["link_expires_at"])
    record(kind=MinutesEvent.LINK_RENEWED, by=by, subject=copy, now=now, mesa_id=_mesa_of(copy))
    return copy


def note(
    kind: MinutesEvent, minutes: Minutes, by: Actor, now: datetime, payload: dict[str, object] | None = None
) -> None:
    record(kind=kind, by=by, subject=minutes, now=now, mesa_id=minutes.session.mesa_id, payload=payload)


def _term(minutes: Minutes, day: date, now: datetime) -> datetime:
    session = minutes.session
    last = circulating.today_at(session, now) + timedelta(days=circulating.MOST_DAYS)
    if not circulating.soonest_day(session, now) <= day <= last:
        raise TermOutOfBounds(field="until")
    return circulating.end_of(session, day)


def _mesa_of(copy: MinutesCopy) -> int | None:
    return Minutes.objects.values_list("session__mesa_id", flat=True).get(pk=copy.minutes_id)
