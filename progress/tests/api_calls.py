"""Calls of the API as another program makes them: JSON in, JSON out."""

from typing import Any

from django.test import Client

JSON = "application/json"
API = "/api/v1/"


def call(
    client: Client,
    method: str,
    address: str,
    body: Any = None,
    *,
    tag: str | None = None,
    english: bool = True,
) -> Any:
    """The answer to one call of `address` under /api/v1/; `tag` is sent as If-Match."""
    headers = ({"If-Match": tag} if tag else {}) | ({"Accept-Language": "en"} if english else {})
    sent = {} if body is None else {"data": body, "content_type": JSON}
    return getattr(client, method)(f"{API}{address}", headers=headers, **sent)


def post(client: Client, address: str, body: Any = None, **kwargs: Any) -> Any:
    return call(client, "post", address, {} if body is None else body, **kwargs)


def tag_of(client: Client, address: str) -> str:
    """The ETag of what the client is given there."""
    answer = call(client, "get", address)
    answer.getvalue()  # which closes a file
    return str(answer["ETag"])


def errors(answer: Any) -> dict[str, list[str]]:
    """What a problem document says of each field."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return dict(answer.json()["errors"])


def upload(client: Client, address: str, file: Any, **fields: str) -> Any:
    """The answer to a form with a file."""
    body = {"file": file, **fields}
    return client.post(f"{API}{address}", body, headers={"Accept-Language": "en"})


def bytes_of(client: Client, address: str) -> bytes:
    """The bytes of a file."""
    answer: Any = client.get(f"{API}{address}")
    return b"".join(answer.streaming_content)
