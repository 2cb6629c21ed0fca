"""Operations that the next version will not have: said in the description and with each answer."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.http import http_date

# What docs/api.md promises.
NOTICE = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Of one operation: since when it is told, when it ends, and what takes its place.

    `successor` is an address of this service. Raises ValueError where `ends_on` comes sooner than
    was promised.
    """

    since: dt.date
    ends_on: dt.date
    successor: str

    def __post_init__(self) -> None:
        if self.ends_on < self.since + NOTICE:
            raise ValueError(
                f"Ends on {self.ends_on}: that is less than a year after {self.since}."
            )

    def headers(self) -> Iterator[tuple[str, str]]:
        """As RFC 9745 and RFC 8594 write them; both days begin in UTC."""
        yield "Deprecation", f"@{_seconds(self.since)}"
        yield "Sunset", http_date(_seconds(self.ends_on))
        yield "Link", f'<{self.successor}>; rel="successor-version"'


def _seconds(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(), dt.UTC).timestamp())
