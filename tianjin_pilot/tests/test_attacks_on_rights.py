"""Somebody signed in tries what is not theirs: every number in every address, fields that no form
has, their own role, and forms of other sites."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
import yaml
from django.db import connection, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import Role, User
from agencies.models.sessions import Session
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from tianjin_pilot.tests.every_address import every_address
from tianjin_pilot.tests.foreign import foreign_things, texts_written
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.traces import ABOUT, Watch

pytestmark = pytest.mark.once

SignedIn = Callable[[User], Client]
METHODS = ("get", "post", "put", "patch", "delete")
NOT_YOURS = {401, 403, 404, 405}
MARK = "标记甲乙丙丁戊己庚辛壬癸子丑寅卯"
# What anybody may read of things that are not theirs: the list, and who answers for it.
OPEN_TO_READ = {"agency", "measure", "pause"}
# One for every form: each takes its own of it.
FORM = {
    "version": "1",
    "reason": "x",
    "text": "x",
    "name": "x",
    "confirm": "1",
    "password": "Pass-2026-word",
    "role": "administrator",
    "is_active": "",
}
USER_FIELDS = ("username", "name", "role", "agency", "email", "is_active", "password")


@pytest.fixture(autouse=True)
def _as_often_as_wanted(settings: Settings) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 0)


def read_from_a_body() -> Callable[[str, str], bool]:
    """A function that says of a method and path whether its description has a body."""
    text = (ROOT / "docs" / "openapi.yaml").read_text(encoding="utf-8")
    paths = yaml.load(text, Loader=yaml.CSafeLoader)["paths"]
    known = [
        (method, re.compile(re.sub(r"{\w+}", "[^/]+", path)))
        for path, operations in paths.items()
        for method, one in operations.items()
        if method in METHODS and "requestBody" in one
    ]
    return lambda method, path: any(method == one and where.fullmatch(path) for one, where in known)


def people() -> list[tuple[Any, ...]]:
    return sorted(User.objects.values_list("pk", *USER_FIELDS))


def rights() -> list[tuple[Any, ...]]:
    return sorted(User.objects.values_list("pk", "role", "agency", "is_active", "password"))


def sent(client: Client, method: str, path: str, *, is_api: bool, body: Any = None) -> Any:
    if method == "get":
        return client.get(path)
    if is_api:
        content = json.dumps({} if body is None else body)
        return getattr(client, method)(path, content, content_type="application/json")
    return getattr(client, method)(path, FORM)


def test_nobody_reaches_what_is_anothers_by_its_number(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    """The stranger's agency has no part in task 4; what is tried is answered with no, changes
    nothing, and shows no word of it."""
    signed_in(cast.reporter)
    things = foreign_things(cast, period) | {"session": Session.objects.get().pk}
    written = set(texts_written(MARK, of=("progress",)))
    assert len(written) > 25
    client, before, reached, seen = signed_in(cast.stranger), people(), {}, set()
    with time_machine.travel(NOW, tick=False):
        for one in every_address(things):
            foreign = one.things - OPEN_TO_READ
            for method in METHODS if one.is_api else ("get", "post"):
                watch = Watch()
                # What belongs to the stranger may be done; it is taken back.
                with transaction.atomic(), connection.execute_wrapper(watch):
                    answer = sent(client, method, one.path, is_api=one.is_api)
                    altered = method != "get" and foreign and people() != before
                    transaction.set_rollback(True)
                content = answer.getvalue().decode(errors="replace")
                if foreign and answer.status_code not in NOT_YOURS:
                    reached[f"{method} {one.path}"] = answer.status_code
                if foreign and watch.tables & ABOUT.keys():
                    reached[f"{method} {one.path}"] = sorted(watch.tables)
                if altered:
                    reached[f"{method} {one.path}"] = "another account"
                if MARK[:6] in content:
                    seen.add(f"{method} {one.name}")
                client = signed_in(cast.stranger) if "sign-out" in one.name else client
    assert not reached, reached
    assert not seen, seen


def test_fields_that_no_form_has_are_refused_or_change_nothing(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    """Mass assignment: to each endpoint that writes, by each who may write somewhere."""
    things = foreign_things(cast, period) | {"account": cast.stranger.pk}
    smuggled = {
        "is_superuser": True,
        "is_staff": True,
        "owner": cast.stranger.pk,
        "approved_by": cast.stranger.pk,
        "__class__": "x",
    }
    taken, before, reads_a_body = {}, people(), read_from_a_body()
    with time_machine.travel(NOW, tick=False):
        for who in ("reporter", "coordinator", "administrator"):
            client = signed_in(getattr(cast, who))
            for one in every_address(things):
                for method in METHODS[1:] if one.is_api else ():
                    with transaction.atomic():
                        answer = sent(client, method, one.path, is_api=True, body=smuggled)
                        if people() != before:
                            taken[f"{who} {method} {one.path}"] = "another account"
                        transaction.set_rollback(True)
                    if reads_a_body(method, one.path) and answer.status_code < 400:
                        taken[f"{who} {method} {one.path}"] = answer.status_code
    assert not taken, taken


@pytest.mark.parametrize("who", ["reporter", "coordinator", "auditor", "administrator"])
def test_nobody_gives_themselves_another_role(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    person: User = getattr(cast, who)
    client, before = signed_in(person), rights()
    other = Role.LEADER if who == "administrator" else Role.ADMINISTRATOR
    own = {"name": "改名", "email": person.email, "is_active": "on"}
    tries = [
        (
            "post",
            f"/accounts/{person.pk}/",
            own | {"role": other},
        ),
        ("post", "/account/password/", {"role": other, "is_superuser": "on"}),
        ("patch", f"/api/v1/accounts/{person.pk}/", {"role": other}),
        ("put", f"/api/v1/accounts/{person.pk}/", {"name": person.name, "role": other}),
        ("post", "/api/v1/accounts/", {"username": person.username, "role": other}),
    ]
    for method, path, body in tries:
        if path.startswith("/api/"):
            getattr(client, method)(
                path, json.dumps(body), "application/json", headers={"If-Match": "*"}
            )
        else:
            getattr(client, method)(path, body)
    assert rights() == before


def test_no_form_of_another_site_is_taken(cast: Cast, period: ReportingPeriod) -> None:
    """Each address, each method that writes, with the cookie of somebody signed in and without the
    key of a form: 403, before anything is looked at."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.coordinator)
    # That somebody was there is noted on their session.
    taken, business = {}, ABOUT.keys() - {"agencies_session"}
    for one in every_address(foreign_things(cast, period)):
        for method in METHODS[1:] if one.is_api else ("post",):
            watch = Watch()
            with connection.execute_wrapper(watch):
                answer = getattr(client, method)(
                    one.path, headers={"Origin": "https://evil.example"}
                )
            if answer.status_code != 403 or watch.tables & business:
                taken[f"{method} {one.path}"] = answer.status_code
    assert not taken, taken


def test_a_key_does_not_help_a_page_of_another_site(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.coordinator)
    client.get("/account/tokens/")
    key = {"csrfmiddlewaretoken": client.cookies["csrftoken"].value, "language": "en"}
    for other in ("https://evil.example", "http://testserver.evil.example", "null"):
        answer = client.post("/language/", key, headers={"Origin": other})
        assert answer.status_code == 403
    answer = client.post(
        "/language/", key, secure=True, headers={"Referer": "https://evil.example/"}
    )
    assert answer.status_code == 403
    assert (
        client.post("/language/", key, headers={"Origin": "http://testserver"}).status_code == 302
    )
