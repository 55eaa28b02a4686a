"""The matrix's workbook comes back: choose it, look at what would change, and only then write it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from coordination.commitments.matrix.actions import KEPT_FOR, apply_sheet, keep_sheet
from coordination.commitments.matrix.back import compared, good, read
from coordination.commitments.matrix.columns import kept_by
from coordination.commitments.matrix.forms import SheetForm
from coordination.commitments.models import Commitment, SheetImport
from coordination.common.errors import DomainError
from coordination.mesas.permissions import Permission, somewhere

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """The file is read and compared; no commitment changes."""
    if not somewhere(request.actor, Permission.MANAGE_COMMITMENTS):
        raise PermissionDenied
    form = SheetForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            rows = compared(read(file.name, file.read()), request.actor, timezone.localdate())
        except DomainError as refused:
            form.add_error("file", str(refused.message))
        else:
            if rows:
                kept = keep_sheet(rows=rows, by=request.actor, now=timezone.now())
                return redirect("commitments:sheet_preview", kept.public_id)
            messages.success(
                request, _("The sheet says what stands here already: there is nothing to change.")
            )
            return redirect("commitments:list")
    status = 422 if request.method == "POST" else 200
    return render(request, "commitments/sheet.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, public_id: str) -> HttpResponse:
    """What would change, row by row; a POST writes the rows without error."""
    mine = SheetImport.objects.visible_to(request.actor).filter(
        kind=SheetImport.Kind.MATRIX, made_at__gte=timezone.now() - KEPT_FOR
    )
    kept = get_object_or_404(mine, public_id=public_id)
    if not somewhere(request.actor, Permission.MANAGE_COMMITMENTS):
        raise PermissionDenied
    if request.method == "POST":
        return _written(request, kept)
    # What was read when it came in is shown only as far as the reader still sees and keeps it.
    ids = [row["id"] for row in kept.rows if row["id"]]
    seen = set(Commitment.objects.visible_to(request.actor).filter(pk__in=ids).values_list("pk", flat=True))
    rows = [row for row in kept.rows if row["id"] is None or row["id"] in seen]
    wrong = [row for row in rows if row["errors"]]
    right = list(good(rows))
    context = {
        "sheet": kept,
        "right": right[:SHOWN],
        "right_count": len(right),
        "more_right": max(0, len(right) - SHOWN),
        "wrong": wrong[:SHOWN],
        "wrong_count": len(wrong),
        "more_wrong": max(0, len(wrong) - SHOWN),
        "noted": [row for row in rows if row["notes"]][:SHOWN],
    }
    return render(request, "commitments/sheet_preview.html", context)


def _written(request: HttpRequest, kept: SheetImport) -> HttpResponse:
    ids = [row["id"] for row in good(kept.rows)]
    seen = Commitment.objects.visible_to(request.actor).filter(pk__in=ids).order_by().values("pk")
    allowed = set(Commitment.objects.filter(kept_by(request.actor), pk__in=seen).values_list("pk", flat=True))
    try:
        written, refused = apply_sheet(
            sheet_id=kept.pk, allowed=allowed, by=request.actor, now=timezone.now()
        )
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("commitments:list")
    if written:
        messages.success(
            request,
            ngettext("One commitment was changed.", "%(n)s commitments were changed.", written)
            % {"n": written},
        )
    for code, message in refused[:10]:
        messages.warning(request, f"{code}: {message}")
    return redirect("commitments:list")
