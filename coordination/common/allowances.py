"""What is open to everybody and dear to make: how much of it one address on the internet gets in a while."""

import logging
import time
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WHILE = 600  # seconds


def refused(request: HttpRequest, cost: int = 1) -> HttpResponse | None:
    """The page for a stranger who took too many files of late, with the hour from which there are more; else None.

    ``cost`` is what this one takes of ``FILES_BY_ADDRESS``. Who still has anything left gets it whole, however much it
    is. A whole office may share an address; who signs in has no such limit, for they are known.
    """
    is_known: bool = request.actor.is_signed_in  # type: ignore[attr-defined]  # the middleware gives it
    if is_known or not settings.FILES_BY_ADDRESS:
        return None
    now = time.time()
    key = f"files:{line_of(request)}:{int(now // WHILE)}"
    try:
        cache.add(key, 0, WHILE)
        spent = cache.incr(key, cost)
    except (RedisError, ValueError):  # ValueError: a key that ran out in between
        log.warning("files for strangers are not counted: no cache")
        return None
    if spent - cost < settings.FILES_BY_ADDRESS:
        return None
    left = int(WHILE - now % WHILE) + 1
    again = timezone.now() + timedelta(seconds=left)
    response = render(request, "429.html", {"again": again, "minutes": -(-left // 60)}, status=429)
    response["Retry-After"] = str(left)
    response["Cache-Control"] = "no-store"
    return response


def line_of(request: HttpRequest) -> str:
    """Whose allowance it is: an IPv4 address, or the 64 bits of an IPv6 network, within which one subscriber changes address
    at will."""
    address = ip_address(get_adapter().get_client_ip(request))
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((int(address), 64), strict=False).network_address)
