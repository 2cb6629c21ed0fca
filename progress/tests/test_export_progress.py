"""`manage.py export_progress` and the button that does the same."""

import re
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from urllib.parse import quote

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.exports import exports_make
from progress.models import ExportJob, ReportingPeriod
from progress.tests.acts import approved, corrected, task_numbered
from progress.workflow import period_close

pytestmark = pytest.mark.wide


def numbers_in(data: bytes) -> list[int]:
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    return [int(str(r[0].value)) for r in sheet.iter_rows() if str(r[0].value).isdigit()]


def cells_of(data: bytes) -> list[object]:
    sheets = load_workbook(BytesIO(data)).worksheets
    return [cell.value for sheet in sheets for row in sheet for cell in row]


def test_the_command_writes_the_whole_file(period: ReportingPeriod, tmp_path: Path) -> None:
    out, path = StringIO(), tmp_path / "report.xlsx"
    call_command("export_progress", period="2026-10", output=str(path), stdout=out)
    assert numbers_in(path.read_bytes()) == list(range(1, 132))
    assert "131 tasks" in out.getvalue()
    assert [p.name for p in tmp_path.iterdir()] == ["report.xlsx"]


def test_chapter_and_agency_narrow_it(period: ReportingPeriod, tmp_path: Path) -> None:
    path = tmp_path / "part.xlsx"
    call_command("export_progress", period="2026-10", output=str(path), chapter=13)
    assert numbers_in(path.read_bytes()) == [121, 122, 123]
    call_command("export_progress", period="2026-10", output=str(path), agency="市通信管理局")
    assert numbers_in(path.read_bytes()) == [1, 2, 3, 12]
    options = {"edition": "public", "paper": "A4", "chapter": 13}
    call_command("export_progress", period="2026-10", output=str(path), **options)
    sheet = load_workbook(path).worksheets[0]
    assert sheet.page_setup.paperSize == 9
    assert "亮灯" not in {cell.value for row in sheet for cell in row}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"period": "2026-09"}, "there are: 2026-10"),
        ({"period": "October"}, 'There is no period "October"'),
        ({"period": "2026-10", "chapter": 15}, "There is no chapter 15"),
        ({"period": "2026-10", "agency": "市火星局"}, 'There is no agency "市火星局"'),
    ],
)
def test_what_is_unknown_is_named(
    options: dict[str, object], sentence: str, period: ReportingPeriod, tmp_path: Path
) -> None:
    path = tmp_path / "report.xlsx"
    with pytest.raises(CommandError, match=sentence):
        call_command("export_progress", output=str(path), **options)
    assert not path.exists()


def test_without_a_period_it_says_who_opens_one(register: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="a coordinator opens one first"):
        call_command("export_progress", period="2026-10", output=str(tmp_path / "x.xlsx"))


def test_a_folder_that_is_not_there_is_named(period: ReportingPeriod, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_progress", period="2026-10", output=str(tmp_path / "no" / "x.xlsx"))
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_progress", period="2026-10", output=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@time_machine.travel(NOW, tick=False)
def test_the_button_gives_what_the_page_showed(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.coordinator).get("/export/progress.xlsx?chapter=13&period=2026-10")
    assert answer.status_code == 200
    assert numbers_in(answer.content) == [121, 122, 123]
    assert "filename*=utf-8''%E8%BF%9B" in answer["Content-Disposition"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@time_machine.travel(NOW, tick=False)
def test_the_name_says_edition_and_narrowing(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    agency = Agency.objects.get(name="市通信管理局")
    for query, name in (
        ("", "进展情况表_2026-10_内部版.xlsx"),
        ("chapter=13&edition=public", "进展情况表_2026-10_第13章_公开版.xlsx"),
        (f"agency={agency.pk}&role=lead", "进展情况表_2026-10_市通信管理局牵头_内部版.xlsx"),
        ("status=not_started&chapter=13", "进展情况表_2026-10_第13章_筛选_内部版.xlsx"),
        ("tasks=4,7", "进展情况表_2026-10_选定2项_内部版.xlsx"),
    ):
        answer = office.get(f"/export/progress.xlsx?{query}")
        assert f"filename*=utf-8''{quote(name)}" in answer["Content-Disposition"]
        assert name in office.get(f"/export/?{query}").content.decode()


@time_machine.travel(NOW, tick=False)
def test_the_page_says_what_the_report_would_hold(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cast.coordinator).get("/export/?chapter=13&paper=A4").content.decode()
    assert "3项任务" in page
    assert "未关闭，数据仍会变动" in page
    assert 'value="A4" checked' in re.sub(r'(id="\S+") ', "", page)
    assert 'formaction="/export/progress.xlsx"' in page
    assert "严禁录入涉密信息" in page


@pytest.mark.parametrize("query", ["light=red", "reporting=late"])
def test_the_public_edition_is_not_narrowed_by_what_it_does_not_say(
    query: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    for path in ("/export/", "/export/progress.xlsx"):
        answer = office.get(f"{path}?{query}&edition=public")
        assert answer.status_code == 400
        assert "公开版不含亮灯和报送情况" in answer.content.decode()
    assert office.post(f"/export/?{query}&edition=public").status_code == 400
    assert office.get(f"/export/?{query}").status_code == 200


@pytest.mark.parametrize("path", ["/export/", "/export/progress.xlsx"])
@pytest.mark.parametrize("query", ["edition=secret", "paper=A2", "chapter=99", "period=2020-01"])
def test_what_cannot_be_read_is_refused(
    path: str,
    query: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    answer = signed_in(cast.coordinator).get(f"{path}?{query}")
    assert answer.status_code == 400
    assert "筛选条件" in answer.content.decode()


def test_between_two_periods_the_last_one_is_exported_as_it_was_closed(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator)
    office = signed_in(cast.coordinator)
    named = office.get("/export/progress.xlsx?period=2026-10&tasks=4")
    unnamed = office.get("/export/progress.xlsx?tasks=4")
    cells = [cells_of(answer.content) for answer in (named, unnamed)]
    assert cells[0] == cells[1]
    assert "推进中" in cells[0]


def test_filters_that_cannot_be_read_are_refused(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.coordinator).get("/export/progress.xlsx?light=purple")
    assert answer.status_code == 400
    assert "筛选条件" in answer.content.decode()


@time_machine.travel(NOW, tick=False)
def test_a_large_report_is_made_by_a_job(
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
    settings: Settings,
) -> None:
    settings.EXPORT_SECONDS_AT_ONCE = 0.001
    office, query = signed_in(cast.coordinator), "chapter=13&edition=public&paper=A4"
    page = office.get(f"/export/?{query}").content.decode()
    assert "提交后台生成" in page
    assert "formaction" not in page
    assert office.get(f"/export/progress.xlsx?{query}")["Location"] == f"/export/?{query}"
    assert signed_in(cast.leader).post(f"/export/?{query}").status_code == 403
    answer = office.post(f"/export/?{query}")
    job = ExportJob.objects.get()
    assert answer["Location"] == f"/export/jobs/{job.pk}/"
    assert job.name == "进展情况表_2026-10_第13章_公开版.xlsx"
    exports_make(clock=lambda: NOW)
    made = office.get(f"/export/jobs/{job.pk}/file/").getvalue()
    settings.EXPORT_SECONDS_AT_ONCE = 60
    assert made == office.get(f"/export/progress.xlsx?{query}").content
