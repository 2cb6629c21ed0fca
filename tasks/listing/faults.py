"""What is wrong with a list: each fault with its line, all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps a list from being imported, in the reader's language, with what to do.

    `line` counts from 1 in the file; None where the fault is of no line (the file is missing).
    `column` counts the columns of a list from 0, where the fault is of one cell.
    """

    line: int | None
    text: str
    column: int | None = None

    def __str__(self) -> str:
        return self.text if self.line is None else f"line {self.line}: {self.text}"


class ListFaults(Exception):  # noqa: N818 - it carries the faults of a list, each one named
    """The list was not imported and nothing was written; `faults` says why, in order of lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        unique = dict.fromkeys(faults)
        self.faults = tuple(sorted(unique, key=lambda fault: fault.line or 0))
        super().__init__("\n".join(str(fault) for fault in self.faults))
