"""allauth asks here: nobody signs up alone; an account is opened for a person who holds a post."""

import functools
import logging

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import clean_client_ip
from django.conf import settings
from django.http import HttpRequest

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Organizations ask to join by their own form; accounts follow the approval."""
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where MINGA_PROXY_COUNT says more proxies than wrote into ``X-Forwarded-For``, the farthest address they wrote
        is the client: allauth would answer 500 to everybody.
        """
        told = [each for each in request.headers.get("x-forwarded-for", "").split(",") if each.strip()]
        count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        if told and len(told) < count:
            _say_once(len(told), count)
            return clean_client_ip(told[0]) or str(request.META.get("REMOTE_ADDR", ""))
        return str(super().get_client_ip(request))


@functools.cache
def _say_once(told: int, count: int) -> None:
    log.error(
        "MINGA_PROXY_COUNT is %s, but X-Forwarded-For names %s: set the number of proxies that stand in front",
        count,
        told,
    )
