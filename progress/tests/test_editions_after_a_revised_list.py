"""Rule: a list that is revised after a closing changes no word of the documents of that period."""

import datetime as dt
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from agencies.models import Role, User
from conftest import NOW, TODAY, Cast
from progress.closings import (
    edition_part,
    editions_keep_absent,
    erratum_create_with_edition,
    period_close_with_edition,
)
from progress.models import Edition, EditionPart, KeptList, Report, ReportingPeriod
from progress.tests.acts import approved, task_numbered
from progress.tests.briefs import DETAILS
from progress.tests.report_read import CHAPTERS, DATA, FORM, report_read
from progress.workbooks.brief.content import brief_content
from progress.workbooks.brief.context import Brief
from progress.workflow import figures_keep_absent, period_close, period_open
from tasks.importing import import_list
from tasks.tests.official_list import list_with, renumbered

pytestmark = pytest.mark.wide

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Lines of the source.
CHAPTER_1, TASK_4, TASK_5, TASK_86 = 6, 12, 13, 150
DROPPED = "健全数据交易市场体系。"
CHANGED = list_with(
    (CHAPTER_1, "支持电信服务", "大力支持电信服务"),
    (TASK_4, "统筹当地算力中心", "统筹全市算力中心"),
    (TASK_4, "三是做好", "四是做好"),
    (TASK_4, "二是做好", "二是新建算力调度平台。三是切实做好"),
    # Nothing was reported on this measure, nor on the task below.
    (
        TASK_5,
        "三是多部门协同推进数据跨境服务中心建设工作，加强数据跨境政策宣传，开展常态化服务。",
        "",
    ),
    # Its agencies are "and others" no more.
    (TASK_86, "等按职责分工负责", "按职责分工负责"),
)
REVISED = renumbered(
    "\n".join(line for line in CHANGED.rstrip().split("\n") if DROPPED not in line)
    + "\n0\t建立数据出境服务机制。\t一是设立窗口。二是提供指导。\t市数据局\n"
)


@pytest.fixture
def revise(tmp_path: Path) -> Callable[[], None]:
    def imported() -> None:
        path = tmp_path / "list.txt"
        path.write_text(REVISED, encoding="utf-8")
        import_list(path=path, now=NOW + 2 * DAY)

    return imported


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    """Of task 4, approved; of task 9 too, which has another number in the revised list."""
    task = task_numbered(9)
    agency = task.responsibilities.compiling().get().agency
    lead = User.objects.create_user("lead", name="何主", role=Role.REPORTER, agency=agency)
    approved(task, period, lead, cast.coordinator)
    return approved(task_numbered(4), period, cast.reporter, cast.coordinator)


def verified() -> str:
    said = StringIO()
    call_command("verify_editions", "--again", stdout=said)
    return said.getvalue()


def erratum_made(report: Report, by: User) -> None:
    erratum_create_with_edition(
        report=report,
        field="text",
        measure=report.task.measures.get(ordinal=1),
        new="实际新增12家",
        reason="原统计口径有误",
        by=by,
        now=NOW + 3 * DAY,
    )


def brief_said(period: ReportingPeriod, by: User) -> Brief:
    return brief_content(
        period=ReportingPeriod.objects.get(pk=period.pk),
        user=by,
        today=TODAY,
        now=NOW + 4 * DAY,
        details=DETAILS,
    )


def test_the_documents_of_a_closed_period_come_out_the_same_after_the_list_is_another(
    report: Report, cast: Cast, revise: Callable[[], None]
) -> None:
    period_close_with_edition(period=report.period, by=cast.coordinator, now=NOW + HOUR)
    before = brief_said(report.period, cast.coordinator)
    revise()
    assert task_numbered(8).title.startswith("统筹电信")
    assert verified() == "All 1 editions are what was stored.\n"
    assert brief_said(report.period, cast.coordinator) == before


def test_an_erratum_after_a_revised_list_speaks_of_the_list_of_the_closing(
    report: Report, cast: Cast, revise: Callable[[], None]
) -> None:
    period_close_with_edition(period=report.period, by=cast.coordinator, now=NOW + HOUR)
    revise()
    of_task_9 = Report.objects.get(task__title__startswith="统筹电信与游戏")
    erratum_made(of_task_9, cast.coordinator)
    assert "任务9第1项举措" in brief_said(report.period, cast.coordinator).said.errata
    second = Edition.objects.get(number=2)
    said = report_read(edition_part(edition=second, part=EditionPart.INTERNAL, now=NOW).data)
    assert any("第9项任务" in text for text in said.texts(FORM))
    rows = said.data()
    assert len(rows) == 337
    assert [row["试点任务"] for row in rows if row["任务序号"] == 8] == [DROPPED]
    assert not any("新建算力调度平台" in text for text in said.texts(DATA))
    assert verified() == "All 2 editions are what was stored.\n"


def test_a_period_that_was_still_open_moves_nothing_in_a_later_one_that_is_closed(
    report: Report, cast: Cast
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    period_close_with_edition(period=report.period, by=cast.coordinator, now=NOW + HOUR)
    approved(task_numbered(4), september, cast.reporter, cast.coordinator, now=NOW + DAY)
    assert verified() == "All 1 editions are what was stored.\n"
    period_close_with_edition(period=september, by=cast.coordinator, now=NOW + 2 * DAY)
    assert verified() == "All 2 editions are what was stored.\n"


def test_what_an_earlier_release_closed_is_read_back_from_what_was_replaced(
    report: Report, cast: Cast, revise: Callable[[], None]
) -> None:
    period_close(period=report.period, by=cast.coordinator, now=NOW + HOUR)
    kept = KeptList.objects.get().words
    KeptList.objects.all()._raw_delete("default")
    revise()
    assert figures_keep_absent() == [report.period]
    read_back = {task[0]: task for task in KeptList.objects.get().words["tasks"]}
    for task in kept["tasks"]:
        if task[2] == DROPPED:
            assert task[0] not in read_back
        else:
            # All words; the numbers of tasks are kept nowhere else.
            assert read_back[task[0]][2:] == task[2:]
    assert figures_keep_absent() == []
    [made] = editions_keep_absent(now=NOW + 3 * DAY)
    assert verified() == "All 1 editions are what was stored.\n"
    said = report_read(edition_part(edition=made, part=EditionPart.INTERNAL, now=NOW).data)
    # What has left no words is counted in a line of its own, so that the sums hold.
    assert said.summary(CHAPTERS)["合计"]["试点任务", "合计"] == 131
