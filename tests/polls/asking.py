"""Polls as tests begin from them, opened and answered by the actions themselves."""

from collections.abc import Sequence
from typing import Any

from accounts.actor import Actor, LinkScope
from coordination.organizations.models import Organization
from coordination.polls import actions
from coordination.polls.models import Ballot, DatePoll
from tests.cast import Cast

DAYS = (20, 21, 22)


def polled(cast: Cast, **fields: Any) -> DatePoll:
    """Three mornings in Quito, twenty days ahead; answers for ten days."""
    given: dict[str, Any] = {
        "mesa_id": cast.mesa.pk,
        "kind": "ordinary",
        "topic": "Plan de acogida",
        "modality": "in_person",
        "venue": "Casa del GAD",
        "time_zone": "America/Guayaquil",
        "minutes": 180,
        "starts": [cast.in_days(days, hour=14) for days in DAYS],
        "closes_at": cast.in_days(10, hour=5),
        "by": cast.secretariat,
        "now": cast.now,
    }
    return actions.open_poll(**(given | fields))


def ballot_of(poll: DatePoll, organization: Organization) -> Ballot:
    return Ballot.objects.select_related("poll__mesa", "organization").get(
        poll=poll, organization=organization
    )


def by_link(ballot: Ballot) -> Actor:
    return Actor(link=LinkScope(Ballot.LINK_PURPOSE, ballot.pk, ballot.organization_id))


def say(cast: Cast, ballot: Ballot, answers: Sequence[str], *, version: int = 0, **more: Any) -> Ballot:
    """What the organization answers to the dates, in their order."""
    options = ballot.poll.options.values_list("pk", flat=True)
    told: dict[str, Any] = {"name": "Carmen Loja", "by": by_link(ballot), "now": cast.now} | more
    stands = Ballot.objects.values_list("version", flat=True).get(pk=ballot.pk)
    return actions.answer(
        ballot_id=ballot.pk,
        version=version or stands,
        answers=dict(zip(options, answers, strict=True)),
        **told,
    )
