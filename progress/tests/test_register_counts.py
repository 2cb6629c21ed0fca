"""How many entries a register has: page, endpoint, workbook and a recount by hand agree."""

import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.rollups import Register, entries_of, register_counts
from progress.tests.registers import (
    READERS,
    exported,
    in_api,
    on_page,
    readable,
    registers_fill,
    rows_of,
)

pytestmark = pytest.mark.wide

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    registers_fill(cast, period)


@pytest.mark.parametrize("who", READERS)
def test_counts_agree_in_page_endpoint_and_recount(
    who: str, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    user = getattr(cast, who)
    client = signed_in(user)
    counts = {count.register: count for count in register_counts(user=user)}
    in_endpoint = {one["register"]: one for one in client.get("/api/v1/registers/").json()}
    cards = {card.register: card for card in client.get("/registers/").context["cards"]}
    for register in Register:
        mine = readable(register, user)
        if register == Register.RESULTS:
            mine = [entry for entry in mine if entry.struck_at is None]
        column = "kind" if register == Register.RESULTS else "state"
        by_state = Counter(getattr(entry, column) for entry in mine)
        count = counts[register]
        assert count.all == len(mine)
        assert {k: n for k, n in count.by_state.items() if n} == dict(by_state)
        assert count.waiting == by_state["open"] + by_state["answered"] + by_state["requested"]
        assert in_endpoint[register]["all"] == count.all
        assert in_endpoint[register]["by_state"] == dict(count.by_state)
        assert cards[register].count == count
        ids = sorted(entry.pk for entry in mine)
        assert sorted(on_page(client, register)) == ids
        assert sorted(in_api(client, register)) == ids
        # Every number leads to the rows that it counts.
        for tally in cards[register].states:
            rows = client.get(tally.address).context["page_obj"].paginator.count
            assert rows == tally.count == by_state[tally.value]
        if who == "coordinator":
            assert len(rows_of(exported(client, register))) == count.all
    if who == "coordinator":
        assert all(count.all for count in counts.values())


@pytest.mark.parametrize("who", READERS)
def test_above_each_list_stand_all_four_with_their_counts_and_the_current_one_marked(
    who: str, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    user = getattr(cast, who)
    client = signed_in(user)
    counts = {
        one: sum(getattr(entry, "struck_at", None) is None for entry in readable(one, user))
        for one in Register
    }
    for listed in Register:
        page = client.get(f"/registers/{listed}/", {"q": "没有这样的词"}).content.decode()
        [navigation] = re.findall(r'<nav class="tabs.*?</nav>', page, re.DOTALL)
        found = re.findall(r'<a href="([^"]+)"([^>]*)>[^<]+<span class="num">(\d+)<', navigation)
        assert [(address, int(number)) for address, _current, number in found] == [
            (f"/registers/{one}/", counts[one]) for one in Register
        ]
        current = [address for address, marked, _number in found if "aria-current" in marked]
        assert current == [f"/registers/{listed}/"]


@pytest.mark.parametrize("who", ["coordinator", "leader"])
def test_registers_are_counted_from_their_own_entries(who: str, cast: Cast, filled: None) -> None:
    # Joined, SQLite begins with all reports there are where the register is empty.
    for register in Register:
        entries = entries_of(register, user=getattr(cast, who)).order_by()
        assert " JOIN " not in str(entries.values("pk").query)
