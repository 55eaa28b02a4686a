"""The secretariat sends the minutes round, sees what became of each copy, gives more time, sends a link again."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.dates import date_words
from coordination.common.errors import DomainError, StaleVersion
from coordination.mesas.models import Mesa
from coordination.minutes import circulating
from coordination.minutes.actions import circulation as actions
from coordination.minutes.forms_observing import CirculateForm, TermForm
from coordination.minutes.paper import signed_sum
from coordination.minutes.permissions import can_draft, can_publish, section_shown
from coordination.minutes.texts import Minutes, MinutesCopy
from coordination.minutes.views.loading import newest


@require_http_methods(["GET", "HEAD", "POST"])
def circulate(request: HttpRequest, public_id: object) -> HttpResponse:
    """To whom, until when: asked before mail goes out, with the number of organizations."""
    minutes, now = newest(request, public_id, can_publish), timezone.now()
    session = minutes.session
    if not minutes.is_draft:
        return redirect("minutes:circulation", session.public_id)
    soonest = circulating.soonest_day(session, now)
    initial = {"until": circulating.usual_day(session, now), "version": minutes.edit_version}
    form = CirculateForm(request.POST or None, initial=initial, soonest=soonest)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.circulate(
                    minutes_id=minutes.pk, version=form.cleaned_data["version"], until=form.cleaned_data["until"],
                    by=request.actor, now=now,
                )  # fmt: skip
            except StaleVersion:
                status = 409
                form = CirculateForm(initial=initial | {"until": form.cleaned_data["until"]}, soonest=soonest)
                told = _(
                    "Somebody edited the draft in the meantime and nothing was sent. Read it again first."
                )
                messages.error(request, told)
            except DomainError as error:
                form.add_error(error.field if error.field in form.fields else None, str(error.message))
            else:
                return _sent(request, minutes)
    organizations = list(circulating.goes_to(minutes, circulating.today_at(session, now)))
    context = _context(minutes) | {
        "form": form,
        "organizations": organizations,
        "usual": initial["until"],
        "lacks_register": session.attendance_closed_at is None,
    }
    return render(request, "minutes/circulate.html", context, status=status)


@require_safe
def circulation(request: HttpRequest, public_id: object) -> HttpResponse:
    return _page(request, _went_round(request, public_id))


@require_POST
def term(request: HttpRequest, public_id: object) -> HttpResponse:
    minutes = _went_round(request, public_id, change=True)
    form = TermForm(request.POST)
    if form.is_valid():
        until = form.cleaned_data["until"]
        try:
            actions.postpone(minutes_id=minutes.pk, until=until, by=request.actor, now=timezone.now())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.message))
        else:
            told = _("There is time until the end of %(day)s.") % {"day": date_words(until)}
            messages.success(request, told)
            return redirect("minutes:circulation", minutes.session.public_id)
    return _page(request, minutes, form, status=422)


@require_POST
def resend(request: HttpRequest, public_id: object, copy_id: object) -> HttpResponse:
    minutes = _went_round(request, public_id, change=True)
    copy = get_object_or_404(
        MinutesCopy.objects.select_related("organization"), minutes=minutes, public_id=copy_id
    )
    try:
        actions.renew_link(copy_id=copy.pk, by=request.actor, now=timezone.now())
    except DomainError as error:
        messages.error(request, str(error.message))
    else:
        told = _("The link is on its way again to the address on file of %(organization)s.")
        messages.success(request, told % {"organization": copy.organization.name})
    return redirect("minutes:circulation", minutes.session.public_id)


def _sent(request: HttpRequest, minutes: Minutes) -> HttpResponse:
    n = minutes.copies.count()
    told = ngettext(
        "Circulated: one organization gets a letter now.",
        "Circulated: %(n)s organizations get a letter now.",
        n,
    )
    messages.success(request, told % {"n": n})
    return redirect("minutes:circulation", minutes.session.public_id)


def _went_round(request: HttpRequest, public_id: object, *, change: bool = False) -> Minutes:
    minutes = newest(request, public_id, can_publish if change else can_draft)
    if minutes.is_draft:
        raise Http404
    return minutes


def _page(
    request: HttpRequest, minutes: Minutes, form: TermForm | None = None, status: int = 200
) -> HttpResponse:
    now, session = timezone.now(), minutes.session
    shown = section_shown(request.actor, session)
    rows = circulating.standings(minutes, signed_sum(minutes), shown)
    seen_sections = minutes.sections.filter(shown).values("pk")
    waiting = circulating.unanswered(minutes).filter(section__in=seen_sections).count()
    signs = minutes.approval == Mesa.MinutesApproval.SIGNATURE
    context = _context(minutes) | {
        "rows": rows,
        "answered": sum(row.has_said_something for row in rows),
        "unanswered": waiting,
        "signs": signs,
        "signed": sum(row.signature is not None and not row.signature_is_void for row in rows),
        "takes": minutes.takes_observations(now),
        "may_change": minutes.state == Minutes.State.CIRCULATED and can_publish(request.actor, session),
        "may_resend": minutes.state != Minutes.State.SUPERSEDED and can_publish(request.actor, session),
        "form": form or TermForm(),
    }
    return render(request, "minutes/circulate_copies.html", context, status=status)


def _context(minutes: Minutes) -> dict[str, Any]:
    return {"section": "sessions", "minutes": minutes, "session": minutes.session}
