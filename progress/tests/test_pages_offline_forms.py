"""Who may take a form along and bring it back, and what the pages of it cost."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import User
from conftest import NOW, Cast
from progress.models import OfflineForm, ReportingPeriod, SheetUpload
from progress.tests.acts import saved
from progress.tests.offline import (
    DOWNLOAD,
    FIRST,
    MEASURES,
    PAGE,
    TEXT,
    address_of,
    downloaded,
    sheet_of,
    taken_back,
    uploaded,
)
from tasks.models import Division, Task

ClientOf = Callable[[User], Client]
OF_AN_AGENCY = ("reporter", "colleague", "approver", "co_reporter", "stranger")


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def everybody(cast: Cast) -> dict[str, User]:
    User.objects.update(is_active=True)
    return {name: User.objects.get(pk=one.pk) for name, one in cast.everyone().items()}


def test_only_who_reports_for_an_agency_has_a_form(
    everybody: dict[str, User], period: ReportingPeriod, signed_in: ClientOf
) -> None:
    for name, user in everybody.items():
        client = signed_in(user)
        allowed = user.works_for_an_agency
        assert client.get(PAGE).status_code == (200 if allowed else 403), name
        before = OfflineForm.objects.count()
        answer = client.post(DOWNLOAD, {"period": "2026-10"})
        expected = {True: 200, False: 403}[allowed]
        assert answer.status_code == expected, name
        assert OfflineForm.objects.count() == before + allowed
        assert uploaded(client, b"PK").status_code == (400 if allowed else 403)
    assert Client().get(PAGE).status_code == 302
    # To whoever was signed out meanwhile it says so, and asks to sign in.
    assert Client().post(DOWNLOAD, {"period": "2026-10"}).status_code == 403
    assert OfflineForm.objects.count() == sum(one.works_for_an_agency for one in everybody.values())


def test_an_upload_is_known_to_its_agency_alone(
    everybody: dict[str, User], period: ReportingPeriod, signed_in: ClientOf
) -> None:
    writer = signed_in(everybody["reporter"])
    workbook = downloaded(writer)
    sheet_of(workbook, MEASURES)[f"{TEXT}{FIRST}"] = "一句话"
    upload = taken_back(writer, workbook)
    discard = reverse("sheet-upload-abandon", args=[upload.pk])
    ours = {"reporter", "colleague", "approver", "second_approver"}
    for name, user in everybody.items():
        client = signed_in(user)
        assert client.get(address_of(upload)).status_code == (200 if name in ours else 404), name
        if name not in ours:
            assert client.post(address_of(upload), {"seen": ""}).status_code == 404
            assert client.post(discard).status_code == 404
        if user.works_for_an_agency:
            assert (f"{address_of(upload)}" in client.get(PAGE).content.decode()) == (name in ours)
    upload.refresh_from_db()
    assert upload.state == "waiting"


def test_a_period_that_is_none_is_not_found(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    assert signed_in(cast.reporter).post(DOWNLOAD, {"period": "2031-01"}).status_code == 404
    assert signed_in(cast.reporter).post(DOWNLOAD).status_code == 404


def test_without_an_open_period_there_is_nothing_to_download(
    cast: Cast, signed_in: ClientOf
) -> None:
    page = signed_in(cast.reporter).get(PAGE)
    assert page.status_code == 200
    assert DOWNLOAD not in page.content.decode()


def test_my_tasks_lead_to_the_form(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    assert f'href="{PAGE}"' in signed_in(cast.reporter).get("/my/").content.decode()


def test_the_two_leads_who_share_a_task_are_not_asked_twice(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    """The second lead answers with yes or no; the form asks it for no words on that task."""
    task = Task.objects.get(division=Division.CO_LEAD)
    second = task.responsibilities.get(role="lead", position=2).agency
    user = User.objects.create_user("second", name="二牵", role="reporter", agency=second)
    form = downloaded(signed_in(user))
    numbers = {
        row[1].value for sheet in form.worksheets[1:] for row in sheet.iter_rows(min_row=FIRST)
    }
    assert task.number not in numbers


def statements(act: Callable[[], object]) -> int:
    act()
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_no_page_of_it_asks_more_often_where_more_is_written(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    led = list(Task.objects.led_by(cast.reporter.agency_ids).order_by("number"))
    assert len(led) > 2

    def cost(written: int) -> list[int]:
        workbook = downloaded(client)
        sheet = sheet_of(workbook, MEASURES)
        for task in led[:written]:
            saved(task, period, cast.colleague)
        for row in range(FIRST, FIRST + 2 * written):
            sheet[f"{TEXT}{row}"] = f"第{row}行"
        upload = taken_back(client, workbook)
        return [
            statements(lambda: client.post(DOWNLOAD, {"period": "2026-10"})),
            statements(lambda: client.get(address_of(upload))),
            statements(lambda: uploaded(client, workbook)),
        ]

    one = cost(1)
    SheetUpload.objects.all().delete()
    # One is left that nobody has begun, as before.
    assert cost(len(led) - 1) == one
