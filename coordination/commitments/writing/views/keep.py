"""What the secretariat of a mesa writes: a commitment proposed from an outcome, and its later changes."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, OuterRef, Subquery, When
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from coordination.commitments import gate, permissions
from coordination.commitments.agenda import raised
from coordination.commitments.inbox.load import heavy_at
from coordination.commitments.models import Commitment, Indicator
from coordination.commitments.page import for_page
from coordination.commitments.writing import smart
from coordination.commitments.writing.actions import proposing
from coordination.commitments.writing.forms import CommitmentForm, initial_of
from coordination.common.compiled import compiled
from coordination.common.dates import date_words
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.models import AgendaItem, Outcome


@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, public_id: str) -> HttpResponse:
    outcomes = Outcome.objects.visible_to(request.actor)
    outcome = get_object_or_404(outcomes.select_related("session__mesa", "item"), public_id=public_id)
    if not permissions.can_propose(request.actor, outcome.session):
        raise PermissionDenied
    existing = Commitment.objects.filter(outcome=outcome).first()
    if existing:
        return redirect("commitments:edit", existing.public_id)
    form = CommitmentForm(
        request.POST or None,
        mesa=outcome.session.mesa,
        initial={"statement": outcome.text[:500]},
        post_ids=request.actor.post_ids,
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = proposing.propose(
                outcome_id=outcome.pk, **form.values(), by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            tell(form, error)
        else:
            return _saved(request, made)
    context = {
        "form": form,
        "outcome": outcome,
        "mesa": outcome.session.mesa,
        "groups": _groups(form, None),
        "examples": smart.examples(request.actor, outcome.session.mesa, None),
    }
    context["heavy"] = heavy_at(request.actor, outcome.session.mesa, timezone.localdate())
    return render(request, "commitments/form.html", context)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    commitment = kept(request, public_id)
    stored = seen(request, public_id)  # a bound form changes its instance: the page compares with this one
    form = CommitmentForm(
        request.POST or None,
        mesa=commitment.mesa,
        instance=commitment,
        initial=initial_of(commitment),
        post_ids=request.actor.post_ids,
    )
    context: dict[str, Any] = {
        "commitment": stored,
        "mesa": stored.mesa,
        "examples": smart.examples(request.actor, stored.mesa, stored.axis_id, but=stored.pk),
        "heavy": heavy_at(request.actor, stored.mesa, timezone.localdate()),
    }
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = proposing.edit(
                commitment_id=stored.pk,
                version=form.cleaned_data["version"] or 0,
                **form.values(),
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion:
            status = 409
            form = again(form, stored.version)
            context["theirs"] = theirs(stored)
        except DomainError as error:
            tell(form, error)
        else:
            return _saved(request, made)
    context |= {
        "form": form,
        "groups": _groups(form, stored),
        "gate": gate_rows(missing_of(stored)),
        "agreed": _agreed(stored),
    }
    return render(request, "commitments/form.html", context, status=status)


def seen(request: HttpRequest, public_id: UUID, *, with_helping: bool = True) -> Commitment:
    """``with_helping`` reads the co-responsible organizations; the page of a commitment has ``history`` read them."""
    return _row.get_or_404(request.actor, public_id, with_helping)


@compiled
def _row(actor: Actor, public_id: UUID, with_helping: bool) -> Any:
    # Counted among the items this reader sees; of one that is closed to them no number at all.
    seen = AgendaItem.objects.shown_to(actor).order_by()
    before = seen.filter(session=OuterRef("session"), order__lte=OuterRef("outcome__item__order"))
    place = before.values("session").annotate(n=Count("pk")).values("n")
    shown = Exists(seen.filter(pk=OuterRef("outcome__item")))
    rows = (
        raised.with_raised(Commitment.objects.visible_to(actor), actor)
        .select_related(
            "mesa",
            "session__mesa",
            "outcome__item",
            "responsible",
            "verifier",
            "axis",
            "settled_by",
            "follow_up_owner__organization",
        )  # fmt: skip
        .annotate(item_number=Case(When(shown, then=Subquery(place))))
    )
    # Organizations that a source names are read where there is no responsible one: by the template, when it asks.
    hanging = ("indicators", "co_responsible") if with_helping else ("indicators",)
    return for_page(rows, actor).prefetch_related(*hanging).filter(public_id=public_id)


def kept(request: HttpRequest, public_id: str) -> Commitment:
    commitment = seen(request, public_id)
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    return commitment


def _saved(request: HttpRequest, commitment: Commitment) -> HttpResponseRedirect:
    missing = missing_of(commitment)
    if commitment.state != Commitment.State.PROPOSED:
        messages.success(request, _("Saved."))
        if commitment.exempt_until:
            words = ", ".join(str(each.message) for each in missing)
            messages.warning(request, _("Still missing: %(what)s.") % {"what": words})
    elif missing:
        messages.warning(
            request,
            ngettext(
                "Saved as proposed. One thing is missing before it can be agreed.",
                "Saved as proposed. %(count)s things are missing before it can be agreed.",
                len(missing),
            )
            % {"count": len(missing)},
        )
    else:
        messages.success(request, _("Saved as proposed. Nothing is missing: it can be agreed."))
    return redirect(commitment)


def tell(form: Form, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def again(form: Any, version: int) -> Any:
    """The same form with the version that is stored now: saving it once more is a decision."""
    form.data = form.data.copy()
    form.data["version"] = version
    return form


def missing_of(commitment: Commitment) -> list[gate.Missing]:
    """Nothing is missing from what was agreed, unless by an exception: it passed the gate then."""
    if commitment.state == Commitment.State.PROPOSED:
        return gate.lacks(commitment, timezone.localdate())
    return gate.gate(commitment) if commitment.exempt_until else []


def gate_rows(missing: list[gate.Missing]) -> list[dict[str, Any]]:
    rows = []
    for code, label in gate.GATE_GROUPS.items():
        lacks = [str(each.message) for each in missing if each.group == code]
        note = _("missing: %(what)s") % {"what": ", ".join(lacks)} if lacks else gate.GATE_NOTES[code]
        rows.append({"ok": not lacks, "label": label, "note": note})
    return rows


def _groups(form: CommitmentForm, commitment: Commitment | None) -> list[dict[str, Any]]:
    """The form's three groups, each with what the stored commitment still lacks there."""
    missing = missing_of(commitment) if commitment else []
    return [
        group
        | {
            "missing": [each for each in missing if each.group == group["code"]],
            "known": commitment is not None,
            "questions": smart.QUESTIONS[group["code"]],
        }
        for group in form.groups()
    ]


def _agreed(commitment: Commitment) -> list[tuple[str, Any]]:
    """What was agreed and is no longer written here, in the words of the form; nothing of a proposal."""
    if commitment.state == Commitment.State.PROPOSED:
        return []
    helping = "; ".join(each.name for each in commitment.co_responsible.all())
    rows = [*_promised(commitment), (_("Co-responsible organizations"), helping)]
    return [(label, value) for label, value in rows if value]


def theirs(commitment: Commitment) -> list[tuple[str, Any]]:
    """What somebody else saved, in the words of the form."""
    return [*_promised(commitment), (_("State"), commitment.get_state_display())]


def _promised(commitment: Commitment) -> list[tuple[str, Any]]:
    return [
        (_("Commitment"), commitment.statement),
        (_("What will be delivered"), commitment.deliverable),
        (_("Responsible organization"), commitment.responsible),
        (_("Due date"), date_words(commitment.due_on) if commitment.due_on else ""),
        (_("Indicator"), "; ".join(_measured(each) for each in commitment.indicators.all())),
        (_("Means of verification"), commitment.means_of_verification),
        (_("Organization that verifies"), commitment.verifier),
    ]


def _measured(indicator: Indicator) -> str:
    if indicator.target is None:
        return f"{indicator.name} ({indicator.unit})" if indicator.unit else indicator.name
    target = number_format(indicator.target.normalize(), use_l10n=True, force_grouping=True)
    return _("%(name)s: target %(target)s %(unit)s") % {
        "name": indicator.name,
        "target": target,
        "unit": indicator.unit,
    }
