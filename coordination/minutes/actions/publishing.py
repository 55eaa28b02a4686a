"""What becomes of minutes once nobody observes any more: number, sums, stored files, publication."""

from datetime import datetime

from accounts.actor import Actor
from coordination.minutes.texts import Minutes


def settle(*, minutes: Minutes, by: Actor, now: datetime) -> Minutes:
    """Makes circulated minutes approved: state, moment, number, code, sums, stored files, all at once.

    The caller is in a transaction, has locked the session's row and then ``minutes`` with ``select_for_update``, and
    records APPROVED itself with how. Idempotent: minutes that are settled already come back as they are. Minutes that
    these correct become superseded. Records nothing itself.
    """
    raise NotImplementedError
