"""The address on file: whose mailbox a code goes to, so that whoever signs by the link is shown to read it."""

from datetime import date

from coordination.attendees.models import Invitation
from coordination.minutes.texts import MinutesCopy
from coordination.organizations.models import Post, Tenure


def mailbox_of(copy: MinutesCopy, on: date) -> int | None:
    """Whoever was named for the call, else the focal point, else the head: the order of every letter. Two queries."""
    named = (
        Invitation.objects.filter(
            session=copy.minutes.session_id, organization=copy.organization_id, addressee__isnull=False
        )
        .exclude(addressee__email="")
        .values_list("addressee_id", flat=True)
        .first()
    )
    if named:
        return named
    held = (
        Tenure.objects.current(on)
        .filter(post__organization=copy.organization_id)
        .exclude(person__email="")
        .order_by("starts_on", "id")
        .values_list("post__kind", "person_id")
    )
    found: dict[str, int] = {}
    for kind, person in held:
        found.setdefault(kind, person)
    return found.get(Post.Kind.FOCAL_POINT) or found.get(Post.Kind.HEAD)
