"""What a request may carry: JSON of a bounded size, with fields that are known."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE


class BoundedJSON(BaseParser):
    """JSON in UTF-8, of DATA_UPLOAD_MAX_MEMORY_SIZE bytes at most.

    REST framework's own parser reads whatever is sent, and lets a body of a hundred thousand
    brackets end in a RecursionError.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise BodyTooLarge(
                _("The body is longer than the %(limit)d bytes that are read.") % {"limit": limit}
            )
        try:
            return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise ParseError(
                _("The body is no JSON in UTF-8: %(error)s") % {"error": error}
            ) from error


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would lose what was written in it."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {str(name): [unknown_name(str(name), self.fields)] for name in unknown}
                )
        return super().to_internal_value(data)


def unknown_name(name: str, known: Iterable[str]) -> str:
    """The sentence that refuses a name and gives the nearest one that is known, if any is near."""
    near = difflib.get_close_matches(name, list(known), n=1)
    if near:
        return _("This name is unknown; did you mean %(near)s?") % {"near": near[0]}
    return _("This name is unknown. Known are: %(known)s.") % {
        "known": ", ".join(sorted(known)) or "–"
    }


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
