"""Webhooks: a system is told in order, signed, what its owner may know of; nothing is lost."""

import datetime as dt
import socket
from collections.abc import Callable, Iterator
from uuid import UUID

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies import outgoing
from agencies.accounts import agency_change
from agencies.audit import entries_seal
from agencies.models import AuditEntry, User
from agencies.tests.robots import socket_that
from conftest import NOW, Cast
from progress.feed import FOLLOWED
from progress.models import (
    DeliveryKind,
    DeliveryState,
    Notice,
    NoticeKind,
    ReportingPeriod,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from progress.states import Move
from progress.tests.acts import attached, handed_in, task_numbered
from progress.tests.receiving import Receiver, receiver
from progress.webhooks import (
    deliveries_sweep,
    delivery_repeat,
    webhook_change,
    webhook_create,
    webhook_end,
    webhook_pause,
    webhook_resume,
    webhook_secret_renew,
    webhook_try,
    webhooks_send,
)
from progress.webhooks import sending as sending_module
from progress.webhooks.keeping import UNREADABLE
from progress.webhooks.outbox import (
    CLAIM_HOLDS,
    DELAYS,
    GIVEN_UP,
    GONE,
    INTERRUPTED,
    LOG_KEPT,
    MOST_ATTEMPTS,
    NOTHING_LEFT,
    OWNER_LEFT,
    delivery_claim,
    delivery_failed,
    delivery_record,
)
from progress.webhooks.sending import NOT_ALLOWED
from progress.workflow import Conflict, report_move
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Task

pytestmark = pytest.mark.services

MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def platform(settings: Settings) -> Iterator[Receiver]:
    with receiver() as started:
        settings.WEBHOOK_HOSTS = frozenset({started.origin})
        yield started


def made(owner: User, platform: Receiver, **said: object) -> tuple[Webhook, str]:
    wanted = {"name": "数据平台", "address": platform.address, "kinds": list(FOLLOWED), "now": NOW}
    return webhook_create(owner=owner, **{**wanted, **said})  # type: ignore[arg-type]


def send(now: dt.datetime = NOW) -> int:
    return webhooks_send(clock=lambda: now)


def deadline(*numbers: int, by: User, day: int = 31) -> None:
    """An act on each of these tasks, which everybody may know of who reads the register."""
    wanted = [Deadline(task_numbered(one), None, dt.date(2027, 3, day)) for one in numbers]
    deadlines_write(changes=wanted, reason="年度计划", by=by, now=NOW)


# --- What is sent ---------------------------------------------------------------------------------


def test_what_changed_is_posted_as_the_api_gives_it_and_signed(
    cast: Cast,
    period: ReportingPeriod,
    platform: Receiver,
    signed_in: Callable[[User], Client],
    settings: Settings,
) -> None:
    # Signing in is an entry of the trail too.
    client = signed_in(cast.coordinator)
    hook, secret = made(cast.coordinator, platform)
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    assert send() == 1
    [got] = platform.received
    assert got.path == "/changes?of=pilot"
    assert got.is_signed_with(secret)
    assert not got.is_signed_with("whsec_" + "A" * 43 + "=")
    assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert got.headers["webhook-id"] == got.message["id"]
    assert got.headers["content-type"] == "application/json"
    assert ("report", str(report.pk)) in got.keys
    told = client.get("/api/v1/changes/", {"after": hook.position}).json()
    expected = [
        one | {"address": one["address"].replace("http://testserver", settings.SITE_URL)}
        for one in told["results"]
    ]
    results = [one | {"at": one["at"].replace("+00:00", "Z")} for one in got.message["results"]]
    assert results == [one | {"at": one["at"].replace("+00:00", "Z")} for one in expected]
    assert (got.message["position"], got.message["more"]) == (told["position"], False)
    assert (got.message["type"], got.message["webhook"]) == ("changes", hook.pk)
    # Never a text.
    assert "用地指标" not in got.body.decode()
    hook.refresh_from_db()
    assert hook.position == told["position"]
    row = WebhookDelivery.objects.get()
    assert (row.state, row.answer, row.sent_at) == (DeliveryState.SENT, "HTTP 204", NOW)
    assert send() == 0


def test_what_was_before_it_was_made_is_not_told(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    deadline(4, by=cast.coordinator)
    made(cast.coordinator, platform)
    assert send() == 0
    assert not platform.received


def test_it_is_told_of_its_kinds_alone_and_others_move_it_on(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform, kinds=["report"])
    deadline(4, by=cast.coordinator)
    assert send() == 0
    hook.refresh_from_db()
    assert hook.position == entries_seal()
    report = handed_in(task_numbered(4), period, cast.reporter)
    send()
    assert platform.keys == [("report", str(report.pk))]


@pytest.mark.parametrize("who", ["stranger", "leader", "auditor", "administrator"])
def test_no_role_is_told_of_what_it_may_not_know_of(
    who: str, cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(getattr(cast, who), platform)
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    attached(task_numbered(5), period, cast.reporter)
    assert send() == 0
    assert not platform.received
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("who", ["reporter", "co_reporter", "coordinator"])
def test_who_may_know_of_it_is_told(
    who: str, cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(getattr(cast, who), platform)
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    send()
    assert {("report", str(report.pk)), ("matter", str(report.matters.get().pk))} <= set(
        platform.keys
    )


def test_what_its_owner_may_know_is_asked_when_it_is_sent(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    """Recorded for somebody of the agency, who has moved to another until it can be sent."""
    hook, _secret = made(cast.co_reporter, platform)
    handed_in(task_numbered(4), period, cast.reporter)
    platform.statuses = [500]
    send()
    assert len(platform.received) == 1
    User.objects.filter(pk=cast.co_reporter.pk).update(agency=cast.stranger.agency)
    assert send(NOW + HOUR) == 0
    assert len(platform.received) == 1
    row = WebhookDelivery.objects.get()
    assert (row.state, row.fault) == (DeliveryState.CANCELLED, NOTHING_LEFT)
    hook.refresh_from_db()
    assert hook.position == row.until


def test_more_than_fits_is_told_in_one_run_in_stretches(
    cast: Cast, period: ReportingPeriod, platform: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("progress.webhooks.outbox.MOST_ACTS", 2)
    made(cast.coordinator, platform)
    deadline(4, 5, 6, 7, 8, by=cast.coordinator)
    assert send() == 3
    assert platform.keys == [("task", str(number)) for number in (4, 5, 6, 7, 8)]
    assert [one.message["more"] for one in platform.received] == [True, True, False]
    ends = [one.message["position"] for one in platform.received]
    assert ends == sorted(set(ends))


def test_statements_do_not_grow_with_what_changed(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(cast.coordinator, platform)

    def statements(numbers: range, day: int) -> int:
        deadline(*numbers, by=cast.coordinator, day=day)
        entries_seal()
        with CaptureQueriesContext(connection) as queries:
            assert send() == 1
        return len(queries)

    assert statements(range(4, 6), 1) == statements(range(6, 60), 2)


# --- What is not taken ----------------------------------------------------------------------------


def test_what_is_not_taken_is_sent_again_with_its_id_and_what_comes_meanwhile_waits(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    platform.statuses, platform.answer = [500, 503], b"try\x00 later\n" + b"x" * 50_000
    assert send() == 0
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.try_after) == (DeliveryState.OWED, 1, NOW + DELAYS[0])
    assert row.fault == outgoing.HTTP_ERROR
    assert row.answer.startswith("HTTP 500 try later xxx")
    assert len(row.answer) <= 300
    deadline(5, 6, by=cast.coordinator)
    assert send(NOW + DELAYS[0] - dt.timedelta(seconds=1)) == 0
    assert len(platform.received) == 1
    assert send(NOW + DELAYS[0]) == 0
    hook.refresh_from_db()
    assert hook.position == row.after
    # What came meanwhile is told in one stretch behind it, in the same run.
    assert send(NOW + HOUR) == 2
    assert [one.keys for one in platform.received] == [
        [("task", "4")],
        [("task", "4")],
        [("task", "4")],
        [("task", "5"), ("task", "6")],
    ]
    ids = [one.headers["webhook-id"] for one in platform.received]
    assert len(set(ids[:3])) == 1
    assert ids[3] != ids[0]
    # Each attempt is signed for its own moment.
    assert all(one.is_signed_with(secret) for one in platform.received)
    moments = [one.headers["webhook-timestamp"] for one in platform.received]
    assert moments[0] < moments[1] < moments[2]


@pytest.mark.parametrize(
    ("status", "retry_after", "waits"),
    [
        (503, "7200", 2 * HOUR),
        (429, "7200", 2 * HOUR),
        (429, "Tue, 20 Oct 2026 04:00:00 GMT", None),
        (503, (NOW + 3 * HOUR).astimezone(dt.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"), 3 * HOUR),
        # Never sooner than usual: ten attempts in ten seconds would pause it.
        (503, "1", None),
        (429, "0", None),
        (503, "9" * 40, 24 * HOUR),
        (503, "Fri, 31 Dec 9999 23:59:59 GMT", 24 * HOUR),
        (503, "soon", None),
        (503, "-5", None),
        (503, "٣٦٠٠", None),
        # Of others it is a word on something else.
        (500, "7200", None),
    ],
)
def test_a_receiver_that_asks_for_time_is_left_it(
    status: int,
    retry_after: str,
    waits: dt.timedelta | None,
    cast: Cast,
    period: ReportingPeriod,
    platform: Receiver,
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    platform.statuses = [status]
    platform.headers = {"Retry-After": retry_after.encode().decode("latin-1")}
    assert send() == 0
    row = WebhookDelivery.objects.get()
    assert row.try_after == NOW + (waits or DELAYS[0])
    assert send(row.try_after - dt.timedelta(seconds=1)) == 0
    assert send(row.try_after) == 1
    first, second = (one.headers["webhook-id"] for one in platform.received)
    assert first == second


def test_a_redirect_is_followed_nowhere(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    with socket_that() as (port, seen):
        platform.headers = {"Location": f"http://127.0.0.1:{port}/"}
        for attempt, status in enumerate((301, 302, 307, 308)):
            platform.status = status
            send(NOW + attempt * 24 * HOUR)
            assert WebhookDelivery.objects.get().fault == outgoing.SENT_ON
    assert not seen


def test_who_says_nothing_or_is_not_there_is_left_alone_for_the_rest_of_the_run(
    cast: Cast,
    period: ReportingPeriod,
    platform: Receiver,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "DEADLINE", 0.3)
    held: list[socket.socket] = []
    with socket_that(held.append) as (port, seen):
        settings.WEBHOOK_HOSTS |= {f"http://127.0.0.1:{port}", "http://127.0.0.1:9"}
        for name, address in (
            ("挂起一", f"http://127.0.0.1:{port}/"),
            ("挂起二", f"http://127.0.0.1:{port}/"),
            ("没有", "http://127.0.0.1:9/"),
            ("数据平台", platform.address),
        ):
            made(cast.coordinator, platform, name=name, address=address)
        deadline(4, by=cast.coordinator)
        assert send() == 1
        assert len(seen) == 1
    for line in held:
        line.close()
    rows = {row.webhook.name: row for row in WebhookDelivery.objects.select_related("webhook")}
    assert rows["挂起一"].fault == outgoing.TOO_LATE
    assert (rows["挂起二"].attempts, rows["挂起二"].state) == (0, DeliveryState.OWED)
    assert rows["没有"].fault == outgoing.NO_CONNECTION
    assert rows["数据平台"].state == DeliveryState.SENT


def test_an_answer_that_is_huge_is_read_no_further(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    platform.status, platform.answer = 200, b"x" * 20_000_000
    assert send() == 1


def test_after_the_last_attempt_it_is_paused_with_a_notice_and_resumed_without_loss(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    platform.status, now = 500, NOW
    for attempt, delay in enumerate(DELAYS, start=1):
        send(now)
        row = WebhookDelivery.objects.get()
        assert (row.attempts, row.try_after) == (attempt, now + delay)
        now += delay
    send(now)
    row.refresh_from_db()
    assert (row.state, row.attempts) == (DeliveryState.FAILED, MOST_ATTEMPTS)
    assert list(DELAYS) == sorted(DELAYS)
    hook.refresh_from_db()
    assert (hook.state, hook.fault, hook.position) == (WebhookState.PAUSED, GIVEN_UP, row.after)
    notice = Notice.objects.get()
    assert (notice.kind, notice.user, notice.webhook) == (
        NoticeKind.WEBHOOK_PAUSED,
        cast.coordinator,
        hook,
    )
    [entry] = AuditEntry.objects.filter(act="webhook.pause")
    assert entry.by is None
    asked = len(platform.received)
    deadline(5, by=cast.coordinator)
    platform.status = 204
    assert send(now + HOUR) == 0
    assert len(platform.received) == asked
    webhook_resume(webhook=hook, by=cast.coordinator, now=now)
    assert send(now + HOUR) == 1
    assert platform.received[-1].keys == [("task", "4"), ("task", "5")]


def test_a_receiver_that_says_it_is_gone_is_asked_no_second_time(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.administrator, platform, kinds=["agency", "task"])
    other, _secret = made(cast.leader, platform)
    deadline(4, by=cast.coordinator)
    platform.status = 410
    send()
    hook.refresh_from_db()
    other.refresh_from_db()
    assert (other.state, other.fault) == (WebhookState.PAUSED, GONE)
    assert hook.state == WebhookState.ACTIVE, "there was nothing to tell an administrator"
    assert Notice.objects.get().user == cast.leader


def test_an_administrator_who_has_no_inbox_is_told_on_the_page(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.administrator, platform)
    agency = cast.stranger.agency
    assert agency is not None
    agency_change(
        agency=agency,
        by=cast.administrator,
        now=NOW,
        short_name="改名",
        contact_email="",
        aliases=[],
    )
    deadline(4, by=cast.coordinator)
    platform.status = 410
    send()
    assert platform.keys == [("agency", str(agency.pk))]
    hook.refresh_from_db()
    assert (hook.state, hook.fault) == (WebhookState.PAUSED, GONE)
    assert not Notice.objects.exists()


def test_a_host_that_is_allowed_no_more_is_not_called(
    cast: Cast, period: ReportingPeriod, platform: Receiver, settings: Settings
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    settings.WEBHOOK_HOSTS = frozenset()
    send()
    assert not platform.received
    assert WebhookDelivery.objects.get().fault == NOT_ALLOWED
    settings.WEBHOOK_HOSTS = frozenset({platform.origin})
    assert send(NOW + HOUR) == 1


def test_a_key_that_is_gone_calls_nobody(
    cast: Cast, period: ReportingPeriod, platform: Receiver, settings: Settings
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    settings.SECRET_KEY, old = "another-key-of-this-installation" * 2, settings.SECRET_KEY
    send()
    assert WebhookDelivery.objects.get().fault == UNREADABLE
    settings.SECRET_KEY_FALLBACKS = [old]
    assert send(NOW + HOUR) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "data.example.cn/hook",
        "ftp://127.0.0.1/",
        "https://127.0.0.1:{port}/",
        "http://user@127.0.0.1:{port}/",
        "http://127.0.0.1:{port}@evil.example/",
        "http://localhost:{port}/",
        "http://127.0.0.1:{port}/a b",
        "http://127.0.0.1:{port}/\r\nX: y",
        "http://127.1:{port}/",
        "http://data.example.cn/",
        "https://data.example.cn/" + "x" * 500,
    ],
)
def test_another_address_is_not_stored(
    address: str, cast: Cast, platform: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_HOSTS |= {"http://data.example.cn:80", "https://data.example.cn:443"}
    with pytest.raises(ValidationError) as refused:
        made(cast.coordinator, platform, address=address.format(port=platform.port))
    assert list(refused.value.message_dict) == ["address"]
    assert not Webhook.objects.exists()


def test_a_host_whose_name_leads_to_this_machine_is_not_called(
    cast: Cast, period: ReportingPeriod, platform: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_HOSTS = frozenset({f"https://localhost:{platform.port}"})
    made(cast.coordinator, platform, address=f"https://localhost:{platform.port}/")
    deadline(4, by=cast.coordinator)
    send()
    assert WebhookDelivery.objects.get().fault == outgoing.INSIDE


# --- Claims ---------------------------------------------------------------------------------------


def test_what_a_killed_sender_held_is_taken_over_with_the_same_id(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    pk = delivery_record(webhook_id=hook.pk, now=NOW)
    assert pk is not None
    slow = delivery_claim(delivery_id=pk, now=NOW)
    assert slow is not None
    assert delivery_claim(delivery_id=pk, now=NOW) is None
    assert delivery_record(webhook_id=hook.pk, now=NOW) is None
    assert send(NOW + CLAIM_HOLDS - MINUTE) == 0
    assert send(NOW + CLAIM_HOLDS) == 1
    # The machine that stood still goes on where it was, and overrules nobody.
    delivery_failed(delivery=slow, fault="timed out", answer="", now=NOW + HOUR)
    row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, row.fault) == (DeliveryState.SENT, 2, "")
    assert UUID(platform.received[0].headers["webhook-id"]) == slow.message


def test_a_worker_that_is_stopped_in_the_middle_says_so(
    cast: Cast, period: ReportingPeriod, platform: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)

    def stopped(*_args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sending_module, "posted", stopped)
    with pytest.raises(KeyboardInterrupt):
        send()
    row = WebhookDelivery.objects.get()
    assert (row.state, row.fault) == (DeliveryState.OWED, INTERRUPTED)
    monkeypatch.undo()
    platform.status = 204
    assert WebhookDelivery.objects.count() == 1


def test_a_run_that_has_lasted_long_leaves_the_rest_to_the_next(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    for name in ("一", "二", "三"):
        made(cast.coordinator, platform, name=name)
    deadline(4, by=cast.coordinator)
    moments = iter(range(1000))
    webhooks_send(clock=lambda: NOW + next(moments) * dt.timedelta(seconds=7))
    assert 0 < len(platform.received) < 3
    send(NOW + HOUR)
    assert len(platform.received) == 3


# --- Whose it is ----------------------------------------------------------------------------------


def test_who_has_left_the_office_is_told_nothing_more(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    delivery_record(webhook_id=hook.pk, now=NOW)
    User.objects.filter(pk=cast.coordinator.pk).update(is_active=False)
    deadline(5, by=cast.coordinator)
    assert send() == 0
    assert not platform.received
    row = WebhookDelivery.objects.get()
    assert (row.state, row.fault) == (DeliveryState.CANCELLED, OWNER_LEFT)
    with pytest.raises(PermissionDenied):
        made(User.objects.get(pk=cast.coordinator.pk), platform)


def test_it_is_its_owners_alone(cast: Cast, period: ReportingPeriod, platform: Receiver) -> None:
    hook, _secret = made(cast.reporter, platform)
    deadline(4, by=cast.coordinator)
    send()
    row = WebhookDelivery.objects.get()
    for other in (cast.colleague, cast.coordinator, cast.administrator):
        for act in (webhook_pause, webhook_end, webhook_secret_renew, webhook_try):
            with pytest.raises(PermissionDenied):
                act(webhook=hook, by=other, now=NOW)
        with pytest.raises(PermissionDenied):
            delivery_repeat(delivery=row, by=other, now=NOW)
        assert not Webhook.objects.visible_to(other).exists()


def test_paused_it_is_told_nothing_and_then_all_of_it(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    delivery_record(webhook_id=hook.pk, now=NOW)
    webhook_pause(webhook=hook, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        webhook_pause(webhook=hook, by=cast.coordinator, now=NOW)
    deadline(5, by=cast.coordinator)
    assert send() == 0
    webhook_resume(webhook=hook, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        webhook_resume(webhook=hook, by=cast.coordinator, now=NOW)
    assert send() == 1
    assert platform.keys == [("task", "4"), ("task", "5")]


def test_ended_it_forgets_its_address_and_does_nothing_more(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    delivery_record(webhook_id=hook.pk, now=NOW)
    hook = webhook_end(webhook=hook, by=cast.coordinator, now=NOW)
    assert (hook.sealed, hook.ended_at) == ("", NOW)
    assert send() == 0
    assert not platform.received
    for act in (webhook_pause, webhook_resume, webhook_end, webhook_secret_renew, webhook_try):
        with pytest.raises(Conflict):
            act(webhook=hook, by=cast.coordinator, now=NOW)


def test_a_new_secret_signs_beside_the_former_one_for_a_day(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, former = made(cast.coordinator, platform)
    secret = webhook_secret_renew(webhook=hook, by=cast.coordinator, now=NOW)
    for hours, number in ((1, 4), (24, 5)):
        deadline(number, by=cast.coordinator)
        send(NOW + hours * HOUR)
    first, second = platform.received
    assert first.is_signed_with(secret)
    assert first.is_signed_with(former)
    assert second.is_signed_with(secret)
    assert not second.is_signed_with(former)


def test_another_address_keeps_its_secret_and_its_place(
    cast: Cast, period: ReportingPeriod, platform: Receiver, settings: Settings
) -> None:
    hook, secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    with receiver() as moved:
        settings.WEBHOOK_HOSTS |= {moved.origin}
        webhook_change(
            webhook=hook,
            name="新平台",
            address=moved.address,
            kinds=["task"],
            by=cast.coordinator,
            now=NOW,
        )
        assert send() == 1
        [got] = moved.received
    assert got.is_signed_with(secret)
    assert not platform.received
    hook.refresh_from_db()
    assert (hook.name, hook.kinds, hook.place) == ("新平台", ["task"], f"127.0.0.1:{moved.port}")


def test_the_trail_tells_of_each_act_and_holds_no_key(cast: Cast, platform: Receiver) -> None:
    by = cast.coordinator
    hook, secret = made(by, platform)
    webhook_pause(webhook=hook, by=by, now=NOW)
    webhook_resume(webhook=hook, by=by, now=NOW)
    later = webhook_secret_renew(webhook=hook, by=by, now=NOW)
    elsewhere = f"{platform.origin}/elsewhere?of=pilot"
    kept = {"name": hook.name, "kinds": hook.kinds}
    webhook_change(webhook=hook, address=elsewhere, by=by, now=NOW, **kept)
    webhook_end(webhook=hook, by=by, now=NOW)
    entries = list(AuditEntry.objects.filter(kind="webhook").order_by("pk"))
    acts = ["create", "pause", "resume", "secret", "change", "end"]
    assert [one.act for one in entries] == [f"webhook.{act}" for act in acts]
    assert entries[0].changes["told_of"] == [None, ", ".join(FOLLOWED)]
    told = repr([one.changes for one in entries])
    assert not any(key in told for key in (secret, later, "of=pilot"))
    assert not any(key in hook.sealed for key in (secret, "of=pilot"))


def test_nobody_keeps_more_than_ten(cast: Cast, platform: Receiver) -> None:
    hooks = [made(cast.reporter, platform)[0] for _ in range(10)]
    with pytest.raises(ValidationError):
        made(cast.reporter, platform)
    made(cast.colleague, platform)
    webhook_end(webhook=hooks[0], by=cast.reporter, now=NOW)
    made(cast.reporter, platform)


@pytest.mark.parametrize("kinds", [[], ["user"], ["task", "auditentry"]])
def test_it_is_told_of_kinds_of_the_feed_alone(
    kinds: list[str], cast: Cast, platform: Receiver
) -> None:
    with pytest.raises(ValidationError) as refused:
        made(cast.coordinator, platform, kinds=kinds)
    assert list(refused.value.message_dict) == ["kinds"]


# --- The log --------------------------------------------------------------------------------------


def test_a_delivery_is_sent_again_with_its_id_and_moves_nothing(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    send()
    deadline(5, by=cast.coordinator)
    send()
    hook.refresh_from_db()
    first = WebhookDelivery.objects.order_by("pk")[0]
    again = delivery_repeat(delivery=first, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        delivery_repeat(delivery=first, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        delivery_repeat(delivery=again, by=cast.coordinator, now=NOW)
    # Also while it is paused: that is asked for by a person.
    webhook_pause(webhook=hook, by=cast.coordinator, now=NOW)
    assert send() == 1
    got = platform.received[-1]
    assert got.is_signed_with(secret)
    assert got.keys == [("task", "4")]
    assert got.message["more"] is True
    assert got.headers["webhook-id"] == platform.received[0].headers["webhook-id"]
    position = hook.position
    hook.refresh_from_db()
    assert hook.position == position
    # One that fails to the last pauses nothing.
    webhook_resume(webhook=hook, by=cast.coordinator, now=NOW)
    delivery_repeat(delivery=first, by=cast.coordinator, now=NOW)
    platform.status = 410
    send()
    hook.refresh_from_db()
    assert hook.state == WebhookState.ACTIVE


def test_a_test_is_sent_once_and_tells_nothing(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, secret = made(cast.coordinator, platform)
    webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    assert send() == 1
    [got] = platform.received
    assert got.is_signed_with(secret)
    assert (got.message["type"], got.message["results"]) == ("test", [])
    webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    platform.status = 500
    send()
    failed = WebhookDelivery.objects.first()
    assert failed is not None
    assert (failed.kind, failed.state) == (DeliveryKind.TEST, DeliveryState.FAILED)
    hook.refresh_from_db()
    assert hook.state == WebhookState.ACTIVE


def test_the_secret_stands_in_no_answer_that_is_kept(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, secret = made(cast.coordinator, platform)
    webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    platform.status, platform.answer = 400, f"{secret} is wrong".encode()
    send()
    row = WebhookDelivery.objects.get()
    assert secret not in row.answer
    assert row.answer == "HTTP 400 … is wrong"


def test_the_log_is_kept_for_ninety_days(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    hook, _secret = made(cast.coordinator, platform)
    deadline(4, by=cast.coordinator)
    send()
    webhook_try(webhook=hook, by=cast.coordinator, now=NOW)
    assert deliveries_sweep(now=NOW + LOG_KEPT - MINUTE) == 0
    assert deliveries_sweep(now=NOW + LOG_KEPT) == 1
    assert WebhookDelivery.objects.get().kind == DeliveryKind.TEST


def test_a_leader_is_told_that_what_was_approved_is_so_no_longer(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    made(cast.leader, platform, kinds=["report"])
    report.refresh_from_db()
    report_move(report=report, move=Move.REOPEN, by=cast.coordinator, now=NOW, reason="数据有误")
    send()
    [told] = platform.received[0].message["results"]
    assert (told["key"], told["gone"], told["address"]) == (str(report.pk), True, None)


def test_a_task_of_which_many_acts_tell_stands_once(
    cast: Cast, period: ReportingPeriod, platform: Receiver
) -> None:
    made(cast.coordinator, platform, kinds=["task"])
    for day in (1, 2, 3):
        deadline(4, by=cast.coordinator, day=day)
    send()
    assert platform.keys == [("task", "4")]
    assert Task.objects.filter(number=4).exists()
