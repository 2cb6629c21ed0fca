"""Who gets what and why on a day: as it was, as it stands, and as it comes if nothing changes."""

import datetime as dt

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import Audience, Channel, Reminder, ReminderState, ReportingPeriod, Rule
from progress.reminders import DayLines, Line, Result, Tense, lines_on, reminders_run
from progress.tests.acts import contributions_owed_by_nobody, handed_in, task_numbered
from progress.tests.reminding import at
from progress.workflow.pauses import PauseOf, reminder_pause_begin
from tasks.models import Task

DAY = dt.timedelta(days=1)
EARLY = NOW.replace(hour=6)


def told(found: DayLines) -> dict[tuple[object, ...], set[tuple[object, ...]]]:
    """Each message with what it asks for, whose step it passes, and how near that is."""
    return {
        line.key: {
            (item.key, item.step, item.escalated, step)
            for item, step in zip(line.items, line.steps, strict=True)
        }
        for line in found.lines
    }


def line_of(found: DayLines, user: User, channel: Channel = Channel.MAIL) -> Line:
    [line] = [
        one for one in found.lines if one.recipient.user_id == user.pk and one.channel == channel
    ]
    return line


@pytest.fixture
def leaders(cast: Cast, period: ReportingPeriod) -> None:
    """What is late escalates to an agency's leader as well, an agency without people has an
    address, and reminders of two agencies are paused."""
    Agency.objects.filter(name="市数据局").update(leader="李局", leader_email="li@example.org")
    Agency.objects.filter(name="市商务局").update(contact_email="office@example.org")
    for agency, first, last in (("市通信管理局", 20, 27), ("市数据局", 24, 24)):
        reminder_pause_begin(
            of=PauseOf(agency=Agency.objects.get(name=agency)),
            reason="系统切换",
            from_on=dt.date(2026, 10, first),
            until=dt.date(2026, 10, last),
            by=cast.coordinator,
            now=NOW.replace(day=19),
        )


def test_a_later_day_is_foretold_as_it_then_comes(leaders: None, cast: Cast) -> None:
    days = [TODAY + n * DAY for n in range(9)]
    reminders_run(now=at(dt.date(2026, 10, 19)))
    foretold = {day: told(lines_on(day=day, now=EARLY)) for day in days}
    for day in days:
        reminders_run(now=at(day))
    for day in days:
        kept = lines_on(day=day, now=at(days[-1] + DAY))
        assert told(kept) == foretold[day], day
    # A weekend, and working days on which no step is passed, have nothing; others have much.
    assert {len(lines) > 0 for lines in foretold.values()} == {True, False}
    audiences = {key[-1] for lines in foretold.values() for key in lines}
    assert audiences == {"", *Audience} - {Audience.OFFICE}


def test_what_is_foretold_of_today_is_what_the_next_run_does(leaders: None, cast: Cast) -> None:
    foretold = lines_on(day=TODAY, now=NOW)
    assert foretold.tense == Tense.TODAY
    assert not Reminder.objects.exists()
    reminders_run(now=NOW)
    kept = lines_on(day=TODAY, now=NOW)
    assert told(kept) == told(foretold)
    changed = {
        (one.result, two.result) for one, two in zip(foretold.lines, kept.lines, strict=True)
    }
    assert changed == {
        (Result.WOULD_BE_SENT, Result.SENT),
        (Result.UNREACHABLE, Result.UNREACHABLE),
    }
    assert {line.at for line in kept.lines if line.result == Result.SENT} == {NOW}


def test_a_day_that_has_passed_shows_what_was_really_said(
    cast: Cast, period: ReportingPeriod
) -> None:
    reminders_run(now=NOW)
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    Reminder.objects.filter(user=cast.stranger, channel=Channel.MAIL).update(
        state=ReminderState.FAILED, sent_at=None, attempts=5, answer="550 no such user"
    )
    found = lines_on(day=TODAY, now=NOW + DAY)
    assert found.tense == Tense.PAST
    mail = line_of(found, cast.reporter)
    assert (mail.result, mail.at) == (Result.SENT, NOW)
    assert {item.task_number for item in mail.items if item.rule == Rule.REPORT} == {4, 5, 6, 7, 8}
    assert set(mail.steps) == {-2}, "first told on the day after the step of two days before"
    lost = line_of(found, cast.stranger)
    assert (lost.result, lost.answer) == (Result.FAILED, "550 no such user")
    before = lines_on(day=TODAY - DAY, now=NOW)
    assert (before.lines, before.first_day) == ([], TODAY)


def test_what_is_listed_along_passes_no_step(cast: Cast, period: ReportingPeriod) -> None:
    contributions_owed_by_nobody()
    reminders_run(now=at(dt.date(2026, 10, 16)))
    report = handed_in(task_numbered(4), period, cast.reporter, now=at(dt.date(2026, 10, 17)))
    report.state = "returned"
    report.save(update_fields=["state"])
    found = lines_on(day=dt.date(2026, 10, 19), now=at(dt.date(2026, 10, 19)))
    line = line_of(found, cast.reporter, Channel.INBOX)
    steps = dict(zip((item.rule for item in line.items), line.steps, strict=True))
    assert steps == {Rule.RETURNED: -5, Rule.REPORT: None}


def test_mail_that_waits_is_of_the_day_on_which_it_goes(
    cast: Cast, period: ReportingPeriod
) -> None:
    saturday, monday = dt.date(2026, 10, 17), dt.date(2026, 10, 19)
    reminders_run(now=at(saturday))
    waiting = line_of(lines_on(day=saturday, now=at(saturday)), cast.reporter)
    assert (waiting.result, waiting.at) == (Result.WAITS, at(monday, 8))
    ahead = line_of(lines_on(day=monday, now=at(saturday)), cast.reporter)
    assert (ahead.result, ahead.at) == (Result.WOULD_BE_SENT, at(monday, 8))
    assert {item.step for item in ahead.items} == {-4}
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    contributions_owed_by_nobody()
    settled = line_of(lines_on(day=saturday, now=at(saturday, 12)), cast.reporter)
    assert settled.result == Result.CANCELLED
    reminders_run(now=at(monday))
    assert line_of(lines_on(day=saturday, now=at(monday)), cast.stranger).at == at(monday)
    sent = line_of(lines_on(day=monday, now=at(monday)), cast.stranger)
    assert (sent.result, sent.day) == (Result.SENT, saturday)


def test_a_day_takes_as_many_statements_however_much_is_owed(
    leaders: None, cast: Cast, period: ReportingPeriod
) -> None:
    def costs() -> list[int]:
        counts = []
        for day in (TODAY, TODAY + DAY, TODAY + 2 * DAY):
            with CaptureQueriesContext(connection) as captured:
                lines_on(day=day, now=NOW + DAY)
            counts.append(len(captured))
        return counts

    tasks = list(Task.objects.led_by(cast.reporter.agency_ids).order_by("number"))
    reminders_run(now=NOW)
    much = costs()
    Reminder.objects.exclude(user=cast.reporter).delete()
    Agency.objects.exclude(users=cast.reporter).update(contact_email="x@example.org")
    for task in tasks[:4]:
        handed_in(task, period, cast.reporter)
    assert costs() == much
    assert max(much) < 64


def test_the_command_tells_the_same_days(
    cast: Cast, period: ReportingPeriod, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(date: str) -> str:
        with time_machine.travel(NOW + DAY, tick=False):
            call_command("send_reminders", date=date, dry_run=True)
        return capsys.readouterr().out

    reminders_run(now=NOW)
    past = said("2026-10-22")
    assert "张报 [市数据局] by inbox: sent 2026-10-22 10:00" in past
    assert "step: 2 working days before the due date" in past
    assert "as recorded and really sent; dry run, nothing written." in past
    assert "2026-10-21: nothing is known of this day; the outbox begins later." in said(
        "2026-10-21"
    )
    ahead = said("2026-10-26")
    assert "张报 [市数据局] by inbox: would be sent" in ahead
    assert "step: 1 working day after the due date" in ahead
    assert "foretold from what is owed now" in ahead
    assert "2026-10-25: nobody has to be reminded of anything." in said("2026-10-25")
