"""A revised list is imported over the old one: nothing reported is lost, what changed is shown."""

import datetime as dt
import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Role, User
from progress.models import MeasureProgress, PeriodKind, Report, ReportingPeriod
from tasks.importing import ListFaults, import_list
from tasks.models import Chapter, Division, Measure, Status, Task
from tasks.statuses import statuses_write
from tasks.tests.official_list import (
    LATER,
    NOW,
    WriteList,
    list_with,
    list_without_line,
    renumbered,
)
from tasks.tests.test_import_again import everything

pytestmark = pytest.mark.usefixtures("register")

# Lines of the source: task 4 has three measures, 50 and 51 follow each other, 131 is the last.
TASK_4, TASK_5, TASK_50, TASK_51, TASK_131 = 12, 13, 90, 91, 235 + 1
THIRD_MEASURE_OF_4 = (
    "三是做好我市算力窗口指导工作，贯彻落实工信部算力揭榜强基行动，"
    "发掘和培育我市更多优秀算力应用前沿项目。"
)


def reported(task: Task, *, on_measures: bool = True) -> Report:
    """A report on the task, as the workflow would have left it."""
    person = User.objects.create_user("reporter", name="张报", role=Role.COORDINATOR)
    period = ReportingPeriod.objects.create(
        code="2026-10",
        kind=PeriodKind.MONTH,
        starts_on=dt.date(2026, 10, 1),
        ends_on=dt.date(2026, 10, 31),
        opens_on=dt.date(2026, 10, 20),
        due_on=dt.date(2026, 10, 23),
        opened_at=NOW,
    )
    report = Report.objects.create(
        task=task, period=period, created_at=NOW, updated_at=NOW, updated_by=person
    )
    if on_measures:
        MeasureProgress.objects.bulk_create(
            MeasureProgress(report=report, measure=measure) for measure in task.measures.all()
        )
    return report


def test_a_changed_row_is_updated_shown_and_kept_as_a_revision(write_list: WriteList) -> None:
    before = Task.objects.get(number=4)
    measure = before.measures.get(ordinal=1)
    output = io.StringIO()
    path = write_list(
        list_with(
            (TASK_4, "统筹当地算力中心", "统筹全市算力中心"),
            (TASK_4, "集约发展通用算力", "集约发展各类算力"),
            (TASK_4, "、市工业和信息化局", "、市科技局等按职责分工负责"),
        )
    )
    call_command("import_tasks", path, stdout=output)

    assert "统筹[-当地-]{+全市+}算力中心" in output.getvalue()
    assert "集约发展[-通用-]{+各类+}算力" in output.getvalue()
    assert (
        "数据局、市发展改革委、市[-工业和信息化局-]{+科技局等按职责分工负责+}" in output.getvalue()
    )
    assert "updated 1, dropped 0, unchanged 130" in output.getvalue()
    task = Task.objects.get(number=4)
    assert task.pk == before.pk
    assert task.title.startswith("统筹全市算力中心")
    assert "各类算力" in Measure.objects.get(pk=measure.pk).text
    assert (task.division, task.open_ended) == (Division.BY_DUTY, True)
    names = task.responsibilities.order_by("position").values_list("agency__name", flat=True)
    assert list(names) == ["市数据局", "市发展改革委", "市科技局"]
    revision = task.revisions.get()
    assert revision.number == 1
    assert revision.chapter_number == 1
    assert revision.title.startswith("统筹当地算力中心")
    assert "通用算力" in revision.measures_cell
    assert revision.agencies_cell == "市数据局、市发展改革委、市工业和信息化局"


def test_each_revision_of_a_task_is_kept(write_list: WriteList) -> None:
    for wording in ("统筹全市", "统筹各区"):
        import_list(path=write_list(list_with((TASK_4, "统筹当地", wording))), now=LATER)
    import_list(now=LATER + dt.timedelta(days=1))
    task = Task.objects.get(number=4)
    assert [one.title[:4] for one in task.revisions.order_by("number")] == [
        "统筹当地",
        "统筹全市",
        "统筹各区",
    ]
    assert task.title.startswith("统筹当地")


def test_rows_that_did_not_change_are_not_written(write_list: WriteList) -> None:
    changed = Task.objects.get(number=4)
    first = changed.measures.get(ordinal=1)
    path = write_list(list_with((TASK_4, "集约发展通用算力", "集约发展各类算力")))
    with CaptureQueriesContext(connection) as queries:
        outcome = import_list(path=path, now=LATER)
    assert (outcome.updated, outcome.unchanged) == (1, 130)
    written = [one["sql"] for one in queries if one["sql"].startswith(("UPDATE", "INSERT", "DELE"))]
    # Its entry in the audit trail, the revision, the task, and that there was an import.
    assert len(written) == 4
    assert written[0].startswith('INSERT INTO "agencies_auditentry"')
    assert written[1].startswith('INSERT INTO "tasks_taskrevision"')
    assert written[2].startswith('UPDATE "tasks_measure"')
    assert f"IN ({first.pk})" in written[2]


def test_deadlines_and_statuses_stay_with_changed_measures(write_list: WriteList) -> None:
    task = Task.objects.get(number=4)
    deadline = dt.date(2027, 6, 30)
    Task.objects.filter(pk=task.pk).update(deadline=deadline)
    task.measures.update(deadline=deadline)
    ids = list(task.measures.order_by("ordinal").values_list("pk", flat=True))
    statuses = dict(zip(ids, ("completed", "ongoing", "in_progress"), strict=True))
    statuses_write(by=None, now=NOW, task=task, measure_statuses=statuses, completed_on=None)
    path = write_list(
        list_with(
            (TASK_4, "集约发展通用算力", "集约发展各类算力"), (TASK_4, "统筹当地", "统筹全市")
        )
    )
    import_list(path=path, now=LATER)
    task.refresh_from_db()
    assert (task.deadline, task.status) == (deadline, Status.IN_PROGRESS)
    assert dict(task.measures.values_list("pk", "status")) == statuses
    assert set(task.measures.values_list("deadline", flat=True)) == {deadline}


def test_a_measure_put_in_between_leaves_the_others_their_reports(write_list: WriteList) -> None:
    task = Task.objects.get(number=4)
    first, second, third = task.measures.order_by("ordinal")
    reported(task)
    path = write_list(
        list_with(
            (TASK_4, "二是做好算力", "二是开展专项行动。三是做好算力"),
            (TASK_4, "三是做好我市", "四是做好我市"),
        )
    )
    import_list(path=path, now=LATER)
    ordinals = dict(task.measures.values_list("pk", "ordinal"))
    assert (ordinals[first.pk], ordinals[second.pk], ordinals[third.pk]) == (1, 3, 4)
    assert task.measures.get(ordinal=2).text == "二是开展专项行动。"
    assert Measure.objects.get(pk=third.pk).text.startswith("四是做好我市")


def test_a_completed_task_that_gets_a_measure_is_completed_no_longer(
    write_list: WriteList,
) -> None:
    task = Task.objects.get(number=4)
    completed = dict.fromkeys(task.measures.values_list("pk", flat=True), "completed")
    statuses_write(by=None, now=NOW, task=task, measure_statuses=completed, completed_on=NOW.date())
    text = THIRD_MEASURE_OF_4 + "四是再做一事。"
    import_list(path=write_list(list_with((TASK_4, THIRD_MEASURE_OF_4, text))), now=LATER)
    task.refresh_from_db()
    assert (task.status, task.completed_on) == (Status.IN_PROGRESS, None)


def test_a_task_that_loses_its_last_open_measure_is_completed_that_day(
    write_list: WriteList,
) -> None:
    task = Task.objects.get(number=4)
    first_two = task.measures.filter(ordinal__lt=3).values_list("pk", flat=True)
    statuses_write(
        by=None,
        now=NOW,
        task=task,
        measure_statuses=dict.fromkeys(first_two, "completed"),
        completed_on=None,
    )
    import_list(path=write_list(list_with((TASK_4, THIRD_MEASURE_OF_4, ""))), now=LATER)
    task.refresh_from_db()
    assert (task.status, task.completed_on) == (Status.COMPLETED, LATER.date())
    assert task.measures.count() == 2


def test_a_measure_that_was_reported_on_is_not_dropped(write_list: WriteList) -> None:
    task = Task.objects.get(number=4)
    reported(task)
    before = everything()
    path = write_list(
        list_with((TASK_4, THIRD_MEASURE_OF_4, ""), (TASK_5, "跨境服务中心", "服务中心"))
    )
    with pytest.raises(CommandError) as refused:
        call_command("import_tasks", path)
    assert "line 12: measure 3 of task 4 is not in this list any more" in str(refused.value)
    assert "measure progress" in str(refused.value)
    assert everything() == before


def test_a_task_without_reports_is_dropped_and_named(write_list: WriteList) -> None:
    output = io.StringIO()
    call_command("import_tasks", write_list(list_without_line(TASK_131)), stdout=output)
    assert "task 131 is dropped, nothing was reported on it: 建立数据安全监管体系" in (
        output.getvalue()
    )
    assert "dropped 1, unchanged 130" in output.getvalue()
    assert Task.objects.count() == 130


def test_tasks_with_reports_are_not_dropped_and_all_are_named(write_list: WriteList) -> None:
    report = reported(Task.objects.get(number=131), on_measures=False)
    Report.objects.create(
        task=Task.objects.get(number=130),
        period=report.period,
        created_at=NOW,
        updated_at=NOW,
        updated_by=report.updated_by,
    )
    before = everything()
    lines = list_with((TASK_4, "统筹当地", "统筹全市")).split("\n")
    path = write_list("\n".join(lines[:-2]))
    for dry_run in (False, True):
        with pytest.raises(ListFaults) as refused:
            import_list(path=path, now=LATER, dry_run=dry_run)
        told = [str(fault) for fault in refused.value.faults]
        assert len(told) == 2
        assert told[0].startswith("task 130 is not in this list any more, but it has progress")
        assert told[1].startswith("task 131 is not in this list any more, but it has progress")
    assert everything() == before


def test_a_dropped_number_must_be_closed_up(write_list: WriteList) -> None:
    with pytest.raises(ListFaults, match="task number 50 is missing before 51"):
        import_list(path=write_list(list_without_line(TASK_50)), now=LATER)


def test_tasks_that_move_up_keep_their_reports(write_list: WriteList) -> None:
    moved = Task.objects.get(number=51)
    reported(moved)
    outcome = import_list(path=write_list(renumbered(list_without_line(TASK_50))), now=LATER)
    assert (outcome.dropped, outcome.updated, outcome.unchanged) == (1, 81, 49)
    assert [one.number for one in outcome.dropped_tasks] == [50]
    assert "tasks 51 to 131 are now 50 to 130" in list(outcome.lines())
    moved.refresh_from_db()
    assert moved.number == 50
    assert moved.reports.exists()
    # Its words are the same: there is no earlier text to keep.
    assert not moved.revisions.exists()


def test_a_task_dropped_from_the_middle_is_refused_for_its_own_reports(
    write_list: WriteList,
) -> None:
    reported(Task.objects.get(number=50))
    with pytest.raises(ListFaults, match=r"^task 50 is not in this list any more"):
        import_list(path=write_list(renumbered(list_without_line(TASK_50))), now=LATER)


def test_a_new_task_in_the_middle_moves_the_others_down(write_list: WriteList) -> None:
    followed = Task.objects.get(number=50)
    lines = list_with().split("\n")
    lines.insert(TASK_50 - 1, "0\t办好全新的一件事。\t一是做甲。二是做乙。\t市商务局、市数据局")
    outcome = import_list(path=write_list(renumbered("\n".join(lines))), now=LATER)
    assert (outcome.created, outcome.updated, outcome.unchanged) == (1, 82, 49)
    followed.refresh_from_db()
    assert followed.number == 51
    new = Task.objects.get(number=50)
    assert (new.measures.count(), new.responsibilities.count()) == (2, 2)
    assert "task 50 is new: 办好全新的一件事。" in list(outcome.lines())


def test_another_task_at_the_same_number_does_not_inherit_reports(write_list: WriteList) -> None:
    old = Task.objects.get(number=51)
    lines = list_with().split("\n")
    lines[TASK_51 - 1] = "51\t办好全新的一件事。\t一是做甲。二是做乙。\t市商务局"
    path = write_list("\n".join(lines))
    reported(old)
    with pytest.raises(ListFaults, match=r"^task 51 is not in this list any more"):
        import_list(path=path, now=LATER)
    Report.objects.all().delete()
    outcome = import_list(path=path, now=LATER)
    assert (outcome.created, outcome.dropped, outcome.unchanged) == (1, 1, 130)
    assert not Task.objects.filter(pk=old.pk).exists()


def test_tasks_that_change_places_keep_their_reports(write_list: WriteList) -> None:
    first = Task.objects.get(number=50)
    lines = list_with().split("\n")
    lines[TASK_50 - 1], lines[TASK_51 - 1] = lines[TASK_51 - 1], lines[TASK_50 - 1]
    outcome = import_list(path=write_list(renumbered("\n".join(lines))), now=LATER)
    assert (outcome.updated, outcome.unchanged) == (2, 129)
    first.refresh_from_db()
    assert first.number == 51


def test_a_chapter_may_be_retitled(write_list: WriteList) -> None:
    chapter = Chapter.objects.get(number=2)
    path = write_list(list_with((28, "服务保障水平", "服务保障能力")))
    outcome = import_list(path=path, now=LATER)
    assert outcome.unchanged == 131
    assert not outcome.changes_nothing
    assert [str(change) for change in outcome.chapter_changes] == [
        "chapter 2: …养领域对外开放和服务保障[-水平-]{+能力+}"
    ]
    chapter.refresh_from_db()
    assert chapter.title.endswith("服务保障能力")


def test_the_last_chapters_may_become_one(write_list: WriteList) -> None:
    lines = list_with().split("\n")
    heading = next(line for line in lines if line.startswith("十四、"))
    lines.remove(heading)
    outcome = import_list(path=write_list("\n".join(lines)), now=LATER)
    assert (outcome.updated, outcome.unchanged) == (8, 123)
    assert Chapter.objects.count() == 13
    assert Task.objects.get(number=131).chapter.number == 13
    assert Task.objects.get(number=131).revisions.get().chapter_number == 14


def test_a_new_agency_has_to_be_added_first(write_list: WriteList) -> None:
    path = write_list(list_with((TASK_4, "、市工业和信息化局", "、火星委员会")))
    with pytest.raises(ListFaults, match="an administrator adds a new agency first"):
        import_list(path=path, now=LATER)
