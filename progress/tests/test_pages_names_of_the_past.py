"""Who did what before a merger or a new name did it under the agency's name of then."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.changes import agency_rename
from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import Completion, Matter, ReportingPeriod
from progress.states import Move
from progress.tests.acts import handed_in, task_numbered
from progress.tests.agencies_changed import LATER, agency, merged
from progress.tests.test_contributions import contributed
from progress.workflow import extension_request, report_move
from tasks.deadlines import Deadline, deadlines_write


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(LATER + dt.timedelta(days=2), tick=False):
        yield


def test_each_page_with_a_history_keeps_the_name_of_then(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    deadlines_write(
        changes=[Deadline(task, None, TODAY + dt.timedelta(days=30))],
        reason="下达时限",
        by=cast.coordinator,
        now=NOW,
    )
    task.refresh_from_db()
    contribution = contributed(task, period, cast.co_reporter)
    extension = extension_request(
        task=task,
        period=period,
        new_deadline=TODAY + dt.timedelta(days=60),
        reason="审批较慢",
        by=cast.reporter,
        now=NOW,
    )
    report = handed_in(task, period, cast.reporter, "completed", coordination="请协调用地")
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    completion = Completion.objects.filter(task=task).order_by("pk").first()
    assert completion is not None
    matter = Matter.objects.get(report=report)
    shown = [
        ("数据局", f"/tasks/4/reports/{period.code}/"),
        ("数据局", f"/registers/matters/{matter.pk}/"),
        ("数据局", f"/registers/extensions/{extension.pk}/"),
        ("数据局", f"/registers/completions/{completion.pk}/"),
        ("发改委", f"/tasks/4/reports/{period.code}/contributions/{contribution.agency_id}/"),
    ]
    merged(cast, "市数据局", "市商务局")
    agency_rename(
        agency=agency("市发展改革委"),
        name="市发展和改革局",
        short_name="发展局",
        effective_on=TODAY + dt.timedelta(days=1),
        document="",
        reason="机构改革",
        by=cast.administrator,
        now=LATER + dt.timedelta(days=1),
    )
    client = signed_in(cast.coordinator)
    for name, address in shown:
        page = client.get(address)
        assert page.status_code == 200, address
        said = page.content.decode()
        assert f" ({name})" in said or f" · {name}" in said, address
