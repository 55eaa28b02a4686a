"""What is said once before a form is taken: clashes are read, then the secretariat decides."""

from django.http import HttpRequest
from django.utils import timezone

from coordination.sessions.clashes import Attending, Clashes, clashes
from coordination.sessions.forms import SessionForm
from coordination.sessions.move_form import MoveForm


def unread_clashes(
    request: HttpRequest, form: SessionForm | MoveForm, who: Attending, *, but: int | None = None
) -> Clashes | None:
    """The clashes of a valid form that its sender has not read yet; None when there are none, or these were read.

    The form goes on with their mark, so that sending it again says: saved anyway. Others since then are told too.
    """
    data = form.cleaned_data
    met = clashes(
        who=who,
        starts_at=data["starts_at"],
        ends_at=data["ends_at"],
        actor=request.actor,
        on=timezone.localdate(),
        but=but,
        spans=form.spans(),
    )
    if not met or data["anyway"] == met.fingerprint:
        return None
    form.go_on_with("anyway", met.fingerprint)
    return met
