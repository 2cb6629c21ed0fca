"""Rule: what is late escalates from reporter to approver, leader and coordinators; whom nobody can
reach and what was given up is told to the coordinators."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.core.mail import EmailMultiAlternatives
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import translation

from agencies.models import Agency, AgencyRobot, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Audience,
    Channel,
    Policy,
    Reminder,
    ReminderItem,
    ReminderState,
    ReportingPeriod,
    Rule,
    Undelivered,
)
from progress.reminders import Owed, owed_on, reminders_run
from progress.reminders.outbox import MOST_ATTEMPTS, NO_COORDINATOR
from progress.reminders.owed.rules import Level, levels_reached
from progress.states import Move
from progress.tests.acts import contributions_owed_by_nobody, handed_in, task_numbered
from progress.tests.reminding import at
from progress.workdays import WorkCalendar
from progress.workflow import report_move

LEADER_ADDRESS = "leader-of-data@example.org"
# Due on Friday the 23rd: so many working days late, a weekend between.
DAYS_LATE = {
    0: dt.date(2026, 10, 25),
    1: dt.date(2026, 10, 26),
    2: dt.date(2026, 10, 27),
    3: dt.date(2026, 10, 28),
    5: dt.date(2026, 10, 30),
}


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> Iterator[None]:
    contributions_owed_by_nobody()
    with translation.override("en"):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod) -> Agency:
    """市数据局 with its approver and its leader's address; every other agency can be reached."""
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    Agency.objects.update(contact_email="office@example.org")
    agency = cast.reporter.agency
    assert agency is not None
    Agency.objects.filter(pk=agency.pk).update(leader="陈副局长", leader_email=LEADER_ADDRESS)
    return agency


def owed(today: dt.date, policy: Policy | None = None) -> list[Owed]:
    return owed_on(today=today, policy=policy or Policy(), calendar=WorkCalendar.load())


def told_of(office: Agency, today: dt.date, policy: Policy | None = None) -> dict[str, bool]:
    """Who is told of what the agency owes of task 4, and whether because it is late."""
    return {
        one.recipient.name or one.recipient.address: one.item.escalated
        for one in owed(today, policy)
        if one.item.agency_id == office.pk and one.item.task_number == 4
    }


# --- levels -------------------------------------------------------------------------------------


def test_levels_are_reached_in_their_order_and_0_is_never() -> None:
    policy = Policy()
    assert levels_reached(0, policy=policy) == frozenset()
    assert levels_reached(-3, policy=policy) == frozenset()
    assert levels_reached(1, policy=policy) == {Level.APPROVER}
    assert levels_reached(4, policy=policy) == {Level.APPROVER, Level.LEADER}
    assert levels_reached(5, policy=policy) == set(Level)
    policy.escalate_to_leader = 0
    assert levels_reached(60, policy=policy) == {Level.APPROVER, Level.COORDINATORS}


def test_the_later_it_is_the_more_are_told_and_the_reporters_stay(
    cast: Cast, office: Agency
) -> None:
    own = {"张报": False, "赵同": False}
    assert told_of(office, TODAY) == own
    assert told_of(office, DAYS_LATE[0]) == own, "a weekend after the due date is not late"
    assert told_of(office, DAYS_LATE[1]) == own | {"李审": True}
    assert told_of(office, DAYS_LATE[2]) == own | {"李审": True}
    assert told_of(office, DAYS_LATE[3]) == own | {"李审": True, "陈副局长": True}
    everybody = own | {"李审": True, "陈副局长": True, "周统": True}
    assert told_of(office, DAYS_LATE[5]) == everybody
    off = Policy(escalate_to_approver=0, escalate_to_leader=0, escalate_to_coordinators=0)
    assert told_of(office, DAYS_LATE[5], off) == own


def test_who_has_to_do_it_is_not_told_twice(cast: Cast, office: Agency) -> None:
    handed_in(task_numbered(4), ReportingPeriod.objects.get(), cast.reporter)
    told = told_of(office, DAYS_LATE[5])
    assert told == {"李审": False, "陈副局长": True, "周统": True}, "a review is the approver's"
    User.objects.filter(agency=office).update(is_active=False)
    Agency.objects.filter(pk=office.pk).update(contact_email=LEADER_ADDRESS)
    assert told_of(office, DAYS_LATE[3]) == {LEADER_ADDRESS: False}


def test_what_was_in_time_and_came_back_is_late_since_it_came_back(
    cast: Cast, office: Agency, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=False)
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(
        report=report,
        move=Move.RETURN,
        by=cast.coordinator,
        now=at(DAYS_LATE[3]),
        reason="补充数据",
    )
    assert set(told_of(office, DAYS_LATE[3])) == {"张报", "赵同"}
    assert "陈副局长" not in told_of(office, DAYS_LATE[5])
    assert "陈副局长" in told_of(office, dt.date(2026, 11, 2))


def test_a_body_of_members_escalates_to_the_leader_of_whom_it_acts_through(
    cast: Cast, office: Agency
) -> None:
    body = Agency.objects.get(name__endswith="成员单位")
    Agency.objects.filter(pk=body.pk).update(acts_through=office)
    told = {
        one.recipient.address
        for one in owed(DAYS_LATE[3])
        if one.item.agency_id == body.pk and one.recipient.audience == Audience.LEADER
    }
    assert told == {LEADER_ADDRESS}


# --- messages -----------------------------------------------------------------------------------


def test_the_leader_and_each_coordinator_get_one_message_that_lists_all(
    cast: Cast, office: Agency, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    User.objects.create_user("second", name="钱统", role="coordinator", email="c2@example.org")
    reminders_run(now=at(DAYS_LATE[5]))
    [leaders] = Reminder.objects.filter(audience=Audience.LEADER)
    assert (leaders.agency, leaders.user, leaders.state) == (office, None, ReminderState.SENT)
    assert set(leaders.items.values_list("task__number", flat=True)) == {4, 5, 6, 7, 8}
    [mail] = [one for one in mailoutbox if one.to == [LEADER_ADDRESS]]
    assert mail.subject == "市数据局有5项逾期，最早截止日期2026-10-23"
    assert "贵单位以下事项已逾期" in str(mail.body)
    offices = Reminder.objects.filter(audience=Audience.OFFICE, channel=Channel.MAIL)
    assert {one.user_id for one in offices} == {
        cast.coordinator.pk,
        User.objects.get(username="second").pk,
    }
    assert {one.items.filter(escalated=True).count() for one in offices} == {131}
    assert (
        not ReminderItem.objects.filter(reminder__audience="agency", escalated=False)
        .filter(reminder__user=cast.approver)
        .exists()
    )
    sent = len(mailoutbox)
    reminders_run(now=at(DAYS_LATE[5], 11))
    assert len(mailoutbox) == sent


def test_what_is_handed_in_while_the_message_waits_is_told_to_nobody_above(
    cast: Cast, office: Agency, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=False)
    reminders_run(now=at(DAYS_LATE[5], 6))
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter, now=at(DAYS_LATE[5], 7))
    reminders_run(now=at(DAYS_LATE[5]))
    assert Reminder.objects.get(audience=Audience.LEADER).state == ReminderState.CANCELLED
    mail = Reminder.objects.get(user=cast.coordinator, channel=Channel.MAIL)
    assert not mail.items.filter(agency=office).exists()
    assert mail.items.filter(rule=Rule.REPORT).exists()


# --- whom nobody reaches, and what was given up -------------------------------------------------


def test_coordinators_are_told_of_whom_nobody_can_reach_until_somebody_can(
    cast: Cast, office: Agency
) -> None:
    lost = Agency.objects.get(name="市商务局")
    Agency.objects.filter(pk=lost.pk).update(contact_email="")

    def unreachable() -> list[str]:
        return [one.item.agency_name for one in owed(TODAY) if one.item.rule == Rule.UNREACHABLE]

    robot = AgencyRobot.objects.create(
        agency=lost, name="商务局工作群", kind="wecom", set_at=NOW, set_by=cast.administrator
    )
    assert unreachable() == [], "its work group is told"
    robot.delete()
    assert unreachable() == ["市商务局"], "one line, however much it owes"
    reminders_run(now=at(TODAY, 6))
    User.objects.create_user("trade", name="郑商", role="reporter", agency=lost)
    assert unreachable() == []
    reminders_run(now=NOW)
    mail = Reminder.objects.get(user=cast.coordinator, channel=Channel.MAIL)
    assert mail.state == ReminderState.CANCELLED, "nothing of it holds any more"


def test_who_is_a_coordinator_no_more_gets_no_digest(cast: Cast, office: Agency) -> None:
    reminders_run(now=at(DAYS_LATE[5], 6))
    User.objects.filter(pk=cast.coordinator.pk).update(role="leader")
    reminders_run(now=at(DAYS_LATE[5]))
    mail = Reminder.objects.get(user=cast.coordinator, channel=Channel.MAIL)
    assert (mail.state, mail.answer) == (ReminderState.CANCELLED, NO_COORDINATOR)


def test_a_message_that_was_given_up_is_told_to_coordinators_with_the_answer_until_it_is_mended(
    cast: Cast, office: Agency, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reminders_run(now=NOW)
    mail = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL)
    mail.update(
        state=ReminderState.FAILED,
        sent_at=None,
        attempts=MOST_ATTEMPTS,
        answer="550 no such mailbox",
    )

    def given_up(day: dt.date) -> list[str]:
        return [one.item.detail for one in owed(day) if one.item.rule == Rule.UNDELIVERED]

    [told] = given_up(TODAY)
    assert told == f"张报 <{cast.reporter.email}>: 550 no such mailbox"
    reminders_run(now=at(dt.date(2026, 10, 23)))
    [digest] = [one for one in mailoutbox if one.to == [cast.coordinator.email]]
    assert "未能送达的催报" in str(digest.body)
    assert told in str(digest.body)
    assert "/reminders/ledger/?undelivered=given_up\n" in str(digest.body)
    # The mail of the 23rd went out to the same address, so that it works again.
    assert given_up(dt.date(2026, 10, 23)) == []
    Reminder.objects.filter(day__gt=TODAY).delete()
    User.objects.filter(pk=cast.reporter.pk).update(email="new@example.org")
    assert given_up(TODAY) == []


def test_what_reaches_an_agencys_address_sets_nothing_right_that_a_person_did_not_get(
    cast: Cast, office: Agency
) -> None:
    def given_up() -> list[str]:
        found = Reminder.objects.undelivered(Undelivered.GIVEN_UP)
        return [one.user.username if one.user else one.address for one in found]

    def failed(day: dt.date, **recipient: object) -> Reminder:
        row = {"day": day, "channel": Channel.MAIL, "recorded_at": NOW, "agency": office}
        return Reminder.objects.create(
            **row, **recipient, state=ReminderState.FAILED, answer="550 no such mailbox"
        )

    failed(TODAY, user=cast.reporter, address=cast.reporter.email)
    later = failed(DAYS_LATE[1], address="office@example.org")
    assert sorted(given_up()) == ["office@example.org", "reporter"]
    Reminder.objects.filter(pk=later.pk).update(state=ReminderState.SENT, sent_at=NOW, answer="")
    assert given_up() == ["reporter"]


def test_an_agency_that_gets_an_address_is_told_of_what_it_could_not_be_told(
    cast: Cast, office: Agency, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    lost = Agency.objects.get(name="市商务局")
    Agency.objects.filter(pk=lost.pk).update(contact_email="")
    reminders_run(now=NOW)
    reminders_run(now=at(DAYS_LATE[1]))
    states = Reminder.objects.filter(agency=lost).values_list("state", flat=True)
    assert list(states) == [ReminderState.FAILED] * 2
    Agency.objects.filter(pk=lost.pk).update(contact_email="trade@example.org")
    # On the second day of lateness no step lies that had not been said the day before.
    reminders_run(now=at(DAYS_LATE[2]))
    reminders_run(now=at(DAYS_LATE[2], 15))
    assert [mail.to for mail in mailoutbox].count(["trade@example.org"]) == 1


def test_mail_that_waits_goes_to_the_address_that_the_agency_has_by_then(
    cast: Cast, office: Agency, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    trade = Agency.objects.filter(name="市商务局")
    trade.update(contact_email="old@example.org")
    reminders_run(now=at(TODAY, 6))
    trade.update(contact_email="new@example.org")
    reminders_run(now=NOW)
    addresses = [mail.to for mail in mailoutbox]
    assert ["new@example.org"] in addresses
    assert ["old@example.org"] not in addresses


def test_the_interface_says_as_whom_one_is_told_and_of_what(
    cast: Cast, office: Agency, signed_in: Callable[[User], Client]
) -> None:
    Agency.objects.filter(name="市商务局").update(contact_email="")
    reminders_run(now=at(DAYS_LATE[5]))
    rows = signed_in(cast.coordinator).get("/api/v1/reminders/").json()["results"]
    by_audience = {row["audience"]: row for row in rows}
    assert by_audience["leader"]["agency"] == office.pk
    digest = by_audience["office"]
    assert (digest["agency"], digest["recipient"]) == (None, "周统")
    items = {item["rule"]: item for item in digest["items"]}
    assert items["report"]["escalated"] is True
    lost = items["unreachable"]
    assert (lost["task"], lost["period"], lost["escalated"]) == (None, None, False)
    own = signed_in(cast.reporter).get("/api/v1/reminders/").json()["results"]
    assert {row["audience"] for row in own} == {"agency"}


# --- what the database keeps --------------------------------------------------------------------


def test_a_message_without_an_agency_is_a_coordinators_and_an_item_names_what_its_rule_says(
    cast: Cast, period: ReportingPeriod
) -> None:
    row = {"day": TODAY, "channel": Channel.INBOX, "recorded_at": NOW}
    for wrong in (
        {"audience": Audience.OFFICE, "user": None, "agency": None},
        {"audience": Audience.AGENCY, "user": cast.reporter, "agency": None},
        {"audience": Audience.LEADER, "user": cast.reporter, "agency": cast.reporter.agency},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Reminder.objects.create(**row, **wrong)
    reminder = Reminder.objects.create(**row, user=cast.coordinator, audience=Audience.OFFICE)
    item = {"reminder": reminder, "due_on": TODAY, "step": 0}
    task = task_numbered(4)
    ReminderItem.objects.create(**item, rule=Rule.REVIEW, task=task, period=period)
    for named in (
        {"rule": Rule.REVIEW, "task": task, "period": period},  # a second time
        {"rule": Rule.REVIEW, "task": task},
        {"rule": Rule.DEADLINE, "task": task},
        {"rule": Rule.UNREACHABLE, "agency": cast.reporter.agency, "task": task},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ReminderItem.objects.create(**item, **named)
