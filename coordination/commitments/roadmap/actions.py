"""Milestones of a mesa's road, or on the way to one of its commitments. A date that moves keeps the first one and why."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.activity.actions import record
from coordination.commitments.events import CommitmentEvent
from coordination.commitments.models import Commitment, Milestone
from coordination.commitments.row import HistoricRecord, locked
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa


class MilestoneMoved(DomainError):
    default_message = _("The date changes: say why. The first date stays in view beside the new one.")


class MilestoneGone(DomainError):
    default_message = _("This milestone is no longer on the road map: somebody took it off.")


class AfterTheDueDate(DomainError):
    default_message = _("A milestone on the way to a commitment is not later than its due date.")


class ReachedInTheFuture(DomainError):
    default_message = _("A milestone cannot have been reached in the future.")


@transaction.atomic
def add_milestone(
    *,
    mesa_id: int,
    title: str,
    due_on: date,
    commitment_id: int | None = None,
    by: Actor,
    now: datetime,
) -> Milestone:
    """A step on the road of the mesa, or of one of its commitments; the same one twice is one. Records MILESTONE_ADDED.

    Raises HistoricRecord, AfterTheDueDate.
    """
    mesa = Mesa.objects.select_for_update().get(pk=mesa_id)
    if mesa.is_historic:
        raise HistoricRecord
    commitment = _on_the_way(commitment_id, due_on)
    told = {"mesa": commitment.mesa if commitment else mesa, "commitment": commitment}
    twin = Milestone.objects.filter(**told, title=title, due_on=due_on, removed_at=None).first()
    if twin:
        return twin
    made = Milestone.objects.create(
        **told,
        title=title,
        due_on=due_on,
        original_due_on=due_on,
        created_at=now,
    )
    _note(CommitmentEvent.MILESTONE_ADDED, made, by, now)
    return made


@transaction.atomic
def change_milestone(
    *,
    milestone_id: int,
    version: int,
    title: str,
    due_on: date,
    moved_reason: str = "",
    done_on: date | None = None,
    today: date,
    by: Actor,
    now: datetime,
) -> Milestone:
    """Its words, its date (which needs a reason when it leaves the first one), and when it was reached.

    Records MILESTONE_CHANGED. Raises MilestoneGone, StaleVersion, MilestoneMoved, AfterTheDueDate,
    ReachedInTheFuture.
    """
    milestone = _locked(milestone_id, version)
    if due_on != milestone.original_due_on and not moved_reason.strip():
        raise MilestoneMoved(field="moved_reason")
    if done_on and done_on > today:
        raise ReachedInTheFuture(field="done_on")
    if due_on != milestone.due_on:
        _on_the_way(milestone.commitment_id, due_on)
    before = milestone.due_on
    milestone.title, milestone.due_on, milestone.done_on = title, due_on, done_on
    milestone.moved_reason = moved_reason if due_on != milestone.original_due_on else ""
    milestone.version += 1
    milestone.save(update_fields=["title", "due_on", "done_on", "moved_reason", "version"])
    payload = {"from": before.isoformat(), "to": due_on.isoformat(), "done": bool(done_on)}
    _note(CommitmentEvent.MILESTONE_CHANGED, milestone, by, now, payload)
    return milestone


@transaction.atomic
def remove_milestone(*, milestone_id: int, version: int, by: Actor, now: datetime) -> Milestone:
    """Takes it off the road map; the row and its history stay. Records MILESTONE_REMOVED.

    Raises MilestoneGone, StaleVersion.
    """
    milestone = _locked(milestone_id, version)
    milestone.removed_at = now
    milestone.version += 1
    milestone.save(update_fields=["removed_at", "version"])
    _note(CommitmentEvent.MILESTONE_REMOVED, milestone, by, now)
    return milestone


def _locked(milestone_id: int, version: int) -> Milestone:
    milestone = Milestone.objects.select_for_update().get(pk=milestone_id)
    if milestone.removed_at:
        raise MilestoneGone
    if milestone.version != version:
        raise StaleVersion
    return milestone


def _on_the_way(commitment_id: int | None, due_on: date) -> Commitment | None:
    """The commitment, locked, where the milestone is of one: its due date bounds the way."""
    if commitment_id is None:
        return None
    commitment = locked(commitment_id)
    if commitment.due_on and due_on > commitment.due_on:
        raise AfterTheDueDate(field="due_on")
    return commitment


def _note(
    kind: CommitmentEvent,
    milestone: Milestone,
    by: Actor,
    now: datetime,
    payload: dict[str, object] | None = None,
) -> None:
    record(kind=kind, by=by, subject=milestone, now=now, mesa_id=milestone.mesa_id, payload=payload)
