"""Files for strangers: so many in a while for one address, large ones for several, and a page that says when again."""

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from coordination.commitments.matrix.views import page as matrix
from coordination.common import allowances
from tests.cast import Cast
from tests.commitments.test_list import many
from tests.keeping import forget_cached

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(settings):
    settings.FILES_BY_ADDRESS = 3
    forget_cached()
    yield
    forget_cached()


def test_a_stranger_who_took_too_many_is_told_when_to_come_back(cast: Cast, sign_in) -> None:
    stranger, url = Client(), reverse("commitments:export")
    road = reverse("commitments:roadmap_file", args=["csv"])
    report = reverse("commitments:account_file", args=["json"])
    assert [stranger.get(url).status_code for _time in range(2)] == [200, 200]
    assert stranger.get(road).status_code == 200
    for address in (url, reverse("commitments:export_xlsx"), road, report):
        answer = stranger.get(address)
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= allowances.WHILE + 1
        assert "no-store" in answer["Cache-Control"]
    page = answer.content.decode()
    assert "Quito" in page and reverse("account_login") in page
    assert stranger.get(reverse("commitments:list")).status_code == 200
    assert Client(REMOTE_ADDR="192.0.2.7").get(url).status_code == 200
    assert [sign_in(cast.luis).get(url).status_code for _time in range(5)] == [200] * 5


def test_a_large_file_counts_for_several_and_the_last_one_is_given_whole(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "CSV_ROWS", 4)
    many(cast, 9)
    stranger, url = Client(), reverse("commitments:export")
    assert stranger.get(url, {"q": "nada"}).status_code == 200
    answer = stranger.get(url)
    assert answer.status_code == 200
    assert len(b"".join(answer.streaming_content).splitlines()) == 10
    assert stranger.get(url, {"q": "nada"}).status_code == 429


def test_without_a_cache_nobody_is_stopped(cast: Cast) -> None:
    nowhere = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://127.0.0.1:1/0",
    }
    with override_settings(CACHES={"default": nowhere}):
        assert [Client().get(reverse("commitments:export")).status_code for _time in range(5)] == [200] * 5
