"""The draft as a readable document, and each of its sections with its editor."""

import uuid
from dataclasses import asdict
from typing import Any

from csp.constants import NONCE, SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from js_asset.media import Media

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.minutes import assembly, diffing, queries
from coordination.minutes.actions import drafting, editing
from coordination.minutes.forms import EDITOR_WORDS, DraftForm, NewSectionForm, SectionForm
from coordination.minutes.permissions import can_draft, can_publish, knows_closed, section_shown
from coordination.minutes.texts import Minutes, Section
from coordination.minutes.views.loading import newest, recorded_session

REMOVED = "minutes_removed"  # the last section this person took away, whole: too long for an address


@require_POST
def create(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """One click: the record becomes a draft. A second click finds it there."""
    session = recorded_session(request, public_id)
    if not can_draft(request.actor, session):
        raise PermissionDenied
    form = DraftForm(request.POST)
    language = form.cleaned_data["language"] if form.is_valid() else "es"
    try:
        drafting.draft(session_id=session.pk, language=language, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(
            request, _("The draft is made from the record. Read it and put right what it lacks.")
        )
    return redirect("minutes:minutes", public_id)


def page(request: HttpRequest, minutes: Minutes, versions: list[Minutes]) -> HttpResponse:
    """The draft for who writes it: what is missing first, then the document with what can be done to each section."""
    session, shown = minutes.session, section_shown(request.actor, minutes.session)
    sections = list(minutes.sections.filter(shown).select_related("edited_by"))
    inside = session.is_casa_adentro or knows_closed(request.actor, session)
    rows, lacking = queries.draft_rows(minutes, sections, closed=inside)
    context = {
        "section": "sessions",
        "session": session,
        "minutes": minutes,
        "versions": versions,
        "rows": rows,
        "lacking": lacking,
        "inside": inside,
        "may_publish": can_publish(request.actor, session),
        "new_form": NewSectionForm(inside=inside, closed=session.is_casa_adentro),
    }
    return render(request, "minutes/draft.html", context)


@require_http_methods(["GET", "POST"])
@csp_update({"style-src": [SELF, NONCE]})
def section_edit(request: HttpRequest, public_id: uuid.UUID, section_id: uuid.UUID) -> HttpResponse:
    minutes, section = _section(request, public_id, section_id)
    form = SectionForm(request.POST or None, instance=Section.objects.get(pk=section.pk))
    context: dict[str, Any] = {}
    status = 200
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        try:
            editing.edit_section(
                section_id=section.pk, version=version, **form.wanted(), by=request.actor, now=timezone.now()
            )
        except StaleVersion:
            told = _(
                "Somebody else saved this in the meantime. Nothing of yours is lost: both texts stand above."
            )
            form.add_error(None, told)
            form.go_on_from(section.version)
            context, status = {"theirs": section, "yours": form.cleaned_data}, 409
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        else:
            messages.success(request, _("“%(title)s” is saved.") % {"title": form.cleaned_data["title"]})
            return redirect(_back(minutes, section))
    elif request.method == "POST":
        status = 422
    context |= {
        "section": "sessions",
        "session": minutes.session,
        "minutes": minutes,
        "part": section,
        "form": form,
        # The editor's scripts come as an import map, which only a nonce lets run.
        "media": Media.from_media(form.media, nonce=str(request.csp_nonce)),  # type: ignore[attr-defined]
        "words": {word: str(told) for word, told in EDITOR_WORDS.items()},
        "back": _back(minutes, section),
    }
    return render(request, "minutes/section.html", context, status=status)


@require_http_methods(["GET", "POST"])
def section_anew(request: HttpRequest, public_id: uuid.UUID, section_id: uuid.UUID) -> HttpResponse:
    """What making the section anew from the record would change; sent, it does."""
    minutes, section = _section(request, public_id, section_id)
    if request.method == "POST":
        try:
            version = row_number(request.POST.get("version", ""))
            editing.make_anew(section_id=section.pk, version=version, by=request.actor, now=timezone.now())
        except DomainError as refused:
            messages.error(request, str(refused.message))
        else:
            messages.success(
                request, _("“%(title)s” says again what the record says.") % {"title": section.title}
            )
        return redirect(_back(minutes, section))
    drafted = assembly.of_section(section)
    context = {
        "section": "sessions",
        "session": minutes.session,
        "minutes": minutes,
        "part": section,
        "drafted": drafted,
        "lines": diffing.of_texts(section.title, section.body, drafted.title, drafted.body)
        if drafted
        else [],
        "back": _back(minutes, section),
    }
    return render(request, "minutes/section_anew.html", context)


@require_POST
def section_new(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Adds an empty section at the end and opens its page."""
    minutes = newest(request, public_id)
    session = minutes.session
    inside = session.is_casa_adentro or knows_closed(request.actor, session)
    form = NewSectionForm(request.POST, inside=inside, closed=session.is_casa_adentro)
    if not form.is_valid():
        messages.error(request, _("Give the section a title."))
        return redirect(f"{reverse('minutes:minutes', args=[public_id])}#nueva")
    try:
        section = editing.add_section(
            minutes_id=minutes.pk, **form.cleaned_data, by=request.actor, now=timezone.now()
        )
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect("minutes:minutes", public_id)
    return redirect("minutes:section", public_id, section.public_id)


@require_POST
def section_move(request: HttpRequest, public_id: uuid.UUID, section_id: uuid.UUID) -> HttpResponse:
    minutes, section = _section(request, public_id, section_id)
    seen = minutes.sections.filter(section_shown(request.actor, minutes.session))
    try:
        editing.move_section(
            section_id=section.pk,
            up=request.POST.get("to") == "up",
            among=frozenset(seen.values_list("pk", flat=True)),
            by=request.actor,
            now=timezone.now(),
        )
    except DomainError as refused:
        messages.error(request, str(refused.message))
    return redirect(_back(minutes, section))


@require_POST
def section_remove(request: HttpRequest, public_id: uuid.UUID, section_id: uuid.UUID) -> HttpResponse:
    """Removes at once and offers to take it back."""
    minutes, section = _section(request, public_id, section_id)
    try:
        removed = editing.remove_section(section_id=section.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        request.session[REMOVED] = {"minutes": minutes.pk, **asdict(removed)}
        undo = reverse("minutes:section_restore", args=[public_id])
        told = _("“%(title)s” was removed.") % {"title": removed.title}
        messages.success(request, told, extra_tags=f"undo:{undo}")
    return redirect("minutes:minutes", public_id)


@require_POST
def section_restore(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Takes the last removal back: the same text at the same place, once."""
    minutes = newest(request, public_id)
    removed = request.session.get(REMOVED)
    if not removed or removed["minutes"] != minutes.pk:
        messages.error(request, _("This can no longer be undone."))
        return redirect("minutes:minutes", public_id)
    content = {name: value for name, value in removed.items() if name != "minutes"}
    try:
        section = editing.add_section(minutes_id=minutes.pk, **content, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return redirect("minutes:minutes", public_id)
    del request.session[REMOVED]
    messages.success(request, _("“%(title)s” is back.") % {"title": section.title})
    return redirect(_back(minutes, section))


@require_POST
def take_up(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Adds to the draft what the record has by now."""
    minutes = newest(request, public_id)
    try:
        drafting.take_up(minutes_id=minutes.pk, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(
            request, _("The draft has every part of the record. What was written stayed as it was.")
        )
    return redirect("minutes:minutes", public_id)


def _section(request: HttpRequest, public_id: uuid.UUID, section_id: uuid.UUID) -> tuple[Minutes, Section]:
    """A section of the newest version that the actor writes and may read; back to the minutes where they are no draft."""
    minutes = newest(request, public_id)
    section = queries.section_of(minutes, section_id, section_shown(request.actor, minutes.session))
    if section is None:
        raise Http404
    section.minutes = minutes
    return minutes, section


def _back(minutes: Minutes, section: Section) -> str:
    return f"{reverse('minutes:minutes', args=[minutes.session.public_id])}#seccion-{section.public_id}"
