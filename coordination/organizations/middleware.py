"""Resolves who acts, once a request and only when asked."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from coordination.organizations.queries import actor_of


class ActorMiddleware:
    """Sets ``request.actor``. Views that come by a signed link replace it by the link's actor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: actor_of(user=request.user, on=timezone.localdate()))
        return self.get_response(request)
