"""The two ways into a page of the two keys, by the link that was mailed and with an account: one flow, two views."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actor import Actor
from coordination.commitments.links.views import by_link, dead, seen
from coordination.commitments.models import Commitment

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Door:
    """The way somebody came in. The pages are the same, their addresses are not."""

    commitment: Commitment
    token: str = ""

    @property
    def frame(self) -> str:
        return "base_link.html" if self.token else "base_staff.html"

    @property
    def back(self) -> str:
        return self.commitment.get_report_link() if self.token else self.commitment.get_absolute_url()

    @property
    def take_back(self) -> str:
        """Where an objection is taken back."""
        if self.token:
            return reverse("commitments:take_back_by_link", args=[self.token])
        return reverse("commitments:take_back", args=[self.commitment.public_id])


def both_doors(
    purpose: str, may: Callable[[Actor, Commitment], bool], *methods: str
) -> Callable[[Callable[[HttpRequest, Door], HttpResponse]], tuple[View, View]]:
    """Makes of one flow the view with an account, for whom ``may`` lets in, and the one by the link of that purpose."""

    def made(flow: Callable[[HttpRequest, Door], HttpResponse]) -> tuple[View, View]:
        @require_http_methods(methods)
        @wraps(flow)
        def signed_in(request: HttpRequest, public_id: Any) -> HttpResponse:
            commitment = seen(request, public_id)
            if not may(request.actor, commitment):
                raise PermissionDenied
            return flow(request, Door(commitment))

        @never_cache
        @login_not_required
        @require_http_methods(methods)
        @wraps(flow)
        def linked(request: HttpRequest, token: str) -> HttpResponse:
            commitment = by_link(request, token, purpose)
            if commitment is None:
                return dead(request, token, purpose)
            return flow(request, Door(commitment, token))

        return signed_in, linked

    return made
