"""The official list as text, and lists made from it that differ in a few places."""

import datetime as dt
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

SOURCE_FILE = Path(settings.BASE_DIR) / "fixtures" / "pilot_tasks.txt"
SOURCE = SOURCE_FILE.read_text(encoding="utf-8")
NOW = dt.datetime(2026, 10, 22, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LATER = NOW + dt.timedelta(days=7)

WriteList = Callable[[str | bytes], Path]


def list_with(*replacements: tuple[int, str, str]) -> str:
    """The official list with (line, old, new) replaced once each; the old text must be there."""
    lines = SOURCE.split("\n")
    for line, old, new in replacements:
        assert old in lines[line - 1], f"line {line} does not hold {old!r}"
        lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return "\n".join(lines)


def list_without_line(number: int) -> str:
    lines = SOURCE.split("\n")
    del lines[number - 1]
    return "\n".join(lines)


def renumbered(text: str) -> str:
    """The same rows with their tasks numbered from 1 without gaps."""
    numbers = itertools.count(1)
    return re.sub(r"(?m)^\d+(?=\t)", lambda _found: str(next(numbers)), text)
