"""The document that describes the API, as a whole: errors, headers, examples, what fields hold.

Written over what drf-spectacular has gathered from the views (`SPECTACULAR_SETTINGS`).
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from progress.api.described_parts import foreseen_described, parts_described
from progress.api.described_webhooks import webhooks_described
from progress.api.described_words import GROUPS_MEAN, IN_ADDRESSES
from progress.api.errors import KINDS, PROBLEM_JSON
from progress.api.named import LARGEST_INTEGER

# What the API has answered, as `make schema` has recorded it: by operation {"request": …,
# "answers": {status: …}}, and "problems" by status.
EXAMPLES = Path(__file__).with_name("examples.json")
METHODS = ("get", "post", "put", "patch", "delete")
JSON, OCTETS = "application/json", "application/octet-stream"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORKBOOKS = ("exports_file", "periods_workbook")

Document = dict[str, Any]

# Status -> the component of its answer, and what it means here.
PROBLEMS: Mapping[int, tuple[str, str]] = {
    400: ("Invalid", "The request cannot be read, or a field or parameter is not as described."),
    401: ("NotSignedIn", "Nobody knows who asks: no token, or one that is not valid."),
    403: ("Forbidden", "This person may never do it, or this token may only read."),
    404: ("NotFound", "There is no such thing, or this person may not know of it."),
    406: (
        "NotAcceptable",
        "The answer is not available in the form that is asked for.",
    ),
    409: (
        "Conflict",
        "The state is another one, or somebody was quicker; then `stored` and `sent` have both.",
    ),
    410: ("NoLongerKept", "What changed behind this position or moment is no longer kept."),
    412: (
        "PreconditionFailed",
        "What If-Match names is not what is stored; `stored` has what is, and ETag its tag.",
    ),
    413: ("TooLarge", "The body or its file is longer, or its rows are more, than are read."),
    415: ("UnsupportedMediaType", "The body is in a form that is not read."),
    422: ("Refused", "Well formed, and the rules of the office refuse what it says."),
    428: (
        "PreconditionRequired",
        "What replaces something has to say what it starts from.",
    ),
    429: ("TooManyRequests", "One request too many; Retry-After says when to go on."),
    503: ("Unavailable", "The database does not answer; Retry-After says when to try again."),
}
HEADERS: Mapping[str, tuple[str, Document]] = {
    "ETag": (
        "Stands for this answer, for If-None-Match and If-Match; a weak one (W/) for the former.",
        {"type": "string"},
    ),
    "RateLimit": (
        'How much is left: `"read";r=599;t=60` is 599 more requests in the next 60 seconds.',
        {"type": "string"},
    ),
    "RateLimit-Policy": (
        'The limits: `"read";q=600;w=60` is 600 requests in 60 seconds.',
        {"type": "string"},
    ),
    "Retry-After": ("In how many seconds to ask again.", {"type": "integer", "minimum": 0}),
    "Location": ("The address of what was made.", {"type": "string", "format": "uri"}),
    "X-Request-ID": (
        "The number of the request, by which an administrator finds it in the log.",
        {"type": "string"},
    ),
    "WWW-Authenticate": ("How to sign in: Bearer.", {"type": "string"}),
}
PARAMETERS: Mapping[str, tuple[str, str]] = {
    "IfNoneMatch": (
        "If-None-Match",
        "The ETag that you have: 304 without a body while it still holds.",
    ),
    "IfMatch": (
        "If-Match",
        "The ETag that you read of the thing that is written to: 412 where it has changed since.",
    ),
    "Language": (
        "Accept-Language",
        "zh-hans or en: the language of what is for people. Chinese if left out.",
    ),
}
# POSTs that replace what their writer has to have read.
_ASK_WHAT_WAS_SEEN = ("/looked-at/", "/registers/matters/{id}/")
# Where several moves have one view, what none but the others is answered with.
NEVER_ANSWERED: Mapping[str, str] = {
    "contributions_endorse": "204",
    "contributions_submit": "204",
    "contributions_withdraw": "204",
    "exports_again": "200",
    "exports_cancel": "202",
}
_HERE = "#/components"


def written_out(result: Document, **_kwargs: Any) -> Document:
    """The document with everything in it that all operations have in common."""
    components = result["components"]
    problems = _examples().get("problems", {})
    components["responses"] = {
        name: _problem(status, problems.get(str(status)))
        for status, (name, _text) in PROBLEMS.items()
    } | {"NotModified": {"description": "It is as you have it.", "headers": _headers("ETag")}}
    components["headers"] = {
        name: {"description": text, "schema": schema} for name, (text, schema) in HEADERS.items()
    }
    components["parameters"] = {
        name: {
            "name": header,
            "in": "header",
            "required": False,
            "description": text,
            "schema": {"type": "string"},
        }
        for name, (header, text) in PARAMETERS.items()
    }
    schemes = components["securitySchemes"]
    schemes["cookieAuth"]["description"] = (
        "A browser that is signed in; what writes sends the key of its form as X-CSRFToken."
    )
    used = set()
    for path, method, operation in operations_of(result):
        _complete(operation, path, method, components["schemas"])
        parts_described(operation, components["schemas"])
        used |= set(operation["tags"])
    result["tags"] = [
        {"name": name, "description": str(text)}
        for name, text in GROUPS_MEAN.items()
        if name in used
    ]
    result["webhooks"] = webhooks_described(components["schemas"])
    _forget_the_database(result)
    for name, schema in components["schemas"].items():
        if name.endswith("Request") and schema.get("type") == "object":
            # A field that is unknown is refused.
            schema.setdefault("additionalProperties", False)
        for field, one in schema.get("properties", {}).items():
            _describe(field, one)
    return result


# The largest whole numbers of columns; which one it is depends on the database.
_LARGEST_OF_COLUMNS = {2**15 - 1, 2**31 - 1, 2**63 - 1}


def _forget_the_database(part: Any) -> None:
    """Take out of every schema the limits that come from a column, so that an installation on
    either database describes the same API."""
    if isinstance(part, list):
        for one in part:
            _forget_the_database(one)
    elif isinstance(part, dict):
        if part.get("type") == "integer" and part.get("maximum") in _LARGEST_OF_COLUMNS:
            del part["maximum"]
            part.pop("format", None)
        for one in part.values():
            _forget_the_database(one)


def operations_of(document: Document) -> Iterator[tuple[str, str, Document]]:
    """Path, method in small letters, operation."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _tell_of_secrets(operation: Document) -> None:
    """Whatever takes a text or a file, or gives a file away, says that it is no place for them."""
    gives_file = any(
        kind != JSON for one in operation["responses"].values() for kind in one.get("content", {})
    )
    told = operation.get("description", "")
    notice = _("Classified content must not be entered.")
    if (operation.get("requestBody") or gives_file) and notice.rstrip(".。") not in told:
        operation["description"] = f"{told}\n\n{notice}".strip()


def _complete(operation: Document, path: str, method: str, schemas: Document) -> None:
    parameters = operation.setdefault("parameters", [])
    for one in parameters:
        if one.get("in") == "path":
            _place(one, path)
    named = ["IfNoneMatch"] if method == "get" else ["IfMatch"]
    parameters += [
        {"$ref": f"{_HERE}/parameters/{name}"}
        for name in (*(named if "{" in path or method == "get" else ()), "Language")
    ]
    _tell_of_secrets(operation)
    example = _examples().get(operation["operationId"], {})
    body = operation.get("requestBody", {})
    if any(
        _has_to_be_sent(content["schema"], schemas) for content in body.get("content", {}).values()
    ):
        body["required"] = True
    if "request" in example:
        for content in body.get("content", {}).values():
            _show(content, example["request"])
    foreseen_described(operation, schemas)
    responses = operation["responses"]
    if any("OneOrMany" in str(content["schema"]) for content in body.get("content", {}).values()):
        _tell_of_many(operation["responses"])
    _tell_of_successes(operation, method, example)
    statuses = _refusals(operation, path, method)
    never = NEVER_ANSWERED.get(operation["operationId"])
    good = {
        status: one for status, one in responses.items() if int(status) < 400 and status != never
    }
    if method == "get":
        good["304"] = {"$ref": f"{_HERE}/responses/NotModified"}
    operation["responses"] = good | {
        str(status): {"$ref": f"{_HERE}/responses/{PROBLEMS[status][0]}"} for status in statuses
    }


def _tell_of_many(responses: Document) -> None:
    """Rows that were sent are answered as rows."""
    for status in {"200", "201"} & set(responses):
        content = responses[status]["content"][JSON]
        one = content["schema"]
        rows = {
            "type": "array",
            "items": one,
            "description": "What the rows became, in the order in which they were sent.",
        }
        many = {"type": "object", "required": ["rows"], "properties": {"rows": rows}}
        content["schema"] = {"anyOf": [one, many]}


def _tell_of_successes(operation: Document, method: str, example: Document) -> None:
    responses = operation["responses"]
    for status, response in responses.items():
        if not status.startswith("2"):
            continue
        if OCTETS in response.get("content", {}):
            # A file says itself what it is.
            kind = XLSX if operation["operationId"] in WORKBOOKS else "*/*"
            response["content"] = {kind: response["content"][OCTETS]}
        response["description"] = _SUCCESS[status]
        response["headers"] = _headers(
            *(("ETag",) if status == "200" and method in ("get", "put", "patch") else ()),
            *(("Location",) if status == "201" else ()),
            "RateLimit",
            "RateLimit-Policy",
            "X-Request-ID",
        )
        shown = example.get("answers", {})
        # What was there already is answered as what is made.
        shown = shown.get(status, shown.get("201"))
        if shown is not None and JSON in response.get("content", {}):
            _show(response["content"][JSON], shown)


def _has_to_be_sent(schema: Document, schemas: Document) -> bool:
    """Whether a body of this shape has a field that has to be there."""
    named = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
    return bool(named.get("required") or named.get("oneOf"))


_SUCCESS: Mapping[str, str] = {
    "200": "As it is now.",
    "201": "It was made.",
    "202": "It was taken on; a job does it.",
    "204": "It was done; there is nothing to tell.",
}


def _refusals(operation: Document, path: str, method: str) -> list[int]:
    """What may be answered instead, in order: of everything, of writing, and as the view says."""
    found = {400, 401, 403, 406, 429, 503}
    said = {int(status) for status in operation["responses"] if status.startswith("4")}
    if "{" in path or any(one.get("name") == "page" for one in operation["parameters"]):
        found.add(404)
    if {"after", "changed_since"} & {one.get("name") for one in operation["parameters"]}:
        found.add(410)
    if method != "get":
        found |= {409} | (said & {404, 422})
        if "{" in path:
            found.add(412)
        if "requestBody" in operation:
            found |= {413, 415, 422}
        if method in ("put", "patch") or any(one in path for one in _ASK_WHAT_WAS_SEEN):
            found |= {412, 428}
    return sorted(found)


def _place(parameter: Document, path: str) -> None:
    """What stands between the braces; a number is one, however its address reads it."""
    name = parameter["name"]
    first = path.removeprefix("/api/v1/").partition("/")[0]
    parameter["description"] = IN_ADDRESSES.get(name) or IN_ADDRESSES.get(first, "")
    if name in ("id", "number"):
        parameter["schema"] = {"type": "integer", "minimum": 1, "maximum": LARGEST_INTEGER}
    elif name == "day":
        parameter["schema"] = {"type": "string", "format": "date"}


def _problem(status: int, example: Any) -> Document:
    _name, text = PROBLEMS[status]
    schema: Document = {"$ref": f"{_HERE}/schemas/Problem"}
    if status == 409:
        schema = {"anyOf": [{"$ref": f"{_HERE}/schemas/StaleVersion"}, schema]}
    content: Document = {"schema": schema}
    if example is not None:
        _show(content, example)
    return {
        "description": f"{KINDS_IN_ENGLISH[status]} {text}",
        "headers": _headers(
            *_TOLD_WITH.get(status, ()), "RateLimit", "RateLimit-Policy", "X-Request-ID"
        ),
        "content": {PROBLEM_JSON: content},
    }


_TOLD_WITH: Mapping[int, tuple[str, ...]] = {
    401: ("WWW-Authenticate",),
    412: ("ETag",),
    429: ("Retry-After",),
    503: ("Retry-After",),
}
# The last word of `type`, by which a program knows the kind.
KINDS_IN_ENGLISH: Mapping[int, str] = {
    status: f"`urn:tianjin-pilot:problem:{word}`." for status, (word, _title) in KINDS.items()
}


def _headers(*names: str) -> Document:
    return {name: {"$ref": f"{_HERE}/headers/{name}"} for name in names}


def _show(content: Document, value: Any) -> None:
    content["examples"] = {"recorded": {"summary": "As it was answered once", "value": value}}


_OF_FIELDS: Mapping[str, str] = {
    "count": "How many rows the list has in all; left out in a walk by cursor.",
    "next": "The address of what comes next; null at the end.",
    "previous": "The address of the page before; null on the first, left out in a walk by cursor.",
    "results": "The rows of this page.",
    "rows": "One to 500 of them: all are written or none.",
    "cadence": "How often is reported.",
}


def _describe(field: str, schema: Document) -> None:
    """What is said of a field by its title alone, and of those that REST framework adds."""
    if schema.pop("nullable", False):
        # REST framework describes its pages in OpenAPI 3.0.
        schema["type"] = [schema["type"], "null"]
    if schema.get("format") == "time":
        # JSON Schema means by that a time with its offset.
        schema["pattern"] = "^[0-2][0-9]:[0-5][0-9](:[0-5][0-9])?$"
        del schema["format"]
    if schema.get("description"):
        return
    if schema.get("title"):
        schema["description"] = f"{schema['title']}."
    elif field in _OF_FIELDS:
        schema["description"] = _OF_FIELDS[field]


@cache
def _examples() -> Document:
    found: Document = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found
