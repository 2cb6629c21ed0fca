"""Coordinators remind by hand: who gets what, nobody twice a day, nothing that was not shown."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, User
from conftest import NOW, SHANGHAI, Cast
from progress.models import Channel, Reminder, ReminderState, ReportingPeriod, Rule
from progress.reminders import (
    LONGEST_NOTE,
    Asked,
    Asking,
    AskingChanged,
    Outlook,
    asking_ahead,
    reminders_ask,
    reminders_deliver,
    reminders_run,
)
from progress.tests.acts import contributions_owed_by_nobody, handed_in, saved, task_numbered
from progress.tests.test_mergers_at_the_same_time import at_once
from progress.workflow import Conflict, period_close, period_open

NOTE = "请于今日下班前报送，联系电话22000000。"
# Six working days before the due date the daily run does not ask yet: a Thursday.
EARLY = dt.datetime(2026, 10, 15, 10, 0, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> None:
    contributions_owed_by_nobody()


def ahead(
    cast: Cast, period: ReportingPeriod, *, now: dt.datetime = NOW, **narrowed: set[int]
) -> Asking:
    return asking_ahead(period=period, by=cast.coordinator, now=now, **narrowed)


def own(cast: Cast) -> set[int]:
    agency_id = cast.reporter.agency_id
    assert agency_id is not None
    return {agency_id}


def ask(
    cast: Cast,
    period: ReportingPeriod,
    *,
    now: dt.datetime = NOW,
    by: User | None = None,
    note: str = NOTE,
) -> Asked:
    by = by or cast.coordinator
    agencies = own(cast)
    seen = asking_ahead(period=period, by=by, now=now, agencies=agencies).seen
    return reminders_ask(period=period, by=by, now=now, note=note, seen=seen, agencies=agencies)


def rows(user: User, channel: Channel = Channel.MAIL) -> list[Reminder]:
    return list(Reminder.objects.filter(user=user, channel=channel).order_by("pk"))


def test_what_is_owed_is_asked_for_however_far_off_the_due_date_is(
    cast: Cast, period: ReportingPeriod
) -> None:
    assert reminders_run(now=EARLY).lines == []
    [line] = ahead(cast, period, now=EARLY, agencies=own(cast)).agencies
    assert [item.task_number for item in line.items] == [4, 5, 6, 7, 8]
    told = {(one.recipient.user_id, one.channel, one.outlook) for one in line.messages}
    assert told == {
        (user.pk, channel, Outlook.NOW)
        for user in (cast.reporter, cast.colleague)
        for channel in (Channel.INBOX, Channel.MAIL)
    }


def test_a_review_within_the_agency_is_asked_of_its_approver(
    cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    handed_in(task_numbered(4), period, cast.reporter)
    [line] = ahead(cast, period, tasks={4}).agencies
    assert [(item.task_number, item.rule) for item in line.items] == [(4, Rule.AGENCY_REVIEW)]
    assert {one.recipient.user_id for one in line.messages} == {cast.approver.pk}


def test_agencies_stand_in_the_order_of_the_list(cast: Cast, period: ReportingPeriod) -> None:
    firsts = [line.items[0].task_number or 0 for line in ahead(cast, period).agencies]
    assert firsts == sorted(firsts)
    assert len(firsts) > 10


def test_nothing_owed_is_no_reminder(cast: Cast, period: ReportingPeriod) -> None:
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    asking = ahead(cast, period, agencies=own(cast))
    assert asking.agencies == []
    assert [one.pk for one in asking.nothing_owed] == list(own(cast))
    assert ask(cast, period).messages == 0
    assert not Reminder.objects.exists()


def test_who_cannot_be_reached_is_named_and_nothing_is_written_for_them(
    cast: Cast, period: ReportingPeriod
) -> None:
    bare = Agency.objects.get(name="市商务局")
    asking = ahead(cast, period, agencies={bare.pk})
    assert [one.pk for one in asking.unreachable] == [bare.pk]
    assert asking.going == []
    Agency.objects.filter(pk=bare.pk).update(contact_email="office@example.org")
    [line] = ahead(cast, period, agencies={bare.pk}).agencies
    assert [(one.channel, one.outlook) for one in line.messages] == [(Channel.MAIL, Outlook.NOW)]


def test_the_offices_words_reach_inbox_and_mail_as_plain_text(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    outcome = ask(cast, period, note="<b>请尽快</b>")
    assert (outcome.messages, outcome.people, outcome.waits_until) == (4, 2, None)
    assert reminders_deliver(now=NOW) == 4
    [inbox] = rows(cast.reporter, Channel.INBOX)
    assert (inbox.note, inbox.asked_by, inbox.state) == (
        "<b>请尽快</b>",
        cast.coordinator,
        ReminderState.SENT,
    )
    assert len(mailoutbox) == 2
    for mail in mailoutbox:
        [(html, _kind)] = mail.alternatives
        assert "<b>请尽快</b>" in str(mail.body)
        assert "&lt;b&gt;请尽快&lt;/b&gt;" in str(html)


def test_who_was_reminded_today_is_not_reminded_twice(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reminders_run(now=NOW)
    later = NOW + dt.timedelta(hours=2)
    asking = ahead(cast, period, now=later, agencies=own(cast))
    assert {(one.outlook, one.since) for one in asking.messages} == {(Outlook.REMINDED, NOW)}
    sent = len(mailoutbox)
    assert ask(cast, period, now=later).messages == 0
    reminders_deliver(now=later)
    assert len(mailoutbox) == sent
    assert [one.note for one in rows(cast.reporter)] == [""]
    # The next day is another one.
    assert ask(cast, period, now=NOW + dt.timedelta(days=1)).messages == 4


def test_the_daily_run_sends_nothing_more_to_who_was_reminded_by_hand(
    cast: Cast, period: ReportingPeriod
) -> None:
    ask(cast, period)
    reminders_deliver(now=NOW)
    reminders_run(now=NOW + dt.timedelta(minutes=10))
    assert len(rows(cast.reporter)) == len(rows(cast.reporter, Channel.INBOX)) == 1


def test_outside_of_hours_mail_is_recorded_now_and_goes_with_the_next_working_morning(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    friday = dt.datetime(2026, 10, 16, 21, 0, tzinfo=SHANGHAI)
    monday = dt.datetime(2026, 10, 19, 8, 0, tzinfo=SHANGHAI)
    outcome = ask(cast, period, now=friday)
    assert outcome.waits_until == monday
    reminders_deliver(now=friday)
    assert [one.state for one in rows(cast.reporter, Channel.INBOX)] == [ReminderState.SENT]
    assert mailoutbox == []
    # Runs of the weekend leave it where it is.
    reminders_run(now=friday + dt.timedelta(days=1))
    reminders_run(now=friday + dt.timedelta(days=2))
    asking = ahead(cast, period, now=friday + dt.timedelta(minutes=5), agencies=own(cast))
    assert {(one.channel, one.outlook) for one in asking.messages} == {
        (Channel.INBOX, Outlook.REMINDED),
        (Channel.MAIL, Outlook.ASKED),
    }
    reminders_run(now=monday)
    [mail] = rows(cast.reporter)
    assert (mail.state, mail.sent_at, mail.note) == (ReminderState.SENT, monday, NOTE)
    assert [one.to for one in mailoutbox].count([cast.reporter.email]) == 1


def test_a_mail_that_waits_already_takes_up_the_offices_words(
    cast: Cast, period: ReportingPeriod
) -> None:
    early = NOW.replace(hour=6)
    reminders_run(now=early)
    outcome = ask(cast, period, now=early)
    assert outcome.messages == 2, "the inbox has been told"
    [mail] = rows(cast.reporter)
    assert (mail.state, mail.note) == (ReminderState.OWED, NOTE)
    reminders_run(now=NOW)
    [mail] = rows(cast.reporter)
    assert (mail.state, mail.note) == (ReminderState.SENT, NOTE)


def test_what_was_called_off_in_the_morning_can_be_asked_for_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    ask(cast, period)
    Reminder.objects.update(state=ReminderState.CANCELLED, answer="", asked_by=None, note="")
    assert ask(cast, period).messages == 4
    assert reminders_deliver(now=NOW) == 4


def test_what_was_called_off_can_be_asked_for_again_in_the_same_words(
    cast: Cast, period: ReportingPeriod
) -> None:
    asked = ask(cast, period)
    Reminder.objects.filter(note=NOTE).update(state=ReminderState.CANCELLED)
    again = ask(cast, period)
    assert (again.messages, again.is_repeated) == (asked.messages, False)
    assert {one.state for one in rows(cast.reporter)} == {ReminderState.OWED}


def test_the_same_click_twice_asks_once(cast: Cast, period: ReportingPeriod) -> None:
    seen = ahead(cast, period, agencies=own(cast)).seen
    answers = [
        reminders_ask(
            period=period,
            by=cast.coordinator,
            now=NOW,
            note=NOTE,
            seen=seen,
            agencies=own(cast),
        )
        for _ in range(2)
    ]
    assert [(one.messages, one.people, one.is_repeated) for one in answers] == [
        (4, 2, False),
        (4, 2, True),
    ]
    assert Reminder.objects.count() == 4


def test_what_has_changed_since_the_preview_is_refused_and_said(
    cast: Cast, period: ReportingPeriod
) -> None:
    seen = ahead(cast, period, agencies=own(cast)).seen
    handed_in(task_numbered(4), period, cast.reporter)
    with pytest.raises(AskingChanged) as refused:
        reminders_ask(
            period=period, by=cast.coordinator, now=NOW, note="", seen=seen, agencies=own(cast)
        )
    assert "4" in refused.value.changes[0]
    assert [i.task_number for i in refused.value.asking.agencies[0].items] == [5, 6, 7, 8]
    assert not Reminder.objects.exists()


def test_a_colleague_who_was_faster_is_named(cast: Cast, period: ReportingPeriod) -> None:
    other = User.objects.create_user("c2", "x", name="韩统", role="coordinator")
    seen = ahead(cast, period, agencies=own(cast)).seen
    ask(cast, period, by=other)
    reminders_deliver(now=NOW)
    with pytest.raises(AskingChanged) as refused:
        reminders_ask(
            period=period, by=cast.coordinator, now=NOW, note="", seen=seen, agencies=own(cast)
        )
    assert {one.asked_by for one in refused.value.asking.messages} == {"韩统"}
    assert Reminder.objects.filter(asked_by=cast.coordinator).count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other_code", ["2026-10", "2026-09"])
def test_two_coordinators_at_once_send_one_message(
    other_code: str, cast: Cast, period: ReportingPeriod
) -> None:
    """Each recipient gets one a day, in the words of one of them, whatever period it is about."""
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    other = User.objects.create_user("c2", "x", name="韩统", role="coordinator")
    asked_for = {cast.coordinator: period, other: period}
    if other_code != period.code:
        asked_for[other] = september
    seen = {by: ahead(cast, one, agencies=own(cast)).seen for by, one in asked_for.items()}
    refused: list[BaseException] = []

    def confirming(by: User) -> Callable[[], object]:
        def confirm() -> None:
            try:
                reminders_ask(
                    period=asked_for[by],
                    by=by,
                    now=NOW,
                    note=f"{by.name}：{NOTE}",
                    seen=seen[by],
                    agencies=own(cast),
                )
            except AskingChanged as changed:
                refused.append(changed)

        return confirm

    def periods_locked() -> None:
        list(ReportingPeriod.objects.select_for_update().order_by("pk"))

    assert at_once(periods_locked, [confirming(by) for by in asked_for]) == [None, None]
    assert [type(one) for one in refused] == [AskingChanged]
    assert Reminder.objects.count() == 4
    [(by, note)] = Reminder.objects.order_by().values_list("asked_by__name", "note").distinct()
    assert note == f"{by}：{NOTE}"
    [code] = Reminder.objects.order_by().values_list("items__period__code", flat=True).distinct()
    assert code == next(one.code for who, one in asked_for.items() if who.name == by)


def test_only_coordinators_ask_and_only_of_an_open_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    for name, user in cast.everyone().items():
        if name != "coordinator":
            with pytest.raises(PermissionDenied):
                asking_ahead(period=period, by=user, now=NOW)
    period_close(period=period, by=cast.coordinator, now=NOW + dt.timedelta(days=5))
    period.refresh_from_db()
    with pytest.raises(Conflict):
        ahead(cast, period)


def test_a_note_that_is_too_long_is_refused(cast: Cast, period: ReportingPeriod) -> None:
    with pytest.raises(ValidationError) as refused:
        ask(cast, period, note="长" * (LONGEST_NOTE + 1))
    assert "note" in refused.value.message_dict
    assert not Reminder.objects.exists()


def test_statements_do_not_grow_with_what_is_owed(cast: Cast, period: ReportingPeriod) -> None:
    saved(task_numbered(4), period, cast.reporter)
    counts = []
    for narrowed in ({4}, None):
        with CaptureQueriesContext(connection) as queries:
            asking_ahead(period=period, by=cast.coordinator, now=NOW, tasks=narrowed)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12
