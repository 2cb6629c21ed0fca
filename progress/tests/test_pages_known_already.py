"""Pages that a browser holds: 304 while they are what they were, the new page after each act."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.accounts import account_change
from agencies.changes import agency_rename
from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import (
    Channel,
    Matter,
    Notice,
    NoticeKind,
    Policy,
    Reminder,
    ReminderItem,
    ReminderState,
    Report,
    ReportingPeriod,
    Rule,
    Webhook,
)
from progress.pages.known_already import HELD
from progress.states import Move
from progress.tests.acts import handed_in, saved, task_numbered
from progress.workflow import (
    correction_add,
    matter_address,
    period_close,
    period_open,
    policy_change,
    report_move,
    rules_digest,
)
from progress.workflow.rules import RULES
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Task

CHAPTER = "/chapters/1/"
PAGES = ("/overview/", CHAPTER, "/board/", "/matrix/", "/agencies/")
# What of a page differs each time that it is made.
EACH_TIME = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"')
LATER = NOW + dt.timedelta(hours=1)


class Reader:
    """A browser that holds what it was given."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.held: dict[str, tuple[str, bytes]] = {}
        # The first page gives the browser the key of its forms, and is of the time before.
        self.made(PAGES[0])

    def made(self, path: str, known: str = "") -> tuple[int, str, bytes]:
        with time_machine.travel(LATER, tick=False):
            answer = self.client.get(path, headers={"if-none-match": known})
        return answer.status_code, answer.get("ETag", ""), EACH_TIME.sub(b"", answer.content)

    def hold(self, *paths: str) -> None:
        for path in paths:
            status, tag, body = self.made(path)
            assert (status, bool(tag)) == (200, True), path
            self.held[path] = tag, body

    def changed(self, path: str) -> bool:
        """Whether the page is another than the one that is held. What the browser goes on showing
        has to be what it would be given anew."""
        tag, body = self.held[path]
        status, _tag, given = self.made(path, tag)
        assert status in (200, 304)
        self.hold(path)
        anew = self.held[path][1]
        assert anew == (body if status == 304 else given)
        return anew != body


def reminder(user: User, channel: Channel, state: ReminderState, **more: Any) -> Reminder:
    """A message of today to this person."""
    return Reminder.objects.create(
        day=NOW.date(),
        channel=channel,
        state=state,
        user=user,
        agency=user.agency,
        recorded_at=NOW,
        **more,
    )


def failed_mail(user: User) -> None:
    answer = "550 no such mailbox"
    reminder(user, Channel.MAIL, ReminderState.FAILED, address=user.email, answer=answer)


def told(user: User) -> None:
    audience = "office" if user.agency is None else "agency"
    reminder(user, Channel.INBOX, ReminderState.SENT, audience=audience, sent_at=NOW)


def reminded(user: User, period: ReportingPeriod) -> None:
    sent = reminder(user, Channel.MAIL, ReminderState.SENT, address=user.email, sent_at=NOW)
    ReminderItem.objects.create(
        reminder=sent,
        rule=Rule.REPORT,
        agency=user.agency,
        task=task_numbered(4),
        period=period,
        step=-1,
        due_on=period.due_on,
    )


def rules_tightened(cast: Cast) -> None:
    policy = Policy.current()
    rules = {name: getattr(policy, name) for name in RULES} | {"yellow_working_days": 60}
    policy_change(by=cast.coordinator, started_from=rules_digest(policy), rules=rules, now=NOW)


def renamed(cast: Cast) -> None:
    agency_rename(
        agency=Agency.objects.get(name="市数据局"),
        name="市数据管理局",
        short_name="数据管理局",
        effective_on=NOW.date(),
        document="津政办发〔2026〕1号",
        reason="机构改革",
        by=cast.administrator,
        now=NOW,
    )


def left(cast: Cast) -> None:
    for who in User.objects.filter(agency=cast.reporter.agency, is_active=True):
        account_change(
            account=who,
            by=cast.administrator,
            now=NOW,
            name=who.name,
            role=who.role,
            agency=who.agency,
            email=who.email,
            is_active=False,
        )


def new_deadline(cast: Cast) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(4), None, NOW.date() - dt.timedelta(days=1))],
        reason="按市政府要求调整",
        by=cast.coordinator,
        now=NOW,
    )


def moved(number: int, move: Move, by: User) -> None:
    report = Report.objects.get(task__number=number)
    reason = "请补充数据" if move == Move.RETURN else ""
    report_move(report=report, move=move, by=by, now=NOW, reason=reason)


def addressed(cast: Cast) -> None:
    matter = Matter.objects.get()
    to = Agency.objects.get(name="市发展改革委")
    matter_address(matter=matter, to=to, by=cast.coordinator, now=NOW, version=matter.version)


Act = Callable[[Cast, ReportingPeriod], object]
# What is done, one after another, and the page that shows it to a coordinator.
ACTS: dict[str, tuple[Act, str]] = {
    "a draft": (
        lambda cast, period: saved(task_numbered(4), period, cast.reporter),
        "/chapters/1/",
    ),
    # Of this the audit trail does not tell.
    "a reminder": (lambda cast, period: reminded(cast.reporter, period), "/board/"),
    "a report": (lambda cast, _period: moved(4, Move.SUBMIT, cast.reporter), "/overview/"),
    "an approval": (lambda cast, _period: moved(4, Move.APPROVE, cast.coordinator), "/matrix/"),
    "a matter's address": (lambda cast, _period: addressed(cast), "/overview/"),
    "a return": (
        lambda cast, _period: moved(5, Move.RETURN, cast.coordinator),
        "/board/",
    ),
    "rules": (lambda cast, _period: rules_tightened(cast), "/overview/"),
    "a deadline": (lambda cast, _period: new_deadline(cast), "/chapters/1/"),
    "a name": (lambda cast, _period: renamed(cast), "/agencies/"),
    "a period opened": (
        lambda cast, _period: period_open(code="2026-09", by=cast.coordinator, now=NOW),
        "/board/",
    ),
    "a period closed": (
        lambda cast, period: period_close(period=period, by=cast.coordinator, now=NOW),
        "/overview/",
    ),
    # Nor of these.
    "a message": (lambda cast, _period: told(cast.coordinator), "/board/"),
    "a message read": (
        lambda _cast, _period: Reminder.objects.filter(read_at=None).update(read_at=NOW),
        "/board/",
    ),
    "a mail that did not arrive": (lambda cast, _period: failed_mail(cast.colleague), "/overview/"),
    "accounts' end": (lambda cast, _period: left(cast), "/overview/"),
}


@pytest.fixture
def reader(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Reader:
    """The coordinator; another task waits for a decision, another matter for its address, another
    message is unread."""
    task = task_numbered(5)
    task.responsibilities.filter(position=1).update(agency=cast.reporter.agency)
    handed_in(task, period, cast.reporter, coordination="请协调数据共享")
    Task.objects.filter(number=4).update(deadline=NOW.date() + dt.timedelta(days=40))
    told(cast.leader)
    Reminder.objects.filter(user=cast.leader).update(user=cast.coordinator, day=dt.date(2026, 9, 1))
    return Reader(signed_in(cast.coordinator))


def test_after_each_act_the_page_that_shows_it_is_given_anew(
    reader: Reader, cast: Cast, period: ReportingPeriod
) -> None:
    reader.hold(*PAGES)
    for act, (done, page) in ACTS.items():
        reader.hold(page)
        assert not reader.changed(page), act
        done(cast, period)
        assert reader.changed(page), act
    assert {page for _done, page in ACTS.values()} == set(PAGES)


def test_what_has_not_changed_is_not_made_again(reader: Reader) -> None:
    reader.hold(*PAGES)
    for path, (tag, _body) in reader.held.items():
        with time_machine.travel(LATER, tick=False):
            answer = reader.client.get(path, headers={"if-none-match": tag})
        assert (answer.status_code, answer.content) == (304, b"")
        assert (answer["ETag"], answer["Cache-Control"]) == (tag, HELD)
        assert "Cookie" in answer["Vary"]


def test_a_page_is_held_of_one_reader_day_language_session_and_address(
    reader: Reader, cast: Cast, signed_in: Callable[[User], Client], settings: Settings
) -> None:
    settings.SESSION_IDLE = dt.timedelta(days=2)
    reader.hold("/overview/")
    tag, _body = reader.held["/overview/"]
    known = {"if-none-match": tag}

    def status(client: Client, path: str = "/overview/", now: dt.datetime = LATER) -> int:
        with time_machine.travel(now, tick=False):
            return client.get(path, headers=known).status_code

    assert status(reader.client) == 304
    assert status(reader.client, "/overview/?bars=light") == 200
    assert status(reader.client, now=LATER + dt.timedelta(minutes=20)) == 304
    assert status(reader.client, now=LATER + dt.timedelta(days=1)) == 200
    for other in (cast.leader, cast.coordinator):
        client = signed_in(other)
        client.get("/overview/")
        assert status(client) == 200
    assert status(Client()) == 302
    settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE = True
    assert status(reader.client) == 200
    settings.PASSWORDS_FOR_ADMINISTRATORS_ALONE = False
    assert status(reader.client) == 304
    reader.client.post("/language/", {"language": "en", "next": "/overview/"})
    assert status(reader.client) == 200


def test_the_key_of_a_pages_forms_is_the_browsers_own(reader: Reader) -> None:
    reader.hold("/overview/")
    known = {"if-none-match": reader.held["/overview/"][0]}
    del reader.client.cookies["csrftoken"]
    with time_machine.travel(LATER, tick=False):
        assert reader.client.get("/overview/", headers=known).status_code == 200
        assert reader.client.get("/overview/", headers=known).status_code == 200


def test_what_was_just_done_is_said_once_and_held_by_nobody(reader: Reader) -> None:
    reader.hold("/overview/")
    known = {"if-none-match": reader.held["/overview/"][0]}
    with time_machine.travel(LATER, tick=False):
        # Nothing was chosen, which the next page says.
        reader.client.get("/tasks/together/", {"do": "approve"})
        told = reader.client.get("/overview/", headers=known)
        assert told.status_code == 200
        assert "请先勾选" in told.content.decode()
        assert "ETag" not in told
        assert "no-store" in told["Cache-Control"]
        assert reader.client.get("/overview/", headers=known).status_code == 304


def test_signing_out_has_the_browser_let_go_of_what_it_holds(reader: Reader) -> None:
    with time_machine.travel(LATER, tick=False):
        assert reader.client.post("/sign-out/")["Clear-Site-Data"] == '"cache"'


def test_notices_count_too(reader: Reader, cast: Cast) -> None:
    hook = Webhook.objects.create(
        owner=cast.coordinator,
        name="平台",
        place="hooks.example.org",
        position=0,
        made_at=NOW,
        secret_set_at=NOW,
    )
    reader.hold("/board/")
    Notice.objects.create(
        user=cast.coordinator, kind=NoticeKind.WEBHOOK_PAUSED, webhook=hook, at=NOW
    )
    assert reader.changed("/board/")


def test_a_corrected_calendar_moves_lights(reader: Reader, cast: Cast) -> None:
    # The seventh working day from now is the fifth where two fewer are worked.
    new = Deadline(task_numbered(4), None, dt.date(2026, 11, 2))
    deadlines_write(changes=[new], reason="按市政府要求调整", by=cast.coordinator, now=NOW)
    reader.hold("/chapters/1/")
    for day in (dt.date(2026, 10, 27), dt.date(2026, 10, 28)):
        correction_add(by=cast.administrator, now=NOW, day=day, working=False)
    assert reader.changed("/chapters/1/")
