"""Who may still decide on a commitment, what can be disputed, when silence counts, and which sessions agreed it."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.commitments.escalation import last_word, owed_on, past_ladder
from coordination.commitments.gate import kin, own_side
from coordination.commitments.models import Commitment, Dispute, NonFulfilment, Report, Verification
from coordination.common.compiled import compiled
from coordination.common.dates import day_words
from coordination.common.working_days import is_working_day
from coordination.mesas.ladders import silent_after
from coordination.mesas.models import Mesa, Seat, SecretariatMandate
from coordination.organizations.models import Organization, Post, Tenure
from coordination.sessions.models import CircleMember, Outcome, Session
from coordination.taxonomies.models import Holiday
from coordination.taxonomies.queries import holidays_in

State = Commitment.State


class Bar(StrEnum):
    """Why the named verifier can no longer decide."""

    KIN = "kin"
    SECTOR = "sector"


BAR_WORDS: dict[Bar, Any] = {
    Bar.KIN: _(
        "It answers for this commitment, or is part of an organization that does, or above it: since it was named that has changed. Another organization must decide."
    ),
    Bar.SECTOR: _(
        "It is of the same sector as the responsible organization, and this mesa asks for another one. Another organization must decide."
    ),
}
SECTOR = Coalesce("sector_override", "sector_type__sector")


def side_of(commitment: Commitment) -> set[int]:
    """``gate.own_side``, read once for each row in hand: a page and an action ask it several times."""
    found: set[int] | None = getattr(commitment, "side_in_hand", None)
    if found is None:
        found = own_side(commitment)
        commitment.side_in_hand = found  # type: ignore[attr-defined]
    return found


def barred(commitment: Commitment, organization_id: int | None = None) -> Bar | None:
    """Why this organization, by default the named verifier, may not hold the second key today. Up to three queries."""
    candidate = organization_id or commitment.verifier_id
    if candidate is None:
        return None
    if candidate in side_of(commitment):
        return Bar.KIN
    if commitment.mesa.verifier_of_another_sector and _same_sector(candidate, commitment.responsible_id):
        return Bar.SECTOR
    return None


def _same_sector(one: int, other: int | None) -> bool:
    rows = Organization.objects.filter(id__in=[one, other]).annotate(sector=SECTOR)
    sectors = dict(rows.values_list("id", "sector"))
    return sectors.get(one) is not None and sectors.get(one) == sectors.get(other or 0)


def disputable(commitment: Commitment) -> Verification | NonFulfilment | None:
    """The decision the responsible organization may still dispute: partly met, not met, or returned. One query.

    Each decision is disputed once, however that ended: two versions stand, not a correspondence.
    """
    found: Verification | NonFulfilment | None = None
    if commitment.state == State.NOT_MET:
        rows = commitment.non_fulfilments.filter(is_confirmed=True).annotate(disputed=F("disputes"))
        found = rows.select_related("second").order_by("-answered_at", "-id").first()
    elif commitment.state in (State.PARTLY_MET, State.IN_PROGRESS):
        wanted = "partly_met" if commitment.state == State.PARTLY_MET else "returned"
        last = _last_verification.first(commitment_id=commitment.pk)
        found = last if last and last.decision == wanted else None
    return None if found is None or found.disputed else found  # type: ignore[union-attr]


@compiled
def _last_verification(commitment_id: int) -> "QuerySet[Verification]":
    rows = Verification.objects.filter(commitment=commitment_id).select_related("organization")
    return rows.annotate(disputed=F("disputes"))[:1]


def silent_since(commitment: Commitment) -> date | None:
    """The first day on which nothing more could come: the last step of the mesa's ladder has passed, and nobody spoke
    of it or decided on it for as long (``escalation.last_word``). One query, none of a row that was read for its page
    or of which nobody owes a word.
    """
    owed = owed_on(commitment)
    if owed is None:
        return None
    lasts = timedelta(days=silent_after(commitment.mesa.commitment_ladder))
    last = last_word(commitment)
    begun = max(owed, day_of(commitment, last) or owed)
    return begun + lasts + timedelta(days=1)


def is_silent(commitment: Commitment, today: date) -> bool:
    """True from ``silent_since`` on, as long as somebody owes a word. At most one query."""
    if not past_ladder(commitment, today):
        return False
    since = silent_since(commitment)
    return since is not None and since <= today


def spoke_since(commitment: Commitment, moment: datetime) -> bool:
    """Whether the responsible organization reported something new after that moment."""
    return _news(commitment).filter(reported_at__gt=moment).exists()


def _news(commitment: Commitment) -> QuerySet[Report]:
    return Report.objects.filter(commitment=commitment, has_news=True)


def works_for(person_id: int | None, organization_ids: set[int], on: date) -> bool:
    """True when the person holds a post that day in one of them: two posts do not make two keys."""
    held = Tenure.objects.current(on).filter(person=person_id)
    return person_id is not None and held.filter(post__organization__in=organization_ids).exists()


def seconds(commitment: Commitment, recording_id: int | None, today: date) -> QuerySet[Organization]:
    """Who may confirm that it was not met: another member of the mesa, of neither side.

    Of something closed only those who know of it: somebody of the circle holds a post there.
    """
    seated = Seat.objects.current(today).filter(mesa=commitment.mesa_id)
    rows = Organization.objects.filter(pk__in=seated.values("organization"))
    barred_ids = side_of(commitment) | kin({recording_id} if recording_id else set())
    return _knowing(rows.exclude(pk__in=barred_ids), commitment, today).order_by("plain_name")


def other_verifiers(commitment: Commitment, today: date) -> QuerySet[Organization]:
    """Who may decide instead of the named verifier: a member of the mesa whom nothing bars."""
    rows = seconds(commitment, None, today).exclude(pk=commitment.verifier_id)
    if commitment.mesa.verifier_of_another_sector:
        of_responsible = Organization.objects.filter(pk=commitment.responsible_id).annotate(sector=SECTOR)
        rows = rows.annotate(sector=SECTOR).exclude(sector__in=of_responsible.values("sector"))
    return rows


def _knowing(rows: QuerySet[Organization], commitment: Commitment, today: date) -> QuerySet[Organization]:
    if not commitment.is_casa_adentro:
        return rows
    circle = CircleMember.objects.current().filter(
        session=commitment.session_id, level=CircleMember.Level.RECORD
    )
    held = Tenure.objects.current(today).filter(person__in=circle.values("person"))
    return rows.filter(pk__in=held.values("post__organization"))


def deciding_sessions(commitment: Commitment, now: datetime, since: date | None = None) -> QuerySet[Session]:
    """The mesa's sessions that were held, or run now, latest first: where something can have been agreed.

    Of closed ones the commitment's own, and those that everybody in its circle knows of: any other would be told of
    to whoever sees the commitment. None before its own: nobody agreed anything about what nobody had promised yet;
    nor one that was over before ``since``: nobody decided on what had not happened.
    """
    own = Session.objects.order_by().filter(pk=commitment.session_id)
    promised = Q(pk=commitment.session_id) | Q(starts_at__gte=own.values("starts_at"))
    if commitment.session_id is None:
        promised = _from(commitment, day_of(commitment, commitment.agreed_at))
    rows = Session.objects.live().filter(
        Q(state=Session.State.HELD) | Q(state=Session.State.CONVENED, starts_at__lte=now),
        promised,
        _from(commitment, since),
        mesa=commitment.mesa_id,
    )
    known = Q(is_casa_adentro=False)
    if commitment.is_casa_adentro:
        known |= Q(pk=commitment.session_id)
        known |= Q(~Exists(strangers(commitment.session_id, OuterRef(OuterRef("pk")))))
    return rows.filter(known).order_by("-starts_at", "-id")


def _from(commitment: Commitment, day: date | None) -> Q:
    """Sessions that were not over before that day, where the mesa is. What happened during the day may be in time."""
    if day is None:
        return Q()
    return Q(ends_at__gte=datetime.combine(day, time(0), tzinfo=commitment.mesa.zone))


def day_of(commitment: Commitment, moment: datetime | None) -> date | None:
    """The day it was where the mesa is."""
    return moment.astimezone(commitment.mesa.zone).date() if moment else None


def strangers(own: Any, other: Any) -> QuerySet[CircleMember]:
    """Who is in the circle of the session ``own`` and knows nothing of the session ``other``."""
    rows = CircleMember.objects.current()
    return rows.filter(~Exists(rows.filter(session=other, person=OuterRef("person"))), session=own)


def resolvable_since(commitment: Commitment, row: Dispute | None) -> date | None:
    """What the mesa resolves must have been disputed by then."""
    return day_of(commitment, row.disputed_at) if row else None


def extendable_since(commitment: Commitment) -> date | None:
    """What a session extends: the date that another one gave before, and the request that waits. Up to two queries."""
    asked = commitment.extension_requests.filter(answered_at=None).first()
    days = [day_of(commitment, asked.asked_at)] if asked else []
    if commitment.due_version > 1:
        last = commitment.extensions.select_related("session").last()
        days += [last.session.local_day] if last and last.session else []
    return max((day for day in days if day), default=None)


def too_early(since: date | None) -> str:
    """What is wrong with a session before that day; empty where none is too early."""
    if since is None:
        return ""
    words = _(
        "Choose a session of this mesa held, or still running, on %(day)s or later: before that day there was nothing to decide."
    )
    return str(words % {"day": day_words(since)})


def decisions(commitment: Commitment, now: datetime, since: date | None = None) -> QuerySet[Outcome]:
    """The decisions recorded in those sessions, latest first; reserved ones only in the commitment's own session."""
    told = Q(is_reserved=False, item__is_casa_adentro=False)
    if commitment.is_casa_adentro:
        told |= Q(session=commitment.session_id)
    sessions = deciding_sessions(commitment, now, since).order_by()
    rows = Outcome.objects.filter(told, kind=Outcome.Kind.DECISION, session__in=sessions.values("pk"))
    return rows.select_related("session__mesa", "item").order_by(
        "-session__starts_at", "-session_id", "order"
    )


def keeper(actor: Actor, mesa: Mesa, today: date) -> Organization | None:
    """The organization through which this actor keeps the mesa's secretariat that day. One query."""
    mandates = SecretariatMandate.objects.current(today).filter(mesa=mesa)
    posts = Post.objects.filter(id__in=actor.post_ids, mandates__in=mandates)
    return Organization.objects.filter(pk__in=posts.values("organization")).order_by("pk").first()


def is_of_own_side(
    organization_id: int | None, person_id: int | None, commitment: Commitment, on: date
) -> bool:
    """Whether who acts belongs to those who answer for it, their parents or their parts."""
    side = side_of(commitment)
    return organization_id in side or works_for(person_id, side, on)


def recorded_it(row: NonFulfilment, organization_id: int | None, person_id: int | None, on: date) -> bool:
    """Whether who answers is who recorded that it was not met, works there, or belongs to its parents or parts."""
    side = kin({row.recorded_by_id})
    same_hand = person_id is not None and person_id == row.person_id
    return same_hand or organization_id in side or works_for(person_id, side, on)


def rest_of(mesa: Mesa, day: date) -> Holiday | str | None:
    """The day of rest a date falls on where the mesa is: the holiday, ``"weekend"``, or None. One query."""
    found = holidays_in(canton_id=mesa.canton_id, province_id=mesa.province_id, since=day, until=day)
    if holiday := found.get(day):
        return holiday
    return None if is_working_day(day, ()) else "weekend"
