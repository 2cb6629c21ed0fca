"""Rule: a task's deadline, a coordinator's decision and an answer to a matter are owed as reports
are."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agencies.models import Agency, AgencyKind, User
from conftest import NOW, TODAY, Cast
from progress.mergers import agency_merge
from progress.models import (
    Channel,
    Matter,
    Policy,
    Reminder,
    ReminderItem,
    ReminderState,
    ReportingPeriod,
    Rule,
)
from progress.reminders import OwedItem, owed_on, reminders_run
from progress.reminders.owed.rules import answer_due_on, completion_due_on, decision_due_on
from progress.states import Move
from progress.tests.acts import approved, contributions_owed_by_nobody, handed_in, task_numbered
from progress.tests.reminding import at, told_to
from progress.workdays import WorkCalendar
from progress.workflow import (
    extension_decide,
    extension_request,
    matter_address,
    matter_answer,
    matter_close,
    matter_reopen,
    period_close,
    report_move,
)
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

# Four working days from today, a Thursday: the weekend counts none.
DEADLINE = dt.date(2026, 10, 28)


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> Iterator[None]:
    contributions_owed_by_nobody()
    with translation.override("en"):
        yield


def owed_by(user: User, rule: Rule, today: dt.date = TODAY) -> list[OwedItem]:
    return [one for one in told_to(user, today) if one.rule == rule and not one.escalated]


def due_on(task: Task, day: dt.date | None, cast: Cast) -> None:
    deadlines_write(
        changes=[Deadline(task, None, day)], reason="总体安排", by=cast.coordinator, now=NOW
    )


@pytest.fixture
def task(cast: Cast) -> Task:
    due_on(task_numbered(4), DEADLINE, cast)
    return task_numbered(4)


def matter_of(cast: Cast, period: ReportingPeriod, matter: Matter | None = None) -> Matter:
    """Addressed to 市通信管理局, the stranger's agency; a new one, or this."""
    if matter is None:
        handed_in(task_numbered(4), period, cast.reporter, coordination="请协调跨境数据通道带宽")
        matter = Matter.objects.get()
    assert cast.stranger.agency is not None
    return matter_address(
        matter=matter,
        to=cast.stranger.agency,
        by=cast.coordinator,
        now=NOW,
        version=matter.version,
    )


# --- the rules, against the calendar ----------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "asked", "later", "expected"),
    [
        (Status.IN_PROGRESS, False, False, DEADLINE),
        (Status.ONGOING, False, False, DEADLINE),
        (Status.COMPLETED, False, False, None),
        (Status.IN_PROGRESS, True, False, None),
        (Status.IN_PROGRESS, False, True, None),
    ],
)
def test_a_task_is_to_be_completed_until_its_lead_has_done_what_is_the_leads(
    status: str, asked: bool, later: bool, expected: dt.date | None
) -> None:
    answer = completion_due_on(
        status=status, deadline=DEADLINE, is_asked_for=asked, later_is_asked_for=later
    )
    assert answer == expected


def test_decisions_and_answers_are_due_after_working_days_over_a_holiday() -> None:
    calendar = WorkCalendar()
    policy = Policy(review_working_days=3, answer_working_days=5)
    before_the_holiday = dt.date(2026, 9, 29)
    decided = decision_due_on(
        state="submitted", reached_on=before_the_holiday, policy=policy, calendar=calendar
    )
    # 30 September, then the holiday of a week, then 8 and 9 October.
    assert decided == dt.date(2026, 10, 9)
    answered = answer_due_on(
        state="open", asked_on=before_the_holiday, policy=policy, calendar=calendar
    )
    # 10 October is a Saturday that is worked.
    assert answered == dt.date(2026, 10, 12)
    for state in ("answered", "closed"):
        assert answer_due_on(state=state, asked_on=TODAY, policy=policy, calendar=calendar) is None
    assert (
        decision_due_on(state="approved", reached_on=TODAY, policy=policy, calendar=calendar)
        is None
    )


# --- a task's deadline --------------------------------------------------------------------------


def test_a_deadline_is_asked_for_from_its_first_step_on_and_without_any_period(
    cast: Cast, task: Task
) -> None:
    assert owed_by(cast.reporter, Rule.DEADLINE, dt.date(2026, 10, 20)) == []
    [item] = owed_by(cast.reporter, Rule.DEADLINE, dt.date(2026, 10, 21))
    assert (item.task_number, item.period_id, item.due_on, item.step) == (4, None, DEADLINE, -5)
    assert owed_by(cast.reporter, Rule.DEADLINE, dt.date(2027, 1, 15))
    assert owed_by(cast.stranger, Rule.DEADLINE) == []


def test_a_completed_task_is_asked_for_no_more_nor_one_reported_as_completed(
    cast: Cast, task: Task, period: ReportingPeriod
) -> None:
    report = handed_in(task, period, cast.reporter, Status.COMPLETED)
    assert owed_by(cast.reporter, Rule.DEADLINE) == [], "it waits for a coordinator"
    report = report_move(
        report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="补充佐证"
    )
    assert owed_by(cast.reporter, Rule.DEADLINE)
    approved(task, period, cast.reporter, cast.coordinator, Status.COMPLETED)
    assert owed_by(cast.reporter, Rule.DEADLINE) == []


def test_a_later_deadline_is_asked_for_instead_while_it_is_undecided_and_once_granted(
    cast: Cast, task: Task, period: ReportingPeriod
) -> None:
    extension = extension_request(
        task=task,
        measure=None,
        period=period,
        new_deadline=dt.date(2026, 12, 31),
        reason="上级平台推迟",
        by=cast.reporter,
        now=NOW,
    )
    assert owed_by(cast.reporter, Rule.DEADLINE) == []
    [item] = owed_by(cast.coordinator, Rule.EXTENSION)
    assert (item.task_number, item.due_on) == (4, dt.date(2026, 10, 27))
    extension_decide(extension=extension, granted=True, by=cast.coordinator, now=NOW, reason="")
    assert owed_by(cast.reporter, Rule.DEADLINE) == []
    assert owed_by(cast.coordinator, Rule.EXTENSION) == []
    assert owed_by(cast.reporter, Rule.DEADLINE, dt.date(2026, 12, 30))


def test_a_deadline_that_moves_while_the_mail_waits_is_not_in_it(
    cast: Cast, task: Task, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reminders_run(now=at(TODAY, 6))
    due_on(task, dt.date(2026, 12, 31), cast)
    reminders_run(now=NOW)
    row = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert row.state == ReminderState.CANCELLED
    assert cast.reporter.email not in {to for mail in mailoutbox for to in mail.to}


def test_a_body_of_members_and_a_merged_agency_are_told_through_who_acts_for_them(
    cast: Cast, task: Task
) -> None:
    body = Agency.objects.get(name__endswith="成员单位")
    assert body.kind == AgencyKind.COLLECTIVE
    Agency.objects.filter(pk=body.pk).update(acts_through=cast.reporter.agency)
    led = Task.objects.led_by([body.pk])[0]
    due_on(led, DEADLINE, cast)
    assert {item.task_number for item in owed_by(cast.reporter, Rule.DEADLINE)} == {4, led.number}
    assert cast.reporter.agency is not None
    assert cast.stranger.agency is not None
    agency_merge(
        agency=cast.reporter.agency,
        successor=cast.stranger.agency,
        effective_on=TODAY,
        document="",
        reason="机构改革",
        by=cast.administrator,
        now=NOW,
    )
    [item] = [one for one in owed_by(cast.stranger, Rule.DEADLINE) if one.task_number == 4]
    assert item.agency_id == cast.stranger.agency_id


# --- a coordinator's decision -------------------------------------------------------------------


def test_a_report_is_owed_a_decision_from_when_it_left_its_agency(
    cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    report = handed_in(task_numbered(4), period, cast.reporter)
    assert owed_by(cast.coordinator, Rule.REVIEW) == [], "it is in its agency's review"
    friday = at(dt.date(2026, 10, 23))
    approver = User.objects.get(pk=cast.approver.pk)
    report = report_move(report=report, move=Move.ENDORSE, by=approver, now=friday)
    [item] = owed_by(cast.coordinator, Rule.REVIEW, friday.date())
    assert (item.agency_id, item.task_number, item.period_code) == (None, 4, "2026-10")
    assert item.due_on == dt.date(2026, 10, 28), "three working days after Friday"
    report = report_move(report=report, move=Move.TAKE_UP, by=cast.coordinator, now=friday)
    assert owed_by(cast.coordinator, Rule.REVIEW, friday.date()) == [item]
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=friday)
    assert owed_by(cast.coordinator, Rule.REVIEW, friday.date()) == []


def test_nobody_decides_on_a_report_of_a_closed_period(cast: Cast, period: ReportingPeriod) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    assert owed_by(cast.coordinator, Rule.REVIEW)
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert owed_by(cast.coordinator, Rule.REVIEW) == []


# --- an answer to a matter ----------------------------------------------------------------------


def test_an_answer_is_owed_by_whom_the_matter_is_addressed_to_by_its_approver_if_it_has_one(
    cast: Cast, period: ReportingPeriod
) -> None:
    matter = matter_of(cast, period)
    [item] = owed_by(cast.stranger, Rule.MATTER)
    assert (item.matter_id, item.task_number, item.due_on) == (
        matter.pk,
        4,
        dt.date(2026, 10, 29),
    )
    deputy = User.objects.create_user(
        "deputy", name="何审", role="approver", agency=cast.stranger.agency
    )
    assert owed_by(cast.stranger, Rule.MATTER) == []
    assert owed_by(deputy, Rule.MATTER) == [item]


def test_nothing_is_owed_of_what_was_answered_or_closed_and_what_is_asked_anew_counts_from_then(
    cast: Cast, period: ReportingPeriod
) -> None:
    matter = matter_of(cast, period)
    matter = matter_answer(
        matter=matter, text="已纳入计划", by=cast.stranger, now=NOW, version=matter.version
    )
    assert owed_by(cast.stranger, Rule.MATTER) == []
    matter = matter_close(matter=matter, by=cast.coordinator, now=NOW, version=matter.version)
    assert owed_by(cast.stranger, Rule.MATTER) == []
    later = at(dt.date(2026, 11, 2))
    matter_reopen(matter=matter, reason="尚未落实", by=cast.coordinator, now=later)
    [item] = owed_by(cast.stranger, Rule.MATTER, later.date())
    assert item.due_on == dt.date(2026, 11, 9)


# --- a matter that is addressed to nobody -------------------------------------------------------


def test_coordinators_owe_it_to_a_raised_matter_to_say_who_answers_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调跨境数据通道带宽")
    matter = Matter.objects.get()
    [item] = owed_by(cast.coordinator, Rule.ADDRESS)
    assert (item.matter_id, item.agency_id, item.task_number) == (matter.pk, None, 4)
    assert item.due_on == dt.date(2026, 10, 27), "three working days after Thursday"
    matter = matter_of(cast, period, matter)
    assert owed_by(cast.coordinator, Rule.ADDRESS) == []
    assert owed_by(cast.stranger, Rule.MATTER)


def test_nobody_has_to_address_what_was_answered_or_closed_until_it_is_asked_anew(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调跨境数据通道带宽")
    matter = Matter.objects.get()
    matter_close(
        matter=matter, by=cast.coordinator, now=NOW, version=matter.version, note="会议已议定"
    )
    assert owed_by(cast.coordinator, Rule.ADDRESS) == []
    later = at(dt.date(2026, 11, 2))
    matter = matter_reopen(matter=matter, reason="尚未落实", by=cast.coordinator, now=later)
    [item] = owed_by(cast.coordinator, Rule.ADDRESS, later.date())
    assert item.due_on == dt.date(2026, 11, 5)
    matter_answer(
        matter=matter, text="已列入议题", by=cast.coordinator, now=later, version=matter.version
    )
    assert owed_by(cast.coordinator, Rule.ADDRESS, later.date()) == []


def test_a_matter_that_is_addressed_while_the_mail_waits_is_not_in_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    Agency.objects.update(contact_email="office@example.org")
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调跨境数据通道带宽")
    reminders_run(now=at(TODAY, 6))
    mail = Reminder.objects.filter(user=cast.coordinator, channel=Channel.MAIL)
    rules = mail.values_list("items__rule", flat=True)
    assert set(rules.all()) == {Rule.REVIEW, Rule.ADDRESS}
    matter_of(cast, period, Matter.objects.get())
    reminders_run(now=NOW)
    assert mail.get().state == ReminderState.SENT
    assert set(rules.all()) == {Rule.REVIEW}


def test_the_day_of_reminders_says_that_a_matter_waits_to_be_addressed(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调跨境数据通道带宽")
    with time_machine.travel(NOW):
        page = signed_in(cast.coordinator).get("/reminders/").content.decode()
    assert "需协调事项待明确责任单位" in page
    assert f"/registers/matters/{Matter.objects.get().pk}/" in page


# --- telling ------------------------------------------------------------------------------------


def test_messages_say_each_of_them_in_both_languages_and_lead_to_its_page(
    cast: Cast,
    period: ReportingPeriod,
    task: Task,
    mailoutbox: list[EmailMultiAlternatives],
    client: Client,
) -> None:
    matter = matter_of(cast, period)
    handed_in(task_numbered(5), period, cast.reporter)
    extension_request(
        task=task,
        measure=None,
        period=period,
        new_deadline=dt.date(2026, 12, 31),
        reason="上级平台推迟",
        by=cast.reporter,
        now=NOW,
    )
    due_on(task_numbered(6), DEADLINE, cast)
    reminders_run(now=NOW)
    bodies = {mail.to[0]: str(mail.body) for mail in mailoutbox}
    office = bodies[cast.coordinator.email]
    assert "待统筹部门审核、审批" in office
    assert "进展报告待审核" in office
    assert "/tasks/5/reports/2026-10/\n" in office
    assert "/registers/extensions/?task=4\n" in office
    assert "无人可联系的单位" in office
    assert "/tasks/6/\n" in bodies[cast.reporter.email]
    assert f"/registers/matters/{matter.pk}/\n" in bodies[cast.stranger.email]
    assert "跨境数据通道" not in "".join(bodies.values()), "never a text of a report"
    [digest] = [mail for mail in mailoutbox if mail.to == [cast.coordinator.email]]
    [(html, _kind)] = digest.alternatives
    assert '<html lang="zh-hans">' in str(html)
    assert '/registers/extensions/?task=4"' in str(html)
    assert "单位无人可联系" not in str(html) + str(digest.body), "its heading says so"
    for person, words in (
        (cast.coordinator, ["进展报告待审核", "延期申请待审批", "单位无人可联系"]),
        (cast.reporter, ["试点任务临近或超过完成时限"]),
        (cast.stranger, ["需协调事项待答复"]),
    ):
        client.force_login(person)
        client.cookies.load({"language": "zh-hans"})
        page = client.get("/inbox/").content.decode()
        assert all(word in page for word in words)
    for item in ReminderItem.objects.filter(reminder__channel=Channel.INBOX):
        assert item.rule in Rule.values


def test_a_rule_that_is_off_asks_nobody(cast: Cast, period: ReportingPeriod, task: Task) -> None:
    matter_of(cast, period)
    switched_off = Policy(
        pk=1, remind_deadline=False, remind_matter=False, remind_review=False, remind_report=False
    )
    owed = owed_on(today=TODAY, policy=switched_off, calendar=WorkCalendar.load())
    assert owed == []


def test_finding_takes_as_many_statements_for_many_as_for_one(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
        return len(queries)

    matter_of(cast, period)
    few = statements()
    Task.objects.update(deadline=DEADLINE)
    for number in (5, 6, 7):
        handed_in(task_numbered(number), period, cast.reporter, coordination=f"第{number}件事")
    Matter.objects.update(addressed_to=cast.stranger.agency, addressed_on=TODAY)
    assert statements() == few
