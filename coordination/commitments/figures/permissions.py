"""May this person measure, and whose small groups may they see?

Figures are given by those who answer for the commitment, by account or by the link to report, by those who help with it by
account, and by the mesa's secretariat, which alone still mends figures of what is settled.
"""

from datetime import date
from typing import Any

from django.utils import timezone

from accounts.actor import Actor
from coordination.commitments.figures.queries import sections
from coordination.commitments.figures.rules import MEASURABLE_STATES
from coordination.commitments.models import Commitment
from coordination.commitments.permissions import can_manage
from coordination.organizations.models import SPEAKING_POSTS, Post


def speaks_as(actor: Actor, commitment: Commitment) -> int | None:
    """The organization whose word a figure would be; None for who may give none. At most three queries."""
    if commitment.is_historic or commitment.state not in MEASURABLE_STATES:
        return None
    is_open = commitment.state in Commitment.OPEN_STATES
    link = actor.link
    if link and link.purpose == Commitment.REPORT_LINK and link.subject_id == commitment.pk:
        return link.organization_id if is_open and link.organization_id == commitment.responsible_id else None
    if not actor.post_ids:
        return None
    if is_open:
        helping = [each.pk for each in commitment.co_responsible.all()]
        for organization_id in (commitment.responsible_id, *helping):
            if organization_id in actor.organization_ids and _speaks(actor, organization_id):
                return organization_id
    return _keeper(actor, commitment) if can_manage(actor, commitment) else None


def can_measure(actor: Actor, commitment: Commitment) -> bool:
    return speaks_as(actor, commitment) is not None


def sees_everybody(actor: Actor, commitment: Commitment, *, keeps: bool) -> bool:
    """Whether small groups are shown: to those who count them, who verifies, the mesa's keepers and the auditor."""
    if keeps or actor.is_auditor:
        return True
    own = {*actor.organization_ids, *([actor.link.organization_id] if actor.link else [])}
    sides = {commitment.responsible_id, commitment.verifier_id}
    return bool(own and own & (sides | {each.pk for each in commitment.co_responsible.all()}))


def _speaks(actor: Actor, organization_id: int) -> bool:
    posts = Post.objects.filter(
        id__in=actor.post_ids, organization_id=organization_id, kind__in=SPEAKING_POSTS
    )
    return posts.exists()


def _keeper(actor: Actor, commitment: Commitment) -> int | None:
    """The organization of the post through which the actor keeps the mesa."""
    today = timezone.localdate()
    posts = Post.objects.filter(
        id__in=actor.post_ids, mandates__mesa=commitment.mesa_id, mandates__starts_on__lte=today
    )
    return posts.order_by("id").values_list("organization_id", flat=True).first()


def panel(
    actor: Actor, commitment: Commitment, today: date, *, keeps: bool, may_report: bool
) -> dict[str, Any]:
    """What the page of a commitment shows of its indicators. Two queries, a third for who helps with it."""
    may = keeps and commitment.state in MEASURABLE_STATES
    shown = sections(commitment, today)
    return {
        "sections": shown,
        "any": any(each.count for each in shown),
        "may": may or may_report or (not keeps and _helps(actor, commitment)),
        "edits": keeps and commitment.state in (Commitment.State.PROPOSED, *Commitment.REPORTABLE_STATES),
    }


def _helps(actor: Actor, commitment: Commitment) -> bool:
    if commitment.is_historic or commitment.state not in Commitment.OPEN_STATES or not actor.post_ids:
        return False
    helping = {each.pk for each in commitment.co_responsible.all()} & {*actor.organization_ids}
    return any(_speaks(actor, organization_id) for organization_id in helping)
