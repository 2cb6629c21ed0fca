"""Rule: any release makes the same cells of a closed period as the one that closed it.

`cells_of_2026_10.txt` beside this file is what the editions of one period said when it was made:
of each row of each sheet a digest of its cells, and the first of them to know it by.
"""

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from agencies.models import Role, User
from conftest import NOW, Cast
from progress.closings import edition_part, erratum_create_with_edition, period_close_with_edition
from progress.models import Edition, EditionPart, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import attached, content, task_numbered
from progress.tests.report_read import report_read
from progress.workflow import ReportContent, report_move, report_save
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status

pytestmark = pytest.mark.wide

DONE, GOES, NOT = Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
KEPT = Path(__file__).with_name("cells_of_2026_10.txt")


def rows_of(part: EditionPart) -> Iterator[tuple[str, str]]:
    """Each row of each sheet of the latest edition: where it is, and what it says."""
    data = edition_part(edition=Edition.objects.latest().get(), part=part, now=NOW).data
    report = report_read(data)
    for sheet in report.formulas:
        values = report.values[sheet.title]
        for at, (row, carried) in enumerate(zip(sheet.iter_rows(), values, strict=True), start=1):
            cells = [
                (cell.coordinate, str(cell.value), str(value))
                for cell, value in zip(row, carried, strict=True)
                if cell.value is not None
            ]
            digest = hashlib.sha256(repr(cells).encode()).hexdigest()[:16]
            known_by = "|".join(said[:12] for _where, _formula, said in cells[:4])
            yield f"{part.value} {sheet.title} {at}", f"{digest} {known_by}".replace("\n", " ")


def lead_of(number: int) -> User:
    agency = task_numbered(number).responsibilities.compiling().get().agency
    person = User.objects.filter(agency=agency, role=Role.REPORTER).first()
    return person or User.objects.create_user(
        f"lead{number}", name="何主", role=Role.REPORTER, agency=agency
    )


def report_approved(
    number: int, period: ReportingPeriod, by: User, statuses: list[str], *, now: dt.datetime
) -> Report:
    task = task_numbered(number)
    said = content(task, statuses)
    said = ReportContent(
        said.measures,
        problems="=1+1 数据要素流通规则尚未统一，企业反映较多。",
        next_steps="召开协调会。" * 40,
        coordination="请市委网信办明确口径" if number == 4 else "",
    )
    report = report_save(
        task=task, period=period, by=lead_of(number), now=now, content=said, version=0
    )
    if number == 4:
        attached(task, period, lead_of(number), now=now)
    report = report_move(
        report=report, move=Move.SUBMIT, by=lead_of(number), now=now, reason="其他单位尚未反馈"
    )
    return report_move(report=report, move=Move.APPROVE, by=by, now=now)


@pytest.fixture
def editions(cast: Cast, period: ReportingPeriod) -> None:
    """A period with reports in time and late, deadlines of every kind, and an erratum."""
    office = cast.coordinator
    days = {4: "2026-11-30", 5: "2026-10-20", 6: "2026-10-27", 7: "2026-12-31", 9: "2026-09-30"}
    deadlines_write(
        changes=[
            Deadline(task_numbered(number), None, dt.date.fromisoformat(day))
            for number, day in days.items()
        ],
        reason="任务分解",
        by=office,
        now=NOW,
    )
    report = report_approved(4, period, office, [DONE, GOES, NOT], now=NOW)
    report_approved(5, period, office, [DONE] * 3, now=NOW + HOUR)
    report_approved(
        9, period, office, [DONE] * task_numbered(9).measures.count(), now=NOW + 5 * DAY
    )
    report_approved(131, period, office, [Status.ONGOING], now=NOW + 2 * HOUR)
    deadlines_write(
        changes=[Deadline(task_numbered(7), None, dt.date(2027, 3, 31))],
        reason="经批准延期",
        by=office,
        now=NOW + DAY,
    )
    period_close_with_edition(period=period, by=office, now=NOW + 9 * DAY)
    erratum_create_with_edition(
        report=report,
        field="text",
        measure=report.task.measures.get(ordinal=1),
        new="实际新增12家。\n" + "算力规模稳步增长。" * 120,
        reason="原统计口径有误",
        by=office,
        now=NOW + 10 * DAY,
    )


@pytest.mark.usefixtures("editions")
def test_the_cells_of_a_closed_period_are_what_they_were(tmp_path: Path) -> None:
    made = dict(itertools.chain(rows_of(EditionPart.INTERNAL), rows_of(EditionPart.PUBLIC)))
    now = tmp_path / KEPT.name
    now.write_text("".join(f"{where}\t{said}\n" for where, said in made.items()), encoding="utf-8")
    kept = dict(line.split("\t") for line in KEPT.read_text(encoding="utf-8").splitlines())
    differing = [where for where in {**kept, **made} if kept.get(where) != made.get(where)]
    assert not differing, (
        f"{len(differing)} rows of a period that is closed would say something else, the first of "
        f"them {differing[:5]}. Only if no edition that was ever stored is then another, replace "
        f"{KEPT} by {now}."
    )
