"""Whether numbers count up from one, and what is wrong where they do not."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from tasks.listing.faults import Fault


@dataclass(frozen=True, slots=True)
class NumberedLine:
    number: int
    line: int


def sequence_faults(noun: str, numbered: Sequence[NumberedLine]) -> list[Fault]:
    """Every number that stands twice, out of order, or is missing. `noun` names what is counted.

    One slip is one fault: a number far too high does not make all that follow it out of order.
    """
    first_lines: dict[int, int] = {}
    faults: list[Fault] = []
    once: list[NumberedLine] = []
    for one in numbered:
        if one.number in first_lines:
            faults.append(_twice(noun, one, first_lines))
        else:
            first_lines[one.number] = one.line
            once.append(one)
    in_order = _longest_rise(once)
    rising = set(in_order)
    faults += [
        Fault(
            one.line,
            _(
                "%(noun)s %(number)d is out of order; the number should follow the one before it, "
                "from 1 up without gaps"
            )
            % {"noun": noun, "number": one.number},
            0,
        )
        for one in once
        if one not in rising
    ]
    faults += _missing(noun, in_order, set(first_lines))
    return faults


def _twice(noun: str, one: NumberedLine, first_lines: dict[int, int]) -> Fault:
    first = first_lines[one.number]
    return Fault(
        one.line,
        _(
            "%(noun)s %(number)d stands twice, here and on line %(line)d; give one of them its own "
            "number, or remove it"
        )
        % {"noun": noun, "number": one.number, "line": first},
        0,
    )


def _longest_rise(numbered: Sequence[NumberedLine]) -> list[NumberedLine]:
    """The longest part of the sequence that only rises: what does not belong to it is misplaced."""
    tails: list[int] = []
    lengths: list[int] = []
    for one in numbered:
        length = bisect_left(tails, one.number)
        tails[length : length + 1] = [one.number]
        lengths.append(length)
    rise: list[NumberedLine] = []
    wanted = len(tails) - 1
    for one, length in zip(reversed(numbered), reversed(lengths), strict=True):
        if length == wanted and (not rise or one.number < rise[-1].number):
            rise.append(one)
            wanted -= 1
    return rise[::-1]


def _missing(noun: str, in_order: Iterable[NumberedLine], known: set[int]) -> Iterator[Fault]:
    expected = 1
    for one in in_order:
        for begin, end in _runs(n for n in range(expected, one.number) if n not in known):
            about = {"noun": noun, "begin": begin, "end": end, "number": one.number}
            if begin == end:
                text = _(
                    "%(noun)s %(begin)d is missing before %(number)d; add the row, or number those "
                    "that follow without a gap"
                )
            else:
                text = _(
                    "%(noun)ss %(begin)d to %(end)d are missing before %(number)d; add the row, or "
                    "number those that follow without a gap"
                )
            yield Fault(one.line, text % about, 0)
        expected = one.number + 1


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Numbers that follow each other as (first, last): 3, 4, 5, 9 are (3, 5) and (9, 9)."""
    run: tuple[int, int] | None = None
    for number in numbers:
        if run is not None and number == run[1] + 1:
            run = (run[0], number)
            continue
        if run is not None:
            yield run
        run = (number, number)
    if run is not None:
        yield run
