"""What the requests took, and how that moves with the number of processes."""

import math
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

PERCENTILES = (50, 95, 99)
# How wide the columns of one run are: the answers, each percentile, all of them.
ANSWERS, TIME = 10, 9
COLUMNS = ANSWERS + TIME * len(PERCENTILES)
ALTOGETHER = "altogether"
# Who else is at work on this machine: where that is much, the times say little.
OTHERS = "others"


class Outcome(Enum):
    DONE = "done"
    # Two people at the same thing: the second is told so, and nothing is lost.
    CONFLICT = "conflict"
    # Asked more often than the limits allow.
    TOO_OFTEN = "too often"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Answered:
    act: str
    began: float
    seconds: float
    outcome: Outcome


@dataclass
class Seen:
    """What all clients together were answered, from `begins` on; an error counts at any time."""

    begins: float = field(default_factory=time.monotonic)
    ends: float = math.inf
    answers: list[Answered] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, answered: Answered, *, error: str = "") -> None:
        with self._lock:
            self.answers.append(answered)
            if error:
                self.errors[error] += 1

    def wrong(self, error: str) -> None:
        """Something that is no answer and should not be."""
        with self._lock:
            self.errors[error] += 1

    def counted(self) -> list[Answered]:
        return [one for one in self.answers if self.begins <= one.began < self.ends]


@dataclass(frozen=True, slots=True)
class Took:
    """Of so many answers these percentiles, in seconds."""

    answers: int
    at: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Result:
    """One run: with how many processes, what it took, what went wrong."""

    processes: int
    seconds: float
    acts: Mapping[str, Took]
    conflicts: int
    too_often: int
    errors: Mapping[str, int]
    acknowledged: int
    lost: Sequence[str]
    # Which part of one core each of the programs kept busy.
    cores: Mapping[str, float]

    @property
    def answers_a_second(self) -> float:
        return self.acts[ALTOGETHER].answers / self.seconds

    @property
    def is_good(self) -> bool:
        return not self.errors and not self.lost


def result_of(
    seen: Seen,
    *,
    processes: int,
    acknowledged: int,
    lost: Sequence[str],
    cores: Mapping[str, float],
) -> Result:
    counted = seen.counted()
    outcomes = Counter(one.outcome for one in counted)
    by_act: dict[str, list[float]] = {}
    for one in counted:
        if one.outcome in (Outcome.DONE, Outcome.CONFLICT):
            by_act.setdefault(one.act, []).append(one.seconds)
    # The order in which the first of each came depends on chance.
    acts = {act: took(by_act[act]) for act in sorted(by_act)}
    acts[ALTOGETHER] = took([seconds for each in by_act.values() for seconds in each])
    return Result(
        processes=processes,
        seconds=seen.ends - seen.begins,
        acts=acts,
        conflicts=outcomes[Outcome.CONFLICT],
        too_often=outcomes[Outcome.TOO_OFTEN],
        errors=dict(seen.errors),
        acknowledged=acknowledged,
        lost=lost,
        cores=cores,
    )


def took(seconds: Sequence[float]) -> Took:
    ordered = sorted(seconds)
    return Took(len(ordered), {one: percentile(ordered, one) for one in PERCENTILES})


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest that at least so many percent do not exceed; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def table(results: Sequence[Result]) -> Iterator[str]:
    """Lines: each act with its numbers side by side, what went wrong, and how it moved."""
    acts = list(dict.fromkeys(act for one in results for act in one.acts if act != ALTOGETHER))
    width = max(map(len, [*acts, "processor time a request"])) + 2
    heads = [f"{one.processes} process{'es' if one.processes > 1 else ''}" for one in results]
    yield " " * width + "".join(f"{head:>{COLUMNS}}" for head in heads)
    names = f"{'answers':>{ANSWERS}}" + "".join(f"{f'p{one}, ms':>{TIME}}" for one in PERCENTILES)
    yield "what".ljust(width) + names * len(results)
    for act in [*sorted(acts), ALTOGETHER]:
        yield act.ljust(width) + "".join(_cells(one.acts.get(act)) for one in results)
    yield ""
    for said, values in _sums(results):
        yield said.ljust(width) + "".join(f"{value:>{COLUMNS}}" for value in values)
    for one in results:
        for error, count in one.errors.items():
            yield f"{one.processes}: {count} times {error}"
        for sentence in one.lost:
            yield f"{one.processes}: LOST: {sentence}"
    if len(results) > 1:
        yield ""
        yield _moved(results[0], results[-1])


def _cells(one: Took | None) -> str:
    if one is None:
        return f"{0:>{ANSWERS}}".ljust(COLUMNS)
    return f"{one.answers:>{ANSWERS}}" + "".join(
        f"{one.at[at] * 1000:>{TIME}.0f}" for at in PERCENTILES
    )


def _sums(results: Sequence[Result]) -> Iterator[tuple[str, list[str]]]:
    yield "requests a second", [f"{one.answers_a_second:.1f}" for one in results]
    yield "errors", [str(sum(one.errors.values())) for one in results]
    yield "conflicts (409)", [str(one.conflicts) for one in results]
    yield "too often (429)", [str(one.too_often) for one in results]
    yield "lost writes", [f"{len(one.lost)} of {one.acknowledged}" for one in results]
    for program in results[0].cores:
        shares = [f"{one.cores[program]:.0%} of a core" for one in results]
        yield f"processors: {program}", shares
    # Where others use the processors as well, this alone is the product's own.
    ours = [sum(v for k, v in one.cores.items() if k != OTHERS) for one in results]
    busy = [cores / one.answers_a_second * 1000 for cores, one in zip(ours, results, strict=True)]
    yield "processor time a request", [f"{milliseconds:.0f} ms" for milliseconds in busy]


def _moved(one: Result, other: Result) -> str:
    before, after = one.acts[ALTOGETHER].at, other.acts[ALTOGETHER].at
    moved = [f"{one.answers_a_second:.1f} -> {other.answers_a_second:.1f} requests a second"]
    moved += [f"p{at} {before[at] * 1000:.0f} -> {after[at] * 1000:.0f} ms" for at in PERCENTILES]
    moved += [f"errors {sum(one.errors.values())} -> {sum(other.errors.values())}"]
    moved += [f"lost writes {len(one.lost)} -> {len(other.lost)}"]
    return f"From {one.processes} to {other.processes}: {', '.join(moved)}."
