"""What is asked too often: counting it, and the exception that is answered with HTTP 429.

Counts are kept in the cache, which all processes of a service share, in windows that begin at the
same moment for everybody: one counter is one number, so that two requests at once are two.
"""

import datetime as dt
import logging
import math
from dataclasses import dataclass

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


class TooManyRequests(Exception):  # noqa: N818 - named as HTTP names it
    """Somebody has asked too often; `wait` is how long until they may again."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__(f"to be asked again in {wait}")
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `quota` of what `name` says within a `window`; a quota of 0 is no limit."""

    name: str
    quota: int
    window: dt.timedelta = dt.timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far somebody is within a limit: how many are left, and until the window ends."""

    limit: Limit
    left: int
    resets_in: dt.timedelta
    is_over: bool

    @property
    def seconds(self) -> int:
        """Whole seconds until the window ends, at least one."""
        return max(1, math.ceil(self.resets_in.total_seconds()))


def counted(*, limit: Limit, who: str, now: dt.datetime) -> Standing | None:
    """Count one more of `who` and say where that leaves them; None where there is no limit.

    A cache that cannot be reached counts nothing and stops nobody: it is there to keep the service
    up, and may not be what takes it down.
    """
    if not limit.quota:
        return None
    length = int(limit.window.total_seconds())
    number, gone = divmod(now.timestamp(), length)
    try:
        count = _count(f"limit:{limit.name}:{who}:{int(number)}", timeout=length)
    except RedisError as error:
        logger.warning("Requests are not counted: the cache failed: %s", error)
        return None
    return Standing(
        limit,
        left=max(0, limit.quota - count),
        resets_in=dt.timedelta(seconds=length - gone),
        is_over=count > limit.quota,
    )


def _count(key: str, *, timeout: int) -> int:
    if cache.add(key, 1, timeout):
        return 1
    try:
        return cache.incr(key)
    except ValueError:
        # It ran out between the two.
        cache.set(key, 1, timeout)
        return 1
