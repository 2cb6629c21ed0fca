"""`fields` and `omit`: which fields of an answer are asked for, and which of them are computed."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from progress.api.bodies import unknown_name

Shape = type[serializers.Serializer[Any]]


@cache
def names_of(shape: Shape) -> Mapping[str, tuple[str, ...]]:
    """The names of a shape's fields, each with those of the fields in it, () where it has none."""
    names: dict[str, tuple[str, ...]] = {}
    for name, field in shape().fields.items():
        inner = getattr(field, "child", field)
        names[name] = tuple(inner.fields) if isinstance(inner, serializers.Serializer) else ()
    return names


class Wanted:
    """The fields that are asked for: `in` says of an outer one whether it is wanted at all.

    Names are divided by commas; one dotted level, `measures.text`, chooses within a field. What
    `omit` names is left away of what `fields` names, or of everything.
    """

    def __init__(self, shape: Shape, parameters: QueryDict) -> None:
        """Raises ValidationError, keyed by the parameter, for a name that the shape has not."""
        self._names = names_of(shape)
        only = _asked(parameters, "fields", self._names)
        less = _asked(parameters, "omit", self._names)
        if only is not None and not only:
            raise ValidationError({"fields": [_("Name at least one field.")]})
        self.is_everything = only is None and not less
        self._inner: dict[str, frozenset[str] | None] = {}
        for name, inner in self._names.items():
            if only is not None and name not in only and not _within(name, only):
                continue
            if less and name in less:
                continue
            chosen = set(inner)
            if only is not None and name not in only:
                chosen &= _within(name, only)
            chosen -= _within(name, less or ())
            if inner and not chosen:
                continue
            self._inner[name] = frozenset(chosen) if chosen != set(inner) else None

    def __contains__(self, name: str) -> bool:
        return name in self._inner

    def of(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is wanted of a document that was written out; fields that it lacks are passed by."""
        if self.is_everything:
            return document
        return {
            name: _chosen(document[name], inner)
            for name, inner in self._inner.items()
            if name in document
        }

    def narrow(self, serializer: serializers.BaseSerializer[Any]) -> None:
        """Take what is not wanted out of a serializer, so that it is not computed either."""
        if self.is_everything:
            return
        fields: Any = getattr(getattr(serializer, "child", serializer), "fields", {})
        for name in list(fields):
            if name not in self._inner:
                del fields[name]
                continue
            chosen = self._inner[name]
            if chosen is not None:
                inner = getattr(fields[name], "child", fields[name]).fields
                for one in set(inner) - chosen:
                    del inner[one]


def _chosen(value: Any, names: frozenset[str] | None) -> Any:
    if names is None or value is None:
        return value
    if isinstance(value, Mapping):
        return {name: part for name, part in value.items() if name in names}
    assert isinstance(value, Sequence)
    return [_chosen(one, names) for one in value]


def _within(name: str, asked: Iterable[str]) -> set[str]:
    return {one.partition(".")[2] for one in asked if one.startswith(f"{name}.")}


def _asked(
    parameters: QueryDict, parameter: str, names: Mapping[str, tuple[str, ...]]
) -> frozenset[str] | None:
    """The names that a parameter asks for; None where it is not in the address."""
    if parameter not in parameters:
        return None
    asked = [
        name.strip()
        for value in parameters.getlist(parameter)
        for name in value.split(",")
        if name.strip()
    ]
    known = [*names, *(f"{name}.{one}" for name, inner in names.items() for one in inner)]
    for name in asked:
        if name not in known:
            raise ValidationError({parameter: [unknown_name(name, known)]})
    return frozenset(asked)
