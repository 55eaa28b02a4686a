"""Whose address a request comes from, however many proxies somebody wrote down."""

import logging

import pytest
from allauth.core.context import request_context
from django.test import RequestFactory

from accounts.adapter import AccountAdapter


@pytest.mark.parametrize(
    ("count", "header", "address"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (3, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
        (2, "198.51.100.7", "198.51.100.7"),
        (2, "nonsense", "192.0.2.1"),
        (2, "", "192.0.2.1"),
    ],
)
def test_too_many_proxies_written_down_stop_nobody(settings, caplog, count, header, address) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = count
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=header)
    with request_context(request), caplog.at_level(logging.ERROR):
        for _twice in range(2):
            assert AccountAdapter().get_client_ip(request) == address
    assert sum("MINGA_PROXY_COUNT" in line for line in caplog.messages) <= 1
