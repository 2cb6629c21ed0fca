"""The registers that meetings are about: lists, counts, and the moves of a matter."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.authentication import SignedInWithinAccess
from agencies.models import AGENCY_ROLES, Agency, Role
from progress.api.errors import ProblemSerializer
from progress.api.parameters import KnownParameters, reader_of
from progress.api.register_shapes import (
    CompletionSerializer,
    ExtensionSerializer,
    MatterDetailSerializer,
    MatterEventSerializer,
    MatterMoveSerializer,
    MatterSerializer,
    RegisterCountSerializer,
    ResultSerializer,
)
from progress.filters import CompletionFilter, ExtensionFilter, MatterFilter, ResultFilter
from progress.models import (
    Completion,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    Result,
)
from progress.rollups import (
    BETWEEN_EQUALS,
    Register,
    default_order,
    entries_of,
    matter_rows,
    register_counts,
    register_orders,
    register_rows,
)
from progress.workflow import (
    matter_address,
    matter_answer,
    matter_close,
    matter_moves_open_to,
    matter_reopen,
    matter_right_check,
)


class ReadersOfRegisters(BasePermission):
    """Auditors and administrators have no part in what reports carry."""

    message = _("The registers are read by agencies, coordinators and leaders.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return reader_of(request).role in (*AGENCY_ROLES, Role.COORDINATOR, Role.LEADER)


# --- Lists -------------------------------------------------------------------------------------


class Registers(KnownParameters):
    """How many entries the four registers have, as you may read them."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)

    @extend_schema(responses=RegisterCountSerializer(many=True))
    def get(self, request: Request) -> Response:
        counts = register_counts(user=reader_of(request))
        return Response(RegisterCountSerializer(counts, many=True).data)


class _Entries(KnownParameters, ListAPIView[Any]):
    """Entries of one register that you may read, the latest first."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    paginates = True
    register: ClassVar[Register]
    between_equals = BETWEEN_EQUALS

    def get_queryset(self) -> QuerySet[Any]:
        return entries_of(self.register, user=reader_of(self.request))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(
            self.filter_queryset(self.get_queryset()).values_list("pk", flat=True)
        )
        assert page is not None
        ids = list(page)
        rows = register_rows(
            self.register, self.get_queryset().filter(pk__in=ids), today=timezone.localdate()
        )
        by_id = {row.id: row for row in rows}
        serializer = self.get_serializer([by_id[pk] for pk in ids], many=True)
        return self.get_paginated_response(serializer.data)


class Matters(_Entries):
    """Matters to coordinate that you may read, the latest first."""

    register = Register.MATTERS
    serializer_class = MatterSerializer
    filterset_class = MatterFilter
    orders: ClassVar = register_orders(Register.MATTERS)
    default_order = default_order(Register.MATTERS)
    queryset = Matter.objects.none()  # for the description of the API


class Extensions(_Entries):
    """Extension requests that you may read, the latest first."""

    register = Register.EXTENSIONS
    serializer_class = ExtensionSerializer
    filterset_class = ExtensionFilter
    orders: ClassVar = register_orders(Register.EXTENSIONS)
    default_order = default_order(Register.EXTENSIONS)
    queryset = Extension.objects.none()  # for the description of the API


class Completions(_Entries):
    """Completion requests that you may read, the latest first."""

    register = Register.COMPLETIONS
    serializer_class = CompletionSerializer
    filterset_class = CompletionFilter
    orders: ClassVar = register_orders(Register.COMPLETIONS)
    default_order = default_order(Register.COMPLETIONS)
    queryset = Completion.objects.none()  # for the description of the API


class Results(_Entries):
    """Results that you may read, the latest first."""

    register = Register.RESULTS
    serializer_class = ResultSerializer
    filterset_class = ResultFilter
    orders: ClassVar = register_orders(Register.RESULTS)
    default_order = default_order(Register.RESULTS)
    queryset = Result.objects.none()  # for the description of the API


# --- One matter, and its moves -------------------------------------------------------------------


def _detail(pk: int, request: Request) -> Response:
    """The matter as it is stored now, with what the reader may do with it and its history."""
    reader = reader_of(request)
    matter = get_object_or_404(_matters_of(request), pk=pk)
    [row] = matter_rows(matters=Matter.objects.filter(pk=pk), today=timezone.localdate())
    events = MatterEvent.objects.filter(matter=matter).select_related("by").order_by("pk")
    return Response(
        {
            **MatterSerializer(row).data,
            "moves": matter_moves_open_to(matter=matter, user=reader),
            "history": MatterEventSerializer(events, many=True).data,
        }
    )


def _matters_of(request: Request) -> QuerySet[Matter]:
    return Matter.objects.visible_to(reader_of(request)).select_related("addressed_to")


class OneMatter(KnownParameters):
    """One matter to coordinate, by its id."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)

    @extend_schema(responses=MatterDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The matter with its history and what you may do with it."""
        return _detail(pk, request)


class MatterMoves(KnownParameters):
    """A move of a matter: address, answer, close, reopen."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)

    @extend_schema(
        operation_id="registers_matters_move",
        request=MatterMoveSerializer,
        responses={
            200: MatterDetailSerializer,
            400: ProblemSerializer,
            403: ProblemSerializer,
            404: ProblemSerializer,
            409: ProblemSerializer,
        },
    )
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Move the matter on. Only coordinators address, close and reopen; the agency that it is
        addressed to answers, and so may a coordinator."""
        matter = get_object_or_404(_matters_of(request), pk=pk)
        made = MatterMove(move)
        matter_right_check(matter=matter, move=made, by=reader_of(request))
        body = MatterMoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = body.validated_data
        about: Mapping[str, Any] = {
            "matter": matter,
            "by": reader_of(request),
            "now": timezone.now(),
            "version": given["version"],
        }
        writers: Mapping[MatterMove, Callable[[], Matter]] = {
            MatterMove.ADDRESS: lambda: matter_address(to=_agency(given.get("to")), **about),
            MatterMove.ANSWER: lambda: matter_answer(text=given["text"], **about),
            MatterMove.CLOSE: lambda: matter_close(note=given["note"], **about),
            MatterMove.REOPEN: lambda: matter_reopen(reason=given["reason"], **about),
        }
        writers[made]()
        return _detail(pk, request)


def _agency(pk: int | None) -> Agency:
    """The agency of this id; raises ValidationError, keyed "to", where there is none."""
    agency = Agency.objects.filter(pk=pk).first() if pk is not None else None
    if agency is None:
        raise serializers.ValidationError({"to": [_("There is no such agency.")]})
    return agency
