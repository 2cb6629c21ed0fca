"""`create_administrator` makes the first account in service, and its password is no argument."""

import getpass
import io
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from agencies.management.commands.create_administrator import PASSWORD_VARIABLE
from agencies.models import Role, User
from conftest import PASSWORD


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def create(username: str = "root-office", *, email: str = "") -> str:
    out = StringIO()
    call_command("create_administrator", username, name="冯管", email=email, stdout=out)
    return out.getvalue()


def test_password_comes_from_the_environment(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    assert "root-office can sign in now" in create(email="office@example.org")
    account = User.objects.get()
    assert account.check_password(PASSWORD)
    assert (account.role, account.agency, account.email) == (
        Role.ADMINISTRATOR,
        None,
        "office@example.org",
    )


def test_password_is_asked_for_twice_on_a_terminal(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "stdin", Terminal())
    typed = iter([PASSWORD, PASSWORD, PASSWORD, "something-else-typed"])
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(typed))
    create()
    assert User.objects.get().check_password(PASSWORD)
    with pytest.raises(CommandError, match="differ"):
        create("second")
    assert User.objects.count() == 1


def test_without_terminal_and_variable_it_says_what_to_set(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(CommandError, match=PASSWORD_VARIABLE):
        create()
    assert not User.objects.exists()


def test_refuses_a_weak_password_and_a_name_that_is_taken(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "1234")
    with pytest.raises(CommandError, match=r"password: .*too short"):
        create()
    monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
    create()
    with pytest.raises(CommandError, match="username: This user name is taken"):
        create()
    assert User.objects.count() == 1


def test_speaks_english_whatever_the_language(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "1234")
    with translation.override("zh-hans"), pytest.raises(CommandError) as refused:
        create()
    assert str(refused.value).isascii()


def test_takes_no_password_as_an_argument(db: None) -> None:
    with pytest.raises((CommandError, TypeError)):
        call_command("create_administrator", "office", "--name", "冯管", "--password", PASSWORD)
