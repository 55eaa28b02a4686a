"""The follow-up matrix: a view of the commitments, on screen and as a file. Its whole state is the address."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from coordination.commitments.lights import LIGHT_LABELS
from coordination.commitments.matrix import queries as rooms
from coordination.commitments.matrix.columns import (
    COLUMNS,
    READY,
    followers,
    group_counts,
    heading,
    in_order,
    kept_by,
    on_page,
    sorted_keys,
)
from coordination.commitments.matrix.file import csv_parts, stamp, workbook
from coordination.commitments.matrix.forms import LOOK, MatrixForm, address
from coordination.commitments.models import CommitmentQuerySet
from coordination.commitments.queries import choices
from coordination.common import allowances
from coordination.common.paging import CountedPaginator
from coordination.documents.cells import XLSX
from coordination.mesas.permissions import Permission, somewhere
from coordination.taxonomies.models import ThematicAxis

PAGE = 50
CSV_ROWS, XLSX_ROWS = 1000, 200  # take about as much of a processor
place_for_strangers = BoundedSemaphore(1)


@require_safe
@login_not_required
def matrix(request: HttpRequest) -> HttpResponse:
    today = timezone.localdate()
    form, asked = _asked(request)
    chosen = dict(asked.chosen)
    counts = rooms.counted(asked)
    # What is costly to find is looked for once.
    asked = replace(asked, keys=counts.keys)
    light = chosen.get("light", "")
    whole = counts.cells is not None
    look = {"sort": chosen.get("sort", ""), "group": chosen.get("group", "")} if whole else {}
    reach = counts.of(light) if counts.knows(light) else rooms.FIRST
    page = CountedPaginator((), PAGE, count=reach).get_page(request.GET.get("page"))
    start = (page.number - 1) * PAGE
    if any(look.values()):
        ids = sorted_keys(asked, light=light, start=start, length=PAGE, **look)
    else:
        ids = rooms.most_urgent(asked, counts, light=light, start=start, length=PAGE)
    keeps = somewhere(request.actor, Permission.MANAGE_COMMITMENTS)
    columns = _columns(chosen)
    commitments = on_page(request.actor, ids, today, shown=columns, group=look.get("group", ""))
    _draw(commitments)
    if look.get("group"):
        _headings(commitments, asked, counts)
    context = {
        "asked": form,  # an unknown filter is no mistake of the reader: not "form", whose errors the title tells
        "page": page,
        "commitments": commitments,
        "columns": columns,
        "heads": _heads(columns, chosen, whole),
        "wide": len(columns) > CALM,
        "more_columns": any(not COLUMNS[code].calm for code in columns),
        "lights": _lights(counts, chosen),
        "ready": _ready(request, chosen),
        "filters": _filters(form, chosen),
        "chosen": chosen,
        "light": light,
        "total": _many(counts, light),
        "all": _many(counts),
        "all_url": address(chosen, light=""),
        "one": counts.of(light) == 1,
        "whole": whole,
        "first": None if counts.knows(light) else rooms.FIRST,
        "most": rooms.MANY,
        "more": any(name in chosen for name in ("sector", "state", "due_from", "due_to", "group", "col")),
        "query": address(chosen),
        "here": request.build_absolute_uri(f"?{address(chosen)}" if chosen else request.path),
        "keeps": keeps,
        "today": today,
    }
    return render(request, "commitments/list.html", context)


CALM = sum(column.calm for column in COLUMNS.values())


@require_safe
@login_not_required
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The rows that the same filters show, with every column, for any spreadsheet."""
    today = timezone.localdate()
    _form, asked = _asked(request)
    if too_many := _refused(request, asked.rows(), CSV_ROWS):
        return too_many
    response = StreamingHttpResponse(
        csv_parts(_for_file(asked), today), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{stamp(today)}.csv"'
    return response


def _refused(request: HttpRequest, rows: CommitmentQuerySet, each: int) -> HttpResponse | None:
    """For a stranger a file costs one of what an address may take, and one more for every ``each`` rows."""
    if request.actor.is_signed_in:
        return None
    return allowances.refused(request, 1 + rows.order_by().count() // each)


def _one_stranger_at_a_time(view: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """A workbook is made whole before it leaves, in seconds where it is large: robots must not take every process,
    from however many addresses they come. CSV has no such queue."""

    @wraps(view)
    def in_turn(request: HttpRequest) -> HttpResponse:
        if request.actor.is_signed_in:
            return view(request)
        if not place_for_strangers.acquire(blocking=False):
            messages.warning(
                request,
                _("Somebody else is downloading it at this moment. Try again in half a minute, or as CSV."),
            )
            return redirect(f"{reverse('commitments:list')}?{request.GET.urlencode()}")
        try:
            return view(request)
        finally:
            place_for_strangers.release()

    return in_turn


@require_safe
@login_not_required
@_one_stranger_at_a_time
def export_xlsx(request: HttpRequest) -> HttpResponse:
    """The rows, columns and order of the page as a workbook, which the secretariat may change and hand back."""
    today = timezone.localdate()
    form, asked = _asked(request)
    chosen, rows = dict(asked.chosen), asked.rows()
    if too_many := _refused(request, rows, XLSX_ROWS):
        return too_many
    wanted = rooms.in_light(rows, chosen.get("light", ""), today)
    if wanted.order_by()[: rooms.MANY + 1].count() > rooms.MANY:
        messages.warning(
            request,
            _(
                "An Excel file holds at most %(most)s commitments here. Choose a filter, or download all of them as CSV."
            )
            % {"most": number_format(rooms.MANY, force_grouping=True)},
        )
        return redirect(f"{reverse('commitments:list')}?{address(chosen)}")
    kept = (
        wanted.order_by().filter(kept_by(request.actor)).values_list("mesa_id", "responsible_id").distinct()
    )
    posts = {post.pk: post for found in followers(kept, today).values() for post in found}
    told = "; ".join(words for words, _url in _filters(form, chosen, light=True)) or _("All that you may see")
    content = workbook(
        _for_file(asked),
        today,
        shown=chosen.get("col", ()),
        told=_(
            "Follow-up matrix on %(day)s. %(filters)s. What stands on yellow headings can be changed and handed back."
        )
        % {"day": today.isoformat(), "filters": told},
        axes=list(ThematicAxis.objects.all()),
        posts=list(posts.values()),
    )
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{stamp(today)}.xlsx"'
    response["Cache-Control"] = "private, no-store"
    return response


def _asked(request: HttpRequest) -> tuple[MatrixForm, rooms.Asked]:
    """The filters, and what they ask for before anybody chooses a light."""
    form = MatrixForm(request.GET, **choices(request.actor))
    return form, rooms.Asked(request.actor, form.chosen(), timezone.localdate())


def _for_file(asked: rooms.Asked) -> CommitmentQuerySet:
    wanted = rooms.in_light(asked.rows(), asked.chosen.get("light", ""), asked.today)
    look = {name: asked.chosen.get(name, "") for name in ("sort", "group")}
    return in_order(wanted, asked.today, **look)


def _columns(chosen: dict[str, Any]) -> list[str]:
    wanted = chosen.get("col")
    return [
        code
        for code, column in COLUMNS.items()
        if column.fixed or (code in wanted if wanted else column.calm)
    ]


def _headings(commitments: list[Any], asked: rooms.Asked, counts: rooms.Counted) -> None:
    """Where a group begins, its row says so, with how many it has in all and the address of those alone."""
    chosen = dict(asked.chosen)
    group, last = chosen["group"], None
    sizes = counts.lights if group == "light" else group_counts(asked, chosen.get("light", ""), group)
    for row in commitments:
        value, words = heading(row, group)
        if value != last:
            url = address(chosen, **{group: value or rooms.NONE, "group": ""})
            row.heads = {"words": words, "count": sizes.get(value, 0), "url": url}
        last = value


def _draw(commitments: list[Any]) -> None:
    """Each light that the page shows, drawn once. A page has fifty rows and a handful of lights."""
    lights = {row.light for row in commitments}
    drawn = {light: render_to_string("commitments/_light.html", {"light": light}) for light in lights}
    for row in commitments:
        row.drawn = drawn[row.light]


def _heads(columns: list[str], chosen: dict[str, Any], whole: bool) -> list[dict[str, Any]]:
    """The headings with the address that sorts by them; a second click turns the order round."""
    now = chosen.get("sort", "") if whole else ""
    told = []
    for code in columns:
        up, down = now == code, now == f"-{code}"
        url = address(chosen, sort=f"-{code}" if up else code)
        told.append(
            {
                "code": code,
                "label": COLUMNS[code].label,
                "url": url if whole else "",
                "sorted": "ascending" if up else "descending" if down else "",
            }
        )
    return told


def _many(counts: rooms.Counted, light: str = "") -> str:
    """How many, or how many at least where nobody counted them all."""
    if counts.knows(light):
        return str(number_format(counts.of(light), force_grouping=True))
    most = rooms.FIRST if light else rooms.MANY
    return _("more than %(n)s") % {"n": number_format(most, force_grouping=True)}


def _lights(counts: rooms.Counted, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    now = chosen.get("light", "")
    return [
        {
            "code": code,
            "label": label,
            "count": _many(counts, code),
            "url": address(chosen, light=code),
            "now": code == now,
        }
        for code, label in LIGHT_LABELS.items()
        if counts.of(code) or code == now
    ]


def _ready(request: HttpRequest, chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """The views that stand ready: one click on, one click off, together with the other filters."""
    now = chosen.get("only", "")
    offered = ["overdue", "soon", "verify", "incomplete", "disputed", "unmeasured"]
    if request.actor.organization_ids:
        offered += ["mine", "followed"]
    return [
        {
            "label": READY[code],
            "url": address(chosen, only="" if code == now else code),
            "now": code == now,
        }
        for code in offered
    ]


def _filters(form: MatrixForm, chosen: dict[str, Any], *, light: bool = False) -> list[tuple[str, str]]:
    """What is filtered, in words, each with the address without it."""
    skipped = {*LOOK, "only"} | (set() if light else {"light"})
    if light:
        skipped -= {"only"}
    return [
        (form.words(name, value), address(chosen, **{name: ""}))
        for name, value in chosen.items()
        if name not in skipped
    ]
