"""Tests that share a port, a room in Redis or a service take turns only while xdist knows their group."""

import os

import pytest


@pytest.mark.xdist_group("groups")
def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """pytest 9.2 renamed the attribute that xdist 3.8 writes, and every group was split without a word."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        pytest.skip("one process: everything takes turns")
    assert request.node.nodeid.endswith("@groups")
