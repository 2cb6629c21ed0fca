"""What holds of every list and every endpoint of the API, whichever is added."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework import serializers

from agencies.models import Agency, Role, User
from progress.api.errors import UnknownAddress
from progress.api.parameters import KnownParameters
from progress.models import Channel, Reminder, ReminderItem, ReportingPeriod, Rule
from tasks.models import Task
from tianjin_pilot.api_routes import urlpatterns

# Of these the demonstration has nothing, or one alone.
EMPTY = {
    "brief-templates",
    "calendar",
    "errata",
    "exports",
    "filled-forms",
    "notices",
    "reminder-pauses",
    "saved-lists",
    "sessions",
    "tokens",
    "webhooks",
}
WRITTEN_ALONE = {"contributions-nothing"}


def endpoints() -> Iterator[tuple[str, str, Any]]:
    """By name the address of each endpoint below /api/v1/, "" where it takes an argument."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        view = getattr(getattr(pattern, "callback", None), "cls", None)
        if view is not None and view is not UnknownAddress:
            plain = str(pattern.pattern)
            yield str(pattern.name), "" if set("<(") & set(plain) else f"/api/v1/{plain}", view


LISTS = [
    (name, address, view)
    for name, address, view in endpoints()
    if address and getattr(view, "paginates", False) and name not in WRITTEN_ALONE
]


def inner_of(field: Any) -> Any:
    return getattr(field, "child", field)


def fields_of(
    serializer: serializers.Serializer[Any], path: str
) -> Iterator[tuple[str, serializers.Field[Any, Any, Any, Any]]]:
    for name, field in serializer.fields.items():
        yield f"{path}.{name}", field
        if isinstance(inner_of(field), serializers.Serializer):
            yield from fields_of(inner_of(field), f"{path}.{name}")


def test_every_field_that_is_read_says_what_it_is() -> None:
    shapes = {view.shape for _name, _address, view in endpoints() if getattr(view, "shape", None)}
    assert len(shapes) > 30
    silent = [
        path
        for shape in shapes
        for path, field in fields_of(shape(), shape.__name__)
        if not str(field.help_text or "").strip()
    ]
    assert silent == []


def test_every_endpoint_knows_its_parameters() -> None:
    strangers = [
        name for name, _address, view in endpoints() if not issubclass(view, KnownParameters)
    ]
    assert strangers == []


def reminders_record() -> None:
    """Reminders of three agencies, each of two reports; the demonstration sends none."""
    [period], now = ReportingPeriod.objects.open()[:1], timezone.now()
    for agency in Agency.objects.filter(responsibilities__position=1).distinct()[:3]:
        reminder = Reminder.objects.create(
            day=timezone.localdate(now),
            channel=Channel.MAIL,
            agency=agency,
            address=f"{agency.pk}@example.org",
            recorded_at=now,
        )
        for task in Task.objects.order_by("number")[:2]:
            ReminderItem.objects.create(
                reminder=reminder,
                rule=Rule.REPORT,
                agency=agency,
                task=task,
                period=period,
                due_on=period.due_on,
                step=-1,
            )


def statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(address)
    return len(asked)


def faults_of_counts(client: Client, address: str, rows: list[Any]) -> Iterator[str]:
    # Not of one alone: whether a task was completed decides whether its deadlines are looked at.
    half = max(len(rows) // 2, 1)
    few, many = (statements(client, f"{address}?page_size={size}") for size in (half, 200))
    if few != many and len(rows) > 1:
        yield f"{few} statements for {half} rows, {many} for {len(rows)}"


def faults_of_parameters(client: Client, address: str, rows: list[Any]) -> Iterator[str]:
    unknown = client.get(f"{address}?nonsense=1")
    if unknown.status_code != 400 or "nonsense" not in unknown.json()["errors"]:
        yield "takes a parameter that it does not know"
    if rows:
        field = next(iter(rows[0]))
        [chosen] = client.get(f"{address}?fields={field}&page_size=1").json()["results"]
        if list(chosen) != [field]:
            yield f"cannot give {field} alone"


def faults_of_order(client: Client, query: str) -> Iterator[str]:
    whole = client.get(f"{query}&page_size=5")
    answer = client.get(f"{query}&pagination=cursor&page_size=2")
    if {whole.status_code, answer.status_code} != {200}:
        yield f"refuses {query}"
        return
    told = answer.json()
    walked = told["results"]
    for _page in range(2):
        if told["next"]:
            parts = urlsplit(told["next"])
            told = client.get(f"{parts.path}?{parts.query}").json()
            walked += told["results"]
    if walked[:5] != whole.json()["results"]:
        yield f"walks otherwise than {query}"


def faults(client: Client, address: str, view: Any, rows: list[Any]) -> Iterator[str]:
    yield from faults_of_counts(client, address, rows)
    yield from faults_of_parameters(client, address, rows)
    if not view.orders:
        yield "has no order"
    for order in view.orders:
        for sign in ("", "-"):
            yield from faults_of_order(client, f"{address}?ordering={sign}{order}")
    if getattr(view, "search_fields", ()):
        searched = client.get(f"{address}?search=开放")
        if searched.status_code != 200:
            yield "cannot be searched"


@pytest.mark.once
def test_every_list_takes_orders_fields_and_cursors_and_asks_as_often_for_many_rows(
    demonstration: None, settings: Settings
) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 1000000)
    # It takes longer than a minute, and that somebody is still there is noted once in a minute.
    with time_machine.travel(timezone.now(), tick=False):
        _every_list_asked()


def _every_list_asked() -> None:
    reminders_record()
    clients = []
    for role in (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDITOR, Role.REPORTER):
        client = Client()
        client.force_login(User.objects.filter(role=role, is_active=True)[0])
        clients.append(client)
    found, full = {}, set()
    for name, address, view in LISTS:
        one_row = f"{address}?page_size=1"
        reader = next((one for one in clients if one.get(one_row).status_code == 200), None)
        assert reader, name
        rows = reader.get(f"{address}?page_size=200").json()["results"]
        full |= {name} if len(rows) > 1 else set()
        found[name] = list(faults(reader, address, view, rows))
    assert {name: each for name, each in found.items() if each} == {}
    assert {name for name, _address, _view in LISTS} - full <= EMPTY
