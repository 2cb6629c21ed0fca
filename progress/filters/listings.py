"""What each list takes in its address besides its filters: orders, columns, rows a page.

Names alone stand here; what a column shows and what an order compares is the page's.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelChoiceField, MultipleChoiceField
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from progress.filters.measures import MeasureFilter
from progress.filters.tasks import TaskFilter
from progress.models import ListPage

DEFAULT_ORDER = "number"
PAGE_SIZES = ("25", "50", "100")
DEFAULT_PAGE_SIZE = "50"
LONGEST_QUERY = 2000


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: what narrows it, its orders, its columns from left to right.

    Columns that are `fixed` always stand; `at_first` are those of who has chosen none.
    """

    filterset: type[TaskFilter]
    orders: Sequence[str]
    fixed: Sequence[str]
    columns: Sequence[str]
    at_first: Sequence[str]


LISTINGS: Mapping[str, Listing] = {
    ListPage.TASKS: Listing(
        filterset=TaskFilter,
        orders=("number", "chapter", "lead", "status", "measures", "light", "deadline", "report"),
        fixed=("number", "title"),
        columns=(
            "chapter",
            "lead",
            "cos",
            "division",
            "status",
            "measures",
            "light",
            "deadline",
            "report",
        ),
        at_first=("chapter", "lead", "cos", "status", "measures", "light", "deadline", "report"),
    ),
    ListPage.MEASURES: Listing(
        filterset=MeasureFilter,
        orders=("number", "chapter", "lead", "status", "light", "deadline"),
        fixed=("number", "measure"),
        columns=("task", "chapter", "lead", "status", "light", "deadline"),
        at_first=("task", "lead", "status", "light", "deadline"),
    ),
}


def columns_named(page: str, values: Iterable[str]) -> tuple[str, ...]:
    """The columns that an address or a form names, in the list's order, without the fixed ones.

    A value may name several, divided by commas. Raises ValidationError for one that is none.
    """
    listing = LISTINGS[page]
    named = {name for value in values for name in value.split(",") if name}
    unknown = named - set(listing.columns) - set(listing.fixed)
    if unknown:
        raise ValidationError(_("A column that was asked for is not one of this list."))
    return tuple(name for name in listing.columns if name in named)


def order_is_known(page: str, order: str) -> bool:
    return order.removeprefix("-") in LISTINGS[page].orders


def query_kept(page: str, parameters: QueryDict, **filter_arguments: Any) -> str:
    """The filters, order and columns of a list as they are kept, without a page or a size of it.

    Written the same way however they were asked for: filters as the list has them, each with its
    values sorted. `filter_arguments` go to the list's filter (`queryset`, `request`, `today`).
    Raises ValidationError for what the list would refuse.
    """
    listing = LISTINGS[page]
    narrowed = listing.filterset(parameters, **filter_arguments)
    order = parameters.get("sort") or DEFAULT_ORDER
    if not narrowed.form.is_valid() or not order_is_known(page, order):
        raise ValidationError(
            _("Some of the filters cannot be read; correct them or clear them."), code="unreadable"
        )
    kept = [
        (name, value)
        for name, field in narrowed.form.fields.items()
        for value in _values(parameters, name, several=isinstance(field, MultipleChoiceField))
    ]
    if order != DEFAULT_ORDER:
        kept.append(("sort", order))
    if any(parameters.getlist("columns")):
        columns = columns_named(page, parameters.getlist("columns"))
        kept.append(("columns", ",".join((*listing.fixed[:1], *columns))))
    query = urlencode(kept)
    if len(query) > LONGEST_QUERY:
        raise ValidationError(_("These are too many filters to be saved."), code="too_long")
    return query


def _values(parameters: QueryDict, name: str, *, several: bool) -> list[str]:
    """What the list reads of a parameter: of one that takes a single value the last."""
    values = [one.strip() for one in parameters.getlist(name)]
    return sorted({*(values if several else values[-1:])} - {""})


def queries_invalid(page: str, queries: Iterable[str]) -> frozenset[str]:
    """Those of the kept queries that the list would refuse today: one statement a kind of row.

    A chapter, agency or period that they name may be gone, or a value may have lost its meaning.
    """
    parsed = {query: QueryDict(query) for query in queries}
    if not parsed:
        return frozenset()
    fields = LISTINGS[page].filterset({}).form.fields
    gone = {
        name: _values_gone(field.queryset, field.to_field_name or "pk", name, parsed)
        for name, field in fields.items()
        if isinstance(field, ModelChoiceField) and field.queryset is not None
    }
    return frozenset(
        query
        for query, parameters in parsed.items()
        if any(set(parameters.getlist(name)) & values for name, values in gone.items())
        or not _is_readable(page, parameters, without=gone)
    )


def _values_gone(
    rows: QuerySet[Any], key: str, name: str, parsed: Mapping[str, QueryDict]
) -> set[str]:
    """The values of this parameter that no row has any more."""
    asked = {value for parameters in parsed.values() for value in parameters.getlist(name)}
    if not asked:
        return set()
    try:
        found = rows.filter(**{f"{key}__in": asked}).values_list(key, flat=True)
        return asked - {str(one) for one in found}
    except (ValueError, TypeError, OverflowError):
        return asked


def _is_readable(page: str, parameters: QueryDict, *, without: Iterable[str]) -> bool:
    left = parameters.copy()
    for name in without:
        left.pop(name, None)
    order = parameters.get("sort", DEFAULT_ORDER)
    try:
        columns_named(page, parameters.getlist("columns"))
    except ValidationError:
        return False
    is_valid: bool = LISTINGS[page].filterset(left).form.is_valid()
    return is_valid and order_is_known(page, order)


def rows_in_order(
    rows: Iterable[Row], names: Sequence[str], value_of: Callable[[str], Callable[[Row], Any]]
) -> list[Row]:
    """Rows that were computed, by the first of the names, those alike by the next; "-" before a
    name reverses it.

    What has no value (None) comes last either way, as on the database; rows that are alike in all
    of them stay as they come.
    """
    found = list(rows)
    # Sorting keeps the order of equals: the name that decides first is sorted by last.
    for name in reversed(names):
        value, descends = value_of(name.removeprefix("-")), name.startswith("-")
        try:
            found = sorted(found, key=value, reverse=descends)
        except TypeError:  # some have no value
            without = [row for row in found if value(row) is None]
            valued = (row for row in found if value(row) is not None)
            found = sorted(valued, key=value, reverse=descends) + without
    return found
