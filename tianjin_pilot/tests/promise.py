"""What version 1 of the API has promised, and what a newer description takes back of it.

docs/api.md says it in words: addresses, methods, fields of answers and their types stay; a request
that was good stays good; answers may gain fields, requests may gain what can be left out.

promised.json holds what is promised, of docs/openapi.yaml that alone: it lies in every checkout,
also one without a history, and changes with the description only by `make schema`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Document = dict[str, Any]
PROMISED = Path(__file__).with_name("promised.json")
# What was taken back knowingly: the sentence of `broken`, and why nobody is left who relied on it.
TAKEN_BACK: Mapping[str, str] = {}
# Of a shape, what `broken` looks at.
_OF_SHAPES = {"type", "enum", "required", "default", "additionalProperties", "$ref"}
_SCHEMAS = "#/components/schemas/"
_PARAMETERS = "#/components/parameters/"
_REQUEST, _ANSWER = "request", "answer"


def promises(document: Document) -> Document:
    """Of a description what it promises, as a description still: `broken` takes it."""
    shared = document["components"]
    return {
        "paths": {
            path: {method: _operation(operation) for method, operation in item.items()}
            for path, item in document["paths"].items()
        },
        "components": {
            "parameters": {n: _parameter(one) for n, one in shared.get("parameters", {}).items()},
            "schemas": {name: _shape(one) for name, one in shared.get("schemas", {}).items()},
        },
    }


def written(promised: Document) -> str:
    """As it lies in promised.json: a line for each address and each shape."""
    parts = {
        "paths": promised["paths"],
        **{f"components.{name}": part for name, part in promised["components"].items()},
    }
    lines = (
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(
            f"{json.dumps(key)}: {json.dumps(one, ensure_ascii=False, sort_keys=True)}"
            for key, one in sorted(part.items())
        )
        + "\n}"
        for name, part in parts.items()
    )
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read(text: str) -> Document:
    """What `written` wrote."""
    said = json.loads(text)
    shared = ("parameters", "schemas")
    return {
        "paths": said["paths"],
        "components": {name: said[f"components.{name}"] for name in shared},
    }


def _operation(operation: Document) -> Document:
    body = operation.get("requestBody")
    return {
        "operationId": operation.get("operationId"),
        "parameters": [_parameter(one) for one in operation.get("parameters", ())],
        **(
            {
                "requestBody": {
                    "required": bool(body.get("required")),
                    "content": _contents(body.get("content", {})),
                }
            }
            if body
            else {}
        ),
        "responses": {
            status: {"content": _contents(answer.get("content", {}))}
            for status, answer in operation.get("responses", {}).items()
            if status.startswith("2")
        },
    }


def _parameter(one: Document) -> Document:
    if "$ref" in one:
        return {"$ref": one["$ref"]}
    kept = {"in": one["in"], "name": one["name"], "schema": _shape(one.get("schema", {}))}
    return kept | ({"required": True} if one.get("required") else {})


def _contents(contents: Document) -> Document:
    return {kind: {"schema": _shape(one.get("schema", {}))} for kind, one in contents.items()}


def _shape(schema: Document) -> Document:
    kept = {name: value for name, value in schema.items() if name in _OF_SHAPES}
    for part in ("items", "additionalProperties"):
        if isinstance(schema.get(part), dict):
            kept[part] = _shape(schema[part])
    for part in ("oneOf", "anyOf", "allOf"):
        if part in schema:
            kept[part] = [_shape(one) for one in schema[part]]
    if "properties" in schema:
        kept["properties"] = {name: _shape(one) for name, one in schema["properties"].items()}
    return kept


def broken(old: Document, new: Document) -> list[str]:
    """A sentence for each promise of `old` that `new` does not keep, in the order of addresses."""
    found: list[str] = []
    for path, item in old["paths"].items():
        if path not in new["paths"]:
            found.append(f"{path}: the address is gone")
            continue
        for method, operation in item.items():
            where = f"{method.upper()} {path}"
            if method not in new["paths"][path]:
                found.append(f"{where}: the method is gone")
                continue
            found += _Pair(old, new).of_operation(where, operation, new["paths"][path][method])
    return found


class _Pair:
    """Two descriptions, compared from an operation down to the last field."""

    def __init__(self, old: Document, new: Document) -> None:
        self.old, self.new = old, new
        # Shapes that contain themselves end here.
        self.seen: set[tuple[str, str, str]] = set()

    def of_operation(self, where: str, old: Document, new: Document) -> Iterator[str]:
        if old.get("operationId") != new.get("operationId"):
            yield f"{where}: is called {new.get('operationId')}, and was {old.get('operationId')}"
        yield from self._parameters(where, old, new)
        yield from self._bodies(where, old.get("requestBody"), new.get("requestBody"))
        for status, answer in old.get("responses", {}).items():
            if not status.startswith("2"):
                continue
            now = new.get("responses", {}).get(status)
            if now is None:
                yield f"{where}: no longer answers {status}"
                continue
            for kind, content in answer.get("content", {}).items():
                if kind not in now.get("content", {}):
                    yield f"{where}: {status} is no longer had as {kind}"
                    continue
                schema = now["content"][kind].get("schema", {})
                place = f"{where}: {_ANSWER} {status}"
                yield from self._shapes(place, content.get("schema", {}), schema, _ANSWER)

    def _parameters(self, where: str, old: Document, new: Document) -> Iterator[str]:
        before = {_key(one): one for one in self._all_parameters(self.old, old)}
        now = {_key(one): one for one in self._all_parameters(self.new, new)}
        for (place, name), one in before.items():
            if (place, name) not in now:
                yield f"{where}: the parameter {name} is gone"
                continue
            old_shape, shape = one.get("schema", {}), now[(place, name)].get("schema", {})
            yield from self._shapes(f"{where}: parameter {name}", old_shape, shape, _REQUEST)
        for (place, name), one in now.items():
            was_required = before.get((place, name), {}).get("required", False)
            if one.get("required") and not was_required:
                yield f"{where}: the parameter {name} has to be given now"

    def _all_parameters(self, document: Document, operation: Document) -> list[Document]:
        return [
            document["components"]["parameters"][one["$ref"].removeprefix(_PARAMETERS)]
            if "$ref" in one
            else one
            for one in operation.get("parameters", ())
        ]

    def _bodies(self, where: str, old: Document | None, new: Document | None) -> Iterator[str]:
        if new is not None and new.get("required") and not (old or {}).get("required"):
            yield f"{where}: a body has to be sent now"
        for kind, content in (old or {}).get("content", {}).items():
            if new is None or kind not in new.get("content", {}):
                yield f"{where}: a body is no longer read as {kind}"
                continue
            schema = new["content"][kind].get("schema", {})
            yield from self._shapes(
                f"{where}: request", content.get("schema", {}), schema, _REQUEST
            )

    # --- Shapes ----------------------------------------------------------------------------------

    def _shapes(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        names = (old.get("$ref", ""), new.get("$ref", ""), way)
        if all(names):
            if names in self.seen:
                return
            self.seen.add(names)
        old, new = _resolved(self.old, old), _resolved(self.new, new)
        if not old:
            return
        yield from _types(where, old, new, way)
        yield from _enums(where, old, new, way)
        if way == _REQUEST and "default" in old and new.get("default") != old["default"]:
            yield f"{where}: is {new.get('default')} where left out, and was {old['default']}"
        yield from self._fields(where, old, new, way)
        for part in ("items", "additionalProperties"):
            if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
                yield from self._shapes(f"{where}: each", old[part], new[part], way)
        yield from self._ways(where, old, new, way)

    def _fields(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        fields, now = old.get("properties", {}), new.get("properties", {})
        for name, schema in fields.items():
            if name not in now:
                yield f"{where}: the field {name} is gone"
                continue
            yield from self._shapes(f"{where}: {name}", schema, now[name], way)
        required, required_now = set(old.get("required", ())), set(new.get("required", ()))
        if way == _REQUEST:
            for name in sorted(required_now - required):
                yield f"{where}: the field {name} has to be sent now"
        else:
            for name in sorted(required - required_now):
                if name in now:
                    yield f"{where}: the field {name} may be left out now"

    def _ways(self, where: str, old: Document, new: Document, way: str) -> Iterator[str]:
        """Shapes of which one holds, compared in their order."""
        for part in ("oneOf", "anyOf"):
            before, now = old.get(part, ()), new.get(part, ())
            if way == _REQUEST and len(now) < len(before):
                yield f"{where}: one of its shapes is no longer read"
            for one, other in zip(before, now, strict=False):
                yield from self._shapes(where, one, other, way)


def _key(parameter: Document) -> tuple[str, str]:
    return parameter["in"], parameter["name"]


def _resolved(document: Document, schema: Document) -> Document:
    """The shape that a name or an allOf of one stands for."""
    while True:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].removeprefix(_SCHEMAS)]
        elif len(schema.get("allOf", ())) == 1:
            schema = schema["allOf"][0]
        else:
            return schema


def _kinds(schema: Document) -> frozenset[str]:
    kind = schema.get("type", ())
    return frozenset([kind] if isinstance(kind, str) else kind)


def _types(where: str, old: Document, new: Document, way: str) -> Iterator[str]:
    before, now = _kinds(old), _kinds(new)
    if not before or before == now:
        return
    # What is read may be of more kinds than it was, what is answered of fewer.
    kept = before <= now if way == _REQUEST else now and now <= before
    if not kept and (now or way == _ANSWER):
        is_now = " or ".join(sorted(now)) or "anything"
        yield f"{where}: is {is_now}, and was {' or '.join(sorted(before))}"


def _enums(where: str, old: Document, new: Document, way: str) -> Iterator[str]:
    """Words may be added to what is answered: docs/api.md tells clients to expect it."""
    if "enum" not in new:
        return
    before = old.get("enum")
    if before is None:
        if way == _REQUEST:
            yield f"{where}: only certain words are read now"
        return
    gone = [str(word) for word in before if word not in new["enum"]]
    if gone and way == _REQUEST:
        yield f"{where}: no longer read: {', '.join(gone)}"
