"""The inbox of an organization, and what the secretariat sees of those that say nothing."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actor import Actor
from coordination.commitments.inbox import actions, load
from coordination.commitments.inbox.forms import ReceiptForm
from coordination.commitments.inbox.queries import SILENT_DAYS, inbox, objections, unreceived
from coordination.commitments.lights import by_urgency, with_light
from coordination.commitments.links.views import by_link, dead
from coordination.commitments.models import Commitment
from coordination.commitments.terms import with_wording
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, has
from coordination.organizations.mine import mine as mine_of
from coordination.organizations.models import Organization
from coordination.organizations.permissions import speaks_for

PAGE = 50
DONE: dict[str, Any] = {
    ReceiptForm.ACKNOWLEDGE: actions.acknowledge,
    ReceiptForm.ACCEPT: actions.accept,
    ReceiptForm.OBJECT: actions.object_to,
}


@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What the reader's organization has to do about its commitments, one next step each."""
    mine = mine_of(request.actor, request.GET.get("organizacion", ""))
    if mine is None:
        return render(request, "portal/no_organization.html", {"section": "my_work"})
    today, query = timezone.localdate(), request.GET
    found = inbox(request.actor, mine.one, tab=query.get("ver", ""), page=query.get("page", ""), today=today)
    figures = load.own_load(request.actor, mine.one, today)
    context = {
        "section": "my_work",
        "mine": mine,
        "inbox": found,
        "load": figures,
        "today": today,
        "query": "&".join(part for part in (mine.query, f"ver={found.tab}") if part),
    }
    return render(request, "commitments/inbox.html", context)


@require_http_methods(["GET", "POST"])
def receive(request: HttpRequest, public_id: str, slug: str) -> HttpResponse:
    """Acknowledge, accept or object, for one organization. GET asks for the words of an objection."""
    commitment = get_object_or_404(
        with_wording(Commitment.objects.visible_to(request.actor)).select_related("mesa", "responsible"),
        public_id=public_id,
    )
    organization = get_object_or_404(Organization.objects.visible_to(request.actor), slug=slug)
    if not speaks_for(request.actor, organization.pk) or not _is_a_side(commitment, organization):
        raise PermissionDenied
    back = f"{reverse('commitments:inbox')}?organizacion={organization.slug}"
    form = ReceiptForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _said(request, commitment, organization.pk, form):
        return redirect(f"{back}#c-{commitment.pk}")
    context = {
        "section": "my_work",
        "commitment": commitment,
        "organization": organization,
        "form": form,
        "wording": commitment.wording,
        "back": back,
        "frame": "base_staff.html",
    }
    return render(request, "commitments/object.html", context, status=422 if form.errors else 200)


@never_cache
@login_not_required
@require_POST
def receive_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the link of the mail. Opening the link says nothing; only a button does."""
    commitment = by_link(request, token, Commitment.REPORT_LINK)
    if commitment is None:
        return dead(request, token, Commitment.REPORT_LINK)
    form, organization_id = ReceiptForm(request.POST), commitment.responsible_id or 0
    if request.POST.get("do") == ReceiptForm.OBJECT and "objection" not in request.POST:
        form = ReceiptForm()  # the button of the report's page: the words are asked for here
    elif form.is_valid() and _said(request, commitment, organization_id, form):
        return redirect("commitments:report", token)
    context = {
        "commitment": commitment,
        "organization": commitment.responsible,
        "form": form,
        "wording": commitment.wording,
        "back": reverse("commitments:report", args=[token]),
        "frame": "base_link.html",
    }
    return render(request, "commitments/object.html", context, status=422 if form.errors else 200)


@require_safe
@login_not_required
def organization_load(request: HttpRequest, slug: str) -> HttpResponse:
    """The rows behind an organization's figures."""
    actor, today = request.actor, timezone.localdate()
    organization = get_object_or_404(Organization.objects.visible_to(actor), slug=slug)
    kind = request.GET.get("ver", "")
    kind = kind if kind in load.KINDS else load.OPEN
    rows, mesa = load.open_of(actor, organization), None
    if wanted := request.GET.get("mesa", "").replace("\0", ""):
        mesa = get_object_or_404(Mesa.objects.visible_to(actor), slug=wanted)
        rows = rows.filter(mesa=mesa)
    figures = load.load_of(rows, today)
    shown = by_urgency(rows.filter(load.which(kind, today)).select_related("mesa", "verifier"), today)
    paginator = Paginator(shown, PAGE)
    paginator.count = figures.of(kind)  # type: ignore[method-assign]
    page = paginator.get_page(request.GET.get("page"))
    context = {
        "section": "organizations",
        "organization": organization,
        "mesa": mesa,
        "kind": kind,
        "load": figures,
        "page": page,
        "rows": with_light(page.object_list, today),
        "query": f"ver={kind}" + (f"&mesa={mesa.slug}" if mesa else ""),
    }
    return render(request, "commitments/load.html", context)


@require_safe
@login_not_required
def mesa_load(request: HttpRequest, slug: str) -> HttpResponse:
    """Who at the mesa answers for how much, here and everywhere."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    found = load.borne_at(request.actor, mesa, timezone.localdate())
    context = {
        "section": "mesas",
        "mesa": mesa,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "heavy": sum(one.is_heavy for one in found),
        "keeps": has(request.actor, Permission.MANAGE_COMMITMENTS, mesa),
    }
    return render(request, "commitments/mesa_load.html", context)


@require_safe
def receipts(request: HttpRequest, slug: str) -> HttpResponse:
    """For the secretariat: objections that stand, and who has not said that it has a commitment."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not has(request.actor, Permission.MANAGE_COMMITMENTS, mesa):
        raise PermissionDenied
    now = timezone.now()
    context = {
        "section": "mesas",
        "mesa": mesa,
        "days": SILENT_DAYS,
        "today": timezone.localdate(now),
        "objections": list(objections(request.actor).filter(commitment__mesa=mesa)[:PAGE]),
        "page": Paginator(unreceived(request.actor, mesa, now), PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "commitments/receipts.html", context)


def _is_a_side(commitment: Commitment, organization: Organization) -> bool:
    return (
        organization.pk in (commitment.responsible_id, commitment.verifier_id)
        or commitment.co_responsible.filter(pk=organization.pk).exists()
    )


def _said(request: HttpRequest, commitment: Commitment, organization_id: int, form: ReceiptForm) -> bool:
    do, actor = form.cleaned_data["do"], request.actor
    assert isinstance(actor, Actor)  # noqa: S101  the middleware has set it
    words = {"text": form.cleaned_data["objection"]} if do == ReceiptForm.OBJECT else {}
    try:
        DONE[do](
            commitment_id=commitment.pk,
            organization_id=organization_id,
            person_id=actor.person_id,
            by=actor,
            wording=form.cleaned_data["wording"],
            now=timezone.now(),
            **words,
        )
    except actions.OtherText as error:
        if do == ReceiptForm.OBJECT:
            form.add_error(None, str(error.message))  # the words stay, under the text as it is now
            return False
        messages.warning(request, str(error.message))
        return True
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return False
    messages.success(request, str(THANKS[do]))
    return True


THANKS = {
    ReceiptForm.ACKNOWLEDGE: _("Received. Next: say whether your organization accepts it."),
    ReceiptForm.ACCEPT: _("Accepted. We write to you before it is due."),
    ReceiptForm.OBJECT: _("Your objection is with the secretariat, and the next session deals with it."),
}
