"""An upgrade of the release before this one, in the steps of docs/operations.md, while somebody
asks something every 50 milliseconds: no request fails, nothing that was saved is lost.

Where the history of a clone does not reach back, this release stands for the one before: then the
restart is tested, the migrations are not, and the run says so (conftest.py).
"""

import contextlib
import http.client
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tianjin_pilot.environment import SECRETS, with_secrets_from_files
from tianjin_pilot.tests import released, services
from tianjin_pilot.tests.installation import (
    Installation,
    asked,
    held_socket,
    installation,
    release_copied,
    until_answered,
)

pytestmark = [pytest.mark.services]

SECONDS_BETWEEN = 0.05
# In the release before: an agency's reporter with a key and a session, and a report that has begun.
LAID_OUT = """
import datetime as dt, json
import django
django.setup()
from django.test import Client
from django.utils import timezone
from agencies.models import Role, TokenAccess, User
from agencies.tokens import token_create
from progress.workflow import period_open
from tasks.models import Task

now = timezone.now()
office = User.objects.create_user("office", "correct-Horse-9", name="周统", role=Role.COORDINATOR)
lead = Task.objects.get(number=4).responsibilities.get(role="lead").agency
reporter = User.objects.create_user(
    "reporter", "correct-Horse-9", name="张报", role=Role.REPORTER, agency=lead
)
period_open(code=f"{timezone.localdate(now):%Y-%m}", by=office, now=now)
key = token_create(
    user=reporter, name="x", access=TokenAccess.READ_WRITE, expires_at=None, now=now
)[1]
client = Client()
client.force_login(reporter)
print(json.dumps({"key": key, "session": client.cookies["sessionid"].value}))
"""


@dataclass
class Pulse:
    """Somebody who asks the service something every 50 ms, in turns a page, a list and a save."""

    socket: Path
    key: str
    session: str
    failed: list[str] = field(default_factory=list)
    answered: int = 0
    saved: str = ""
    longest: float = 0
    _version: int = 0
    _report: int = 0
    _saving: threading.Lock = field(default_factory=threading.Lock)

    @contextlib.contextmanager
    def beating(self) -> Iterator[None]:
        end = threading.Event()
        thread = threading.Thread(target=self._beat, args=(end,))
        thread.start()
        try:
            yield
        finally:
            end.set()
            thread.join()

    def goes_on(self) -> None:
        """Return once two more saves were answered; all before them have been by then."""
        until = time.monotonic() + 60
        for _save in range(2):
            before = self.saved
            while self.saved == before:
                assert time.monotonic() < until, f"nothing is saved any more: {self.failed[:3]}"
                time.sleep(SECONDS_BETWEEN)

    def _beat(self, end: threading.Event) -> None:
        turns: list[Callable[[], None]] = [self.page, self.save, self.list]
        with ThreadPoolExecutor(max_workers=64) as at_once:
            number = 0
            while not end.wait(SECONDS_BETWEEN):
                at_once.submit(self._tried, turns[number % len(turns)])
                number += 1

    def _tried(self, turn: Callable[[], None]) -> None:
        began = time.monotonic()
        try:
            turn()
        except (OSError, http.client.HTTPException, AssertionError) as error:
            self.failed.append(repr(error))
        self.answered += 1
        self.longest = max(self.longest, time.monotonic() - began)

    def page(self) -> None:
        answer = asked(
            self.socket, "GET", "/overview/", headers={"Cookie": f"sessionid={self.session}"}
        )
        # A release may end the sessions of the one before, and then asks who is there.
        assert answer.status in (200, 302), f"page: {answer.status}"

    def list(self) -> None:
        answer = asked(self.socket, "GET", "/api/v1/tasks/?page_size=20", headers=self._headers())
        assert answer.status == 200, f"list: {answer.status}"

    def save(self) -> None:
        # One after the other, as one person does; who comes meanwhile has nothing to save.
        if not self._saving.acquire(blocking=False):
            return
        try:
            self._save()
        finally:
            self._saving.release()

    def _save(self) -> None:
        text = f"第{self._version + 1}稿"
        content = {"version": self._version, "problems": text, "next_steps": "", "coordination": ""}
        if self._report:
            sent = "PATCH", f"/api/v1/reports/{self._report}/", content
        else:
            started = asked(
                self.socket, "GET", "/api/v1/reports/start/?task=4", headers=self._headers()
            )
            begun = json.loads(started.body)
            measures = [
                {"ordinal": one["ordinal"], "status": "in_progress", "text": text}
                for one in begun["measures"]
            ]
            content |= {"task": 4, "period": begun["period"], "measures": measures}
            sent = "POST", "/api/v1/reports/", content
        method, address, body = sent
        answer = asked(
            self.socket, method, address, body=json.dumps(body).encode(), headers=self._headers()
        )
        assert answer.status in (200, 201), f"save: {answer.status} {answer.body[:300]!r}"
        stored = json.loads(answer.body)
        self._report, self._version, self.saved = stored["id"], stored["version"], text

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}


def laid_out(made: Installation) -> dict[str, str]:
    ran = subprocess.run(
        [sys.executable, "-c", LAID_OUT],
        cwd=made.current,
        env={**made.env, "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    said: dict[str, str] = json.loads(ran.stdout.splitlines()[-1])
    return said


def faults_of(log: Path) -> str:
    """The first error in what the web server said."""
    return log.read_text().partition("Traceback")[2][:5000]


def test_an_upgrade_and_a_reload_fail_no_request_and_lose_nothing(tmp_path: Path) -> None:
    new = release_copied(tmp_path / "new")
    reaches_back = released.history_reaches_back()
    old = released.release_before(tmp_path / "old") if reaches_back else new
    with (
        services.postgresql() as database,
        services.broker() as broker,
        installation(
            database_url=database,
            redis_url=broker,
            API_READS_A_MINUTE="0",
            API_WRITES_A_MINUTE="0",
        ) as made,
    ):
        # The release before reads no secrets from files.
        made.env = with_secrets_from_files(made.env)
        for name in SECRETS:
            made.env.pop(f"{name}_FILE", None)
        made.put_in_place(old)
        made.manage("migrate", "--verbosity", "0")
        made.manage("import_tasks", "--verbosity", "0")
        made.manage("collectstatic", "--no-input", "--verbosity", "0", release=new)
        if new is not old:
            # Collecting takes a while, and that of either release has the names of both.
            shutil.copytree(new / "staticfiles", old / "staticfiles")
        person = laid_out(made)
        at = made.folder / "run" / "web.sock"
        with (
            held_socket(at) as held,
            made.running("tianjin-pilot-web.service", held=held) as web,
        ):
            until_answered(at, web)
            pulse = Pulse(at, person["key"], person["session"])
            with pulse.beating():
                pulse.goes_on()
                # The steps of an upgrade, in the order of docs/operations.md.
                made.manage("migrate", "--verbosity", "0", release=new)
                pulse.goes_on()  # the old programs, on the new tables
                made.put_in_place(new)
                web.restart()
                until_answered(at, web)
                pulse.goes_on()
                web.reload()
                time.sleep(2)
                pulse.goes_on()
            print(f"{pulse.answered} requests, the longest {pulse.longest:.1f} s")
            assert pulse.failed == [], faults_of(web.log)
            stored = asked(at, "GET", "/api/v1/reports/", headers=pulse._headers())
            [report] = json.loads(stored.body)["results"]
            whole = asked(at, "GET", f"/api/v1/reports/{report['id']}/", headers=pulse._headers())
            assert json.loads(whole.body)["problems"] == pulse.saved
        # The trail that both releases wrote holds, and the database is that of the new one.
        assert "entries hold" in made.manage("verify_audit")
        made.manage("service_check")
