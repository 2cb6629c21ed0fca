"""What one owes is found in one look: how much of what, until when, and what came back first."""

import datetime as dt
from collections.abc import Callable

import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.states import Move
from progress.tests.acts import handed_in, saved, task_numbered
from progress.workflow import period_close, period_open, report_move
from tasks.models import Task

DAY = dt.timedelta(days=1)


def ways(client: Client, now: dt.datetime = NOW) -> tuple[str, list[tuple[str, int]]]:
    with time_machine.travel(now, tick=False):
        answer = client.get("/my/")
    owing, html = answer.context["owing"], answer.content.decode()
    for way in owing.ways:
        assert f'id="{way.place}"' in html
    return owing.tone, [(way.place, way.count) for way in owing.ways]


def test_what_was_returned_stands_first_then_the_rest_with_its_counts(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    mine = list(Task.objects.led_by(cast.reporter.agency_ids))
    report = handed_in(mine[0], period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数字")
    saved(mine[1], period, cast.reporter)
    tone, found = ways(signed_in(cast.reporter))
    assert tone == "soon"
    assert found[0] == ("group-returned", 1)
    assert ("group-none", len(mine) - 2) in found
    assert ("group-draft", 1) in found
    html = signed_in(cast.reporter).get("/my/").content.decode()
    assert html.index('id="owing"') < html.index("请补充数字") < html.index('id="group-none"')


def test_after_the_due_date_it_is_late(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    assert ways(signed_in(cast.reporter), NOW + 5 * DAY)[0] == "late"


def test_what_waits_for_an_approver_stands_first_before_the_approver(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    handed_in(task_numbered(4), period, cast.reporter)
    cast.approver.refresh_from_db()
    assert ways(signed_in(cast.approver))[1][0] == ("group-agency_review", 1)
    states = [one.state for one in signed_in(cast.approver).get("/my/").context["groups"]]
    assert states[0] == "agency_review"
    # Before the reporter it is no work.
    assert "group-agency_review" not in dict(ways(signed_in(cast.reporter))[1])


def test_who_owes_nothing_any_more_is_told_so(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    for task in Task.objects.led_by(cast.reporter.agency_ids):
        handed_in(task, period, cast.reporter)
    found = ways(signed_in(cast.reporter))[1]
    assert {place for place, _count in found} <= {"owed"}


def test_a_past_period_is_read_and_owes_nothing(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    period_close(period=september, by=cast.coordinator, now=NOW)
    answer = signed_in(cast.reporter).get("/my/?period=2026-09")
    assert answer.context["owing"] is None
    assert answer.context["is_frozen"]
    assert "/edit/" not in answer.content.decode()


def test_a_contribution_that_was_answered_no_longer_stands_among_what_is_owed(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """Task 11: duties are divided, 市数据局 owes a part of it."""
    client = signed_in(cast.reporter)
    before = dict(ways(client)[1])["owed"]
    place = f"/tasks/11/reports/2026-10/contributions/{cast.reporter.agency_id}/"
    with time_machine.travel(NOW, tick=False):
        client.post(f"{place}edit/", {"remarks": "", "version": 0, "then": "nothing"})
    assert dict(ways(client)[1])["owed"] == before - 1
    groups = client.get("/my/").context["contributions"]
    assert len(groups.owed.lines) == before - 1
    assert [one.row.number for one in groups.answered.lines] == [11]


def test_before_an_approver_contributions_to_review_are_counted_by_themselves(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    cast.approver.refresh_from_db()
    handed_in(task_numbered(4), period, cast.reporter)
    place = f"/tasks/11/reports/2026-10/contributions/{cast.reporter.agency_id}/"
    with time_machine.travel(NOW, tick=False):
        signed_in(cast.reporter).post(
            f"{place}edit/", {"remarks": "", "version": 0, "then": "nothing"}
        )
    found = dict(ways(signed_in(cast.approver))[1])
    assert (found["group-agency_review"], found["contributions-review"]) == (1, 1)
    groups = signed_in(cast.approver).get("/my/").context["contributions"]
    assert [one.row.number for one in groups.to_review.lines] == [11]
