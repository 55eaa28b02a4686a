"""The secretariat answers what was observed, with the paragraph beside it and its new words at once."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from coordination.common.errors import DomainError, StaleVersion
from coordination.minutes import observed
from coordination.minutes.actions import approval
from coordination.minutes.forms_observing import AnswerForm
from coordination.minutes.permissions import can_draft, can_publish, section_shown
from coordination.minutes.texts import Minutes, Observation
from coordination.minutes.views.loading import newest

WORDING = gettext_lazy("How the paragraph reads now")


@require_safe
def answers(request: HttpRequest, public_id: object) -> HttpResponse:
    """What waits first; then what was answered, and where it changed the text."""
    minutes = newest(request, public_id, can_draft)
    if minutes.is_draft:
        raise Http404
    rows = list(_shown(request, minutes).order_by("section__order", "paragraph", "made_at", "pk"))
    context = _context(minutes) | {
        "waiting": [row for row in rows if not row.answer],
        "answered": [row for row in rows if row.answer],
        "may_answer": minutes.state == Minutes.State.CIRCULATED
        and can_publish(request.actor, minutes.session),
        "takes": minutes.takes_observations(timezone.now()),
    }
    return render(request, "minutes/answers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, public_id: object, observation_id: object) -> HttpResponse:
    minutes = newest(request, public_id, can_publish)
    found = get_object_or_404(_shown(request, minutes), public_id=observation_id)
    words = observed.words_now(found.section, found)
    form = AnswerForm(request.POST or None, initial=_initial(found, words))
    if request.method != "POST":
        return _page(request, minutes, found, form)
    if not form.is_valid():
        return _page(request, minutes, found, form, status=422)
    try:
        approval.answer(
            observation_id=found.pk, version=form.cleaned_data["version"], answer=form.cleaned_data["answer"],
            reason=form.cleaned_data["answer_text"], section_version=form.cleaned_data["section_version"],
            body=_body(found, words, form), by=request.actor, now=timezone.now(),
        )  # fmt: skip
    except StaleVersion as stale:
        return _stale(request, minutes, found, form, stale)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return _page(request, minutes, found, form, status=422)
    messages.success(
        request, _("Answered. Whoever observed it gets a letter once all they observed has its answer.")
    )
    return redirect("minutes:answers", minutes.session.public_id)


def _shown(request: HttpRequest, minutes: Minutes) -> Any:
    sections = minutes.sections.filter(section_shown(request.actor, minutes.session))
    rows = Observation.objects.filter(minutes=minutes, withdrawn_at=None, section__in=sections.values("pk"))
    return rows.select_related("organization", "section")


def _initial(found: Observation, words: str) -> dict[str, Any]:
    return {
        "answer": found.answer,
        "answer_text": found.answer_text,
        "wording": words,
        "version": found.version,
        "section_version": found.section.version,
    }


def _body(found: Observation, words: str, form: AnswerForm) -> str | None:
    """The section as it reads with the paragraph's new words; None where they stay as they are."""
    wording = form.cleaned_data["wording"].strip()
    if wording == words.strip():
        return None
    return observed.reworded(found.section, found, wording)


def _stale(
    request: HttpRequest, minutes: Minutes, found: Observation, form: AnswerForm, stale: StaleVersion
) -> HttpResponse:
    """Both side by side: what somebody else wrote above, one's own in the form, which may be sent now."""
    found.refresh_from_db()
    theirs = [
        (_("Answer"), found.get_answer_display()),
        (_("Reason"), found.answer_text),
        (WORDING, observed.words_now(found.section, found)),
    ]
    mine = form.data.copy()
    mine["version"], mine["section_version"] = found.version, found.section.version
    again = AnswerForm(mine, initial=_initial(found, observed.words_now(found.section, found)))
    return _page(request, minutes, found, again, status=409, theirs=theirs)


def _page(
    request: HttpRequest,
    minutes: Minutes,
    found: Observation,
    form: AnswerForm,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    words = observed.words_now(found.section, found)
    form.fields["wording"].label = WORDING if words else gettext_lazy("Paragraph to add to the section")
    context = _context(minutes) | {
        "observation": found,
        "form": form,
        "words": words,
        "changed_since": bool(words) and words != found.quote,
        "may_answer": minutes.state == Minutes.State.CIRCULATED,
    }
    return render(request, "minutes/answers_one.html", context | more, status=status)


def _context(minutes: Minutes) -> dict[str, Any]:
    return {"section": "sessions", "minutes": minutes, "session": minutes.session}
