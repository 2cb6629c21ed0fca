"""Every page that takes a workbook answers each hostile one with a sentence, and writes nothing."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.hostile_workbooks import HOSTILE, made
from progress.tests.sheets import sent

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
