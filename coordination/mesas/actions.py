"""The only writers of mesas, seats and mandates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.common.errors import DomainError, StaleVersion
from coordination.common.models import free_slug
from coordination.mesas import ladders
from coordination.mesas.events import MesaEvent
from coordination.mesas.models import LegalBasis, Mesa, Seat, SecretariatMandate
from coordination.mesas.queries import acting_post, free_prefix, prefix_is_taken
from coordination.organizations.models import Organization

EDITABLE = frozenset(
    [
        "name_es",
        "name_en",
        "acronym",
        "code_prefix",
        "kind",
        "level",
        "state",
        "visibility",
        "province",
        "canton",
        "parent",
        "objectives_es",
        "objectives_en",
        "time_zone",
        "notice_days",
        "quorum_organizations",
        "quorum_sectors",
        "silence_days",
        "rhythm_days",
        "delegation_size",
        "expected_levels",
        "closing_days",
        "circulating_days",
        "publishing_days",
        "verifier_of_another_sector",
        "asking_days",
        "load_warning",
    ]
)
MAX_DEPTH = 20  # a chain of parents longer than this is a mistake, not a structure


@dataclass(frozen=True)
class LegalData:
    """The instrument a mesa stands on, as a form gives it."""

    kind: str
    number: str
    issued_on: date | None = None
    gazette: str = ""


class PrefixTaken(DomainError):
    default_message = _("Another mesa already uses this prefix: their commitments would have the same codes.")


class ParentLoop(DomainError):
    default_message = _("A mesa cannot be part of itself, nor of one that is part of it.")


class TooManySteps(DomainError):
    default_message = _("There are at most 20 reminders: whoever gets more about one thing stops reading.")


class StepOutOfRange(DomainError):
    default_message = _(
        "A step is between 10 minutes and 365 days from the session, or 365 days from the due date."
    )


class NobodyChosen(DomainError):
    default_message = _("Tick at least one organization.")


class NotActive(DomainError):
    default_message = _("Only active organizations can have a seat. Nobody was seated.")


class ObserverVotes(DomainError):
    default_message = _("An observer has a voice but no vote.")


class SeatHasEnded(DomainError):
    default_message = _("This seat has already ended. Nothing has changed.")


@transaction.atomic
def create(
    *,
    axis_ids: Iterable[int] = (),
    expected_sector_ids: Iterable[int] = (),
    legal: LegalData | None = None,
    by: Actor,
    now: datetime,
    **columns: Any,
) -> Mesa:
    """A mesa with defaults for what is not given; without a prefix one is made from the name.

    When whoever creates it holds a post, its organization gets the chair's seat and, through that post, the first
    secretariat mandate (of several posts: the one that already keeps a secretariat). Records CREATED, and then
    ORGANIZATION_SEATED and MANDATE_GIVEN. Raises PrefixTaken, ParentLoop.
    """
    _only_editable(columns)
    columns["code_prefix"] = columns.get("code_prefix") or free_prefix(columns["name_es"])
    _check(None, columns)
    mesa = Mesa(slug=free_slug(Mesa, columns["name_es"]), **columns)
    post = acting_post(by, on=timezone.localdate(now))
    mesa.convener = post.organization if post else None
    mesa.save()
    mesa.axes.set(axis_ids)
    mesa.expected_sectors.set(expected_sector_ids)
    _set_legal_basis(mesa, legal)
    record(kind=MesaEvent.CREATED, by=by, subject=mesa, now=now, mesa_id=mesa.pk)
    if post:
        today = timezone.localdate(now)
        seat_ = Seat.objects.create(
            mesa=mesa, organization=post.organization, role=Seat.Role.CHAIR, starts_on=today
        )
        _record_seat(MesaEvent.ORGANIZATION_SEATED, seat_, by=by, now=now)
        instrument = str(mesa.legal_bases.first() or gettext("Creation of the mesa"))
        mandate = SecretariatMandate.objects.create(mesa=mesa, instrument=instrument[:200], starts_on=today)
        mandate.organizations.add(post.organization)
        mandate.posts.add(post)
        record_mandate(mandate=mandate, by=by, now=now)
    return mesa


@transaction.atomic
def edit(
    *,
    mesa_id: int,
    version: int,
    axis_ids: Iterable[int] | None = None,
    expected_sector_ids: Iterable[int] | None = None,
    legal: LegalData | None = None,
    by: Actor,
    now: datetime,
    **changed: Any,
) -> Mesa:
    """Changes the given columns; axes, expected sectors and the first legal basis only where they are given.

    Records EDITED with the names of what was given and differs. Raises StaleVersion, PrefixTaken, ParentLoop.
    """  # fmt: skip
    _only_editable(changed)
    mesa = Mesa.objects.select_for_update().get(pk=mesa_id)
    if mesa.version != version:
        raise StaleVersion
    _check(mesa, changed)
    fields = [name for name, value in changed.items() if getattr(mesa, name) != value]
    for name in fields:
        setattr(mesa, name, changed[name])
    mesa.version += 1
    mesa.save(update_fields=[*fields, "version"])
    if axis_ids is not None:
        mesa.axes.set(axis_ids)
    if expected_sector_ids is not None:
        mesa.expected_sectors.set(expected_sector_ids)
    _set_legal_basis(mesa, legal)
    record(kind=MesaEvent.EDITED, by=by, subject=mesa, now=now, mesa_id=mesa.pk, payload={"fields": fields})
    return mesa


@transaction.atomic
def set_ladders(
    *,
    mesa_id: int,
    version: int,
    session_ladder: Sequence[int],
    commitment_ladder: Sequence[int],
    by: Actor,
    now: datetime,
) -> Mesa:
    """When reminders leave: minutes before a session, days around a due date. Equal steps become one; none is allowed.

    A step added now counts from now: one whose moment has gone by is not sent after the fact. Records
    LADDERS_CHANGED with the old and new steps, after which live sessions and commitments are planned again; nothing
    when nothing differs. Raises StaleVersion, TooManySteps, StepOutOfRange.
    """
    before = ladders.before_a_session(session_ladder)
    around = ladders.around_a_due_date(commitment_ladder)
    _check_ladder("session_ladder", before, ladders.SESSION_MINUTES)
    _check_ladder("commitment_ladder", around, ladders.COMMITMENT_DAYS)
    mesa = Mesa.objects.select_for_update().get(pk=mesa_id)
    if mesa.version != version:
        raise StaleVersion
    changes = {}
    for name, steps in (("session_ladder", before), ("commitment_ladder", around)):
        old, known = getattr(mesa, name), getattr(mesa, f"{name}_since")
        if set(old) == set(steps):
            continue
        changes[name] = {"from": old, "to": steps}
        setattr(mesa, f"{name}_since", ladders.counted_from(old, known, steps, now))
        setattr(mesa, name, steps)
    if changes:
        mesa.version += 1
        mesa.save(update_fields=[*changes, *(f"{name}_since" for name in changes), "version"])
        record(kind=MesaEvent.LADDERS_CHANGED, by=by, subject=mesa, now=now, mesa_id=mesa.pk, payload=changes)
    return mesa


def _check_ladder(field: str, steps: Sequence[int], limits: tuple[int, int]) -> None:
    if len(steps) > ladders.MOST_STEPS:
        raise TooManySteps(field=field)
    if steps and not (limits[0] <= min(steps) and max(steps) <= limits[1]):
        raise StepOutOfRange(field=field)


def _only_editable(columns: dict[str, Any]) -> None:
    if unknown := set(columns) - EDITABLE:
        raise TypeError(f"Not columns a person sets: {', '.join(sorted(unknown))}")


def _check(mesa: Mesa | None, columns: dict[str, Any]) -> None:
    """What holds whatever the form allowed: a prefix of one's own, and no mesa under itself."""
    prefix = columns.get("code_prefix")
    if prefix and (mesa is None or prefix != mesa.code_prefix) and prefix_is_taken(prefix):
        raise PrefixTaken(field="code_prefix")
    above = columns.get("parent")
    for _step in range(MAX_DEPTH):
        if above is None:
            return
        if mesa is not None and above.pk == mesa.pk:
            break
        above = above.parent
    raise ParentLoop(field="parent")


def _set_legal_basis(mesa: Mesa, legal: LegalData | None) -> None:
    if legal is None:
        return
    first = mesa.legal_bases.order_by("id").first() or LegalBasis(mesa=mesa)
    first.kind, first.number = legal.kind, legal.number
    first.issued_on, first.gazette = legal.issued_on, legal.gazette
    first.save()


@transaction.atomic
def seat(
    *, mesa_id: int, organization_ids: Iterable[int], role: str, voting: str, by: Actor, now: datetime
) -> list[Seat]:
    """Seats each organization from today; one that already sits keeps its seat as it is.

    A seat that ends today goes on, in the new role. Records ORGANIZATION_SEATED per organization.
    Raises NobodyChosen, NotActive (then nobody is seated), ObserverVotes.
    """
    wanted = set(organization_ids)
    if not wanted:
        raise NobodyChosen
    if role == Seat.Role.OBSERVER and voting != Seat.Voting.VOICE:
        raise ObserverVotes(field="voting")
    mesa, today = Mesa.objects.select_for_update().get(pk=mesa_id), timezone.localdate(now)
    if Organization.objects.active().filter(pk__in=wanted).count() != len(wanted):
        raise NotActive
    current = {held.organization_id: held for held in Seat.objects.current(today).filter(mesa=mesa)}
    seated = []
    for organization_id in sorted(wanted):
        held = current.get(organization_id) or Seat(
            mesa=mesa, organization_id=organization_id, starts_on=today
        )
        if held.pk and held.ends_on is None:
            continue
        held.role, held.voting, held.ends_on = Seat.Role(role), Seat.Voting(voting), None
        held.save()
        _record_seat(MesaEvent.ORGANIZATION_SEATED, held, by=by, now=now)
        seated.append(held)
    return seated


@transaction.atomic
def change_seat(*, seat_id: int, role: str, voting: str, by: Actor, now: datetime) -> Seat:
    """Another role or voting right in the same seat. Records SEAT_CHANGED. Raises ObserverVotes, SeatHasEnded."""
    if role == Seat.Role.OBSERVER and voting != Seat.Voting.VOICE:
        raise ObserverVotes(field="voting")
    held = _open_seat(seat_id)
    held.role, held.voting = Seat.Role(role), Seat.Voting(voting)
    held.save(update_fields=["role", "voting"])
    _record_seat(MesaEvent.SEAT_CHANGED, held, by=by, now=now)
    return held


@transaction.atomic
def end_seat(*, seat_id: int, on: date, by: Actor, now: datetime) -> Seat:
    """``on`` is the last day at the mesa, not before the first. Records SEAT_ENDED. Raises SeatHasEnded."""
    held = _open_seat(seat_id)
    held.ends_on = max(on, held.starts_on)
    held.save(update_fields=["ends_on"])
    _record_seat(MesaEvent.SEAT_ENDED, held, by=by, now=now)
    return held


@transaction.atomic
def reopen_seat(*, seat_id: int, by: Actor, now: datetime) -> Seat:
    """Takes an ending back while its last day is not over. Records SEAT_CHANGED. Raises SeatHasEnded."""
    held = Seat.objects.select_for_update().get(pk=seat_id)
    if held.ends_on is None:
        return held
    if held.ends_on < timezone.localdate(now):
        raise SeatHasEnded
    held.ends_on = None
    held.save(update_fields=["ends_on"])
    _record_seat(MesaEvent.SEAT_CHANGED, held, by=by, now=now)
    return held


def _open_seat(seat_id: int) -> Seat:
    held = Seat.objects.select_for_update().get(pk=seat_id)
    if held.ends_on is not None:
        raise SeatHasEnded
    return held


def _record_seat(kind: MesaEvent, held: Seat, *, by: Actor, now: datetime) -> None:
    payload = {"organization": held.organization_id, "role": held.role, "voting": held.voting}
    record(kind=kind, by=by, subject=held, now=now, mesa_id=held.mesa_id, payload=payload)


def record_mandate(*, mandate: SecretariatMandate, by: Actor, now: datetime) -> None:
    """Records MANDATE_GIVEN with the organizations and posts that hold it."""
    payload = {
        "organizations": list(mandate.organizations.values_list("pk", flat=True)),
        "posts": list(mandate.posts.values_list("pk", flat=True)),
    }
    record(
        kind=MesaEvent.MANDATE_GIVEN,
        by=by,
        subject=mandate,
        now=now,
        mesa_id=mandate.mesa_id,
        payload=payload,
    )
