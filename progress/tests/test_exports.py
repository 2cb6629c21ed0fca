"""Rule: an export that takes long is made by a job, which tells who asked; each is one's own."""

import datetime as dt
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, OperationalError, transaction
from django.test import Client
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from agencies.models import Role, User
from conftest import NOW, Cast
from progress.exports import (
    CLAIM,
    FILES_KEPT,
    MOST_ATTEMPTS,
    ROWS_KEPT,
    export_again,
    export_cancel,
    export_is_large,
    export_request,
    exports_make,
    exports_sweep,
    making,
    reports,
)
from progress.filestore import file_opened, path_of
from progress.models import (
    EditionKind,
    ExportJob,
    ExportState,
    Notice,
    Paper,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.acts import approved, task_numbered
from progress.workbooks import Narrowing
from progress.workflow import Conflict
from tasks.models import Task, TaskQuerySet

SignedIn = Callable[[User], Client]
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)


def some_tasks() -> TaskQuerySet:
    return Task.objects.filter(number__in=[3, 4])


def asked(cast: Cast, period: ReportingPeriod, **more: Any) -> ExportJob:
    options = {"tasks": some_tasks(), "language": "zh-hans", "by": cast.coordinator, "now": NOW}
    return export_request(period=period, **{**options, **more})


def made(now: dt.datetime = NOW) -> int:
    return exports_make(clock=lambda: now)


@pytest.fixture
def export(cast: Cast, period: ReportingPeriod) -> ExportJob:
    return asked(cast, period)


# --- asking ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["reporter", "leader", "auditor", "administrator"])
def test_nobody_but_a_coordinator_asks_for_one(
    name: str, cast: Cast, period: ReportingPeriod
) -> None:
    with pytest.raises(PermissionDenied):
        asked(cast, period, by=getattr(cast, name))
    assert not ExportJob.objects.exists()


def test_the_same_asked_for_twice_is_one_while_it_is_under_way(
    cast: Cast, period: ReportingPeriod, export: ExportJob
) -> None:
    assert asked(cast, period, now=NOW + MINUTE) == export
    others: list[dict[str, Any]] = [
        {"tasks": None},
        {"kind": EditionKind.PUBLIC},
        {"paper": Paper.A4},
        {"language": "en"},
        {"narrowing": Narrowing("第1章")},
    ]
    for other in others:
        assert asked(cast, period, **other) != export
    colleague = User.objects.create_user("second", "x" * 12, name="吴统", role=Role.COORDINATOR)
    assert asked(cast, period, by=colleague) != export
    made()
    # What has ended is asked for anew: the reports may have moved on.
    assert asked(cast, period, now=NOW + MINUTE) != export


def test_whether_it_is_large_depends_on_measures_and_on_what_is_written(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    assert not export_is_large(period=period, tasks=Task.objects.all())
    settings.EXPORT_SECONDS_AT_ONCE = 0
    assert export_is_large(period=period, tasks=some_tasks())
    settings.EXPORT_SECONDS_AT_ONCE = 3
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    report.measures.update(text="字" * 600_000)
    assert export_is_large(period=period, tasks=some_tasks())
    assert not export_is_large(period=period, tasks=Task.objects.filter(number=3))


# --- making ------------------------------------------------------------------------------------


def test_it_is_made_as_it_was_asked_for_and_who_asked_is_told(
    cast: Cast, period: ReportingPeriod
) -> None:
    export = asked(
        cast, period, kind=EditionKind.PUBLIC, narrowing=Narrowing("第1章", ("章节：一",), 1)
    )
    assert made(NOW + MINUTE) == 1
    export.refresh_from_db()
    assert (export.state, export.done, export.total) == (ExportState.DONE, 2, 2)
    assert export.expires_at == NOW + MINUTE + FILES_KEPT
    assert export.name == "进展情况表_2026-10_第1章_公开版.xlsx"
    assert export.file is not None
    with file_opened(export.file) as opened:
        workbook = load_workbook(BytesIO(opened.read()))
    words = {str(cell.value) for row in workbook.worksheets[0].iter_rows() for cell in row}
    assert {task.title for task in some_tasks()} <= words
    assert task_numbered(5).title not in words
    [notice] = Notice.objects.all()
    assert (notice.user, notice.export) == (cast.coordinator, export)
    assert made() == 0


def test_what_cannot_be_made_says_so_and_can_be_asked_for_again(
    cast: Cast, export: ExportJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> bytes:
        raise RuntimeError

    with monkeypatch.context() as broken:
        broken.setattr(reports, "progress_workbook", fail)
        assert made() == 1
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert "请重试" in export.fault
    assert Notice.objects.get().export == export
    again = export_again(export=export, by=cast.coordinator, now=NOW + MINUTE)
    made()
    again.refresh_from_db()
    assert (again.options, again.name) == (export.options, export.name)
    assert again.state == ExportState.DONE


def test_who_is_no_coordinator_any_more_gets_nothing(cast: Cast, export: ExportJob) -> None:
    User.objects.filter(pk=cast.coordinator.pk).update(role=Role.LEADER)
    made()
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert not StoredFile.objects.exists()


def test_one_that_is_cancelled_while_it_is_made_leaves_no_file(
    cast: Cast, export: ExportJob
) -> None:
    times = iter(range(1000))

    def clock() -> dt.datetime:
        at = next(times)
        if at == 2:
            export_cancel(export=export, by=cast.coordinator, now=NOW)
        return NOW + at * MINUTE / 30

    assert exports_make(clock=clock) == 1
    export.refresh_from_db()
    assert (export.state, export.file) == (ExportState.CANCELLED, None)
    assert not StoredFile.objects.exists()
    assert not Notice.objects.exists()
    with pytest.raises(Conflict):
        export_cancel(export=export, by=cast.coordinator, now=NOW)


def test_what_somebody_let_go_of_is_taken_over_and_not_before(export: ExportJob) -> None:
    # A worker that was killed: the row says that it is being made, and nobody does.
    ExportJob.objects.update(state=ExportState.RUNNING, claimed_until=NOW + CLAIM, attempts=1)
    assert made(NOW + CLAIM - MINUTE / 60) == 0
    assert made(NOW + CLAIM) == 1
    export.refresh_from_db()
    assert (export.state, export.attempts) == (ExportState.DONE, 2)


def test_a_database_that_went_away_ends_the_run_and_not_the_export(
    export: ExportJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> bytes:
        raise OperationalError("the connection is closed")

    with monkeypatch.context() as away:
        away.setattr(making, "_workbook", gone)
        with pytest.raises(OperationalError):
            made()
    assert made(NOW + CLAIM) == 1
    export.refresh_from_db()
    assert (export.state, export.attempts) == (ExportState.DONE, 2)


def test_what_is_interrupted_again_and_again_fails_with_a_sentence(export: ExportJob) -> None:
    ExportJob.objects.update(state=ExportState.RUNNING, claimed_until=NOW, attempts=MOST_ATTEMPTS)
    assert made() == 0
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert "3次" in export.fault
    assert Notice.objects.count() == 1


def test_the_one_who_was_too_slow_writes_over_nothing(export: ExportJob) -> None:
    slow = making._claimed(NOW)
    assert slow is not None
    assert made(NOW + CLAIM) == 1
    making._make(slow, lambda: NOW + CLAIM + MINUTE)
    export.refresh_from_db()
    assert (export.state, export.attempts) == (ExportState.DONE, 2)
    assert export.finished_at == NOW + CLAIM
    assert Notice.objects.count() == 1


def test_the_database_takes_no_export_that_contradicts_itself(export: ExportJob) -> None:
    for wrong in (
        {"state": ExportState.DONE},
        {"state": ExportState.RUNNING},
        {"state": ExportState.FAILED},
        {"state": "lost"},
        {"claimed_until": NOW},
        {"done": 2, "total": 1},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ExportJob.objects.update(**wrong)


# --- what is kept ------------------------------------------------------------------------------


def test_files_go_after_some_days_and_rows_long_after(
    export: ExportJob, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    made()
    export.refresh_from_db()
    assert export.file is not None
    path = path_of(export.file)
    assert exports_sweep(now=NOW + FILES_KEPT - MINUTE) == 0
    with django_capture_on_commit_callbacks(execute=True):
        assert exports_sweep(now=NOW + FILES_KEPT) == 1
    assert ExportJob.objects.filter(state=ExportState.EXPIRED, file=None).count() == 1
    assert not path.exists()
    assert not StoredFile.objects.exists()
    exports_sweep(now=NOW + ROWS_KEPT + MINUTE)
    assert not ExportJob.objects.exists()


def test_bytes_that_something_else_names_stay(
    cast: Cast,
    period: ReportingPeriod,
    export: ExportJob,
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    made()
    again = asked(cast, period)
    made()
    export.refresh_from_db()
    again.refresh_from_db()
    assert export.file == again.file
    ExportJob.objects.filter(pk=again.pk).update(expires_at=NOW + 2 * FILES_KEPT)
    with django_capture_on_commit_callbacks(execute=True):
        exports_sweep(now=NOW + FILES_KEPT)
    assert again.file is not None
    assert path_of(again.file).exists()


# --- pages -------------------------------------------------------------------------------------


def test_the_page_shows_how_far_it_is_and_gives_the_file(
    cast: Cast, export: ExportJob, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    address = f"/export/jobs/{export.pk}/"
    page = client.get(address).content.decode()
    assert "正在排队" in page
    # Without a script the browser looks again by itself, and by a link.
    assert '<noscript><meta http-equiv="refresh"' in page
    assert 'hx-trigger="every 2s"' in page
    assert client.get(f"{address}file/").status_code == 404
    ExportJob.objects.update(
        state=ExportState.RUNNING, claimed_until=NOW, attempts=1, done=1, total=2
    )
    assert "已写入1项任务，共2项" in client.get(address).content.decode()
    made(NOW + CLAIM)
    page = client.get(address).content.decode()
    assert "hx-trigger" not in page
    assert "http-equiv" not in page
    answer = client.get(f"{address}file/")
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    assert answer.getvalue().startswith(b"PK")
    assert export.name in client.get("/export/jobs/").content.decode()


def test_another_coordinators_export_is_not_found(
    cast: Cast, export: ExportJob, signed_in: SignedIn
) -> None:
    made()
    other = User.objects.create_user("second", "x" * 12, name="吴统", role=Role.COORDINATOR)
    client = signed_in(other)
    for address in ("", "file/"):
        assert client.get(f"/export/jobs/{export.pk}/{address}").status_code == 404
    for address in ("cancel/", "again/"):
        assert client.post(f"/export/jobs/{export.pk}/{address}").status_code == 404
    assert export.name not in client.get("/export/jobs/").content.decode()
    assert ExportJob.objects.count() == 1


def test_it_is_called_off_and_asked_for_again_by_buttons(
    cast: Cast, export: ExportJob, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    address = f"/export/jobs/{export.pk}/"
    assert client.post(f"{address}cancel/").status_code == 302
    assert "已取消" in client.get(address).content.decode()
    assert client.post(f"{address}cancel/").status_code == 409
    answer = client.post(f"{address}again/")
    assert answer["Location"] == f"/export/jobs/{ExportJob.objects.latest('pk').pk}/"


def test_the_notice_waits_in_the_inbox_until_it_is_read(
    cast: Cast, export: ExportJob, signed_in: SignedIn
) -> None:
    made()
    client = signed_in(cast.coordinator)
    page = client.get("/inbox/").content.decode()
    assert export.name in page
    assert "导出已结束" in page
    notice = Notice.objects.get()
    assert re.search(r'href="/inbox/".*?>\s*1\s*<', page, re.DOTALL)
    stranger = signed_in(cast.leader)
    assert stranger.post(f"/inbox/notices/{notice.pk}/read/").status_code == 404
    assert client.post(f"/inbox/notices/{notice.pk}/read/").status_code == 302
    notice.refresh_from_db()
    assert notice.read_at is not None
