"""What a password must be, when it has to be changed, and that nothing is lost over it."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.fixtures import Settings

from agencies.accounts import account_password_set, password_generated
from agencies.models import ApiToken, AuditEntry, PasswordKept, User
from agencies.passwords import own_password_set
from agencies.passwords.keeping import MOST_KEPT
from agencies.sessions.store import CAME_BY
from agencies.tests.signing import NEW_PASSWORD, is_signed_in, sign_in, signs_in
from agencies.tests.test_held_posts import EDIT, WORDS, form_of, held_by, typed
from agencies.tokens import token_create
from conftest import NOW, PASSWORD, Cast
from progress.models import Report, ReportingPeriod
from progress.workflow import content_of

CHANGE = "/account/password/"
GIVEN = "Given-by-office-1"


@pytest.fixture
def given(cast: Cast) -> User:
    """The reporter, to whom an administrator has given a password."""
    return account_password_set(
        account=cast.reporter, by=cast.administrator, password=GIVEN, now=NOW
    )


@pytest.fixture
def _at_now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def changed(client: Client, old: str, new: str, **more: str) -> str:
    """Where the form of one's own password leads; "" where it stays."""
    sent = {"old_password": old, "new_password1": new, "new_password2": new, **more}
    return client.post(CHANGE, sent).headers.get("Location", "")


# --- What it must be -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("Short-1", "password_too_short"),
        ("only-small-letters", "password_too_uniform"),
        ("ALLCAPITAL12345", "password_too_uniform"),
        ("Password123", "password_too_common"),
        ("REPORTER-4711", "password_has_name"),
        ("Zhang-张报-4711", "password_has_name"),
    ],
)
def test_what_is_easy_to_guess_is_refused(cast: Cast, weak: str, why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        validate_password(weak, user=cast.reporter)
    assert why in {error.code for error in refused.value.error_list}


@pytest.mark.parametrize("strong", ["Battery-correct-horse", "lower1234-x", "春江花月夜Ab2345"])
def test_three_of_four_kinds_of_characters_are_enough(cast: Cast, strong: str) -> None:
    validate_password(strong, user=cast.reporter)


def test_none_of_the_last_five_is_taken_again_and_the_sixth_is(cast: Cast) -> None:
    mine = [f"Battery-staple-{number}" for number in range(6)]
    for password in mine:
        own_password_set(account=cast.reporter, password=password, now=NOW)
    for password in mine[1:]:
        with pytest.raises(ValidationError, match="5"):
            validate_password(password, user=cast.reporter)
    validate_password(mine[0], user=cast.reporter)
    # Another person may have it: who is refused it would know whose it is.
    validate_password(mine[5], user=cast.stranger)


def test_the_password_of_before_the_memory_is_remembered_and_not_all_for_ever(cast: Cast) -> None:
    assert not PasswordKept.objects.filter(user=cast.reporter).exists()
    own_password_set(account=cast.reporter, password=NEW_PASSWORD, now=NOW)
    with pytest.raises(ValidationError):
        validate_password(PASSWORD, user=cast.reporter)
    for number in range(MOST_KEPT):
        own_password_set(account=cast.reporter, password=f"Battery-staple-{number}", now=NOW)
    assert PasswordKept.objects.filter(user=cast.reporter).count() == MOST_KEPT
    assert not PasswordKept.objects.filter(password__contains="Battery").exists()


def test_a_password_from_the_office_does_not_make_the_one_before_it_new(given: User) -> None:
    for password in (PASSWORD, GIVEN):
        with pytest.raises(ValidationError):
            validate_password(password, user=given)


def test_generated_passwords_are_within_the_rules(cast: Cast) -> None:
    for _ in range(100):
        validate_password(password_generated(), user=cast.reporter)


# --- When it has to be changed ---------------------------------------------------------------


def test_a_password_that_another_person_chose_is_changed_first(given: User) -> None:
    client = Client()
    assert sign_in(client, "reporter", GIVEN) == 302
    asked = client.get("/tasks/4/?period=2026-10")
    assert asked["Location"] == f"{CHANGE}?next=%2Ftasks%2F4%2F%3Fperiod%3D2026-10"
    page = client.get(asked["Location"])
    assert page.context["is_due"]
    assert 'value="/tasks/4/?period=2026-10"' in page.content.decode()

    # The same again is one of the last five.
    assert changed(client, GIVEN, GIVEN) == ""
    wanted = "/tasks/4/?period=2026-10"
    assert changed(client, GIVEN, NEW_PASSWORD, next=wanted) == wanted
    assert client.get("/tasks/4/").status_code == 200
    given.refresh_from_db()
    assert not given.password_is_given


def test_it_leads_to_no_other_host(given: User) -> None:
    client = Client()
    sign_in(client, "reporter", GIVEN)
    assert changed(client, GIVEN, NEW_PASSWORD, next="https://elsewhere.example/") == "/"


def test_a_password_grows_old_and_its_person_is_told_a_week_before(
    cast: Cast, settings: Settings
) -> None:
    settings.PASSWORD_DAYS = 90
    own_password_set(account=cast.reporter, password=NEW_PASSWORD, now=NOW)
    client = Client()
    for days, told, leads_to in ((80, False, 200), (83, True, 200), (90, False, 302)):
        with time_machine.travel(NOW + dt.timedelta(days=days)):
            answer = client.post(
                "/sign-in/", {"username": "reporter", "password": NEW_PASSWORD}, follow=True
            )
            assert ("7" in "".join(map(str, answer.context["messages"]))) is told
            assert client.get("/tasks/4/").status_code == leads_to
            client.post("/sign-out/")
    settings.PASSWORD_DAYS = 0
    with time_machine.travel(NOW + dt.timedelta(days=4000)):
        assert signs_in("reporter", NEW_PASSWORD)


def test_its_page_is_in_the_readers_language(given: User) -> None:
    client = Client()
    sign_in(client, "reporter", GIVEN)
    client.post("/language/", {"language": "en"})
    assert "Somebody else has chosen your password" in client.get(CHANGE).content.decode()


def every_address(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[str]:
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            yield from every_address(one, prefix + str(one.pattern))
        elif isinstance(one, URLPattern) and (
            prefix.startswith("api/") or getattr(one.callback, "login_required", True)
        ):
            yield prefix + str(one.pattern)


def filled(address: str) -> str:
    """The address with something in the place of each of its parts."""
    plain = re.sub(r"<int:\w+>", "1", address)
    plain = re.sub(r"<(?:slug|str):\w+>", "2026-10", plain)
    return "/" + re.sub(r"\(\?P<\w+>([\w|-]+?)\)", lambda found: found[1].split("|")[0], plain)


def test_no_other_page_and_no_endpoint_is_open_until_then(given: User) -> None:
    client = Client()
    sign_in(client, "reporter", GIVEN)
    pages = endpoints = 0
    for written in every_address():
        address = filled(written)
        if address in {CHANGE, "/account/sessions/left/", "/sign-out/"} or "^" in address:
            continue
        answer = client.get(address)
        if address.startswith("/api/"):
            assert answer.status_code in (403, 404, 405), address
            endpoints += answer.status_code == 403
        else:
            assert answer["Location"].startswith(CHANGE), address
            pages += 1
    assert pages > 100
    assert endpoints > 60


def test_the_api_says_why_and_tokens_go_on(given: User, cast: Cast) -> None:
    _token, key = token_create(
        user=cast.reporter, name="script", access="read", expires_at=None, now=NOW
    )
    client = Client()
    sign_in(client, "reporter", GIVEN)
    refused = client.get("/api/v1/tasks/", headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert "Change your password first" in refused.json()["detail"]
    with_token = Client().get("/api/v1/tasks/", headers={"authorization": f"Bearer {key}"})
    assert with_token.status_code == 200
    assert ApiToken.objects.usable(now=NOW).exists()


def test_who_came_by_the_citys_sign_on_has_used_none(given: User) -> None:
    client = Client()
    client.force_login(given)
    assert client.get("/tasks/4/").status_code == 302
    session = client.session
    session[CAME_BY] = {}
    session.save()
    assert client.get("/tasks/4/").status_code == 200
    assert client.get("/api/v1/tasks/4/").status_code == 200


@pytest.mark.usefixtures("_at_now")
def test_what_was_typed_comes_back_after_the_change(given: User, period: ReportingPeriod) -> None:
    client = Client()
    sign_in(client, "reporter", GIVEN)
    quietly = client.post(EDIT, typed(), headers={"accept": "application/json"})
    assert (quietly.status_code, quietly.json()["kind"]) == (403, "signed_out")
    page = client.post(EDIT, typed())
    assert page.status_code == 403
    held = held_by(page.content.decode())
    sent = {"old_password": GIVEN, "new_password1": NEW_PASSWORD, "held": held}
    mistyped = client.post(CHANGE, {**sent, "new_password2": "other"})
    assert held_by(mistyped.content.decode()) == held
    after = client.post(CHANGE, {**sent, "new_password2": NEW_PASSWORD})
    address, fields = form_of(after.content.decode())
    assert client.post(address, fields)["Location"] == EDIT
    assert {one.text for one in content_of(Report.objects.get()).measures} == {WORDS}


# --- What it ends, and what is told of it ----------------------------------------------------


def test_a_password_from_the_office_ends_the_sessions_and_is_told_without_itself(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    theirs = signed_in(cast.reporter)
    account_password_set(account=cast.reporter, by=cast.administrator, password=GIVEN, now=NOW)
    assert not is_signed_in(theirs)
    assert not cast.reporter.sessions.exists()
    told = AuditEntry.objects.filter(act="user.password").latest("pk")
    assert (told.by, told.thing) == (cast.administrator, cast.reporter.pk)
    assert told.changes["password"] == [None, "set"]
    assert told.changes["password_is_given"] == [False, True]
    assert GIVEN not in str(told.changes)
