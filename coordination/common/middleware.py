"""What is shown to somebody who signed in stays with them."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control


class PrivatePagesMiddleware:
    """No proxy keeps a signed-in person's page, and "back" after signing out does not show it.

    Whoever brings no session is not looked up: public pages stay as cheap, and as keepable, as they were.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        brings_session = settings.SESSION_COOKIE_NAME in request.COOKIES
        if brings_session and not response.has_header("Cache-Control") and request.user.is_authenticated:
            patch_cache_control(response, private=True, no_store=True)
        return response
