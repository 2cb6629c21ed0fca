"""Many things written by one request: all of them or none, and of each what is wrong with it.

A body {"rows": […]} of 500 at most takes the place of one thing's own. Errors are keyed by row and
field, "rows.3.deadline", counted from 0 as the rows were sent.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core import exceptions as django
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.settings import api_settings

from progress.api.bodies import BodyTooLarge, StrictSerializer
from progress.api.parameters import flag_of
from progress.workflow import Conflict

MOST_ROWS = 500
ROWS = "rows"
DRY_RUN = "dry_run"

T = TypeVar("T")

# What a row may meet, by the status of the answer where the worst of them decides.
REFUSALS: Mapping[type[Exception], int] = {
    django.PermissionDenied: status.HTTP_403_FORBIDDEN,
    ValidationError: status.HTTP_400_BAD_REQUEST,
    django.ValidationError: status.HTTP_422_UNPROCESSABLE_ENTITY,
    Conflict: status.HTTP_409_CONFLICT,
}
ROW_REFUSALS: tuple[type[Exception], ...] = (*REFUSALS, Http404)


class RowsRefused(APIException):
    """Some rows cannot be written, so that none was. `errors` as a problem document has them."""

    def __init__(self, errors: Mapping[str, list[str]], *, status_code: int) -> None:
        super().__init__()
        self.errors, self.status_code = errors, status_code


def are_many(request: Request) -> bool:
    """Whether the body is of many rows, and not one thing's own."""
    return isinstance(request.data, Mapping) and ROWS in request.data


def is_dry_run(request: Request) -> bool:
    """Whether `?dry_run=true` asks what would be done, and nothing is to be."""
    return flag_of(request, DRY_RUN)


def rows_of(
    request: Request, shape: type[StrictSerializer], *, beside: Sequence[str] = ()
) -> list[Mapping[str, Any]]:
    """What the rows say, each in this shape; `beside` are the names that stand beside them.

    Raises BodyTooLarge for more than 500 of them, and ValidationError for a body that is none of
    rows, or keyed by row and field for rows that are not of the shape.
    """
    body = request.data
    if not isinstance(body, Mapping) or not isinstance(body.get(ROWS), list) or not body[ROWS]:
        raise ValidationError({ROWS: [_("Send a list of at least one row.")]})
    if unknown := [name for name in body if name not in (ROWS, *beside)]:
        raise ValidationError({name: [_("Beside rows nothing is read here.")] for name in unknown})
    rows = body[ROWS]
    if len(rows) > MOST_ROWS:
        raise BodyTooLarge(
            _("%(count)d rows were sent; at most %(most)d are written at once. Send them in parts.")
            % {"count": len(rows), "most": MOST_ROWS}
        )
    each = [shape(data=row) for row in rows]
    errors: dict[str, list[str]] = {}
    for number, one in enumerate(each):
        if not one.is_valid():
            errors |= flat(one.errors, f"{ROWS}.{number}")
    if errors:
        raise RowsRefused(errors, status_code=status.HTTP_400_BAD_REQUEST)
    return [one.validated_data for one in each]


def rows_written(
    rows: Sequence[Mapping[str, Any]],
    write: Callable[[Mapping[str, Any]], T],
    *,
    order: Callable[[Mapping[str, Any]], Any] | None = None,
    locks: Callable[[], object] | None = None,
) -> list[T]:
    """Write every row by `write`, or none of them; what each became, in the order they were sent.

    `order` is that in which the rows' locks are taken, so that two requests wait for each other and
    do not stand in each other's way; `locks` takes those that come before any row's. Raises
    RowsRefused with all that stands in the way.
    """
    numbers = sorted(range(len(rows)), key=lambda one: order(rows[one]) if order else one)
    written: dict[int, T] = {}
    errors: dict[int, dict[str, list[str]]] = {}
    statuses: set[int] = set()
    with transaction.atomic():
        if locks is not None:
            locks()
        for number in numbers:
            try:
                with transaction.atomic():
                    written[number] = write(rows[number])
            except ROW_REFUSALS as refused:
                errors[number] = _of_row(number, refused)
                statuses.add(_status_of(refused))
        if errors:
            in_order = {name: said for at in sorted(errors) for name, said in errors[at].items()}
            raise RowsRefused(in_order, status_code=_weightiest(statuses))
    return [written[number] for number in range(len(rows))]


def errors_of(exc: django.ValidationError) -> dict[str, list[str]]:
    """What a writer refused, by field."""
    if hasattr(exc, "error_dict"):
        return dict(exc.message_dict)
    return {api_settings.NON_FIELD_ERRORS_KEY: exc.messages}


def flat(detail: Any, path: str = "") -> dict[str, list[str]]:
    """Errors of nested fields by dotted path: {"measures.0.text": ["…"]}."""
    if isinstance(detail, Mapping):
        pairs: Sequence[tuple[Any, Any]] = list(detail.items())
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        pairs = list(enumerate(detail))
    else:
        sentences = detail if isinstance(detail, list) else [detail]
        return {path or api_settings.NON_FIELD_ERRORS_KEY: [str(part) for part in sentences]}
    found: dict[str, list[str]] = {}
    for name, part in pairs:
        # What concerns a whole list or object is said of it, not of a field with a made-up name.
        own = path if name == api_settings.NON_FIELD_ERRORS_KEY else f"{path}.{name}".strip(".")
        if part:
            found.update(flat(part, own))
    return found


def _of_row(number: int, refused: Exception) -> dict[str, list[str]]:
    row = f"{ROWS}.{number}"
    if isinstance(refused, django.ValidationError):
        return flat(errors_of(refused), row)
    if isinstance(refused, ValidationError):
        return flat(refused.detail, row)
    if isinstance(refused, Http404):
        return {row: [_("There is no such thing here.")]}
    return {row: [str(refused)]}


def _status_of(refused: Exception) -> int:
    if isinstance(refused, Http404):
        # A thing that a row names is a field of the body, not the address.
        return status.HTTP_400_BAD_REQUEST
    return next(number for kind, number in REFUSALS.items() if isinstance(refused, kind))


def _weightiest(statuses: set[int]) -> int:
    """What may never be done first, then what is wrong with the rows, then what is not now."""
    return next(number for number in REFUSALS.values() if number in statuses)


class RowsSerializer(serializers.Serializer[Any]):
    """For the description of the API: many at once, all or none."""


def shape_of_rows(
    shape: type[serializers.Serializer[Any]], name: str
) -> type[serializers.Serializer[Any]]:
    """The shape {"rows": […]} of many of these, for the description of the API."""
    return type(
        name,
        (RowsSerializer,),
        {
            "__doc__": "Many at once, all or none.",
            ROWS: serializers.ListField(child=shape(), min_length=1, max_length=MOST_ROWS),
        },
    )
