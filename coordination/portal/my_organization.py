"""My organization: every invitation, delegation and seat of it on one page; what an incoming holder takes over; who
came over time."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.actor import Actor
from coordination.attendees.models import Attendance, Delegate, Invitation
from coordination.attendees.queries import CAME, SILENT
from coordination.commitments.lights import by_urgency, with_light
from coordination.commitments.models import Commitment
from coordination.mesas.models import Mesa, Seat, StandingDelegate
from coordination.mesas.permissions import Permission, has
from coordination.organizations.mine import mine as mine_of
from coordination.organizations.models import Organization, Tenure
from coordination.sessions.models import CircleMember, Session

PAGE = 50
YEAR = timedelta(days=365)


@require_safe
def my_organization(request: HttpRequest) -> HttpResponse:
    """Every invitation with its deadline and delegation, every seat with who stands for it."""
    mine = mine_of(request.actor, request.GET.get("organizacion", ""))
    if mine is None:
        return render(request, "portal/no_organization.html")
    now, today = timezone.now(), timezone.localdate()
    page = Paginator(_invitations(request.actor, mine.one, now), PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    context = {
        "section": "my_work",
        "mine": mine,
        "page": page,
        "open": [row for row in rows if row.state in SILENT],
        "answered": [row for row in rows if row.state not in SILENT],
        "seats": _seats(request.actor, mine.one, today),
        "left": list(_who_left(mine.one, today)[:1]),
        "query": mine.query,
    }
    return render(request, "portal/my_organization.html", context)


@require_safe
def handover(request: HttpRequest) -> HttpResponse:
    """What waits for whoever comes into a post: what is open, who is named, who among them has left."""
    mine = mine_of(request.actor, request.GET.get("organizacion", ""))
    if mine is None:
        return render(request, "portal/no_organization.html")
    if not mine.speaks:
        raise PermissionDenied
    now, today, actor = timezone.now(), timezone.localdate(), request.actor
    commitments = Commitment.objects.visible_to(actor).open().select_related("mesa", "responsible")
    answering = by_urgency(commitments.filter(responsible=mine.one), today)[:PAGE]
    verifying = commitments.filter(verifier=mine.one, state=Commitment.State.REPORTED).order_by(
        "due_on", "id"
    )
    invitations = list(_invitations(actor, mine.one, now)[:PAGE])
    context = {
        "section": "my_work",
        "mine": mine,
        "left": _who_left(mine.one, today)[:10],
        "open": [row for row in invitations if row.state in SILENT],
        "answered": [row for row in invitations if row.state == Invitation.State.ACCEPTED],
        "commitments": with_light(list(answering), today),
        "to_verify": verifying[:PAGE],
        "standing_left": _standing_left(actor, mine.one, today),
    }
    return render(request, "portal/handover.html", context)


@require_safe
def ranks(request: HttpRequest, slug: str, organization: str) -> HttpResponse:
    """Who came to each session of a mesa for one organization, and at which rank.

    Of a closed session only for the circle of the record: who came is more than when and where.
    """
    mesa = get_object_or_404(Mesa.objects.visible_to(request.actor), slug=slug)
    found = get_object_or_404(Organization.objects.visible_to(request.actor), slug=organization)
    own = found.pk in request.actor.organization_ids
    if not own and not has(request.actor, Permission.SEE_DELEGATIONS, mesa):
        raise PermissionDenied
    # Who was in a closed part is known to its circle; what everybody may know is who was in the open ones.
    came = Attendance.objects.filter(delegate=OuterRef("pk"), status__in=CAME, block__is_casa_adentro=False)
    delegates = (
        Delegate.objects.with_a_place().annotate(came=Exists(came)).select_related("person").in_order()
    )
    inner = CircleMember.objects.current().filter(
        person_id=request.actor.person_id, level=CircleMember.Level.RECORD
    )
    sessions = Session.objects.visible_to(request.actor).live().filter(mesa=mesa)
    calls = (
        Invitation.objects.filter(
            Q(session__is_casa_adentro=False) | Q(session__in=inner.values("session")),
            organization=found,
            session__in=sessions,
        )
        .exclude(session__state__in=["draft", "cancelled"])
        .select_related("session__mesa")
        .prefetch_related(Prefetch("delegates", delegates, to_attr="named"))
        .order_by("-session__starts_at", "-id")
    )
    context = {
        "section": "organizations",
        "mesa": mesa,
        "organization": found,
        "page": Paginator(calls, PAGE).get_page(request.GET.get("page")),
        "now": timezone.now(),
    }
    return render(request, "portal/ranks.html", context)


def _invitations(actor: Actor, organization: Organization, now: datetime) -> QuerySet[Invitation]:
    """To what lies ahead, soonest first; closed sessions only for who is in their circle. Two queries."""
    current = Delegate.objects.current().select_related("person").in_order()
    return (
        Invitation.objects.visible_to(actor)
        .filter(organization=organization, session__state=Session.State.CONVENED, session__ends_at__gt=now)
        .select_related("session__mesa", "session__canton", "session__province", "organization")
        .prefetch_related(Prefetch("delegates", current, to_attr="named"))
        .order_by("session__starts_at", "id")
    )


def _seats(actor: Actor, organization: Organization, today: date) -> QuerySet[Seat]:
    """Its seats today, with who stands for each. One query."""
    standing = (
        StandingDelegate.objects.filter(seat=OuterRef("pk"), ends_on=None)
        .order_by("-role", "id")
        .values("person__name")
    )
    return (
        Seat.objects.current(today)
        .filter(organization=organization, mesa__in=Mesa.objects.visible_to(actor).values("pk"))
        .select_related("mesa")
        .annotate(standing_names=ArraySubquery(standing))
        .order_by("mesa__plain_name", "pk")
    )


def _who_left(organization: Organization, today: date) -> QuerySet[Tenure]:
    """Who left a post of it in the last year and holds none now, latest first. One query."""
    holding = Tenure.objects.current(today).filter(person=OuterRef("person"), post__organization=organization)
    return (
        Tenure.objects.filter(
            ~Exists(holding), post__organization=organization, ends_on__lt=today, ends_on__gte=today - YEAR
        )
        .select_related("post", "person")
        .order_by("-ends_on", "-pk")
    )


def _standing_left(actor: Actor, organization: Organization, today: date) -> list[Any]:
    """Who still stands for a seat though they left the organization's posts. One query."""
    own = Tenure.objects.filter(person=OuterRef("person"), post__organization=organization)
    open_ended = Q(ends_on=None) | Q(ends_on__gte=today)
    return list(
        StandingDelegate.objects.filter(
            Exists(own.filter(ends_on__lt=today)),
            ~Exists(own.filter(open_ended)),
            ends_on=None,
            seat__organization=organization,
            seat__mesa__in=Mesa.objects.visible_to(actor).values("pk"),
        )
        .select_related("person", "seat__mesa")
        .order_by("seat_id", "pk")[:PAGE]
    )
