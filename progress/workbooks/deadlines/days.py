"""Days as people write them in a cell: read where only one day can be meant, else refused."""

import calendar
import datetime as dt
import re
import unicodedata

from django.utils.translation import gettext as _

from progress.workbooks.reading import CellError, Value
from tasks.deadlines import FIRST_YEAR, LAST_YEAR
from tasks.listing.numerals import NUMBER_OF_NUMERAL

# What takes a deadline away.
NO_DEADLINE = frozenset(("取消", "取消时限", "不设时限", "未设时限", "none", "remove"))
_BY_THEN = r"(?:之前|以前|前)?(?:完成)?"
_FULL = re.compile(
    rf"(\d{{4}})(?:[-/.]|年)(\d{{1,2}})(?:[-/.]|月)(\d{{1,2}})(?:日|号)?{_BY_THEN}(?:00:00(?::00)?)?"
)
_EIGHT_DIGITS = re.compile(r"(\d{4})(\d{2})(\d{2})")
_END_OF_MONTH = re.compile(rf"(\d{{4}})(?:[-/.]|年)(\d{{1,2}})(?:月份?)?(?:月?底|月?末){_BY_THEN}")
_END_OF_YEAR = re.compile(rf"(\d{{4}})年?(?:年?底|年?末){_BY_THEN}")
_MONTH_ALONE = re.compile(r"\d{4}(?:[-/.]|年)\d{1,2}月?份?")
_WITHOUT_YEAR = re.compile(r"\d{1,2}(?:[-/.]|月)\d{1,2}(?:日|号)?")
_NUMERALS = re.compile("[〇○零一二三四五六七八九十]+")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")


class DayUnclear(Exception):  # noqa: N818 - said of what was written
    """No day, or more than one, can be meant. The message says what to write instead."""


def day_read(value: Value) -> dt.date | None:
    """The day that a cell says; None where it says that there shall be no deadline.

    2026-12-31, 2026/12/31, 2026.12.31, 2026年12月31日, 20261231, 2026年12月底, 2026年底, with
    digits of whatever width or Chinese numerals, and dates of Excel. Raises DayUnclear for all
    else: a month alone, a day without its year, two digits for a year, and words.
    """
    if isinstance(value, dt.datetime):
        if value.time() != dt.time():
            raise DayUnclear(_("holds a time of day too; write the day alone, as 2026-12-31"))
        return _within(value.date())
    if isinstance(value, dt.date):
        return _within(value)
    if isinstance(value, int) and not isinstance(value, bool) and len(str(value)) == 8:
        return _text_read(str(value))
    if isinstance(value, str) and not isinstance(value, CellError):
        return _text_read(value)
    raise DayUnclear(
        _("“%(written)s” is no day; write it as 2026-12-31") % {"written": str(value)[:30]}
    )


def _text_read(written: str) -> dt.date | None:
    plain = "".join(unicodedata.normalize("NFKC", written).split())
    if plain.lower() in NO_DEADLINE:
        return None
    plain = _NUMERALS.sub(_in_digits, plain)
    if found := _FULL.fullmatch(plain) or _EIGHT_DIGITS.fullmatch(plain):
        return _day(written, int(found[1]), int(found[2]), int(found[3]))
    if found := _END_OF_MONTH.fullmatch(plain):
        return _day(written, int(found[1]), int(found[2]), None)
    if found := _END_OF_YEAR.fullmatch(plain):
        return _day(written, int(found[1]), 12, 31)
    if _MONTH_ALONE.fullmatch(plain):
        sentence = _("“%(written)s” names no day; write 2026年12月底, or the day as 2026-12-31")
    elif _WITHOUT_YEAR.fullmatch(plain):
        sentence = _("“%(written)s” names no year; write it as 2026-12-31")
    else:
        sentence = _("“%(written)s” is not sure to be a day; write it as 2026-12-31")
    raise DayUnclear(sentence % {"written": written[:30]})


def _in_digits(found: re.Match[str]) -> str:
    numeral = found[0]
    if "十" not in numeral:
        return numeral.translate(_DIGITS)
    number = NUMBER_OF_NUMERAL.get(numeral)
    return numeral if number is None else str(number)


def _day(written: str, year: int, month: int, day: int | None) -> dt.date:
    """The day; of None the last of the month."""
    try:
        if day is None:
            day = calendar.monthrange(year, month)[1]
        return _within(dt.date(year, month, day))
    except (ValueError, calendar.IllegalMonthError) as error:
        raise DayUnclear(
            _("there is no such day as “%(written)s”; write it as 2026-12-31")
            % {"written": written[:30]}
        ) from error


def _within(day: dt.date) -> dt.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayUnclear(
            _("%(day)s is not between %(first)d and %(last)d")
            % {"day": day.isoformat(), "first": FIRST_YEAR, "last": LAST_YEAR}
        )
    return day
