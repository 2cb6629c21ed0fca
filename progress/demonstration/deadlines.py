"""Deadlines that show every light on the day the demonstration is laid out."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from django.utils import timezone

from progress.demonstration.course import Profile
from progress.demonstration.moments import OFFICE_OPENS, at
from progress.demonstration.people import People, Reporting
from progress.models import Policy, Report, ReportingPeriod
from progress.workdays import ONE_DAY, WorkCalendar
from progress.workflow import extension_decide, extension_request
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

OVERDUE = 4
NEAR = 5
LATE_COMPLETIONS = 2
# So many were set earlier at first, and moved since.
MOVED = 3
SET_BECAUSE = "按照试点任务总体安排，明确完成时限"
MOVED_BECAUSE = "牵头部委配套细则印发时间推后，经专题会议研究同意顺延"
ASKED_BECAUSE = "涉及跨部门系统对接，联调测试需待上级平台升级后进行，申请适当延长完成时限"
GRANTED_BECAUSE = "情况属实，同意延期，请倒排工期抓紧推进"
REFUSED_BECAUSE = "所列工作可与其他举措并行推进，暂不同意延期，请按原定时限完成"
# What becomes of the requests, in order: granted, still waiting (None), refused.
DECISIONS = (True, None, False)


def deadlines_play(
    *,
    tasks: Sequence[Task],
    profiles: Mapping[int, Profile],
    today: dt.date,
    people: People,
    opened: dt.datetime,
) -> None:
    """Give about half of the tasks a deadline, by how they fare and where the day stands.

    Waiting tasks are past theirs (red), a few have theirs in the coming days (yellow), most have
    the end of a year or half-year (green) or none (grey); completed ones were in time (blue) or
    late. The coordinators set them all as the first month was `opened`, and moved a few since.
    """
    days = _days(tasks, profiles, today)
    by_id = {task.pk: task for task in tasks}
    moved = [pk for pk, day in days.items() if day > today + 60 * ONE_DAY][:MOVED]
    before = _month_end_before(today)
    deadlines_write(
        changes=[
            Deadline(by_id[pk], None, before if pk in moved else day) for pk, day in days.items()
        ],
        reason=SET_BECAUSE,
        by=people.coordinator,
        now=opened,
    )
    if moved:
        deadlines_write(
            changes=[Deadline(by_id[pk], None, days[pk]) for pk in moved],
            reason=MOVED_BECAUSE,
            by=people.coordinator,
            now=at(before - 12 * ONE_DAY, OFFICE_OPENS),
        )


def extensions_play(
    *,
    period: ReportingPeriod,
    leads: Mapping[int, Reporting],
    people: People,
    now: dt.datetime,
) -> None:
    """Three leads ask for half a year more in the open period: one is granted it, one waits, one is
    refused."""
    today = timezone.localdate(now)
    reports = Report.objects.filter(
        period=period, task__deadline__gt=today + 20 * ONE_DAY, task__original_deadline=None
    ).exclude(task__status=Status.COMPLETED)
    asking = reports.select_related("task").order_by("task__number")[: len(DECISIONS)]
    for report, granted in zip(asking, DECISIONS, strict=False):
        lead, task = leads[report.task_id], report.task
        assert task.deadline is not None
        asked = extension_request(
            task=task,
            period=period,
            new_deadline=_month_end_after(task.deadline + 122 * ONE_DAY),
            reason=ASKED_BECAUSE,
            by=lead.approver or lead.reporter,
            now=now,
        )
        if granted is not None:
            extension_decide(
                extension=asked,
                granted=granted,
                by=people.coordinator,
                now=now + dt.timedelta(hours=2),
                reason=GRANTED_BECAUSE if granted else REFUSED_BECAUSE,
            )


def _days(
    tasks: Sequence[Task], profiles: Mapping[int, Profile], today: dt.date
) -> dict[int, dt.date]:
    """The deadlines in force on the day, by the task's id."""
    days: dict[int, dt.date] = {}
    completed = [task for task in tasks if task.status == Status.COMPLETED]
    for place, task in enumerate(completed):
        assert task.completed_on is not None
        if place < LATE_COMPLETIONS:
            days[task.pk] = _month_end_before(task.completed_on)
        elif place % 2 == 0:
            days[task.pk] = _month_end_after(task.completed_on)

    under_way = [task for task in tasks if task.status != Status.COMPLETED]
    waiting = [task for task in under_way if profiles.get(task.pk) == Profile.WAITING]
    steady = [task for task in under_way if profiles.get(task.pk) == Profile.STEADY]
    past = _month_ends_before(today)
    for place, task in enumerate((waiting + steady)[:OVERDUE]):
        days[task.pk] = past[place // 3]

    calendar, policy = WorkCalendar.load(), Policy.current()
    free = [task for task in steady if task.pk not in days]
    for place, task in enumerate(free[:NEAR]):
        days[task.pk] = calendar.add(today, min(policy.yellow_working_days, 2 + place // 2))

    ends = _distant_ends(today)
    for task in under_way:
        if task.pk not in days and task.number % 5 in (0, 1, 3):
            days[task.pk] = next(ends)
    return days


def _month_end_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - ONE_DAY


def _month_end_after(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 62 * ONE_DAY).replace(day=1) - ONE_DAY


def _month_ends_before(day: dt.date) -> tuple[dt.date, dt.date]:
    last = _month_end_before(day)
    return last, _month_end_before(last)


def _distant_ends(today: dt.date) -> Iterator[dt.date]:
    """The ends of half-years that are more than a month away, the nearest most often."""
    first = today + 31 * ONE_DAY
    ends = [
        end
        for year in (first.year, first.year + 1, first.year + 2)
        for end in (dt.date(year, 6, 30), dt.date(year, 12, 31))
        if end >= first
    ]
    while True:
        yield from (ends[0], ends[1], ends[0], ends[2])
