"""The second factor: the step after the password, the app's codes, recovery codes, who must."""

import datetime as dt
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.factors.keeping import LONGEST_WAIT, Proof, factor_reset, proof_of, rule_set
from agencies.factors.steps import LASTS
from agencies.models import AuditEntry, RecoveryCode, Role, SecondFactor, SecondFactorRule, User
from agencies.sealing import opened
from agencies.tests.authenticator import App, app_of
from conftest import NOW, PASSWORD, Cast

STEP = "/sign-in/second-step/"
BEFORE = NOW - dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client() -> Client:
    return Client()


def password_typed(client: Client, username: str, **more: str) -> Any:
    return client.post("/sign-in/", {"username": username, "password": PASSWORD, **more})


def is_signed_in(client: Client) -> bool:
    return client.get("/account/password/").status_code == 200


def acts_of(user: User) -> list[str]:
    entries = AuditEntry.objects.filter(kind="user", thing=user.pk)
    return [one.removeprefix("user.") for one in entries.values_list("act", flat=True)]


# --- The step --------------------------------------------------------------------------------


def test_nobody_is_signed_in_by_the_password_alone(client: Client, cast: Cast) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    answer = password_typed(client, "reporter", next="/tasks/4/")
    assert answer["Location"] == f"{STEP}?next=%2Ftasks%2F4%2F"
    assert SESSION_KEY not in client.session
    assert not is_signed_in(client)
    assert "sign_in" not in acts_of(cast.reporter)

    assert 'autocomplete="one-time-code"' in client.get(answer["Location"]).content.decode()
    before = client.cookies["sessionid"].value
    answer = client.post(STEP, {"code": app.code(NOW), "next": "/tasks/4/"})
    assert answer["Location"] == "/tasks/4/"
    assert is_signed_in(client)
    assert client.cookies["sessionid"].value != before
    assert acts_of(cast.reporter) == ["second_factor_set_up", "second_factor_passed", "sign_in"]


def test_a_second_step_leads_to_no_other_host(client: Client, cast: Cast) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    password_typed(client, "reporter")
    answer = client.post(STEP, {"code": app.code(NOW), "next": "https://elsewhere.example/"})
    assert answer["Location"] == "/"


def test_a_session_that_was_planted_is_left_behind(client: Client, cast: Cast) -> None:
    """Whoever knows the key of the session before the password does not know the one after."""
    app_of(cast.reporter, at=BEFORE)
    session = client.session
    session["seen"] = True
    session.save()
    planted = client.cookies["sessionid"].value
    password_typed(client, "reporter")
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get(STEP).status_code == 302


@pytest.mark.parametrize("what", ["too late", "password changed", "account closed"])
def test_a_step_that_no_longer_holds_begins_anew(
    what: str, client: Client, cast: Cast, clock: time_machine.Traveller
) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    password_typed(client, "reporter")
    if what == "too late":
        clock.shift(LASTS + dt.timedelta(seconds=1))
    elif what == "password changed":
        cast.reporter.set_password("another-of-ten-characters")
        cast.reporter.save()
    else:
        User.objects.filter(pk=cast.reporter.pk).update(is_active=False)
    answer = client.post(STEP, {"code": app.code(NOW)})
    assert answer["Location"] == "/sign-in/"
    assert not is_signed_in(client)


def test_what_was_typed_while_signed_out_comes_through_both_steps(
    client: Client, cast: Cast
) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    sent = client.post("/account/tokens/", {"name": "数据交换 一", "access": "read", "days": "90"})
    held = sent.context["held"]
    step = password_typed(client, "reporter", held=held)
    assert step.context["held"] == held
    answer = client.post(STEP, {"code": app.code(NOW), "held": held})
    assert "数据交换 一" in answer.content.decode()
    assert is_signed_in(client)


# --- Codes -----------------------------------------------------------------------------------


def test_a_code_is_good_for_once(client: Client, cast: Cast, clock: time_machine.Traveller) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    code = app.code(NOW)
    for browser, is_let_in in ((client, True), (Client(), False)):
        password_typed(browser, "reporter")
        browser.post(STEP, {"code": code})
        assert is_signed_in(browser) is is_let_in
    # Nor is an earlier one, which a clock that is slow would still show.
    clock.shift(10)
    late = Client()
    password_typed(late, "reporter")
    assert late.post(STEP, {"code": app.code(NOW - dt.timedelta(seconds=30))}).status_code == 400


@pytest.mark.parametrize(("seconds", "is_let_in"), [(-30, True), (30, True), (-90, False)])
def test_the_clock_of_a_phone_may_be_wrong_by_half_a_minute(
    seconds: int, is_let_in: bool, client: Client, cast: Cast
) -> None:
    app, _codes = app_of(cast.reporter, at=BEFORE)
    password_typed(client, "reporter")
    client.post(STEP, {"code": app.code(NOW + dt.timedelta(seconds=seconds))})
    assert is_signed_in(client) is is_let_in


def test_each_wrong_code_makes_the_next_one_wait_twice_as_long(
    client: Client, cast: Cast, clock: time_machine.Traveller
) -> None:
    """Also through another session, and also for the right one; never longer than the limit."""
    app, _codes = app_of(cast.reporter, at=BEFORE)
    wrong = f"{(int(app.code(NOW)) + 1) % 1_000_000:06}"
    password_typed(client, "reporter")
    assert client.post(STEP, {"code": wrong}).status_code == 400
    elsewhere = Client()
    password_typed(elsewhere, "reporter")
    assert elsewhere.post(STEP, {"code": app.code(NOW)}).status_code == 429
    assert not is_signed_in(elsewhere)
    clock.shift(1)
    assert client.post(STEP, {"code": "xxxx-xxxx-xxxx-xxxx"}).status_code == 400
    clock.shift(1)
    assert client.post(STEP, {"code": wrong}).status_code == 429
    assert acts_of(cast.reporter).count("second_factor_refused") == 2

    SecondFactor.objects.update(failures=300)
    clock.shift(LONGEST_WAIT)
    later = Client()
    password_typed(later, "reporter")
    later.post(STEP, {"code": app.code(NOW + dt.timedelta(seconds=2) + LONGEST_WAIT)})
    assert is_signed_in(later)


def test_a_recovery_code_stands_in_once(client: Client, cast: Cast) -> None:
    _app, codes = app_of(cast.reporter, at=BEFORE)
    assert len(set(codes)) == 10
    password_typed(client, "reporter")
    client.post(STEP, {"code": codes[3].upper().replace("-", " ")})
    assert is_signed_in(client)
    assert "recovery_code_used" in acts_of(cast.reporter)
    again = Client()
    password_typed(again, "reporter")
    assert again.post(STEP, {"code": codes[3]}).status_code == 400
    assert not is_signed_in(again)


def test_another_persons_codes_open_nothing(client: Client, cast: Cast) -> None:
    app_of(cast.reporter, at=BEFORE)
    app, codes = app_of(cast.colleague, at=BEFORE)
    password_typed(client, "reporter")
    assert client.post(STEP, {"code": codes[0]}).status_code == 400
    SecondFactor.objects.update(failures=0)
    assert client.post(STEP, {"code": app.code(NOW)}).status_code == 400


def test_neither_secret_nor_codes_lie_open_anywhere(cast: Cast, settings: Settings) -> None:
    """In the tables sealed or as digests; in the audit trail not at all."""
    app, codes = app_of(cast.reporter, at=NOW)
    stored = str(list(SecondFactor.objects.values())) + str(list(RecoveryCode.objects.values()))
    told = str(list(AuditEntry.objects.values()))
    for secret in (app.secret, *codes, *(code.replace("-", "") for code in codes)):
        assert secret not in stored
        assert secret not in told
    assert "sealed" not in told
    assert "digest" not in told
    sealed = SecondFactor.objects.get().sealed
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "k" * 50
    assert opened(sealed, purpose="agencies.factors") == {"secret": app.secret}


@pytest.mark.django_db(transaction=True)
def test_of_two_who_type_a_code_at_once_one_is_let_in() -> None:
    for username in ("by-app", "by-paper"):
        user = User.objects.create_user(username, PASSWORD, name="张报", role=Role.LEADER)
        app, codes = app_of(user, at=BEFORE)
        code, proof = (
            (app.code(NOW), "app") if username == "by-app" else (codes[0], "recovery_code")
        )
        # The one that comes second finds the code used, and is wrong.
        assert sorted(map(str, at_once(user, code))) == ["None", proof]


def at_once(user: User, code: str) -> list[Proof | None]:
    """What the code proves to two who type it at the same moment."""
    begin = threading.Barrier(2)

    def typed(_nth: int) -> Proof | None:
        begin.wait()
        try:
            return proof_of(user=user, code=code, now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        return list(both.map(typed, range(2)))


# --- Who must --------------------------------------------------------------------------------


def test_of_whom_it_is_required_sets_it_up_before_being_signed_in(
    client: Client, cast: Cast, settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = ["coordinator"]
    password_typed(Client(), "reporter")
    answer = password_typed(client, "coordinator", next="/board/")
    page = client.get(answer["Location"]).content.decode()
    assert not is_signed_in(client)
    assert "<svg" in page
    assert "style=" not in page
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert found
    app = App(found[1].replace(" ", ""))
    # Looked at again it is still the same secret, and a wrong code confirms nothing.
    assert found[1] in client.get(STEP).content.decode()
    assert client.post(STEP, {"code": "000000"}).status_code == 400
    assert not SecondFactor.objects.exists()

    answer = client.post(STEP, {"code": app.code(NOW), "next": "/board/"})
    assert is_signed_in(client)
    assert "no-store" in answer["Cache-Control"]
    shown = re.findall(r"<li><code>([a-z0-9-]{19})</code></li>", answer.content.decode())
    assert len(shown) == 10
    assert 'href="/board/"' in answer.content.decode()
    assert shown[0] not in client.get("/account/security/").content.decode()
    assert acts_of(cast.coordinator) == ["second_factor_set_up", "second_factor_passed", "sign_in"]
    # The code that confirmed it does not sign anybody in again.
    again = Client()
    password_typed(again, "coordinator")
    assert again.post(STEP, {"code": app.code(NOW)}).status_code == 400


def test_a_secret_is_offered_to_one_person_alone(
    client: Client, cast: Cast, settings: Settings
) -> None:
    """Whoever begins and leaves has read it, and the next one in this browser takes up another."""
    settings.SECOND_FACTOR_ROLES = ["coordinator", "auditor"]
    offered = []
    for username in ("coordinator", "auditor", "auditor"):
        password_typed(client, username)
        found = re.search(
            r'<code class="key">([A-Z2-7 ]+)</code>', client.get(STEP).content.decode()
        )
        assert found
        offered.append(App(found[1].replace(" ", "")))
    assert offered[0].secret != offered[1].secret == offered[2].secret
    assert client.post(STEP, {"code": offered[0].code(NOW)}).status_code == 400
    client.post(STEP, {"code": offered[1].code(NOW)})
    assert SecondFactor.objects.get().user == cast.auditor


def test_administrators_set_of_which_roles_it_is_required(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    """Whoever has none yet is signed out; the administrator's own session goes on."""
    app_of(cast.leader, at=BEFORE)
    keeper = signed_in(cast.administrator)
    sessions = {who: signed_in(getattr(cast, who)) for who in ("coordinator", "leader", "reporter")}
    answer = keeper.post("/accounts/rules/", {"roles": ["administrator", "coordinator", "leader"]})
    assert answer["Location"] == "/accounts/rules/"
    assert is_signed_in(keeper)
    assert {who: is_signed_in(one) for who, one in sessions.items()} == {
        "coordinator": False,
        "leader": True,
        "reporter": True,
    }
    entry = AuditEntry.objects.get(kind="secondfactorrule")
    assert entry.changes == {"roles": [[], ["administrator", "coordinator", "leader"]]}
    assert entry.by == cast.administrator
    for who, one in cast.everyone().items():
        if who == "administrator":
            continue
        with pytest.raises(PermissionDenied):
            rule_set(roles=[], by=one, now=NOW)
    assert keeper.post("/accounts/rules/", {"roles": ["superuser"]}).status_code == 400
    assert SecondFactorRule.objects.get().roles == ["administrator", "coordinator", "leader"]


def test_a_role_that_requires_it_ends_the_session_of_before(
    cast: Cast, signed_in: Callable[[User], Client], settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = [Role.AUDITOR]
    leader = signed_in(cast.leader)
    changed = signed_in(cast.administrator).post(
        f"/accounts/{cast.leader.pk}/", {"name": "吴领", "role": "auditor", "is_active": "on"}
    )
    assert changed.status_code == 302
    assert not is_signed_in(leader)


# --- One's own, and resetting somebody's -----------------------------------------------------


def test_ones_own_is_set_up_renewed_and_given_up_with_a_code(
    cast: Cast, signed_in: Callable[[User], Client], clock: time_machine.Traveller
) -> None:
    client = signed_in(cast.reporter)
    address = "/account/security/"
    page = client.get(f"{address}second-factor/").content.decode()
    found = re.search(r'<code class="key">([A-Z2-7 ]+)</code>', page)
    assert found
    app = App(found[1].replace(" ", ""))
    assert client.post(f"{address}second-factor/", {"code": app.code(NOW)}).status_code == 200
    # It is there: nothing offers another one, which would take its place.
    assert client.get(f"{address}second-factor/")["Location"] == address
    first = set(RecoveryCode.objects.values_list("digest", flat=True))

    assert client.post(f"{address}recovery-codes/", {"code": app.code(NOW)}).status_code == 400
    assert set(RecoveryCode.objects.values_list("digest", flat=True)) == first
    clock.shift(60)
    later = NOW + dt.timedelta(seconds=60)
    answer = client.post(f"{address}recovery-codes/", {"code": app.code(later)})
    assert "no-store" in answer["Cache-Control"]
    assert not first & set(RecoveryCode.objects.values_list("digest", flat=True))

    clock.shift(60)
    assert client.post(f"{address}second-factor/remove/", {"code": "nothing"}).status_code == 400
    clock.shift(60)
    code = app.code(later + dt.timedelta(seconds=120))
    assert client.post(f"{address}second-factor/remove/", {"code": code})["Location"] == address
    assert not SecondFactor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert acts_of(cast.reporter) == [
        "sign_in",
        "second_factor_set_up",
        "second_factor_refused",
        "recovery_codes_renewed",
        "second_factor_refused",
        "second_factor_removed",
    ]


def test_nobody_gives_up_what_their_role_requires(
    cast: Cast, signed_in: Callable[[User], Client], settings: Settings
) -> None:
    settings.SECOND_FACTOR_ROLES = ["coordinator"]
    app, _codes = app_of(cast.coordinator, at=BEFORE)
    answer = signed_in(cast.coordinator).post(
        "/account/security/second-factor/remove/", {"code": app.code(NOW)}
    )
    assert answer.status_code == 403
    assert SecondFactor.objects.exists()


def test_an_administrator_resets_somebodys_but_never_their_own(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    app_of(cast.reporter, at=BEFORE)
    app_of(cast.administrator, at=BEFORE)
    theirs, keeper = signed_in(cast.reporter), signed_in(cast.administrator)
    address = "/accounts/{}/security/reset/".format
    for who, one in cast.everyone().items():
        if one.is_active and who != "administrator":
            assert signed_in(one).post(address(cast.reporter.pk)).status_code == 403
    assert keeper.post(address(cast.administrator.pk)).status_code == 403
    assert SecondFactor.objects.count() == 2

    assert keeper.post(address(cast.reporter.pk)).status_code == 302
    assert SecondFactor.objects.get().user == cast.administrator
    assert not is_signed_in(theirs)
    entry = AuditEntry.objects.get(act="user.second_factor_reset")
    assert (entry.by, entry.thing) == (cast.administrator, cast.reporter.pk)
    # Nothing is left to be reset, which is no act.
    assert factor_reset(account=cast.reporter, by=cast.administrator, now=NOW) is False
    assert AuditEntry.objects.filter(act="user.second_factor_reset").count() == 1
