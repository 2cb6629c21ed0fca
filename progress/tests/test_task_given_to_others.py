"""A coordinator gives a task to other agencies in the middle of a period."""

import pytest

from agencies.models import Role
from conftest import NOW, TODAY, Cast, _person
from progress.models import (
    Contribution,
    ReportingPeriod,
)
from progress.rollups import (
    contribution_rows,
    task_rows,
)
from progress.states import Move
from progress.tests.acts import saved, task_numbered
from progress.tests.agencies_changed import LATER, agency, fresh
from progress.tests.test_contributions import contributed
from progress.workflow import (
    Conflict,
    contribution_move,
    period_close,
    period_open,
    report_move,
)
from progress.workflow.succession import task_agencies_change
from tasks.models import Division, ResponsibilityRole, Task
from tasks.responsibilities import parts_of


def test_the_new_lead_goes_on_with_the_draft_and_who_has_gone_owes_nothing(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = saved(task, period, cast.reporter)
    one = contributed(task, period, cast.co_reporter, "发改委的话")
    task_agencies_change(
        task=task,
        division=Division.BY_DUTY,
        agencies=[
            (agency("市通信管理局"), ResponsibilityRole.LEAD),
            (agency("市数据局"), ResponsibilityRole.CO),
        ],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    saved(task, period, cast.stranger, "completed", now=LATER)
    report.refresh_from_db()
    assert report.updated_by == cast.stranger
    rows = contribution_rows(
        tasks=Task.objects.filter(pk=task.pk), period=period, user=cast.stranger
    )
    assert [row.agency.name for row in rows[task.pk]] == ["市数据局"]
    assert one in Contribution.objects.visible_to(cast.stranger)
    assert one in Contribution.objects.visible_to(fresh(cast.co_reporter))
    with pytest.raises(Conflict):
        contribution_move(
            contribution=one, move=Move.RETURN, by=cast.stranger, now=LATER, reason="请补充"
        )


def test_another_second_lead_is_asked_anew(cast: Cast, period: ReportingPeriod) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    parts = parts_of(task)
    writer = _person("first", "甲", Role.REPORTER, parts[0].agency.name)
    report = saved(task, period, writer)
    report_move(report=report, move=Move.ASK, by=writer, now=NOW)
    agencies = [(one.agency, one.role) for one in parts]
    task_agencies_change(
        task=task,
        division=Division.CO_LEAD,
        agencies=[agencies[0], (agency("市通信管理局"), ResponsibilityRole.LEAD), *agencies[2:]],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    report.refresh_from_db()
    assert report.agreement_asked_at is None


def test_a_closed_period_keeps_who_answered_for_the_task(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    task_agencies_change(
        task=task,
        division=Division.LEAD_COMPILES,
        agencies=[(agency("市通信管理局"), ResponsibilityRole.LEAD)],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=LATER,
    )
    for code, name in (("2026-10", "市数据局"), ("2026-11", "市通信管理局")):
        of = ReportingPeriod.objects.get(code=code)
        [row] = task_rows(
            tasks=Task.objects.filter(pk=task.pk), period=of, user=cast.coordinator, today=TODAY
        )
        assert [lead.name for lead in row.leads] == [name]
