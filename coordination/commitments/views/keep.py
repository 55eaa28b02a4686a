"""The page of a commitment, and what its mesa's secretariat does with it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.db.models import Case, Count, Exists, OuterRef, Subquery, When
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from coordination.commitments import (
    actions,
    gate,
    lights,
    measuring_rights,
    permissions,
    queries,
    raised,
    smart,
)
from coordination.commitments.evidence import shelf_for
from coordination.commitments.forms import CommitmentForm, initial_of
from coordination.commitments.history import History, Moment, history
from coordination.commitments.load import heavy_at
from coordination.commitments.models import Commitment, Extension
from coordination.commitments.page import for_page
from coordination.commitments.receiving import chain_of
from coordination.commitments.standing import standing_of
from coordination.commitments.supports import panel
from coordination.commitments.why import Why, why
from coordination.common.errors import DomainError, StaleVersion
from coordination.sessions.models import AgendaItem, Outcome


@require_safe
@login_not_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _seen(request, public_id)
    today = timezone.localdate()
    keeps = permissions.can_manage(request.actor, commitment)
    missing = _missing(commitment)
    told = history(commitment, today, keeps=keeps)
    reports = permissions.can_report(request.actor, commitment)
    context = {
        "commitment": commitment,
        "light": lights.traffic_light(commitment, today),
        "raised": raised.panel(commitment, request.actor, keeps=keeps),
        "why": _why(commitment, told, today),
        "today": today,
        "keeps": keeps,
        "may_hand_on": keeps and commitment.state in Commitment.OPEN_STATES and bool(commitment.responsible),
        "overdue": bool(commitment.due_on and commitment.due_on < today),
        "may_report": reports,
        "may_verify": permissions.can_verify(request.actor, commitment),
        "gate": _gate_rows(missing),
        "missing": missing,
        "may_except": keeps
        and commitment.state == Commitment.State.PROPOSED
        and bool(missing)
        and gate.is_excepted(missing),
        "rest": _rest_day(commitment, keeps=keeps),
        "measures": measuring_rights.panel(request.actor, commitment, today, keeps=keeps, may_report=reports),
        "road": queries.due_road(commitment, today),
        # A live proposal decides later; a historic record has nobody left to ask.
        "unknown": _unknown(commitment),
        "history": told,
        "alliances": panel(request.actor, commitment=commitment, may_add=keeps),
        "shelf": shelf_for(request.actor, commitment, keeps=keeps),
        "last_report": told.last("report"),
        "last_verification": told.last("verification"),
        "exception": told.last("excepted") if commitment.exempt_until else None,
        "extensions": _extensions(commitment),
        "standing": standing_of(commitment, request.actor, today, keeps=keeps),
        "chain": chain_of(commitment),
    }
    return render(request, "commitments/detail.html", context)


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
            made = actions.propose(
                outcome_id=outcome.pk, **form.values(), by=request.actor, now=timezone.now()
            )
        except DomainError as error:
            _tell(form, error)
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
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    commitment = _kept(request, public_id)
    stored = _seen(request, public_id)  # a bound form changes its instance: the page compares with this one
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
            made = actions.edit(
                commitment_id=stored.pk,
                version=form.cleaned_data["version"] or 0,
                **form.values(),
                by=request.actor,
                now=timezone.now(),
            )
        except StaleVersion:
            status = 409
            form = _again(form, stored.version)
            context["theirs"] = _theirs(stored)
        except DomainError as error:
            _tell(form, error)
        else:
            return _saved(request, made)
    context |= {"form": form, "groups": _groups(form, stored), "gate": _gate_rows(_missing(stored))}
    return render(request, "commitments/form.html", context, status=status)


def _why(commitment: Commitment, told: History, today: date) -> Why:
    """What history has read already dates the sentence: no query of its own."""

    def day(moment: Moment | None) -> date | None:
        return timezone.localdate(moment.at) if moment else None

    asked = next((each for each in told.moments if each.what == "report" and each.flag), None)
    decided_by = commitment.settled_by.name if commitment.settled_by else ""
    reported = day(told.last("report"))
    return why(commitment, today, reported_on=reported, asked_on=day(asked), decided_by=decided_by)


def _extensions(commitment: Commitment) -> list[Extension]:
    """None are asked for where the due date never moved."""
    if commitment.due_version == 1:
        return []
    return list(commitment.extensions.select_related("session", "indicator", "organization"))


def _rest_day(commitment: Commitment, *, keeps: bool) -> gate.RestDay | None:
    """Asked while the date may still move without an extension."""
    if not keeps or commitment.state != Commitment.State.PROPOSED or commitment.due_on is None:
        return None
    return gate.rest_day(commitment.mesa, commitment.due_on)


def _unknown(commitment: Commitment) -> SafeString:
    words = _("not on record") if commitment.is_historic else _("not decided")
    return format_html('<span class="m-unknown">{}</span>', words)


def _seen(request: HttpRequest, public_id: str) -> Commitment:
    # Counted among the items this reader sees; of one that is closed to them no number at all.
    seen = AgendaItem.objects.shown_to(request.actor).order_by()
    before = seen.filter(session=OuterRef("session"), order__lte=OuterRef("outcome__item__order"))
    place = before.values("session").annotate(n=Count("pk")).values("n")
    shown = Exists(seen.filter(pk=OuterRef("outcome__item")))
    rows = (
        raised.with_raised(Commitment.objects.visible_to(request.actor), request.actor)
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
    return get_object_or_404(
        for_page(rows, request.actor).prefetch_related("indicators", "co_responsible"), public_id=public_id
    )


def _kept(request: HttpRequest, public_id: str) -> Commitment:
    commitment = _seen(request, public_id)
    if not permissions.can_manage(request.actor, commitment):
        raise PermissionDenied
    return commitment


def _saved(request: HttpRequest, commitment: Commitment) -> HttpResponseRedirect:
    missing = _missing(commitment)
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


def _tell(form: Form, error: DomainError) -> None:
    form.add_error(error.field if error.field in form.fields else None, str(error.message))


def _again(form: Any, version: int) -> Any:
    """The same form with the version that is stored now: saving it once more is a decision."""
    form.data = form.data.copy()
    form.data["version"] = version
    return form


def _missing(commitment: Commitment) -> list[gate.Missing]:
    """Nothing is missing from what was agreed, unless by an exception: it passed the gate then."""
    if commitment.state == Commitment.State.PROPOSED:
        return gate.lacks(commitment, timezone.localdate())
    return gate.gate(commitment) if commitment.exempt_until else []


def _gate_rows(missing: list[gate.Missing]) -> list[dict[str, Any]]:
    rows = []
    for code, label in gate.GATE_GROUPS.items():
        lacks = [str(each.message) for each in missing if each.group == code]
        note = _("missing: %(what)s") % {"what": ", ".join(lacks)} if lacks else gate.GATE_NOTES[code]
        rows.append({"ok": not lacks, "label": label, "note": note})
    return rows


def _groups(form: CommitmentForm, commitment: Commitment | None) -> list[dict[str, Any]]:
    """The form's three groups, each with what the stored commitment still lacks there."""
    missing = _missing(commitment) if commitment else []
    return [
        group
        | {
            "missing": [each for each in missing if each.group == group["code"]],
            "known": commitment is not None,
            "questions": smart.QUESTIONS[group["code"]],
        }
        for group in form.groups()
    ]


def _theirs(commitment: Commitment) -> list[tuple[str, Any]]:
    """What somebody else saved, in the words of the form."""
    return [
        (_("Commitment"), commitment.statement),
        (_("What will be delivered"), commitment.deliverable),
        (_("Responsible organization"), commitment.responsible),
        (_("Due date"), commitment.due_on.isoformat() if commitment.due_on else ""),
        (_("Indicator"), ", ".join(f"{each.name} ({each.unit})" for each in commitment.indicators.all())),
        (_("Means of verification"), commitment.means_of_verification),
        (_("Organization that verifies"), commitment.verifier),
        (_("State"), commitment.get_state_display()),
    ]
