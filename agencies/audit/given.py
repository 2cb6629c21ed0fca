"""What is told of every answer: each file that was given out, and each act that was refused.

Here, for all pages and endpoints at once, so that none that is added later can be forgotten. The
entry is written before the file goes out: what cannot be told is not given.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from agencies.audit.notes import audit_event
from agencies.models import User

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
LONGEST_PATH = 500
# The description of the API has a file name, and nothing in it that is anybody's.
DESCRIPTION = "application/vnd.oai"


class AnswersToldMiddleware:
    """Tells the audit trail of downloads, exports and refusals of whoever is signed in.

    Not of a HEAD, nor of an answer that says that nothing has changed: neither gives anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if isinstance(user, User):
            if request.method not in SAFE and response.status_code == 403:
                _tell("user.forbidden", request, user, method=request.method)
            elif gives_a_file(request, response):
                disposition = response["Content-Disposition"]
                _tell("user.download", request, user, file=disposition)
        return response


def gives_a_file(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a file, or a part of one, goes out with this answer."""
    return (
        request.method != "HEAD"
        and response.status_code in (200, 206)
        and response.has_header("Content-Disposition")
        and not response["Content-Type"].startswith(DESCRIPTION)
    )


def _tell(act: str, request: HttpRequest, user: User, **said: Any) -> None:
    match = request.resolver_match
    audit_event(
        act,
        user,
        by=user,
        now=timezone.now(),
        **said,
        route=match.view_name if match else "",
        path=request.get_full_path()[:LONGEST_PATH],
    )
