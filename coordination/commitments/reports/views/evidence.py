"""Evidence: it comes in, goes out, is described, taken back, or found to show nothing any more.

Every page has two addresses, for whoever signed in and for whoever holds a link of either key.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.commitments import permissions
from coordination.commitments.links.views import by_link, seen
from coordination.commitments.models import Commitment, Evidence
from coordination.commitments.reports import evidence
from coordination.commitments.reports.actions import evidencing as actions
from coordination.commitments.reports.forms import AT_ONCE, PUBLIC, EvidenceForm, PieceForm, TakeBackForm
from coordination.common.errors import DomainError
from coordination.files.serving import respond


@login_not_required
@require_safe
def evidence_file(request: HttpRequest, evidence_id: uuid.UUID) -> HttpResponseBase:
    """The file itself, to whoever sees the piece. What was taken back goes out to nobody."""
    return _file(_piece(request, evidence_id))


def _file(piece: Evidence) -> HttpResponseBase:
    if piece.withdrawn_at or piece.file is None:
        raise Http404
    return respond(piece.file)


@never_cache
@login_not_required
@require_safe
def evidence_file_by_link(request: HttpRequest, token: str, evidence_id: uuid.UUID) -> HttpResponseBase:
    return _file(_piece(request, evidence_id, _opened(request, token)))


@require_http_methods(["GET", "POST"])
def evidence_add(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    commitment = seen(request, public_id)
    return _add(request, commitment, back=commitment.get_absolute_url())


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def evidence_add_by_link(request: HttpRequest, token: str) -> HttpResponse:
    commitment = _opened(request, token)
    return _add(request, commitment, back=_back(commitment, token), token=token)


@require_http_methods(["GET", "POST"])
def evidence_mend(request: HttpRequest, evidence_id: uuid.UUID) -> HttpResponse:
    """Describe a piece, or take it back with a reason."""
    piece = _piece(request, evidence_id)
    keeps = permissions.can_manage(request.actor, piece.commitment)
    return _mend(request, piece, keeps=keeps, back=piece.commitment.get_absolute_url())


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def evidence_mend_by_link(request: HttpRequest, token: str, evidence_id: uuid.UUID) -> HttpResponse:
    commitment = _opened(request, token)
    piece = _piece(request, evidence_id, commitment)
    return _mend(request, piece, keeps=False, back=_back(commitment, token), token=token)


@require_POST
def evidence_gone(request: HttpRequest, evidence_id: uuid.UUID) -> HttpResponse:
    piece = _piece(request, evidence_id)
    keeps = permissions.can_manage(request.actor, piece.commitment)
    return _gone(request, piece, keeps=keeps, back=piece.commitment.get_absolute_url())


@never_cache
@login_not_required
@require_POST
def evidence_gone_by_link(request: HttpRequest, token: str, evidence_id: uuid.UUID) -> HttpResponse:
    commitment = _opened(request, token)
    piece = _piece(request, evidence_id, commitment)
    return _gone(request, piece, keeps=False, back=_back(commitment, token), token=token)


@dataclass(frozen=True)
class Offer:
    """A piece that came in with this very form and waits for its report: does it go along, and may anyone open it."""

    piece: Evidence
    is_ticked: bool = True
    is_open: bool = False


def took(request: HttpRequest, form: Form, commitment: Commitment, organization_id: int) -> list[Offer]:
    """Keeps each file that came with the report, and says of each one that was refused why.

    They are restricted until the report is sent; a form that comes back with errors has them already, each with its
    own choice of readers. What another form left behind is not offered.
    """
    key = form.fields["key"].clean(request.POST.get("key"))
    kept = _take(request, form, commitment, organization_id, is_restricted=True, key=key)
    may_open = not commitment.is_casa_adentro
    new_are_open = may_open and request.POST.get("readers") == PUBLIC
    ids = {piece.pk for piece in kept if piece.report_id is None}
    found = [Offer(piece, is_open=new_are_open) for piece in kept if piece.pk in ids]
    if key is None:
        return found
    ticked, opened = {*request.POST.getlist("taken")}, {*request.POST.getlist("opened")}
    earlier = offered(commitment, organization_id, key)
    return found + [
        Offer(row.piece, str(row.piece.public_id) in ticked, may_open and str(row.piece.public_id) in opened)
        for row in earlier
        if row.piece.pk not in ids
    ]


def offered(commitment: Commitment, organization_id: int, key: uuid.UUID) -> list[Offer]:
    """What came in with the form of this key and no report speaks of yet."""
    waiting = evidence.of_form(commitment, organization_id, key).filter(report=None, url="")
    return [Offer(piece) for piece in waiting.select_related("file").order_by("-id")[:20]]


def _take(
    request: HttpRequest,
    form: Form,
    commitment: Commitment,
    organization_id: int,
    *,
    is_restricted: bool,
    key: uuid.UUID | None = None,
) -> list[Evidence]:
    kept: list[Evidence] = []
    uploads = request.FILES.getlist("uploads")
    if len(uploads) > AT_ONCE:
        form.add_error(
            "uploads", _("At most %(n)s files at once: the others were not taken.") % {"n": AT_ONCE}
        )
    for upload in uploads[:AT_ONCE]:
        try:
            kept.append(
                actions.add_evidence(
                    commitment_id=commitment.pk,
                    organization_id=organization_id,
                    person_id=request.actor.person_id,
                    upload=upload,
                    is_restricted=is_restricted,
                    key=key,
                    by=request.actor,
                    now=timezone.now(),
                )
            )
        except DomainError as refused:
            told = _("%(name)s: %(why)s") % {"name": (upload.name or "")[:80], "why": refused.message}
            form.add_error("uploads", told)
    return kept


def _add(request: HttpRequest, commitment: Commitment, *, back: str, token: str = "") -> HttpResponse:
    may = evidence.rights(request.actor, commitment, keeps=False)
    if may.adds_for is None or commitment.state not in actions.TAKES_EVIDENCE:
        raise PermissionDenied
    posted = request.method == "POST"
    form = EvidenceForm(
        request.POST if posted else None, request.FILES if posted else None, commitment=commitment
    )
    if posted and form.is_valid():
        data = form.cleaned_data
        kept = _take(
            request,
            form,
            commitment,
            may.adds_for,
            is_restricted=data["readers"] != PUBLIC,
            key=data["key"],
        )
        if data["evidence_url"]:
            kept += _address(request, form, commitment, may.adds_for, data)
        if kept:
            told = ngettext(
                "%(n)s piece of evidence is there.", "%(n)s pieces of evidence are there.", len(kept)
            )
            messages.success(request, told % {"n": len(kept)})
        if not form.errors:
            return redirect(back)
    context = {
        "commitment": commitment,
        "form": form,
        "frame": "base_link.html" if token else "base_staff.html",
        "back": back,
    }
    return render(request, "commitments/evidence_add.html", context)


def _address(
    request: HttpRequest, form: Form, commitment: Commitment, organization_id: int, data: dict[str, Any]
) -> list[Evidence]:
    try:
        made = actions.add_evidence(
            commitment_id=commitment.pk,
            organization_id=organization_id,
            person_id=request.actor.person_id,
            url=data["evidence_url"],
            is_restricted=False,
            key=data["key"],
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        form.add_error("evidence_url", str(refused.message))
        return []
    return [made]


def _mend(request: HttpRequest, piece: Evidence, *, keeps: bool, back: str, token: str = "") -> HttpResponse:
    may = evidence.rights(request.actor, piece.commitment, keeps=keeps)
    describes, withdraws = may.describes(piece), may.withdraws(piece)
    if not withdraws:
        raise PermissionDenied
    takes_back = "take_back" in request.POST
    posted = request.method == "POST" and (takes_back or describes)
    about = PieceForm(request.POST if posted and not takes_back else None, piece=piece)
    reason = TakeBackForm(request.POST if takes_back else None)
    form: Any = reason if takes_back else about
    if posted and form.is_valid():
        common = {"evidence_id": piece.pk, "by": request.actor, "now": timezone.now()}
        try:
            if takes_back:
                actions.withdraw_evidence(reason=reason.cleaned_data["reason"], **common)
            else:
                actions.describe_evidence(**about.said(), **common)
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            told = _("Taken back: nobody can open it any more.") if takes_back else _("Saved.")
            messages.success(request, told)
            return redirect(back)
    context = {
        "commitment": piece.commitment,
        "piece": piece,
        "about": about if describes else None,
        "reason": reason,
        "form": form,
        "frame": "base_link.html" if token else "base_staff.html",
        "back": back,
    }
    return render(request, "commitments/evidence_mend.html", context)


def _gone(request: HttpRequest, piece: Evidence, *, keeps: bool, back: str, token: str = "") -> HttpResponse:
    """With ``volver`` it opens again: the notice offers that."""
    may = evidence.rights(request.actor, piece.commitment, keeps=keeps)
    if not may.marks:
        raise PermissionDenied
    opens = "volver" in request.GET
    try:
        actions.mark_gone(evidence_id=piece.pk, back=opens, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        told = _("Noted: it opens again.") if opens else _("Noted: the organization is asked for a copy.")
        args = (token, piece.public_id) if token else (piece.public_id,)
        undo = (
            "" if opens else f"undo:{evidence.address('evidence_gone', *args, by_link=bool(token))}?volver=1"
        )
        messages.success(request, told, extra_tags=undo)
    return redirect(back)


def _piece(request: HttpRequest, evidence_id: uuid.UUID, of: Commitment | None = None) -> Evidence:
    """One that the actor sees; with ``of``, of that commitment alone: a link opens nothing else of its organization."""
    rows = Evidence.objects.visible_to(request.actor).select_related(
        "file", "organization", "commitment__mesa", "commitment__session", "commitment__responsible"
    )
    if of is not None:
        rows = rows.filter(commitment=of)
    return get_object_or_404(rows, public_id=evidence_id)


def _opened(request: HttpRequest, token: str) -> Commitment:
    """The commitment that a living link of either key opens."""
    for purpose in evidence.BY_LINK:
        commitment = by_link(request, token, purpose)
        if commitment is not None:
            return commitment
    raise Http404


def _back(commitment: Commitment, token: str) -> str:
    is_report = commitment.token(Commitment.REPORT_LINK) == token
    return commitment.get_report_link() if is_report else commitment.get_verify_link()
