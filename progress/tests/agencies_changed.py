"""What tests of agencies that change share: a merger in few words, and what is read after it."""

import datetime as dt
from collections.abc import Sequence

from agencies.models import Agency, AgencyChange, Role, User
from conftest import NOW, TODAY, Cast, _person
from progress.mergers import agency_merge
from progress.models import (
    Contribution,
    ReportingPeriod,
)
from progress.rollups import (
    TaskRow,
    contribution_rows,
    task_rows,
)
from progress.tests.acts import task_numbered
from progress.tests.test_contributions import agency_of, texts
from progress.workflow import (
    contribution_save,
)
from progress.workflow.succession import task_agencies_change
from tasks.models import Division, ResponsibilityChange, ResponsibilityRole, Task
from tasks.responsibilities import parts_of

LATER = NOW + dt.timedelta(hours=3)
OLD, NEW = "市发展改革委", "市工业和信息化局"


def person_of(name: str) -> User:
    """A reporter of that agency."""
    return _person("industry", "何工", Role.REPORTER, name)


def agency(name: str) -> Agency:
    return Agency.objects.get(name=name)


def merged(cast: Cast, old: str = OLD, new: str = NEW, **changes: object) -> AgencyChange:
    asked: dict[str, object] = {
        "agency": agency(old),
        "successor": agency(new),
        "effective_on": TODAY,
        "document": "津党办发〔2026〕12号",
        "reason": "机构改革",
        "by": cast.administrator,
        "now": LATER,
    }
    return agency_merge(**(asked | changes))  # type: ignore[arg-type]


def drafted(task: Task, period: ReportingPeriod, by: User, text: str) -> Contribution:
    return contribution_save(
        task=task,
        period=period,
        agency=agency_of(by),
        by=by,
        now=NOW,
        content=texts(task, agency_of(by), text, remarks=f"{text}的问题"),
        version=0,
    )


def fresh(person: User) -> User:
    """The person as the next request finds them."""
    return User.objects.select_related("agency").get(pk=person.pk)


def answering(number: int) -> list[tuple[str, str]]:
    return [(one.agency.name, one.role) for one in parts_of(task_numbered(number))]


def all_rows(period: ReportingPeriod, user: User) -> dict[tuple[int, int], str | None]:
    """The state of each contribution that can be expected, by task and agency: each once."""
    rows = contribution_rows(tasks=Task.objects.all(), period=period, user=user)
    each = [(row.task_id, row.agency.id, row.state) for of in rows.values() for row in of]
    found = {(task_id, agency_id): state for task_id, agency_id, state in each}
    assert len(found) == len(each)
    return found


def whole_list(period: ReportingPeriod, user: User) -> Sequence[TaskRow]:
    return task_rows(tasks=Task.objects.all(), period=period, user=user, today=TODAY)


def own(period: ReportingPeriod, name: str = NEW) -> Contribution:
    return Contribution.objects.get(task__number=4, period=period, agency__name=name)


def said(one: Contribution) -> str:
    return "\n".join([*one.measures.values_list("text", flat=True), one.remarks])


def given_to(cast: Cast, *names: str, number: int = 4, **changes: object) -> ResponsibilityChange:
    """A coordinator gives the task to these agencies; the first one leads."""
    roles = [ResponsibilityRole.LEAD] + [ResponsibilityRole.CO] * (len(names) - 1)
    asked: dict[str, object] = {
        "task": task_numbered(number),
        "division": Division.LEAD_COMPILES,
        "agencies": [(agency(name), role) for name, role in zip(names, roles, strict=True)],
        "reason": "职责调整",
        "document": "津政办函〔2026〕8号",
        "by": cast.coordinator,
        "now": LATER,
    }
    return task_agencies_change(**(asked | changes))  # type: ignore[arg-type]
