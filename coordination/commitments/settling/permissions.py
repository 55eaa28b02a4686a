"""May this person settle, dispute or prolong? The mesa's secretariat records; the organizations speak for themselves.

Being an administrator gives no right here, and nobody decides for their own organization: see also the actions, which
ask again under the lock.
"""

from typing import Any

from accounts.actor import Actor
from coordination.commitments.models import Commitment, NonFulfilment
from coordination.commitments.permissions import acts_for
from coordination.organizations.models import SPEAKING_POSTS, Post

State = Commitment.State


def is_verifier(actor: Actor, commitment: Commitment) -> bool:
    """Speaks for the named verifier, whether or not it may still decide."""
    return (
        not commitment.is_historic
        and commitment.verifier_id is not None
        and acts_for(actor, commitment, commitment.verifier_id, Commitment.VERIFY_LINK)
    )


def is_responsible(actor: Actor, commitment: Commitment) -> bool:
    """Speaks for the organization that answers for it."""
    return (
        not commitment.is_historic
        and commitment.responsible_id is not None
        and acts_for(actor, commitment, commitment.responsible_id, Commitment.REPORT_LINK)
    )


def can_ask_for_time(actor: Actor, commitment: Commitment) -> bool:
    return (
        commitment.state in Commitment.OPEN_STATES
        and commitment.due_on is not None
        and is_responsible(actor, commitment)
    )


def is_second(actor: Actor, row: NonFulfilment) -> bool:
    """Speaks for the organization named to confirm that it was not met, by account or by its link."""
    if actor.link and actor.link.purpose == NonFulfilment.LINK:
        return (actor.link.subject_id, actor.link.organization_id) == (row.pk, row.second_id)
    posts = Post.objects.filter(id__in=actor.post_ids, organization=row.second_id, kind__in=SPEAKING_POSTS)
    return bool(actor.post_ids) and posts.exists()


def to_confirm_by(actor: Actor) -> Any:
    """The list twin of ``is_second`` for accounts: records that wait for the actor's answer, of what the actor sees."""
    posts = Post.objects.filter(id__in=actor.post_ids, kind__in=SPEAKING_POSTS)
    rows = NonFulfilment.objects.visible_to(actor)
    return rows.filter(second__in=posts.values("organization"), answered_at=None)
