"""The number by which a request is found again.

It stands in the answer's header, in the page or problem document that a person reads out to the
administrator, in each line of the log, and goes along with the jobs that the request asks for.
"""

import contextlib
import re
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
# What a proxy may give: nothing that could be anything else than a number in a line of the log.
GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")
_number: ContextVar[str] = ContextVar("request_number", default="")


def request_number() -> str:
    """That of the request which is being answered, or of the job that is done; else ""."""
    return _number.get()


@contextlib.contextmanager
def numbered(number: str) -> Iterator[None]:
    """What is done within has this number."""
    kept = _number.set(number)
    try:
        yield
    finally:
        _number.reset(kept)


class RequestNumberMiddleware:
    """Gives each request its number: the one of our own proxy, else a new one.

    With no proxy in front (REVERSE_PROXIES) the header is the sender's, who could give one number
    to many requests, and is not read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "") if settings.PROXIES else ""
        number = given if GIVEN.fullmatch(given) else uuid.uuid4().hex
        # Django logs some refusals after the last middleware, and hands the request along.
        request.number = number  # type: ignore[attr-defined]
        with numbered(number):
            response = self.get_response(request)
        response.headers[HEADER] = number
        return response


def numbers_shown(_request: HttpRequest) -> dict[str, str]:
    """For every page: what a page that says no tells the reader to pass on."""
    return {"request_number": request_number()}
