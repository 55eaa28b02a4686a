"""Pages of organizations: the list, the door for those who ask to join, each one's own text."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.links import BadLink, read_id
from coordination.common.errors import DomainError, StaleVersion
from coordination.organizations import actions
from coordination.organizations.forms import JoinForm, OrganizationFilter, OrganizationForm
from coordination.organizations.models import JoinRequest, Organization
from coordination.organizations.permissions import can_edit_organization
from coordination.organizations.queries import found, name_sectors, sectors_with_counts

PAGE = 50


@login_not_required
@require_safe
def organization_list(request: HttpRequest) -> HttpResponse:
    """Who takes part. Filters live in the address; a wrong one filters nothing."""
    form = OrganizationFilter(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    shown = Organization.objects.visible_to(request.actor).exclude(state=Organization.State.INACTIVE)
    rows = found(
        shown, text=wanted.get("q", ""), level=wanted.get("level", ""), province=wanted.get("province")
    )
    sectors = sectors_with_counts(rows)
    all_count = sum(sector.organization_count for sector in sectors)
    if sector := wanted.get("sector"):
        rows = rows.filter(sector_id_effective=sector.pk)
    query = request.GET.copy()
    query.pop("page", None)
    chips = query.copy()
    chips.pop("sector", None)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    name_sectors(page.object_list, sectors)
    context = {
        "form": form,
        "page": page,
        "sectors": sectors,
        "all_count": all_count,
        "sector": sector,
        "query": query.urlencode(),
        "chips_query": chips.urlencode(),
        "is_filtered": any(wanted.values()),
    }
    return render(request, "organizations/list.html", context)


@login_not_required
@require_http_methods(["GET", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """An organization asks to join. A machine that fills the trap is thanked and nothing is kept."""
    form = JoinForm(request.POST or None)
    if request.method == "POST":
        if form.is_trapped:
            return redirect("organizations:join_sent")
        if form.is_valid():
            try:
                actions.request_to_join(
                    **form.wanted(),
                    language=translation.get_language() or "es",
                    by=request.actor,
                    now=timezone.now(),
                )
            except DomainError as error:
                form.add_error(error.field, str(error.message))
            else:
                return redirect("organizations:join_sent")
    return render(request, "organizations/join.html", {"form": form})


@login_not_required
@require_safe
def join_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "organizations/join_sent.html")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def join_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail. It shows a button; the button confirms, or asks for a new link when this one is dead."""
    asked = _join_request(token)
    now = timezone.now()
    waits_for_mail = asked.state == JoinRequest.State.UNCONFIRMED
    is_dead = waits_for_mail and asked.link_is_dead(token, now)
    if request.method == "POST":
        return _press(request, asked, token, renew=is_dead, now=now)
    if is_dead:
        return render(request, "organizations/join_dead.html", status=410)
    return render(
        request, "organizations/join_confirm.html", {"asked": asked, "waits_for_mail": waits_for_mail}
    )


def _join_request(token: str) -> JoinRequest:
    """The request a link was once made for; a link that was never ours opens nothing."""
    try:
        public_id = read_id(token)
    except BadLink as error:
        raise Http404 from error
    asked = get_object_or_404(JoinRequest.objects.select_related("organization"), public_id=public_id)
    if not asked.was_proven_by(token):
        raise Http404
    return asked


def _press(
    request: HttpRequest, asked: JoinRequest, token: str, *, renew: bool, now: datetime
) -> HttpResponse:
    act = actions.renew_join_link if renew else actions.confirm_join
    try:
        act(request_id=asked.pk, by=request.actor, now=now)
    except DomainError as error:
        messages.warning(request, error.message)
        return redirect("organizations:join_confirm", token)
    return redirect("organizations:join_sent") if renew else redirect("organizations:join_confirm", token)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, slug: str) -> HttpResponse:
    """The organization's own text, by its focal point, its head or an administrator."""
    organization = get_object_or_404(Organization.objects.visible_to(request.actor), slug=slug)
    if not can_edit_organization(request.actor, organization):
        raise PermissionDenied
    form = OrganizationForm(request.POST or None, instance=organization)
    theirs, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit(
                organization_id=organization.pk,
                version=form.cleaned_data["version"],
                by=request.actor,
                now=timezone.now(),
                **form.wanted(),
            )
        except StaleVersion as error:
            form.add_error(None, str(error.message))
            organization.refresh_from_db()
            form.go_on_from(organization.version)
            theirs = [(form.fields[name].label, getattr(organization, name)) for name in form.wanted()]
            status = 409
        else:
            messages.success(request, _("The page of the organization is saved."))
            return redirect(organization.get_absolute_url())
    return render(
        request,
        "organizations/edit.html",
        {"form": form, "organization": organization, "theirs": theirs},
        status=status,
    )
