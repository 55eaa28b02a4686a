"""The second key: verifying, by a signed link or signed in. Everything the decision rests on, then one decision."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from coordination.commitments import permissions
from coordination.commitments.deciding import BAR_WORDS, barred
from coordination.commitments.links.views import page, renew
from coordination.commitments.models import Commitment
from coordination.commitments.reports.asking import gaps
from coordination.commitments.reports.evidence import shelf_for
from coordination.commitments.settling.actions import keys
from coordination.commitments.settling.actions.keys import AlreadyDecided, ReportChanged
from coordination.commitments.settling.forms import CodeForm, VerificationForm
from coordination.commitments.settling.permissions import is_verifier
from coordination.commitments.settling.views import undecided
from coordination.commitments.settling.views.door import Door, both_doors
from coordination.common.errors import DomainError, StaleVersion

VERIFY = Commitment.VERIFY_LINK


@both_doors(VERIFY, is_verifier, "GET", "POST")
def _verify(request: HttpRequest, door: Door) -> HttpResponse:
    """The verifier reads the report and decides; who may no longer decide reads why.

    With an account the decision is recorded at once. By the link the first post keeps it and sends a code, the second
    brings the code.
    """
    commitment, posted = door.commitment, request.method == "POST"
    context = _context(request, commitment) | {"door": door, "step": "decide" if door.token else "signed_in"}
    written = (
        undecided.kept(request, commitment.public_id, VerificationForm, timezone.now()) if door.token else {}
    )
    form = _form(request, commitment, context, written)
    if posted and context["bar"]:
        context["status"] = 403
    elif posted and form.is_valid() and (context["may"] or not door.token):
        if door.token and ("code" not in request.POST or "again" in request.POST):
            if undecided.sent_code(request, commitment, commitment.public_id, form):
                return redirect(f"{request.path}?step={undecided.STEP}")
        else:
            if door.token:
                form, context["step"] = CodeForm(request.POST, commitment=commitment), "code"
            if form.is_valid() and _decided(request, commitment, form, context):
                undecided.forget(request)
                return redirect(request.path if door.token else commitment)
    elif written and request.GET.get("step") == undecided.STEP:
        form, context["step"] = CodeForm(initial=written, commitment=commitment), "code"
    chosen = request.POST.get("decision") or written.get("decision", "")
    context |= {"form": form, "decision": dict(VerificationForm.DECISIONS).get(chosen)}
    return render(request, "commitments/verify.html", context, status=context.get("status", 200))


verify_signed_in, verify = _verify


@never_cache
@login_not_required
@require_POST
def renew_verify(request: HttpRequest, token: str) -> HttpResponse:
    return renew(request, token, VERIFY)


def _context(request: HttpRequest, commitment: Commitment) -> dict[str, Any]:
    """The page: what was promised, reported, disputed; whether this reader may decide, and why not."""
    report = commitment.reports.filter(asks_verification=True).select_related("organization").first()
    dispute = None
    if commitment.state == Commitment.State.DISPUTED:
        rows = commitment.disputes.filter(resolved_at=None)
        dispute = rows.select_related(
            "verification__organization", "non_fulfilment__second", "organization"
        ).first()
    bar = barred(commitment) if commitment.state in Commitment.OPEN_STATES else None
    may = permissions.can_verify(request.actor, commitment)
    last = None if may or bar else commitment.verifications.select_related("organization").first()
    shelf = shelf_for(request.actor, commitment)
    shows = any(piece.withdrawn_at is None for piece in shelf.pieces) or bool(shelf.reserved)
    return page(commitment, request.actor, organization=commitment.verifier) | {
        "report": report,
        "shelf": shelf,
        "gaps": gaps(report, commitment.indicators.all(), has_evidence=shows) if may else [],
        "dispute": dispute,
        "bar": BAR_WORDS[bar] if bar else "",
        "decided": last,
        "may": may,
    }


def _form(
    request: HttpRequest, commitment: Commitment, context: dict[str, Any], written: dict[str, Any]
) -> VerificationForm:
    report = context["report"]
    initial = written | {"report": report.pk if report else None, "wording": commitment.wording}  # type: ignore[attr-defined]
    return VerificationForm(request.POST or None, commitment=commitment, initial=initial)


def _decided(
    request: HttpRequest, commitment: Commitment, form: VerificationForm, context: dict[str, Any]
) -> bool:
    """Records the decision, or says in the form why not. Who came second is told, and nothing is theirs to mend."""
    link = request.actor.link
    given = form.decided() | {
        "commitment_id": commitment.pk,
        "organization_id": link.organization_id if link else commitment.verifier_id or 0,
        "person_id": request.actor.person_id,
    }
    now = timezone.now()
    try:
        if isinstance(form, CodeForm):
            code = form.cleaned_data["code"]
            keys.verify_by_code(**given, code=code, by=request.actor, now=now)
        else:
            keys.verify(**given, by=request.actor, now=now)
    except AlreadyDecided as error:
        messages.info(request, str(error.message))
        return True
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        if isinstance(error, (ReportChanged, StaleVersion)):
            _show_what_is_new(form, context)
        return False
    messages.success(request, _("Your decision is recorded. Thank you."))
    return True


def _show_what_is_new(form: VerificationForm, context: dict[str, Any]) -> None:
    """The page shows the newer report, or what changed of the promise; deciding once more is a decision on it."""
    data = form.data.copy()
    data["report"], data["wording"] = context["report"].pk, context["commitment"].wording
    form.data = data
    context["status"] = 409
