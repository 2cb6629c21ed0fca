"""The log in service: every line an object with the request's number, none with what was sent."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import Cast
from progress.models import ReportingPeriod
from tianjin_pilot import urls
from tianjin_pilot.logs import ANSWERED, JsonLines

handler400, handler500 = urls.handler400, urls.handler500
# Each in a place of its own in what is sent, and in none of the log's lines.
PERSON, MAIL = "欧阳泄露", "ouyang.leak@example.org"
PHONE, IDENTITY = "13812345678", "120101199001011234"
TEXT, SEARCH, SECRET = "已完成涉密内容的撰写", "searched-for-words", "Hunter2-hunter2"
KEY, LATIN = "tpt_leakedleakedleaked", "Ouyang"
SENT = (PERSON, MAIL, PHONE, IDENTITY, TEXT, SEARCH, SECRET, KEY, LATIN)


@login_not_required
def fails(request: HttpRequest, **_named: object) -> HttpResponse:
    """Local variables, the sentence of the failure and of what it came from: all of them tell."""
    told = {"text": TEXT, "secret": SECRET, **request.POST.dict()}
    try:
        int(f"{PERSON} {MAIL} {PHONE} {IDENTITY} {LATIN}")
    except ValueError as error:
        raise RuntimeError(f"cannot write {told}") from error
    return HttpResponse()


@login_not_required
def collides(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        # As two requests at the same time would, past the checks that come before.
        one = {"username": LATIN, "name": PERSON, "email": MAIL, "role": "leader"}
        User.objects.bulk_create([User(**one), User(**one)])
    return HttpResponse()


urlpatterns = [
    path("fails/<str:what>/<int:number>/", fails),
    path("collides/", collides),
    path("api/fails/", fails),
    *urls.urlpatterns,
]


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """A function that gives what the log of a service holds, line by line."""
    held = io.StringIO()
    handler = logging.StreamHandler(held)
    handler.setFormatter(JsonLines())
    root, answered = logging.getLogger(), logging.getLogger(ANSWERED)
    before = answered.level
    root.addHandler(handler)
    answered.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in held.getvalue().splitlines()]
    root.removeHandler(handler)
    answered.setLevel(before)


Lines = Callable[[], list[dict[str, Any]]]


def tells_nothing(lines: list[dict[str, Any]]) -> None:
    written = json.dumps(lines, ensure_ascii=False)
    assert [one for one in SENT if one in written] == []


@pytest.mark.urls("tianjin_pilot.tests.test_logs")
def test_a_failure_is_found_by_its_number_and_tells_nothing_of_what_was_sent(
    db: None, lines: Lines
) -> None:
    client = Client(raise_request_exception=False)
    form = {"name": PERSON, "email": MAIL, "text": TEXT}
    for address in (f"/fails/{PERSON}/7/?q={SEARCH}", "/collides/", "/api/fails/"):
        answer = client.post(address, form, headers={"Authorization": f"Bearer {KEY}"})
        assert answer.status_code == 500
        number = answer["X-Request-ID"]
        assert number in answer.content.decode()
        told = [line for line in lines() if line["request"] == number]
        failure = next(line for line in told if "faults" in line)
        assert "test_logs.py:" in json.dumps(failure["faults"])
        assert any(line["said"] == "answered" and line["status"] == 500 for line in told)
    kinds = [one["kind"] for line in lines() for one in line.get("faults", [])]
    assert "builtins.ValueError" in kinds
    assert f"{IntegrityError.__module__}.IntegrityError" in kinds
    assert any(line.get("numbers") == {"number": 7} for line in lines())
    tells_nothing(lines())


def test_requests_of_every_kind_tell_nothing_of_what_was_sent(
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
    lines: Lines,
    settings: Settings,
) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    stranger, reporter = Client(), signed_in(cast.reporter)
    administrator = signed_in(cast.administrator)
    json_of: dict[str, Any] = {"content_type": "application/json"}
    answers = [
        stranger.get("/", headers={"Host": f"{LATIN}.example.org"}),
        stranger.get(f"/{PERSON}/{LATIN}/?q={SEARCH}"),
        stranger.post("/sign-in/", {"username": MAIL, "password": SECRET}),
        stranger.get("/api/v1/tasks/", headers={"Authorization": f"Bearer {KEY}"}),
        reporter.get(f"/tasks/?q={SEARCH}{PERSON}"),
        reporter.get(f"/api/v1/tasks/?search={SEARCH}&no_such={PHONE}"),
        reporter.get(f"/lists/{LATIN}/save/"),
        reporter.post(f"/tasks/4/reports/2026-10/{LATIN}/", {"reason": TEXT}),
        reporter.post("/api/v1/reports/", {"task": TEXT, LATIN: PHONE}, **json_of),
        reporter.post("/api/v1/reports/", f"{{{TEXT}", **json_of),
        administrator.post("/accounts/add/", {"username": LATIN, "name": PERSON, "email": MAIL}),
        Client(enforce_csrf_checks=True).post(f"/sign-in/?next=/{LATIN}/", {"username": PERSON}),
    ]
    numbers = {one["X-Request-ID"] for one in answers}
    assert len(numbers) == len(answers)
    assert {line["request"] for line in lines() if line["said"] == "answered"} == numbers
    tells_nothing(lines())


def test_what_others_say_is_cut_where_it_may_be_about_a_person(lines: Lines) -> None:
    logger = logging.getLogger("progress.reminders.run")
    logger.warning(
        "reminder %s was not sent: %s", 7, f"550 <{MAIL}> {PERSON} unknown, call {PHONE}"
    )
    logger.warning("asked %s", f"https://example.org/a?name={LATIN}&token={KEY}")
    logger.warning("period 2026-10 is open, reports are due 2026-10-23\nand a second line")
    logging.getLogger("celery.app.trace").error(
        "Task %(name)s[%(id)s] %(description)s: %(exc)s",
        {
            "name": "progress.jobs.make_exports",
            "id": "4f0c",
            "description": "raised unexpected",
            "exc": f"ValueError('{LATIN}')",
            "args": [LATIN],
        },
    )
    told = [line["said"] for line in lines()]
    assert told == [
        "reminder 7 was not sent: 550 <[...]> [...] unknown, call [...]",
        "asked https://example.org/a[...]",
        "period 2026-10 is open, reports are due 2026-10-23\nand a second line",
        "Task progress.jobs.make_exports[4f0c] raised unexpected",
    ]
    tells_nothing(lines())
