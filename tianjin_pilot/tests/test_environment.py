"""A variable that cannot be meant stops the start with a sentence that names it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from agencies.city.installed import Provider
from tianjin_pilot.environment import (
    broker_from,
    city_sign_on_from,
    database_from,
    flag,
    folder_from,
    mail_from,
    passwords_for_administrators_alone,
    robot_hosts_from,
    webhook_hosts_from,
    whole_number,
    with_secrets_from_files,
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


def test_robots_are_called_by_https_unless_the_setting_says_otherwise() -> None:
    written = ["QYAPI.weixin.qq.com", " gateway.example.cn:8443", "http://10.1.2.3:8080/", ""]
    assert robot_hosts_from(written) == {
        "https://qyapi.weixin.qq.com:443",
        "https://gateway.example.cn:8443",
        "http://10.1.2.3:8080",
    }


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "*.example.cn",
        "user:hunter2@host",
        "ftp://host",
        "host/path",
        "host:99999",
        "[::1]",
        "．",
    ],
)
def test_a_robots_host_that_cannot_be_meant_is_refused_without_its_password(entry: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="ROBOT_HOSTS must look like") as refusal:
        robot_hosts_from([entry])
    assert "hunter2" not in str(refusal.value)


def test_webhooks_are_called_by_https_and_on_this_machine_while_looking_at_the_product() -> None:
    assert webhook_hosts_from([], debug=False) == frozenset()
    written = ["Data.example.cn", "10.1.2.3:8443"]
    origins = {"https://data.example.cn:443", "https://10.1.2.3:8443"}
    assert webhook_hosts_from(written, debug=False) == origins
    here = "http://127.0.0.1:9000"
    assert webhook_hosts_from([here], debug=True) == {here}
    for entry, debug in (
        (here, False),
        ("http://data.example.cn", True),
        ("http://localhost:9000", True),
        ("http://10.1.2.3", True),
        ("*", True),
        ("user:hunter2@host", True),
    ):
        with pytest.raises(ImproperlyConfigured, match="WEBHOOK_HOSTS must look like") as refusal:
            webhook_hosts_from([entry], debug=debug)
        assert "hunter2" not in str(refusal.value)


def test_the_citys_sign_on_is_named_by_https_and_with_its_client() -> None:
    def read(issuer: str, client_id: str = "pilot", *, debug: bool = False) -> Provider | None:
        return city_sign_on_from(
            issuer,
            client_id=client_id,
            client_secret="hunter2",
            second_factors=[" otp", ""],
            debug=debug,
        )

    assert read("") is None
    issuer = "https://sso.example.cn:8443/realms/city"
    assert read(issuer) == Provider(issuer, "pilot", "hunter2", frozenset({"otp"}))
    assert "hunter2" not in repr(read(issuer))
    here = "http://127.0.0.1:9000"
    assert read(here, debug=True)
    for wrong, debug in (
        (here, False),
        ("http://sso.example.cn", True),
        ("http://localhost:9000", True),
        ("sso.example.cn", True),
        ("https://user:hunter2@sso.example.cn", True),
    ):
        with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER must be") as refusal:
            read(wrong, debug=debug)
        assert "hunter2" not in str(refusal.value)
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_ID is not"):
        read(issuer, client_id="")


def test_passwords_are_not_taken_from_people_who_have_no_other_way_in() -> None:
    assert passwords_for_administrators_alone(True, has_city_sign_on=True)
    assert not passwords_for_administrators_alone(False, has_city_sign_on=False)
    with pytest.raises(ImproperlyConfigured, match="OIDC_ISSUER is not"):
        passwords_for_administrators_alone(True, has_city_sign_on=False)


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("  hunter2\n")
    given = {"SECRET_KEY_FILE": str(file), "SITE_URL": "https://pilot.example.cn"}
    assert with_secrets_from_files(given) == {**given, "SECRET_KEY": "hunter2"}
    assert with_secrets_from_files({"EMAIL_URL_FILE": ""}) == {"EMAIL_URL_FILE": ""}


@pytest.mark.parametrize(
    ("content", "beside", "said"),
    [
        (b"hunter2", {"SECRET_KEY": "hunter2"}, "are both set"),
        (None, {}, "cannot be read: No such file"),
        (b"\xff\xfe", {}, "cannot be read: it is not UTF-8"),
        (b" \n", {}, "is empty"),
    ],
    ids=["both", "no file", "no text", "empty"],
)
def test_a_file_that_holds_no_secret_is_named_without_what_it_holds(
    content: bytes | None, beside: dict[str, str], said: str, tmp_path: Path
) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ImproperlyConfigured, match=f"SECRET_KEY_FILE .*{said}") as refusal:
        with_secrets_from_files({**beside, "SECRET_KEY_FILE": str(file)})
    assert "hunter2" not in str(refusal.value)
