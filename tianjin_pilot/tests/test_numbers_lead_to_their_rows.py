"""Every number that is a link leads to exactly as many rows, on every page, for whoever sees it."""

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import pytest
from django.test import Client

from agencies.models import Role, User
from tianjin_pilot.tests.screens import Screen, screens

pytestmark = pytest.mark.once

# "131", "待答复 12", "共4项任务".
COUNT = re.compile(r"(?:.*?[^\d第./-])?(\d+)(?:项任务)?")
# A cell of the matrix: how many tasks, and how many of them with that light.
CELL = re.compile(r"(\d+)红灯(\d+)")
PERCENT = re.compile(r"(\d+\.\d)%")
# How many of a task's measures are done, of how many.
SHARE = re.compile(r"(\d+)/(\d+)")
ONE_TASK = re.compile(r"/tasks/\d+/.*")
# Says how many messages are new, and leads to all of them.
INBOX = "/inbox/"
TRAIL = "/audit-trail/"
# What a rate's part has more than its whole.
OF_THE_PART = frozenset({"status", "measure_status", "reporting"})
LISTS = frozenset({"/tasks/", "/measures/"})
# A board has its sums above what it lists, the ledger what did not arrive.
PLACES = {"/board/": "items-", "/reminders/": "messages", "/reminders/ledger/": "entries"}

LINK = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
NEXT_PAGE = re.compile(r'href="([^"]*)" rel="next"')
TAG = re.compile("<[^>]*>")
HIDDEN = re.compile(r'<span class="visually-hidden">.*?</span>', re.DOTALL)
ROWS_OF_LISTS = re.compile(r'<(ul|ol) class="(?:measures|agency-names)">(.*?)</\1>', re.DOTALL)


@dataclass
class Reader:
    """One person's pages, each address read once."""

    client: Client
    read: dict[str, str] = field(default_factory=dict)
    counted: dict[tuple[str, str], int] = field(default_factory=dict)

    def page(self, address: str) -> str:
        if address not in self.read:
            answer = self.client.get(address)
            assert answer.status_code == 200, address
            self.read[address] = answer.content.decode()
        return self.read[address]

    def rows(self, address: str, place: str = "") -> int:
        """How many rows are listed there on all pages; `place` is the section that is meant."""
        key = (address, place)
        if key not in self.counted:
            path = urlsplit(address).path
            # As few pages as there can be.
            page = (
                f"{address}{'&' if '?' in address else '?'}rows=100" if path in LISTS else address
            )
            count = 0
            while page:
                read = self.page(page)
                count += rows_in(read, place or PLACES.get(path, ""))
                following = NEXT_PAGE.search(read)
                page = urljoin(page, html.unescape(following[1])) if following else ""
            self.counted[key] = count
        return self.counted[key]


def rows_in(page: str, place: str) -> int:
    """The lines of the tables and lists of rows, in the sections labelled by `place` if given."""
    read = page[page.index("<main") :]
    if place:
        read = "".join(re.findall(rf'<section[^>]*"{place}[^"]*">.*?</section>', read, re.DOTALL))
    tables: int = sum(
        body.count("<tr") for body in re.findall("<tbody>.*?</tbody>", read, re.DOTALL)
    )
    lists: int = sum(found.count("<li>") for _tag, found in ROWS_OF_LISTS.findall(read))
    return tables + lists


def links_of(page: str) -> Iterator[tuple[str, str]]:
    """Where each link leads, and what one sees of its words."""
    for address, words in LINK.findall(page):
        seen = TAG.sub("", HIDDEN.sub("", words))
        yield html.unescape(address), " ".join(html.unescape(seen).split())


@dataclass(frozen=True)
class Claim:
    """That a link's words say how much is behind it: `kind` is "count", "percent" or "measures"."""

    kind: str
    said: float
    address: str
    place: str = ""

    @property
    def question(self) -> tuple[str, ...]:
        """What the link asks, whatever the values are."""
        parts = urlsplit(self.address)
        path = re.sub(r"\d+", "…", parts.path)
        return self.kind, path, self.place, *sorted({n for n, _v in parse_qsl(parts.query)})

    def behind(self, reader: Reader) -> float:
        if self.kind != "percent":
            return reader.rows(self.address, self.place)
        parts = urlsplit(self.address)
        pairs = [pair for pair in parse_qsl(parts.query) if pair[0] not in OF_THE_PART]
        whole = reader.rows(parts._replace(query=urlencode(pairs)).geturl())
        return round(100 * reader.rows(self.address) / whole, 1) if whole else 0


def claims_of(page: str, path: str) -> Iterator[Claim]:
    """What the page's links say of numbers; not those that name a task, a thing of the audit trail
    or a page's size."""
    for href, words in links_of(page):
        target = urlsplit(urljoin(path, href))
        address, place = target._replace(fragment="").geturl(), target.fragment
        share, percent = SHARE.fullmatch(words), PERCENT.fullmatch(words)
        if share and place == "measures":
            yield Claim("measures", int(share[2]), address, place)
        elif _counts_nothing(target.path, place, target.query):
            continue
        elif percent:
            yield Claim("percent", float(percent[1]), address)
        elif cell := CELL.fullmatch(words):
            yield Claim("count", int(cell[1]), address)
            yield Claim("count", int(cell[2]), f"{address}&light=red")
        elif count := COUNT.fullmatch(words):
            yield Claim("count", int(count[1]), address, place)


def _counts_nothing(path: str, place: str, query: str) -> bool:
    names_a_task = bool(ONE_TASK.fullmatch(path)) and not place
    names_a_thing = path == TRAIL and "thing=" in query
    return names_a_task or names_a_thing or path == INBOX or "rows=" in query


def followed(claims: Sequence[Claim]) -> list[Claim]:
    """Of links that differ in values alone, as those of the rows of a table do, the one that says
    most and, of counts, the one that says least."""
    by_question: dict[tuple[str, ...], set[Claim]] = {}
    for claim in claims:
        by_question.setdefault(claim.question, set()).add(claim)
    some: list[Claim] = []
    for asked in by_question.values():
        alike = sorted(asked, key=lambda claim: (claim.said, claim.address))
        some += {alike[0], alike[-1]} if alike[0].kind == "count" else {alike[-1]}
    return some


def untrue(screen: Screen, reader: Reader) -> Iterator[str]:
    claims = list(claims_of(reader.page(screen.path), screen.path))
    for claim in followed(claims):
        behind = claim.behind(reader)
        if abs(behind - claim.said) > 0.05:
            where = f"{screen.name} as {screen.role}: {claim.address}#{claim.place}"
            yield f"{where} says {claim.said}, lists {behind}"


def test_a_number_that_is_a_link_leads_to_as_many_rows(demonstration: None) -> None:
    shown = [one for one in screens() if one.role and one.status == 200]
    faults: list[str] = []
    counted = 0
    for role in Role.values:
        client = Client()
        client.force_login(User.objects.get(username=role))
        client.cookies["django_language"] = "zh-hans"
        reader = Reader(client)
        for screen in (one for one in shown if one.role == role):
            faults += untrue(screen, reader)
        counted += len(reader.counted)
    assert faults == []
    # Pages that show no more numbers would pass as well.
    assert counted > 200
