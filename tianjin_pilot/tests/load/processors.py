"""How much of the processors each program takes, with all processes that it has begun."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
# Where in /proc/PID/stat, after the name, stands the parent, and where what the process took, and
# those of its children that have ended.
PARENT, TOOK = 1, slice(11, 15)


def seconds_of(programs: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """The processor time of each program by name until now, given the first of its processes."""
    stats = dict(_stats())
    children: dict[int, list[int]] = {}
    for pid, fields in stats.items():
        children.setdefault(int(fields[PARENT]), []).append(pid)

    def ticks(pid: int) -> int:
        own = sum(map(int, stats[pid][TOOK])) if pid in stats else 0
        return own + sum(map(ticks, children.get(pid, [])))

    return {name: sum(map(ticks, pids)) / TICKS for name, pids in programs.items()}


def busy_seconds() -> float:
    """For how long the processors of this machine have been at work, for whomever, until now."""
    [_cpu, user, nice, system, _idle, _waiting, *others] = (
        Path("/proc/stat").read_text().partition("\n")[0].split()
    )
    # Interrupts, and what the machine beneath this one took away; guests are in `user` already.
    return sum(map(int, [user, nice, system, *others[:3]])) / TICKS


def parent_of(pid: int) -> int:
    return int(dict(_stats())[pid][PARENT])


def own_seconds() -> float:
    """The processor time of this very process, without those that it has begun."""
    taken = os.times()
    return taken.user + taken.system


def _stats() -> Iterator[tuple[int, list[str]]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # After the name, which may hold anything but ends with the last bracket.
            yield int(stat.parent.name), stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
