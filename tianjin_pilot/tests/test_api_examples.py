"""The examples of the page for developers run as they stand, against a real server."""

import datetime as dt
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from agencies.models import TokenAccess, User
from agencies.tokens import token_create
from conftest import Cast
from progress.models import ReportingPeriod
from progress.pages.developers import FOLDER, LESSONS, RECEIVER

# Who runs the example, where it is not the reporter, and what it prints.
BY: Mapping[str, str] = {"deadlines": "coordinator"}
PRINTED: Mapping[str, str] = {
    "first_call.sh": '"tasks":131',
    "first_call.py": "131 tasks, 337 measures",
    "filters.sh": '"number":14',
    "filters.py": "14 ",
    "pages.sh": '"number":131',
    "pages.py": "131 tasks",
    "unchanged.sh": "304",
    "unchanged.py": "unchanged",
    "report.sh": '"state":"submitted"',
    "report.py": "412 what is stored: 开展试点企业申报。\nsubmitted",
    "deadlines.sh": '"new":"2027-06-30"',
    "deadlines.py": "{'rows.1.task': [",
    "changes.sh": '"more":false',
    "changes.py": "period 2026-10 http",
    "errors.sh": "did you mean status?",
    "errors.py": "400 urn:tianjin-pilot:problem:invalid",
}


def test_every_example_that_the_page_shows_is_run() -> None:
    shown = {f"{lesson.name}{kind}" for lesson in LESSONS for kind in (".sh", ".py")}
    assert shown == set(PRINTED)
    assert {one.name for one in FOLDER.iterdir() if one.is_file()} == shown | {"pilot.py", RECEIVER}


@pytest.mark.once
@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs_as_it_stands(
    name: str, live_server: LiveServer, cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    now = timezone.now()
    _token, key = token_create(
        user=cast.everyone()[BY.get(name.partition(".")[0], "reporter")],
        name="数据平台",
        access=TokenAccess.READ_WRITE,
        expires_at=now + dt.timedelta(days=1),
        now=now,
    )
    folder = tmp_path / "examples"
    shutil.copytree(FOLDER, folder)
    program = [sys.executable] if name.endswith(".py") else ["sh"]
    environment = {"PATH": os.environ["PATH"], "PYTHONUTF8": "1"}
    ran = subprocess.run(
        [*program, name],
        cwd=folder,
        env=environment | {"PILOT": live_server.url, "TOKEN": key},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert PRINTED[name] in ran.stdout, ran.stdout + ran.stderr


def test_the_page_shows_the_examples_to_everyone_who_is_signed_in(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    for person in cast.everyone().values():
        page = signed_in(person).get("/developers/") if person.is_active else None
        if page is None:
            continue
        assert page.status_code == 200
        text = page.content.decode()
        assert "urllib.request" in text
        assert text.count("<pre") == 2 * len(LESSONS) + 2
    answer = Client().get("/developers/")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/developers/")
