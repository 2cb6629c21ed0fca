"""The pages and endpoints of one's own webhooks: made, shown once, looked after; nobody else's."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies.models import User
from conftest import NOW, Cast
from progress.models import (
    DeliveryKind,
    DeliveryState,
    Notice,
    NoticeKind,
    Webhook,
    WebhookDelivery,
    WebhookState,
)
from progress.tests.api_calls import call, post
from progress.webhooks.outbox import GIVEN_UP

ClientOf = Callable[[User], Client]
ADDRESS = "https://data.example.cn/changes?key=abc123"
TYPED = {"name": "数据平台", "address": ADDRESS, "kinds": ["task", "report"]}


@pytest.fixture(autouse=True)
def pinned(settings: Settings) -> Iterator[None]:
    settings.WEBHOOK_HOSTS = frozenset({"https://data.example.cn:443"})
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def hook(cast: Cast, signed_in: ClientOf) -> Webhook:
    signed_in(cast.reporter).post("/account/webhooks/", TYPED)
    return Webhook.objects.get()


def row_of(hook: Webhook, number: int = 1, state: DeliveryState = DeliveryState.SENT) -> int:
    row = WebhookDelivery.objects.create(
        webhook=hook,
        kind=DeliveryKind.CHANGES,
        after=number,
        until=number + 1,
        state=state,
        attempts=1,
        made_at=NOW,
        sent_at=NOW if state == DeliveryState.SENT else None,
        answer="HTTP 200 <b>好</b>",
    )
    return row.pk


def test_a_secret_is_shown_once_and_the_address_never(cast: Cast, signed_in: ClientOf) -> None:
    client = signed_in(cast.reporter)
    answer = client.post("/account/webhooks/", TYPED)
    hook, secret = answer.context["made"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (hook.owner, hook.place, hook.kinds) == (
        cast.reporter,
        "data.example.cn",
        ["task", "report"],
    )
    pages = (f"/account/webhooks/{hook.pk}/", "/account/webhooks/")
    for address in pages:
        page = client.get(address).content.decode()
        assert "data.example.cn" in page
        assert secret not in page
        assert "abc123" not in page
    renewed = client.post(f"/account/webhooks/{hook.pk}/secret/")
    assert renewed.context["secret"] in renewed.content.decode()
    assert renewed.context["secret"] != secret
    assert all(renewed.context["secret"] not in client.get(one).content.decode() for one in pages)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "},
        {"name": "长" * 51},
        {"address": "https://evil.example/hook"},
        {"kinds": []},
        {"kinds": ["user"]},
    ],
)
def test_what_does_not_fit_makes_none(
    changes: dict[str, object], cast: Cast, signed_in: ClientOf
) -> None:
    answer = signed_in(cast.reporter).post("/account/webhooks/", TYPED | changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == list(changes)
    assert "abc123" not in answer.content.decode() or "address" not in changes
    assert not Webhook.objects.exists()


def test_where_no_host_is_allowed_there_is_no_place_for_them(
    cast: Cast, signed_in: ClientOf, settings: Settings
) -> None:
    client = signed_in(cast.reporter)
    assert "/account/webhooks/" in client.get("/help/").content.decode()
    settings.WEBHOOK_HOSTS = frozenset()
    assert "/account/webhooks/" not in client.get("/help/").content.decode()
    assert "WEBHOOK_HOSTS" in client.get("/account/webhooks/").content.decode()
    assert client.post("/account/webhooks/", TYPED).status_code == 400
    assert not Webhook.objects.exists()


def test_it_is_changed_paused_resumed_tried_and_ended_on_its_page(
    cast: Cast, hook: Webhook, signed_in: ClientOf
) -> None:
    client, page = signed_in(cast.reporter), f"/account/webhooks/{hook.pk}/"

    def state_after(move: str) -> str:
        assert client.post(f"{page}{move}/").status_code == 302
        hook.refresh_from_db()
        return hook.state

    kept = hook.sealed
    assert client.post(page, {"name": "新", "address": "", "kinds": ["task"]}).status_code == 302
    hook.refresh_from_db()
    assert (hook.name, hook.kinds) == ("新", ["task"])
    assert hook.sealed == kept
    refused = client.post(page, {"name": "新", "address": "https://a.example/", "kinds": ["task"]})
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["address"])
    assert state_after("pause") == WebhookState.PAUSED
    assert client.post(f"{page}pause/").status_code == 409
    assert state_after("resume") == WebhookState.ACTIVE
    assert state_after("test") == WebhookState.ACTIVE
    assert WebhookDelivery.objects.get().kind == DeliveryKind.TEST
    assert client.post(f"{page}explode/").status_code == 404
    assert state_after("end") == WebhookState.ENDED
    assert client.post(f"{page}resume/").status_code == 409
    assert client.get(page).status_code == 200


def test_the_log_is_read_in_pages_and_sends_again(
    cast: Cast, hook: Webhook, signed_in: ClientOf
) -> None:
    client, page = signed_in(cast.reporter), f"/account/webhooks/{hook.pk}/"

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(page).status_code == 200
        return len(queries)

    row_of(hook, 0)
    few = statements()
    for number in range(1, 25):
        row_of(hook, number)
    failed = row_of(hook, 30, DeliveryState.FAILED)
    assert statements() == few
    first, second = client.get(page), client.get(f"{page}?page=2")
    assert len(first.context["page_obj"].object_list) == 20
    assert len(second.context["page_obj"].object_list) == 6
    assert "&lt;b&gt;好" in first.content.decode()
    assert client.post(f"{page}deliveries/{failed}/again/").status_code == 302
    again = WebhookDelivery.objects.get(kind=DeliveryKind.REPEAT)
    assert again.message == WebhookDelivery.objects.get(pk=failed).message
    assert client.post(f"{page}deliveries/{failed}/again/").status_code == 409
    assert client.post(f"{page}deliveries/0/again/").status_code == 404


def test_nobody_finds_another_persons(cast: Cast, hook: Webhook, signed_in: ClientOf) -> None:
    page, row = f"/account/webhooks/{hook.pk}/", row_of(hook)
    for other in (cast.colleague, cast.coordinator, cast.auditor, cast.administrator):
        client = signed_in(other)
        assert client.get(page).status_code == 404
        assert client.post(page, TYPED).status_code == 404
        for address in ("secret/", "pause/", "end/", "test/", f"deliveries/{row}/again/"):
            assert client.post(page + address).status_code == 404
        assert "数据平台" not in client.get("/account/webhooks/").content.decode()
    hook.refresh_from_db()
    assert hook.state == WebhookState.ACTIVE


def test_a_pause_that_came_by_itself_is_told_in_the_inbox(
    cast: Cast, hook: Webhook, signed_in: ClientOf
) -> None:
    Webhook.objects.update(state=WebhookState.PAUSED, fault=GIVEN_UP)
    notice = Notice.objects.create(
        user=cast.reporter, kind=NoticeKind.WEBHOOK_PAUSED, webhook=hook, at=NOW
    )
    client = signed_in(cast.reporter)
    assert f"/account/webhooks/{hook.pk}/" in client.get("/inbox/").content.decode()
    assert call(client, "get", f"notices/{notice.pk}/").json()["webhook"] == hook.pk
    told = call(client, "get", f"webhooks/{hook.pk}/").json()
    assert (told["state"], told["fault"]) == ("paused", GIVEN_UP)


def test_the_api_gives_one_and_its_log_and_no_key(
    cast: Cast, hook: Webhook, signed_in: ClientOf
) -> None:
    client, row = signed_in(cast.reporter), row_of(hook)
    [listed] = call(client, "get", "webhooks/").json()["results"]
    assert (listed["name"], listed["host"], listed["kinds"]) == (
        "数据平台",
        "data.example.cn",
        ["task", "report"],
    )
    assert call(client, "get", f"webhooks/{hook.pk}/").json() == listed
    assert not {"sealed", "address", "secret"} & set(listed)
    [logged] = call(client, "get", f"webhooks/{hook.pk}/deliveries/").json()["results"]
    assert (logged["state"], logged["after"], logged["until"]) == ("sent", 1, 2)
    assert post(client, f"webhooks/{hook.pk}/pause/").json()["state"] == "paused"
    assert post(client, f"webhooks/{hook.pk}/pause/").status_code == 409
    assert post(client, f"webhooks/{hook.pk}/resume/").json()["state"] == "active"
    tried = post(client, f"webhooks/{hook.pk}/test/")
    assert (tried.status_code, tried.json()["kind"]) == (202, "test")
    again = post(client, f"webhooks/{hook.pk}/deliveries/{row}/again/")
    assert (again.status_code, again.json()["kind"]) == (202, "repeat")
    assert again.json()["message"] == logged["message"]
    assert client.get(again["Location"]).json() == again.json()
    assert post(client, f"webhooks/{hook.pk}/deliveries/{row}/again/").status_code == 409
    assert call(client, "delete", f"webhooks/{hook.pk}/").status_code == 204
    assert call(client, "get", f"webhooks/{hook.pk}/").json()["state"] == "ended"
    assert call(client, "delete", f"webhooks/{hook.pk}/").status_code == 409


def test_a_delivery_is_found_under_its_own_webhook_alone(
    cast: Cast, hook: Webhook, signed_in: ClientOf
) -> None:
    client, row = signed_in(cast.reporter), row_of(hook)
    client.post("/account/webhooks/", TYPED | {"name": "另一个"})
    other = Webhook.objects.exclude(pk=hook.pk).get()
    assert call(client, "get", f"webhooks/{other.pk}/deliveries/{row}/").status_code == 404
    assert post(client, f"webhooks/{other.pk}/deliveries/{row}/again/").status_code == 404
    assert call(client, "get", f"webhooks/{other.pk}/deliveries/").json()["results"] == []
