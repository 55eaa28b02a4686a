"""What is shown to somebody who signed in stays with them; and nobody who pressed a button ends on an empty page."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _


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


class SignInMiddleware(LoginRequiredMiddleware):
    """Whoever presses a button after their session ran out signs in and is back on the page with the button.

    What was sent is not kept: the page says that nothing was done.
    """

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponseRedirect:
        page = "" if request.method in ("GET", "HEAD") else _page_of(request)
        if not page:
            return super().handle_no_permission(request, view_func)
        messages.warning(
            request, _("Your session had ended: nothing was saved. Sign in and press the button once more.")
        )
        return redirect_to_login(page, self.get_login_url(view_func), self.get_redirect_field_name(view_func))


class ButtonAddressMiddleware:
    """The address of a button, opened as a page, says so; to programs the empty 405 is what it was."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or not request.accepts("text/html"):
            return response
        page = render(request, "405.html", status=405)
        page["Allow"] = response["Allow"]
        return page


def _page_of(request: HttpRequest) -> str:
    """The page of ours from which this was sent, as a path; empty where the browser does not tell."""
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    ):
        return ""
    parts = urlsplit(came_from)
    if parts.path.startswith("//"):  # as an address of its own, another host
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
