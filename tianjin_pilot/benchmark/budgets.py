"""What is measured, beside what, and how many times as much it may be: one table of data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

A = "A"


@dataclass(frozen=True, slots=True)
class Budget:
    """`most` is the largest ratio that holds, by the name of the scale at which it is asked for;
    without one the number is told and nothing judged. `statements` is the largest number of
    statements, `seconds` the longest that it may take, `kilobytes` and `requests` of a first page,
    `megabytes` as `most`.
    """

    what: str
    against: str
    how: str
    most: Mapping[str, float] = field(default_factory=dict)
    statements: int | None = None
    seconds: float | None = None
    kilobytes: float | None = None
    requests: int | None = None
    megabytes: Mapping[str, float] = field(default_factory=dict)


def _everywhere(ratio: float) -> dict[str, float]:
    return {"S": ratio, "M": ratio, "L": ratio}


BUDGETS: Mapping[str, Budget] = {
    "page": Budget(
        "page",
        A,
        "asked by a coordinator through the whole middleware, nothing cached; the board is of the"
        " open period",
        {"S": 8},
        statements=10,
    ),
    "unchanged": Budget(
        "unchanged",
        A,
        "asked again with what the first answer gave to compare (ETag, Last-Modified)",
        _everywhere(1.5),
    ),
    "list-50": Budget(
        "task list API, 50 nested",
        A,
        "one page of 50 tasks with all that belongs to them",
        {"S": 5.5},
    ),
    "list-131": Budget("task list API, 131 nested", A, "as above, 131 of them", {"S": 12}),
    "task": Budget(
        "task",
        A,
        "of a task with a report in every month: its page by a coordinator, its form by a reporter,"
        " its report before a decision by a coordinator",
        _everywhere(8),
    ),
    "months": Budget(
        "after all months",
        "after one",
        "two databases with the same list and the same open month, in turns",
        {"S": 1.1, "M": 1.15, "L": 1.15},
    ),
    "size": Budget(
        "overview",
        "the city's",
        "asked by a coordinator, of the whole list and of the list of one city after 24 months, in"
        " turns",
        {"M": 1.5},
    ),
    "rollup": Budget(
        "rollup",
        "a naive loop",
        "rows and figures of the open period, beside asking for each measure of each task what each"
        " month's report says of it; both give the same figures, of tasks never reported on too. Of"
        " more tasks than a city has the loop goes over as many as that",
        {"S": 1 / 100, "M": 1 / 1000},
    ),
    "approve": Budget(
        "approve",
        "a plain insert",
        "the move with its locks, checks, history, audit entries and statuses, beside writing the"
        " same history row alone; each in a transaction that is undone",
        _everywhere(6),
    ),
    "workbook": Budget(
        "full official workbook",
        "XlsxWriter",
        "all five sheets of the open period, beside XlsxWriter writing the same cells in the same"
        " styles from a list in memory",
        {"S": 2},
    ),
    "memory": Budget(
        "memory of the export",
        "",
        "how much more the program that makes this workbook holds at most than one that holds its"
        " rows",
        megabytes={"L": 60},
    ),
    "form": Budget(
        "reading a filled form",
        "python-calamine",
        "the form of the agency with the most tasks, each cell read and known by its identity,"
        " beside python-calamine reading all cells of the same file",
        _everywhere(3),
    ),
    "reminders": Budget(
        "reminders",
        "the bare select",
        "a run on a day on which all that is owed crosses a step, less the sending, beside reading"
        " the rows that decide it; undone",
        {"L": 3},
    ),
    "search": Budget(
        "two-character search",
        "LIKE",
        "the tasks with a word of two characters in the list or in any report that a coordinator"
        " may read, beside one LIKE for each column that is searched; both find the same",
        {"L": 1 / 20},
    ),
    "import": Budget(
        "import of the list",
        "update_or_create loop",
        "the official list into an empty register, with its checks and audit entries, beside a loop"
        " over the rows read already; undone",
        seconds=1,
    ),
    "lists": Budget(
        "import of a long list",
        "update_or_create loop",
        "the same with each task so many times; the loop goes over as many as the official list has"
        " and counts for all",
        {"M": 1 / 8},
    ),
    "check": Budget(
        "manage.py check", "django.setup()", "each as a program of its own", _everywhere(2)
    ),
    "start": Budget(
        "second start of make run",
        "",
        "a copy of the project that has been started once, until its web server answers; seconds as"
        " they pass",
        seconds=10,
    ),
    "cold": Budget(
        "first page of a cold browser",
        "",
        "the sign-in page and all that it names, as the product's own middleware serves it to a"
        " browser that takes gzip: bodies, without headers",
        kilobytes=120,
        requests=8,
    ),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One line: of which budget, of what part of it, and what was found. Ratios and seconds are
    None where something is counted and not timed, or where `why_not` says why nothing was."""

    key: str
    part: str = ""
    seconds: float | None = None
    against: float | None = None
    statements: int | None = None
    kilobytes: float | None = None
    requests: int | None = None
    megabytes: float | None = None
    why_not: str = ""

    @property
    def budget(self) -> Budget:
        return BUDGETS[self.key]

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.against if self.seconds and self.against else None

    def faults(self, scale: str) -> Sequence[str]:
        """In words what does not hold."""
        budget = self.budget
        limits = (
            ("times", self.ratio, budget.most.get(scale)),
            ("statements", self.statements, budget.statements),
            ("s", self.seconds, budget.seconds),
            ("kB", self.kilobytes, budget.kilobytes),
            ("requests", self.requests, budget.requests),
            ("MB", self.megabytes, budget.megabytes.get(scale)),
        )
        return [
            f"{shown(found)} > {shown(most)} {unit}"
            for unit, found, most in limits
            if found is not None and most is not None and found > most
        ]

    def is_judged(self, scale: str) -> bool:
        """Whether anything is asked of it at this scale."""
        budget = self.budget
        asked = (
            budget.most.get(scale),
            budget.statements,
            budget.seconds,
            budget.kilobytes,
            budget.megabytes.get(scale),
        )
        return not self.why_not and any(one is not None for one in asked)


def shown(number: float) -> str:
    """A ratio below one reads best as a share: 1/120."""
    if isinstance(number, int) or number >= 100:
        return f"{number:.0f}"
    return f"{number:.2f}" if number >= 0.1 else f"1/{1 / number:.0f}"
