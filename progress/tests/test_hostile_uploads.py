"""Every page that takes a workbook answers each hostile one with a sentence, and writes nothing."""

import functools
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.pages import accounts_sheet, deadlines_sheet, list_revising
from progress.tests.hostile_workbooks import HOSTILE, made
from progress.tests.sheets import sent
from progress.workbooks.forms import reading as forms_reading
from progress.workbooks.reading import ReadWorkbook, WorkbookRefused, workbook_read

pytestmark = pytest.mark.once

# Who sends it, and where to; the field is `file`.
PAGES = {
    "list": ("coordinator", "/tasks/list/"),
    "deadlines": ("coordinator", "/deadlines/sheet/"),
    "accounts": ("administrator", "/accounts/sheet/"),
    "form": ("reporter", "/my/form/"),
}
WRITES = ("INSERT", "UPDATE", "DELETE")
# Taken for what it is; beyond the limit of the reporting rules before it is read at all.
REFUSED = (400, 413)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@functools.cache
def outcome(data: bytes, name: str) -> ReadWorkbook | WorkbookRefused:
    try:
        return workbook_read(data, name=name)
    except WorkbookRefused as refused:
        return refused


def read_once(data: bytes, *, name: str) -> ReadWorkbook:
    found = outcome(data, name)
    if isinstance(found, WorkbookRefused):
        raise found
    return found


@pytest.fixture(autouse=True)
def files_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages have a file read by the same function (test_workbook_reading.py), which takes
    longer over some of them than the pages over all."""
    for module in (accounts_sheet, deadlines_sheet, list_revising, forms_reading):
        monkeypatch.setattr(module, "workbook_read", read_once)


@pytest.mark.parametrize("page", PAGES)
def test_no_hostile_workbook_harms(
    page: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    who, address = PAGES[page]
    client = signed_in(getattr(cast, who))
    client.get(address)
    for name in HOSTILE:
        with CaptureQueriesContext(connection) as queries:
            answer = client.post(address, {"file": sent(made(name))})
        assert answer.status_code in REFUSED, name
        assert b'role="alert"' in answer.content or answer.status_code == REFUSED[1], name
        assert not [q for q in queries if q["sql"].startswith(WRITES)], name
