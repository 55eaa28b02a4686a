"""May this person? Asking, reminding, withdrawing and choosing rest on the right to schedule, one table in ``mesas``."""

from django.db.models import QuerySet

from accounts.actor import Actor
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, at_mesas_with, has
from coordination.polls.models import DatePoll


def can_ask(actor: Actor, mesa: Mesa) -> bool:
    """Whether the actor may propose dates to this mesa at all."""
    return has(actor, Permission.SCHEDULE, mesa)


def can_decide(actor: Actor, poll: DatePoll) -> bool:
    """Remind, withdraw, choose the date."""
    return has(actor, Permission.SCHEDULE, poll.mesa)


def decidable(actor: Actor) -> QuerySet[DatePoll]:
    """The list twin of ``can_decide``."""
    return DatePoll.objects.filter(at_mesas_with(actor, Permission.SCHEDULE, "mesa"))
