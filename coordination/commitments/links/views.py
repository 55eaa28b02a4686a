"""What the pages of both keys share: a living link, a dead one, and the facts they show."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from accounts.actor import ANONYMOUS, Actor, LinkScope
from accounts.links import BadLink, proves, read_id, stems_from
from coordination.commitments import lights, queries
from coordination.commitments.deciding import disputable
from coordination.commitments.history import history
from coordination.commitments.links.actions import request_link
from coordination.commitments.models import Commitment, CommitmentQuerySet
from coordination.commitments.page import for_reader
from coordination.commitments.standing import DISPUTABLE, keep_untold
from coordination.commitments.terms import with_wording
from coordination.common.compiled import compiled
from coordination.common.errors import DomainError
from coordination.mesas.models import Mesa, SecretariatMandate
from coordination.organizations.models import Person, Post, Tenure

REPORT = Commitment.REPORT_LINK


def seen(request: HttpRequest, public_id: str | UUID) -> Commitment:
    return _seen.get_or_404(actor=request.actor, public_id=UUID(str(public_id)))


@compiled
def _seen(actor: Actor, public_id: UUID) -> CommitmentQuerySet:
    return _whole(Commitment.objects.visible_to(actor), actor).filter(public_id=public_id)


@compiled
def _named(public_id: UUID) -> CommitmentQuerySet:
    return _whole(Commitment.objects.all(), ANONYMOUS).filter(public_id=public_id)


def _whole(rows: CommitmentQuerySet, actor: Actor) -> CommitmentQuerySet:
    """With what every page of the two keys reads, once."""
    told = for_reader(with_wording(rows), actor).select_related("mesa", "session", "responsible", "verifier")
    return told.prefetch_related("co_responsible", "indicators")


def page(commitment: Commitment, actor: Actor, *, organization: Any) -> dict[str, Any]:
    today = timezone.localdate()
    told = history(commitment, today)
    keep_untold(commitment, actor, [each.amendment.session for each in told.moments if each.amendment])
    return {
        "commitment": commitment,
        "organization": organization,
        "light": lights.traffic_light(commitment, today),
        "today": today,
        "bars": [(indicator, queries.indicator_bar(indicator)) for indicator in commitment.indicators.all()],
        "history": told,
        # Asked by the pages that show it.
        "decided": SimpleLazyObject(
            lambda: disputable(commitment) if commitment.state in DISPUTABLE else None
        ),
        "last_report": SimpleLazyObject(lambda: commitment.reports.select_related("organization").first()),
    }


def by_link(request: HttpRequest, token: str, purpose: str) -> Commitment | None:
    """The commitment a living link opens; the actor becomes the organization and its focal point today."""
    commitment = named(token)
    if commitment is None or not proves(token, purpose, commitment.public_id, commitment.link_generation):
        return None
    organization_id = commitment.responsible_id if purpose == REPORT else commitment.verifier_id
    if organization_id is None or commitment.is_historic:
        return None
    person = Person.objects.holding(Post.Kind.FOCAL_POINT, organization_id, timezone.localdate()).first()
    request.actor = Actor(
        person_id=person.pk if person else None,
        name=person.name if person else "",
        link=LinkScope(purpose, commitment.pk, organization_id),
    )
    return commitment


def named(token: str) -> Commitment | None:
    try:
        public_id = read_id(token)
    except BadLink:
        return None
    return _named.first(public_id=public_id)


def dead(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """Whoever holds a link that was ours once reads whom to ask at its mesa; anybody else the installation's address."""
    commitment = named(token)
    ours = commitment is not None and stems_from(
        token, purpose, commitment.public_id, commitment.link_generation
    )
    mesa, address = "", settings.CONTACT_EMAIL
    if ours and commitment and not commitment.is_casa_adentro and (found := _secretariat(commitment.mesa)):
        mesa, address = commitment.mesa.name, found
    name = "commitments:renew_report" if purpose == REPORT else "commitments:renew_verify"
    context = {
        "title": _("This link no longer works"),
        "text": _("It was cut on its way, or a newer one replaced it. Nothing of what you sent is lost."),
        "renew_url": reverse(name, args=[token]),
        "mesa": mesa,
        "ask": address,
    }
    return render(request, "link_dead.html", context, status=404)


def _secretariat(mesa: Mesa) -> str:
    """The address of who keeps the mesa today, whom its letters name too. One query."""
    today = timezone.localdate()
    mandates = SecretariatMandate.objects.current(today).filter(mesa=mesa)
    held = Tenure.objects.current(today).filter(post__mandates__in=mandates)
    keepers = Person.objects.filter(tenures__in=held).exclude(email="").order_by("tenures__starts_on", "pk")
    return keepers.values_list("email", flat=True).first() or ""


def renew(request: HttpRequest, token: str, purpose: str) -> HttpResponse:
    """The answer is always the same: it tells nobody whose link it was, nor whether it was one."""
    commitment = named(token)
    if commitment is not None and stems_from(
        token, purpose, commitment.public_id, commitment.link_generation
    ):
        with suppress(DomainError):
            request_link(commitment_id=commitment.pk, purpose=purpose, by=ANONYMOUS, now=timezone.now())
    context = {
        "title": _("If the link was ours, a new one is on its way"),
        "text": _(
            "It goes to the e-mail address on file of the organization. Look there in a few minutes, also among unwanted mail."
        ),
        "renew_url": "",
        "ask": settings.CONTACT_EMAIL,
    }
    return render(request, "link_dead.html", context)
