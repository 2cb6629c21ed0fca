"""Answers to what no view answers itself: a page for people, a problem document for the API.

Views and middleware raise; this is where it becomes an answer with the status it deserves. Django
calls the handlers (urls.py names them) with DEBUG off only: with it on it shows its own pages.
"""

import datetime as dt
import math
import sys
from collections.abc import Callable

import kombu.exceptions
import redis.exceptions
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from agencies.language import API_PREFIX
from agencies.limits import TooManyRequests
from agencies.request_number import request_number
from progress.api.errors import problem_response

BAD_REQUEST, TOO_LARGE, TOO_MANY, FAILURE, UNAVAILABLE = 400, 413, 429, 500, 503
TOO_MUCH = (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent)
# A database that cannot be reached or is locked for too long, and a broker that is not there.
OUT_OF_REACH = (
    OperationalError,
    InterfaceError,
    kombu.exceptions.OperationalError,
    redis.exceptions.ConnectionError,
)
RETRY_AFTER = dt.timedelta(minutes=1)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400, or 413 where there was more of it than is taken in (DATA_UPLOAD_MAX_MEMORY_SIZE)."""
    status = TOO_LARGE if isinstance(exception, TOO_MUCH) else BAD_REQUEST
    if request.path.startswith(API_PREFIX):
        # What Django says of the request is not for the sender to read.
        return problem_response(status, _("Nothing was changed."))
    return render(request, f"{status}.html", status=status)


def failure(request: HttpRequest) -> HttpResponseBase:
    """500, or 503 where the database or the broker cannot be reached; neither page asks either.

    Called while the exception is being handled, so that this is the one place that sees it whether
    a view or a middleware met it.
    """
    status = UNAVAILABLE if isinstance(sys.exc_info()[1], OUT_OF_REACH) else FAILURE
    headers = {"Retry-After": _seconds(RETRY_AFTER)} if status == UNAVAILABLE else {}
    if request.path.startswith(API_PREFIX):
        return problem_response(status, _("Try again in a while."), headers=headers)
    # Without the request: what puts the reader's frame around a page asks the database.
    page = render_to_string(f"{status}.html", {"request_number": request_number()})
    return HttpResponse(page, status=status, headers=headers)


def too_many_requests(request: HttpRequest, wait: dt.timedelta) -> HttpResponseBase:
    """429 with how long to wait; for a middleware that throttles, which cannot raise it."""
    headers = {"Retry-After": _seconds(wait)}
    if request.path.startswith(API_PREFIX):
        return problem_response(TOO_MANY, _("Try again in a while."), headers=headers)
    minutes = math.ceil(wait / dt.timedelta(minutes=1))
    page = render_to_string("429.html", {"minutes": minutes}, request)
    return HttpResponse(page, status=TOO_MANY, headers=headers)


class ThrottledMiddleware:
    """Turns `TooManyRequests` of a view into HTTP 429."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, TooManyRequests):
            return too_many_requests(request, exception.wait)
        return None


def _seconds(wait: dt.timedelta) -> str:
    return str(max(1, math.ceil(wait.total_seconds())))
