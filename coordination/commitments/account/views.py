"""The follow-up report: on screen, as files, and the rows behind each of its numbers. For anyone; nothing is written."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import get_language_info
from django.views.decorators.http import require_safe

from coordination.commitments.account import words
from coordination.commitments.account.accounting import IN_FILES, ON_PAPER, account_of, names_in
from coordination.commitments.account.forms import AccountForm, choices
from coordination.commitments.account.paper import as_docx, as_pdf
from coordination.commitments.account.parts import Account
from coordination.commitments.account.rows import read, told
from coordination.commitments.account.scope import Scope, cut, rows_of, supports_of, universe
from coordination.commitments.account.sheet import as_json, as_xlsx
from coordination.commitments.alliances.queries import sums_of, with_whose
from coordination.commitments.models import Support
from coordination.common import allowances
from coordination.common.errors import DomainError
from coordination.common.paging import CountedPaginator
from coordination.documents.cells import XLSX

PAGE = 50
COST = (
    3  # of what a stranger's address may take: half a second to a second of a processor at 5,000 commitments
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The kind of file: its type, how many rows of each standing it lists, and who makes it.
FILES: dict[str, tuple[str, int, Callable[[Account], bytes]]] = {
    "pdf": ("application/pdf", ON_PAPER, as_pdf),
    "docx": (DOCX, ON_PAPER, as_docx),
    "xlsx": (XLSX, IN_FILES, as_xlsx),
    "json": ("application/json", IN_FILES, as_json),
}


@require_safe
@login_not_required
def account(request: HttpRequest) -> HttpResponse:
    form = _form(request)
    names = names_in()
    context: dict[str, Any] = {
        "form": form,
        "days": [form["from"], form["to"]],
        "section": "commitments",
        "mesas": [(mesa.slug, mesa.name) for mesa in form.mesas],
        "organizations": choices(request.actor),
        "axes": names.axis_choices,
        "provinces": names.province_choices,
        "kinds": [(kind, kind.upper()) for kind in FILES],
    }
    if not form.is_valid():
        return render(request, "commitments/account.html", context, status=422)
    scope = form.scope()
    made = account_of(scope, now=timezone.now(), names=names)
    context |= {"account": made, "scope": scope, "others": _others(scope)}
    return _private(render(request, "commitments/account.html", context), scope)


@require_safe
@login_not_required
def file(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in FILES:
        raise Http404
    form = _form(request)
    if not form.is_valid():
        return _back(request)
    if too_many := allowances.refused(request, COST):
        return too_many
    scope = form.scope()
    content_type, most, make = FILES[kind]
    try:
        content = make(account_of(scope, now=timezone.now(), most=most))
    except DomainError as error:
        messages.error(request, str(error.message))
        return _back(request)
    response = HttpResponse(content, content_type=content_type)
    of = f"-{scope.mesa.slug}" if scope.mesa else f"-{scope.organization.slug}" if scope.organization else ""
    name = "informe-de-seguimiento" if scope.language == "es" else "follow-up-report"
    response["Content-Disposition"] = f'attachment; filename="{name}{of}-{scope.today:%Y-%m-%d}.{kind}"'
    return _private(response, scope)


@require_safe
@login_not_required
def rows(request: HttpRequest) -> HttpResponse:
    """The rows that one number of the report counts."""
    scope = _scope_or_404(request)
    wanted = {name: str(value) for name, value in request.GET.items() if value}
    found = rows_of(scope, wanted)
    page = CountedPaginator(read(found), PAGE, count=found.order_by().count()).get_page(
        request.GET.get("page")
    )
    listed = told(page.object_list, scope)
    said = words.wanted(wanted, names_in)
    context = {
        "section": "commitments",
        "scope": scope,
        "page": page,
        "rows": listed,
        "total": page.paginator.count,
        "wanted": said,
        "title": words.title(scope),
        "facts": words.facts(scope, timezone.now()),
        "heads": words.heads(),
        "query": scope.query(
            **{name: value for name, value in wanted.items() if name in words.WANTED and cut({name: value})}
        ),
        "back": f"{reverse('commitments:account')}?{scope.query()}",
    }
    return _private(render(request, "commitments/account_rows.html", context), scope)


@require_safe
@login_not_required
def supports(request: HttpRequest) -> HttpResponse:
    """Who finances or assists: the entries behind the numbers of a report, or all that the reader may know."""
    scope = _scope_or_404(request)
    found = supports_of(scope, universe(scope))
    wanted = {}
    by, kind = request.GET.get("by", ""), request.GET.get("kind", "")
    if by.isascii() and by.isdigit() and len(by) < 10:
        found, wanted["by"] = found.filter(organization=int(by)), by
    if kind in Support.Kind.values:
        found, wanted["kind"] = found.filter(kind=kind), kind
    listed = with_whose(found)
    page = CountedPaginator(listed, PAGE, count=found.order_by().count()).get_page(request.GET.get("page"))
    entries = list(page.object_list)
    context = {
        "section": "commitments",
        "scope": scope,
        "page": page,
        "supports": entries,
        "total": page.paginator.count,
        "sums": sums_of(entries) if page.paginator.num_pages == 1 else (),
        "query": scope.query(**wanted),
        "back": f"{reverse('commitments:account')}?{scope.query()}",
        "facts": words.facts(scope, timezone.now()),
    }
    return _private(render(request, "commitments/supports.html", context), scope)


def _form(request: HttpRequest) -> AccountForm:
    return AccountForm(request.GET, actor=request.actor, today=timezone.localdate())


def _scope_or_404(request: HttpRequest) -> Scope:
    form = _form(request)
    if not form.is_valid():
        raise Http404
    return form.scope()


def _others(scope: Scope) -> list[tuple[str, str, str]]:
    """The same paper in the other languages: code, name of the language, address."""
    found = []
    for code, _name in settings.LANGUAGES:
        if code != scope.language:
            with translation.override(code):
                address = f"{reverse('commitments:account_file', args=['pdf'])}?{scope.query()}"
            found.append((code, get_language_info(code)["name_local"].capitalize(), address))
    return found


def _back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page, which says what is wrong with what was asked."""
    return redirect(f"{reverse('commitments:account')}?{request.GET.urlencode()}")


def _private(response: HttpResponse, scope: Scope) -> HttpResponse:
    if scope.full:
        response["Cache-Control"] = "private, no-store"
    return response
