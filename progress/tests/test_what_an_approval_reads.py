"""What an approval reads in few statements is what the whole history says, whatever that is."""

import datetime as dt
from random import Random

import pytest

from conftest import NOW, TODAY, Cast
from progress.models import (
    Completion,
    CompletionState,
    Erratum,
    ErratumField,
    MeasureProgress,
    PeriodKind,
    Report,
    ReportingPeriod,
)
from progress.rollups import approved_today
from progress.rollups.counted import register_today
from progress.rollups.standings import approved_until
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, task_numbered
from progress.workflow import (
    approved_before,
    completions_wanted,
    content_of,
    content_with_errata,
    period_open,
    report_move,
)
from tasks.models import Status, Task

CODES = ("2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09")
# Mostly completed: else no run would be of any length.
STATUSES = (*[Status.COMPLETED] * 5, Status.ONGOING, Status.NOT_STARTED)


@pytest.fixture
def periods(cast: Cast) -> list[ReportingPeriod]:
    """Months and, as after a change of cadence, a quarter that ends on the day of one of them."""
    months = [period_open(code=code, by=cast.coordinator, now=NOW) for code in CODES]
    quarter = ReportingPeriod.objects.get(code="2026-09")
    quarter.pk, quarter.code, quarter.kind = None, "2026-Q3", PeriodKind.QUARTER
    quarter.starts_on = dt.date(2026, 7, 1)
    quarter.save()
    return [*months, quarter]


def reported(task: Task, periods: list[ReportingPeriod], cast: Cast, chance: Random) -> None:
    """A history by chance: reports that are missing, waiting or approved, and now and then one that
    is corrected, or a completion that was refused or reopened."""
    measures = list(task.measures.order_by("ordinal"))
    for period in periods:
        if chance.random() < 0.1:
            continue
        is_approved = chance.random() < 0.9
        report = Report.objects.create(
            task=task,
            period=period,
            state=ReportState.APPROVED if is_approved else ReportState.SUBMITTED,
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
            handed_in_on=TODAY - dt.timedelta(days=chance.randrange(200)),
            approved_at=NOW if is_approved else None,
        )
        said = Status.COMPLETED if chance.random() < 0.9 else None
        MeasureProgress.objects.bulk_create(
            MeasureProgress(
                report=report, measure=one, status=said or chance.choice(STATUSES), text="已推进"
            )
            # One that came into the list later has no row.
            for one in (measures if chance.random() < 0.9 else measures[1:])
        )
    reports = list(Report.objects.filter(task=task, state=ReportState.APPROVED))
    if reports and chance.random() < 0.5:
        report = chance.choice(reports)
        Erratum.objects.create(
            period=report.period,
            number=1,
            report=report,
            measure=chance.choice(measures),
            field=ErratumField.STATUS,
            old="",
            new=chance.choice((Status.ONGOING, Status.ONGOING, Status.COMPLETED)),
            reason="原统计口径有误",
            at=NOW,
            by=cast.coordinator,
        )
    if reports and chance.random() < 0.2:
        is_refused = chance.random() < 0.5
        Completion.objects.create(
            task=task,
            measure=chance.choice(measures),
            report=chance.choice(reports),
            state=CompletionState.REFUSED if is_refused else CompletionState.REOPENED,
            requested_at=NOW,
            requested_by=cast.reporter,
            decided_at=NOW,
            decided_by=cast.coordinator,
            decision_reason="佐证不足" if is_refused else "",
            reopened_at=None if is_refused else NOW,
            reopened_by=None if is_refused else cast.coordinator,
            reopening_reason="" if is_refused else "核查发现未达标",
        )


@pytest.mark.parametrize("seed", range(60))
def test_the_standing_is_that_of_the_whole_history(
    cast: Cast, periods: list[ReportingPeriod], seed: int
) -> None:
    task, chance = task_numbered(4), Random(seed)  # noqa: S311
    reported(task, periods, cast, chance)
    read, itself = approved_today(task), Task.objects.filter(pk=task.pk)
    history, register = approved_until(itself, None), register_today(itself)
    latest = history.latest_statuses()
    statuses = {pk: latest.get(pk, Status.NOT_STARTED) for pk in register[task.pk]}
    assert {pk: read.statuses.get(pk, Status.NOT_STARTED) for pk in statuses} == statuses
    is_completed = set(statuses.values()) == {Status.COMPLETED}
    day = history.completions(register).get(task.pk)
    assert (read.completed_on if is_completed else None) == day
    # Nothing was written yet.
    assert read.is_stored is False or set(statuses.values()) == {Status.NOT_STARTED}


@pytest.mark.parametrize("seed", range(60))
def test_what_is_asked_for_is_what_did_not_hold_before(
    cast: Cast, periods: list[ReportingPeriod], seed: int
) -> None:
    task, chance = task_numbered(4), Random(seed)  # noqa: S311
    reported(task, periods, cast, chance)
    for report in Report.objects.filter(task=task).select_related("period"):
        before = approved_before(task=task, period=report.period)
        holds = content_with_errata(before).measures if before else ()
        done = {one.measure_id for one in holds if one.status == Status.COMPLETED}
        wanted = [
            one.measure_id
            for one in content_of(report).measures
            if one.status == Status.COMPLETED and one.measure_id not in done
        ]
        assert [one.pk for one in completions_wanted(report)] == wanted


def test_what_was_asked_for_lapses_where_an_older_report_has_it_completed_by_now(
    cast: Cast, period: ReportingPeriod
) -> None:
    task, september = task_numbered(4), period_open(code="2026-09", by=cast.coordinator, now=NOW)
    report = handed_in(task, period, cast.reporter, Status.COMPLETED)
    assert Completion.objects.filter(report=report).count() == 3
    approved(task, september, cast.reporter, cast.coordinator, Status.COMPLETED)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert not Completion.objects.filter(report=report).exists()
    assert Completion.objects.filter(state=CompletionState.GRANTED).count() == 3
