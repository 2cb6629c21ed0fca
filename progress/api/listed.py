"""What lists have in common: rows narrowed, in order, a page of them, the fields asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from progress.api.following import ChangedSince, FollowsTheTrail
from progress.api.parameters import KnownParameters
from progress.filters import TaskFilter

M = TypeVar("M", bound=Model)


class Listed(FollowsTheTrail, KnownParameters, ListAPIView[M]):
    """A list of rows in its `shape`, by `orders`; everything a list takes stands in its address."""

    paginates = True
    shape: ClassVar[type[serializers.Serializer[Any]]]
    filterset_class: ClassVar[Any] = None
    orders: ClassVar[Any] = {}
    # By the path from a row the models on which an act changes it; for `changed_since`.
    changes_of: ClassVar[Mapping[str, type[Model]]] = {}

    def get_serializer_class(self) -> type[serializers.Serializer[Any]]:
        return self.shape

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        return self.known_already(request) or super().get(request, *args, **kwargs)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None
        return self.get_paginated_response(self.documents(page))

    def documents(self, page: Sequence[Any]) -> Any:
        return self.chosen(page, many=True)


class Computed(Listed[M]):
    """A list of rows that are computed: `rows` gives all of them as `pagination.InOrder`.

    What it takes for `search` its FilterSet looks for as `q`.
    """

    def rows(self, request: Request) -> Sequence[Any]:
        raise NotImplementedError

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.rows(request))
        assert page is not None
        return self.get_paginated_response(self.documents(page))

    def narrowed(self, request: Request, queryset: QuerySet[M]) -> TaskFilter:
        """The view's FilterSet over these rows; raises ValidationError for what it refuses."""
        filterset = self.filterset_class
        assert issubclass(filterset, TaskFilter)
        parameters = request.query_params.copy()
        if "search" in parameters:
            words = (parameters.get(name, "") for name in ("q", "search"))
            parameters["q"] = " ".join(map(str, words)).strip()
        changed = ChangedSince().filter_queryset(request, queryset, self)
        found: TaskFilter = filterset(parameters, queryset=changed, request=request)
        if not found.is_valid():
            raise ValidationError(
                {name: list(map(str, each)) for name, each in found.errors.items()}
            )
        return found
