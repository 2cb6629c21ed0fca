"""Who may do what: every request of the table of duties, asked by everybody (duties.txt)."""

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django_filters import ModelChoiceFilter
from pytest_django.fixtures import Settings

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency, AuditEntry, User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.files import pdf, uploaded
from tasks.models import Chapter, Task
from tianjin_pilot.tests.duties import DOCUMENT, Request, document, duties
from tianjin_pilot.tests.one_of_each import WEBHOOK_HOST, one_of_each

DUTIES = duties()
OWN_AREA = "Signing in, and oneself"
# Where the work on the list is done, which administrators have no part in.
REPORTING = {
    "The list",
    "Reports",
    "Contributions",
    "Registers",
    "Periods and documents",
}
KEPT_BY_ADMINISTRATORS = {"administer", "keep accounts", "keep agencies"}
DOWNLOAD, FORBIDDEN = "user.download", "user.forbidden"
TOLD_OF_ANSWERS = {DOWNLOAD, FORBIDDEN}
# Pages, documents of the API, and its description; everything else goes out as a file.
NO_FILES = ("text/", "application/json", "application/problem+json", "application/vnd.oai")
NOBODY, LEFT = "nobody", "left"
# What administrators keep or read, by the names of the table; of all else they are told nothing.
OF_ADMINISTRATORS = {"account", "agency", "co_agency", "lead", "correction", "version"}
# Nothing has this number.
ABSENT = 987_654
# By model a value of a filter that is there, and one that is not.
THERE_AND_NOT: Mapping[type[Model], tuple[int | str, int | str]] = {
    Task: (4, 999),
    Chapter: (1, 99),
    ReportingPeriod: ("2026-10", "2099-01"),
}
# The style guide is there while one works on the product, and in no installation; what is not
# found below /api/ is told so by the last pattern of all.
NOT_TO_BE_ASKED = {"styleguide", None}


def test_every_address_is_in_the_table() -> None:
    asked = {resolve(_filled(one.address, {}).partition("?")[0]).view_name for one in DUTIES}
    assert set(_names(get_resolver())) - NOT_TO_BE_ASKED - asked == set()


def test_signing_in_and_the_probes_alone_are_open_to_anybody() -> None:
    """Whatever does not say that it is open is shut, and these say so."""
    views = list(_views(get_resolver()))
    pages = {name for name, view in views if not getattr(view, "login_required", True)}
    endpoints = {name: view.cls for name, view in views if hasattr(view, "cls")}
    assert pages - endpoints.keys() - NOT_TO_BE_ASKED == {
        *("sign-in", "second-step", "city-begin", "city-callback"),
        *("password-forgotten", "password-new", "set-language", "healthz", "readyz"),
    }
    assert [
        name
        for name, view in endpoints.items()
        if not issubclass(view.permission_classes[0], SignedInWithinAccess)
    ] == []


def test_the_document_says_what_the_table_says() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "run python -m tianjin_pilot.tests.duties"


def test_duties_exclude_each_other() -> None:
    """What the table must never come to say, whatever is added to it."""
    may = {(str(one), who): one for one in DUTIES for who in one.answers if one.may(who)}
    written = {key: one for key, one in may.items() if one.method != "GET"}
    assert {
        one.action
        for (_request, who), one in may.items()
        if who == "administrator" and one.area in REPORTING and "empty" not in one.action
    } == set()
    # What they have made of the trail is a file of their own.
    by_auditors = {
        (one.area, one.action) for (_request, who), one in written.items() if who == "auditor"
    }
    assert {one for one in by_auditors if one[0] != OWN_AREA} == {
        ("The audit trail", "have a long export of the audit trail made")
    }
    kept = {who for (_request, who), one in may.items() if one.action in KEPT_BY_ADMINISTRATORS}
    assert kept - {NOBODY} == {"administrator"}


@pytest.mark.wide
@pytest.mark.parametrize("area", sorted({one.area for one in DUTIES}))
def test_everybody_is_answered_as_the_table_says(
    area: str, cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    settings.WEBHOOK_HOSTS = frozenset({f"{WEBHOOK_HOST}:443"})
    keys = one_of_each(cast, period)
    clients = _clients(cast)
    differ = []
    for one in (one for one in DUTIES if one.area == area):
        # What others have asked of the API is not counted here.
        cache.clear()
        answers = {who: _answer(one, client, keys) for who, client in clients.items()}
        # Whether beat has run yet is another matter.
        statuses = {
            who: 200 if answer.status_code == 503 else answer.status_code
            for who, answer in answers.items()
        }
        if statuses != {**one.answers, LEFT: one.answers[NOBODY]}:
            said = " ".join(str(statuses[who]) for who in one.answers)
            differ.append(f"{one} {said}, who has left {statuses[LEFT]}")
        differ += [
            f"{one}: {who} should leave {act}"
            for who, answer in answers.items()
            for act in _owed_to_the_trail(one, who, answer) ^ (answer.told & TOLD_OF_ANSWERS)
        ]
        if "empty" in one.action and (rows := answers["administrator"].json()["results"]):
            differ.append(f"{one} gives an administrator {len(rows)} rows")
        if one.is_api:
            differ += [f"{one}: {fault}" for fault in _not_a_problem(answers)]
    assert not differ, "\n".join(["who " + " ".join(clients), *differ])


@pytest.mark.wide
def test_an_administrator_learns_by_no_answer_which_things_there_are(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    """What there is and what there is not is answered alike, but for what administrators keep."""
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 0)
    settings.WEBHOOK_HOSTS = frozenset({f"{WEBHOOK_HOST}:443"})
    keys = one_of_each(cast, period)
    none = {name: keys[name] if name in OF_ADMINISTRATORS else ABSENT for name in keys}
    client, told, asked = _clients(cast)["administrator"], [], 0
    for one in DUTIES:
        other = replace(one, address=_of_nothing(one.address), body=_of_nothing(one.body))
        if _filled(str(one), keys) == _filled(str(other), none):
            continue
        statuses = [
            _answer(request, client, filled).status_code
            for request, filled in ((one, keys), (other, none))
        ]
        asked += 1
        if len(set(statuses)) > 1:
            told.append(f"{one}: {statuses}")
    assert asked > 150
    for address, parameter, values in _filters_of_things():
        answers = [client.get(address, {parameter: value}).status_code for value in values]
        asked += 1
        if len(set(answers)) > 1:
            told.append(f"{address}?{parameter}={values}: {answers}")
    assert asked > 200
    assert not told, "\n".join(told)


def _of_nothing(text: str) -> str:
    """An address or a body of the table, of a task, chapter and period that there are not."""
    text = re.sub(r"/(tasks|chapters)/\d+", r"/\1/999", text)
    text = re.sub(r'"(task|chapter)":\d+', r'"\1":999', text)
    return re.sub(r"2026-10(?!-)", "2099-01", text)


def _filters_of_things() -> Iterator[tuple[str, str, tuple[int | str, int | str]]]:
    """Each list of the API, each parameter of it that names a thing, and the two values of it."""
    for path, _name, callback in _patterns(get_resolver()):
        filterset = getattr(getattr(callback, "cls", None), "filterset_class", None)
        if filterset is None or "<" in path:
            continue
        named = {
            name: one.queryset.model
            for name, one in filterset.base_filters.items()
            if isinstance(one, ModelChoiceFilter)
        } | {
            name: one.asked.key[0]
            for name, one in filterset.lookup_filters().items()
            if one.asked.key
        }
        for name, model in named.items():
            if model is not Agency:
                yield path, name, THERE_AND_NOT[model]


def _clients(cast: Cast) -> Mapping[str, Client]:
    """By who it is, in the order of the table."""
    clients = {who: Client() for who in DUTIES[0].answers}
    for who, client in clients.items():
        if who != NOBODY:
            client.force_login(getattr(cast, who))
    # Whoever has left still holds a session.
    clients[LEFT] = Client()
    clients[LEFT].force_login(cast.second_approver)
    User.objects.filter(pk=cast.second_approver.pk).update(is_active=False)
    return clients


def _answer(one: Request, client: Client, keys: Mapping[str, int]) -> Any:
    """What is answered; what was done is taken back, so that all find things as they were."""
    address, cookies = _filled(one.address, keys), copy.deepcopy(client.cookies)
    with time_machine.travel(NOW, tick=False), transaction.atomic():
        answer = getattr(client, one.method.lower())(address, **_sent(one, keys))
        # A file is closed once it has been read.
        answer.getvalue()
        answer.told = set(AuditEntry.objects.filter(kind="user").values_list("act", flat=True))
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def _owed_to_the_trail(one: Request, who: str, answer: Any) -> set[str]:
    """What every answer of this kind is told by: a file that goes out, an act that is refused."""
    if who in (NOBODY, LEFT):
        return set()
    if answer.status_code == 403 and one.method != "GET":
        return {FORBIDDEN}
    is_file = answer.status_code == 200 and not answer["Content-Type"].startswith(NO_FILES)
    return {DOWNLOAD} if is_file else set()


def _sent(one: Request, keys: Mapping[str, int]) -> dict[str, Any]:
    """As the client takes it: a form of a page, JSON or what is attached of an endpoint."""
    if one.method == "GET":
        return {}
    data = json.loads(_filled(one.body or "{}", keys))
    if "file" in data:
        return {"data": data | {"file": uploaded(pdf())}}
    if one.is_api:
        return {"data": data, "content_type": "application/json"}
    return {"data": {"version": keys["version"]} | data}


def _not_a_problem(answers: Mapping[str, Any]) -> Iterator[str]:
    """How an endpoint's refusals are other than problem documents."""
    for who, answer in answers.items():
        if answer.status_code < 400:
            continue
        is_problem = answer["Content-Type"] == "application/problem+json"
        said = answer.json() if is_problem else {}
        if said.get("status") != answer.status_code or not (said["title"] and said["detail"]):
            yield f"{who} is refused without a problem document"
        if answer.status_code == 401 and answer["WWW-Authenticate"] != "Bearer":
            yield f"{who} is not told how to sign in"


def _filled(text: str, keys: Mapping[str, int]) -> str:
    return re.sub("<([a-z_]+)>", lambda found: str(keys.get(found[1], 1)), text)


def _names(resolver: URLResolver) -> Iterator[str | None]:
    for name, _view in _views(resolver):
        yield name


def _views(resolver: URLResolver) -> Iterator[tuple[str | None, Any]]:
    for _path, name, view in _patterns(resolver):
        yield name, view


def _patterns(
    resolver: URLResolver, above: str = "/", within: str = ""
) -> Iterator[tuple[str, str | None, Any]]:
    """The path, the name and the view of each address."""
    for pattern in resolver.url_patterns:
        path = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, path, f"{pattern.app_name}:" if pattern.app_name else "")
        elif isinstance(pattern, URLPattern):
            name = f"{within}{pattern.name}" if pattern.name else None
            yield path, name, pattern.callback
