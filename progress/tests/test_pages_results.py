"""Results on pages: the lead's form, the list beside report and task, and striking out."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import Report, ReportingPeriod, Result
from progress.tests.acts import handed_in, saved, task_numbered
from progress.tests.test_results import TITLE, added

ClientOf = Callable[[User], Client]
PAGE = "/tasks/4/reports/2026-10/results/"
TYPED = {"kind": "policy", "title": TITLE, "came_on": "2026-10-20", "measure": "2"}
ALL = (
    "reporter",
    "colleague",
    "co_reporter",
    "stranger",
    "coordinator",
    "leader",
    "auditor",
    "administrator",
)


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    ("who", "expected"),
    list(zip(ALL, [302, 302, 403, 404, 403, 404, 404, 404], strict=True)),
)
def test_only_the_lead_enters_results(
    who: str, expected: int, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    answer = signed_in(getattr(cast, who)).post(PAGE, TYPED)
    assert answer.status_code == expected
    assert Result.objects.count() == (expected == 302)


def test_a_result_is_entered_and_shown_beside_report_and_task(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    assert client.get(PAGE).status_code == 200
    assert not Report.objects.exists()
    assert client.post(PAGE, TYPED).status_code == 302
    result = Result.objects.select_related("measure").get()
    assert result.measure is not None
    assert (result.title, result.measure.ordinal, result.came_on.day) == (TITLE, 2, 20)
    for address in (PAGE, "/tasks/4/reports/2026-10/", "/tasks/4/"):
        assert TITLE in client.get(address).content.decode()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"kind": ""}, "kind"),
        ({"kind": "miracle"}, "kind"),
        ({"title": " "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"came_on": ""}, "came_on"),
        ({"came_on": "2026-02-30"}, "came_on"),
        ({"came_on": "2026-10-23"}, "came_on"),
        ({"came_on": "1999-12-31"}, "came_on"),
        ({"measure": "4"}, "measure"),
        ({"note": "长" * 10_001}, "note"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast,
    period: ReportingPeriod,
    signed_in: ClientOf,
    typed: dict[str, str],
    name: str,
) -> None:
    answer = signed_in(cast.reporter).post(PAGE, {**TYPED, "document": "津〔1〕", **typed})
    assert answer.status_code == 400
    assert answer.context["form"].errors[name]
    assert "津〔1〕" in answer.content.decode()
    assert not Result.objects.exists()


def test_the_same_result_twice_is_refused_with_a_sentence(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    assert client.post(PAGE, TYPED).status_code == 302
    answer = client.post(PAGE, TYPED)
    assert answer.status_code == 400
    assert answer.context["form"].errors["title"]


def test_a_report_that_was_handed_in_meanwhile_is_a_conflict_that_keeps_the_text(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(cast.reporter)
    assert client.get(PAGE).context["why_not"]
    answer = client.post(PAGE, TYPED)
    assert answer.status_code == 409
    assert TITLE in answer.content.decode()


@pytest.mark.parametrize(
    ("who", "expected"),
    list(zip(ALL, [409, 409, 403, 404, 302, 404, 403, 403], strict=True)),
)
def test_who_strikes_a_result_out_once_the_report_is_handed_in(
    who: str, expected: int, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    result = added(cast, period)
    handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(getattr(cast, who))
    answer = client.post(f"/registers/results/{result.pk}/strike/", {"reason": "不属于本任务"})
    assert answer.status_code == expected
    result.refresh_from_db()
    assert (result.struck_at is not None) == (expected == 302)


def test_striking_out_needs_a_reason_and_leaves_the_entry_readable(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    result = added(cast, period, came_on=TODAY - dt.timedelta(days=1))
    client = signed_in(cast.reporter)
    address = f"/registers/results/{result.pk}/"
    assert client.post(f"{address}strike/", {"reason": " "}).status_code == 400
    assert client.post(f"{address}strike/", {"reason": "日期有误"}).status_code == 302
    assert "日期有误" in client.get(address).content.decode()
    assert client.post(f"{address}strike/", {"reason": "再次"}).status_code == 409
    # The report says so; the task counts what holds.
    assert client.get("/tasks/4/reports/2026-10/").context["panels"].results
    assert not client.get("/tasks/4/").context["panels"].results
