"""The one door of the provider that sends our mail: what bounced, who complained. Closed where none is configured."""

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

from coordination.notifications import returns

log = logging.getLogger(__name__)
BOUNCES = ("bounced", "rejected", "failed")


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """Checked by the library: a signature where the provider makes one, else the secret in the address.

    404 for any provider but the configured one, and where nothing would prove who is calling; 400 for a wrong
    secret and for what cannot be read.
    """
    if not settings.EMAIL_PROVIDER or provider != settings.EMAIL_PROVIDER:
        raise Http404
    view = _tracking_view(provider)
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
def _tracking_view(provider: str) -> Any:
    """The library's view of that provider. Imported by the first call: nobody else pays for it."""
    patterns = import_string("anymail.urls.urlpatterns")
    named: dict[str, Callable[..., Any]] = {pattern.name: pattern.callback for pattern in patterns}
    view = named.get(f"{provider}_tracking_webhook")
    if view is None:
        raise Http404
    import_string("anymail.signals.tracking").connect(_tell, weak=False, dispatch_uid="minga")
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
