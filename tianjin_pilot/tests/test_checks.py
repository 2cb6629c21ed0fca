"""`manage.py check` says what is wrong with an installation, and the remedy."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from tianjin_pilot.checks import language_and_time
from tianjin_pilot.tests.run import ROOT, SETTINGS_VARIABLES, service_environment

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


def test_settings_of_a_service_pass() -> None:
    checked = manage_check(SERVICE, "--deploy", "--fail-level", "WARNING")
    assert checked.returncode == 0, checked.stderr


def test_settings_of_a_look_are_named_each_with_its_remedy() -> None:
    """Someone turned DEBUG off and changed nothing else."""
    look = {
        "SECRET_KEY": "only-for-a-look-with-debug-on" * 2,
        "DATABASE_URL": "sqlite:////tmp/never-opened.sqlite3",
        "REDIS_URL": "redis://127.0.0.1:6380/0",
        "EVIDENCE_DIR": "/etc/passwd/evidence",
    }
    checked = manage_check(look, "--deploy")
    assert checked.returncode == 1
    for number, remedy in {
        "E001": "secrets.token_urlsafe",
        "W002": "EMAIL_URL",
        "W003": "SITE_URL=https://",
        "W004": "ALLOWED_HOSTS",
        "W005": "REDIS_URL",
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
