"""A variable that cannot be meant stops the start with a sentence that names it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from tianjin_pilot.environment import (
    broker_from,
    database_from,
    flag,
    folder_from,
    mail_from,
    whole_number,
)


@pytest.mark.parametrize(
    ("read", "url"),
    [
        (database_from, "banana"),
        (database_from, "mysql://user:hunter2@host/name"),
        (database_from, "postgres://user:hunter2@host:port/name"),
        (database_from, "postgres://user:hunter2@host:5432"),
        (database_from, "postgres://user:hunter2[@host/name"),
        (database_from, "sqlite://var/file.sqlite3"),
        (database_from, "sqlite://"),
        (broker_from, "amqp://user:hunter2@host"),
        (broker_from, "redis://"),
        (broker_from, "redis://:hunter2@host:port/0"),
        (broker_from, "unix://"),
        (mail_from, "banana"),
        (mail_from, "smtp://user:hunter2@host:port"),
        (mail_from, "smtp:"),
    ],
)
def test_address_that_cannot_be_meant_is_named_without_its_password(
    read: Callable[[str], object], url: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^[A-Z]+_URL .* must look like") as refusal:
        read(url)
    assert "hunter2" not in str(refusal.value)


def test_database_keeps_what_its_address_says() -> None:
    config = database_from("postgres://pilot:p%40ss@db.example.org:5433/tasks?sslmode=require")
    assert config["ENGINE"] == "django.db.backends.postgresql"
    assert (config["USER"], config["PASSWORD"]) == ("pilot", "p@ss")
    assert (config["HOST"], config["PORT"]) == ("db.example.org", 5433)
    assert config["NAME"] == "tasks"
    assert config["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize("url", ["redis://:p@host:6379/0", "rediss://host", "unix:///run/broker"])
def test_broker_keeps_its_address(url: str) -> None:
    assert broker_from(url) == url


@pytest.mark.parametrize(
    ("written", "meant"),
    [("1", True), ("True", True), ("on", True), ("0", False), ("no", False), ("", False)],
)
def test_flag_is_read_as_people_write_it(
    monkeypatch: pytest.MonkeyPatch, written: str, meant: bool
) -> None:
    monkeypatch.setenv("DEBUG", written)
    assert flag("DEBUG", default=False) is meant


def test_flag_and_number_that_cannot_be_meant_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "banana")
    with pytest.raises(ImproperlyConfigured, match=r"DEBUG is 'banana'\. Set it to 1 or 0"):
        flag("DEBUG", default=False)
    monkeypatch.setenv("SECURE_HSTS_SECONDS", "a year")
    with pytest.raises(ImproperlyConfigured, match="SECURE_HSTS_SECONDS is 'a year'"):
        whole_number("SECURE_HSTS_SECONDS", default=0)


def test_a_folder_lies_apart_from_what_is_served(tmp_path: Path) -> None:
    served = tmp_path / "static"
    served.mkdir()
    apart = tmp_path / "evidence"
    assert folder_from("EVIDENCE_DIR", str(apart), apart_from=[served]) == apart
    (tmp_path / "link").symlink_to(served)
    for written in (served, served / "evidence", tmp_path, tmp_path / "link" / "evidence"):
        with pytest.raises(ImproperlyConfigured, match="shares its place with"):
            folder_from("EVIDENCE_DIR", str(written), apart_from=[served])
    with pytest.raises(ImproperlyConfigured, match="a folder that begins with /"):
        folder_from("EVIDENCE_DIR", "evidence", apart_from=[])
