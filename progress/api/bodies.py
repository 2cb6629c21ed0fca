"""What a request may carry: JSON of a bounded size, with fields that are known."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from django.conf import settings
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


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
            said = json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)
            if _HALF.search(body):
                # Half a character, "\ud800", can neither be stored nor answered.
                json.dumps(said, ensure_ascii=False).encode("utf-8")
            return said
        except (ValueError, RecursionError) as error:
            raise ParseError(
                _("The body is no JSON in UTF-8: %(error)s") % {"error": error}
            ) from error


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it does not know: a misspelt one would lose what was written in it.

    And values of another JSON type than is described: 1 is not true, and 12 is no text.
    """

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                raise serializers.ValidationError(
                    {str(name): [unknown_name(str(name), self.fields)] for name in unknown}
                )
            # A form has no types; its values are all text.
            if not isinstance(data, QueryDict):
                self._check_types(data)
        return super().to_internal_value(data)

    def _check_types(self, data: Mapping[str, Any]) -> None:
        wrong = {
            name: [sentence]
            for name, value in data.items()
            if (sentence := _other_type(self.fields[name], value))
        }
        if wrong:
            raise serializers.ValidationError(wrong)


# What a field is, the JSON type of its values, and what one of another is told. None is a matter of
# the field itself.
JSON_TYPES: Sequence[tuple[tuple[type[Any], ...], type, Promise]] = (
    ((serializers.BooleanField,), bool, gettext_lazy("Write true or false.")),
    ((serializers.IntegerField,), int, gettext_lazy("Write a whole number.")),
    (
        (
            serializers.CharField,
            serializers.ChoiceField,
            serializers.DateField,
            serializers.DateTimeField,
            serializers.TimeField,
        ),
        str,
        gettext_lazy("Write it as a text, in quotation marks."),
    ),
)


def _other_type(field: Any, value: Any) -> str:
    """Why the value is not of the field's JSON type, "" where it is."""
    if value is None:
        return ""
    if isinstance(field, serializers.ListField):
        values = value if isinstance(value, list) else ()
        return next((said for one in values if (said := _other_type(field.child, one))), "")
    for kinds, json_type, sentence in JSON_TYPES:
        if isinstance(field, kinds):
            # To Python true and false are numbers.
            is_it = isinstance(value, json_type) and isinstance(value, bool) == (json_type is bool)
            return "" if is_it else str(sentence)
    return ""


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
