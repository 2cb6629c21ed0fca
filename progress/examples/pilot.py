"""What the examples have in common: one call of the API, with Python's standard library alone."""

import json
import os
import urllib.error
import urllib.request

ADDRESS = os.environ["PILOT"].rstrip("/") + "/api/v1/"
TOKEN = os.environ["TOKEN"]


class Problem(Exception):
    """What the API refused: its status, its document, its headers."""

    def __init__(self, status, document, headers):
        super().__init__(document.get("detail", status))
        self.status, self.document, self.headers = status, document, headers


def call(method, place, body=None, **headers):
    """The answer's document and headers; None for the document of a 304 or 204."""
    request = urllib.request.Request(
        place if place.startswith("http") else ADDRESS + place,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": f"Bearer {TOKEN}",
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
            return json.loads(text) if text else None, answer.headers
    except urllib.error.HTTPError as refused:
        if refused.code == 304:
            return None, refused.headers
        raise Problem(refused.code, json.load(refused), refused.headers) from None
