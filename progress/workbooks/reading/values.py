"""What a cell holds: text, a number, a day, yes or no, or an error that a formula left there."""

import datetime as dt
import math
import re
from typing import TypeAlias


class CellError(str):
    """What stands in a cell in place of a value, such as #REF! or #N/A."""

    __slots__ = ()


Value: TypeAlias = str | int | float | bool | dt.date | dt.datetime | dt.time | CellError | None

_LAST_SERIAL = 2_958_465  # 9999-12-31
# Excel believes that 1900 was a leap year; what it calls 1900-02-29 is no day.
_NO_DAY, _EPOCH, _DAYS_TO_1904 = 60, dt.date(1899, 12, 31), 1462
_LARGEST_WHOLE = 10**15
# Formats of days and times that have no code in the file: the usual ones, and those of Chinese.
_BUILT_IN = frozenset([*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)])
# What is printed as it stands, colours, currencies and languages: no part of what is formatted.
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
_OF_A_DAY = re.compile(r"[ymdhs]", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_day_format(number: int, code: str | None) -> bool:
    """Whether numbers in this format are days or times."""
    if code is None:
        return number in _BUILT_IN
    return bool(_OF_A_DAY.search(_LITERAL.sub("", code).replace("General", "")))


def number_read(written: str) -> int | float | CellError:
    """The number; one that nobody can count with is an error. Raises ValueError where none is."""
    number = float(written)
    if not math.isfinite(number):
        return CellError("#NUM!")
    return int(number) if number.is_integer() and abs(number) < _LARGEST_WHOLE else number


def day_of(serial: int | float, *, from_1904: bool) -> Value:
    """The day or moment that a count of days stands for; what stands for none stays a number."""
    days, part = divmod(serial, 1)
    if not 0 <= days <= _LAST_SERIAL:
        return serial
    seconds = round(part * 86_400)
    if seconds == 86_400:
        days, seconds = days + 1, 0
    clock = dt.time(seconds // 3600, seconds // 60 % 60, seconds % 60)
    if days == 0 and not from_1904:
        return clock
    if from_1904:
        days += _DAYS_TO_1904
    if days == _NO_DAY or days > _LAST_SERIAL:
        return serial
    day = _EPOCH + dt.timedelta(days=int(days) - (1 if days > _NO_DAY else 0))
    return day if seconds == 0 else dt.datetime.combine(day, clock)


def iso_day(written: str) -> Value:
    """A day written out, as some programs do. Raises ValueError where it is none."""
    moment = dt.datetime.fromisoformat(written.rstrip("Z")).replace(tzinfo=None)
    return moment.date() if moment.time() == dt.time() else moment


def text_of(written: str) -> str:
    """The text as a person sees it: characters that XML cannot hold are escaped in workbooks."""
    if "_x" in written:
        written = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), written)
        written = _FORBIDDEN.sub("", written)
    return written.replace("\r\n", "\n").replace("\r", "\n") if "\r" in written else written
