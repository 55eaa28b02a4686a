"""What an organization does with its copy of the minutes: read, observe a paragraph, take it back, agree.

One page, plain POST, without an account by the link of the letter. GET writes nothing: mail scanners open links.
"""

from contextlib import suppress
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.links import stems_from
from coordination.attendees.views.door import sealed
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa
from coordination.minutes import circulating, observed
from coordination.minutes.actions import circulation, observing
from coordination.minutes.copy_permissions import can_speak, observations_read, sections_read
from coordination.minutes.forms_observing import ObservationForm, new_press
from coordination.minutes.paper import signed_sum
from coordination.minutes.texts import MinutesCopy, Observation
from coordination.minutes.views.copy_doors import acting, by_account, ways
from coordination.minutes.views.copy_doors import by_link as through_link
from coordination.organizations.models import Post, Tenure


@require_http_methods(["GET", "HEAD"])
def _copy(request: HttpRequest, copy: MinutesCopy) -> HttpResponse:
    """The minutes as a document, each paragraph with what everybody said about it."""
    return copy_page(request, copy)


def _observe(request: HttpRequest, copy: MinutesCopy) -> HttpResponse:
    form = ObservationForm(request.POST)
    if not form.is_valid():
        return copy_page(request, copy, wrong=form, status=422)
    section = (
        sections_read(request.actor, copy.minutes).filter(public_id=form.cleaned_data["section"]).first()
    )
    if section is None:
        raise Http404
    try:
        made = observing.observe(
            copy_id=copy.pk, section_id=section.pk, paragraph=form.cleaned_data["paragraph"],
            text=form.cleaned_data["text"], author=_post_of(request, copy), client_id=form.cleaned_data["client_id"],
            by=request.actor, now=timezone.now(),
        )  # fmt: skip
    except DomainError as error:
        form.add_error("text", str(error.message))
        copy.minutes.refresh_from_db()
        return copy_page(request, copy, wrong=form, status=422)
    return redirect(f"{ways(request, copy)['copy']}?dicho={made.public_id}#o-{made.public_id}")


def _withdraw(request: HttpRequest, copy: MinutesCopy, observation_id: object) -> HttpResponse:
    own = Observation.objects.filter(minutes=copy.minutes_id, organization=copy.organization_id)
    found = get_object_or_404(own, public_id=observation_id)
    try:
        observing.withdraw(
            observation_id=found.pk,
            organization_id=copy.organization_id,
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as error:
        return copy_page(request, copy, refused=str(error.message), status=422)
    return redirect(f"{ways(request, copy)['copy']}?retirada=1")


def _agree(request: HttpRequest, copy: MinutesCopy) -> HttpResponse:
    """ "Nothing to observe": one click."""
    try:
        observing.agree(copy_id=copy.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        return copy_page(request, copy, refused=str(error.message), status=422)
    return redirect(f"{ways(request, copy)['copy']}?acuerdo=1")


@through_link
@require_POST
def seen(request: HttpRequest, copy: MinutesCopy) -> HttpResponse:
    """A person has the page before them. Staff who try the link do not count."""
    mine = copy.organization_id in request.actor.organization_ids
    if mine or not request.actor.is_signed_in:
        circulation.mark_seen(copy_id=copy.pk, by=request.actor, now=timezone.now())
    return HttpResponse(status=204)


@login_not_required
@require_POST
def renew(request: HttpRequest, token: str) -> HttpResponse:
    """Sends the link again to the address on file. The answer is one and the same, whatever the token was."""
    named = circulating.named_by(token)
    if named and stems_from(token, MinutesCopy.LINK_PURPOSE, named.public_id, named.link_generation):
        # Refusals are told to nobody: whoever holds a dead token must not learn from the answer what it was for.
        with suppress(DomainError):
            circulation.renew_link(copy_id=named.pk, by=acting(request, named), now=timezone.now())
    return sealed(render(request, "minutes/copy_renewed.html"))


def copy_page(
    request: HttpRequest, copy: MinutesCopy, *, wrong: ObservationForm | None = None, refused: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    """The page, with the field that was refused still open and its words in it."""
    minutes, now = copy.minutes, timezone.now()
    said = list(observations_read(request.actor, minutes).select_related("organization", "section"))
    signature = minutes.signatures.filter(organization=copy.organization_id).first()
    takes = minutes.takes_observations(now)
    signs = minutes.approval == Mesa.MinutesApproval.SIGNATURE
    text_sum = signed_sum(minutes) if signs else ""
    mine = [one for one in said if one.organization_id == copy.organization_id]
    agreed = set(minutes.copies.exclude(agreed_at=None).values_list("organization_id", flat=True))
    context: dict[str, Any] = {
        "copy": copy,
        "minutes": minutes,
        "session": minutes.session,
        "chapters": observed.chapters(sections_read(request.actor, minutes), said),
        "mine": mine,
        "answered_by": len(agreed | {one.organization_id for one in said}),
        "unanswered": sum(not one.answer for one in said),
        "takes": takes,
        "speaks": can_speak(request.actor, copy),
        "signs": signs,
        "text_sum": text_sum,
        "signature": signature,
        "void": signature is not None and signature.sha256 != text_sum,
        "press": wrong.cleaned_data.get("client_id", new_press()) if wrong else new_press(),
        "wrong": wrong,
        "wrong_place": (wrong["section"].value(), wrong["paragraph"].value()) if wrong else None,
        "refused": refused,
        "to": ways(request, copy),
        "frame": "base_link.html" if request.actor.link else "base_staff.html",
        "token": copy.token if request.actor.link else "",
        "just": _just(request, copy),
    }
    return render(request, "minutes/copy.html", context, status=status)


def _just(request: HttpRequest, copy: MinutesCopy) -> str:
    """What the reader has done a moment ago, as the address says; nothing that is not so."""
    if request.method == "POST":
        return ""
    if "dicho" in request.GET:
        return "observed"
    if "retirada" in request.GET:
        return "withdrawn"
    if "firmado" in request.GET:
        return "signed"
    return "agreed" if "acuerdo" in request.GET and copy.agreed_at else ""


def _post_of(request: HttpRequest, copy: MinutesCopy) -> str:
    """The post through which somebody who signed in speaks for the organization; a link says only whose it is."""
    if not request.actor.is_signed_in:
        return ""
    held = Tenure.objects.current(timezone.localdate()).filter(
        person=request.actor.person_id, post__organization=copy.organization_id
    )
    post = Post.objects.filter(pk__in=held.values("post")).order_by("pk").first()
    return post.title if post else ""


copy, own_copy = through_link(_copy), by_account(_copy)
observe, own_observe = require_POST(through_link(_observe)), require_POST(by_account(_observe))
withdraw, own_withdraw = require_POST(through_link(_withdraw)), require_POST(by_account(_withdraw))
agree, own_agree = require_POST(through_link(_agree)), require_POST(by_account(_agree))
