"""Errors in one shape for all: problem documents (RFC 9457), in the reader's language."""

import logging
import math
from collections.abc import Mapping, Sequence
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

from progress.workflow import Conflict, StaleVersion, content_of

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
    413: ("too-large", gettext_lazy("The request is too large")),
    415: ("unsupported-media-type", gettext_lazy("This kind of content is not read")),
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
    # The field is called as RFC 9457 examples call it, which is also a property of serializers.
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text=gettext_lazy(
            "By field or parameter what is wrong with it; measures.0.text is the text of the first "
            "measure sent."
        ),
    )


class StaleVersionSerializer(ProblemSerializer):
    """409 after somebody else saved: nothing was written, and both texts are here."""

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
    if isinstance(exc, StaleVersion):
        return _problem(409, str(exc), kind=STALE, more=_both_texts(exc, request))
    if isinstance(exc, Conflict):
        return _problem(409, str(exc))
    if isinstance(exc, django.ValidationError):
        return _invalid(_errors_of(exc))
    if isinstance(exc, exceptions.ValidationError):
        return _invalid(_flat(exc.detail))
    if isinstance(exc, Http404):
        # Django's own sentence names the model and the query; ours says no more than the status.
        exc = exceptions.NotFound()
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


def _problem(
    status: int,
    detail: str,
    *,
    kind: tuple[str, Promise] | None = None,
    more: Mapping[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    word, title = kind or KINDS.get(status, KINDS[400])
    document = {
        "type": TYPE_PREFIX + word,
        "title": str(title),
        "status": status,
        "detail": detail,
        **(more or {}),
    }
    return Response(document, status=status, headers=headers, content_type=PROBLEM_JSON)


def problem_response(
    status: int, detail: str, *, headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """The same document for what is answered outside of REST framework's views."""
    word, title = KINDS[status]
    return JsonResponse(
        {"type": TYPE_PREFIX + word, "title": str(title), "status": status, "detail": detail},
        status=status,
        headers=dict(headers or {}),
        content_type=PROBLEM_JSON,
        json_dumps_params={"ensure_ascii": False},
    )


def _invalid(errors: Mapping[str, list[str]]) -> Response:
    detail = " ".join(
        f"{name}: {' '.join(sentences)}"
        if name != api_settings.NON_FIELD_ERRORS_KEY
        else " ".join(sentences)
        for name, sentences in errors.items()
    )
    return _problem(400, detail, more={"errors": errors})


def _errors_of(exc: django.ValidationError) -> dict[str, list[str]]:
    if hasattr(exc, "error_dict"):
        return dict(exc.message_dict)
    return {api_settings.NON_FIELD_ERRORS_KEY: exc.messages}


def _flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Errors of nested fields by dotted path: {"measures.0.text": ["…"]}."""
    if isinstance(detail, Mapping):
        pairs: Sequence[tuple[Any, Any]] = list(detail.items())
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        pairs = list(enumerate(detail))
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {path or api_settings.NON_FIELD_ERRORS_KEY: [str(part) for part in sentences]}
    flat: dict[str, list[str]] = {}
    for name, part in pairs:
        # What concerns a whole list or object is said of it, not of a field with a made-up name.
        own = path if name == api_settings.NON_FIELD_ERRORS_KEY else f"{path}.{name}".strip(".")
        if part:
            flat.update(_flat(part, own))
    return flat


def _both_texts(exc: StaleVersion, request: Request) -> dict[str, Any]:
    """What is stored, for a writer whom the workflow has just let at it, and what was sent."""
    report = exc.report
    return {
        "stored": {
            "version": report.version,
            "state": report.state,
            "updated_at": serializers.DateTimeField().to_representation(report.updated_at),
            "updated_by": str(report.updated_by),
            **content_of(report).by_ordinal(),
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
