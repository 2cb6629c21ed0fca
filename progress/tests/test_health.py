"""Each job leaves a trace of its runs, and a page says in plain words what does not run."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, Cast
from progress import health, jobs
from progress.health import ALLOWANCE, JobState, health_at, job_traced, last_ordered_at
from progress.models import JobRun, Reminder, ReportingPeriod
from progress.reminders import reminders_run
from progress.timetable import TIMETABLE
from progress.workers import Queue
from tianjin_pilot.environment import mail_from

SEND = "progress.jobs.send_reminders"
MINUTE = dt.timedelta(minutes=1)
SignedIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def a_worker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real ones, and how it looks without: tianjin_pilot/tests/test_probes.py."""
    monkeypatch.setattr(health, "queue_standing", lambda: Queue(waiting=3, worker_answers=True))


def ran(job: str, at: dt.datetime, *, is_ordered: bool = True) -> None:
    with job_traced(job=job, is_ordered=is_ordered, clock=lambda: at):
        pass


def all_ran(at: dt.datetime) -> None:
    for entry in TIMETABLE:
        ran(entry.job, at)


def standing(job: str, now: dt.datetime) -> health.JobHealth:
    return next(one for one in health_at(now).jobs if one.entry.job == job)


@pytest.mark.django_db
def test_a_job_leaves_when_it_began_and_ended_and_what_ended_it(register: None) -> None:
    jobs.send_reminders()
    run = JobRun.objects.get()
    assert (run.job, run.fault, run.ordered_at) == (SEND, "", None)
    assert run.ended_at is not None
    assert run.started_at <= run.ended_at
    with pytest.raises(ValueError, match="no day"):
        jobs.send_reminders(date="no day")
    run = JobRun.objects.get()
    assert run.fault == "ValueError"
    # What an error says may quote what is nobody's to read.
    assert "no day" not in str(vars(run))


@pytest.mark.django_db
def test_a_run_that_is_killed_is_cut_off_once_it_can_run_no_longer() -> None:
    ran(SEND, NOW)
    JobRun.objects.update(ended_at=None)
    assert standing(SEND, NOW + ALLOWANCE).state == JobState.RUNNING
    late = NOW + ALLOWANCE + MINUTE
    assert standing(SEND, late).state == JobState.CUT_OFF
    ran(SEND, late)
    assert standing(SEND, late).state == JobState.DONE


@pytest.mark.django_db
def test_what_has_not_begun_a_quarter_of_an_hour_after_its_time_is_overdue() -> None:
    all_ran(NOW)
    due = NOW + 10 * MINUTE
    assert standing(SEND, NOW).next_at == due
    assert not standing(SEND, due + ALLOWANCE).is_overdue
    overdue = standing(SEND, due + ALLOWANCE + MINUTE)
    assert (overdue.is_overdue, overdue.next_at) == (True, due)


@pytest.mark.django_db
def test_a_run_that_a_person_asked_for_is_no_sign_that_beat_lives() -> None:
    all_ran(NOW)
    ran(SEND, NOW + 60 * MINUTE, is_ordered=False)
    assert standing(SEND, NOW + 60 * MINUTE).is_overdue
    assert last_ordered_at() == NOW


@pytest.mark.django_db
def test_a_sentence_says_what_is_wrong_and_the_cause_alone() -> None:
    all_ran(NOW)
    assert health_at(NOW).warnings == []
    assert health_at(NOW + ALLOWANCE).warnings == []
    a_week_later = NOW + dt.timedelta(days=7)
    for silent in (NOW + ALLOWANCE + MINUTE, a_week_later):
        [nothing_ordered] = health_at(silent).warnings
        assert "定时调度" in nothing_ordered
    all_ran(a_week_later)
    JobRun.objects.filter(job=SEND).update(ordered_at=NOW)
    [one_is_late] = health_at(a_week_later).warnings
    assert "发送催报" in one_is_late
    assert "2026-10-22 10:10" in one_is_late
    JobRun.objects.filter(job=SEND).update(ordered_at=a_week_later, fault="OSError")
    [failed] = health_at(a_week_later).warnings
    assert "OSError" in failed


@pytest.mark.django_db
def test_messages_whose_server_cannot_be_used_are_said_with_what_it_said(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    all_ran(NOW)
    for name, value in mail_from("smtp://127.0.0.1:9").items():
        setattr(settings, name, value)
    reminders_run(now=NOW)
    waiting = Reminder.objects.filter(channel="mail", state="owed").count()
    [held_up] = health_at(NOW).warnings
    assert waiting > 1
    assert held_up.startswith(f"有{waiting}条催报（电子邮件）自2026-10-22 10:00起等待发送")
    assert "Connection refused" in held_up


@pytest.mark.django_db
def test_a_beat_that_never_began_is_said_too() -> None:
    [nothing_ordered] = health_at(NOW).warnings
    assert "定时调度" in nothing_ordered


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["coordinator", "administrator"])
def test_the_page_shows_last_and_next_run_and_what_waits(
    who: str, cast: Cast, signed_in: SignedIn
) -> None:
    all_ran(NOW)
    page = signed_in(getattr(cast, who)).get("/reminders/running/").content.decode()
    assert "2026-10-22 10:00" in page
    assert "<dd>3</dd>" in page
    for entry in TIMETABLE:
        assert entry.label in page


@pytest.mark.django_db
def test_the_day_of_reminders_begins_with_what_does_not_run(
    cast: Cast, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "queue_standing", lambda: None)
    page = signed_in(cast.coordinator).get("/reminders/").content.decode()
    assert page.index("消息代理无法连接") < page.index("后台作业与时间表")


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reporter", "approver", "leader", "auditor"])
def test_nobody_else_sees_it(who: str, cast: Cast, signed_in: SignedIn) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    assert signed_in(getattr(cast, who)).get("/reminders/running/").status_code == 403
