"""A forgotten password: a link by mail that works once, and tells nobody who has an account."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import AuditEntry, PasswordLink, User
from agencies.passwords.links import links_send
from agencies.tests.signing import NEW_PASSWORD, is_signed_in, signs_in
from agencies.tests.test_locking_out import guess
from conftest import NOW, PASSWORD, Cast
from tianjin_pilot.tests.services import Trouble, mail_server

FORGOTTEN = "/sign-in/forgotten/"
HOUR = dt.timedelta(hours=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def asked(email: str, **headers: str) -> str:
    """What the page says to whoever asks for a link to this address."""
    answer = Client(headers=headers).post(FORGOTTEN, {"email": email})
    assert answer.status_code == 200
    text = answer.content.decode()
    return text[text.index("<main") : text.index("print-line")]


def link(email: str = "reporter@example.org") -> str:
    """Ask, let the job send, and take the address out of the mail."""
    asked(email)
    assert links_send(now=NOW) == 1
    found = re.search(r"http://localhost:8000(/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def used(address: str, password: str = NEW_PASSWORD, client: Client | None = None) -> bool:
    """Whether the link opened a form and that set the password."""
    client = client or Client()
    opened = client.get(address)
    if opened.status_code != 302:
        return False
    sent = {"new_password1": password, "new_password2": password}
    return client.post(opened["Location"], sent).headers.get("Location") == "/sign-in/"


def test_the_link_sets_a_password_once_and_ends_the_sessions(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    theirs = signed_in(cast.reporter)
    guess("reporter")  # who has forgotten it has tried
    address = link()
    [message] = mail.outbox
    assert message.to == ["reporter@example.org"]
    browser = Client()
    assert used(address, client=browser)
    assert not is_signed_in(browser)
    assert not is_signed_in(theirs)
    assert signs_in("reporter", NEW_PASSWORD)
    assert not used(address, "Another-password-1")
    assert AuditEntry.objects.get(act="user.password_link").by is None
    assert AuditEntry.objects.get(act="user.password").by == cast.reporter


def test_the_answer_is_the_same_whoever_has_the_address(cast: Cast) -> None:
    """And so is what is done for it: a row, without a look at the accounts."""
    closed = cast.approver.email
    assert asked("reporter@example.org") == asked("nobody@example.org") == asked(closed)
    assert PasswordLink.objects.count() == 3
    assert links_send(now=NOW) == 1
    assert [message.to for message in mail.outbox] == [["reporter@example.org"]]
    assert not PasswordLink.objects.exists()
    assert links_send(now=NOW) == 0


def test_the_link_is_good_for_an_hour(cast: Cast, clock: time_machine.Traveller) -> None:
    address = link()
    clock.shift(HOUR + dt.timedelta(seconds=1))
    assert not used(address)
    assert signs_in("reporter", PASSWORD)


@pytest.mark.parametrize("between", ["signed in", "changed", "closed", "another address"])
def test_it_dies_with_what_happens_before_it_is_used(cast: Cast, between: str) -> None:
    address = link()
    if between == "signed in":
        assert signs_in("reporter", PASSWORD)
    elif between == "changed":
        assert used(link(), "In-the-meantime-1")
    elif between == "closed":
        User.objects.filter(pk=cast.reporter.pk).update(is_active=False)
    else:
        User.objects.filter(pk=cast.reporter.pk).update(email="other@example.org")
    if between == "closed":
        used(address)
        assert not signs_in("reporter", NEW_PASSWORD)
    else:
        assert not used(address)


def test_the_rules_hold_for_it_too(cast: Cast) -> None:
    address = link()
    client = Client()
    for weak in ("short", PASSWORD):
        assert not used(address, weak, client)
    assert used(address, client=client)


def test_the_link_leads_where_the_installation_says_whatever_the_request_says(cast: Cast) -> None:
    asked("reporter@example.org", host="127.0.0.1")
    links_send(now=NOW)
    assert "http://localhost:8000/" in mail.outbox[0].body
    assert "127.0.0.1" not in mail.outbox[0].body


def test_it_comes_in_the_language_of_who_asks(cast: Cast) -> None:
    client = Client()
    client.post("/language/", {"language": "en"})
    client.post(FORGOTTEN, {"email": "reporter@example.org"})
    links_send(now=NOW)
    assert mail.outbox[0].subject == "Link to set a new password for reporter"


def test_each_account_of_an_address_is_sent_its_own_link_which_names_it(cast: Cast) -> None:
    User.objects.filter(pk=cast.stranger.pk).update(email="Reporter@example.org")
    asked("reporter@example.org")
    assert links_send(now=NOW) == 2
    for username, message in zip(("reporter", "stranger"), mail.outbox, strict=True):
        assert username in message.subject
        assert username in message.body
    found = re.search(r"http://localhost:8000(/\S+)", str(mail.outbox[1].body))
    assert found
    assert used(found[1])
    assert signs_in("stranger", NEW_PASSWORD)
    assert signs_in("reporter", PASSWORD)


@pytest.mark.services
def test_a_link_that_could_not_be_sent_is_sent_later(cast: Cast, settings: Settings) -> None:
    """Also when it is another one that the server takes exception to, or no server is there."""
    troubles = {"reporter@example.org": Trouble.NOT_NOW, "colleague@example.org": Trouble.REFUSES}
    for who in ("reporter", "colleague", "stranger"):
        asked(f"{who}@example.org")
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(OSError, match="refused"):
        links_send(now=NOW)
    assert PasswordLink.objects.count() == 3
    with mail_server(troubles=troubles) as (url, messages):
        settings.EMAIL_PORT = urlsplit(url).port
        with pytest.raises(SMTPRecipientsRefused):
            links_send(now=NOW)
        assert [message["To"] for message in messages] == ["stranger@example.org"]
        # What is refused for good is left, and what is put off waits.
        assert [one.email for one in PasswordLink.objects.all()] == ["reporter@example.org"]
        troubles.clear()
        assert links_send(now=NOW) == 1
    assert messages[1]["To"] == "reporter@example.org"
    assert not PasswordLink.objects.exists()
    assert AuditEntry.objects.filter(act="user.password_link").count() == 2


def test_nobody_is_flooded_and_nobody_floods(cast: Cast) -> None:
    for _ in range(5):
        asked("reporter@example.org")
    assert PasswordLink.objects.count() == 3
    answers = [
        Client().post(FORGOTTEN, {"email": f"n{number}@example.org"}).status_code
        for number in range(20)
    ]
    assert answers[:15] == [200] * 15
    assert answers[15:] == [429] * 5
