"""Five wrong passwords lock a name for twenty minutes, and tell nobody whether it exists."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.auth import hashers
from django.core.exceptions import PermissionDenied
from django.test import Client

from agencies.locking_out import account_unlock, locked_until
from agencies.models import AuditEntry, User
from agencies.tests.signing import NEW_PASSWORD, sign_in, signs_in
from conftest import NOW, PASSWORD, Cast

LOCKED = dt.timedelta(minutes=20)
WRONG = "Not-this-one-1"


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def guess(username: str, *, times: int = 5, password: str = WRONG) -> str:
    """Try so often, each time from another address and browser; what the last page says."""
    text = ""
    for number in range(times):
        answer = Client(REMOTE_ADDR=f"10.0.0.{number}", headers={"user-agent": f"b{number}"}).post(
            "/sign-in/", {"username": username, "password": password}
        )
        assert answer.status_code == 200
        text = answer.content.decode()
    start = text.index('<div class="note note-danger"')
    return text[start : text.index("</div>", start)]


def test_the_fifth_wrong_password_locks_for_twenty_minutes(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    guess("reporter", times=4)
    assert signs_in("reporter", PASSWORD)  # and begins to count anew
    guess("reporter", times=4)
    assert "20" not in guess("stranger", times=1)
    assert "20" in guess("reporter", times=1)
    assert not signs_in("reporter", PASSWORD)
    assert signs_in("stranger", PASSWORD)
    # Trying on does not make it longer, else anybody could keep a person out.
    clock.shift(LOCKED - dt.timedelta(minutes=1))
    guess("reporter", times=3)
    assert not signs_in("reporter", PASSWORD)
    clock.shift(dt.timedelta(minutes=1, seconds=1))
    assert signs_in("reporter", PASSWORD)


def test_the_old_password_is_not_guessed_in_a_session_that_was_left_open(
    cast: Cast, signed_in: Callable[[User], Client], clock: time_machine.Traveller
) -> None:
    """Wrong ones count with those of signing in; the session goes on, and the page says why."""
    client = signed_in(cast.reporter)

    def changed(old: str) -> Any:
        new = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
        return client.post("/account/password/", {"old_password": old, **new})

    guess("reporter", times=2)
    for _ in range(2):
        assert "20" not in str(changed(WRONG).context["form"].errors)
    assert "20" in str(changed(WRONG).context["form"].errors)
    assert "20" in str(changed(PASSWORD).context["form"].errors)
    assert not signs_in("reporter", PASSWORD)
    assert client.get("/account/password/").status_code == 200
    assert AuditEntry.objects.filter(act="user.lock", by=cast.reporter).count() == 1

    clock.shift(LOCKED + dt.timedelta(seconds=1))
    assert changed(WRONG).status_code == 200
    assert changed(PASSWORD).status_code == 302
    # As after signing in, what was mistyped before counts no more.
    assert not AccessAttempt.objects.exists()
    assert signs_in("reporter", NEW_PASSWORD)


def test_before_and_after_the_lock_every_name_is_answered_alike(cast: Cast) -> None:
    """One that exists, one that nobody has, and a closed one, whichever password is tried."""
    tried = [("reporter", WRONG), ("nobody", PASSWORD), ("approver", PASSWORD)]
    first = {guess(name, times=1, password=password) for name, password in tried}
    last = {guess(name, times=4, password=password) for name, password in tried}
    further = {guess(name, times=1, password=PASSWORD) for name, _password in tried}
    assert len(first) == len(last) == 1
    assert last == further
    assert first != last


def test_a_wrong_password_and_an_unknown_name_cost_a_hashing_each(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How long the answer takes follows from that: nothing else of it is slow."""
    hashed: list[str] = []
    encode = hashers.MD5PasswordHasher.encode

    def counting(self: hashers.MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(hashers.MD5PasswordHasher, "encode", counting)
    counts = []
    for name in ("reporter", "nobody", "approver"):
        hashed.clear()
        assert not signs_in(name, WRONG)
        counts.append(len(hashed))
    assert counts == [1, 1, 1]


def test_what_is_counted_holds_no_name_and_nothing_that_was_typed(cast: Cast) -> None:
    """People in haste type their password where the name belongs."""
    client = Client()
    sign_in(client, "My-secret-Password-1", WRONG, held="进展文字", next="/tasks/4/")
    [attempt] = AccessAttempt.objects.all()
    kept = str({name: str(value) for name, value in vars(attempt).items()})
    for secret in ("My-secret-Password-1", WRONG, "进展文字"):
        assert secret not in kept


def test_failures_and_the_lock_are_told_and_the_lock_once(cast: Cast) -> None:
    guess("reporter", times=7)
    guess("nobody", times=5)
    acts = AuditEntry.objects.values_list("act", "by")
    assert list(acts.filter(act="user.lock")) == [
        ("user.lock", cast.reporter.pk),
        ("user.lock", None),
    ]
    assert acts.filter(act="user.sign_in_refused").count() == 12
    assert AuditEntry.objects.filter(act="user.lock").latest("pk").address == "10.0.0.4"


def test_an_administrator_unlocks_and_nobody_else(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    guess("reporter")
    assert locked_until(cast.reporter, now=NOW) == NOW + LOCKED
    address = f"/accounts/{cast.reporter.pk}/unlock/"
    for person in (cast.coordinator, cast.auditor, cast.colleague):
        assert signed_in(person).post(address).status_code == 403
        with pytest.raises(PermissionDenied):
            account_unlock(account=cast.reporter, by=person, now=NOW)
    assert not signs_in("reporter", PASSWORD)
    office = signed_in(cast.administrator)
    assert address in office.get(f"/accounts/{cast.reporter.pk}/").content.decode()
    assert office.post(address).status_code == 302
    assert signs_in("reporter", PASSWORD)
    assert AuditEntry.objects.filter(act="user.unlock", by=cast.administrator).count() == 1
    assert address not in office.get(f"/accounts/{cast.reporter.pk}/").content.decode()
