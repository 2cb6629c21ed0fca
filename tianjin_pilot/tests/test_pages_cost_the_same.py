"""A page asks the database no more often after four months than after two."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
import time_machine
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from agencies.models import Role, User
from conftest import SHANGHAI
from progress.demonstration import demonstration_seed
from tianjin_pilot.tests.screens import NOBODY, Screen, screens

pytestmark = pytest.mark.once

# The mornings at which the demonstration has that many periods, the last of them open.
TWO_MONTHS, FOUR_MONTHS = dt.date(2026, 6, 24), dt.date(2026, 8, 24)
# How many statements more a page may need, and which things it shows that there were none of. Of
# what is in no month at all a page reads no rows, and nothing that belongs to them.
SHOWS_MORE: Mapping[str, int] = {}


@contextmanager
def laid_out(today: dt.date) -> Iterator[None]:
    """The demonstration as it stands on that day at noon; at the end of the block it is gone."""
    noon = dt.datetime.combine(today, dt.time(12), SHANGHAI)
    with time_machine.travel(noon, tick=False), transaction.atomic():
        demonstration_seed(today=today)
        yield
        transaction.set_rollback(True)


def costs() -> Mapping[tuple[str, str], int]:
    """How many statements each page takes once its caches are filled, by its name and its role."""
    clients = {NOBODY: Client()}
    for user in User.objects.filter(username__in=Role.values):
        clients[user.username] = Client()
        clients[user.username].force_login(user)
    for client in clients.values():
        client.cookies["django_language"] = "zh-hans"
    return {(one.name, one.role): cost(clients[one.role], one) for one in screens()}


def cost(client: Client, screen: Screen) -> int:
    client.get(screen.path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(screen.path).status_code == screen.status, screen
    return len(captured)


def test_no_page_asks_more_often_after_four_months_than_after_two(
    register: None, settings: Settings
) -> None:
    settings.DEBUG = True  # the demonstration is refused without it
    with laid_out(TWO_MONTHS):
        before = costs()
    with laid_out(FOUR_MONTHS):
        after = costs()
    assert before.keys() <= after.keys()
    grown = {
        page: (before[page], after[page])
        for page in before
        if after[page] > before[page] + SHOWS_MORE.get(page[0], 0)
    }
    assert grown == {}
