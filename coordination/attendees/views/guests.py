"""Guests: organizations without a seat, called one by one or from a list that is shown before it is imported."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.attendees import actions, addresses
from coordination.attendees.convocation_forms import AddressesForm, GuestForm, ImportForm
from coordination.attendees.guests import GUEST_ROLES, Checked, check, with_guesses
from coordination.attendees.models import Invitation
from coordination.attendees.views.calling import session_to_call
from coordination.common.errors import DomainError
from coordination.mesas.models import Seat
from coordination.organizations.models import Organization, OrganizationQuerySet
from coordination.sessions.models import Session

SHOWN = 50  # rows of each kind on the page; how many more there are is said


@require_http_methods(["GET", "HEAD", "POST"])
def guests(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Who is called without a seat; one more."""
    session = session_to_call(request, public_id)
    form = GuestForm(request.POST if request.method == "POST" else None, free=_free(session))
    if request.method == "POST" and form.is_valid():
        try:
            actions.call_guests(
                session_id=session.pk, rows=[form.address()], by=request.actor, now=timezone.now()
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(
                request,
                _("%(organization)s is called through %(person)s.")
                % {"organization": form.cleaned_data["organization"], "person": form.cleaned_data["person"]},
            )
            return redirect("attendees:guests", public_id)
    return _page(request, session, form, AddressesForm(), status=422 if form.errors else 200)


@require_POST
def addresses_read(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """The file becomes a list with its mistakes. Nothing is kept: the rows travel in the page's own form."""
    session = session_to_call(request, public_id)
    form = AddressesForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = addresses.read(file.name or "", file.read())
            packed = addresses.pack(found.rows, session=str(public_id), user=request.actor.user_id)
        except DomainError as refused:
            form.add_error(refused.field, refused.message)
        else:
            checked = _check(session, found.rows)
            checked.problems = sorted([*found.problems, *checked.problems], key=lambda one: one.line)
            return _preview(request, session, checked, ImportForm(initial={"rows": packed}), packed)
    return _page(request, session, GuestForm(free=_free(session)), form, status=422)


@require_POST
def addresses_import(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """All the rows that were shown, or none."""
    session = session_to_call(request, public_id)
    form = ImportForm(request.POST)
    packed = request.POST.get("rows", "")
    try:
        rows = addresses.unpack(packed, session=str(public_id), user=request.actor.user_id)
    except DomainError as refused:
        messages.error(request, str(refused))
        return redirect("attendees:guests", public_id)
    if form.is_valid():
        kind = form.cleaned_data["sector_type"]
        try:
            sent = actions.call_guests(
                session_id=session.pk,
                rows=rows,
                sector_type_id=kind.pk if kind else None,
                by=request.actor,
                now=timezone.now(),
            )
        except DomainError as refused:
            form.add_error(refused.field if refused.field in form.fields else None, refused.message)
        else:
            messages.success(request, _called(len(sent)))
            return redirect("attendees:delegations", public_id)
    return _preview(request, session, _check(session, rows), form, packed)


@require_safe
def address_template(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """A CSV with the head and one example, as Excel opens it with its accents."""
    session_to_call(request, public_id)
    content = "\ufeff" + "\r\n".join(addresses.TEMPLATE) + "\r\n"
    response = HttpResponse(content.encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="invitados.csv"'
    return response


def _free(session: Session) -> OrganizationQuerySet:
    """Active organizations that may be guests: neither called nor seated."""
    seated = Seat.objects.current(timezone.localdate()).filter(mesa_id=session.mesa_id)
    return (
        Organization.objects.active()
        .exclude(pk__in=session.invitations.values("organization"))
        .exclude(pk__in=seated.values("organization"))
        .order_by("plain_name")
    )


def _check(session: Session, rows: list[addresses.Address]) -> Checked:
    return check(session, rows, timezone.localtime(timezone.now(), session.zone).date())


def _page(
    request: HttpRequest, session: Session, form: GuestForm, upload: AddressesForm, *, status: int
) -> HttpResponse:
    rows = Invitation.objects.visible_to(request.actor).filter(session=session, role__in=GUEST_ROLES)
    seated = Seat.objects.current(timezone.localdate()).filter(mesa_id=session.mesa_id)
    without_seat = rows.exclude(organization__in=seated.values("organization"))
    context = {
        "session": session,
        "form": form,
        "upload": upload,
        "has_errors": bool(form.errors or upload.errors),
        "guests": without_seat.select_related("organization", "addressee").order_by("-id")[:SHOWN],
        "is_convened": session.state == Session.State.CONVENED and not session.is_casa_adentro,
    }
    return _unkept(render(request, "attendees/guests.html", context, status=status))


def _preview(
    request: HttpRequest, session: Session, checked: Checked, form: ImportForm, packed: str
) -> HttpResponse:
    form.fields["sector_type"].required = bool(checked.unknown)
    context: dict[str, Any] = {
        "session": session,
        "form": form,
        "packed": packed,
        "total": checked.total,
        "problems": checked.problems[:SHOWN],
        "problem_count": len(checked.problems),
        "more_problems": max(len(checked.problems) - SHOWN, 0),
        "unknown": with_guesses(checked.unknown[:SHOWN]),
        "unknown_count": len(checked.unknown),
        "more_unknown": max(len(checked.unknown) - SHOWN, 0),
        "known": [row for row, _organization in checked.known[:SHOWN]],
        "known_count": len(checked.known),
        "more_known": max(len(checked.known) - SHOWN, 0),
    }
    status = 422 if checked.problems or form.errors else 200
    return _unkept(render(request, "attendees/addresses.html", context, status=status))


def _unkept(response: HttpResponse) -> HttpResponse:
    """Addresses of people are kept by nobody on the way."""
    response["Cache-Control"] = "private, no-store"
    return response


def _called(count: int) -> str:
    text = ngettext(
        "%(n)s guest is imported: its letter is on its way.",
        "%(n)s guests are imported: their letters are on their way.",
        count,
    )
    return text % {"n": count}
