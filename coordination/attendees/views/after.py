"""What goes with an answer: the letter, figures that name nobody, the link for a colleague, the swap at the door."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.attendees import actions
from coordination.attendees.actions.arriving import renew_passes
from coordination.attendees.answer_forms import LetterForm, PassOnForm, StatedForm
from coordination.attendees.models import Invitation
from coordination.attendees.stating import may_state
from coordination.attendees.views.by_link import answered_page, version_of
from coordination.attendees.views.door import by_link, by_post, page, to
from coordination.common.errors import DomainError
from coordination.files.serving import respond


@require_POST
def _swap(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    try:
        actions.swap(
            invitation_id=invitation.pk, version=version_of(request), by=request.actor, now=timezone.now()
        )
    except DomainError as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("Principal and alternate have traded places."))
    return to(request, "answered", invitation)


@require_POST
def _hand_in(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = LetterForm(request.POST, request.FILES, prefix="letter")
    if form.is_valid():
        told = form.cleaned_data
        try:
            actions.hand_in_letter(
                invitation_id=invitation.pk,
                number=told["number"],
                dated=told["dated"],
                upload=told["file"],
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _("The letter is with your delegation."))
            return to(request, "answered", invitation)
    return answered_page(request, invitation, letter_form=form, has_errors=True, status=422)


@require_safe
def _letter_file(request: HttpRequest, invitation: Invitation) -> HttpResponseBase:
    if invitation.letter is None:
        raise Http404
    return respond(invitation.letter)


@require_POST
def _pass_on(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = PassOnForm(request.POST, prefix="pass")
    if form.is_valid():
        try:
            actions.pass_on(
                invitation_id=invitation.pk, **form.cleaned_data, by=request.actor, now=timezone.now()
            )
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            text = _("The link is on its way to %(email)s. Yours goes on working.")
            messages.success(request, text % form.cleaned_data)
            return to(request, "answered" if invitation.answered_at else "invitation", invitation)
    if invitation.answered_at is None:
        for wrong in form.errors.values():
            messages.warning(request, wrong[0])
        return to(request, "invitation", invitation)
    return answered_page(request, invitation, pass_form=form, has_errors=True, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def _stated(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Optional figures, a page of their own after the answer. Leaving it is one step, as answering is."""
    people = may_state(invitation) if invitation.state == Invitation.State.ACCEPTED else 0
    if not people:
        return to(request, "answered", invitation)
    form = StatedForm(request.POST if request.method == "POST" else None, people=people)
    if request.method == "POST" and form.is_valid():
        try:
            actions.state(
                invitation_id=invitation.pk, counts=form.counts(), by=request.actor, now=timezone.now()
            )
        except DomainError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, _("Thank you. The figures were counted; they are tied to nobody."))
            return to(request, "answered", invitation)
    return page(request, "stated", invitation, form=form, people=people, status=422 if form.is_bound else 200)


@require_POST
def _renew_passes(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """A pass was lost, or lies with somebody else."""
    renew_passes(invitation_id=invitation.pk, by=request.actor, now=timezone.now())
    messages.success(
        request, _("The passes are new. The earlier links no longer open: pass the new ones on.")
    )
    return to(request, "answered", invitation)


swap, own_swap = by_link(_swap), require_POST(by_post(_swap))
hand_in, own_hand_in = by_link(_hand_in), require_POST(by_post(_hand_in))
letter_file, own_letter_file = by_link(_letter_file), by_post(_letter_file)
pass_on, own_pass_on = by_link(_pass_on), require_POST(by_post(_pass_on))
renew_passes_view, own_renew_passes = by_link(_renew_passes), require_POST(by_post(_renew_passes))
stated, own_stated = by_link(_stated), by_post(_stated)
