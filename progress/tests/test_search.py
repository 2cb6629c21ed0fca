"""Words are found in the list and in what one may read of the reports, and nowhere else."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import Agency, AgencyAlias, User
from conftest import NOW, Cast
from progress.models import (
    Contribution,
    MeasureContribution,
    MeasureProgress,
    Report,
    ReportingPeriod,
)
from progress.states import ReportState
from progress.tests.acts import (
    approved,
    contribution_begun,
    first_measure,
    handed_in,
    saved,
    task_numbered,
)
from progress.workflow import period_open

pytestmark = pytest.mark.wide

SECRET = "紫微"  # stands nowhere in the list

Opened = Callable[[User], Client]


def found(client: Client, words: str, **more: str) -> list[int]:
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/tasks/", {"q": words, "rows": "100", **more})
    assert answer.status_code == 200
    return [row.number for row in answer.context["page_obj"].object_list]


def page_of(client: Client, words: str) -> str:
    with time_machine.travel(NOW, tick=False):
        return client.get("/tasks/", {"q": words}).content.decode()


def say(report: Report, text: str = SECRET) -> None:
    MeasureProgress.objects.filter(report=report, measure__ordinal=1).update(
        text=f"<b>已建成{text}平台"
    )


WHO_READS_A_DRAFT = {"reporter", "approver", "colleague", "co_reporter", "coordinator"}


@pytest.mark.parametrize("place", ["measure", "problems", "next_steps", "coordination"])
def test_a_reports_words_are_found_by_who_may_read_it_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Opened, place: str
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    report = saved(task_numbered(4), period, cast.reporter)
    if place == "measure":
        say(report)
    else:
        Report.objects.filter(pk=report.pk).update(**{place: f"还有{SECRET}一事"})
    finders = {
        name
        for name, user in cast.everyone().items()
        if name not in {"administrator", "second_approver"}
        and found(signed_in(user), SECRET) == [4]
    }
    assert finders == WHO_READS_A_DRAFT
    for user in (cast.stranger, cast.leader, cast.auditor):
        assert found(signed_in(user), SECRET) == []
        # A single character of it no more than the whole.
        assert 4 not in found(signed_in(user), SECRET[0])


def test_a_leader_finds_what_is_approved_and_only_while_it_is(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    say(report)
    assert found(signed_in(cast.leader), SECRET) == []
    report = approved(task_numbered(5), period, cast.reporter, cast.coordinator)
    say(report)
    assert found(signed_in(cast.leader), SECRET) == [5]
    assert SECRET in page_of(signed_in(cast.leader), SECRET).split("<tbody>")[1]
    assert found(signed_in(cast.coordinator), SECRET) == [4, 5]


def test_a_contributions_words_are_its_agencys_own_until_it_is_handed_over(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    row = contribution_begun(task_numbered(4), period, cast.co_reporter, remarks=f"{SECRET}仍缺")
    MeasureContribution.objects.create(
        contribution=row, measure=first_measure(), text="天府一项已办"
    )
    for words in (SECRET, "天府"):
        assert found(signed_in(cast.co_reporter), words) == [4]
        assert found(signed_in(cast.reporter), words) == []
        assert found(signed_in(cast.coordinator), words) == []
    Contribution.objects.filter(pk=row.pk).update(
        state=ReportState.SUBMITTED, handed_in_on=NOW.date()
    )
    for words in (SECRET, "天府", f"{SECRET} 天府"):
        assert found(signed_in(cast.reporter), words) == [4]
        assert found(signed_in(cast.coordinator), words) == [4]
        for user in (cast.stranger, cast.leader, cast.auditor):
            assert found(signed_in(user), words) == []


def test_a_word_of_each_place_finds_the_task_that_has_all_of_them(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    say(saved(task_numbered(4), period, cast.reporter))
    client = signed_in(cast.reporter)
    assert found(client, f"算力 数据局 {SECRET}") == [4]
    assert found(client, f"算力 {SECRET} 绝无此词") == []
    page = page_of(client, f"算力 {SECRET}")
    assert "<mark>算力</mark>" in page
    assert f"&lt;b&gt;已建成<mark>{SECRET}</mark>平台" in page


def test_a_named_period_narrows_the_reports_that_are_searched(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    say(saved(task_numbered(4), september, cast.reporter))
    client = signed_in(cast.reporter)
    assert found(client, SECRET) == [4]
    assert found(client, SECRET, period="2026-09") == [4]
    assert found(client, SECRET, period="2026-10") == []


def test_agencies_are_found_by_every_name_and_latin_words_whatever_their_case(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    client = signed_in(cast.leader)
    agency = Agency.objects.get(name="市通信管理局")
    tasks = found(client, "市通信管理局")
    assert 1 in tasks
    AgencyAlias.objects.create(agency=agency, name="市通管办Tcab")
    assert found(client, "通管办") == tasks
    assert found(client, "tCAB") == tasks
    assert "<mark>通管办</mark>" in page_of(client, "通管办")
    assert found(client, "qflp") == found(client, "QFLP") != []


def test_what_is_typed_stays_text(cast: Cast, period: ReportingPeriod, signed_in: Opened) -> None:
    page = page_of(signed_in(cast.leader), "<script>alert(1)</script>")
    assert "<script>alert(1)" not in page
    assert found(signed_in(cast.leader), "%_") == []
