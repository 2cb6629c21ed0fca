"""The description of the API: committed, complete, and true of what is answered."""

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator

from agencies.models import User
from conftest import Cast
from progress import health
from progress.api.described import EXAMPLES, PROBLEMS, operations_of
from progress.workers import Queue
from tianjin_pilot.tests.recorded import Recorder, written_as_json

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"
HOW = "The API is described otherwise than docs/openapi.yaml says. If it is meant: make schema"

# Refusals without an example: the demonstration keeps its whole trail, and the database answers.
UNSHOWN = {410, 503}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The committed description, which one test finds to be that of the API; while examples are
    recorded, the one as it is now."""
    path = COMMITTED
    if os.environ.get("RECORD"):
        path = _described_in(tmp_path_factory.mktemp("described"), validate=False)
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


def _described_in(folder: Path, *, validate: bool) -> Path:
    """The description as it is now. It is made without a warning."""
    path = folder / "openapi.yaml"
    call_command("spectacular", validate=validate, fail_on_warn=True, lang="en", file=str(path))
    return path


def test_the_committed_description_is_that_of_the_api(tmp_path: Path) -> None:
    described = _described_in(tmp_path, validate=True)
    assert described.read_text(encoding="utf-8") == COMMITTED.read_text(encoding="utf-8"), HOW


def test_it_is_openapi_3_1_of_whichever_server_gives_it(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/", "description": "This server"}]
    assert all(path.startswith("/api/v1/") for path in document["paths"])
    assert set(document["components"]["securitySchemes"]) == {"token", "cookieAuth"}


def test_every_operation_says_what_it_does_takes_and_answers(document: dict[str, Any]) -> None:
    groups = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations_of(document):
        where = f"{method} {path}"
        assert 0 < len(operation["summary"]) <= 80, where
        assert operation["description"], where
        assert set(operation["tags"]) <= groups, where
        for one in operation["parameters"]:
            assert "$ref" in one or one.get("description"), (where, one["name"])
        assert {"400", "401", "403", "406", "429"} <= set(operation["responses"]), where
        assert ("404" in operation["responses"]) or "{" not in path, where
        if method in ("put", "patch"):
            assert {"412", "428"} <= set(operation["responses"]), where


def test_every_field_is_described(document: dict[str, Any]) -> None:
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, one in schema.get("properties", {}).items()
        if not one.get("description")
    ]
    assert bare == []


def test_every_refusal_is_a_problem_document_with_an_example(document: dict[str, Any]) -> None:
    for status, (name, _text) in PROBLEMS.items():
        answer = document["components"]["responses"][name]
        assert list(answer["content"]) == ["application/problem+json"]
        assert "examples" in answer["content"]["application/problem+json"] or status in UNSHOWN


def test_every_example_is_of_the_shape_that_the_description_gives(
    document: dict[str, Any],
) -> None:
    shown = list(_examples_of(document))
    problems = [
        f"{where} {'.'.join(map(str, one.path))}: {one.message}"
        for where, schema, value in shown
        for one in _validator(schema, document).iter_errors(value)
    ]
    assert problems == []
    assert len(shown) > 200


def test_what_is_sent_and_what_is_answered_has_an_example(document: dict[str, Any]) -> None:
    without = [
        f"{operation['operationId']} {where}"
        for _path, _method, operation in operations_of(document)
        for where, body in _bodies_of(operation)
        for kind, content in body.get("content", {}).items()
        if "examples" not in content and (where == "request" or kind == "application/json")
    ]
    assert without == []


def test_what_webhooks_are_told_is_described(document: dict[str, Any]) -> None:
    [told] = document["webhooks"].values()
    content = told["post"]["requestBody"]["content"]["application/json"]
    assert {one["name"] for one in told["post"]["parameters"]} == {
        "Webhook-Id",
        "Webhook-Timestamp",
        "Webhook-Signature",
    }
    for one in content["examples"].values():
        assert list(_validator(content["schema"], document).iter_errors(one["value"])) == []


def test_moments_have_one_form(document: dict[str, Any]) -> None:
    """That of Tianjin, as lists have them."""
    written = [value for _where, _schema, value in _examples_of(document)]
    moments = re.findall(r"\d{4}-\d\d-\d\dT[^\"]+", json.dumps(written))
    assert moments
    assert [one for one in moments if not one.endswith("+08:00")] == []


def test_headings_speak_the_language_of_the_reader(document: dict[str, Any]) -> None:
    with translation.override("zh-hans"):
        generator: Any = SchemaGenerator
        chinese = generator(api_version="v1").get_schema(request=None, public=True)
    english = {one["operationId"]: one["summary"] for _p, _m, one in operations_of(document)}
    for _path, _method, operation in operations_of(chinese):
        assert operation["summary"] != english[operation["operationId"]]
        assert not operation["summary"].isascii()


@pytest.mark.once
def test_the_examples_are_what_the_api_answers(
    document: dict[str, Any], demonstration: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RECORD=1 writes them, as `make schema` does. Ids and moments are those of one recording;
    what is shown by it is the same in every one, whether a broker runs beside it or not."""
    monkeypatch.setattr(health, "queue_standing", lambda: Queue(waiting=3, worker_answers=True))
    examples = Recorder(document).record()
    if os.environ.get("RECORD"):
        EXAMPLES.write_text(written_as_json(examples), encoding="utf-8")
        return
    kept = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    answered, known = (dict(_outline(examples)), dict(_outline(kept)))
    other = {
        name: (answered.get(name), known.get(name))
        for name in answered.keys() | known.keys()
        if answered.get(name) != known.get(name)
    }
    assert other == {}, HOW


def test_it_is_read_with_swagger_ui_from_this_server_alone(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    page = client.get("/api/v1/docs/").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page
    # The page asks for its script at its own address, by a parameter without a value.
    script = client.get("/api/v1/docs/?script=")
    assert script.status_code == 200
    assert script["Content-Type"].startswith("application/javascript")
    schema = client.get("/api/v1/schema/?format=json")
    assert schema.json()["openapi"].startswith("3.1")


def test_it_is_gathered_once_for_everybody_in_each_language(
    cast: Cast, signed_in: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "/api/v1/schema/"
    forms = [f"{address}{form}" for form in ("", "?format=json", "?lang=en", "?lang=zh-hans")]
    first = [signed_in(cast.reporter).get(one).content for one in forms]
    monkeypatch.delattr(SchemaGenerator, "parse")
    assert [signed_in(cast.leader).get(one).content for one in forms] == first
    assert first[0] == first[3] != first[2]
    assert json.loads(first[1]) == yaml.load(first[0], Loader=yaml.CSafeLoader)
    assert first[2].decode() == COMMITTED.read_text(encoding="utf-8")


def _outline(value: Any) -> Any:
    """What a document consists of, without its texts and figures."""
    if isinstance(value, dict):
        return {name: _outline(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_outline(one) for one in value]
    return type(value).__name__ if value is not None else "NoneType"


def _validator(schema: Any, document: dict[str, Any]) -> Any:
    whole = {"components": document["components"], **schema}
    return jsonschema.Draft202012Validator(whole)


def _bodies_of(operation: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "request", operation.get("requestBody", {})
    yield from operation["responses"].items()


def _examples_of(document: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Where each stands, the schema beside it, and its value."""
    for path, method, operation in operations_of(document):
        for status, body in _bodies_of(operation):
            for content in body.get("content", {}).values():
                for one in content.get("examples", {}).values():
                    yield f"{method} {path} {status}", content["schema"], one["value"]
    for name, answer in document["components"]["responses"].items():
        for content in answer.get("content", {}).values():
            for one in content.get("examples", {}).values():
                yield name, content["schema"], one["value"]
