"""What somebody decided by a link and has not yet confirmed with the mailed code.

A phone that opens its mail drops the page behind it: the decision waits in the browser's session, on our side, until the
code is there or half an hour is over. One at a time, and for the organization that decided alone: the next verifier may
open its link on the same device.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest
from django.utils import timezone

from coordination.commitments.models import Commitment
from coordination.commitments.settling.actions.keys import request_verification_code
from coordination.common.errors import DomainError

NAME, STEP = "undecided", "code"
KEPT_FOR = timedelta(minutes=30)


def sent_code(request: HttpRequest, commitment: Commitment, of: UUID, form: Form) -> bool:
    """Mails the code to whoever came by the link and keeps what the form says; where that is refused, it says why."""
    now, actor = timezone.now(), request.actor  # type: ignore[attr-defined]  # the middleware gives it
    try:
        request_verification_code(
            commitment_id=commitment.pk,
            organization_id=actor.link.organization_id,
            person_id=actor.person_id,
            by=actor,
            now=now,
        )
    except DomainError as error:
        form.add_error(None, str(error.message))
        return False
    _keep(request, of, form, now)
    return True


def _keep(request: HttpRequest, of: UUID, form: Form, now: datetime) -> None:
    written = {name: request.POST.getlist(name) for name in form.fields}
    request.session[NAME] = {
        "of": _whose(request, of),
        "until": (now + KEPT_FOR).isoformat(),
        "written": written,
    }


def kept(request: HttpRequest, of: UUID, form: type[Form], now: datetime) -> dict[str, Any]:
    """What the form starts with; empty when nothing waits."""
    found = request.session.get(NAME)
    if not found or found["of"] != _whose(request, of) or datetime.fromisoformat(found["until"]) < now:
        return {}
    several = {
        name
        for name, field in form.base_fields.items()
        if hasattr(field.widget, "allow_multiple_selected") and field.widget.allow_multiple_selected
    }
    return {
        name: values if name in several else next(iter(values), "")
        for name, values in found["written"].items()
    }


def forget(request: HttpRequest) -> None:
    request.session.pop(NAME, None)


def _whose(request: HttpRequest, of: UUID) -> str:
    return f"{of}:{request.actor.link.organization_id}"  # type: ignore[attr-defined]  # by a link, always
