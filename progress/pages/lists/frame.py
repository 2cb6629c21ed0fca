"""What the lists have in common: order, columns and size from the address, chips, saved lists."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import User
from progress.filters import (
    DEFAULT_ORDER,
    DEFAULT_PAGE_SIZE,
    LISTINGS,
    PAGE_SIZES,
    TaskFilter,
    columns_named,
    order_is_known,
)
from progress.models import ListColumns, ListPage, ReportingPeriod
from progress.pages.chips import chips_of
from progress.pages.lists.controls import (
    CHECKED_FIELDS,
    FURTHER_FIELDS,
    MEASURE_FIELDS,
    PLAIN_FIELDS,
    WORDED_FIELDS,
)
from progress.pages.lists.saved import ROUTES, saved_links
from progress.pages.reading import address_with
from tasks.models import Task

COLUMN_LABELS = {
    "chapter": gettext_lazy("Chapter"),
    "task": gettext_lazy("Pilot task"),
    "lead": gettext_lazy("Lead"),
    "cos": gettext_lazy("Co-responsible"),
    "division": gettext_lazy("Division of labour"),
    "status": gettext_lazy("Status"),
    "measures": gettext_lazy("Measures done"),
    "light": gettext_lazy("Light"),
    "deadline": gettext_lazy("Deadline"),
    "report": gettext_lazy("This period's report"),
}
FIXED_LABELS = {
    "number": gettext_lazy("No."),
    "title": gettext_lazy("Pilot task"),
    "measure": pgettext_lazy("column", "Measure"),
}


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """A column that may be chosen, and whether it is shown."""

    name: str
    label: Any
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for besides filters; `problem` is the sentence that refuses it, or "".

    `columns` are those shown, the fixed ones first; `are_kept` says whether the person chose them
    before, `are_named` whether this address does.
    """

    order: str
    size: int
    columns: tuple[str, ...]
    are_kept: bool
    are_named: bool
    problem: str


def asked_of(request: HttpRequest, page: str, user: User) -> Asked:
    """Order, size and columns: of the address, else as kept, else the list's own.

    One statement, none where the address names the columns.
    """
    listing = LISTINGS[page]
    order = request.GET.get("sort", DEFAULT_ORDER)
    size = request.GET.get("rows", DEFAULT_PAGE_SIZE)
    problem, chosen, are_kept = "", tuple(listing.at_first), False
    are_named = any(request.GET.getlist("columns"))
    if are_named:
        try:
            chosen = columns_named(page, request.GET.getlist("columns"))
        except ValidationError as error:
            problem = " ".join(error.messages)
    else:
        kept = ListColumns.objects.filter(owner=user, page=page).first()
        if kept is not None:
            are_kept = True
            # One that the list has no more is left out.
            chosen = tuple(name for name in listing.columns if name in kept.columns.split(","))
    if size not in PAGE_SIZES:
        problem = _("A page has %(sizes)s rows.") % {"sizes": " / ".join(PAGE_SIZES)}
    if not order_is_known(page, order):
        problem = _("The list cannot be sorted like that; sort by one of its columns.")
    return Asked(
        order=order,
        size=int(size if size in PAGE_SIZES else DEFAULT_PAGE_SIZE),
        columns=(*listing.fixed, *chosen),
        are_kept=are_kept,
        are_named=are_named,
        problem=problem,
    )


def list_context(
    request: HttpRequest,
    page: str,
    *,
    user: User,
    today: dt.date,
    narrowed: TaskFilter,
    asked: Asked,
    rows: Sequence[Any],
    period: ReportingPeriod | None,
) -> dict[str, Any]:
    """What the templates of both lists show around their rows, which come narrowed and sorted.

    The filter's form is `made_ready`.
    """
    form = narrowed.form
    readable = form.is_valid() and not asked.problem
    checked = [name for name in (*MEASURE_FIELDS, *CHECKED_FIELDS) if name in form.fields]
    names_period = bool(request.GET.get("period"))
    return {
        "list_page": page,
        "list_route": ROUTES[ListPage(page)],
        "form": form,
        "plain_fields": [form[name] for name in PLAIN_FIELDS],
        "checked_fields": [form[name] for name in checked],
        "further_fields": [form[name] for name in FURTHER_FIELDS],
        "checked_in_use": any(request.GET.get(name) for name in checked),
        "further_in_use": any(request.GET.get(name) for name in (*checked, *FURTHER_FIELDS)),
        "problem": asked.problem or ("" if readable else _unreadable()),
        "readable": readable,
        "chips": list(chips_of(form, request.GET, several=checked, worded=WORDED_FIELDS))
        if readable
        else [],
        "page_obj": Paginator(rows, asked.size).get_page(request.GET.get("page")),
        "sort": asked.order,
        "default_sort": DEFAULT_ORDER,
        "columns": asked.columns,
        "column_choices": _column_choices(page, asked),
        "fixed_columns": [FIXED_LABELS[name] for name in LISTINGS[page].fixed],
        "columns_are_kept": asked.are_kept,
        "columns_are_named": asked.are_named,
        "columns_value": ",".join(asked.columns),
        "columns_address": address_with(
            request.GET.copy(), page="", columns=",".join(asked.columns)
        ),
        "sizes": [(one, address_with(request.GET.copy(), page="", rows=one)) for one in PAGE_SIZES],
        "size": str(asked.size),
        "size_is_asked_for": "rows" in request.GET,
        "period": period,
        "period_query": f"?period={period.code}" if names_period and period else "",
        "query": request.GET.urlencode(),
        "saved_lists": saved_links(
            page,
            user,
            request.GET if readable else None,
            queryset=Task.objects.visible_to(user),
            request=request,
            today=today,
        ),
    }


def _column_choices(page: str, asked: Asked) -> list[ColumnChoice]:
    return [
        ColumnChoice(name, COLUMN_LABELS[name], name in asked.columns)
        for name in LISTINGS[page].columns
    ]


def _unreadable() -> str:
    return _("Some of the filters cannot be read; correct them or clear them.")
