"""Each figure of each sheet against pages, API and a naive recount, on histories made by chance."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import Agency
from conftest import Cast
from progress.lights import Light
from progress.models import EditionKind, Report, ReportingPeriod
from progress.tests.report_read import (
    AGENCIES,
    CHAPTERS,
    FORM,
    ReportRead,
    computed,
    report_read,
)
from progress.tests.test_rollups import (
    CODES,
    DEADLINES,
    HISTORIES,
    LATER,
    NUMBERS,
    Chapter,
    play,
    recount_light,
    recount_standing,
)
from progress.workbooks import progress_workbook
from progress.workflow import period_close
from tasks.listing import chinese_numeral
from tasks.models import Status, Task

pytestmark = pytest.mark.once

# Once everything has been decided.
NOW = LATER + dt.timedelta(days=1)
TODAY = NOW.date()
STATUS_LABELS: Mapping[str, str] = {one: str(one.label) for one in Status}
LIGHT_LABELS: Mapping[str, str] = {one: str(one.label) for one in Light}


def made(
    cast: Cast, code: str, edition: EditionKind = EditionKind.INTERNAL, tasks: Any = None
) -> ReportRead:
    return report_read(
        progress_workbook(
            period=ReportingPeriod.objects.get(code=code),
            user=cast.coordinator,
            today=TODAY,
            now=NOW,
            tasks=Task.objects.all() if tasks is None else tasks,
            language="zh-hans",
            edition=edition,
        )
    )


# --- The naive recount --------------------------------------------------------------------------


class Recount:
    """What the tables say of each task as of a period, read one by one."""

    def __init__(self, period: ReportingPeriod) -> None:
        self.period = period
        self.tasks = list(
            Task.objects.order_by("number")
            .select_related("chapter")
            .prefetch_related("responsibilities")
        )
        self.standing = {}
        self.handed_in_on = {}
        self.light = {}
        for task in self.tasks:
            measures, status, completed_on = recount_standing(task, period)
            report = Report.objects.filter(task=task, period=period).first()
            day = report.handed_in_on if report else None
            missing = day is None and (not period.is_open or period.due_on < self.day)
            self.standing[task.pk] = (measures, status)
            self.handed_in_on[task.pk] = day
            self.light[task.pk] = recount_light(
                status, task.deadline, completed_on, missing, self.day
            )

    @property
    def day(self) -> dt.date:
        if self.period.closed_at is None:
            return TODAY
        last = max(self.period.ends_on, self.period.due_on + dt.timedelta(days=1))
        return min(timezone.localdate(self.period.closed_at), last)

    def of_chapter(self, number: int) -> list[Task]:
        return [task for task in self.tasks if task.chapter.number == number]

    def led_by(self, agency: Agency) -> list[Task]:
        return [
            task
            for task in self.tasks
            if any(
                one.agency_id == agency.pk and one.role == "lead"
                for one in task.responsibilities.all()
            )
        ]

    def cells(self, tasks: Sequence[Task], group: str) -> dict[tuple[str, str], Any]:
        """What the cells of a summary's line have to hold for these tasks."""
        statuses = [self.standing[task.pk][1] for task in tasks]
        measures = [one for task in tasks for one in self.standing[task.pk][0]]
        lights: Counter[str] = Counter(self.light[task.pk] for task in tasks)
        days = [self.handed_in_on[task.pk] for task in tasks]
        handed_in = [day for day in days if day is not None]
        on_time = [day for day in handed_in if day <= self.period.due_on]
        reports = {
            "应报": len(tasks),
            "已报": len(handed_in),
            "按时报": len(on_time),
            "未报": len(tasks) - len(handed_in),
            "报送率": share(len(handed_in), len(tasks)),
            "按时报送率": share(len(on_time), len(tasks)),
        }
        return {
            **{(group, name): value for name, value in rated(statuses).items()},
            **{("落实举措", name): value for name, value in rated(measures).items()},
            **{("亮灯", label): lights[one] for one, label in LIGHT_LABELS.items()},
            **{("报送情况", name): value for name, value in reports.items()},
        }


def rated(statuses: Sequence[str]) -> dict[str, Any]:
    counts = Counter(statuses)
    done = counts[Status.COMPLETED] + counts[Status.ONGOING]
    return {
        "合计": len(statuses),
        **{label: counts[one] for one, label in STATUS_LABELS.items()},
        "启动率": share(len(statuses) - counts[Status.NOT_STARTED], len(statuses)),
        "落地率": share(done, len(statuses)),
        "完成率": share(counts[Status.COMPLETED], len(statuses)),
    }


def share(part: int, whole: int) -> float | str:
    return part / whole if whole else "—"


def agree(found: Mapping[Any, Any], expected: Mapping[Any, Any], about: object) -> None:
    for key, value in expected.items():
        assert found[key] == (pytest.approx(value) if isinstance(value, float) else value), (
            about,
            key,
        )


# --- What the sheets hold -------------------------------------------------------------------------


def compare_sheets(report: ReportRead, recount: Recount) -> None:
    """Every sheet of the internal edition of the whole list against the naive recount."""
    chapters = report.summary(CHAPTERS)
    for title, line in chapters.items():
        tasks = (
            recount.tasks
            if title == "合计"
            else [task for task in recount.tasks if task.chapter.title == title]
        )
        agree(line, recount.cells(tasks, "试点任务"), title)
    agencies = report.summary(AGENCIES)
    sums: Counter[tuple[str, str]] = Counter()
    for name, line in agencies.items():
        if name == "合计":
            continue
        agency = Agency.objects.get(name=name)
        agree(line, recount.cells(recount.led_by(agency), "牵头任务"), name)
        sums.update({key: value for key, value in line.items() if isinstance(value, int)})
    agree(
        {key: value for key, value in agencies["合计"].items() if isinstance(value, int)},
        {key: value for key, value in sums.items() if key[0] not in {"序号", "责任单位"}},
        "合计",
    )
    compare_rows(report, recount)
    whole = recount.cells(recount.tasks, "试点任务")
    for (of, name), (_part, _whole, value) in report.rates().items():
        group = {"进展报告": "报送情况"}.get(of, of)
        assert value == pytest.approx(whole[group, name]), (of, name)


def compare_rows(report: ReportRead, recount: Recount) -> None:
    """The form's rows and the data, measure by measure, and the chapters' bands."""
    flat, entries = report.data(), report.entries()
    at = 0
    for task in recount.tasks:
        measures, status = recount.standing[task.pk]
        for ordinal, said in enumerate(measures, start=1):
            row, entry = flat[at], entries[at]
            at += 1
            assert (row["任务序号"], row["举措序号"]) == (task.number, ordinal)
            assert (row["任务状态"], row["举措状态"]) == (
                STATUS_LABELS[status],
                STATUS_LABELS[said],
            )
            assert row["亮灯"] == LIGHT_LABELS[recount.light[task.pk]]
            assert as_day(row["报送日期"]) == recount.handed_in_on[task.pk]
            assert as_day(row["任务完成时限"]) == task.deadline
            assert row["任务计数"] == int(ordinal == 1)
            assert (entry["序号"], entry["状态"]) == (task.number, STATUS_LABELS[said])
            assert entry["亮灯"] == LIGHT_LABELS[recount.light[task.pk]]
    assert at == len(flat) == len(entries)
    texts = report.texts(FORM)
    for number in {task.chapter.number for task in recount.tasks}:
        tasks = recount.of_chapter(number)
        done = sum(recount.standing[task.pk][1] == Status.COMPLETED for task in tasks)
        heading = f"{chinese_numeral(number)}、{tasks[0].chapter.title}"
        assert f"{heading}（共{len(tasks)}项，已完成{done}项）" in texts


def compare_trend(report: ReportRead, code: str) -> None:
    """Handing in, period by period up to this one; without those that a closed one left open."""
    shown = report.trend()
    closed_at = ReportingPeriod.objects.get(code=code).closed_at
    until = ReportingPeriod.objects.filter(code__lte=code)
    if closed_at is not None:
        until = until.filter(closed_at__lte=closed_at)
    assert list(shown) == [one.code for one in until.order_by("ends_on")]
    for one, counts in shown.items():
        period = ReportingPeriod.objects.get(code=one)
        days = [report.handed_in_on for report in Report.objects.filter(period=period)]
        handed_in = [day for day in days if day is not None]
        on_time = [day for day in handed_in if day <= period.due_on]
        assert counts[:3] == (131, len(handed_in), len(on_time))


def as_day(value: dt.datetime | dt.date | None) -> dt.date | None:
    return value.date() if isinstance(value, dt.datetime) else value


# --- What pages and API say -----------------------------------------------------------------------


def compare_with_page_and_api(report: ReportRead, client: Client, code: str) -> None:
    page = client.get(f"/overview/?period={code}").context
    api = client.get(f"/api/v1/overview/?period={code}").json()
    chapters = report.summary(CHAPTERS)
    agree_with_figures(chapters["合计"], page["figures"], "试点任务")
    agree_with_document(chapters["合计"], api)
    for line in page["lines"]:
        found = chapters[line.title]
        for one in line.statuses:
            assert found["试点任务", STATUS_LABELS[Status(one.value)]] == one.count
    for chapter in api["chapters"]:
        agree_with_document(chapters[chapter["title"]], chapter)
    agencies = report.summary(AGENCIES)
    for line in client.get(f"/agencies/?period={code}").context["lines"]:
        if line.led or line.shared:
            found = agencies[line.name]
            assert (found["牵头任务", "合计"], found["配合任务", ""]) == (line.led, line.shared)
            counts = {STATUS_LABELS[Status(one.value)]: one.count for one in line.statuses}
            agree(
                {key[1]: value for key, value in found.items() if key[0] == "牵头任务"}, counts, 0
            )
            assert found["亮灯", "红灯"] == line.red.count
            assert found["亮灯", "黄灯"] == line.yellow.count


def agree_with_figures(line: Mapping[Any, Any], figures: Any, group: str) -> None:
    for status, label in STATUS_LABELS.items():
        assert line[group, label] == figures.tasks_by_status[status]
        assert line["落实举措", label] == figures.measures_by_status[status]
    for light, label in LIGHT_LABELS.items():
        assert line["亮灯", label] == figures.lights[light]
    shown = (line["报送情况", "应报"], line["报送情况", "已报"], line["报送情况", "按时报"])
    assert shown == (figures.due, figures.handed_in, figures.on_time)
    assert as_shown(line["报送情况", "按时报送率"]) == figures.on_time_rate.percent


def agree_with_document(line: Mapping[Any, Any], document: Mapping[str, Any]) -> None:
    for status, label in STATUS_LABELS.items():
        assert line["试点任务", label] == document["tasks_by_status"][status]
        assert line["落实举措", label] == document["measures_by_status"][status]
    for light, label in LIGHT_LABELS.items():
        assert line["亮灯", label] == document["lights"][light]
    handing_in = document["handing_in"]
    assert line["报送情况", "已报"] == handing_in["handed_in"]
    for heading, name in (
        ("启动率", "started_rate"),
        ("落地率", "implemented_rate"),
        ("完成率", "completed_rate"),
    ):
        assert as_shown(line["试点任务", heading]) == document[name]["percent"]
        assert as_shown(line["落实举措", heading]) == document[f"measures_{name}"]["percent"]


def as_shown(value: float | str) -> float | None:
    """A rate as Excel shows it with the format 0.0%: half a tenth goes up."""
    if isinstance(value, str):
        return None
    return int(round(value * 1000, 9) + 0.5) / 10


# --- The tests ------------------------------------------------------------------------------------


@given(history=HISTORIES, deadlines=DEADLINES, draw=st.data())
@settings(
    # Two seconds each; the longer run has more.
    max_examples=max(3, settings.default.max_examples // 100) if settings.default else 3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_figure_is_that_of_page_api_and_a_naive_recount(
    cast: Cast,
    history: dict[tuple[str, int], Chapter],
    deadlines: tuple[dt.date | None, ...],
    draw: st.DataObject,
) -> None:
    order = draw.draw(st.permutations(list(history)))
    code, closes = draw.draw(st.sampled_from(CODES)), draw.draw(st.booleans())
    client = Client()
    with transaction.atomic():
        client.force_login(cast.coordinator)
        for number, deadline in zip(NUMBERS, deadlines, strict=True):
            Task.objects.filter(number=number).update(deadline=deadline)
        play(history, order, cast)
        if closes:
            period_close(
                period=ReportingPeriod.objects.get(code=code), by=cast.coordinator, now=NOW
            )
        with time_machine.travel(NOW, tick=False):
            report = made(cast, code)
            compare_trend(report, code)
            compare_sheets(report, Recount(ReportingPeriod.objects.get(code=code)))
            compare_with_page_and_api(report, client, code)
            for where in computed(report):
                assert where[2] == pytest.approx(where[3]), where
        transaction.set_rollback(True)
