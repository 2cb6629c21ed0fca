"""What stands in an address after the question mark: known names, a period, an order."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from agencies.models import User
from progress.api.bodies import unknown_name
from progress.models import ReportingPeriod

PERIOD_PARAMETER = OpenApiParameter(
    "period",
    str,
    description=gettext_lazy("The period's code, such as 2026-10; the current one if left out."),
)


class KnownParameters(APIView):
    """Refuses a parameter that the endpoint does not read, and names the near one.

    A misspelt filter that is quietly ignored answers with rows that were not asked for.
    """

    # By HTTP method; a list's filters, search, order and pages are known without being named.
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.known_parameters(request)
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise ValidationError({name: [unknown_name(name, known)] for name in unknown})

    def known_parameters(self, request: Request) -> list[str]:
        method = "GET" if request.method == "HEAD" else str(request.method)
        known = list(self.parameters.get(method, ()))
        if method == "GET" and getattr(self, "paginates", False):
            filterset = getattr(self, "filterset_class", None)
            known += ["page", "page_size"]
            known += list(filterset.base_filters) if filterset else []
            known += ["search"] if getattr(self, "search_fields", ()) else []
            known += ["ordering"] if getattr(self, "orders", None) else []
        return known


M = TypeVar("M", bound=Model)
R = TypeVar("R")


class Ordering(BaseFilterBackend):
    """`ordering`: names from the view's `orders`, divided by commas, `-` before a name reversing.

    `orders` maps each name to a field; the first, or the view's `default_order`, is the order of a
    list that asks for none, and decides between equals. Rows without a value come last either way,
    on every database.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[M, R], view: APIView
    ) -> QuerySet[M, R]:
        orders: Mapping[str, str] = getattr(view, "orders", {})
        names = names_of_order(request, view)
        if not names:
            return queryset
        between_equals = getattr(view, "between_equals", "pk")
        return queryset.order_by(*(_term(name, orders) for name in names), between_equals)

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        orders: Mapping[str, str] = getattr(view, "orders", {})
        if not orders:
            return []
        return [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": _(
                    "Any of %(names)s, divided by commas; a minus before one reverses it."
                )
                % {"names": ", ".join(orders)},
                "schema": {"type": "string"},
            }
        ]


def names_of_order(request: Request, view: APIView) -> list[str]:
    """The names that `ordering` asks for, then the list's own order; none where it has no order.

    Raises ValidationError, keyed "ordering", for a name that the list is not ordered by.
    """
    orders: Mapping[str, str] = getattr(view, "orders", {})
    asked = request.query_params.get("ordering", "")
    names = [name.strip() for name in asked.split(",") if name.strip()]
    known = {sign + name for name in orders for sign in ("", "-")}
    for name in names:
        if name not in known:
            raise ValidationError({"ordering": [unknown_name(name, known)]})
    if not orders:
        return []
    return [*names, getattr(view, "default_order", next(iter(orders)))]


def _term(name: str, orders: Mapping[str, str]) -> OrderBy:
    field = F(orders[name.removeprefix("-")])
    return field.desc(nulls_last=True) if name.startswith("-") else field.asc(nulls_last=True)


def period_of(request: Request) -> ReportingPeriod | None:
    """The period that `period` names, else the current one; None before the first is opened.

    Raises ValidationError, keyed "period", for a code of which the reader may know no period.
    """
    periods = ReportingPeriod.objects.visible_to(reader_of(request))
    code = request.query_params.get("period")
    if code is None:
        return periods.current()
    # A NUL character is no text to PostgreSQL; no code has one.
    period = None if "\0" in code else periods.filter(code=code).first()
    if period is None:
        raise ValidationError({"period": [_("There is no such period.")]})
    return period


def reader_of(request: Request) -> User:
    """The person who asks: the permission in front of every endpoint lets nobody else through."""
    assert isinstance(request.user, User)
    return request.user
