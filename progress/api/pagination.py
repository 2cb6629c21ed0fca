"""Pages of a list: by number with a count, or by cursor from one row to those after it."""

import datetime as dt
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

from django.core import signing
from django.db.models import F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from progress.api.parameters import names_of_order
from progress.filters import rows_in_order

R = TypeVar("R")
BY_NUMBER, BY_CURSOR = "page", "cursor"
SALT = "progress.api.cursor"


class InOrder(Sequence[R], Generic[R]):
    """Rows that were computed, in the order of the names, each known by a key that no other has.

    `value_of` gives of a name what rows are compared by; `key` decides between those alike. Rows
    that come in this order already (`is_sorted`) stay as they are.
    """

    def __init__(
        self,
        rows: Sequence[R],
        names: Sequence[str],
        *,
        value_of: Callable[[str], Callable[[R], Any]] = attrgetter,
        key: Callable[[R], Any],
        is_sorted: bool = False,
    ) -> None:
        self.names, self.value_of, self.key = names, value_of, key
        self.rows = (
            list(rows) if is_sorted else rows_in_order(sorted(rows, key=key), names, value_of)
        )

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, at: int) -> R: ...
    @overload
    def __getitem__(self, at: slice) -> list[R]: ...
    def __getitem__(self, at: int | slice) -> R | list[R]:
        return self.rows[at]

    def place_of(self, row: R) -> list[Any]:
        """What the row is compared by, its key last."""
        return [*(self.value_of(name.removeprefix("-"))(row) for name in self.names), self.key(row)]

    def after(self, place: Sequence[Any]) -> list[R]:
        """The rows that stand after that place, whether or not its row is still there."""
        signs = [name.startswith("-") for name in self.names] + [False]
        return [row for row in self.rows if _is_after(self.place_of(row), list(place), signs)]


def _is_after(one: Sequence[Any], other: Sequence[Any], descending: Sequence[bool]) -> bool:
    """Whether a place comes after another; what has no value comes last either way."""
    for left, right, is_descending in zip(one, other, descending, strict=True):
        if left == right:
            continue
        if left is None or right is None:
            return left is None
        return bool(left < right if is_descending else left > right)
    return False


class Pages(PageNumberPagination):
    """`page` counts from 1; `page_size` is 50 unless asked for, and 200 at most.

    A size or number that is none is refused: a reader who asks for 1,000 rows and is given 200
    without a word takes them for all.

    `pagination=cursor` begins a walk by cursor, and each answer's `next` goes on with it: from the
    last row to those that stand after it in the list's order, so that rows that come or go
    meanwhile neither repeat nor hide others. REST framework's own cursors compare by the first
    column of an order alone and lose the rows that have no value in it; a deadline is none often.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    # The stubs know only str; each of these is shown through str() at its reader's time.
    page_query_description = _("The page of the list, counted from 1.")  # type: ignore[assignment]
    page_size_query_description = _("Rows on a page: 50 if left out, 200 at most.")  # type: ignore[assignment]
    invalid_page_message = _("There is no such page.")  # type: ignore[assignment]
    pagination_description: str | Promise = _(
        "page counts the rows and has numbered pages; cursor walks from row to row and counts none."
    )
    cursor_description: str | Promise = _(
        "Where a walk goes on: of the answer before, out of its next."
    )

    def get_page_size(self, request: Request) -> int:
        size = _number(request, "page_size", self.page_size)
        if size > self.max_page_size:
            raise ValidationError(
                {"page_size": [_("At most %(most)d.") % {"most": self.max_page_size}]}
            )
        return size

    def get_page_number(self, request: Request, paginator: Any) -> int:
        number = _number(request, "page", 1)
        if number > paginator.num_pages:
            raise NotFound(self.invalid_page_message)
        return number

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any] | None:
        self._walks = _walks(request)
        if not self._walks:
            return super().paginate_queryset(queryset, request, view)
        assert view is not None
        self._address, self._next = request.build_absolute_uri(), None
        names = names_of_order(request, view)
        given = request.query_params.get("cursor")
        # A place in one list is none in another, even by orders of the same name.
        salt = f"{SALT}.{type(view).__name__}"
        place = _place_read(given, names, salt) if given is not None else None
        size = self.get_page_size(request)
        if isinstance(queryset, InOrder):
            left = queryset.after(place) if place is not None else queryset.rows
            rows = left[: size + 1]
            if len(rows) > size:
                place = queryset.place_of(rows[size - 1])
                self._next = _place_written(place, names, salt)
            return rows[:size]
        columns = _columns(view, names)
        found = queryset.filter(_after(columns, place)) if place is not None else queryset
        rows = list(found[: size + 1])
        if len(rows) > size:
            last = rows[size - 1]
            key = getattr(last, "pk", last)
            read = {f"place_{at}": F(column) for at, (column, _sign) in enumerate(columns)}
            one = queryset.order_by().filter(pk=key).annotate(**read).values_list(*read)
            self._next = _place_written(list(one[0]), names, salt)
        return rows[:size]

    def get_paginated_response(self, data: Any) -> Response:
        if not self._walks:
            return super().get_paginated_response(data)
        return Response({"next": self.get_next_link(), "results": data})

    def get_next_link(self) -> str | None:
        if not self._walks:
            return super().get_next_link()
        if self._next is None:
            return None
        url = replace_query_param(self._address, "pagination", BY_CURSOR)
        return replace_query_param(url, "cursor", self._next)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        # A walk by cursor counts nothing and goes one way.
        described["required"] = ["results"]
        return described

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            *super().get_schema_operation_parameters(view),
            {
                "name": "pagination",
                "in": "query",
                "required": False,
                "description": str(self.pagination_description),
                "schema": {"type": "string", "enum": [BY_NUMBER, BY_CURSOR], "default": BY_NUMBER},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": str(self.cursor_description),
                "schema": {"type": "string"},
            },
        ]


class LongPages(Pages):
    """Pages of a list that grows with every period.

    Which rows stand on a page is found first, and then these with all that is joined to them: what
    is sorted are keys, and not all rows that there are in their whole width.
    """

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        keys = super().paginate_queryset(queryset.values_list("pk", flat=True), request, view)
        assert keys is not None
        found = {row.pk: row for row in queryset.order_by().filter(pk__in=keys)}
        return [found[key] for key in keys if key in found]


def _walks(request: Request) -> bool:
    kind = request.query_params.get("pagination")
    if kind not in (None, BY_NUMBER, BY_CURSOR):
        raise ValidationError(
            {
                "pagination": [
                    _("Write %(one)s or %(other)s.") % {"one": BY_NUMBER, "other": BY_CURSOR}
                ]
            }
        )
    has_cursor = "cursor" in request.query_params
    if has_cursor and kind == BY_NUMBER:
        raise ValidationError({"cursor": [_("A cursor goes with pagination=cursor.")]})
    walks = has_cursor or kind == BY_CURSOR
    if walks and "page" in request.query_params:
        raise ValidationError({"page": [_("A walk by cursor has no numbered pages.")]})
    return walks


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    # Nine digits are more rows than there will ever be, and fewer than any database's limit.
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) > 0):
        raise ValidationError({name: [_("Write a whole number from 1.")]})
    return int(text)


# --- The place of a row in an order --------------------------------------------------------------


def _columns(view: APIView, names: Sequence[str]) -> list[tuple[str, bool]]:
    """The columns of an order and whether each descends, the one between equals last."""
    orders = getattr(view, "orders", {})
    last = getattr(view, "between_equals", "pk")
    return [
        *((orders[name.removeprefix("-")], name.startswith("-")) for name in names),
        (last.removeprefix("-"), last.startswith("-")),
    ]


def _after(columns: Sequence[tuple[str, bool]], place: Sequence[Any]) -> Q:
    """Which rows stand after that place, those without a value being last either way."""
    found, equal = Q(pk__in=()), Q()
    for (column, descends), value in zip(columns, place, strict=True):
        if value is not None:
            beyond = Q(**{f"{column}__{'lt' if descends else 'gt'}": value})
            found |= equal & (beyond | Q(**{f"{column}__isnull": True}))
            equal &= Q(**{column: value})
        else:
            equal &= Q(**{f"{column}__isnull": True})
    return found


def _place_written(place: Sequence[Any], names: Sequence[str], salt: str) -> str:
    return signing.dumps(
        {"order": ",".join(names), "place": [_written(value) for value in place]}, salt=salt
    )


def _place_read(cursor: str, names: Sequence[str], salt: str) -> list[Any]:
    """The place that a cursor of this list in this order names; raises ValidationError."""
    try:
        given = signing.loads(cursor, salt=salt)
    except (signing.BadSignature, ValueError):
        given = None
    if given is None or given["order"] != ",".join(names):
        raise ValidationError(
            {"cursor": [_("This cursor is none of this list in this order; begin a new walk.")]}
        )
    return list(map(_read, given["place"]))


def _written(value: Any) -> Any:
    """What JSON has no word for is written under the name of its kind."""
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, dt.date):
        return {"day": value.isoformat()}
    return value if isinstance(value, int | float | str | None) else str(value)


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "moment" in value:
        return dt.datetime.fromisoformat(value["moment"])
    return dt.date.fromisoformat(value["day"])
