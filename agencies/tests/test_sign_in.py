"""Signing in and out, the language before it, and one's own password."""

import pytest
from django.test import Client

from agencies.models import User
from agencies.tests.signing import NEW_PASSWORD, is_signed_in, sign_in
from conftest import PASSWORD, Cast


@pytest.fixture
def client() -> Client:
    return Client()


def test_the_right_password_leads_to_the_page_that_was_asked_for(
    client: Client, cast: Cast
) -> None:
    asked_for = client.get("/tasks/4/")
    assert asked_for["Location"] == "/sign-in/?next=/tasks/4/"
    answer = client.post(
        asked_for["Location"], {"username": "reporter", "password": PASSWORD, "next": "/tasks/4/"}
    )
    assert answer["Location"] == "/tasks/4/"
    assert is_signed_in(client)


def test_signing_in_never_leads_to_another_host(client: Client, cast: Cast) -> None:
    answer = client.post(
        "/sign-in/",
        {"username": "reporter", "password": PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert answer["Location"] == "/"


def test_the_answer_does_not_tell_which_part_was_wrong(client: Client, cast: Cast) -> None:
    """An unknown name, a wrong password and a closed account read the same, word for word."""
    pages = []
    for username, password in (
        ("nobody", PASSWORD),
        ("reporter", "not-this-one"),
        ("approver", PASSWORD),  # closed
    ):
        answer = client.post("/sign-in/", {"username": username, "password": password})
        assert answer.status_code == 200
        pages.append(str(answer.context["form"].non_field_errors()))
    assert pages[0]
    assert len(set(pages)) == 1
    assert not is_signed_in(client)


def test_a_closed_account_loses_the_session_it_has(client: Client, cast: Cast) -> None:
    client.force_login(cast.reporter)
    assert is_signed_in(client)
    User.objects.filter(pk=cast.reporter.pk).update(is_active=False)
    assert not is_signed_in(client)


def test_signing_out_ends_the_session_and_only_a_form_can_do_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.reporter)
    assert client.get("/sign-out/").status_code == 405
    assert is_signed_in(client)
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert not is_signed_in(client)


def test_a_form_of_another_site_signs_nobody_in(cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "reporter", PASSWORD) == 403


def test_the_page_is_chinese_until_english_is_asked_for(client: Client, db: None) -> None:
    assert '<html lang="zh-hans">' in client.get("/sign-in/").content.decode()
    answer = client.post("/language/", {"language": "en", "next": "/sign-in/"})
    assert answer["Location"] == "/sign-in/"
    assert '<html lang="en">' in client.get("/sign-in/").content.decode()


def test_a_new_password_needs_the_old_one_and_keeps_this_session_alone(
    client: Client, cast: Cast
) -> None:
    elsewhere = Client()
    assert sign_in(client, "reporter", PASSWORD) == 302
    assert sign_in(elsewhere, "reporter", PASSWORD) == 302
    wanted = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}

    refused = client.post("/account/password/", {"old_password": "wrong", **wanted})
    assert refused.status_code == 200
    assert "old_password" in refused.context["form"].errors

    changed = client.post("/account/password/", {"old_password": PASSWORD, **wanted})
    assert changed["Location"] == "/"
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert sign_in(Client(), "reporter", PASSWORD) == 200
    assert sign_in(Client(), "reporter", NEW_PASSWORD) == 302


@pytest.mark.parametrize("weak", ["short", "1234567890123", "password123"])
def test_a_weak_new_password_is_refused(client: Client, cast: Cast, weak: str) -> None:
    client.force_login(cast.reporter)
    answer = client.post(
        "/account/password/",
        {"old_password": PASSWORD, "new_password1": weak, "new_password2": weak},
    )
    assert "new_password2" in answer.context["form"].errors
