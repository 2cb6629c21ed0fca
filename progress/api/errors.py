"""Errors in one shape for all: problem documents (RFC 9457), in the reader's language.

Which status an error has follows from the class of its exception, here and nowhere else:

400 the request cannot be read, or a field or parameter of it is not what the description of the API
    says: REST framework's ParseError and ValidationError, which serializers and filters raise;
422 it is well formed, and the rules of the office refuse what it says, such as handing in a measure
    without text: Django's ValidationError, which the writers of `workflow` raise;
410 what is asked for begins before what is still kept: start over;
409 it could be done at another time or to another state: Conflict and what stands for it;
412 what its writer saw is not what is stored (`If-Match`), 428 it does not say what its writer saw;
403 this person may never do it, 404 this person may not know of it, 401 nobody knows who asks;
413 it is longer than is read, 415 in a form that is not read, 429 it is one too many.
"""

import logging
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from agencies.request_number import request_number
from progress.api.conditional import PreconditionFailed
from progress.api.rows import RowsRefused, errors_of, flat
from progress.models import Contribution, Report
from progress.workflow import (
    Conflict,
    StaleContribution,
    StaleMatter,
    StaleVersion,
    content_of,
    contribution_content_of,
)
from tasks.deadlines import DeadlineMovedError

PROBLEM_JSON = "application/problem+json"
TYPE_PREFIX = "urn:tianjin-pilot:problem:"

# Status -> the last word of `type`, and the title of problems of that type.
KINDS: dict[int, tuple[str, Promise]] = {
    400: ("invalid", gettext_lazy("The request is not valid")),
    401: ("not-signed-in", gettext_lazy("Sign in first")),
    403: ("forbidden", gettext_lazy("You may not do this")),
    404: ("not-found", gettext_lazy("There is no such thing here")),
    405: ("method-not-allowed", gettext_lazy("This address does not do that")),
    406: ("not-acceptable", gettext_lazy("This form of answer is not available")),
    409: ("conflict", gettext_lazy("This is not possible now")),
    410: ("no-longer-kept", gettext_lazy("This is no longer kept")),
    412: ("precondition-failed", gettext_lazy("This has changed since you read it")),
    413: ("too-large", gettext_lazy("The request is too large")),
    415: ("unsupported-media-type", gettext_lazy("This kind of content is not read")),
    422: ("refused", gettext_lazy("The rules do not allow this content")),
    428: ("precondition-required", gettext_lazy("Say what you start from")),
    429: ("too-many-requests", gettext_lazy("Too many attempts")),
    500: ("internal", gettext_lazy("Something went wrong on our side")),
    503: ("unavailable", gettext_lazy("The system is not available at the moment")),
}
STALE = ("stale-version", gettext_lazy("Somebody else saved in between"))

logger = logging.getLogger(__name__)


class ProblemSerializer(serializers.Serializer[Any]):
    """Every answer from 400 upwards, as application/problem+json."""

    type = serializers.CharField(
        help_text=gettext_lazy("What kind of problem this is, the same in every language.")
    )
    title = serializers.CharField(help_text=gettext_lazy("The kind of problem in words."))
    status = serializers.IntegerField(help_text=gettext_lazy("The HTTP status once more."))
    detail = serializers.CharField(
        help_text=gettext_lazy("What was wrong this time, and what to do now.")
    )
    request_id = serializers.CharField(
        help_text=gettext_lazy(
            "The number of the request, as in the header X-Request-ID: an administrator finds it "
            "in the log."
        )
    )
    # The field is called as RFC 9457 examples call it, which is also a property of serializers.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=gettext_lazy(
            "By field or parameter what is wrong with it; measures.0.text is the text of the first "
            "measure sent, rows.3.deadline the deadline in the fourth row."
        ),
    )


class StaleVersionSerializer(ProblemSerializer):
    """409 after somebody else saved: nothing was written, and both texts are here.

    412 has what is stored, as by GET, and nothing else beside the fields of every problem."""

    stored = serializers.DictField(
        help_text=gettext_lazy(
            "What is stored now: version, state, updated_at, updated_by, and the content as in a "
            "report."
        )
    )
    sent = serializers.JSONField(help_text=gettext_lazy("The body of your request."))


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response:
    """The problem document for whatever an endpoint raised; what was not foreseen is logged."""
    request: Request = context["request"]
    # A workbook or a YAML schema that cannot be had is refused in JSON, like everything else.
    request.accepted_renderer = JSONRenderer()
    request.accepted_media_type = JSONRenderer.media_type
    if isinstance(exc, Conflict | RowsRefused | PreconditionFailed | DeadlineMovedError):
        return _as_things_stand(exc, request)
    if isinstance(exc, django.ValidationError):
        return _invalid(422, errors_of(exc))
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(400, flat(exc.detail))
    if isinstance(exc, Http404):
        # Django's own sentence names the model and the query; ours says no more than the status.
        exc = exceptions.NotFound()
    elif isinstance(exc, django.SuspiciousOperation):
        # More parameters or fields than are read, and the like; what it says is for a log.
        exc = exceptions.ParseError()
    elif isinstance(exc, django.PermissionDenied):
        exc = exceptions.PermissionDenied(*exc.args)
    if isinstance(exc, exceptions.APIException):
        header, wait = getattr(exc, "auth_header", None), getattr(exc, "wait", None)
        headers = {"WWW-Authenticate": header} if header else {}
        if wait:
            headers["Retry-After"] = str(math.ceil(wait))
        return _problem(exc.status_code, str(exc.detail), headers=headers)
    if isinstance(exc, (OperationalError, InterfaceError)):
        logger.error("%s %s: the database failed", request.method, request.path, exc_info=exc)
        return _problem(503, _("Try again in a while."), headers={"Retry-After": "60"})
    return _unforeseen(exc, request)


def _as_things_stand(exc: Exception, request: Request) -> Response:
    """409 and 412, with what is stored where that says what to do, and what several rows met."""
    if isinstance(exc, RowsRefused):
        return _invalid(exc.status_code, exc.errors)
    if isinstance(exc, PreconditionFailed):
        more = {} if exc.stored is None else {"stored": exc.stored}
        headers = {"ETag": exc.etag} if exc.etag else {}
        return _problem(412, str(exc.detail), more=more, headers=headers)
    if isinstance(exc, StaleVersion | StaleContribution | StaleMatter):
        return _problem(409, str(exc), kind=STALE, more=_both_texts(exc, request))
    return _problem(409, str(exc))


def _problem(
    status: int,
    detail: str,
    *,
    kind: tuple[str, Promise] | None = None,
    more: Mapping[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    document = {**_document(status, detail, kind or KINDS.get(status, KINDS[400])), **(more or {})}
    return Response(document, status=status, headers=headers, content_type=PROBLEM_JSON)


def _document(status: int, detail: str, kind: tuple[str, Promise]) -> dict[str, Any]:
    word, title = kind
    return {
        "type": TYPE_PREFIX + word,
        "title": str(title),
        "status": status,
        "detail": detail,
        "request_id": request_number(),
    }


def problem_response(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """The same document for what is answered outside of REST framework's views."""
    return JsonResponse(
        _document(status, detail, KINDS[status]),
        status=status,
        headers=dict(headers or {}),
        content_type=PROBLEM_JSON,
        json_dumps_params={"ensure_ascii": False},
    )


def _invalid(status: int, errors: Mapping[str, list[str]]) -> Response:
    detail = " ".join(
        f"{name}: {' '.join(sentences)}"
        if name != api_settings.NON_FIELD_ERRORS_KEY
        else " ".join(sentences)
        for name, sentences in errors.items()
    )
    return _problem(status, detail, more={"errors": errors})


def _both_texts(
    exc: StaleVersion | StaleContribution | StaleMatter, request: Request
) -> dict[str, Any]:
    """What is stored, for a writer whom the workflow has just let at it, and what was sent."""
    if isinstance(exc, StaleMatter):
        matter = exc.matter
        return {
            "stored": {"version": matter.version, "state": matter.state},
            "sent": request.data,
        }
    if isinstance(exc, StaleContribution):
        row: Report | Contribution = exc.contribution
        content = contribution_content_of(exc.contribution).by_ordinal()
    else:
        row, content = exc.report, content_of(exc.report).by_ordinal()
    return {
        "stored": {
            "version": row.version,
            "state": row.state,
            "updated_at": serializers.DateTimeField().to_representation(row.updated_at),
            "updated_by": str(row.updated_by),
            **content,
        },
        "sent": request.data,
    }


def _unforeseen(exc: Exception, request: Request) -> Response:
    logger.error("%s %s failed", request.method, request.path, exc_info=exc)
    # Whoever listens for failures of pages hears of this one too; the test client raises it again.
    got_request_exception.send(sender=None, request=request._request)
    return _problem(500, _("The failure is on record; try again, or tell the administrator."))


@extend_schema(exclude=True)
class UnknownAddress(APIView):
    """Every address under /api/ that is none: a problem document, not a page."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        super().initial(request, *args, **kwargs)
        path = request.path
        if not path.endswith("/") and _exists(f"{path}/"):
            raise exceptions.NotFound(
                _("There is no such address; did you mean %(near)s?") % {"near": f"{path}/"}
            )
        raise exceptions.NotFound(_("There is no such address."))


def _exists(path: str) -> bool:
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return getattr(match.func, "cls", None) is not UnknownAddress
