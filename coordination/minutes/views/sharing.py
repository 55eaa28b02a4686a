"""The sharing sheet inside: drafted, put to those who took part, published; each organization's answer by account."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from coordination.common.errors import DomainError, StaleVersion
from coordination.common.forms import row_number
from coordination.mesas.permissions import Permission, has
from coordination.minutes import clearing
from coordination.minutes.actions import sharing as actions
from coordination.minutes.permissions import knows_closed
from coordination.minutes.sharing import Clearance, SharingSheet
from coordination.minutes.sharing_forms import POINTS, AskForm, ChooseForm, ClearForm, SheetForm
from coordination.sessions.models import Session

TEXTS = ("title", "introduction", "when_told", "where_told", "names_organizations")


@require_http_methods(["GET", "POST"])
def sharing(request: HttpRequest, public_id: object) -> HttpResponse:
    """Where the sheet stands. POST makes the first text of the chosen outcomes."""
    session = _inside(request, public_id)
    sheet = clearing.sheet_of(session)
    may = _may(request, session)
    form = ChooseForm(
        request.POST or None, offered=clearing.offered(session), initial={"title": _("What we share")}
    )
    if request.method == "POST":
        if not may:
            raise PermissionDenied
        if form.is_valid():
            ids = [one.pk for one in form.cleaned_data["outcomes"]]
            title = form.cleaned_data["title"]
            if _done(request, actions.draft, session_id=session.pk, outcome_ids=ids, title=title):
                return redirect("minutes:sharing_edit", session.public_id)
    return _page(request, session, sheet, may, choose=form)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: object) -> HttpResponse:
    """The words of the sheet, point by point."""
    session, sheet = _mine(request, public_id)
    form = SheetForm(request.POST or None, instance=SharingSheet.objects.get(pk=sheet.pk))
    written = [{"kind": one.kind, "text": one.text, "outcome": one.outcome_id} for one in sheet.points.all()]
    points = POINTS(request.POST or None, initial=written, prefix="puntos")
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "sheet": sheet,
        "form": form,
        "points": points,
    }
    status = 200
    if request.method == "POST" and form.is_valid() and points.is_valid():
        data = {name: form.cleaned_data[name] for name in TEXTS}
        try:
            actions.save(
                sheet_id=sheet.pk, version=form.cleaned_data["version"] or 0, points=points.points(),
                by=request.actor, now=timezone.now(), **data,
            )  # fmt: skip
        except StaleVersion as stale:
            form.add_error(None, str(stale.message))
            form.go_on_from(sheet.version)
            context["theirs"], status = _theirs(sheet), 409
        except DomainError as refused:
            form.add_error(None, str(refused.message))
            status = 422
        else:
            messages.success(request, _("The sheet is saved."))
            return redirect("minutes:sharing", session.public_id)
    return render(request, "minutes/sharing_edit.html", context, status=status)


@require_POST
def ask(request: HttpRequest, public_id: object) -> HttpResponse:
    """Writes to the organizations that took part."""
    session, sheet = _mine(request, public_id)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _page(request, session, sheet, True, ask=form, status=422)
    try:
        asked = actions.ask(
            sheet_id=sheet.pk, version=form.cleaned_data["version"], until=form.cleaned_data["until"],
            by=request.actor, now=timezone.now(),
        )  # fmt: skip
    except DomainError as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused.message))
        return _page(request, session, sheet, True, ask=form, status=422)
    n = asked.clearances.count()
    told = ngettext(
        "%(n)s organization is asked to clear it.", "%(n)s organizations are asked to clear it.", n
    )
    messages.success(request, told % {"n": n})
    return redirect("minutes:sharing", session.public_id)


@require_POST
def publish(request: HttpRequest, public_id: object) -> HttpResponse:
    session, sheet = _mine(request, public_id)
    version = row_number(request.POST.get("version", ""))
    if _done(request, actions.publish, sheet_id=sheet.pk, version=version):
        messages.success(request, _("The sheet is published."))
    return redirect("minutes:sharing", session.public_id)


@require_POST
def withdraw(request: HttpRequest, public_id: object) -> HttpResponse:
    session, sheet = _mine(request, public_id)
    if _done(request, actions.withdraw, sheet_id=sheet.pk):
        messages.success(request, _("The sheet is withdrawn: its address opens nothing any more."))
    return redirect("minutes:sharing", session.public_id)


@require_POST
def clear(request: HttpRequest, public_id: object, clearance_id: object) -> HttpResponse:
    """An organization's answer, by whoever of the circle speaks for it and signed in; or told to the secretariat."""
    session = _inside(request, public_id)
    rows = Clearance.objects.filter(sheet__session=session).exclude(sheet__state=SharingSheet.State.WITHDRAWN)
    found = get_object_or_404(rows, public_id=clearance_id)
    ours = found.organization_id in request.actor.organization_ids
    if not ours and not _may(request, session):
        raise PermissionDenied
    form = ClearForm(request.POST)
    if form.is_valid():
        # Who writes down what another organization said by word of mouth says how they heard it.
        said = form.cleaned_data["text"]
        agrees = "agrees" in request.POST
        if agrees and not ours and not said.strip():
            messages.error(request, _("Write who said it and when: the answer is another organization's."))
        elif _done(
            request, actions.answer, clearance_id=found.pk, version=form.cleaned_data["version"], agrees=agrees, text=said,
        ):  # fmt: skip
            messages.success(request, _("The answer is noted."))
    return redirect("minutes:sharing", session.public_id)


@login_not_required
@require_safe
def shared(request: HttpRequest, public_id: object) -> HttpResponse:
    """The sheet as everybody reads it, once it is published."""
    rows = clearing.published(SharingSheet.objects.visible_to(request.actor))
    sheet = get_object_or_404(rows, public_id=public_id)
    context = {
        "section": "mesas",
        "sheet": sheet,
        "mesa": sheet.session.mesa,
        "participants": clearing.participants(sheet),
        # A session that is closed as a whole has no page to lead to, except for its circle.
        "session_shown": Session.objects.visible_to(request.actor).filter(pk=sheet.session_id).exists(),
    }
    return render(request, "minutes/shared.html", context)


def _inside(request: HttpRequest, public_id: object) -> Session:
    """The session, for its circle of the record; to everybody else there is no such page."""
    rows = Session.objects.visible_to(request.actor).select_related("mesa", "canton", "province")
    session = get_object_or_404(rows, public_id=public_id)
    if not knows_closed(request.actor, session):
        raise Http404
    return session


def _may(request: HttpRequest, session: Session) -> bool:
    """Of those inside, who answers for the mesa's record."""
    return has(request.actor, Permission.RECORD, session.mesa)


def _mine(request: HttpRequest, public_id: object) -> tuple[Session, SharingSheet]:
    """The session and its sheet, for who writes it."""
    session = _inside(request, public_id)
    if not _may(request, session):
        raise PermissionDenied
    sheet = clearing.sheet_of(session)
    if sheet is None:
        raise Http404
    return session, sheet


def _page(
    request: HttpRequest,
    session: Session,
    sheet: SharingSheet | None,
    may: bool,
    *,
    status: int = 200,
    **forms: Any,
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "section": "sessions",
        "session": session,
        "sheet": sheet,
        "may": may,
        **forms,
    }
    if sheet:
        rows = clearing.answers(sheet)
        said = [
            (row, clearing.standing(row, sheet), row.organization_id in request.actor.organization_ids)
            for row in rows
        ]
        context |= {
            "rows": said,
            "counted": clearing.counted(sheet, rows),
            "mine": next((row for row, _answer, ours in said if ours), None),
            "participants": clearing.participants(sheet),
        }
        if may:
            to_ask = clearing.to_be_asked(session, timezone.localdate())
            day = clearing.usual_day(session, now)
            context["to_ask"] = len(to_ask)
            context.setdefault("ask", AskForm(initial={"version": sheet.version, "until": day}))
    return render(request, "minutes/sharing.html", context, status=status)


def _theirs(sheet: SharingSheet) -> list[tuple[Any, str]]:
    """What stands now, to be laid beside what the reader wrote."""
    around = [
        (SharingSheet._meta.get_field(name).verbose_name, str(getattr(sheet, name))) for name in TEXTS[:-1]
    ]
    return [*around, *((one.get_kind_display(), one.text) for one in sheet.points.all())]


def _done(request: HttpRequest, action: Any, **arguments: Any) -> bool:
    """Whether it happened; if not, why is told on the next page."""
    try:
        action(**arguments, by=request.actor, now=timezone.now())
    except DomainError as refused:
        messages.error(request, str(refused.message))
        return False
    return True
