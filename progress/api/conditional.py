"""Conditional requests (RFC 9110, section 13): what a reader has already, and what a writer saw.

An `ETag` is a hash of the bytes that are sent, so it stands for what this reader is given, in this
language, and for nothing else. A write may name it in `If-Match`: it is compared with what the same
reader would be given now, by the plain address of the thing, and a stale one is refused with 412.
Between that and the write itself nothing slips in: the version that was compared goes with the
write, whose own check is made with the row locked, or the comparison is made under the lock.

A proxy that compresses an answer passes its tag on changed: nginx makes it weak, Apache and others
add the coding to it. What comes back so is still our tag: it names the answer that was compressed,
whose content the reader has in full. So `If-Match` takes it too, where RFC 9110 compares strongly;
what that guards against, content that is the same only roughly, no strong tag of ours stands for.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from progress.api.deprecations import Deprecation
from progress.api.rendering import Json
from progress.api.throttles import standings_tell

READS = ("GET", "HEAD")
# What an answer depends on besides its address.
VARIES = ("Accept-Language", "Authorization", "Cookie")
# What proxies write at the end of a tag, within its quotes, when they compress: "…-gzip" (Apache,
# lighttpd), "…--gzip" (Jetty), "…;gzip" (others).
CODED = re.compile(r'(?:--?|;)(?:gzip|br|zstd|deflate)"$')
# What RFC 9110 wants in a 304, and what was counted for it.
KEPT_IN_304 = (
    "ETag",
    "Vary",
    "Cache-Control",
    "Content-Location",
    "RateLimit",
    "RateLimit-Policy",
)


class PreconditionFailed(APIException):
    """412. `stored` is what the reader would be given now, None where there is nothing."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = _(
        "What you read has changed since; nothing was written. What is stored now stands beside."
    )

    def __init__(self, stored: Any = None, *, etag: str | None = None) -> None:
        super().__init__()
        self.stored, self.etag = stored, etag


class PreconditionRequired(APIException):
    """428: a write that replaces what is stored has to say what it started from."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = _(
        "Say what you start from: send the ETag that you read as If-Match, or its version."
    )


class Conditional(APIView):
    """Gives what is read an ETag, and holds writes to what their writers saw."""

    # The view whose GET gives the thing that this one writes to, and the names in the address by
    # which it finds it; None: this view's own.
    reads_as: ClassVar[type["Conditional"] | None] = None
    reads_by: ClassVar[tuple[str, ...]] = ("pk",)
    # What If-Match was compared with, where it was.
    compared: Any = None
    # By HTTP method, what the next version will not have.
    deprecated: ClassVar[Mapping[str, Deprecation]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS:
            self.precondition_check(request)

    def precondition_check(self, request: Request) -> None:
        """Raise PreconditionFailed where the request is conditional and the condition is false.

        `compared` is then what the writer knows. To be called again with the rows locked where a
        writer has no version to check.
        """
        wanted, unwanted = (request.headers.get(name) for name in ("If-Match", "If-None-Match"))
        if wanted is None and unwanted is None:
            return
        if self._reading() is None:
            # Nothing can be read here, so nothing that was read can match.
            if wanted is not None:
                raise PreconditionFailed
            return
        response = self.thing(request)
        document = getattr(response, "data", None)
        etag = etag_of(_rendered(document, request)) if document is not None else response["ETag"]
        if wanted is not None and not _is_what_was_read(etag, parse_etags(wanted)):
            raise PreconditionFailed(document, etag=etag)
        if unwanted is not None and _is_known(etag, parse_etags(unwanted)):
            raise PreconditionFailed(document, etag=etag)
        self.compared = document

    def seen(self, given: Mapping[str, Any]) -> Any:
        """The version that a replacing write starts from: that in its body, or that of what its
        If-Match was compared with. Raises PreconditionRequired where there is neither."""
        if "version" in given:
            return given["version"]
        compared = self.version_compared()
        if compared is None:
            raise PreconditionRequired
        return compared

    def version_seen(self, given: Mapping[str, Any]) -> int:
        """The same of what counts its versions."""
        return int(self.seen(given))

    def version_compared(self) -> Any:
        """The version of what If-Match was compared with, None without one: for moves."""
        if self.compared is None or "If-Match" not in self.request.headers:
            return None
        return self.compared["version"]

    @contextmanager
    def unchanged(self, request: Request, lock: Callable[[], object]) -> Iterator[None]:
        """`held`, of a write that replaces what is stored: raises PreconditionRequired where it
        does not say by If-Match what it starts from."""
        if "If-Match" not in request.headers:
            raise PreconditionRequired(
                _("Say what you start from: send the ETag that you read as If-Match.")
            )
        with self.held(request, lock):
            yield

    @contextmanager
    def held(self, request: Request, lock: Callable[[], object]) -> Iterator[None]:
        """Within it the thing, which has no version, stays as it is: `lock` locks its rows, and
        If-Match, if there is one, is compared once more."""
        with transaction.atomic():
            lock()
            self.precondition_check(request)
            yield

    def thing(self, request: Request) -> Response:
        """What this reader is given of the thing now, as by GET."""
        reading = self._reading()
        assert reading is not None
        names = reading.reads_by if self.reads_as is None else self.reads_by
        return _read(reading, request, {n: self.kwargs[n] for n in names if n in self.kwargs})

    def answered(self, request: Request) -> Response:
        """The thing as it is after a write, with its ETag, for the next one."""
        return _with_tag(self.thing(request).data)

    def answered_as(
        self,
        reading: type["Conditional"],
        request: Request,
        *,
        status: int = status.HTTP_200_OK,
        headers: Mapping[str, str] | None = None,
        **by: Any,
    ) -> Response:
        """The same of another thing, or of one that is new: `by` is what its address would name."""
        return _with_tag(_read(reading, request, by).data, status=status, headers=headers)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        final = super().finalize_response(request, response, *args, **kwargs)
        standings_tell(final, request)
        patch_vary_headers(final, VARIES)
        final.headers.setdefault("Cache-Control", "private, no-cache")
        if going := self.deprecated.get(str(request.method)):
            for name, value in going.headers():
                final[name] = value
        if request.method not in READS or final.status_code != status.HTTP_200_OK:
            return final
        if hasattr(final, "add_post_render_callback"):
            final.add_post_render_callback(partial(unless_known, request=request))
            return final
        return unless_known(final, request=request) or final

    def _reading(self) -> type["Conditional"] | None:
        reading = self.reads_as or type(self)
        return reading if hasattr(reading, "get") else None


def _read(reading: type[Conditional], request: Request, by: Mapping[str, Any]) -> Response:
    view = reading()
    view.request, view.args, view.kwargs, view.format_kwarg = request, (), dict(by), None
    response: Response = view.get(request, **by)  # type: ignore[attr-defined]
    if response.streaming:
        # A file is read for its tag alone.
        for close in response._resource_closers:  # type: ignore[attr-defined]
            close()
    return response


def _with_tag(
    document: Any, *, status: int = status.HTTP_200_OK, headers: Mapping[str, str] | None = None
) -> Response:
    response = Response(document, status=status, headers=dict(headers or {}))
    response.add_post_render_callback(_tagged)
    return response


def etag_of(body: bytes) -> str:
    """A strong entity tag of these very bytes."""
    return f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'


def _tagged(response: HttpResponse) -> None:
    response["ETag"] = etag_of(response.content)


def unless_known(response: Any, *, request: Request) -> Any:
    """Give the answer its ETag, or return the 304 that takes its place; None: it stays."""
    if "ETag" not in response:
        if response.streaming:
            return None
        _tagged(response)
    known = request.headers.get("If-None-Match")
    if known is None or not _is_known(response["ETag"], parse_etags(known)):
        return None
    unchanged = HttpResponseNotModified()
    # A file is closed with the answer that takes its place: to close this one ends the request.
    unchanged._resource_closers.extend(response._resource_closers)  # type: ignore[attr-defined]
    for name in KEPT_IN_304:
        if name in response:
            unchanged[name] = response[name]
    return unchanged


def _rendered(document: Any, request: Request) -> bytes:
    """The bytes that a GET of the same reader would be answered with."""
    accepted = getattr(request, "accepted_media_type", None) or Json.media_type
    rendered: bytes = Json().render(document, accepted)
    return rendered


def _is_what_was_read(etag: str, tags: list[str]) -> bool:
    """Whether one of the tags, as they came back, is this one, which stands for very bytes."""
    return tags == ["*"] or (not etag.startswith("W/") and _is_known(etag, tags))


def _is_known(etag: str, tags: list[str]) -> bool:
    return tags == ["*"] or etag.removeprefix("W/") in map(_as_given, tags)


def _as_given(tag: str) -> str:
    """A tag without what a proxy that compresses makes of it."""
    return CODED.sub('"', tag.removeprefix("W/"))
