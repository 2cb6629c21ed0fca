"""The workbook of a register: the rows of the page, and nothing that a program would calculate."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import MatterState, ReportingPeriod
from progress.rollups import Register, entries_of, register_rows
from progress.tests.registers import exported, on_page, registers_fill, rows_of
from progress.workbooks.flat_sheet import HEADER_ROW
from progress.workbooks.register_sheet import COLUMNS

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    registers_fill(cast, period)


@pytest.mark.parametrize("listed", list(Register))
def test_the_workbook_has_the_rows_of_the_page_in_their_order(
    listed: Register, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    sheet = exported(client, listed, sort="task")
    ids = on_page(client, listed, sort="task")
    entries = entries_of(listed, user=cast.coordinator)
    rows = {row.id: row for row in register_rows(listed, entries, today=TODAY)}
    expected = [
        [str(number), *(column.said(rows[pk]) for column in COLUMNS[listed])]
        for number, pk in enumerate(ids, start=1)
    ]
    assert rows_of(sheet) == expected


def test_the_workbook_says_what_it_is_a_part_of_and_holds_no_formula(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    sheet = exported(client, Register.MATTERS, state="open")
    assert "2026" in sheet["A2"].value
    assert str(MatterState.OPEN.label) in sheet["A2"].value
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(str(cell.value).startswith("=") for cell in cells)
    assert sheet.freeze_panes == f"C{HEADER_ROW + 1}"
    assert sheet.auto_filter.ref
    whole = client.get("/registers/matters.xlsx")["Content-Disposition"]
    part = client.get("/registers/matters.xlsx?state=open")["Content-Disposition"]
    assert "2026-10-22" in whole
    assert part != whole


def test_only_coordinators_export(cast: Cast, period: ReportingPeriod, signed_in: ClientOf) -> None:
    for who, status in {"coordinator": 200, "reporter": 403, "leader": 403, "auditor": 403}.items():
        for register in Register:
            answer = signed_in(getattr(cast, who)).get(f"/registers/{register}.xlsx")
            assert answer.status_code == status
    assert signed_in(cast.coordinator).get("/registers/secrets.xlsx").status_code == 404
