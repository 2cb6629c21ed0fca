"""What stands in an address after the question mark: known names, a period, an order."""

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import F, Model, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend, SearchFilter
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from agencies.models import User
from progress.api.bodies import unknown_name
from progress.api.conditional import READS, Conditional
from progress.api.fields import Wanted, names_of
from progress.filters import LookupFilterSet
from progress.filters.lookups import MEANINGS, FieldKind, Lookup, LookupFilter
from progress.filters.words import LONGEST_WORDS, MOST_WORDS
from progress.models import ReportingPeriod

PERIOD_PARAMETER = OpenApiParameter(
    "period",
    str,
    description=gettext_lazy("The period's code, such as 2026-10; the current one if left out."),
)


FIELDS_DESCRIBED = {
    "fields": gettext_lazy(
        "The fields that are wanted, divided by commas; measures.text chooses within a field."
    ),
    "omit": gettext_lazy("The fields that are left away, divided by commas, as in fields."),
}
FIELDS_PARAMETERS = [
    OpenApiParameter(name, str, description=description)
    for name, description in FIELDS_DESCRIBED.items()
]


class KnownParameters(Conditional):
    """Refuses a parameter that the endpoint does not read, and names the near one.

    A misspelt filter that is quietly ignored answers with rows that were not asked for.
    """

    # By HTTP method; a list's filters, search, order, pages and fields are known without being
    # named, and so is `format`.
    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    # Of these, the ones that are said by being there, with nothing after the `=`.
    flags: ClassVar[tuple[str, ...]] = ()
    # The shape of what is read here, of which fields may be chosen; None where they may not.
    shape: ClassVar[type[serializers.Serializer[Any]] | None] = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        known = self.known_parameters(request)
        unknown = [name for name in request.query_params if name not in known]
        if unknown:
            raise ValidationError({name: [unknown_name(name, known)] for name in unknown})
        unsaid = [
            name
            for name, value in request.query_params.items()
            if not str(value).strip() and name not in self.flags
        ]
        if unsaid:
            sentence = _("Write a value, or leave the parameter away.")
            raise ValidationError({name: [sentence] for name in unsaid})
        if self.shape is not None:
            self.wants(next(iter(names_of(self.shape))))  # raises for names that are none

    @cached_property
    def wanted(self) -> Wanted:
        """The fields that are asked for; whoever writes is given the whole thing."""
        assert self.shape is not None
        reads = self.request.method in READS
        return Wanted(self.shape, self.request.query_params if reads else QueryDict())

    def wants(self, name: str) -> bool:
        """Whether that field is asked for, so that what it rests on has to be read."""
        return name in self.wanted

    def chosen(self, found: Any, *, many: bool = False) -> Any:
        """The document of what was found, or the documents of many, in the shape read here, with
        the fields that are asked for."""
        assert self.shape is not None
        serializer = self.shape(found, many=many, context={"request": self.request})
        self.wanted.narrow(serializer)
        return serializer.data

    def get_renderers(self) -> list[BaseRenderer]:
        """OPTIONS tells of an address in JSON, also of one that gives a file."""
        is_asked = self.request is not None and self.request.method == "OPTIONS"
        return [JSONRenderer()] if is_asked else list(super().get_renderers())

    def known_parameters(self, request: Request) -> list[str]:
        method = "GET" if request.method == "HEAD" else str(request.method)
        known = [*self.parameters.get(method, ()), str(api_settings.URL_FORMAT_OVERRIDE)]
        if method == "GET" and self.shape is not None:
            known += ["fields", "omit"]
        if method == "GET" and getattr(self, "paginates", False):
            filterset = getattr(self, "filterset_class", None)
            known += ["page", "page_size", "pagination", "cursor"]
            known += filterset.parameters() if filterset else []
            known += ["search"] if getattr(self, "search_fields", ()) else []
            known += ["ordering"] if getattr(self, "orders", None) else []
            known += ["changed_since"] if getattr(self, "changes_of", None) else []
        return known


_JSON_TYPES: Mapping[FieldKind, dict[str, Any]] = {
    FieldKind.NUMBER: {"type": "integer"},
    FieldKind.DAY: {"type": "string", "format": "date"},
    FieldKind.MOMENT: {"type": "string"},
    FieldKind.FLAG: {"type": "boolean"},
}


class Filters(DjangoFilterBackend):
    """The list's FilterSet; it is not even made where the address asks for nothing of it."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filterset: type[LookupFilterSet] | None = getattr(view, "filterset_class", None)
        if filterset is None or not (
            filterset.narrows_unasked or filterset.parameters() & set(request.query_params)
        ):
            return queryset
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed


class Lookups(BaseFilterBackend):
    """What a list's FilterSet has besides its own filters; it narrows by them itself."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        filterset: type[LookupFilterSet] | None = getattr(view, "filterset_class", None)
        if filterset is None:
            return []
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": _("%(field)s: %(meaning)s")
                % {"field": one.name, "meaning": MEANINGS[one.lookup]},
                "schema": _json_type(one),
            }
            for name, one in filterset.lookup_filters().items()
        ]


def _json_type(one: LookupFilter) -> dict[str, Any]:
    if one.lookup == Lookup.ISNULL:
        return {"type": "boolean"}
    if one.lookup == Lookup.IN:
        return {"type": "string"}
    if one.asked.kind == FieldKind.CHOICE:
        return {"type": "string", "enum": list(one.asked.choices)}
    if one.asked.key_is_number:
        return {"type": "integer"}
    return _JSON_TYPES.get(one.asked.kind, {"type": "string"})


class ChosenFields(BaseFilterBackend):
    """`fields` and `omit`, which the answer is narrowed by and no row is."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": str(description),
                "schema": {"type": "string"},
            }
            for name, description in FIELDS_DESCRIBED.items()
            if getattr(view, "shape", None) is not None
        ]


class Search(SearchFilter):
    """`search`: words, each of which has to be found; as many and as long as `q` takes.

    Each word asks several tables, and a database takes only so many conditions.
    """

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        if self.search_param not in request.query_params:
            return queryset
        narrowed: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return narrowed

    def get_search_terms(self, request: Request) -> list[str]:
        typed = request.query_params.get(self.search_param, "")
        terms = list(super().get_search_terms(request))
        if len(typed) > LONGEST_WORDS or len(terms) > MOST_WORDS:
            raise ValidationError(
                {
                    self.search_param: [
                        _("Search for at most %(count)d words of %(length)d characters in all.")
                        % {"count": MOST_WORDS, "length": LONGEST_WORDS}
                    ]
                }
            )
        return terms


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
        terms = [_term(queryset.model, orders, name) for name in names]
        return queryset.order_by(*terms, between_equals)

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
                "schema": {
                    "type": "array",
                    "items": {
                        "type": "string",
                        "enum": [sign + name for name in orders for sign in ("", "-")],
                    },
                },
                "style": "form",
                "explode": False,
            }
        ]


def names_of_order(request: Request, view: APIView) -> list[str]:
    """The names that `ordering` asks for, then the list's own order; none where it has no order.

    Each stands once, where it stood first: what has decided already decides nothing later. Raises
    ValidationError, keyed "ordering", for a name that the list is not ordered by.
    """
    orders: Mapping[str, str] = getattr(view, "orders", {})
    asked = request.query_params.get("ordering", "")
    names = [name.strip() for name in asked.split(",")] if asked else []
    known = {sign + name for name in orders for sign in ("", "-")}
    for name in names:
        if name not in known:
            raise ValidationError({"ordering": [unknown_name(name, known)]})
    if not orders:
        return []
    names.append(getattr(view, "default_order", next(iter(orders))))
    once: dict[str, str] = {}
    for name in names:
        once.setdefault(name.removeprefix("-"), name)
    return list(once.values())


def _term(model: type[Model], orders: Mapping[str, str], name: str) -> OrderBy:
    column, descends = orders[name.removeprefix("-")], name.startswith("-")
    # Said only where it says something: PostgreSQL takes no index for an order that it is not in.
    last = True if _may_be_null(model, column) else None
    return F(column).desc(nulls_last=last) if descends else F(column).asc(nulls_last=last)


def _may_be_null(model: type[Model], column: str) -> bool:
    """Whether the column, or a row on the way to it, may be missing; of what is computed it may."""
    for name in column.split("__"):
        try:
            field = model._meta.get_field(model._meta.pk.name if name == "pk" else name)
        except FieldDoesNotExist:
            return True
        if field.null:
            return True
        model = field.related_model or model
    return False


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


def flag_of(request: Request, name: str) -> bool:
    """Whether a parameter says true; raises ValidationError, keyed by it, for another word."""
    said = request.query_params.get(name, "false")
    if said not in ("true", "false"):
        raise ValidationError({name: [_("Write true or false.")]})
    return said == "true"


def reader_of(request: Request) -> User:
    """The person who asks: the permission in front of every endpoint lets nobody else through."""
    assert isinstance(request.user, User)
    return request.user
