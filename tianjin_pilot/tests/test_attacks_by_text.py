"""What is typed stays text: in pages, in workbooks, in questions to the database, in addresses."""

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import time_machine
from django.test import Client
from openpyxl import load_workbook
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, PASSWORD, Cast
from progress.models import ReportingPeriod
from tasks.models import Task
from tianjin_pilot.tests.every_address import every_address
from tianjin_pilot.tests.foreign import foreign_things, texts_written

pytestmark = pytest.mark.once

SignedIn = Callable[[User], Client]
# As text it is ugly and does nothing; as markup it is an element, or an attribute of the one that
# it broke out of. The quotes are those of SQL as well.
MARKUP = "'\"><xss-mark onxss=1>' OR 1=1 --"
FORMULA = "=cmd|'/c calc'!A1"
WHO = ("coordinator", "reporter", "administrator", "auditor")
# By which words lists and pages are asked, of all of them together.
ASKED_BY = (
    *("q", "search", "next", "sort", "order", "ordering", "page", "cursor", "period", "state"),
    *("chapter", "agency", "status", "light", "code", "do", "task", "tasks", "kind", "until"),
    *(
        "since",
        "day",
        "view",
        "role",
        "owner",
        "month",
        "year",
        "fields",
        "held",
        "after",
        "columns",
    ),
)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Markup(HTMLParser):
    """Notes what a browser would make of a mark, and the fields of each form."""

    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []
        self.forms: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "xss-mark" or any(name.startswith("on") for name in said):
            self.made.append(self.get_starttag_text() or tag)
        if (
            said.get("href", said.get("src", ""))
            .strip()
            .lower()
            .startswith(("javascript:", "data:"))
        ):
            self.made.append(self.get_starttag_text() or tag)
        if tag == "form" and said.get("method", "").lower() == "post":
            self.forms.append((said.get("action", ""), {}))
        if self.forms and tag in ("input", "textarea", "select") and said.get("name"):
            is_text = tag == "textarea" or said.get("type", "text") in ("text", "search", "email")
            value = MARKUP if is_text else said.get("value", "")
            if said.get("type") not in ("checkbox", "radio", "file") and tag != "select":
                self.forms[-1][1][said["name"]] = value


def read(content: bytes) -> Markup:
    page = Markup()
    page.feed(content.decode())
    return page


def is_page(answer: Any) -> bool:
    return bool(answer.get("Content-Type", "").startswith("text/html"))


@pytest.fixture(autouse=True)
def _as_often_as_wanted(settings: Settings) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 0)


def test_no_text_becomes_markup(cast: Cast, period: ReportingPeriod, signed_in: SignedIn) -> None:
    """Stored: in every text of every row. Reflected: in every parameter of every page."""
    things = foreign_things(cast, period)
    assert len(set(texts_written(MARKUP))) > 40
    asked = urlencode(dict.fromkeys(ASKED_BY, MARKUP))
    made: dict[str, list[str]] = {}
    shown = 0
    pages = [one for one in every_address(things) if not one.is_api and one.name != "sign-out"]
    with time_machine.travel(NOW, tick=False):
        for who in WHO:
            client = signed_in(getattr(cast, who))
            client.raise_request_exception = False
            # What is reflected does not hang on who asks.
            ways = ("", f"?{asked}") if who == "coordinator" else ("",)
            for path in (f"{one.path}{way}" for one in pages for way in ways):
                answer = client.get(path)
                content = answer.getvalue()
                assert answer.status_code != 500, path
                if not is_page(answer):
                    continue
                # It was there to be seen.
                shown += b"xss-mark" in content
                if found := read(content).made:
                    made[f"{who} {path}"] = found[:2]
    assert not made, made
    assert shown > 60


def test_a_form_that_comes_back_holds_what_was_typed_as_text(
    cast: Cast, signed_in: SignedIn
) -> None:
    for who, path in (
        ("coordinator", "/rules/"),
        ("administrator", "/accounts/add/"),
        ("administrator", "/agencies/manage/add/"),
        ("administrator", "/calendar/"),
        ("reporter", "/account/tokens/"),
        ("reporter", "/account/webhooks/"),
        ("reporter", "/account/password/"),
    ):
        client = signed_in(getattr(cast, who))
        fields = [fields for _action, fields in read(client.get(path).content).forms]
        answer = client.post(path, {name: MARKUP for one in fields for name in one})
        assert answer.status_code in (200, 400), path
        assert read(answer.content).made == [], path


def test_no_text_becomes_a_formula(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    """In no workbook that anybody downloads, whatever cell a text has come to."""
    things, found, books = foreign_things(cast, period), {}, 0
    assert len(set(texts_written(FORMULA))) > 40
    client = signed_in(cast.coordinator)
    given = [one for one in every_address(things) if "xlsx" in one.path]
    with time_machine.travel(NOW, tick=False):
        for one in given:
            answer = client.get(one.path)
            if answer.get("Content-Type") != XLSX:
                continue
            books += 1
            book = load_workbook(io.BytesIO(answer.getvalue()))
            for cell in (cell for sheet in book for row in sheet for cell in row):
                if cell.data_type == "f" and "cmd" in str(cell.value):
                    found[f"{one.path} {cell.coordinate}"] = cell.value
    assert not found, found
    assert books > 3


@pytest.mark.parametrize("text", ["' OR 1=1 --", "%", "_", '"; DROP TABLE tasks_task; --', "\\"])
def test_no_text_becomes_a_question_to_the_database(
    text: str, cast: Cast, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    for path in (
        "/api/v1/tasks/?search=",
        "/api/v1/agencies/?search=",
        "/api/v1/measures/?search=",
    ):
        answer = client.get(path + quote(text))
        assert answer.status_code == 200
        # "100%" is a word of the list; all of it would be 131 tasks.
        assert answer.json()["count"] < 5, path
    assert Task.objects.count() == 131


STRANGE = ("\0", "\ud800", "a" * 2000, "٣", "1e9", "-1", "99999999999999999999")


def test_no_parameter_is_too_strange_to_be_answered(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    client.raise_request_exception = False
    for text in STRANGE:
        value = quote(text.encode(errors="surrogatepass"))
        asked = "&".join(f"{name}={value}" for name in ASKED_BY)
        for path in ("/tasks/", "/measures/", "/board/", "/overview/", "/reminders/ledger/"):
            assert client.get(f"{path}?{asked}").status_code != 500, (path, text)


OUTSIDE = (
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "%2e%2e/%2e%2e/etc/passwd",
)


@pytest.mark.parametrize("place", OUTSIDE)
def test_no_address_leads_out_of_what_is_served(
    place: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    client = signed_in(cast.coordinator)
    for before in (
        "/static/",
        "/static/css/",
        "/registers/",
        "/briefs/templates/",
        "/periods/2026-10/editions/1/",
        "/lists/",
        "/api/v1/periods/2026-10/editions/1/",
        "/help/",
    ):
        for after in ("", "/", ".xlsx", ".docx"):
            answer = client.get(before + place + after)
            assert answer.status_code in (301, 400, 403, 404, 405), before
            assert b"root:" not in answer.getvalue()


ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "https://testserver@evil.example/",
    "/%09/evil.example",
    " //evil.example",
)


@pytest.mark.parametrize("place", ELSEWHERE)
def test_nobody_is_sent_elsewhere(place: str, cast: Cast, signed_in: SignedIn) -> None:
    form = {"username": "leader", "password": PASSWORD, "next": place}
    signing_in = Client().post(f"/sign-in/?{urlencode({'next': place})}", form)
    switching = signed_in(cast.leader).post("/language/", {"language": "en", "next": place})
    switched = signed_in(cast.leader).post(
        "/language/", {"language": "en"}, headers={"Referer": place}
    )
    for answer in (signing_in, switching, switched):
        assert answer.status_code == 302
        where = answer["Location"]
        assert re.match(r"/(?![/\\])", where), where
        assert "evil" not in where.replace("/%09/evil.example", "")


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "testserver@evil.example"]
)
def test_no_other_host_is_answered_for(host: str, db: None, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    for path in ("/", "/sign-in/", "/api/v1/tasks/"):
        answer = Client().get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert host not in answer.content.decode()
    # What a client says of another host by other means is not looked at.
    answer = Client().get("/", headers={"X-Forwarded-Host": host, "Forwarded": f"host={host}"})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
