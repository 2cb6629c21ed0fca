"""What every page's frame shows: the reader's own places, and how much waits there."""

from typing import Any

from django.http import HttpRequest


def navigation(request: HttpRequest) -> dict[str, Any]:
    return {}
