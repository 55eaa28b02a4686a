"""The doors of the provider that sends our mail: what bounced, who complained, what calendars answered.

Closed where none is configured.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.csrf import csrf_exempt

from coordination.notifications import replies, returns

log = logging.getLogger(__name__)
BOUNCES = ("bounced", "rejected", "failed")


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Checked by the library: a signature where the provider makes one, else the secret in the address.

    404 for any provider but the configured one, and where nothing would prove who is calling; 400 for a wrong
    secret and for what cannot be read.
    """
    return _checked(request, provider, "tracking", _tell)


@csrf_exempt
@login_not_required
def inbound(request: HttpRequest, provider: str) -> HttpResponse:
    """Mail that the provider receives for us: answers of calendars. The same checks; 404 for one that receives none."""
    return _checked(request, provider, "inbound", _take)


def _checked(request: HttpRequest, provider: str, what: str, tell: Callable[..., None]) -> HttpResponse:
    if not settings.EMAIL_PROVIDER or provider != settings.EMAIL_PROVIDER:
        raise Http404
    view = _view(provider, what, tell)
    checks = view.view_class()
    if checks.warn_if_no_basic_auth and not checks.basic_auth:
        log.error("webhook refused: set ANYMAIL_WEBHOOK_SECRET")
        raise Http404
    try:
        return view(request)
    except (ValueError, KeyError, TypeError, AttributeError, ImproperlyConfigured) as error:
        log.warning("webhook not understood: %s", type(error).__name__)
        return HttpResponseBadRequest()


@lru_cache(maxsize=4)
def _view(provider: str, what: str, tell: Callable[..., None]) -> Any:
    """The library's view of that provider. Imported by the first call: nobody else pays for it."""
    patterns = import_string("anymail.urls.urlpatterns")
    named: dict[str, Callable[..., Any]] = {pattern.name: pattern.callback for pattern in patterns}
    view = named.get(f"{provider}_{what}_webhook")
    if view is None:
        raise Http404
    import_string(f"anymail.signals.{what}").connect(tell, weak=False, dispatch_uid="minga")
    return view


def _tell(sender: Any, event: Any, esp_name: str, **more: Any) -> None:
    """One event of the provider, in its library's words."""
    ids = {
        "message_id": str((event.metadata or {}).get("minga_message", "")),
        "given_id": str(event.message_id or ""),
    }
    if event.event_type in BOUNCES:
        returns.bounced(**ids, reason=str(event.reject_reason or event.event_type))
    elif event.event_type == "complained":
        returns.complained(**ids, now=timezone.now())


def _take(sender: Any, event: Any, esp_name: str, **more: Any) -> None:
    """One mail that came in, in its library's words."""
    replies.take(raw=event.message.as_bytes(), now=timezone.now())
