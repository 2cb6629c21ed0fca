"""What is owed is found by rule, recorded once, and sent once, when sending is allowed."""

import datetime as dt
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.db.models import Count
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Channel,
    Policy,
    Reminder,
    ReminderItem,
    ReminderState,
    ReportingPeriod,
    Rule,
)
from progress.reminders import Result, owed_on, reminders_run
from progress.reminders.outbox import DELAYS
from progress.reminders.owed import due_sentence
from progress.tests.acts import contributions_owed_by_nobody, handed_in, saved, task_numbered
from progress.tests.reminding import at, owed_by
from progress.workdays import WorkCalendar
from tasks.models import Task
from tianjin_pilot.tests import services


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> None:
    contributions_owed_by_nobody()


@pytest.fixture
def mail_files(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    return tmp_path


def test_a_report_is_owed_from_its_first_step_on(cast: Cast, period: ReportingPeriod) -> None:
    # Due on Friday the 23rd; the Friday before is five working days before, a weekend counts none.
    assert owed_by(cast.reporter, dt.date(2026, 10, 15)) == set()
    led = {4, 5, 6, 7, 8}
    assert owed_by(cast.reporter, dt.date(2026, 10, 16)) == led
    assert owed_by(cast.reporter, dt.date(2026, 10, 23)) == led
    assert owed_by(cast.reporter, dt.date(2027, 3, 1)) == led, "long after, and in an unknown year"


def test_nothing_is_owed_of_a_report_that_was_handed_in(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    saved(task_numbered(5), period, cast.reporter)
    assert owed_by(cast.reporter) == {5, 6, 7, 8}


def test_a_report_in_agency_review_is_owed_by_the_approver(
    cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    handed_in(task_numbered(4), period, cast.reporter)
    assert owed_by(cast.approver) == {4}
    assert 4 not in owed_by(cast.reporter)
    owed = owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
    assert {o.item.rule for o in owed if o.item.task_number == 4} == {Rule.AGENCY_REVIEW}


def test_an_agency_without_people_is_told_at_its_contact_address_else_named(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    Agency.objects.filter(name="市商务局").update(contact_email="office@example.org")
    outcome = reminders_run(now=NOW)
    [office] = [line for line in outcome.lines if line.recipient.agency_name == "市商务局"]
    assert (office.result, office.recipient.address) == (Result.SENT, "office@example.org")
    body = [one for one in outcome.lines if one.recipient.agency_name.endswith("成员单位")]
    assert [line.result for line in body] == [Result.UNREACHABLE]
    row = Reminder.objects.get(agency__name="市教委")
    assert row.state == ReminderState.FAILED
    assert "Nobody can be reached" in row.answer


def test_a_collective_body_is_told_through_the_agency_it_acts_through(
    cast: Cast, period: ReportingPeriod
) -> None:
    data_office = Agency.objects.get(name="市数据局")
    Agency.objects.filter(name__endswith="成员单位").update(acts_through=data_office)
    assert 131 in owed_by(cast.reporter)


def test_a_person_gets_one_message_a_day_and_channel_that_lists_all(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    reminders_run(now=NOW)
    mine = Reminder.objects.filter(user=cast.reporter)
    assert sorted(mine.values_list("channel", "state")) == [
        (Channel.INBOX, ReminderState.SENT),
        (Channel.MAIL, ReminderState.SENT),
    ]
    assert {one.items.count() for one in mine} == {5}


def test_a_second_run_on_the_same_day_records_and_sends_nothing_new(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    reminders_run(now=NOW)
    rows = list(Reminder.objects.order_by("pk").values())
    mails = sorted(p.name for p in mail_files.iterdir())
    outcome = reminders_run(now=NOW + dt.timedelta(hours=1))
    assert outcome.recorded == 0
    assert outcome.count(Result.SENT) == 0
    assert list(Reminder.objects.order_by("pk").values()) == rows
    assert sorted(p.name for p in mail_files.iterdir()) == mails


def test_nobody_who_handed_in_a_minute_before_is_mailed(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    early = at(TODAY, hour=6)
    reminders_run(now=early)
    waiting = Reminder.objects.get(user=cast.stranger, channel=Channel.MAIL)
    assert waiting.state == ReminderState.OWED
    for number in (1, 2, 3):
        handed_in(task_numbered(number), period, cast.stranger)
    reminders_run(now=NOW)
    waiting.refresh_from_db()
    assert waiting.state == ReminderState.CANCELLED
    # Of the reporter's five only what is still owed is sent.
    handed = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert handed.state == ReminderState.SENT


def test_what_waits_over_a_weekend_arrives_once(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    for day in (dt.date(2026, 10, 24), dt.date(2026, 10, 25)):
        outcome = reminders_run(now=at(day))
        assert outcome.waits_until == at(dt.date(2026, 10, 26), hour=8)
        assert outcome.count(Result.WAITS) > 0
    reminders_run(now=at(dt.date(2026, 10, 26)))
    mails = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL).order_by("day")
    # On Monday the next step is crossed: that message takes up the one of the weekend.
    assert list(mails.values_list("day", "state")) == [
        (dt.date(2026, 10, 24), ReminderState.CANCELLED),
        (dt.date(2026, 10, 26), ReminderState.SENT),
    ]


def test_what_waits_while_no_step_is_crossed_is_sent_as_near_as_it_is_by_then(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    # Recorded on Saturday, five working days before; sent on Monday, four before.
    reminders_run(now=at(dt.date(2026, 10, 17)))
    assert reminders_run(now=at(dt.date(2026, 10, 18))).recorded == 0
    monday = at(dt.date(2026, 10, 19))
    foretold = reminders_run(now=monday, dry_run=True)
    assert reminders_run(now=monday).count(Result.SENT) == foretold.count(Result.WOULD_BE_SENT) == 5
    [row] = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL)
    assert (row.day, row.state) == (dt.date(2026, 10, 17), ReminderState.SENT)
    assert set(row.items.values_list("step", flat=True)) == {-4}
    [mail] = [one for one in mailoutbox if one.to == [cast.reporter.email]]
    sentence = due_sentence(due_on=period.due_on, step=-4, today=monday.date())
    assert str(mail.body).count(sentence) == 5


def test_mail_goes_out_on_a_make_up_saturday_and_not_on_a_holiday() -> None:
    from progress.reminders.lines import sending_waits_until

    policy, calendar = Policy(), WorkCalendar()
    saturday = at(dt.date(2026, 10, 10))
    assert sending_waits_until(now=saturday, policy=policy, calendar=calendar) is None
    holiday = at(dt.date(2026, 10, 1))
    assert sending_waits_until(now=holiday, policy=policy, calendar=calendar) == at(
        dt.date(2026, 10, 8), hour=8
    )
    night = at(dt.date(2026, 10, 9), hour=23)
    assert sending_waits_until(now=night, policy=policy, calendar=calendar) == at(
        dt.date(2026, 10, 10), hour=8
    )


def test_the_message_names_tasks_and_dates_and_never_the_reports_text(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    reminders_run(now=NOW)
    [text] = [
        p.read_text() for p in mail_files.iterdir() if "reporter@example.org" in p.read_text()
    ]
    assert "Auto-Submitted: auto-generated" in text
    row = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert f"Message-ID: <reminder-{row.pk}@" in text
    assert "举措1已推进" not in text


def test_finding_and_recording_take_as_many_statements_for_all_as_for_few(
    cast: Cast, period: ReportingPeriod
) -> None:
    night = at(TODAY, hour=23)
    User.objects.filter(pk=cast.coordinator.pk).update(is_active=True)
    with CaptureQueriesContext(connection) as few:
        reminders_run(now=night, dry_run=True)
    for number in range(9, 30):
        User.objects.create_user(
            f"person{number}",
            name=f"第{number}人",
            role="reporter",
            agency=Agency.objects.all()[number],
        )
    with CaptureQueriesContext(connection) as many:
        reminders_run(now=night, dry_run=True)
    assert len(many) == len(few)


@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_time_record_each_row_once(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            reminders_run(now=NOW)
        except BaseException as error:  # noqa: BLE001 - told below, in the thread of the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    doubled = Reminder.objects.values("day", "channel", "user", "agency").annotate(n=Count("pk"))
    assert not doubled.filter(n__gt=1).exists()
    assert not Reminder.objects.annotate(n=Count("items")).filter(n=0).exists()
    mails = [p for p in mail_files.iterdir() if "reporter@example.org" in p.read_text()]
    sent = sum(p.read_text().count("To: reporter@example.org") for p in mails)
    assert sent == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_one_refused_address_holds_up_no_other(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    User.objects.filter(pk=cast.reporter.pk).update(email="no-such-box@refused.example.org")
    with services.mail_server(refuses="refused.example.org") as (url, mails):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(url.rsplit(":", 1)[1])
        outcome = reminders_run(now=NOW)
        for _ in range(3):
            reminders_run(now=NOW)
    refused = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert (refused.state, refused.attempts) == (ReminderState.OWED, 1)
    assert refused.try_after == NOW + DELAYS[0]
    assert "550" in refused.answer
    [line] = [one for one in outcome.lines if one.answer.startswith("550")]
    assert line.result == Result.WAITS, "another attempt follows"
    assert {str(m["X-Envelope-To"]) for m in mails} == {
        "colleague@example.org",
        "coordinator@example.org",
        "co-reporter@example.org",
        "stranger@example.org",
    }
    assert len(mails) == 4


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_down_is_on_record_and_tried_again(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    outcome = reminders_run(now=NOW)
    assert outcome.count(Result.WAITS) == 5
    inbox = Reminder.objects.filter(channel=Channel.INBOX)
    assert set(inbox.values_list("state", flat=True)) == {ReminderState.SENT}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert reminders_run(now=NOW).count(Result.SENT) == 5


def test_the_command_says_who_gets_what_and_why(
    cast: Cast,
    period: ReportingPeriod,
    mail_files: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with time_machine.travel(NOW, tick=False):
        call_command("send_reminders", date="2026-10-22", dry_run=True)
    told = capsys.readouterr().out
    assert "张报 [市数据局] by inbox: would be sent" in told
    assert "2026-10 task 4 (A report to hand in): due 2026-10-23, 1 working day left" in told
    assert "dry run, nothing written" in told
    assert not Reminder.objects.exists()
    call_command("send_reminders", date="2026-10-22")
    assert Reminder.objects.filter(day=TODAY).exists()
    assert ReminderItem.objects.filter(task=Task.objects.get(number=4)).exists()
    capsys.readouterr()
    call_command("send_reminders", date="2026-10-15")
    assert "2026-10-15: nothing is owed." in capsys.readouterr().out


@pytest.mark.parametrize("date", ["yesterday", "2026-13-01", "1899-01-01", ""])
def test_a_date_that_is_none_is_named(date: str, db: None) -> None:
    with pytest.raises(CommandError):
        call_command("send_reminders", date=date)
