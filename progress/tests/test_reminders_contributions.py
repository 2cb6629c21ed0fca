"""Contributions that are owed are asked for like reports, and what was returned says so."""

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, AgencyKind, Role, User
from conftest import NOW, TODAY, Cast
from progress.models import Channel, Policy, Reminder, ReportingPeriod, Rule
from progress.reminders import OwedItem, asking_ahead, owed_on, reminders_run
from progress.states import Move
from progress.tests.acts import handed_in, saved, task_numbered
from progress.tests.reminding import told_to
from progress.workdays import WorkCalendar
from progress.workflow import (
    ContributionContent,
    contribution_move,
    contribution_save,
    report_move,
)
from tasks.models import Division, Responsibility, Status, Task

# 市数据局 shares it; its agencies divide the duties.
SHARED = 11


def owed_by(user: User) -> dict[int, OwedItem]:
    return {item.task_number or 0: item for item in told_to(user)}


@pytest.fixture
def lead(cast: Cast) -> User:
    """Somebody of the agency that compiles the shared task's report."""
    agency = task_numbered(SHARED).responsibilities.get(position=1).agency
    return User.objects.create_user("lead", "x", name="林牵", role=Role.REPORTER, agency=agency)


def test_a_contribution_is_owed_where_duties_are_divided_and_nowhere_else(
    cast: Cast, period: ReportingPeriod
) -> None:
    contributions = {
        number: item.rule for number, item in owed_by(cast.reporter).items() if number > 8
    }
    assert set(contributions.values()) == {Rule.CONTRIBUTION}
    divided = Task.objects.filter(
        division=Division.BY_DUTY,
        responsibilities__agency=cast.reporter.agency,
        responsibilities__position__gt=1,
    )
    assert set(contributions) == set(divided.values_list("number", flat=True))
    assert SHARED in contributions


def test_nothing_is_asked_for_once_it_is_with_the_lead_or_the_report_has_left_without_it(
    cast: Cast, period: ReportingPeriod, lead: User
) -> None:
    contributed(cast, period)
    assert SHARED not in owed_by(cast.reporter)
    others = [number for number in owed_by(cast.reporter) if number > 8]
    other = task_numbered(others[0])
    compiling = other.responsibilities.get(position=1).agency
    writer = User.objects.create_user("w", "x", name="卫", role=Role.REPORTER, agency=compiling)
    handed_in(other, period, writer)
    assert other.number not in owed_by(cast.reporter)


def test_a_returned_report_says_that_it_was_returned(cast: Cast, period: ReportingPeriod) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="补充数据")
    assert owed_by(cast.reporter)[4].rule == Rule.RETURNED


def test_the_mail_leads_to_the_form_and_the_inbox_to_the_page(
    cast: Cast,
    period: ReportingPeriod,
    mailoutbox: list[EmailMultiAlternatives],
    client: Client,
) -> None:
    reminders_run(now=NOW)
    [mail] = [one for one in mailoutbox if one.to == [cast.reporter.email]]
    page = f"/tasks/{SHARED}/reports/2026-10/contributions/{cast.reporter.agency_id}/"
    assert f"{page}edit/\n" in str(mail.body)
    assert "/tasks/4/reports/2026-10/edit/\n" in str(mail.body)
    client.force_login(cast.reporter)
    inbox = client.get("/inbox/")
    assert f'href="{page}"' in inbox.content.decode()
    assert client.get(page).status_code == 200


def test_what_is_settled_before_the_mail_goes_is_not_in_it(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reminders_run(now=NOW.replace(hour=6))
    contributed(cast, period)
    reminders_run(now=NOW)
    [mail] = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL)
    told = set(mail.items.values_list("task__number", flat=True))
    assert told == set(owed_by(cast.reporter))
    assert SHARED not in told


def test_what_is_owed_by_a_body_and_by_the_agency_it_acts_through_are_two_things(
    cast: Cast, period: ReportingPeriod
) -> None:
    office = cast.reporter.agency
    assert office is not None
    mine = Responsibility.objects.filter(agency=office, position__gt=1).values("task")
    body = Responsibility.objects.filter(
        task__in=mine, task__division=Division.BY_DUTY, position__gt=1
    ).exclude(agency=office)[0]
    Agency.objects.filter(pk=body.agency_id).update(kind=AgencyKind.COLLECTIVE, acts_through=office)
    reminders_run(now=NOW)
    [mail] = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL)
    owing = mail.items.filter(task=body.task_id).values_list("agency", flat=True)
    assert set(owing) == {office.pk, body.agency_id}


def test_an_agency_that_owes_contributions_alone_can_be_reminded_by_hand(
    cast: Cast, period: ReportingPeriod
) -> None:
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    agency_id = cast.reporter.agency_id
    assert agency_id is not None
    [line] = asking_ahead(
        period=period, by=cast.coordinator, now=NOW, agencies={agency_id}
    ).agencies
    assert {item.rule for item in line.items} == {Rule.CONTRIBUTION}


def test_statements_do_not_grow_with_contributions(cast: Cast, period: ReportingPeriod) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
        return len(queries)

    few = statements()
    saved(task_numbered(4), period, cast.reporter)
    contributed(cast, period)
    assert statements() == few


# --- another lead's agreement -------------------------------------------------------------------


def test_the_other_lead_owes_its_word_from_when_it_is_asked_until_it_says_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [
        User.objects.create_user(
            f"lead{part.position}", name="某人", role=Role.REPORTER, agency=part.agency
        )
        for part in task.responsibilities.filter(role="lead").order_by("position")
    ]
    report = saved(task, period, first)
    assert task.number not in owed_by(second)
    report = report_move(report=report, move=Move.ASK, by=first, now=NOW)
    item = owed_by(second)[task.number]
    assert (item.rule, item.agency_id, item.due_on) == (
        Rule.AGREEMENT,
        second.agency_id,
        period.due_on,
    )
    assert owed_by(first)[task.number].rule == Rule.REPORT
    assert second.agency_id is not None
    asking = asking_ahead(
        period=period, by=cast.coordinator, now=NOW, agencies={second.agency_id}
    ).agencies
    assert task.number in {one.task_number for line in asking for one in line.items}
    approver = User.objects.create_user(
        "approves", name="何审", role=Role.APPROVER, agency=second.agency
    )
    assert task.number not in owed_by(second)
    assert owed_by(approver)[task.number] == item
    report = report_move(report=report, move=Move.OBJECT, by=approver, now=NOW, reason="口径不一")
    assert task.number not in owed_by(approver)
    report = report_move(report=report, move=Move.ASK, by=first, now=NOW)
    assert task.number in owed_by(approver)
    saved(task, period, first, Status.ONGOING)
    assert task.number not in owed_by(approver), "of another text it has not been asked"


def test_an_answer_that_comes_while_the_mail_waits_is_not_asked_for_in_it(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    task = Task.objects.get(division=Division.CO_LEAD)
    first, second = [
        User.objects.create_user(
            f"lead{part.position}",
            name="某人",
            role=Role.REPORTER,
            agency=part.agency,
            email=f"lead{part.position}@example.org",
        )
        for part in task.responsibilities.filter(role="lead").order_by("position")
    ]
    report = report_move(report=saved(task, period, first), move=Move.ASK, by=first, now=NOW)
    reminders_run(now=NOW.replace(hour=6))
    mail = Reminder.objects.get(user=second, channel=Channel.MAIL)
    assert mail.items.filter(rule=Rule.AGREEMENT, task=task, period=period).exists()
    inbox = Reminder.objects.get(user=second, channel=Channel.INBOX)
    assert inbox.items.filter(rule=Rule.AGREEMENT).exists(), "looked at again, it still stands"
    report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    reminders_run(now=NOW)
    assert not mail.items.filter(rule=Rule.AGREEMENT).exists()


def contributed(cast: Cast, period: ReportingPeriod) -> None:
    """市数据局's answer to the shared task's lead: nothing of its own to say."""
    agency = cast.reporter.agency
    assert agency is not None
    one = contribution_save(
        task=task_numbered(SHARED),
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=ContributionContent(measures=(), nothing_to_add=True),
        version=0,
    )
    contribution_move(contribution=one, move=Move.SUBMIT, by=cast.reporter, now=NOW)
