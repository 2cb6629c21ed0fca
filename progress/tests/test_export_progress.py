"""`manage.py export_progress` and the button that does the same."""

from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client
from openpyxl import load_workbook

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod


def numbers_in(data: bytes) -> list[int]:
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    return [int(str(r[0].value)) for r in sheet.iter_rows() if str(r[0].value).isdigit()]


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


def test_filters_that_cannot_be_read_are_refused(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.coordinator).get("/export/progress.xlsx?light=purple")
    assert answer.status_code == 400
    assert "筛选条件" in answer.content.decode()
