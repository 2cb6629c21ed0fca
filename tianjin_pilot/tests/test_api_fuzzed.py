"""Whatever is sent to the API, it answers as it is described: schemathesis with all its checks.

For each role, every operation is asked with requests that fit its description and with such as do
not; where the description has an id, one that is there. What was written is undone.
"""

import contextlib
import datetime as dt
import functools
import os
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounds
from pytest_django.fixtures import Settings
from schemathesis import Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok

from agencies.models import Role, TokenAccess, User
from agencies.tokens import token_create
from tianjin_pilot.tests.recorded_acts import client_of

LONG = bool(os.environ.get("LONG"))
# Of each kind to each operation, by each role.
EXAMPLES = 20 if LONG else 1
# A short run asks each operation as two of the six roles: each role has its turn at every third.
TURNS = 1 if LONG else 3
# A role's requests come to nine thousand in a long run.
MOST_SECONDS = 2 * 60 * 60 if LONG else 600
# What a request that fits may meet: the rules of the office, and what is not there.
MAY_MEET = [
    "2xx",
    "304",
    "400",
    "401",
    "403",
    "404",
    "406",
    "409",
    "412",
    "413",
    "422",
    "428",
    "429",
]
# What one that does not fit may: what is missing or changed meanwhile is told of first. A text
# where a form belongs comes without a kind of content, and so is of none that is read.
REFUSED = [*(status for status in MAY_MEET if status.startswith("4")), "415"]
CHECKS = {
    "positive_data_acceptance": {"expected-statuses": MAY_MEET},
    "negative_data_rejection": {"expected-statuses": REFUSED},
}


# A file that is answered is closed with the request in service; werkzeug's client leaves it open.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.once
@pytest.mark.timeout(MOST_SECONDS)
@pytest.mark.parametrize("role", Role)
def test_every_operation_answers_as_it_is_described(
    role: Role, demonstration: None, settings: Settings
) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 0)
    now = timezone.now()
    _token, key = token_create(
        user=User.objects.get(username=role.value),
        name="数据平台",
        access=TokenAccess.READ_WRITE,
        expires_at=now + dt.timedelta(days=1),
        now=now,
    )
    headers = {"Authorization": f"Bearer {key}"}
    known = Known(role)
    found: dict[str, str] = {}
    turn, asked = list(Role).index(role) % TURNS, 0
    for place, result in enumerate(description().get_all_operations()):
        assert isinstance(result, Ok)
        if place % TURNS != turn:
            continue
        operation, asked = result.ok(), asked + 1
        for mode in GenerationMode:
            try:
                _asked(operation, mode, headers, known)
            except BaseExceptionGroup as group:
                found[f"{operation.label} {mode.value}"] = _said(group)
    assert asked > 150 / TURNS
    assert not found, "\n\n".join(f"{label}\n{said}" for label, said in found.items())


@functools.cache
def description() -> Any:
    """As the product gives it, which is the same for every role; read once in a process."""
    path = "/api/v1/schema/?format=json"
    schema = schemathesis.openapi.from_dict(
        client_of(Role.COORDINATOR).get(path).json(),
        config=SchemathesisConfig.from_dict({"checks": CHECKS}),
    )
    schema.app, schema.location = get_wsgi_application(), path
    return schema


def _said(group: BaseExceptionGroup[Any]) -> str:
    """What every check says that failed, and of which request."""
    return "\n".join([*map(str, group.exceptions), *getattr(group, "__notes__", ())])


def _asked(operation: Any, mode: Any, headers: Mapping[str, str], known: "Known") -> None:
    @bounds(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        if mode == GenerationMode.POSITIVE:
            case.path_parameters = dict(case.path_parameters or {}) | known.of(operation.path)
        with one_connection(), transaction.atomic():
            try:
                case.call_and_validate(headers=dict(headers))
            except BaseExceptionGroup as group:
                # By which it is asked again by hand.
                group.add_note(case.as_curl_command())
                raise
            finally:
                transaction.set_rollback(True)

    ask()


@contextlib.contextmanager
def one_connection() -> Iterator[None]:
    """The test's own connection stays open from one request to the next, as in Django's client."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


class Known:
    """What stands for the ids of an address: the first of the list above it that is readable."""

    def __init__(self, role: Role) -> None:
        self.role = role
        self.found: dict[str, Any] = {}

    def of(self, path: str) -> dict[str, Any]:
        above, _brace, rest = path.partition("{")
        if not rest:
            return {}
        name = rest.partition("}")[0]
        if above not in self.found:
            self.found[above] = next(
                (one for role in (self.role, Role.COORDINATOR) if (one := _first(role, above))),
                None,
            )
        row = self.found[above]
        return {name: row[name]} if row and name in row else {}


def _first(role: Role, above: str) -> Any:
    answer = client_of(role).get(above)
    rows = answer.json().get("results") if answer.status_code == 200 else None
    return rows[0] if rows else None
