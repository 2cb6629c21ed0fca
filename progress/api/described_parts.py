"""Answers that are one of two shapes: what was asked for, and what would be made.

A shape's part has its fields and requires none: operations that take `fields` answer with it or
with the whole. What a dry run foresees has no id yet. The usual one is named first, so that a
generated client reads it wherever it is that.
"""

import copy
from typing import Any

Document = dict[str, Any]
_SCHEMAS = "#/components/schemas/"
_MAKES_ROWS = {"deadlines_set"}
_PART, _FORESEEN = "Part", "Foreseen"


def parts_described(operation: Document, schemas: Document) -> None:
    """Say of an operation that takes `fields` that its answer may be a part."""
    names = {one.get("name") for one in operation.get("parameters", ())}
    content = operation["responses"].get("200", {}).get("content", {}).get("application/json")
    if "fields" not in names or content is None:
        return
    schema = content["schema"]
    page = schemas.get(_name_of(schema), {}).get("properties", {})
    if "results" in page:
        page["results"]["items"] = _either(page["results"]["items"], schemas)
    elif schema.get("type") == "array":
        schema["items"] = _either(schema["items"], schemas)
    else:
        content["schema"] = _either(schema, schemas)


def _either(schema: Document, schemas: Document) -> Document:
    # Two operations may answer with the same page.
    if "anyOf" in schema:
        return schema
    return {"anyOf": [schema, _part_of(schema, schemas)]}


def _part_of(schema: Any, schemas: Document) -> Any:
    """The same with parts in place of the shapes that it names, which are written down as well."""
    if isinstance(schema, list):
        return [_part_of(one, schemas) for one in schema]
    if not isinstance(schema, dict):
        return schema
    name = _name_of(schema)
    if "properties" not in schemas.get(name, {}):
        return {word: _part_of(value, schemas) for word, value in schema.items()}
    if name + _PART not in schemas:
        whole = schemas[name]
        part = schemas[name + _PART] = {
            word: value for word, value in whole.items() if word not in ("required", "properties")
        }
        part["description"] = "The fields that were asked for."
        part["properties"] = _part_of(whole["properties"], schemas)
    return schema | {"$ref": f"{_SCHEMAS}{name}{_PART}"}


def foreseen_described(operation: Document, schemas: Document) -> None:
    """Say of an operation that takes `dry_run` what it answers to one, where its answer has an id
    of what it makes."""
    responses = operation["responses"]
    if all(one.get("name") != "dry_run" for one in operation.get("parameters", ())):
        return
    if "201" in responses:
        # What would be made, or was there already.
        responses.setdefault("200", {"content": copy.deepcopy(responses["201"]["content"])})
    content = responses["200"]["content"]["application/json"]
    rows = schemas.get(_name_of(content["schema"]), {}).get("properties", {}).get("rows")
    if rows is not None:
        # Rows that are moved on have their ids already.
        if operation["operationId"] not in _MAKES_ROWS:
            return
        rows["items"] = _maybe_foreseen(rows["items"], schemas)
    else:
        content["schema"] = _maybe_foreseen(content["schema"], schemas)


def _maybe_foreseen(schema: Document, schemas: Document) -> Document:
    name = _name_of(schema)
    whole = schemas.get(name, {})
    identity = whole.get("properties", {}).get("id")
    if identity is None:
        return schema
    nothing = {"type": "null", "description": "It has none before it is made."}
    schemas[name + _FORESEEN] = whole | {
        "description": "What a dry run says would be made.",
        "properties": whole["properties"] | {"id": nothing},
    }
    return {"anyOf": [schema, {"$ref": f"{_SCHEMAS}{name}{_FORESEEN}"}]}


def _name_of(schema: Document) -> str:
    return str(schema.get("$ref", "")).removeprefix(_SCHEMAS)
