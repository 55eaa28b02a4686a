"""The mesa's own Word template of minutes: the secretariat's page, its files, retiring it and bringing one back."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.dates import spoken
from coordination.common.errors import DomainError
from coordination.documents.docx import About, fill
from coordination.files.models import StoredFile
from coordination.files.serving import CONTENT_TYPES, respond
from coordination.mesas.models import Mesa
from coordination.mesas.permissions import can_edit_mesa
from coordination.minutes.actions import templates as actions
from coordination.minutes.forms_template import TemplateForm
from coordination.minutes.paper import own_template
from coordination.minutes.word import VARIABLES, house_template, sample

FORMER = 10


@require_http_methods(["GET", "HEAD", "POST"])
def template(request: HttpRequest, slug: str) -> HttpResponse:
    """What is used now, what can be named in a template, and another one to upload: tried before it is used."""
    mesa = _mesa(request, slug)
    form = TemplateForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    problems = []
    if form.is_bound and form.is_valid():
        now, undo = timezone.now(), _undo(mesa)
        try:
            actions.upload_template(
                mesa_id=mesa.pk, upload=form.cleaned_data["file"], by=request.actor, now=now
            )
        except actions.TemplateUnfit as unfit:
            problems = unfit.problems
            form.add_error("file", unfit.message)
        except DomainError as refused:
            form.add_error("file", refused.message)
        else:
            messages.success(
                request, _("The minutes in Word use this template from now on."), extra_tags=undo
            )
            return redirect("minutes:template", slug)
    kept = list(mesa.minutes_templates.select_related("file").order_by("-uploaded_at", "-pk")[: FORMER + 1])
    context = {
        "mesa": mesa,
        "form": form,
        "problems": problems,
        "used": next((one for one in kept if one.retired_at is None), None),
        "former": [one for one in kept if one.retired_at is not None],
        "variables": VARIABLES,
    }
    return render(request, "minutes/template.html", context, status=422 if form.errors else 200)


@require_POST
def retire(request: HttpRequest, slug: str) -> HttpResponse:
    mesa = _mesa(request, slug)
    retired = actions.retire_template(mesa_id=mesa.pk, by=request.actor, now=timezone.now())
    if retired:
        undo = reverse("minutes:template_bring_back", args=[slug, retired.public_id])
        messages.success(
            request,
            _("The minutes in Word use the template of the house from now on."),
            extra_tags=f"undo:{undo}",
        )
    return redirect("minutes:template", slug)


@require_POST
def bring_back(request: HttpRequest, slug: str, template_id: uuid.UUID) -> HttpResponse:
    mesa = _mesa(request, slug)
    wanted = get_object_or_404(mesa.minutes_templates, public_id=template_id)
    undo = _undo(mesa)
    try:
        actions.bring_back_template(
            mesa_id=mesa.pk, template_id=wanted.pk, by=request.actor, now=timezone.now()
        )
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, _("The minutes in Word use this template again."), extra_tags=undo)
    return redirect("minutes:template", slug)


@require_safe
def file(request: HttpRequest, slug: str, template_id: uuid.UUID) -> HttpResponseBase:
    """One of the mesa's own, as it was uploaded."""
    kept = _mesa(request, slug).minutes_templates.select_related("file")
    return respond(get_object_or_404(kept, public_id=template_id).file)


@require_safe
def house(request: HttpRequest, slug: str) -> HttpResponse:
    """The template of the house, to begin one's own with; its names are in the language of the page."""
    _mesa(request, slug)
    return _word(house_template(spoken()), _("minutes-template"))


@require_safe
def example(request: HttpRequest, slug: str) -> HttpResponse:
    """Minutes of nobody in the template in use: how the next ones will look."""
    mesa = _mesa(request, slug)
    language = spoken()
    about = About(title=_("Sample minutes"), author=mesa.name, language=language)
    try:
        made = fill(own_template(mesa.pk) or house_template(language), sample(language), about=about)
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect("minutes:template", slug)
    return _word(made, _("sample-minutes"))


def _mesa(request: HttpRequest, slug: str) -> Mesa:
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    if not can_edit_mesa(request.actor, mesa):
        raise PermissionDenied
    return mesa


def _undo(mesa: Mesa) -> str:
    """Asked before a change: what will take it back, the template in use now or, without one, the house's."""
    used = mesa.minutes_templates.filter(retired_at=None).first()
    back = (
        ("minutes:template_bring_back", [mesa.slug, used.public_id])
        if used
        else ("minutes:template_retire", [mesa.slug])
    )
    return f"undo:{reverse(back[0], args=back[1])}"


def _word(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=CONTENT_TYPES[StoredFile.Type.DOCX])
    response["Content-Disposition"] = f'attachment; filename="{name}.docx"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
