"""Dates in words, where the data of time zones no longer knows a name."""

from datetime import UTC, datetime

import pytest

from coordination.common import dates


@pytest.mark.parametrize(
    "name", ["America/Atlantis", "", "../../etc/passwd", "/etc/localtime", "America", "a\x00b"]
)
def test_a_zone_that_is_none_falls_back_to_the_projects_own(name: str) -> None:
    assert not dates.zone_exists(name)
    assert dates.zone_of(name).key == "America/Guayaquil"
    assert dates.zone_name(name, "en") == "Quito time"
    assert dates.moment(datetime(2026, 12, 1, 14, tzinfo=UTC), name, "en").endswith("09:00, Quito time")
