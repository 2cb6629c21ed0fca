"""Sessions: kept by their digest, over without anybody, ended by hand, never brought back."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from agencies.models import AuditEntry, Session, User
from agencies.sessions import browser_of, session_end, sessions_end, sessions_sweep
from agencies.sessions.account import account_read
from agencies.tests.signing import NEW_PASSWORD, is_signed_in, sign_in
from agencies.tests.test_held_posts import EDIT, WORDS, form_of, held_by, signed_in_with, typed
from conftest import NOW, PASSWORD, Cast
from progress.models import Report, ReportingPeriod
from progress.workflow import content_of

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.0.0 Safari/537.36"
)


@pytest.fixture(autouse=True)
def clock(settings: Settings) -> Iterator[time_machine.Traveller]:
    """The times of the product, which the other tests' leaps are free of."""
    settings.SESSION_IDLE, settings.SESSION_COOKIE_AGE = 30 * MINUTE, 12 * 60 * 60
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def signed_in_by_page(username: str = "reporter", **more: Any) -> Client:
    client = Client(**more)
    assert sign_in(client, username, PASSWORD) == 302
    return client


# --- How long --------------------------------------------------------------------------------


def test_half_an_hour_without_anybody_ends_it(cast: Cast, clock: time_machine.Traveller) -> None:
    client = signed_in_by_page()
    for _ in range(4):
        clock.shift(29 * MINUTE)
        assert is_signed_in(client)
    clock.shift(30 * MINUTE)
    assert client.get("/tasks/4/")["Location"] == "/sign-in/?next=/tasks/4/"


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in_by_page("coordinator")
    for _ in range(2):
        clock.shift(14 * MINUTE)
        assert client.get("/export/jobs/1/").status_code == 404
    clock.shift(2 * MINUTE)
    assert client.get("/export/jobs/1/").status_code == 302


def test_a_draft_that_is_typed_keeps_its_writer_signed_in_and_idling_loses_none(
    cast: Cast, period: ReportingPeriod, clock: time_machine.Traveller
) -> None:
    client = signed_in_by_page()
    for _ in range(3):
        clock.shift(29 * MINUTE)
        saved = client.post(
            EDIT, typed() | {"then": "autosave"}, headers={"accept": "application/json"}
        )
        assert saved.status_code in (200, 409)
    clock.shift(31 * MINUTE)
    quietly = client.post(EDIT, typed("后来"), headers={"accept": "application/json"})
    assert quietly.json()["kind"] == "signed_out"
    Report.objects.all().delete()
    held = held_by(client.post(EDIT, typed()).content.decode())
    client.get("/sign-in/")
    address, fields = form_of(signed_in_with(client, held, "reporter"))
    assert client.post(address, fields)["Location"] == EDIT
    assert {one.text for one in content_of(Report.objects.get()).measures} == {WORDS}


def test_after_twelve_hours_it_is_over_whatever_is_done(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in_by_page()
    for _ in range(35):
        clock.shift(20 * MINUTE)
        assert is_signed_in(client)
    clock.shift(21 * MINUTE)
    assert not is_signed_in(client)


def test_the_page_is_told_how_long_it_lasts_and_the_person_may_stay(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    """Asking is no sign of life, as answering is; and nothing goes past the twelve hours."""
    client, left = signed_in_by_page(), "/account/sessions/left/"
    page = client.get("/account/sessions/").content.decode()
    assert 'data-asks-in="1500" data-warns="300"' in page
    clock.shift(20 * MINUTE)
    for _ in range(2):
        told = client.get(left).json()
        assert (told["seconds"], told["lasts"]) == (600, True)
    clock.shift(30)
    assert client.post(left).json()["seconds"] == 1800
    clock.shift(29 * MINUTE)
    assert client.get(left).json()["seconds"] == 60
    clock.shift(MINUTE)
    answer = client.get(left, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["kind"]) == (403, "signed_out")

    client = signed_in_by_page()
    for _ in range(24):
        clock.shift(29 * MINUTE)
        client.get("/account/sessions/")
    told = client.post(left).json()
    assert (told["seconds"], told["lasts"]) == (24 * 60, False)
    assert 'data-asks-in="1140"' in client.get("/account/sessions/").content.decode()


def test_a_new_password_does_not_make_it_last_longer(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in_by_page()
    clock.shift(20 * MINUTE)
    new = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    before = client.cookies[configured.SESSION_COOKIE_NAME].value
    assert client.post("/account/password/", {"old_password": PASSWORD, **new}).status_code == 302
    assert client.cookies[configured.SESSION_COOKIE_NAME].value != before
    session = Session.objects.get(user=cast.reporter)
    assert (session.began_at, session.ends_at) == (NOW, NOW + 12 * HOUR)
    assert session.seen_at == NOW + 20 * MINUTE


def test_being_there_costs_a_write_a_minute_at_the_most(
    cast: Cast, clock: time_machine.Traveller
) -> None:
    client = signed_in_by_page()
    clock.shift(59)
    is_signed_in(client)
    assert Session.objects.get().seen_at == NOW
    clock.shift(1)
    is_signed_in(client)
    assert Session.objects.get().seen_at == NOW + MINUTE


# --- Whose it is -----------------------------------------------------------------------------


def test_session_and_account_are_read_together(cast: Cast) -> None:
    client = signed_in_by_page()
    with CaptureQueriesContext(connection) as taken:
        assert client.get("/account/sessions/left/").status_code == 200
    [asked] = taken.captured_queries
    assert "agencies_session" in asked["sql"]
    assert "agencies_user" in asked["sql"]


def test_each_request_looks_at_the_account_anew(cast: Cast) -> None:
    client = signed_in_by_page()
    assert "改名" not in client.get("/account/sessions/").content.decode()
    User.objects.filter(pk=cast.reporter.pk).update(name="改名")
    assert "改名" in client.get("/account/sessions/").content.decode()
    User.objects.filter(pk=cast.reporter.pk).update(is_active=False)
    assert not is_signed_in(client)
    User.objects.filter(pk=cast.reporter.pk).update(is_active=True)
    assert is_signed_in(client)
    # Behind the product's back, which drops the sessions: Django's own check ends it.
    User.objects.filter(pk=cast.reporter.pk).update(password=make_password(NEW_PASSWORD))
    assert not is_signed_in(client)


def test_what_the_session_holds_says_who_it_is_and_no_row_beside_it(cast: Cast) -> None:
    client = signed_in_by_page()
    Session.objects.update(user=cast.administrator)
    assert client.get("/account/sessions/").wsgi_request.user.pk == cast.reporter.pk
    Session.objects.update(user=None)
    assert client.get("/account/sessions/").wsgi_request.user.pk == cast.reporter.pk


def test_no_account_is_at_hand_but_while_its_session_is_looked_at(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []

    def seen(pk: int) -> User | None:
        found.append(account_read(pk))
        assert account_read(pk + 1) is None
        return found[-1]

    monkeypatch.setattr("agencies.city.backend.account_read", seen)
    assert is_signed_in(signed_in_by_page())
    assert found == [cast.reporter]
    assert account_read(cast.reporter.pk) is None


# --- What is kept, and that it changes -------------------------------------------------------


def test_signing_in_gives_another_key_and_the_old_one_opens_nothing(cast: Cast) -> None:
    """A key that somebody has put into a browser beforehand (session fixation)."""
    client = Client()
    client.get("/sign-in/forgotten/")
    session = client.session
    session["planted"] = True
    session.save()
    planted = str(session.session_key)
    client.cookies[configured.SESSION_COOKIE_NAME] = planted
    assert sign_in(client, "reporter", PASSWORD) == 302
    assert client.cookies[configured.SESSION_COOKIE_NAME].value != planted
    other = Client()
    other.cookies[configured.SESSION_COOKIE_NAME] = planted
    assert not is_signed_in(other)
    # Nor does a key of somebody's own making become a session.
    made_up = Client()
    made_up.cookies[configured.SESSION_COOKIE_NAME] = "a" * 32
    sign_in(made_up, "reporter", PASSWORD)
    assert made_up.cookies[configured.SESSION_COOKIE_NAME].value != "a" * 32


def test_the_database_holds_no_key(cast: Cast) -> None:
    key = signed_in_by_page().cookies[configured.SESSION_COOKIE_NAME].value
    [row] = Session.objects.values()
    assert key not in str(row)
    assert row["user_id"] == cast.reporter.pk


def test_signing_out_destroys_it_on_the_server(cast: Cast) -> None:
    client = signed_in_by_page()
    key = client.cookies[configured.SESSION_COOKIE_NAME].value
    client.post("/sign-out/")
    assert not Session.objects.filter(user=cast.reporter).exists()
    client.cookies[configured.SESSION_COOKIE_NAME] = key
    assert not is_signed_in(client)


def test_the_cookie_is_for_this_site_and_for_no_script(cast: Cast, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    cookie = signed_in_by_page().cookies[configured.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["max-age"]  # gone with the browser


def test_what_is_over_is_cleared_away(cast: Cast, clock: time_machine.Traveller) -> None:
    signed_in_by_page()
    clock.shift(20 * MINUTE)
    signed_in_by_page("stranger")
    clock.shift(20 * MINUTE)
    sessions_sweep()
    assert [one.user for one in Session.objects.all()] == [cast.stranger]


# --- One's own, and other people's -----------------------------------------------------------


def test_people_see_their_sessions_and_end_them(cast: Cast) -> None:
    mine = signed_in_by_page(headers={"user-agent": CHROME}, REMOTE_ADDR="10.1.2.3")
    elsewhere, third = signed_in_by_page(), signed_in_by_page()
    foreign = signed_in_by_page("stranger")
    shown = mine.get("/account/sessions/").context["sessions"]
    assert len(shown) == 3
    [this_one] = [one for one in shown if one.is_this_one]
    assert this_one.browser == "Chrome, Windows"
    assert this_one.session.address == "10.1.2.3"

    theirs = Session.objects.get(user=cast.stranger)
    assert mine.post(f"/account/sessions/{theirs.pk}/end/").status_code == 404
    with pytest.raises(PermissionDenied):
        session_end(session=theirs, by=cast.reporter, now=NOW)
    other = Session.objects.get(digest=Session.digest_of(str(elsewhere.session.session_key)))
    assert mine.post(f"/account/sessions/{other.pk}/end/").status_code == 302
    assert [is_signed_in(one) for one in (mine, elsewhere, third)] == [True, False, True]
    mine.post("/account/sessions/others/end/")
    assert [is_signed_in(one) for one in (mine, third, foreign)] == [True, False, True]
    told = AuditEntry.objects.filter(act="user.sessions_end", by=cast.reporter)
    assert [one.changes["count"][1] for one in told.order_by("pk")] == [1, 1]


def test_administrators_end_somebodys_sessions_and_nobody_else_does(cast: Cast) -> None:
    theirs = signed_in_by_page()
    address = f"/accounts/{cast.reporter.pk}/sessions/end/"
    for who in ("coordinator", "auditor", "colleague"):
        assert signed_in_by_page(who).post(address).status_code == 403
        with pytest.raises(PermissionDenied):
            sessions_end(account=cast.reporter, by=User.objects.get(username=who), now=NOW)
    assert is_signed_in(theirs)
    office = signed_in_by_page("administrator")
    assert address in office.get(f"/accounts/{cast.reporter.pk}/").content.decode()
    office.post(address)
    assert not is_signed_in(theirs)
    assert is_signed_in(office)
    told = AuditEntry.objects.get(act="user.sessions_end")
    assert (told.by, told.thing) == (cast.administrator, cast.reporter.pk)


def test_another_role_ends_the_sessions(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    theirs = signed_in_by_page()
    typed_in = {"name": "张报", "role": "leader", "agency": "", "email": "", "is_active": "on"}
    signed_in(cast.administrator).post(f"/accounts/{cast.reporter.pk}/", typed_in)
    assert not is_signed_in(theirs)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (CHROME, "Chrome, Windows"),
        (f"{CHROME} Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; UOS) Firefox/115.0", "Firefox, UOS"),
        ("curl/8.4.0", "curl/8.4.0"),
        ("", ""),
    ],
)
def test_a_browser_is_said_in_two_words(written: str, said: str) -> None:
    assert browser_of(written) == said
