"""What was measured, as a table that people read and as JSON that programs compare."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import django
from django.db import connection

from tianjin_pilot.benchmark.budgets import BUDGETS, Budget, Measured, shown
from tianjin_pilot.benchmark.scales import Scale

HEADINGS = ("what", "ms", "against", "ms", "ratio", "at most", "")


def machine() -> Mapping[str, str]:
    """What the numbers were taken on. To be asked within a place: it opens the database."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "django": django.get_version(),
        "database": f"{connection.vendor} {_database_version()}",
    }


def table(measured: Sequence[Measured], scale: Scale) -> Iterator[str]:
    """Lines, the columns as wide as they have to be; what does not hold is said at the end."""
    rows = [HEADINGS, *(_row(one, scale) for one in measured)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    for row in rows:
        cells = [
            cell.ljust(width) if at in (0, 2, 6) else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
    judged = [one for one in measured if one.is_judged(scale.name)]
    held = [one for one in judged if not one.faults(scale.name)]
    yield ""
    yield f"{len(held)} of {len(judged)} lines hold their budget at scale {scale.name}."


def document(
    measured: Sequence[Measured], scale: Scale, taken_on: Mapping[str, str]
) -> dict[str, Any]:
    """The same for programs: seconds, ratios and budgets as numbers; `taken_on` as of `machine`."""
    return {
        "scale": scale.name,
        "tasks": scale.copies * 131,
        "months": scale.months,
        "rounds": scale.rounds,
        "rounds_of_many": scale.rounds_of_many,
        "slow_rounds": scale.slow_rounds,
        "machine": dict(taken_on),
        "measured": [
            {
                "key": one.key,
                "what": one.budget.what,
                "part": one.part,
                "how": one.budget.how,
                "seconds": one.seconds,
                "against": one.budget.against,
                "against_seconds": one.against,
                "ratio": one.ratio,
                "most": one.budget.most.get(scale.name),
                "statements": one.statements,
                "kilobytes": one.kilobytes,
                "requests": one.requests,
                "megabytes": one.megabytes,
                "megabytes_most": one.budget.megabytes.get(scale.name),
                "faults": list(one.faults(scale.name)),
                "why_not": one.why_not,
            }
            for one in measured
        ],
    }


def how_measured() -> Iterator[str]:
    """What each number means, in the order of the table."""
    for budget in BUDGETS.values():
        yield f"{budget.what}: {budget.how}."


def _row(one: Measured, scale: Scale) -> Sequence[str]:
    name = f"{one.budget.what}: {one.part}" if one.part else one.budget.what
    if one.why_not:
        return (name, "", one.budget.against, "", "", "", f"not measured: {one.why_not}")
    if one.kilobytes is not None:
        found = f"{one.kilobytes} kB, {one.requests} requests"
        return (f"{name}: {found}", "", "", "", "", _most(one.budget, scale), _verdict(one, scale))
    if one.megabytes is not None:
        found = f"{one.megabytes} MB more"
        return (f"{name}: {found}", "", "", "", "", _most(one.budget, scale), _verdict(one, scale))
    statements = f"; {one.statements} statements" if one.statements is not None else ""
    return (
        name + statements,
        _milliseconds(one.seconds),
        one.budget.against,
        _milliseconds(one.against),
        shown(one.ratio) if one.ratio is not None else "",
        _most(one.budget, scale),
        _verdict(one, scale),
    )


def _most(budget: Budget, scale: Scale) -> str:
    ratio = budget.most.get(scale.name)
    asked = [shown(ratio)] if ratio is not None else []
    if budget.statements is not None:
        asked.append(f"{budget.statements} statements")
    if budget.seconds is not None:
        asked.append(f"{budget.seconds:g} s")
    if budget.kilobytes is not None:
        asked.append(f"{budget.kilobytes:g} kB, {budget.requests} requests")
    if scale.name in budget.megabytes:
        asked.append(f"{budget.megabytes[scale.name]:g} MB")
    return ", ".join(asked)


def _verdict(one: Measured, scale: Scale) -> str:
    if not one.is_judged(scale.name):
        return ""
    faults = one.faults(scale.name)
    return f"NO: {', '.join(faults)}" if faults else "holds"


def _milliseconds(seconds: float | None) -> str:
    return f"{seconds * 1000:.1f}" if seconds is not None else ""


def _processor() -> str:
    """The processor's name; Python knows it on few systems."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _database_version() -> str:
    if connection.vendor == "sqlite":
        import sqlite3

        return sqlite3.sqlite_version
    return ".".join(map(str, connection.get_database_version()))
