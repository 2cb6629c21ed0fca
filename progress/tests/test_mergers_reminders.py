"""Who is told what is owed once an agency was merged or a task given to another."""

import datetime as dt
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from agencies.models import Agency
from conftest import SHANGHAI, TODAY, Cast
from progress.models import (
    Channel,
    Policy,
    Reminder,
    ReminderState,
    ReportingPeriod,
)
from progress.reminders import reminders_run
from progress.reminders.messages import messages_of
from progress.reminders.outbox import PASSED_ON, reminder_claim, reminders_record
from progress.reminders.owed import owed_on
from progress.tests.acts import contributions_owed_by_nobody
from progress.tests.agencies_changed import LATER, NEW, OLD, agency, given_to, merged
from progress.workdays import WorkCalendar
from tasks.models import Task

# Before the hours of sending: what is found waits.
EARLY = dt.datetime.combine(TODAY, dt.time(7), SHANGHAI)


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> None:
    contributions_owed_by_nobody()


@pytest.fixture
def mail_files(settings: Settings, tmp_path: Path) -> Path:
    """Mail is written into files of this folder."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return Path(settings.EMAIL_FILE_PATH)


def test_mail_to_an_address_goes_to_the_successors_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    old, new = "市商务局", "市科技局"
    for name in (old, new):
        Agency.objects.filter(name=name).update(contact_email=f"{agency(name).pk}@example.org")
    reminders_run(now=dt.datetime.combine(TODAY, dt.time(7), SHANGHAI))
    waiting = Reminder.objects.filter(user=None, state=ReminderState.OWED)
    items = {
        item.task_id
        for row in waiting.filter(agency__name__in=[old, new])
        for item in row.items.all()
    }
    assert waiting.filter(agency__name=old).count() == 1
    merged(cast, old, new)
    rows = list(waiting.filter(agency__name__in=[old, new]))
    assert [str(row.agency) for row in rows] == [new]
    assert {item.task_id for item in rows[0].items.all()} == items


def test_an_address_alone_is_handed_on(cast: Cast) -> None:
    Agency.objects.filter(name=OLD).update(contact_email="office@example.org")
    merged(cast)
    assert agency(NEW).contact_email == "office@example.org"


def test_nobody_is_chased_for_a_task_that_is_anothers_by_now(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    reminders_run(now=EARLY)
    mine = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    led = Task.objects.led_by(cast.reporter.agency_ids).exclude(number=4)
    assert mine.items.filter(task__number=4).exists()
    given_to(cast, "市通信管理局")
    reminders_run(now=LATER)
    mine.refresh_from_db()
    assert mine.state == ReminderState.SENT
    assert set(mine.items.values_list("task", flat=True)) == set(led.values_list("pk", flat=True))


def test_a_message_that_has_lost_all_its_tasks_is_not_sent(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    reminders_run(now=EARLY)
    for task in Task.objects.led_by(cast.reporter.agency_ids):
        given_to(cast, "市通信管理局", number=task.number)
    reminders_run(now=LATER)
    assert Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL).state == (
        ReminderState.CANCELLED
    )


def test_a_message_found_before_a_merger_does_not_go_to_the_address_that_has_ended(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    old, new = "市商务局", "市科技局"
    Agency.objects.filter(name=old).update(contact_email="old@example.org")
    owed = owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
    merged(cast, old, new)
    # A run that had looked before the merger records and sends after it.
    reminders_record(messages=messages_of(owed), today=TODAY, now=LATER)
    row = Reminder.objects.get(agency__name=old, user=None)
    assert (
        reminder_claim(reminder_id=row.pk, today=LATER.date(), now=LATER, calendar=WorkCalendar())
        is None
    )
    row.refresh_from_db()
    assert (row.state, row.answer) == (ReminderState.CANCELLED, PASSED_ON)
    told = owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
    assert old not in {one.recipient.agency_name for one in told}


def test_a_merger_before_the_mail_leaves_sends_each_report_once(
    cast: Cast, period: ReportingPeriod, mail_files: Path
) -> None:
    reminders_run(now=EARLY)
    merged(cast)
    reminders_run(now=LATER)
    mails = Reminder.objects.filter(channel=Channel.MAIL, state=ReminderState.SENT)
    [mine] = mails.filter(user=cast.co_reporter)
    assert str(mine.agency) == NEW
    led = Task.objects.led_by([agency(NEW).pk])
    assert set(mine.items.values_list("task", flat=True)) <= set(led.values_list("pk", flat=True))
