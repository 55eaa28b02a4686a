"""The next session is planned from the last one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actor import Actor
from coordination.common.errors import DomainError
from coordination.sessions.actions.planning import schedule
from coordination.sessions.actions.proposals import take_up_proposal
from coordination.sessions.following import can_be_followed, open_items, put_off
from coordination.sessions.models import AgendaItem, Block, Session

TITLES = ("title_es", "title_en")


class NothingToFollow(DomainError):
    default_message = _(
        "The next session is planned from one that has taken place. Wait for its end, or schedule one from the mesa's page."
    )


@transaction.atomic
def schedule_next(
    *,
    after_id: int,
    item_ids: Iterable[int] = (),
    proposal_ids: Iterable[int] = (),
    by: Actor,
    now: datetime,
    **fields: Any,
) -> Session:
    """Plans a session of the same mesa as ``schedule`` does, and takes up items of ``after_id`` nothing came of.

    Items keep their words, minutes and presenter, stand after the generated review in the order they had and
    say where they come from (``carried_from``); ids that are not open items of that session are passed over.
    Nothing is taken from a closed session. Proposals that were put off wait here for their answer.
    Records: SCHEDULED, PROPOSAL_TAKEN_UP for each. Raises NothingToFollow and the errors of
    ``schedule``.
    """
    after = Session.objects.select_related("mesa").get(pk=after_id)
    if not can_be_followed(after, now):
        raise NothingToFollow()
    made = schedule(mesa_id=after.mesa_id, **fields, by=by, now=now)
    block = Block.objects.filter(session=made).first()
    wanted = set(item_ids)
    taken_up = [item for item in open_items(after) if item.pk in wanted]
    AgendaItem.objects.bulk_create(
        AgendaItem(
            session=made,
            block=block,
            order=order,
            kind=item.kind,
            **{name: getattr(item, name) for name in TITLES},
            minutes=item.minutes,
            presenter=item.presenter,
            presenter_post_id=item.presenter_post_id,
            carried_from=item,
        )
        for order, item in enumerate(taken_up, start=2)
    )
    waiting = set(proposal_ids)
    for proposal in put_off(after.mesa_id):
        if proposal.pk in waiting:
            take_up_proposal(proposal_id=proposal.pk, session_id=made.pk, by=by, now=now)
    return made
