"""The server is killed between saving a draft and saying so: the draft is there, and once."""

import contextlib
import os
import re
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, expect

from conftest import PASSWORD, Cast
from progress.models import Report, ReportingPeriod
from progress.states import ReportState
from progress.workflow import content_of, period_open
from tasks.models import Measure, Status
from tianjin_pilot.children import Child, ChildError, child
from tianjin_pilot.tests import services

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

PRODUCT = "tianjin_pilot.wsgi:application"
DYING = "tianjin_pilot.tests.dying_wsgi:application"
TEXT = "　　建成数据标注基地3个\n\n签约企业12家"


@pytest.fixture
def period(cast: Cast) -> ReportingPeriod:
    """The servers read the real clock, so the period is that of the real month."""
    now = timezone.now()
    return period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def server(application: str, port: int, folder: Path) -> Iterator[Child]:
    """Gunicorn with this application over the database of the tests."""
    command = [sys.executable, "-W", "ignore", "-m", "gunicorn", application]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "4", "--log-level", "warning"]
    command += ["--no-control-socket"]
    env = {
        **os.environ,
        "DEBUG": "1",
        "DATABASE_URL": services.database_url_of(connection),
        "DJANGO_SETTINGS_MODULE": "tianjin_pilot.tests.settings",
    }
    log = folder / f"{application.partition(':')[0]}.log"
    with log.open("wb") as output, child(command, env=env, output=output) as process:
        until = time.monotonic() + 30
        while True:
            # A whole page: to a port that a killed server has not quite let go one can connect too.
            with (
                contextlib.suppress(OSError),
                urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=30) as page,
            ):
                page.read()
                break
            if process.poll() is not None or time.monotonic() > until:
                raise ChildError(f"The server does not start. It said:\n{log.read_text()}")
            time.sleep(0.05)
        yield process


class Visitor:
    """A browser that does no more than send forms and keep cookies."""

    def __init__(self, port: int) -> None:
        self.site = f"http://127.0.0.1:{port}"
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        with self.opener.open(f"{self.site}{path}", timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, fields: Mapping[str, object], *, page: str) -> str:
        """Send the fields with the key of the form on that page."""
        key = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page))
        assert key is not None
        body = urlencode({**fields, "csrfmiddlewaretoken": key[1]}).encode()
        with self.opener.open(f"{self.site}{path}", body, timeout=30) as answer:
            return str(answer.read().decode())

    def sign_in(self) -> None:
        self.post("/sign-in/", {"username": "reporter", "password": PASSWORD}, page="/sign-in/")


def typed(version: int) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "then": "stay"}
    for measure in Measure.objects.filter(task__number=4):
        fields[f"status_{measure.pk}"] = Status.IN_PROGRESS
        fields[f"text_{measure.pk}"] = TEXT
    return fields | {"problems": "问题", "next_steps": "", "coordination": ""}


def test_a_draft_whose_answer_was_lost_is_found_whole_and_can_be_sent_again(
    port: int, tmp_path: Path, cast: Cast, period: ReportingPeriod
) -> None:
    address = f"/tasks/4/reports/{period.code}/edit/"
    visitor = Visitor(port)
    with server(DYING, port, tmp_path) as process:
        visitor.sign_in()
        with pytest.raises((URLError, ConnectionError)) as lost:
            visitor.post(address, typed(0), page=address)
        assert not isinstance(lost.value, HTTPError)
        assert process.wait(60) < 0  # killed, not ended

    with server(PRODUCT, port, tmp_path):
        page = visitor.get(address)
        assert page.count(f"{TEXT}</textarea>") == Measure.objects.filter(task__number=4).count()
        # Who does not look first but sends the same once more is in nobody's way.
        visitor.post(address, typed(0), page=address)
        with pytest.raises(HTTPError) as refused:
            visitor.post(address, typed(0) | {"problems": "别的问题"}, page=address)
        assert refused.value.code == 409
        refused.value.close()
    report = Report.objects.get()
    assert (report.state, report.version, report.problems) == (ReportState.DRAFT, 1, "问题")
    assert {m.text for m in content_of(report).measures} == {TEXT}


@pytest.mark.browser
def test_what_is_typed_while_the_server_is_away_is_saved_once_it_is_back(
    port: int, tmp_path: Path, cast: Cast, period: ReportingPeriod, browser: Browser
) -> None:
    site = f"http://127.0.0.1:{port}"
    page = browser.new_page()
    status = page.locator(".draft-status")
    with server(DYING, port, tmp_path) as process:
        page.goto(f"{site}/sign-in/")
        page.get_by_label("用户名").fill("reporter")
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.goto(f"{site}/tasks/4/reports/{period.code}/edit/")
        page.get_by_label("存在问题").fill("服务器停止前写的")
        assert process.wait(60) < 0
    expect(status).to_have_text(status.get_attribute("data-unreachable") or "")
    assert Report.objects.get().problems == "服务器停止前写的"
    # A button is not taken at its word while nobody would hear it: the page stays.
    page.get_by_label("下一步计划").fill("服务器停止后写的")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(status).to_have_text(status.get_attribute("data-unreachable") or "")
    expect(page.get_by_label("存在问题")).to_have_value("服务器停止前写的")

    with server(PRODUCT, port, tmp_path):
        # By itself: first what had no answer, which is there already, then what was typed since.
        expect(status).to_have_text(re.compile(r"\d\d:\d\d"), timeout=30_000)
        expect(page.locator("[name=version]")).to_have_value("2", timeout=30_000)
        report = Report.objects.get()
        assert (report.problems, report.next_steps) == ("服务器停止前写的", "服务器停止后写的")
        page.reload()
        expect(page.get_by_label("下一步计划")).to_have_value("服务器停止后写的")
        expect(page.locator(".draft-offer")).to_have_count(0)
        page.wait_for_function("localStorage.length === 0")
        page.close()
