"""Rule: a coordinator pauses the reminders of an agency, a task or a period, with a reason."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Channel,
    Reminder,
    ReminderPause,
    ReminderState,
    ReportingPeriod,
    Rule,
)
from progress.reminders import asking_ahead, reminders_run
from progress.reminders.outbox import MOST_ATTEMPTS
from progress.tests.acts import contributions_owed_by_nobody, task_numbered
from progress.tests.reminding import at, owed_by
from progress.workflow import (
    Conflict,
    PauseOf,
    period_close,
    reminder_pause_begin,
    reminder_pause_end,
)

SignedIn = Callable[[User], Client]
REASON = "该局机构改革，暂不催报"


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> None:
    contributions_owed_by_nobody()


def paused(
    cast: Cast,
    *,
    from_on: dt.date = TODAY,
    until: dt.date | None = None,
    by: User | None = None,
    reason: str = REASON,
    now: dt.datetime = NOW,
    **of: object,
) -> ReminderPause:
    return reminder_pause_begin(
        of=PauseOf(**of),  # type: ignore[arg-type]
        reason=reason,
        from_on=from_on,
        until=until,
        by=by or cast.coordinator,
        now=now,
    )


# --- what it keeps back ---------------------------------------------------------------------------


def test_nothing_is_recorded_of_what_is_paused_and_the_rest_is_asked_for(
    cast: Cast, period: ReportingPeriod
) -> None:
    paused(cast, task=task_numbered(4))
    assert owed_by(cast.reporter) == {5, 6, 7, 8}
    agency = paused(cast, agency=cast.reporter.agency)
    assert owed_by(cast.reporter) == set()
    assert owed_by(cast.stranger)
    reminders_run(now=NOW)
    assert not Reminder.objects.filter(user=cast.reporter).exists()
    paused(cast, period=period)
    assert owed_by(cast.stranger) == set()
    assert owed_by(cast.coordinator) == set(), "nobody is unreachable of whom nothing is asked"
    reminder_pause_end(pause=agency, by=cast.coordinator, now=NOW)
    assert owed_by(cast.reporter) == set(), "the period is paused as well"


def test_a_body_of_members_is_paused_with_the_agency_that_it_acts_through(
    cast: Cast, period: ReportingPeriod
) -> None:
    Agency.objects.filter(name__endswith="成员单位").update(acts_through=cast.reporter.agency)
    assert 131 in owed_by(cast.reporter)
    paused(cast, agency=cast.reporter.agency)
    assert owed_by(cast.reporter) == set()


def test_a_pause_holds_from_its_first_day_to_its_last(cast: Cast, period: ReportingPeriod) -> None:
    last = dt.date(2026, 10, 24)
    paused(cast, from_on=dt.date(2026, 10, 23), until=last, task=task_numbered(4))
    assert [4 in owed_by(cast.reporter, TODAY + dt.timedelta(days=n)) for n in range(5)] == [
        True,
        False,
        False,
        True,
        True,
    ]


def test_what_waits_when_the_pause_begins_is_not_sent(cast: Cast, period: ReportingPeriod) -> None:
    reminders_run(now=at(TODAY, 6))
    paused(cast, agency=cast.reporter.agency, now=at(TODAY, 7))
    reminders_run(now=NOW)
    mail = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert mail.state == ReminderState.CANCELLED


def test_resuming_tells_the_latest_step_once(cast: Cast, period: ReportingPeriod) -> None:
    reminders_run(now=at(dt.date(2026, 10, 16)))
    pause = paused(
        cast,
        from_on=dt.date(2026, 10, 19),
        agency=cast.reporter.agency,
        now=at(dt.date(2026, 10, 19)),
    )
    mails = Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL)
    # The steps of -2, 0 and 1 are crossed meanwhile.
    for day in (21, 23, 26):
        reminders_run(now=at(dt.date(2026, 10, day)))
    assert mails.count() == 1
    reminder_pause_end(pause=pause, by=cast.coordinator, now=at(dt.date(2026, 10, 27)))
    for day in (27, 27):
        reminders_run(now=at(dt.date(2026, 10, day)))
    steps = [set(mail.items.values_list("step", flat=True)) for mail in mails.order_by("day")]
    assert steps == [{-5}, {2}]


def test_reminding_by_hand_says_what_is_paused_and_asks_nobody_of_it(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    agency_id = cast.reporter.agency_id
    assert agency_id is not None
    pause = paused(cast, agency=cast.reporter.agency)
    asking = asking_ahead(period=period, by=cast.coordinator, now=NOW, agencies={agency_id})
    assert (asking.agencies, asking.nothing_owed, asking.pauses) == ([], [], [pause])
    with time_machine.travel(NOW):
        page = signed_in(cast.coordinator).post(
            "/board/remind/", {"period": period.code, "agency": agency_id}
        )
    assert REASON in page.content.decode()


@pytest.mark.parametrize("what", ["task", "period", "body"])
def test_by_hand_nobody_is_said_to_owe_nothing_of_whom_a_pause_keeps_something_back(
    what: str, cast: Cast, period: ReportingPeriod
) -> None:
    body = Agency.objects.get(name__endswith="成员单位")
    body.acts_through = cast.reporter.agency
    body.save()
    own = task_numbered(131)
    if what == "body":
        pause = paused(cast, agency=cast.reporter.agency)
    else:
        pause = paused(cast, **({"task": own} if what == "task" else {"period": period}))
    asking = asking_ahead(
        period=period, by=cast.coordinator, now=NOW, agencies={body.pk}, tasks={131}
    )
    assert (asking.agencies, asking.nothing_owed, asking.pauses) == ([], [], [pause])


def test_a_given_up_message_of_an_agency_is_told_to_nobody_once_that_is_paused(
    cast: Cast, period: ReportingPeriod
) -> None:
    reminders_run(now=at(TODAY))
    Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL).update(
        state=ReminderState.FAILED, sent_at=None, attempts=MOST_ATTEMPTS, answer="550"
    )
    next_day = TODAY + dt.timedelta(days=1)
    reminders_run(now=at(next_day, 6))
    waiting = Reminder.objects.filter(user=cast.coordinator, channel=Channel.MAIL, day=next_day)
    assert waiting.get().items.filter(rule=Rule.UNDELIVERED).exists()
    paused(cast, agency=cast.reporter.agency, from_on=next_day, now=at(next_day, 7))
    reminders_run(now=at(next_day))
    assert not waiting.get().items.filter(rule=Rule.UNDELIVERED).exists()


# --- who, and what is refused ---------------------------------------------------------------------


def test_nobody_but_a_coordinator_pauses_or_lets_go_on(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    pause = paused(cast, task=task_numbered(4))
    typed = {"reason": REASON, "from_on": TODAY.isoformat(), "until": ""}
    for name, person in cast.everyone().items():
        if name == "coordinator" or not person.is_active:
            continue
        with pytest.raises(PermissionDenied):
            paused(cast, task=task_numbered(5), by=person)
        with pytest.raises(PermissionDenied):
            reminder_pause_end(pause=pause, by=person, now=NOW)
        client = signed_in(person)
        for path in (
            f"/agencies/{cast.reporter.agency_id}/pause/",
            "/tasks/5/pause/",
            f"/periods/{period.code}/pause/",
            f"/reminder-pauses/{pause.pk}/end/",
        ):
            assert client.post(path, typed).status_code == 403
    assert list(ReminderPause.objects.values_list("ended_at", flat=True)) == [None]


def test_what_cannot_be_paused_is_named(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    yesterday = TODAY - dt.timedelta(days=1)
    for wrong, field in (
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 501}, "reason"),
        ({"from_on": yesterday}, "from_on"),
        ({"until": yesterday}, "until"),
    ):
        with pytest.raises(ValidationError) as refused:
            paused(cast, task=task, **wrong)
        assert set(refused.value.message_dict) == {field}
    first = paused(cast, task=task, until=TODAY)
    assert paused(cast, task=task, until=TODAY) == first, "a button pressed twice"
    with pytest.raises(ValidationError, match=TODAY.isoformat()):
        paused(cast, task=task, reason="另一原因")
    paused(cast, task=task, from_on=TODAY + dt.timedelta(days=1))
    period_close(period=period, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        paused(cast, period=ReportingPeriod.objects.get())
    ended = Agency.objects.get(name="市商务局")
    Agency.objects.filter(pk=ended.pk).update(valid_to=TODAY)
    ended.refresh_from_db()
    with pytest.raises(Conflict):
        paused(cast, agency=ended)


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["agency", "task", "period"])
def test_it_is_paused_and_resumed_from_its_own_page_and_shown_there(
    what: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    page = {
        "agency": f"/agencies/{cast.reporter.agency_id}/",
        "task": "/tasks/4/",
        "period": f"/periods/{period.code}/",
    }[what]
    client = signed_in(cast.coordinator)
    with time_machine.travel(NOW):
        assert f'href="{page}pause/"' in client.get(page).content.decode()
        assert client.get(f"{page}pause/").status_code == 200
        refused = client.post(f"{page}pause/", {"reason": "", "from_on": "2026-10-22"})
        assert refused.status_code == 400
        typed = {"reason": REASON, "from_on": "2026-10-22", "until": "2026-11-30"}
        assert client.post(f"{page}pause/", typed)["Location"] == page
        shown = client.get(page).content.decode()
        assert REASON in shown
        assert f'href="{page}pause/"' not in shown
        [pause] = ReminderPause.objects.all()
        assert client.post(f"/reminder-pauses/{pause.pk}/end/")["Location"] == page
        assert REASON not in client.get(page).content.decode()
        assert REASON in client.get("/reminder-pauses/").content.decode(), "kept when it is over"


def test_an_agency_reads_why_its_own_work_is_not_asked_for_and_nothing_of_others(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    paused(cast, agency=cast.reporter.agency)
    with time_machine.travel(NOW):
        own, others = signed_in(cast.reporter), signed_in(cast.stranger)
        for path in ("/reminder-pauses/", f"/agencies/{cast.reporter.agency_id}/"):
            page = own.get(path).content.decode()
            assert REASON in page
            assert "/end/" not in page
            assert REASON not in others.get(path).content.decode()
        for person in (cast.leader, cast.auditor, cast.coordinator):
            assert REASON in signed_in(person).get("/reminder-pauses/").content.decode()
        assert signed_in(cast.administrator).get("/reminder-pauses/").status_code == 403
