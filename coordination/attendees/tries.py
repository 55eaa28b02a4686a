"""How often something was guessed wrong lately. Kept in the cache: a door that forgets is no worse than a new one."""

import logging

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
WHILE = 600  # seconds


class Tries:
    """Wrong guesses under one key within ten minutes. Without its cache it counts nothing and stops nobody."""

    def __init__(self, key: str, *, most: int) -> None:
        self._key, self._most = f"door:{key}", most

    @property
    def spent(self) -> bool:
        try:
            return int(cache.get(self._key, 0)) >= self._most
        except RedisError:
            log.warning("wrong guesses at the door are not counted: no cache")
            return False

    def count(self) -> None:
        try:
            cache.add(self._key, 0, WHILE)
            cache.incr(self._key)
        except (RedisError, ValueError):  # a key that ran out in between
            log.warning("a wrong guess at the door was not counted")
