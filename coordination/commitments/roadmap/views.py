"""The road map on screen and as a file, and the milestones on it."""

from typing import Any, NamedTuple

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.commitments import permissions, queries
from coordination.commitments.models import Commitment, Milestone
from coordination.commitments.roadmap import actions
from coordination.commitments.roadmap import files as roadmap_files
from coordination.commitments.roadmap.forms import MilestoneForm, RoadmapFilter
from coordination.commitments.roadmap.queries import MOST, PAGE, Way, marks_of, order
from coordination.commitments.roadmap.queries import road as road_of
from coordination.common import allowances
from coordination.common.errors import DomainError
from coordination.common.paging import CountedPaginator
from coordination.documents.cells import XLSX
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import Permission, has

MOST_IN_A_FILE = 500
SCOPES = ("mesa", "axis", "responsible")


@require_safe
@login_not_required
def roadmap(request: HttpRequest) -> HttpResponse:
    """What the reader may see of it, by date or grouped; the choice lives in the address."""
    form, chosen, mesa, keys, marks = _asked_road(request, MOST)
    more = len(keys) > MOST
    page = CountedPaginator(keys[:MOST], PAGE, count=min(len(keys), MOST)).get_page(request.GET.get("page"))
    road = road_of(
        list(page),
        marks if page.number == 1 else [],
        today=timezone.localdate(),
        group=chosen.get("group", ""),
        more=more,
    )
    query = request.GET.copy()
    for name in list(query):
        if name not in {*chosen, "todo"}:
            del query[name]
    context = {
        "section": "commitments",
        "form": form,
        "chosen": chosen,
        "road": road,
        "page": page,
        "is_known": form.is_known,
        "mesa": mesa,
        "scope": _scope(form, chosen),
        "told": _told(form, chosen, whole="todo" in request.GET),
        "whole": "todo" in request.GET,
        "query": query.urlencode(),
        "may_add": mesa is not None
        and not mesa.is_historic
        and has(request.actor, Permission.MANAGE_COMMITMENTS, mesa),
    }
    return render(request, "commitments/roadmap.html", context)


@require_safe
@login_not_required
def roadmap_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same choice as pdf, xlsx, csv or ics."""
    if too_many := allowances.refused(request):
        return too_many
    now = timezone.now()
    most = roadmap_files.MOST_ON_PAPER if kind == "pdf" else MOST_IN_A_FILE
    form, chosen, mesa, keys, marks = _asked_road(request, most)
    if not form.is_known:
        raise Http404  # a file would say that nothing was agreed there
    road = road_of(
        keys[:most],
        marks,
        today=timezone.localdate(now),
        group=chosen.get("group", ""),
        more=len(keys) > most,
    )
    title, scope = _("Road map"), _scope(form, chosen)
    if kind == "pdf":
        content, mime = (
            roadmap_files.pdf(road, title=title, scope=scope, of_one_mesa=mesa is not None),
            "application/pdf",
        )
    elif kind == "xlsx":
        content, mime = roadmap_files.workbook(road), XLSX
    elif kind == "csv":
        content, mime = roadmap_files.text(road).encode(), "text/csv; charset=utf-8"
    elif kind == "ics":
        name = f"{title}: {scope}" if scope else title
        content, mime = roadmap_files.calendar(road, name=name), "text/calendar; charset=utf-8"
    else:
        raise Http404
    response = HttpResponse(content, content_type=mime)
    name = f"{_('road-map')}-{timezone.localdate(now):%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def milestone_add(request: HttpRequest, slug: str) -> HttpResponse:
    """A step on the road of a mesa; ``?compromiso=<id>`` puts it on the way to one of its commitments."""
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if mesa.is_historic or not has(request.actor, Permission.MANAGE_COMMITMENTS, mesa):
        raise PermissionDenied
    commitment = _asked(request, mesa)
    form = MilestoneForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_milestone(
                mesa_id=mesa.pk,
                commitment_id=commitment.pk if commitment else None,
                **form.cleaned_data,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            messages.success(request, _("The milestone is on the road map."))
            return redirect(_back(mesa, commitment))
    context = {
        "section": "commitments",
        "form": form,
        "mesa": mesa,
        "commitment": commitment,
        "back": _back(mesa, commitment),
    }
    return render(request, "commitments/milestone_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def milestone(request: HttpRequest, public_id: str) -> HttpResponse:
    """Change its words or its date, say when it was reached, or take it off."""
    found = _kept(request, public_id)
    form = MilestoneForm(request.POST if request.method == "POST" else None, milestone=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_milestone(
                milestone_id=found.pk,
                **form.cleaned_data,
                today=timezone.localdate(),
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            messages.success(request, _("The milestone was changed."))
            return redirect(_back(found.mesa, found.commitment))
    context = {
        "section": "commitments", "form": form, "mesa": found.mesa, "commitment": found.commitment,
        "milestone": found, "back": _back(found.mesa, found.commitment),
    }  # fmt: skip
    return render(request, "commitments/milestone_form.html", context, status=422 if form.errors else 200)


@require_POST
def milestone_remove(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _kept(request, public_id)
    version = request.POST.get("version", "")
    try:
        actions.remove_milestone(
            milestone_id=found.pk,
            version=int(version) if version.isascii() and version.isdigit() else 0,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect("commitments:milestone", found.public_id)
    messages.success(request, _("The milestone is no longer on the road map. Its record stays."))
    return redirect(_back(found.mesa, found.commitment))


class _Asked(NamedTuple):
    """What the address asks for; ``keys`` is one longer than what is shown where there is more."""

    form: RoadmapFilter
    chosen: dict[str, str]
    mesa: Mesa | None
    keys: list[int]
    marks: list[Milestone]


def _asked_road(request: HttpRequest, most: int) -> _Asked:
    """Three queries; a fourth where a mesa has a road and no commitment."""
    choices = queries.choices(request.actor)
    del choices["sectors"]
    mesa = None
    if asked := request.GET.get("mesa", "").replace("\0", ""):
        mesa = Mesa.objects.visible_to(request.actor).filter(slug=asked).first()
    if mesa and mesa.slug not in dict(choices["mesas"]):
        choices["mesas"].append((mesa.slug, mesa.name))  # it has no commitment yet, but a road
    form = RoadmapFilter(request.GET, **choices)
    chosen = form.chosen()
    if not form.is_known:  # an address that no longer means anything must not become the report of everybody
        return _Asked(form, chosen, mesa, [], [])
    today = timezone.localdate()
    way = Way(**{name: chosen[name] for name in SCOPES if name in chosen})
    whole, group = "todo" in request.GET, chosen.get("group", "")
    keys = order(request.actor, way, today, whole=whole, group=group, most=most)
    return _Asked(form, chosen, mesa, keys, marks_of(request.actor, way))


def _scope(form: RoadmapFilter, chosen: dict[str, str]) -> str:
    return " · ".join(form.title_of(name) for name in SCOPES if name in chosen)


def _told(form: RoadmapFilter, chosen: dict[str, str], *, whole: bool) -> list[str]:
    """How it was chosen, for paper, where the filters are not printed."""
    words = []
    if "group" in chosen:
        group = dict(form.fields["group"].choices)[chosen["group"]]  # type: ignore[attr-defined]
        words.append(f"{form.fields['group'].label}: {group}")
    words.append(_("Everything, whenever it was settled") if whole else _("What is open, and the last year"))
    return words


def _asked(request: HttpRequest, mesa: Mesa) -> Commitment | None:
    asked = request.GET.get("compromiso", "")
    if not asked:
        return None
    rows = (
        Commitment.objects.visible_to(request.actor).filter(mesa=mesa).select_related("mesa", "session__mesa")
    )
    try:
        commitment = get_object_or_404(rows, public_id=asked)
    except ValidationError as bad:
        raise Http404 from bad
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    return commitment


def _kept(request: HttpRequest, public_id: str) -> Milestone:
    found = get_object_or_404(
        Milestone.objects.visible_to(request.actor)
        .filter(removed_at=None)
        .select_related("mesa", "commitment__mesa", "commitment__session__mesa"),
        public_id=public_id,
    )
    keeps = (
        permissions.can_manage(request.actor, found.commitment)
        if found.commitment
        else not found.mesa.is_historic and has(request.actor, Permission.MANAGE_COMMITMENTS, found.mesa)
    )
    if not keeps:
        raise PermissionDenied
    return found


def _back(mesa: Mesa, commitment: Commitment | None) -> Any:
    return (
        commitment.get_absolute_url() if commitment else f"{reverse('commitments:roadmap')}?mesa={mesa.slug}"
    )
