"""Matters to coordinate: raised once by a report's text, answered, closed, and taken up again."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from agencies.kept import KeptRecordError
from agencies.models import Agency, Role, User
from conftest import NOW, TODAY, Cast
from progress.models import Matter, MatterMove, MatterState, Report, ReportingPeriod
from progress.rollups import matter_rows
from progress.states import Move
from progress.tests.acts import content, task_numbered
from progress.workflow import (
    Conflict,
    StaleMatter,
    matter_address,
    matter_answer,
    matter_close,
    matter_moves_open_to,
    matter_reopen,
    period_open,
    report_move,
    report_save,
)

TEXT = "请市规划资源局协调解决数据中心用地指标，需在年内落实约120亩。"
OTHER = "请市财政局明确算力券兑付资金渠道。"


def written(
    period: ReportingPeriod, by: User, text: str, *, number: int = 4, now: dt.datetime = NOW
) -> Report:
    """The task's report saved with this text of what others have to decide."""
    task = task_numbered(number)
    begun = Report.objects.filter(task=task, period=period).first()
    return report_save(
        task=task,
        period=period,
        by=by,
        now=now,
        content=replace(content(task), coordination=text),
        version=begun.version if begun else 0,
    )


def handed_in_with(
    period: ReportingPeriod, by: User, text: str, *, number: int = 4, now: dt.datetime = NOW
) -> Report:
    report = written(period, by, text, number=number, now=now)
    return report_move(report=report, move=Move.SUBMIT, by=by, now=now)


def moves_of(matter: Matter) -> list[str]:
    return list(matter.events.order_by("pk").values_list("move", flat=True))


@pytest.fixture
def matter(cast: Cast, period: ReportingPeriod) -> Matter:
    handed_in_with(period, cast.reporter, TEXT)
    return Matter.objects.get()


@pytest.fixture
def addressed(cast: Cast, matter: Matter) -> Matter:
    """Addressed to 市通信管理局, the stranger's agency, which has no part in task 4."""
    agency = cast.stranger.agency
    assert agency is not None
    return matter_address(matter=matter, to=agency, by=cast.coordinator, now=NOW, version=1)


# --- raised by the report's text ----------------------------------------------------------------


def test_a_draft_raises_nothing_and_handing_in_raises_its_text(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = written(period, cast.reporter, f"  {TEXT}\n")
    assert not Matter.objects.exists()
    report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    matter = Matter.objects.get()
    assert (matter.text, matter.state, matter.raised_on) == (TEXT, MatterState.OPEN, TODAY)
    assert (matter.report, matter.task.number, matter.version) == (report, 4, 1)
    [event] = matter.events.all()
    assert (event.move, event.text, event.by) == (MatterMove.RAISE, TEXT, cast.reporter)


def test_within_the_agency_nothing_is_raised_until_its_approver_hands_in(
    cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    cast.approver.is_active = True
    report = handed_in_with(period, cast.reporter, TEXT)
    assert not Matter.objects.exists()
    report_move(report=report, move=Move.ENDORSE, by=cast.approver, now=NOW)
    assert Matter.objects.get().events.get().by == cast.approver


def test_an_empty_text_raises_none_and_closes_none(cast: Cast, period: ReportingPeriod) -> None:
    report = handed_in_with(period, cast.reporter, " \n ")
    assert not Matter.objects.exists()
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    report = handed_in_with(period, cast.reporter, TEXT)
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in_with(period, cast.reporter, "")
    assert Matter.objects.get().state == MatterState.OPEN


def test_handing_in_again_rewords_the_matter_and_raises_no_second(
    cast: Cast, matter: Matter
) -> None:
    report = matter.report
    report = report_move(
        report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请写明时限"
    )
    handed_in_with(report.period, cast.reporter, OTHER)
    matter.refresh_from_db()
    assert (matter.text, matter.version) == (OTHER, 2)
    assert moves_of(matter) == ["raise", "reword"]
    assert Matter.objects.count() == 1


def test_the_same_words_again_are_no_event(cast: Cast, matter: Matter) -> None:
    report_move(report=matter.report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in_with(matter.report.period, cast.reporter, TEXT)
    matter.refresh_from_db()
    assert (matter.version, moves_of(matter)) == (1, ["raise"])


@pytest.mark.parametrize(
    ("text", "state"),
    [(TEXT.replace("年内", "年底前"), MatterState.ANSWERED), (OTHER, MatterState.OPEN)],
)
def test_an_answer_stands_for_the_words_that_it_answered(
    cast: Cast, addressed: Matter, text: str, state: MatterState
) -> None:
    answered = matter_answer(
        matter=addressed, text="已安排", by=cast.coordinator, now=NOW, version=2
    )
    report_move(
        report=answered.report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请核"
    )
    handed_in_with(answered.report.period, cast.reporter, text)
    answered.refresh_from_db()
    assert (answered.text, answered.state) == (text, state)


def test_a_later_report_that_says_the_same_leaves_the_matter_standing(
    cast: Cast, matter: Matter
) -> None:
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=29))
    later = NOW + dt.timedelta(days=30)
    handed_in_with(november, cast.reporter, TEXT.replace("约120亩", "约130亩"), now=later)
    assert Matter.objects.get() == matter
    handed_in_with(november, cast.reporter, TEXT, number=5, now=later)
    assert Matter.objects.count() == 2


def test_a_later_report_that_says_something_else_raises_a_matter_of_its_own(
    cast: Cast, matter: Matter
) -> None:
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=29))
    handed_in_with(november, cast.reporter, OTHER, now=NOW + dt.timedelta(days=30))
    assert list(Matter.objects.order_by("pk").values_list("text", flat=True)) == [TEXT, OTHER]


def test_what_is_closed_is_raised_again_by_a_later_report_and_not_by_its_own(
    cast: Cast, matter: Matter
) -> None:
    matter_close(matter=matter, by=cast.coordinator, now=NOW, version=1, note="已电话协调")
    report_move(
        report=matter.report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充"
    )
    handed_in_with(matter.report.period, cast.reporter, TEXT)
    assert Matter.objects.count() == 1
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=29))
    handed_in_with(november, cast.reporter, TEXT, now=NOW + dt.timedelta(days=30))
    assert Matter.objects.count() == 2


# --- addressed, answered, closed, reopened ------------------------------------------------------


def test_a_matter_goes_from_raising_to_closing_and_its_days_stop(
    cast: Cast, addressed: Matter
) -> None:
    assert (addressed.state, addressed.addressed_on) == (MatterState.OPEN, TODAY)
    answered = matter_answer(
        matter=addressed, text=" 拟纳入年度计划 ", by=cast.stranger, now=NOW, version=2
    )
    assert answered.state == MatterState.ANSWERED
    again = matter_answer(
        matter=answered, text="已纳入年度计划", by=cast.stranger, now=NOW, version=3
    )
    later = NOW + dt.timedelta(days=6)
    closed = matter_close(matter=again, by=cast.coordinator, now=later, version=4)
    assert (closed.state, closed.closed_by) == (MatterState.CLOSED, cast.coordinator)
    assert moves_of(closed) == ["raise", "address", "answer", "answer", "close"]
    [row] = matter_rows(matters=Matter.objects.all(), today=TODAY + dt.timedelta(days=90))
    # From Thursday to Wednesday after.
    assert (row.days, row.working_days) == (6, 4)
    assert (row.answer, row.closed_by, row.closing_note) == ("已纳入年度计划", "周统", "")


def test_a_matter_that_nobody_answered_is_closed_with_a_word_on_how(
    cast: Cast, matter: Matter
) -> None:
    with pytest.raises(ValidationError) as refused:
        matter_close(matter=matter, by=cast.coordinator, now=NOW, version=1, note="  ")
    assert "note" in refused.value.message_dict
    closed = matter_close(matter=matter, by=cast.coordinator, now=NOW, version=1, note="已解决")
    assert closed.state == MatterState.CLOSED


def test_a_closed_matter_is_taken_up_again_with_a_reason(cast: Cast, matter: Matter) -> None:
    closed = matter_close(matter=matter, by=cast.coordinator, now=NOW, version=1, note="已解决")
    attempts: list[Callable[[], Matter]] = [
        lambda: matter_answer(matter=closed, text="晚", by=cast.coordinator, now=NOW, version=2),
        lambda: matter_close(matter=closed, by=cast.coordinator, now=NOW, version=2, note="再"),
        lambda: matter_address(
            matter=closed, to=Agency.objects.all()[0], by=cast.coordinator, now=NOW, version=2
        ),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict):
            attempt()
    with pytest.raises(ValidationError):
        matter_reopen(matter=closed, reason=" ", by=cast.coordinator, now=NOW)
    reopened = matter_reopen(matter=closed, reason="未落实", by=cast.coordinator, now=NOW)
    assert (reopened.state, reopened.closed_by, reopened.closed_at) == ("open", None, None)
    assert reopened.events.latest("pk").text == "未落实"
    with pytest.raises(Conflict):
        matter_reopen(matter=reopened, reason="再次", by=cast.coordinator, now=NOW)


def test_a_matter_whose_report_has_raised_another_since_stays_closed(
    cast: Cast, matter: Matter
) -> None:
    matter_close(matter=matter, by=cast.coordinator, now=NOW, version=1, note="已解决")
    report_move(
        report=matter.report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充"
    )
    handed_in_with(matter.report.period, cast.reporter, OTHER)
    assert Matter.objects.count() == 2
    with pytest.raises(Conflict, match="新的事项"):
        matter_reopen(matter=matter, reason="未落实", by=cast.coordinator, now=NOW)


def test_addressing_to_another_asks_for_an_answer_anew(cast: Cast, addressed: Matter) -> None:
    answered = matter_answer(
        matter=addressed, text="非本单位职责", by=cast.stranger, now=NOW, version=2
    )
    other = cast.co_reporter.agency
    assert other is not None
    moved = matter_address(matter=answered, to=other, by=cast.coordinator, now=NOW, version=3)
    assert (moved.state, moved.addressed_to) == (MatterState.OPEN, other)
    with pytest.raises(ValidationError, match="已交办"):
        matter_address(matter=moved, to=other, by=cast.coordinator, now=NOW, version=4)


def test_an_agency_that_has_ended_is_asked_nothing(cast: Cast, matter: Matter) -> None:
    ended = Agency.objects.create(
        name="市旧局", short_name="市旧局", kind="municipal", valid_to=TODAY
    )
    with pytest.raises(ValidationError) as refused:
        matter_address(matter=matter, to=ended, by=cast.coordinator, now=NOW, version=1)
    assert "to" in refused.value.message_dict


def test_what_changed_since_it_was_opened_is_a_conflict(cast: Cast, addressed: Matter) -> None:
    with pytest.raises(StaleMatter):
        matter_close(matter=addressed, by=cast.coordinator, now=NOW, version=1, note="旧页面")
    with pytest.raises(StaleMatter):
        matter_answer(matter=addressed, text="旧页面", by=cast.stranger, now=NOW, version=1)
    addressed.refresh_from_db()
    assert (addressed.state, addressed.version) == (MatterState.OPEN, 2)


@pytest.mark.parametrize("text", [" \n", "字" * 10_001])
def test_an_answer_says_something_and_not_too_much(
    cast: Cast, addressed: Matter, text: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        matter_answer(matter=addressed, text=text, by=cast.stranger, now=NOW, version=2)
    assert "text" in refused.value.message_dict


def test_history_is_never_edited(matter: Matter) -> None:
    event = matter.events.get()
    event.text = "另一件事"
    with pytest.raises(KeptRecordError):
        event.save()


# --- who may ------------------------------------------------------------------------------------


def test_only_coordinators_address_close_and_reopen(cast: Cast, addressed: Matter) -> None:
    agency = Agency.objects.all()[0]
    for who, user in cast.everyone().items():
        if who == "coordinator":
            continue
        about: dict[str, Any] = {"matter": addressed, "by": user, "now": NOW, "version": 2}
        with pytest.raises(PermissionDenied):
            matter_address(to=agency, **about)
        with pytest.raises(PermissionDenied):
            matter_close(note="好", **about)
        with pytest.raises(PermissionDenied):
            matter_reopen(reason="不", **about)


def test_the_addressed_agency_answers_and_nobody_else_but_the_office(
    cast: Cast, addressed: Matter
) -> None:
    may = {
        who
        for who, user in cast.everyone().items()
        if MatterMove.ANSWER in matter_moves_open_to(matter=addressed, user=user)
    }
    assert may == {"stranger", "coordinator"}
    for who in ("reporter", "co_reporter", "leader", "auditor", "administrator"):
        with pytest.raises(PermissionDenied):
            matter_answer(matter=addressed, text="代答", by=getattr(cast, who), now=NOW, version=2)


def test_where_the_agency_has_an_approver_that_person_answers(
    cast: Cast, addressed: Matter
) -> None:
    approver = User.objects.create_user(
        "their-approver", name="何审", role=Role.APPROVER, agency=cast.stranger.agency
    )
    with pytest.raises(PermissionDenied):
        matter_answer(matter=addressed, text="代答", by=cast.stranger, now=NOW, version=2)
    answered = matter_answer(matter=addressed, text="可行", by=approver, now=NOW, version=2)
    assert answered.state == MatterState.ANSWERED


def test_who_reads_a_matter(cast: Cast, addressed: Matter) -> None:
    def readers() -> set[str]:
        return {
            who for who, user in cast.everyone().items() if Matter.objects.visible_to(user).exists()
        }

    # The stranger's agency is asked; leaders read what is approved.
    agencies = {"reporter", "colleague", "co_reporter", "stranger"}
    assert readers() == {*agencies, "coordinator"}
    report_move(report=addressed.report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert readers() == {*agencies, "coordinator", "leader"}
