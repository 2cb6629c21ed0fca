"""An agency is merged into another one (机构改革): all that moves, in one transaction.

Agencies, tasks, reports and reminders each move what is theirs (`agencies.changes`,
`tasks.responsibilities`, `progress.workflow.succession`, `progress.reminders`); here it is put
together and foretold. An administrator sees numbers of tasks and counts of it, never a text.
"""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.administering import administrator_check
from agencies.changes import agency_end, merger_check
from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyChange, User
from agencies.robots import robot_remove
from progress.models import Report
from progress.reminders import reminders_pass_on, reminders_waiting_for
from progress.states import HANDED_IN, WRITABLE
from progress.workflow import Conflict
from progress.workflow.matters import matters_pass_on, matters_waiting_for
from progress.workflow.succession import (
    Fate,
    Passing,
    asking_reports_lock,
    contributions_pass_on,
    contributions_passing,
    open_periods_lock,
    task_handed_over,
)
from tasks.importing import imports_lock
from tasks.models import Division, MeasureDuty, Responsibility, ResponsibilityRole, Task
from tasks.responsibilities import Part, division_after, parts_passed_on, responsibilities_pass_on

# A task's number and a period's code.
Place = tuple[int, str]


class MergerChanged(Conflict):
    """What would move is not what was looked at any more. `merger` is what it is now."""

    def __init__(self, merger: "Merger") -> None:
        super().__init__(
            _("What moves has changed since you looked at it; look again before you confirm.")
        )
        self.merger = merger


@dataclass(frozen=True, slots=True)
class Merger:
    """What a merger moves, as numbers, names and counts.

    `led` and `shared` are the agency's tasks, `both` those of them in which the successor has a
    part already, `one_lead` those that two led and one leads from then on. `reports` are those of
    open periods that it has not handed in, `asked` those whose question to the other lead lapses.
    """

    agency: Agency
    successor: Agency
    led: tuple[int, ...]
    shared: tuple[int, ...]
    both: tuple[int, ...]
    one_lead: tuple[int, ...]
    measures: int
    reports: tuple[Place, ...]
    asked: tuple[Place, ...]
    moving: tuple[Place, ...]
    moving_ids: tuple[int, ...]
    joining: tuple[Place, ...]
    staying: tuple[Place, ...]
    accounts: tuple[str, ...]
    bodies: tuple[str, ...]
    matters: int
    reminders: int

    @property
    def contributions(self) -> int:
        return len(self.moving) + len(self.joining) + len(self.staying)

    @property
    def moves_nothing(self) -> bool:
        return not (self.led or self.shared or self.accounts or self.bodies or self.contributions)

    def as_json(self) -> dict[str, Any]:
        """The shape in which `AgencyChange.moved` keeps it."""
        return {
            "tasks": sorted([*self.led, *self.shared]),
            "led": list(self.led),
            "measures": self.measures,
            "reports": [list(place) for place in self.reports],
            "contributions": {
                "moved": [list(place) for place in self.moving],
                "joined": [list(place) for place in self.joining],
                "kept": [list(place) for place in self.staying],
                "moved_ids": list(self.moving_ids),
            },
            "accounts": list(self.accounts),
            "bodies": list(self.bodies),
            "matters": self.matters,
            "reminders": self.reminders,
        }

    @property
    def digest(self) -> str:
        """Tells whether the same would move: whose tasks, accounts and contributions.

        Not how many messages wait: they are sent while somebody reads the page.
        """
        said = self.as_json() | {
            "reminders": 0,
            "both": list(self.both),
            "one_lead": list(self.one_lead),
            "asked": [list(place) for place in self.asked],
            "successor": self.successor.pk,
        }
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def merger_of(*, agency: Agency, successor: Agency) -> Merger:
    """What merging the one into the other would move now: a constant number of statements."""
    return _merger(agency, successor, contributions_passing(agency=agency, successor=successor))


def agency_merge(
    *,
    agency: Agency,
    successor: Agency,
    effective_on: dt.date,
    document: str,
    reason: str,
    by: User,
    now: dt.datetime,
    seen: str = "",
) -> AgencyChange:
    """Merge an agency into its successor, by an administrator; returns the change as it is kept.

    All of it or nothing. `seen` is the digest of what was looked at; raises MergerChanged where it
    would not be that any more, PermissionDenied for anybody but administrators, and
    ValidationError, keyed by field, for a successor, day or reason that cannot be.
    """
    administrator_check(by)
    with transaction.atomic():
        imports_lock()
        # In the order of every writer of a report: the periods first.
        open_periods_lock()
        locked = agencies_lock([agency.pk, successor.pk])
        agency, successor = locked[agency.pk], locked[successor.pk]
        merger_check(
            agency=agency, successor=successor, effective_on=effective_on, reason=reason, now=now
        )
        passing = contributions_passing(agency=agency, successor=successor, lock=True)
        merger = _merger(agency, successor, passing)
        if seen and seen != merger.digest:
            raise MergerChanged(merger)
        led = Task.objects.filter(number__in=merger.led)
        asking_reports_lock(task_ids=led.values_list("pk", flat=True))
        tasks = responsibilities_pass_on(
            agency=agency, successor=successor, reason=reason, document=document, by=by, now=now
        )
        for task in tasks:
            if task.number in merger.led:
                task_handed_over(task=task, by=by, now=now)
        contributions_pass_on(passing=passing, successor=successor, by=by, now=now)
        matters_pass_on(agency=agency, successor=successor, by=by, now=now)
        change = agency_end(
            agency=agency,
            successor=successor,
            effective_on=effective_on,
            document=document,
            reason=reason,
            moved=merger.as_json(),
            by=by,
            now=now,
        )
        # After the accounts: who has people is told by them.
        reminders_pass_on(agency=agency, successor=successor)
        # Its key is kept no longer than it is used.
        robot_remove(agency=agency, by=by, now=now)
    return change


def _merger(agency: Agency, successor: Agency, passing: list[Passing]) -> Merger:
    parts: dict[int, list[Part]] = {}
    divisions: dict[int, str] = {}
    mine = Responsibility.objects.filter(agency=agency).values("task")
    rows = Responsibility.objects.filter(task__in=mine).select_related("agency", "task")
    for row in rows.order_by("task__number", "position"):
        parts.setdefault(row.task.number, []).append(Part(row.agency, row.role))
        divisions[row.task.number] = row.task.division
    lead = Part(agency, ResponsibilityRole.LEAD)
    led = tuple(number for number, each in parts.items() if lead in each)
    open_reports = Report.objects.filter(period__closed_at=None).order_by("period", "task__number")
    compiled = Task.objects.led_by([agency.pk])
    not_handed_in = open_reports.filter(task__in=compiled).exclude(state__in=HANDED_IN)
    asked = open_reports.filter(
        task__number__in=led, state__in=WRITABLE, agreement_asked_at__isnull=False
    )
    places: dict[Fate, list[Place]] = {fate: [] for fate in Fate}
    for one in passing:
        places[one.fate].append((one.contribution.task.number, one.contribution.period.code))
    return Merger(
        agency=agency,
        successor=successor,
        led=led,
        shared=tuple(number for number in parts if number not in led),
        both=tuple(
            number
            for number, each in parts.items()
            if any(part.agency == successor for part in each)
        ),
        one_lead=tuple(
            number
            for number, each in parts.items()
            if divisions[number] == Division.CO_LEAD
            and division_after(
                divisions[number], parts_passed_on(each, agency=agency, successor=successor)
            )
            != Division.CO_LEAD
        ),
        measures=MeasureDuty.objects.filter(agency=agency).count(),
        reports=tuple(not_handed_in.values_list("task__number", "period__code")),
        asked=tuple(asked.values_list("task__number", "period__code")),
        moving=tuple(places[Fate.MOVES]),
        moving_ids=tuple(one.contribution.pk for one in passing if one.fate == Fate.MOVES),
        joining=tuple(places[Fate.JOINS]),
        staying=tuple(places[Fate.STAYS]),
        accounts=tuple(
            User.objects.filter(agency=agency)
            .order_by("username")
            .values_list("username", flat=True)
        ),
        bodies=tuple(
            Agency.objects.filter(acts_through=agency).order_by("pk").values_list("name", flat=True)
        ),
        matters=matters_waiting_for(agency).count(),
        reminders=reminders_waiting_for(agency).count(),
    )
