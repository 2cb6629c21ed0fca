"""The work group of an agency is told by its robot what the agency owes, once a day."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from agencies import outgoing
from agencies.models import Agency, AgencyRobot, User
from agencies.robots import LONGEST_TEXT, calling, robot_remove, robot_save
from agencies.tests.robots import FEISHU_PATH, FEISHU_TAKEN, WECOM_PATH, Product, product
from conftest import NOW, TODAY, Cast
from progress.health import health_at
from progress.models import Channel, Policy, Reminder, ReminderState, ReportingPeriod
from progress.reminders import (
    Outlook,
    Result,
    asking_ahead,
    reminders_ask,
    reminders_deliver,
    reminders_run,
)
from progress.reminders.outbox import (
    DELAYS,
    MOST_ATTEMPTS,
    PASSED_ON,
    ROBOT_GONE,
    reminder_unsaid,
)
from progress.tests.acts import handed_in, task_numbered

pytestmark = pytest.mark.services
LOCMEM_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def robot(settings: Settings) -> Iterator[Product]:
    settings.EMAIL_BACKEND = LOCMEM_BACKEND
    with product() as started:
        settings.ROBOT_HOSTS = frozenset({started.origin})
        yield started


def given(agency: Agency | None, robot: Product, cast: Cast, path: str = WECOM_PATH) -> AgencyRobot:
    """A robot of the product for the agency."""
    assert agency is not None
    return robot_save(
        agency=agency,
        by=cast.administrator,
        now=NOW - dt.timedelta(days=1),
        name=f"{agency.short_name}工作群",
        address=robot.origin + path,
        secret="",
    )


def rows() -> list[Reminder]:
    return list(Reminder.objects.filter(channel=Channel.ROBOT).order_by("pk"))


def test_one_message_a_day_names_what_the_agency_owes_and_leads_there(
    cast: Cast, period: ReportingPeriod, robot: Product, settings: Settings
) -> None:
    settings.SITE_URL = "https://pilot.example.cn"
    given(cast.reporter.agency, robot, cast)
    outcome = reminders_run(now=NOW)
    [line] = [one for one in outcome.lines if one.channel == Channel.ROBOT]
    assert line.result == Result.SENT
    numbers = {item.task_number for item in line.items}
    # Reporter and colleague are told the same; the group each thing once.
    assert len(numbers) == len(line.items) > 1
    [text] = robot.texts
    assert "试点任务催报" in text
    assert "第4项任务，填报期2026-10" in text
    assert "截止" in text
    assert "https://pilot.example.cn/tasks/4/reports/2026-10/" in text
    reminders_run(now=NOW)
    assert len(robot.asked) == 1
    [row] = rows()
    assert (row.state, row.attempts, row.user_id) == (ReminderState.SENT, 1, None)
    assert row.address == "数据局工作群"


def test_however_much_is_owed_the_message_fits_and_says_what_it_leaves_out(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    agency = Agency.objects.get(name="市商务局")
    given(agency, robot, cast)
    asked(cast, period, agency, "请于今日下班前报送。" * 50)
    reminders_deliver(now=NOW)
    [text] = robot.texts
    assert len(text.encode()) <= LONGEST_TEXT < 2_048
    assert "请于今日下班前报送" in text
    assert "另有" in text
    assert text.endswith("严禁录入涉密信息。")


def asked(cast: Cast, period: ReportingPeriod, agency: Agency, note: str) -> Any:
    chosen = {agency.pk}
    asking = asking_ahead(period=period, by=cast.coordinator, now=NOW, agencies=chosen)
    reminders_ask(
        period=period, by=cast.coordinator, now=NOW, note=note, seen=asking.seen, agencies=chosen
    )
    return asking


def test_reminding_by_hand_foretells_the_group_and_tells_it_the_offices_words(
    cast: Cast,
    period: ReportingPeriod,
    robot: Product,
    signed_in: Callable[[User], Client],
) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    given(agency, robot, cast)
    asking = asked(cast, period, agency, "请抓紧。")
    [group] = [one for one in asking.messages if one.channel == Channel.ROBOT]
    assert (group.outlook, group.sign) == (Outlook.NOW, f"robot-a{agency.pk}")
    reminders_deliver(now=NOW)
    assert "统筹部门附言：请抓紧。" in robot.texts[0]
    ahead = asking_ahead(period=period, by=cast.coordinator, now=NOW, agencies={agency.pk})
    [group] = [one for one in ahead.messages if one.channel == Channel.ROBOT]
    assert group.outlook == Outlook.REMINDED
    with time_machine.travel(NOW):
        page = signed_in(cast.coordinator).get(f"/board/remind/?period=2026-10&agency={agency.pk}")
    assert "数据局工作群" in page.content.decode()
    assert WECOM_PATH not in page.content.decode()


def test_groups_are_quiet_outside_of_the_hours_and_are_told_once_afterwards(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    given(cast.reporter.agency, robot, cast)
    night = NOW.replace(hour=22)
    reminders_run(now=night)
    assert [row.state for row in rows()] == [ReminderState.OWED]
    assert not robot.asked
    reminders_run(now=night + dt.timedelta(hours=12))
    assert sorted(row.state for row in rows()) == [ReminderState.CANCELLED, ReminderState.SENT]
    assert len(robot.asked) == 1


def test_a_refusal_is_on_record_tried_again_ever_later_and_then_told_to_coordinators(
    cast: Cast,
    period: ReportingPeriod,
    robot: Product,
    signed_in: Callable[[User], Client],
) -> None:
    given(cast.reporter.agency, robot, cast)
    robot.answer = {"errcode": 93000, "errmsg": "invalid webhook url"}
    # Late enough that no other day's message takes it up.
    moment = NOW.replace(hour=9)
    reminders_run(now=moment)
    [row] = rows()
    assert (row.state, row.attempts) == (ReminderState.OWED, 1)
    assert row.answer == f"{calling.NO_ROBOT} (93000 invalid webhook url)"
    reminders_deliver(now=moment)
    assert len(robot.asked) == 1
    for delay in DELAYS:
        moment += delay
        Reminder.objects.filter(channel=Channel.ROBOT).update(try_after=NOW)
        reminders_deliver(now=NOW)
    [row] = rows()
    assert (row.state, row.attempts) == (ReminderState.FAILED, MOST_ATTEMPTS)
    reminders_run(now=NOW + dt.timedelta(days=1))
    assert Reminder.objects.filter(user=cast.coordinator, items__undelivered=row).exists()
    inbox = signed_in(cast.coordinator).get("/inbox/").content.decode()
    assert "请重新填写机器人的新地址。（93000 invalid webhook url）" in inbox


def test_a_host_that_does_not_answer_holds_up_a_run_once(
    cast: Cast,
    period: ReportingPeriod,
    robot: Product,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "DEADLINE", 0.3)
    for person in (cast.reporter, cast.stranger, cast.co_reporter):
        given(person.agency, robot, cast)
    robot.waits = 1
    outcome = reminders_run(now=NOW)
    assert len(robot.asked) == 1
    assert sorted(row.attempts for row in rows()) == [0, 0, 1]
    assert {row.answer for row in rows()} == {outgoing.TOO_LATE}
    assert outcome.count(Result.WAITS) == 3
    mails = Reminder.objects.filter(channel=Channel.MAIL, user__isnull=False)
    assert {mail.state for mail in mails} == {ReminderState.SENT}
    robot.waits = 0
    reminders_run(now=NOW + DELAYS[0])
    assert [row.state for row in rows()] == [ReminderState.SENT] * 3


def test_a_host_that_is_down_costs_no_group_an_attempt(
    cast: Cast, period: ReportingPeriod, robot: Product, settings: Settings
) -> None:
    away = Product(port=9)
    settings.ROBOT_HOSTS |= {away.origin}
    for person in (cast.reporter, cast.stranger):
        given(person.agency, away, cast)
    given(cast.co_reporter.agency, robot, cast)
    # An hour of runs every ten minutes.
    for _ in range(6):
        outcome = reminders_run(now=NOW)
    told = {row.agency_id: (row.state, row.attempts, row.answer) for row in rows()}
    waits = (ReminderState.OWED, 0, outgoing.NO_CONNECTION)
    assert told[cast.reporter.agency_id] == told[cast.stranger.agency_id] == waits
    assert told[cast.co_reporter.agency_id] == (ReminderState.SENT, 1, "")
    assert outcome.count(Result.WAITS) == 2
    [held_up] = health_at(NOW).held_up
    assert (held_up.channel, held_up.count, held_up.since) == (Channel.ROBOT, 2, NOW)
    for person in (cast.reporter, cast.stranger):
        given(person.agency, robot, cast)
    reminders_run(now=NOW)
    assert {(row.state, row.attempts) for row in rows()} == {(ReminderState.SENT, 1)}
    assert not health_at(NOW).held_up


def test_who_comes_back_to_a_host_that_is_down_overrules_nobody(
    cast: Cast, period: ReportingPeriod
) -> None:
    agency = cast.reporter.agency
    row = Reminder.objects.create(
        day=TODAY, channel=Channel.ROBOT, agency=agency, recorded_at=NOW, attempts=2
    )
    late, now_theirs = Reminder.objects.get(), Reminder.objects.get()
    late.attempts, now_theirs.attempts = 1, 2
    Reminder.objects.update(state=ReminderState.CLAIMED, claimed_until=NOW)
    reminder_unsaid(reminder=late, answer="late")
    row.refresh_from_db()
    assert (row.state, row.attempts, row.answer) == (ReminderState.CLAIMED, 2, "")
    reminder_unsaid(reminder=now_theirs, answer="away")
    row.refresh_from_db()
    assert (row.state, row.attempts, row.answer) == (ReminderState.OWED, 1, "away")
    assert row.claimed_until is None


def test_one_refused_group_holds_up_no_other(
    cast: Cast, period: ReportingPeriod, robot: Product, settings: Settings
) -> None:
    with product() as feishu:
        feishu.answer = {"code": 19001, "msg": "param invalid"}
        settings.ROBOT_HOSTS |= {feishu.origin}
        given(cast.reporter.agency, feishu, cast, FEISHU_PATH)
        given(cast.stranger.agency, robot, cast)
        reminders_run(now=NOW)
        states = {row.agency_id: row.state for row in rows()}
        assert states == {
            cast.reporter.agency_id: ReminderState.OWED,
            cast.stranger.agency_id: ReminderState.SENT,
        }
        feishu.answer = FEISHU_TAKEN
        reminders_run(now=NOW + DELAYS[0])
    assert [row.state for row in rows()] == [ReminderState.SENT] * 2


def test_what_was_handed_in_meanwhile_is_not_told_and_a_removed_robot_tells_nothing(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    given(agency, robot, cast)
    given(cast.stranger.agency, robot, cast)
    night = NOW.replace(hour=7)
    reminders_run(now=night)
    handed_in(task_numbered(4), period, cast.reporter)
    assert cast.stranger.agency is not None
    robot_remove(now=NOW, agency=cast.stranger.agency, by=cast.administrator)
    reminders_deliver(now=NOW)
    [text] = robot.texts
    assert "第4项任务，" not in text
    gone = Reminder.objects.get(channel=Channel.ROBOT, agency=cast.stranger.agency)
    assert (gone.state, gone.answer) == (ReminderState.CANCELLED, ROBOT_GONE)


def test_a_merged_agencys_group_is_told_no_more_and_its_key_is_gone(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    from progress.mergers import agency_merge

    agency, successor = cast.stranger.agency, Agency.objects.get(name="市商务局")
    assert agency is not None
    given(agency, robot, cast)
    reminders_run(now=NOW.replace(hour=7))
    agency_merge(
        agency=agency,
        successor=successor,
        by=cast.administrator,
        now=NOW,
        seen="",
        effective_on=TODAY,
        document="",
        reason="机构改革",
    )
    assert not AgencyRobot.objects.exists()
    [row] = rows()
    assert (row.state, row.answer) == (ReminderState.CANCELLED, PASSED_ON)
    reminders_deliver(now=NOW)
    assert not robot.asked


def test_nothing_of_the_address_is_in_the_ledger_the_log_or_the_command(
    cast: Cast,
    period: ReportingPeriod,
    robot: Product,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
    signed_in: Callable[[User], Client],
) -> None:
    key = WECOM_PATH.partition("key=")[2]
    given(cast.reporter.agency, robot, cast)
    robot.answer = {"errcode": 40001, "errmsg": f"bad key {key}"}
    reminders_run(now=NOW)
    call_command("send_reminders", "--date", "2026-10-22", "--dry-run")
    said = capsys.readouterr().out

    assert "数据局工作群" in said
    ledger = signed_in(cast.coordinator).get("/api/v1/reminders/?channel=robot").content.decode()
    assert '"channel":"robot"' in ledger
    for text in (said, caplog.text, ledger, rows()[0].answer):
        assert key not in text


def test_the_hours_of_the_rules_count_for_groups_as_for_mail(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    given(cast.reporter.agency, robot, cast)
    policy = Policy.current()
    policy.send_from, policy.send_until = dt.time(14), dt.time(15)
    policy.save()
    outcome = reminders_run(now=NOW, dry_run=True)
    [line] = [one for one in outcome.lines if one.channel == Channel.ROBOT]
    assert line.result == Result.WAITS
    assert outcome.waits_until == timezone.make_aware(dt.datetime.combine(TODAY, dt.time(14)))


def test_what_a_long_run_leaves_over_is_the_next_ones(
    cast: Cast, period: ReportingPeriod, robot: Product
) -> None:
    given(cast.reporter.agency, robot, cast)
    asked_for: list[None] = []

    def clock() -> dt.datetime:
        """A minute later each time; the mails take all that there is."""
        asked_for.append(None)
        return NOW + dt.timedelta(minutes=len(asked_for))

    reminders_run(now=NOW, clock=clock)
    assert [(row.state, row.attempts) for row in rows()] == [(ReminderState.OWED, 0)]
    reminders_run(now=NOW + dt.timedelta(hours=1))
    assert len(robot.asked) == 1
