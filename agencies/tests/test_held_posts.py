"""Somebody who was signed out without knowing sends a form: nothing they typed is lost."""

import datetime as dt
import re
from html import unescape

import pytest
import time_machine
from django.core import signing
from django.test import Client

from agencies.held_posts import LARGEST, LASTS, post_held
from conftest import NOW, PASSWORD, Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import task_numbered
from progress.workflow import content_of
from tasks.models import Status

EDIT = "/tasks/4/reports/2026-10/edit/"
WORDS = '　　建成"平台"<3>个\n\n&签约👩‍💻企业'


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def stranded(cast: Cast, period: ReportingPeriod) -> Client:
    """A browser that has a page of ours open, and nobody signed in any more."""
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in/")
    return client


def key_of(client: Client) -> str:
    return client.cookies["csrftoken"].value


def typed(text: str = WORDS) -> dict[str, object]:
    fields: dict[str, object] = {"version": 0, "then": "stay"}
    for measure in task_numbered(4).measures.all():
        fields[f"status_{measure.pk}"] = Status.IN_PROGRESS
        fields[f"text_{measure.pk}"] = text
    return fields | {"problems": "问题", "next_steps": "", "coordination": ""}


def held_by(page: str) -> str:
    found = re.search(r'name="held" value="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


def signed_in_with(client: Client, held: str, username: str, password: str = PASSWORD) -> str:
    answer = client.post(
        "/sign-in/",
        {
            "username": username,
            "password": password,
            "held": held,
            "csrfmiddlewaretoken": key_of(client),
        },
    )
    assert answer.status_code == 200
    return answer.content.decode()


def form_of(page: str) -> tuple[str, dict[str, str]]:
    """Where the form with what was held goes, and its fields as a browser sends them."""
    form = re.search(r'<form class="button-row held-post".*?</form>', page, re.DOTALL)
    assert form is not None
    address = re.search(r'action="([^"]+)"', form[0])
    key = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form[0])
    assert address is not None
    assert key is not None
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0])
    sent = {unescape(name): unescape(text) for name, text in fields}
    return unescape(address[1]), sent | {"csrfmiddlewaretoken": key[1]}


def test_the_sign_in_page_keeps_what_was_typed_and_one_click_saves_it(stranded: Client) -> None:
    answer = stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": key_of(stranded)})
    assert answer.status_code == 403
    page = answer.content.decode()
    assert 'action="/sign-in/"' in page
    assert 'role="alert"' in page
    assert not Report.objects.exists()

    page = signed_in_with(stranded, held_by(page), "reporter")
    assert "张报" in page
    assert "市数据局" in page
    assert not Report.objects.exists()  # nothing goes unasked
    address, fields = form_of(page)
    assert address == EDIT
    assert stranded.post(address, fields)["Location"] == EDIT
    assert {m.text for m in content_of(Report.objects.get()).measures} == {WORDS}


def test_a_wrong_password_and_a_page_loaded_again_keep_it_too(stranded: Client) -> None:
    answer = stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": key_of(stranded)})
    held = held_by(answer.content.decode())
    again = signed_in_with(stranded, held, "reporter", "not-this-one")
    assert held_by(again) == held
    signed_in_with(stranded, held, "reporter")
    # Signed in by now, the browser sends the form of the sign-in page once more.
    assert form_of(signed_in_with(stranded, held, "reporter"))[0] == EDIT


@pytest.mark.parametrize(
    ("who", "expected"), [("stranger", 404), ("co-reporter", 403), ("coordinator", 403)]
)
def test_another_person_is_named_and_has_their_own_rights_alone(
    stranded: Client, cast: Cast, who: str, expected: int
) -> None:
    answer = stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": key_of(stranded)})
    page = signed_in_with(stranded, held_by(answer.content.decode()), who)
    person = next(one for one in cast.everyone().values() if one.username == who)
    assert person.name in page
    address, fields = form_of(page)
    assert stranded.post(address, fields).status_code == expected
    assert not Report.objects.exists()


def test_a_form_of_another_site_is_refused_and_not_held(stranded: Client) -> None:
    answer = stranded.post(EDIT, typed())
    assert answer.status_code == 403
    assert "held" not in answer.content.decode()


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "https://testserver", ""])
def test_a_form_that_came_from_elsewhere_gets_nothing_but_the_refusal(
    stranded: Client, cast: Cast, origin: str
) -> None:
    stranded.force_login(cast.reporter)
    answer = stranded.post(EDIT, typed(), headers={"Origin": origin})
    assert answer.status_code == 403
    assert unescape(answer.content.decode()).count(WORDS) == 0


def test_a_page_from_before_signing_in_again_brings_back_what_was_typed(
    stranded: Client, cast: Cast
) -> None:
    """Its key went with the session that has ended; it is sent again with the key of this one."""
    old = key_of(stranded)
    answer = stranded.post(
        "/sign-in/",
        {"username": "reporter", "password": PASSWORD, "csrfmiddlewaretoken": old},
    )
    assert answer.status_code == 302
    refused = stranded.post(
        EDIT, typed() | {"csrfmiddlewaretoken": old}, headers={"Origin": "http://testserver"}
    )
    assert refused.status_code == 403
    assert not Report.objects.exists()
    address, fields = form_of(refused.content.decode())
    assert stranded.post(address, fields)["Location"] == EDIT
    assert {m.text for m in content_of(Report.objects.get()).measures} == {WORDS}


def test_passwords_are_never_held(stranded: Client) -> None:
    fields = {"old_password": PASSWORD, "new_password1": "a", "new_password2": "a"}
    answer = stranded.post("/account/password/", fields | {"csrfmiddlewaretoken": key_of(stranded)})
    assert answer.status_code == 302
    assert answer["Location"] == "/sign-in/?next=/account/password/"


def test_what_has_nothing_to_keep_or_is_too_long_leads_to_the_sign_in_page(
    stranded: Client,
) -> None:
    key = {"csrfmiddlewaretoken": key_of(stranded)}
    assert stranded.post("/inbox/1/read/", key).status_code == 302
    assert stranded.post(EDIT, key | {"problems": "a" * (LARGEST + 1)}).status_code == 302


def test_a_page_that_is_only_looked_at_comes_after_signing_in(stranded: Client) -> None:
    answer = stranded.get(EDIT)
    assert answer["Location"] == f"/sign-in/?next={EDIT}"


def test_what_is_forged_is_not_shown() -> None:
    forged = signing.dumps({"address": "//elsewhere.example/", "fields": []}, salt="other")
    assert post_held(forged) is None
    assert post_held("") is None


def test_it_is_held_over_a_long_weekend_and_then_shown_to_be_copied(stranded: Client) -> None:
    answer = stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": key_of(stranded)})
    held = held_by(answer.content.decode())
    with time_machine.travel(NOW + dt.timedelta(days=3), tick=False):
        page = signed_in_with(stranded, held, "reporter")
    assert form_of(page)[0] == EDIT
    with time_machine.travel(NOW + LASTS + dt.timedelta(minutes=1), tick=False):
        page = signed_in_with(stranded, held, "reporter")
    # What it was meant for may be long gone, so it is not sent; nor is it dropped.
    assert "held-post" not in page
    assert 'role="alert"' in page
    assert WORDS in unescape(page)


@pytest.mark.parametrize("is_signed_in_again", [True, False])
def test_a_sign_in_page_with_an_old_key_still_has_what_was_typed(
    stranded: Client, is_signed_in_again: bool
) -> None:
    """In another tab somebody has signed in meanwhile, which gave the browser a new key."""
    old = key_of(stranded)
    held = held_by(stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": old}).content.decode())
    fields = {"username": "reporter", "password": PASSWORD, "csrfmiddlewaretoken": old}
    assert stranded.post("/sign-in/", fields).status_code == 302
    if not is_signed_in_again:
        stranded.post("/sign-out/", {"csrfmiddlewaretoken": key_of(stranded)})
    origin = {"Origin": "http://testserver"}
    answer = stranded.post("/sign-in/", fields | {"held": held}, headers=origin)
    assert answer.status_code == 403
    page = answer.content.decode()
    if not is_signed_in_again:
        assert held_by(page) == held
        page = signed_in_with(stranded, held, "reporter")
    address, sent = form_of(page)
    assert PASSWORD not in page
    assert stranded.post(address, sent)["Location"] == EDIT
    assert {m.text for m in content_of(Report.objects.get()).measures} == {WORDS}


def test_what_another_site_sends_to_the_sign_in_page_is_not_shown(
    stranded: Client, cast: Cast
) -> None:
    answer = stranded.post(EDIT, typed() | {"csrfmiddlewaretoken": key_of(stranded)})
    fields = {"username": "reporter", "held": held_by(answer.content.decode())}
    stranded.force_login(cast.reporter)
    refused = stranded.post("/sign-in/", fields, headers={"Origin": "http://elsewhere.example"})
    assert refused.status_code == 403
    assert WORDS not in unescape(refused.content.decode())
