"""What is paid before anything is asked: starting a program, and a browser's first page."""

import gzip
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urljoin

from django.conf import settings
from django.test import Client

from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.pages import FULL
from tianjin_pilot.benchmark.places import Place
from tianjin_pilot.benchmark.rounds import Act, medians
from tianjin_pilot.benchmark.scales import Scale

SET_UP = "import django; django.setup()"
FIRST_PAGE = "/sign-in/"
# What a page makes a browser fetch, and what those fetch in turn.
NAMED_IN_HTML = re.compile(
    r'<(?:link [^>]*href|script [^>]*src|img [^>]*src)="([^"#]+)"', re.IGNORECASE
)
NAMED_IN_CSS = re.compile(r"""(?:@import\s+(?:url\()?|url\()["']?(?!data:)([^"')#]+)""")
NAMED_IN_JS = re.compile(r"""(?:from|import)\s*["'](\.[^"']+)["']""")
OK = 200
# What it says once it answers.
READY = "Ready after"
COMPILES_ANEW = "PYTHONDONTWRITEBYTECODE"


def check_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    """Programs of their own, which open no database, and are not the first to start here."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py"), "check"]
    # One round alone tells no time: nothing is compiled anew and kept for it.
    environment = _compiled_kept(place) if scale.slow_rounds > 1 else os.environ
    acts = {
        "check": Act(partial(_run, manage, environment)),
        "set up": Act(partial(_run, [sys.executable, "-c", SET_UP], environment)),
    }
    seconds = medians(acts, rounds=scale.slow_rounds)
    yield Measured("check", seconds=seconds["check"], against=seconds["set up"])


def _compiled_kept(place: Place) -> Mapping[str, str]:
    """What Python compiles it keeps, as where the product is installed, also where it is run with
    that turned off: else every start would be a first one."""
    environment = {name: value for name, value in os.environ.items() if name != COMPILES_ANEW}
    return {**environment, "PYTHONPYCACHEPREFIX": str(place.folder / "compiled")}


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603
        command, cwd=settings.BASE_DIR, check=True, capture_output=True, env=environment
    )


def start_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    """Of a copy, so that it writes there what it writes; the first start lays out its data."""
    if scale.rounds == 1:
        yield Measured("start", why_not="it takes a minute")
        return
    copy = place.folder / "project"
    left_out = shutil.ignore_patterns(".*", "var", "staticfiles", "__pycache__")
    shutil.copytree(settings.BASE_DIR, copy, ignore=left_out)
    _first, *seconds = (_seconds_to_start(copy) for _start in range(1 + scale.slow_rounds))
    yield Measured("start", seconds=median(seconds))


def _seconds_to_start(project: Path) -> float:
    """With none of this program's variables: it has its own database, broker and worker."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "tianjin_pilot.embedded"],
        cwd=project,
        env={**environment, "PORT": str(port), "TMPDIR": str(project)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        assert running.stdout is not None
        try:
            said = []
            for line in running.stdout:
                said.append(line)
                if line.startswith(READY):
                    return time.perf_counter() - begun
            raise RuntimeError(f"The product does not start: {said[-3:]}")
        finally:
            running.terminate()
            running.stdout.read()


def cold_measured(place: Place, _scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        fetched = _fetched_with(FIRST_PAGE)
    yield Measured("cold", kilobytes=round(sum(fetched.values()) / 1000, 1), requests=len(fetched))


def _fetched_with(first: str) -> dict[str, int]:
    """The bytes of each body that comes with the page, by its address."""
    client = Client(headers={"accept-encoding": "gzip", "accept-language": "zh-hans"})
    fetched: dict[str, int] = {}
    waiting = [first]
    while waiting:
        path = waiting.pop()
        if path in fetched:
            continue
        answer = client.get(path)
        if answer.status_code != OK:
            raise RuntimeError(f"GET {path} is answered {answer.status_code}")
        body = answer.getvalue() if answer.streaming else answer.content
        fetched[path] = len(body)
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        kind = answer.headers["Content-Type"].partition(";")[0]
        named = {
            "text/html": NAMED_IN_HTML,
            "text/css": NAMED_IN_CSS,
            "text/javascript": NAMED_IN_JS,
        }.get(kind)
        if named is not None:
            waiting += [urljoin(path, one) for one in named.findall(body.decode())]
    return fetched
