"""How each task of the demonstration fares: when its measures begin and end, and what is handed in.

Statuses only ever move from not started through in progress to completed or ongoing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from random import Random

from progress.demonstration.chance import chance
from progress.demonstration.people import Reporting
from progress.demonstration.wording import kind_of
from tasks.models import Measure, Status, Task


class Profile(Enum):
    """Who tells which part of the story; the rest of the tasks are steady."""

    SWIFT = "all its measures are completed before the last month"
    LASTING = "each of its measures is completed or ongoing before the last month"
    WAITING = "waits for a decision of the state, and says so"
    SLOW = "began late"
    STEADY = "goes on"


class Fate(Enum):
    """What becomes of the report of one task in one month."""

    NOT_BEGUN = "nobody begins it"
    DRAFT = "it stays a draft"
    AGENCY_REVIEW = "it waits for the agency's approver"
    SUBMITTED = "it waits for a coordinator"
    RETURNED = "a coordinator returned it"
    APPROVED = "handed in in time and approved"
    CORRECTED = "handed in in time, returned, corrected and approved"
    REOPENED = "approved, reopened, corrected and approved again"
    LATE = "handed in late and approved"


@dataclass(frozen=True, slots=True)
class Course:
    """A measure's course: the month (counted from 0) it begins in and, if it does, ends in."""

    begins: int
    ends: int | None
    end: Status

    def status(self, month: int) -> Status:
        if month < self.begins:
            return Status.NOT_STARTED
        if self.ends is None or month < self.ends:
            return Status.IN_PROGRESS
        return self.end

    def stage(self, month: int) -> int:
        """Months since it began; a completed measure stays where it was when it was completed."""
        if self.ends is not None and self.end == Status.COMPLETED:
            month = min(month, self.ends)
        return max(0, month - self.begins)


def profiles_of(tasks: Sequence[Task], *, kept_steady: int) -> dict[int, Profile]:
    """The profile of each task by its id; the task numbered `kept_steady` is steady."""
    profiles: dict[int, Profile] = {}
    free = [task for task in tasks if task.number != kept_steady]
    chance("profiles").shuffle(free)
    shares: dict[Profile, tuple[float, Callable[[Task], int]]] = {
        Profile.SWIFT: (0.09, _ends_at_once),
        Profile.WAITING: (0.10, _waits_for_the_state),
        Profile.LASTING: (0.14, _is_short),
        Profile.SLOW: (0.13, _is_any),
    }
    for profile, (share, fitness) in shares.items():
        free.sort(key=fitness, reverse=True)
        for task in free[: max(1, round(share * len(tasks)))]:
            profiles[task.pk] = profile
        free = [task for task in free if task.pk not in profiles]
    return {task.pk: profiles.get(task.pk, Profile.STEADY) for task in tasks}


def _ends_at_once(task: Task) -> int:
    measures = list(task.measures.all())
    return 10 * sum(kind_of(m.text).end == Status.COMPLETED for m in measures) - 11 * len(measures)


def _waits_for_the_state(task: Task) -> int:
    return sum(kind_of(measure.text).name == "national" for measure in task.measures.all())


def _is_short(task: Task) -> int:
    return -len(task.measures.all())


def _is_any(_task: Task) -> int:
    return 0


def course_of(measure: Measure, profile: Profile, *, months: int) -> Course:
    """The course of one measure of a task with this profile, over so many months."""
    rng = chance("course", measure.task.number, measure.ordinal)
    end = kind_of(measure.text).end
    last = months - 2
    match profile:
        case Profile.SWIFT:
            return Course(0, rng.randint(min(2, last), last), Status.COMPLETED)
        case Profile.LASTING:
            if measure.ordinal == 1:
                end = Status.ONGOING
            return Course(0, rng.randint(min(2, last), last), end)
        case Profile.WAITING:
            return Course(rng.randint(0, 2), None, end)
        case Profile.SLOW:
            return Course(rng.randint(months // 2, months + 2), None, end)
        case Profile.STEADY:
            begins = rng.randint(0, 2) + (rng.random() < 0.12) * 3
            ends = begins + rng.randint(2, months) if measure.ordinal > 1 else None
            return Course(begins, ends, end)


def completed_now(
    tasks: Sequence[Task],
    profiles: Mapping[int, Profile],
    fates: Mapping[int, Fate],
    *,
    month: int,
    months: int,
) -> Measure | None:
    """A measure that the month's report, which waits for a coordinator, calls completed anew.

    The courses alone may lead to none in the month that is open, and its completion is what a
    coordinator decides on. None where no such report has a measure under way that can end.
    """
    waiting = [task for task in tasks if fates[task.pk] == Fate.SUBMITTED]
    for measure in (one for task in waiting for one in task.measures.all()):
        course = course_of(measure, profiles[measure.task_id], months=months)
        if course.end == Status.COMPLETED and course.status(month - 1) == Status.IN_PROGRESS:
            return measure
    return None


def closed_fates(tasks: Sequence[Task], *, month: int, kept: int, last: bool) -> dict[int, Fate]:
    """Fates by task id in a month that is over: agencies learn to be in time as months go by.

    The task numbered `kept` is always approved; in the `last` such month one report is reopened.
    """
    late = max(0.05, 0.11 - 0.01 * month)
    missing = max(0.03, 0.08 - 0.01 * month)
    fates: dict[int, Fate] = {}
    for task in tasks:
        draw = chance("fate", month, task.number).random()
        if task.number == kept or draw > late + missing + 0.1:
            fates[task.pk] = Fate.APPROVED
        elif draw < missing:
            fates[task.pk] = Fate.NOT_BEGUN if draw < 0.7 * missing else Fate.DRAFT
        else:
            fates[task.pk] = Fate.LATE if draw < missing + late else Fate.CORRECTED
    if last:
        reopened = [task for task in tasks if task.number != kept]
        approved = [task for task in reopened if fates[task.pk] == Fate.APPROVED]
        fates[chance("reopened").choice(approved or reopened).pk] = Fate.REOPENED
    return fates


# Shares of what is left when the staged reports are taken out, before the due date and after it.
BEFORE_DUE = {
    Fate.NOT_BEGUN: 0.20,
    Fate.DRAFT: 0.15,
    Fate.SUBMITTED: 0.20,
    Fate.RETURNED: 0.04,
    Fate.CORRECTED: 0.05,
}
AFTER_DUE = {
    Fate.NOT_BEGUN: 0.04,
    Fate.DRAFT: 0.03,
    Fate.SUBMITTED: 0.14,
    Fate.RETURNED: 0.03,
    Fate.CORRECTED: 0.06,
    Fate.LATE: 0.05,
}
# The agency of the account `reporter`: one of each, in the order of its tasks.
REPORTERS_OWN = (Fate.NOT_BEGUN, Fate.RETURNED, Fate.DRAFT, Fate.APPROVED, Fate.SUBMITTED)
WAITING_FOR_APPROVER = 3


def open_fates(
    tasks: Sequence[Task], leads: Mapping[int, Reporting], *, overdue: bool
) -> dict[int, Fate]:
    """Fates by task id in the month that is open; `leads` gives who reports, by task id."""
    fates: dict[int, Fate] = {}
    staged: dict[int, int] = {}
    for task in tasks:
        lead = leads[task.pk]
        place = staged.get(lead.agency_id, 0)
        staged[lead.agency_id] = place + 1
        if lead.reporter.username == "reporter":
            fates[task.pk] = REPORTERS_OWN[place % len(REPORTERS_OWN)]
        elif lead.approver is not None and place < WAITING_FOR_APPROVER - overdue:
            fates[task.pk] = Fate.AGENCY_REVIEW
    free = [task for task in tasks if task.pk not in fates]
    rng: Random = chance("open", overdue)
    rng.shuffle(free)
    shares = AFTER_DUE if overdue else BEFORE_DUE
    place = 0
    for fate, share in shares.items():
        until = place + max(1, round(share * len(free)))
        fates.update((task.pk, fate) for task in free[place:until])
        place = until
    fates.update((task.pk, Fate.APPROVED) for task in free[place:])
    return fates
