"""What the API answers on the demonstration: the examples in the description are these answers.

Each is taken for what it shows, cut to its first rows, and undone where it wrote something.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client, override_settings

from agencies.models import Role
from progress.api.described import JSON, operations_of
from tianjin_pilot.tests.recorded_acts import (
    API,
    HOST,
    LANGUAGE,
    OFFICE,
    Acts,
    Asked,
    client_of,
)
from tianjin_pilot.tests.shown import SHOWN

# Who is asked first, for what all of them may read.
READERS = (
    Role.COORDINATOR,
    Role.ADMINISTRATOR,
    Role.REPORTER,
    Role.APPROVER,
    Role.AUDITOR,
)
MOST_ROWS, MOST_WORDS, LONGEST_TEXT = 1, 5, 120
# One number for all, so that a recording changes nothing that has not changed.
REQUEST_NUMBER = "5f0c4f6f2a8e4f0f9c1d7b3e6a2d4c81"
Json = dict[str, Any]


@dataclass
class Recorder:
    """Asks, undoes and keeps; one for each recording."""

    document: Json
    found: Json = field(default_factory=dict)
    known: dict[str, Any] = field(default_factory=dict)
    acts: Acts = field(default_factory=Acts)

    def record(self) -> Json:
        """All examples: by operation {"request": …, "answers": {status: …}}, and "problems"."""
        with override_settings(WEBHOOK_HOSTS=[HOST]):
            for path, method, operation in operations_of(self.document):
                name = operation["operationId"]
                if name in SHOWN:
                    self._shown(method, operation)
                # Files are no examples.
                elif JSON in operation["responses"].get("200", {}).get("content", {}):
                    assert method == "get", name
                    self._read(path, name)
        self.found["problems"] = self._problems()
        return dict(sorted(self.found.items()))

    def _read(self, path: str, operation: str) -> None:
        place = self._place(path)
        if place is None:
            return
        for role in READERS:
            headers = {"Accept-Language": LANGUAGE}
            answer = client_of(role).get(API + place, headers=headers)
            if answer.status_code != 200:
                continue
            document = answer.json()
            self._keys_kept(path, document)
            self._keep(operation, 200, document)
            if _says_something(document):
                return

    def _place(self, path: str) -> str | None:
        """The address of the first thing of the list above it; None where the list is empty."""
        place = path.removeprefix(API)
        if "{" not in place:
            return place
        if place.startswith("periods/"):
            return place.replace("{code}", self.acts.closed_period)
        key = self.known.get(place.partition("{")[0])
        return None if key is None else re.sub(r"\{\w+\}", str(key), place)

    def _keys_kept(self, path: str, document: Any) -> None:
        rows = document.get("results") if isinstance(document, Mapping) else None
        if rows:
            first = rows[0]
            place = path.removeprefix(API)
            self.known.setdefault(place, first.get("id", first.get("number", first.get("day"))))

    def _shown(self, method: str, operation: Json) -> None:
        """Play out what comes before it, ask, and take all of it back; first as a dry run where
        there is one."""
        name = operation["operationId"]
        is_made = "201" in operation["responses"]
        foresees = is_made and any(p.get("name") == "dry_run" for p in operation["parameters"])
        with transaction.atomic():
            one = SHOWN[name](self.acts)
            if foresees:
                self._sent(method, name, replace(one, place=f"{one.place}?dry_run=true"))
            self._sent(method, name, one)
            transaction.set_rollback(True)

    def _sent(self, method: str, operation: str, one: Asked) -> None:
        answer = self.acts.send(method, one)
        is_json = answer.get("Content-Type") == JSON
        self._keep(operation, answer.status_code, answer.json() if is_json else None)
        # A file is shown by its name.
        sent = {name: getattr(value, "name", value) for name, value in one.form.items()}
        if sent or one.body is not None:
            self.found[operation]["request"] = cut(sent or one.body)

    # --- Refusals --------------------------------------------------------------------------------

    def _problems(self) -> Json:
        ask, write = client_of(Role.COORDINATOR), client_of(Role.REPORTER)
        task, period = self.acts.own_task, self.acts.open_period
        waiting = self.acts.first(OFFICE, "reports/?state=submitted")
        rows = {"rows": [{"task": 22, "deadline": None}] * 501}
        rules = {"yellow_working_days": 7}
        en = {"Accept-Language": LANGUAGE}
        json_of: dict[str, Any] = {"content_type": "application/json", "headers": en}
        asked: list[Callable[[], Any]] = [
            lambda: ask.get(f"{API}tasks/?statsu=ongoing", headers=en),
            lambda: Client().get(f"{API}tasks/", headers=en),
            lambda: write.post(f"{API}periods/", {"code": "2027-01"}, **json_of),
            lambda: ask.get(f"{API}tasks/999/", headers=en),
            lambda: ask.get(f"{API}tasks/?format=xml", headers=en),
            lambda: ask.post(f"{API}reports/{waiting['id']}/reopen/", {"reason": "误"}, **json_of),
            lambda: ask.patch(
                f"{API}rules/", rules, **json_of | {"headers": en | {"If-Match": '"gone"'}}
            ),
            lambda: ask.post(f"{API}deadlines/", rows, **json_of),
            lambda: ask.post(f"{API}deadlines/", "a;b", content_type="text/csv", headers=en),
            lambda: write.post(
                f"{API}registers/extensions/",
                {"task": task, "period": period, "new_deadline": "2027-12-31"},
                **json_of,
            ),
            lambda: ask.patch(f"{API}rules/", rules, **json_of),
            lambda: _after_many(f"{API}tasks/22/"),
        ]
        found: Json = {}
        for one in asked:
            with transaction.atomic():
                answer = one()
                transaction.set_rollback(True)
            found[str(answer.status_code)] = cut(answer.json())
        return dict(sorted(found.items()))

    def _keep(self, operation: str, status: int, document: Any) -> None:
        kept = self.found.setdefault(operation, {"answers": {}})
        if document is not None:
            kept["answers"][str(status)] = cut(document)


def _after_many(address: str) -> Any:
    """The answer to one request too many."""
    with override_settings(API_LIMITS=settings.API_LIMITS | {"read": 1}):
        cache.clear()
        client = client_of(Role.LEADER)
        client.get(address)
        answer = client.get(address, headers={"Accept-Language": LANGUAGE})
    cache.clear()
    return answer


def cut(value: Any) -> Any:
    """As much of an answer as shows what it is: its first rows, the beginnings of long texts."""
    if isinstance(value, Mapping):
        return {
            name: REQUEST_NUMBER if name == "request_id" else cut(one)
            for name, one in value.items()
        }
    if isinstance(value, list):
        most = MOST_ROWS if any(isinstance(one, Mapping) for one in value) else MOST_WORDS
        return [cut(one) for one in value[:most]]
    if isinstance(value, str) and not value.startswith("http") and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]}…"
    if isinstance(value, str):
        return value.replace("http://testserver", "https://pilot.example.cn")
    return value


def _says_something(document: Any) -> bool:
    rows = document.get("results", True) if isinstance(document, Mapping) else document
    return bool(rows)


def written_as_json(examples: Json) -> str:
    return json.dumps(examples, ensure_ascii=False, indent=1, sort_keys=False) + "\n"
