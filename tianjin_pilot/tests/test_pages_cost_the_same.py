"""A page asks the database no more often after six months than after four."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from django.db import connection, reset_queries, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.audit import entries_seal
from agencies.models import Role, User
from conftest import SHANGHAI
from progress.models import ReportingPeriod
from progress.tests.laid_out import TODAY, demonstration_copy
from tianjin_pilot.tests.screens import NOBODY, Screen, screens

pytestmark = pytest.mark.once

# The demonstration as it is shown has six.
FEWER_MONTHS = 4
# How many statements more a page may need, and which things it shows that there were none of. Of
# what is in no month at all a page reads no rows, and nothing that belongs to them.
SHOWS_MORE: Mapping[str, int] = {
    # The first matter there is has been answered by then, and who answered is named as they were.
    "matter": 5,
}


@contextmanager
def laid_out(demonstration: Callable[[], object]) -> Iterator[None]:
    """The demonstration as it stands on TODAY at noon, its audit trail sealed as the job of every
    minute leaves it; at the end of the block it is gone."""
    noon = dt.datetime.combine(TODAY, dt.time(12), SHANGHAI)
    with time_machine.travel(noon, tick=False), transaction.atomic():
        demonstration()
        entries_seal()
        yield
        transaction.set_rollback(True)


def costs() -> Mapping[tuple[str, str], int]:
    """How many statements each page takes, by its name and its role."""
    clients = {NOBODY: Client()}
    for user in User.objects.filter(username__in=Role.values):
        clients[user.username] = Client()
        clients[user.username].force_login(user)
    for client in clients.values():
        client.cookies["django_language"] = "zh-hans"
    return {(one.name, one.role): cost(clients[one.role], one) for one in screens()}


def cost(client: Client, screen: Screen) -> int:
    # Without a request of its own handler the log of statements would fill up.
    reset_queries()
    with CaptureQueriesContext(connection) as captured:
        assert client.get(screen.path).status_code == screen.status, screen
    return len(captured)


def test_no_page_asks_more_often_after_six_months_than_after_four(
    db: None, kept_folder: Path, evidence_dir: Path
) -> None:
    def fewer_months() -> None:
        demonstration_copy(kept=kept_folder, evidence=evidence_dir, months=FEWER_MONTHS)

    with laid_out(fewer_months):
        assert ReportingPeriod.objects.count() == FEWER_MONTHS
        costs()  # fills the caches of the process
        before = costs()
    with laid_out(lambda: demonstration_copy(kept=kept_folder, evidence=evidence_dir)):
        assert ReportingPeriod.objects.count() > FEWER_MONTHS
        after = costs()
    assert before.keys() == after.keys()
    grown = {
        page: (before[page], after[page])
        for page in before
        if after[page] > before[page] + SHOWS_MORE.get(page[0], 0)
    }
    assert grown == {}
