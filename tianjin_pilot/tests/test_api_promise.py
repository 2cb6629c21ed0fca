"""Within version 1 nothing is taken away: what takes a promise back is named."""

import copy
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from progress.api.errors import KINDS, STALE
from tianjin_pilot.tests.promise import PROMISED, broken, promises, read, written
from tianjin_pilot.tests.promise import TAKEN_BACK as KNOWINGLY

ROOT = Path(settings.BASE_DIR)
COMMITTED = "docs/openapi.yaml"
MOST_COMMITS = 20

OLD: dict[str, Any] = {
    "paths": {
        "/things/": {
            "get": {
                "operationId": "things_list",
                "parameters": [
                    {"in": "query", "name": "light", "schema": {"enum": ["red", "green"]}},
                    {"$ref": "#/components/parameters/Language"},
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Thing"},
                                }
                            }
                        }
                    }
                },
            },
            "post": {
                "operationId": "things_create",
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Sent"}}
                    }
                },
                "responses": {"201": {}},
            },
        }
    },
    "components": {
        "parameters": {"Language": {"in": "header", "name": "Accept-Language", "schema": {}}},
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["number"],
                "properties": {
                    "number": {"type": "integer"},
                    "end": {"type": ["string", "null"]},
                    "part": {"$ref": "#/components/schemas/Thing"},
                },
            },
            "Sent": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["one", "two"], "default": "one"},
                },
            },
        },
    },
}

Change = Callable[[dict[str, Any]], Any]


def _thing(new: dict[str, Any]) -> Any:
    return new["components"]["schemas"]["Thing"]


def _sent(new: dict[str, Any]) -> Any:
    return new["components"]["schemas"]["Sent"]


def _things(new: dict[str, Any]) -> Any:
    return new["paths"]["/things/"]


TAKEN_BACK: dict[str, tuple[Change, str]] = {
    "an address": (lambda new: new["paths"].clear(), "/things/: the address is gone"),
    "a method": (lambda new: _things(new).pop("post"), "POST /things/: the method is gone"),
    "the name of an operation": (
        lambda new: _things(new)["get"].update(operationId="things"),
        "GET /things/: is called things, and was things_list",
    ),
    "a parameter": (
        lambda new: _things(new)["get"]["parameters"].pop(),
        "GET /things/: the parameter Accept-Language is gone",
    ),
    "a call without a parameter": (
        lambda new: _things(new)["get"]["parameters"][0].update(required=True),
        "GET /things/: the parameter light has to be given now",
    ),
    "a word of a parameter": (
        lambda new: _things(new)["get"]["parameters"][0]["schema"].update(enum=["red"]),
        "GET /things/: parameter light: no longer read: green",
    ),
    "an answer": (
        lambda new: _things(new)["post"]["responses"].pop("201"),
        "POST /things/: no longer answers 201",
    ),
    "a field of an answer": (
        lambda new: _thing(new)["properties"].pop("end"),
        "GET /things/: answer 200: each: the field end is gone",
    ),
    "the type of a field": (
        lambda new: _thing(new)["properties"]["number"].update(type="string"),
        "GET /things/: answer 200: each: number: is string, and was integer",
    ),
    "that a field has a value": (
        lambda new: _thing(new)["properties"]["number"].update(type=["integer", "null"]),
        "GET /things/: answer 200: each: number: is integer or null, and was integer",
    ),
    "that a field is there": (
        lambda new: _thing(new)["required"].clear(),
        "GET /things/: answer 200: each: the field number may be left out now",
    ),
    "a request without a field": (
        lambda new: _sent(new)["required"].append("kind"),
        "POST /things/: request: the field kind has to be sent now",
    ),
    "a word of a request": (
        lambda new: _sent(new)["properties"]["kind"].update(enum=["one"]),
        "POST /things/: request: kind: no longer read: two",
    ),
    "what is meant where nothing is said": (
        lambda new: _sent(new)["properties"]["kind"].update(default="two"),
        "POST /things/: request: kind: is two where left out, and was one",
    ),
    "a call without a body": (
        lambda new: _things(new)["post"]["requestBody"].update(required=True),
        "POST /things/: a body has to be sent now",
    ),
    "a form of body": (
        lambda new: _things(new)["post"]["requestBody"].update(content={}),
        "POST /things/: a body is no longer read as application/json",
    ),
}
ADDED: dict[str, Change] = {
    "nothing": lambda _new: None,
    "an address": lambda new: new["paths"].update({"/more/": {}}),
    "a field of an answer": lambda new: _thing(new)["properties"].update(more={"type": "string"}),
    "a field that may be left out": lambda new: _sent(new)["properties"].update(more={}),
    "a word that is read": lambda new: _sent(new)["properties"]["kind"]["enum"].append("three"),
    "a value where there may be none": lambda new: _thing(new)["properties"]["end"].update(
        type="string"
    ),
    "a parameter": lambda new: _things(new)["get"]["parameters"].append(
        {"in": "query", "name": "more"}
    ),
}


@pytest.mark.parametrize("what", TAKEN_BACK)
def test_what_is_taken_back_is_named(what: str) -> None:
    new = copy.deepcopy(OLD)
    change, sentence = TAKEN_BACK[what]
    change(new)
    assert broken(OLD, new) == [sentence]


@pytest.mark.parametrize("what", ADDED)
def test_what_is_added_takes_nothing_back(what: str) -> None:
    new = copy.deepcopy(OLD)
    ADDED[what](new)
    assert broken(OLD, new) == []


@pytest.mark.parametrize("what", TAKEN_BACK)
def test_what_is_written_of_a_description_names_it_as_well(what: str) -> None:
    new = copy.deepcopy(OLD)
    change, sentence = TAKEN_BACK[what]
    change(new)
    kept, now = (read(written(promises(one))) for one in (OLD, new))
    assert broken(kept, now) == [sentence]


def test_the_description_promises_what_was_written_down() -> None:
    """Also in a checkout without a history. One that takes something back, or adds to it, changes
    the file of promises, which `make schema` does for what is added alone."""
    now = promises(yaml.load((ROOT / COMMITTED).read_text(encoding="utf-8"), yaml.CSafeLoader))
    noted = PROMISED.read_text(encoding="utf-8")
    taken_back = [one for one in broken(read(noted), now) if one not in KNOWINGLY]
    assert taken_back == []
    assert noted == written(now), "the description has grown: make schema"


def test_what_was_written_down_was_never_taken_back() -> None:
    """As far as the history of this checkout goes: nothing is missing of any promise of it."""
    path = PROMISED.relative_to(ROOT).as_posix()
    now = read(PROMISED.read_text(encoding="utf-8"))
    commits = _of_git("log", f"--max-count={MOST_COMMITS}", "--format=%H", "--", path).split()
    for commit in ["HEAD", *commits]:
        # Where a commit took the file away, or git is not there, there is none.
        if text := _of_git("show", f"{commit}:{path}"):
            taken_back = [one for one in broken(read(text), now) if one not in KNOWINGLY]
            assert taken_back == [], commit


def test_a_problem_has_the_type_and_status_that_it_always_had() -> None:
    assert {status: word for status, (word, _title) in KINDS.items()} | {"stale": STALE[0]} == {
        400: "invalid",
        401: "not-signed-in",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        406: "not-acceptable",
        409: "conflict",
        410: "no-longer-kept",
        412: "precondition-failed",
        413: "too-large",
        415: "unsupported-media-type",
        422: "refused",
        428: "precondition-required",
        429: "too-many-requests",
        500: "internal",
        503: "unavailable",
        "stale": "stale-version",
    }


def _of_git(*command: str) -> str:
    """What git says, "" where it says no, or is not there."""
    try:
        said = subprocess.run(
            ["git", *command],
            cwd=ROOT,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        return ""
    return said.stdout.decode() if said.returncode == 0 else ""
