"""Pages that cost much, and tries to sign in, are answered so often a minute, and then with 429; a
request that is too large for any form of ours is refused by the web server itself."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.city.installed import Provider
from agencies.models import User
from conftest import NOW, Cast
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.test_checks import SERVICE
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

SignedIn = Callable[[User], Client]


def test_searches_and_documents_of_a_person(
    cast: Cast, signed_in: SignedIn, settings: Settings
) -> None:
    settings.PAGE_LIMITS = settings.PAGE_LIMITS | {"page": 2}
    with time_machine.travel(NOW, tick=False):
        client = signed_in(cast.coordinator)
        asked = [client.get(path).status_code for path in ("/tasks/?q=数据", "/export/")]
        answer = client.get("/tasks/?q=数据")
        assert [*asked, answer.status_code] == [200, 200, 429]
        assert answer["Retry-After"] == "60"
        assert "HTTP 429" in answer.content.decode()
        assert client.get("/tasks/").status_code == 200
        assert signed_in(cast.leader).get("/tasks/?q=数据").status_code == 200


def test_tries_to_sign_in_of_an_address(db: None, settings: Settings) -> None:
    settings.PAGE_LIMITS = settings.PAGE_LIMITS | {"sign-in": 2}
    form = {"username": "nobody", "password": "guess-guess-guess"}
    with time_machine.travel(NOW, tick=False):
        tries = [Client().post("/sign-in/", form) for _turn in range(3)]
        assert [one.status_code for one in tries] == [200, 200, 429]
        assert tries[2]["Retry-After"] == "60"
        elsewhere = Client(REMOTE_ADDR="10.1.2.3").post("/sign-in/", form)
        assert elsewhere.status_code == 200
        # By the city's sign-on it is a try as well, going there and coming back.
        settings.OIDC = Provider("http://127.0.0.1:9", "nobody")
        for address in ("/sign-in/city/", "/sign-in/city/back/"):
            assert Client().get(address).status_code == 429


def test_statements_of_the_web_server_end_in_time_and_those_of_jobs_do_not() -> None:
    def options(*imported: str) -> str:
        code = "".join(f"import {one};" for one in imported) + (
            "from django.conf import settings;"
            "print(settings.DATABASES['default']['OPTIONS'].get('options', ''))"
        )
        inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
        env = {**inherited, **SERVICE, "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings"}
        return subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env, text=True)

    assert options("tianjin_pilot.wsgi").strip() == "-c statement_timeout=30s -c lock_timeout=30s"
    assert options("tianjin_pilot.celery").strip() == ""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[int]:
    """gunicorn with the product's own settings of it, before an application that answers and one
    address of which fails."""
    (folder / "answering.py").write_text(
        "def application(environ, start_response):\n"
        "    if 'fail' in environ['PATH_INFO']:\n"
        "        raise ValueError('张三 13812345678')\n"
        "    start_response('200 OK', [('Content-Length', '0')])\n"
        "    return [b'']\n",
        encoding="utf-8",
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:tianjin_pilot.serving"),
        *("--bind", f"127.0.0.1:{port}", "--workers", "1", "--no-control-socket"),
        *("--pythonpath", str(folder), "answering:application"),
    ]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, stderr=log, env={"DEBUG": "0", "PATH": ""})
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.services
def test_the_web_server_refuses_what_is_too_large_and_logs_none_of_it(tmp_path: Path) -> None:
    def asked(path: str, **headers: str) -> int:
        with contextlib.closing(HTTPConnection("127.0.0.1", port, timeout=30)) as client:
            client.request("GET", path, headers=headers)
            return client.getresponse().status

    with served(tmp_path) as port:
        assert asked("/") == 200
        assert asked("/?" + "a" * 4100) in (400, 414)
        assert asked("/", Cookie="a" * 9000) in (400, 431)
        assert asked("/", **{f"X-{number}": "a" for number in range(70)}) in (400, 431)
        assert asked("/fail/?q=searched-for") == 500
    log = (tmp_path / "log").read_text(encoding="utf-8")
    assert all(line.startswith('{"at"') for line in log.splitlines()), log
    assert "ValueError" in log
    for sent in ("13812345678", "searched-for", "\\u5f20", "aaaa"):
        assert sent not in log
