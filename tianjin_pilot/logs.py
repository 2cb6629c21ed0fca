"""The log: one JSON object a line in service, and a line for people with DEBUG on.

A log is read by more people than the data is, and lies about for longer. So it has in it what was
done and where it failed, and nothing that anybody typed: of an address the pattern that it matched
and the numbers in it, of a failure its kind and its places in the code. Who did what is a matter of
the audit trail, which finds the same moment.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from agencies.request_number import request_number

ANSWERED = "tianjin_pilot.answered"
# Django's own, whose sentences are made of what was sent: the address, the host, the key.
OF_WHAT_WAS_SENT = ("django.request", "django.security", "django.server")
# A failure that led to a failure and so on; and of each the innermost places.
FAULTS_AT_MOST, PLACES_AT_MOST = 4, 40
# Of a sentence that comes from outside, such as a mail server's: what may be about a person.
CUT_OUT = re.compile(
    r"\?\S*"  # what stands after an address
    r"|[^\s<>,;:'\"()]+@[^\s<>,;:'\"()]+"  # mail
    r"|(?<!\w)\d{7,}[Xx]?(?!\w)"  # telephones and identity numbers
    r"|(?<!\w)0\d{2,3}[ -]\d{7,8}(?!\w)|(?<!\w)1\d\d[ -]\d{4}[ -]\d{4}(?!\w)"
    r"|(?:tpt_|Bearer )\S+"  # keys
    r"|(?:%[0-9A-Fa-f]{2})+"
    r"|[^\x00-\x7f]+"  # the log speaks English; Chinese is what people wrote
)
LONGEST = 1_000

logger = logging.getLogger(ANSWERED)


class JsonLines(logging.Formatter):
    """A record as one JSON object: at, level, logger, said, request, and what belongs to it."""

    def format(self, record: logging.LogRecord) -> str:
        asked = getattr(record, "request", None)
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "said": said_by(record),
            "request": request_number() or getattr(asked, "number", ""),
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line["faults"] = list(faults_of(record.exc_info[1]))
        # Nothing but ASCII, so that no line break of any script divides a line.
        return json.dumps({name: value for name, value in line.items() if value != ""})


def said_by(record: logging.LogRecord) -> str:
    """The sentence of a record, without what it may tell of a person."""
    if record.name.startswith(OF_WHAT_WAS_SENT):
        status = getattr(record, "status_code", None)
        return HTTPStatus(status).phrase if status else "refused"
    if record.name.startswith("celery") and isinstance(record.args, dict):
        # What a job failed of and what it gave stand behind the colon.
        said = str(record.msg).partition(": ")[0] % record.args
    else:
        said = record.getMessage()
    return CUT_OUT.sub("[...]", said)[:LONGEST]


def faults_of(fault: BaseException) -> Iterator[dict[str, Any]]:
    """A failure and those it came from: what kind each is and where in the code, without its
    sentence, which quotes the value at fault."""
    found: BaseException | None = fault
    for _turn in range(FAULTS_AT_MOST):
        if found is None:
            return
        told: dict[str, Any] = {"kind": f"{type(found).__module__}.{type(found).__qualname__}"}
        if state := getattr(found, "sqlstate", None):
            told["sqlstate"] = state
        if constraint := getattr(getattr(found, "diag", None), "constraint_name", None):
            told["constraint"] = constraint
        told["places"] = list(_places(found.__traceback__))[-PLACES_AT_MOST:]
        yield told
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def _places(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        code = trace.tb_frame.f_code
        path = Path(code.co_filename)
        where = "/".join(path.parts[-3:])
        yield f"{where}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next


class AnsweredMiddleware:
    """One line for each request: what was asked for, how it was answered, how long that took."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        found = request.resolver_match
        # The numbers of an address say which thing it is; its words may be anything.
        numbers = {n: v for n, v in found.kwargs.items() if type(v) is int} if found else {}
        facts: dict[str, Any] = {
            "method": request.method if request.method in METHODS else "other",
            "route": found.route if found else "",
            **({"numbers": numbers} if numbers else {}),
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000),
        }
        logger.info("answered", extra={"facts": facts})
        return response


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def logging_for(*, debug: bool) -> dict[str, Any]:
    """LOGGING of the settings, and of the web server."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"},
            "json": {"()": JsonLines},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": "line" if debug else "json"}
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            # Django's own handler would print each line a second time with DEBUG on.
            "django": {"level": "INFO"},
            # What was refused has its line already; what failed has its places as well.
            "django.request": {"level": "INFO" if debug else "ERROR"},
            # With DEBUG on they would bury what a person looks for.
            ANSWERED: {"level": "WARNING" if debug else "INFO"},
            # It tells of each attempt with its address; the audit trail does that.
            "axes": {"level": "ERROR"},
        },
    }
