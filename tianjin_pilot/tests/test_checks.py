"""`manage.py check` says what is wrong with an installation, and the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tianjin_pilot.apps import LEFT_OUT
from tianjin_pilot.checks import language_and_time
from tianjin_pilot.tests.run import ROOT, service_environment
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

SERVICE = service_environment(
    {
        "DATABASE_URL": "postgres://pilot:password@db.example.org:5432/pilot",
        "REDIS_URL": "redis://:password@broker.example.org:6379/0",
    }
)


def manage_check(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=ROOT,
        env={**inherited, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EVIDENCE_DIR"])
def test_what_service_needs_and_is_not_set_stops_the_start_with_a_sentence(name: str) -> None:
    checked = manage_check({k: v for k, v in SERVICE.items() if k != name})
    assert checked.returncode == 1
    assert f"{name} is not set." in checked.stderr
    assert "Traceback" not in checked.stderr


def test_what_cannot_be_read_stops_the_start_with_a_sentence() -> None:
    checked = manage_check({"DEBUG": "banana"})
    assert checked.returncode == 1
    assert checked.stderr == ("The settings cannot be used: DEBUG is 'banana'. Set it to 1 or 0.\n")


@pytest.mark.parametrize(
    "key",
    ["only-for-a-look-with-debug-on" * 2, "x7Kq" * 12, "a" * 60],
    ids=["the demonstration's", "short", "of one letter"],
)
def test_a_key_that_can_be_guessed_stops_the_start_without_being_shown(key: str) -> None:
    checked = manage_check({**SERVICE, "SECRET_KEY": key})
    assert checked.returncode == 1
    assert "secrets.token_urlsafe" in checked.stderr
    assert key not in checked.stderr
    assert "Traceback" not in checked.stderr


def test_settings_of_a_service_pass() -> None:
    checked = manage_check(SERVICE, "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


def test_settings_of_a_look_are_named_each_with_its_remedy() -> None:
    """Someone turned DEBUG off and changed nothing else."""
    look = {
        "SECRET_KEY": SERVICE["SECRET_KEY"],
        "DATABASE_URL": "sqlite:////tmp/never-opened.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:6380/0",
        "EVIDENCE_DIR": "/etc/passwd/evidence",
    }
    checked = manage_check(look, "--deploy")
    assert checked.returncode == 1
    for number, remedy in {
        "W002": "EMAIL_URL",
        "W003": "SITE_URL=https://",
        "W004": "ALLOWED_HOSTS",
        "E005": "REDIS_URL",
        "W006": "SITE_URL=https://",
        "W007": "DATABASE_URL",
        "W010": "install -d -m 700",
    }.items():
        _, _, rest = checked.stderr.partition(f"(tianjin_pilot.{number})")
        assert remedy in rest.partition("HINT: ")[2].partition("\n")[0], number


def test_missing_translations_are_named(settings: Settings, tmp_path: Path) -> None:
    assert language_and_time() == []
    settings.LOCALE_PATHS = [tmp_path]
    assert [message.id for message in language_and_time()] == ["tianjin_pilot.W008"]
    broken = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.mo"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"not a catalogue")
    assert [message.id for message in language_and_time()] == ["tianjin_pilot.W008"]


def test_another_time_zone_than_the_offices_is_refused(settings: Settings) -> None:
    settings.TIME_ZONE = "UTC"
    assert [message.id for message in language_and_time()] == ["tianjin_pilot.E009"]


def test_what_few_acts_need_is_loaded_when_somebody_wants_it() -> None:
    """Not with all addresses and templates: each of a server's processes would hold it, and each
    start wait for it."""
    documents = "openpyxl", "xlsxwriter", "python_calamine", "docx", "docxtpl", "lxml"
    heavy = *documents, *LEFT_OUT, "kombu.pidbox"
    ask = (
        "import sys, django; django.setup()\n"
        "from django.template import engines\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns, engines['django'].engine.template_libraries\n"
        "import rest_framework.templatetags.rest_framework\n"
        f"print([name for name in {heavy} if name in sys.modules])\n"
        "import requests"
    )
    assert said(ask) == "[]"


def test_a_web_process_has_its_pages_before_somebody_asks_for_one() -> None:
    loaded = "import sys, tianjin_pilot.wsgi; print('progress.pages.reports' in sys.modules)"
    assert said(loaded) == "True"


def test_a_command_looks_for_garbage_neither_while_it_starts_nor_at_its_end() -> None:
    """All that it loads stays until it ends, and goes with the process."""
    ask = (
        "import gc, runpy, sys\n"
        "times = lambda: sum(one['collections'] for one in gc.get_stats())\n"
        "gc.set_threshold(10**9)\n"
        "sys.argv, before = ['manage.py', 'check'], times()\n"
        "runpy.run_path('manage.py', run_name='__main__')\n"
        "print(times() - before, gc.get_freeze_count() > 100_000)\n"
    )
    assert said(ask).splitlines()[-1] == "0 True"


def said(program: str) -> str:
    """What a program says that runs as in service."""
    env = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    asked = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**env, **SERVICE, "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    return asked.stdout.strip()
