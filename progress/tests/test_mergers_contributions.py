"""What becomes of contributions to open periods when their agency is merged."""

from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.test import Client

from agencies.models import Role, User
from conftest import NOW, TODAY, Cast, _person
from progress.mergers import merger_of
from progress.models import (
    Contribution,
    ContributionEvent,
    Evidence,
    ReportingPeriod,
)
from progress.states import Move, ReportState
from progress.tests.acts import attached, handed_in, saved, task_numbered
from progress.tests.agencies_changed import (
    LATER,
    NEW,
    OLD,
    agency,
    answering,
    drafted,
    fresh,
    merged,
    own,
    person_of,
    said,
)
from progress.tests.test_contributions import agency_of, contributed, texts
from progress.workflow import (
    Conflict,
    content_of,
    contribution_move,
    contribution_save,
    contribution_take_over,
    report_move,
)
from tasks.models import Division, Task
from tasks.responsibilities import parts_of


@pytest.fixture
def successor(cast: Cast) -> User:
    """A reporter of the agency into which the co-reporter's is merged; both share task 4."""
    return person_of(NEW)


def test_two_drafts_are_joined_under_the_old_name_and_the_old_one_is_history(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    old = drafted(task, period, cast.co_reporter, "发改委的话")
    drafted(task, period, successor, "工信局的话")
    attached(task, period, cast.co_reporter, agency=agency(OLD))
    merged(cast)
    joined = own(period)
    assert "工信局的话\n市发展改革委：发改委的话" in said(joined)
    assert joined.remarks == "工信局的话的问题\n市发展改革委：发改委的话的问题"
    assert (joined.state, joined.updated_by) == (ReportState.DRAFT, successor)
    assert said(own(period, OLD)) == said(old)
    assert Evidence.objects.get().contribution == joined
    with pytest.raises(PermissionDenied):
        contribution_move(
            contribution=own(period, OLD), move=Move.SUBMIT, by=fresh(cast.co_reporter), now=LATER
        )


def test_two_that_were_handed_in_stay_handed_in_and_count_once(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    contributed(task, period, cast.co_reporter, "发改委的话")
    contributed(task, period, successor, "工信局的话")
    merged(cast)
    assert own(period).state == ReportState.SUBMITTED
    assert "发改委的话" in said(own(period))
    with pytest.raises(Conflict):
        contribution_take_over(
            contribution=own(period, OLD),
            by=cast.reporter,
            now=LATER,
            content=content_of(saved(task, period, cast.reporter)),
            version=1,
        )


def test_words_that_nobody_handed_in_do_not_reach_the_lead_by_a_merger(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    contributed(task, period, successor, "工信局的话")
    merged(cast)
    assert own(period).state == ReportState.DRAFT
    assert own(period) not in Contribution.objects.visible_to(fresh(cast.reporter))
    assert own(period) in Contribution.objects.visible_to(fresh(successor))


def test_what_went_with_a_report_is_not_taken_from_under_it(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    contributed(task, period, successor, "工信局的话")
    handed_in(task, period, cast.reporter)
    merged(cast)
    assert (own(period).state, own(period).version) == (ReportState.SUBMITTED, 2)
    assert "草稿" not in said(own(period))
    # It is lost to nobody who wrote it.
    assert own(period, OLD) in Contribution.objects.visible_to(fresh(cast.co_reporter))
    assert own(period, OLD) not in Contribution.objects.visible_to(fresh(cast.reporter))


def test_a_silent_draft_of_the_successor_takes_the_answer_as_it_stands(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    contributed(task, period, cast.co_reporter, "发改委的话")
    contribution_save(
        task=task,
        period=period,
        agency=agency_of(successor),
        by=successor,
        now=NOW,
        content=texts(task, agency_of(successor), ""),
        version=0,
    )
    merged(cast)
    assert (own(period).state, own(period).handed_in_on) == (ReportState.SUBMITTED, TODAY)
    assert "发改委的话" in said(own(period))
    assert "市发展改革委：" not in said(own(period))


def test_what_the_new_lead_had_contributed_itself_stays_to_be_read(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter, "发改委的话")
    preview = merger_of(agency=agency(OLD), successor=agency("市数据局"))
    assert (4, "2026-10") in preview.staying
    merged(cast, OLD, "市数据局")
    saved(task_numbered(4), period, cast.reporter)
    address = f"/tasks/4/reports/2026-10/contributions/{agency(OLD).pk}/"
    with time_machine.travel(LATER, tick=False):
        for page in ("", "edit/"):
            shown = signed_in(fresh(cast.reporter)).get(f"/tasks/4/reports/2026-10/{page}")
            assert address in shown.content.decode()
    assert "发改委的话" in signed_in(fresh(cast.reporter)).get(address).content.decode()
    assert signed_in(cast.stranger).get(address).status_code == 404


def test_the_question_to_the_other_lead_lapses(cast: Cast, period: ReportingPeriod) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [one.agency.name for one in parts_of(task)][:2]
    writer = _person("first", "甲", Role.REPORTER, first)
    _person("second", "乙", Role.REPORTER, second)
    report = saved(task, period, writer)
    report_move(report=report, move=Move.ASK, by=writer, now=NOW)
    assert merger_of(agency=agency(second), successor=agency("市通信管理局")).asked == (
        (task.number, "2026-10"),
    )
    merged(cast, second, "市通信管理局")
    report.refresh_from_db()
    assert report.agreement_asked_at is None
    assert answering(task.number)[1] == ("市通信管理局", "lead")


def test_history_tells_what_the_joining_did(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    one = contributed(task, period, successor, "工信局的话")
    merged(cast)
    last = one.events.order_by("pk").last()
    assert last is not None
    assert (last.from_state, last.to_state) == (ReportState.SUBMITTED, ReportState.DRAFT)
    assert (last.by, last.at) == (cast.administrator, LATER)
    assert OLD in last.reason
    # The lead reads this move, and nothing in it that nobody has handed in.
    assert last in ContributionEvent.objects.visible_to(fresh(cast.reporter))
    assert "草稿" not in str(last.content)


def test_history_keeps_the_text_that_two_handed_in_together(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    contributed(task, period, cast.co_reporter, "发改委的话")
    one = contributed(task, period, successor, "工信局的话")
    merged(cast)
    last = one.events.order_by("pk").last()
    assert last is not None
    assert (last.from_state, last.to_state) == (ReportState.SUBMITTED, ReportState.SUBMITTED)
    assert f"{OLD}：发改委的话" in str(last.content)


def test_of_two_that_can_be_written_the_successors_state_stands(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    one = contributed(task, period, successor, "工信局的话")
    contribution_move(
        contribution=one, move=Move.RETURN, by=cast.reporter, now=NOW, reason="请补充数据"
    )
    merged(cast)
    assert own(period).state == ReportState.RETURNED


def test_what_the_lead_had_taken_over_is_no_news_to_it(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    task = task_numbered(4)
    one = contributed(task, period, cast.co_reporter, "发改委的话")
    report = saved(task, period, cast.reporter)
    contribution_take_over(
        contribution=one,
        by=cast.reporter,
        now=NOW,
        content=content_of(report),
        version=report.version,
    )
    contribution_save(
        task=task,
        period=period,
        agency=agency_of(successor),
        by=successor,
        now=NOW,
        content=texts(task, agency_of(successor), ""),
        version=0,
    )
    merged(cast)
    assert own(period).taken_over_version == own(period).version
