"""What every answer tells the browser: pages, errors, files, the API, and what is not there."""

import gzip
import os
import runpy
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.http import HttpResponseBase
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, PASSWORD, Cast
from progress.models import Evidence, ReportingPeriod
from progress.tests.acts import attached, task_numbered
from tianjin_pilot.stylesheets import OF_A_FILE, PARTS, TOGETHER, together_made
from tianjin_pilot.tests.every_address import Address, every_address
from tianjin_pilot.tests.run import service_environment
from tianjin_pilot.tests.variables import SETTINGS, names_read

EVERYWHERE: Mapping[str, str] = {
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# A client of the API holds an answer and asks whether it still is what it was, and so does a
# browser of the pages that are figures alone.
ASKED_AGAIN = {"private, no-cache"}
PAGES_OF_FIGURES = {"overview", "chapter", "board", "matrix", "agencies"}
NOT_LET_IN = ("'unsafe-inline'", "'unsafe-eval'", "http:", "https:", "*")


def problems_of(answer: HttpResponseBase, address: Address) -> list[str]:
    said = [
        f"{name}: {answer.get(name)}"
        for name, value in EVERYWHERE.items()
        if answer.get(name) != value
    ]
    policy = answer.get("Content-Security-Policy", "")
    if "default-src 'self'" not in policy and "default-src 'none'" not in policy:
        said.append(f"policy: {policy}")
    if "frame-ancestors 'none'" not in policy and "sandbox" not in policy:
        said.append("may be framed")
    said += [f"policy lets in {one}" for one in NOT_LET_IN if one in policy]
    if "camera=()" not in answer.get("Permissions-Policy", ""):
        said.append("permissions")
    kept = answer.get("Cache-Control", "")
    may_be_held = address.is_api or address.name in PAGES_OF_FIGURES
    if "no-store" not in kept and not (may_be_held and kept in ASKED_AGAIN):
        said.append(f"may be kept: {kept}")
    if len(answer.get("X-Request-ID", "")) != 32:
        said.append("no number")
    return said


@pytest.mark.parametrize("who", ["coordinator", "nobody"])
def test_every_answer_has_them(
    who: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
    settings: Settings,
) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    attached(task_numbered(4), period, cast.reporter)
    client = Client() if who == "nobody" else signed_in(cast.coordinator)
    filled = {
        "evidence-file pk": Evidence.objects.get().pk,
        "api:evidence-file pk": Evidence.objects.get().pk,
    }
    found, statuses = {}, set()
    with time_machine.travel(NOW, tick=False):
        for one in every_address(filled):
            for answer in (client.get(one.path, secure=True), client.put(one.path, secure=True)):
                statuses.add(answer.status_code)
                # A file is closed once it has been read.
                answer.getvalue()
                if said := problems_of(answer, one):
                    found[one.path] = said
    assert found == {}
    assert statuses >= ({302, 401, 405} if who == "nobody" else {200, 302, 400, 403, 404, 405})


def test_every_cookie_of_a_service_is_for_https_and_for_no_script(
    cast: Cast, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that signing in and choosing a language leave, under the settings of a service."""
    for name in names_read():
        monkeypatch.delenv(name, raising=False)
    database = {"DATABASE_URL": "postgres:///pilot", "REDIS_URL": "redis://broker.example.org"}
    for name, value in service_environment(database).items():
        monkeypatch.setenv(name, value)
    of_service = runpy.run_path(str(SETTINGS))
    for name in (one for one in of_service if "COOKIE" in one):
        setattr(settings, name, of_service[name])
    client = Client()
    client.get("/sign-in/", secure=True)
    client.post("/language/", {"language": "zh-hans"}, secure=True)
    held = {"username": cast.leader.username, "password": PASSWORD}
    client.post("/sign-in/", held, secure=True)
    assert {
        name: (bool(one["secure"]), bool(one["httponly"]), one["samesite"])
        for name, one in client.cookies.items()
    } == dict.fromkeys(("csrftoken", "django_language", "sessionid"), (True, True, "Lax"))


def test_no_page_and_no_file_of_ours_is_asked_for_from_elsewhere_nor_written_inline() -> None:
    """The policy would stop them; a page that had them would be broken."""
    root = Path(__file__).resolve().parent.parent.parent
    for path in (root / "templates").rglob("*.html"):
        # Mail has its styles in it: no client of mail reads any other.
        if "mail" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        for inline in ("<style", " style=", " onclick=", " onload=", " onchange=", "javascript:"):
            assert inline not in text, (path, inline)
        assert "<script>" not in text, path


def test_static_files_are_for_this_site_alone(db: None, client: Client) -> None:
    answer = client.get("/static/css/tokens.css")
    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" not in answer["Cache-Control"]
    answer.getvalue()


def test_the_stylesheets_of_a_page_are_one_file_that_is_sent_compressed(
    db: None, client: Client
) -> None:
    page = client.get("/sign-in/").content.decode()
    assert page.count('rel="stylesheet"') == 1
    assert f"/static/{TOGETHER}" in page
    answer = client.get(f"/static/{TOGETHER}", headers={"accept-encoding": "gzip"})
    body = answer.getvalue()
    assert (answer["Content-Encoding"], answer["Content-Type"]) == (
        "gzip",
        'text/css; charset="utf-8"',
    )
    # The budget of everything that a browser's first page takes is 120 kB.
    assert len(body) < 60_000
    plain = gzip.decompress(body).decode()
    assert plain == client.get(f"/static/{TOGETHER}").getvalue().decode()
    places = []
    for part in PARTS:
        text = OF_A_FILE.sub("", Path(str(finders.find(part))).read_text(encoding="utf-8"))
        places.append(plain.index(text))
    assert places == sorted(places)
    assert "sourceMappingURL" not in plain


def test_a_stylesheet_that_was_changed_is_in_the_one_file_at_once(
    tmp_path: Path, settings: Settings
) -> None:
    settings.VAR_DIR = tmp_path
    made = together_made()
    os.utime(made, ns=(1, 1))
    made.write_text("old")
    os.utime(made, ns=(1, 1))
    assert "old" not in together_made().read_text(encoding="utf-8")[:10]
    before = made.stat().st_mtime_ns
    assert together_made().stat().st_mtime_ns == before
