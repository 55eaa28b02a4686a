"""Resolves who acts, once a request and only when asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts.actor import Actor
from coordination.mesas.permissions import resolve
from coordination.organizations.queries import actor_of


class ActorMiddleware:
    """Sets ``request.actor``: the person, the posts held today and the roles they reach, in two queries.

    Views that come by a signed link replace it by the link's actor. What a signed-in person sees stays out of
    every cache: phones are shared.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def actor() -> Actor:
            today = timezone.localdate()
            return resolve(actor_of(user=request.user, on=today), on=today)

        request.actor = SimpleLazyObject(actor)
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
