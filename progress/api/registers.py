"""The registers that meetings are about: lists, counts, and the moves of a matter."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency
from progress.api.errors import ProblemSerializer
from progress.api.listed import Listed
from progress.api.named import agency_named
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import ReadersOfRegisters
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

# --- Lists -------------------------------------------------------------------------------------


class Registers(KnownParameters):
    """How many entries the four registers have, as you may read them."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    shape = RegisterCountSerializer

    @extend_schema(responses=RegisterCountSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(self.chosen(register_counts(user=reader_of(request)), many=True))


class _Entries(Listed[Any]):
    """Entries of one register that you may read, the latest first."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
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
        return self.get_paginated_response(self.documents([by_id[pk] for pk in ids]))


class Matters(_Entries):
    """Matters to coordinate that you may read, the latest first."""

    register = Register.MATTERS
    shape = MatterSerializer
    filterset_class = MatterFilter
    changes_of: ClassVar = {"pk": Matter}
    orders: ClassVar = register_orders(Register.MATTERS)
    default_order = default_order(Register.MATTERS)
    queryset = Matter.objects.none()  # for the description of the API


class Extensions(_Entries):
    """Extension requests that you may read, the latest first."""

    register = Register.EXTENSIONS
    shape = ExtensionSerializer
    filterset_class = ExtensionFilter
    changes_of: ClassVar = {"pk": Extension}
    orders: ClassVar = register_orders(Register.EXTENSIONS)
    default_order = default_order(Register.EXTENSIONS)
    queryset = Extension.objects.none()  # for the description of the API


class Completions(_Entries):
    """Completion requests that you may read, the latest first."""

    register = Register.COMPLETIONS
    shape = CompletionSerializer
    filterset_class = CompletionFilter
    changes_of: ClassVar = {"pk": Completion}
    orders: ClassVar = register_orders(Register.COMPLETIONS)
    default_order = default_order(Register.COMPLETIONS)
    queryset = Completion.objects.none()  # for the description of the API


class Results(_Entries):
    """Results that you may read, the latest first."""

    register = Register.RESULTS
    shape = ResultSerializer
    filterset_class = ResultFilter
    changes_of: ClassVar = {"pk": Result}
    orders: ClassVar = register_orders(Register.RESULTS)
    default_order = default_order(Register.RESULTS)
    queryset = Result.objects.none()  # for the description of the API


# --- One entry -----------------------------------------------------------------------------------


class _OneEntry(KnownParameters):
    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    register: ClassVar[Register]

    def entry(self, pk: int) -> Response:
        found = entries_of(self.register, user=reader_of(self.request)).filter(pk=pk)
        rows = register_rows(self.register, found, today=timezone.localdate())
        if not rows:
            raise NotFound
        return Response(self.chosen(rows[0]))


class OneExtension(_OneEntry):
    """One extension request, by its id."""

    register = Register.EXTENSIONS
    shape = ExtensionSerializer

    @extend_schema(responses=ExtensionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.entry(pk)


class OneCompletion(_OneEntry):
    """One completion request, by its id."""

    register = Register.COMPLETIONS
    shape = CompletionSerializer

    @extend_schema(responses=CompletionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.entry(pk)


class OneResult(_OneEntry):
    """One result, by its id."""

    register = Register.RESULTS
    shape = ResultSerializer

    @extend_schema(responses=ResultSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """Also one that was struck out."""
        return self.entry(pk)


# --- One matter, and its moves -------------------------------------------------------------------


def _matters_of(request: Request) -> QuerySet[Matter]:
    return Matter.objects.visible_to(reader_of(request)).select_related("addressed_to")


class OneMatter(KnownParameters):
    """One matter to coordinate, by its id."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    shape = MatterDetailSerializer

    @extend_schema(responses=MatterDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        """The matter with its history and what you may do with it."""
        matter = get_object_or_404(_matters_of(request), pk=pk)
        [row] = matter_rows(matters=Matter.objects.filter(pk=pk), today=timezone.localdate())
        document = dict(MatterSerializer(row).data)
        if self.wants("moves"):
            document["moves"] = matter_moves_open_to(matter=matter, user=reader_of(request))
        if self.wants("history"):
            events = MatterEvent.objects.filter(matter=matter).select_related("by").order_by("pk")
            document["history"] = MatterEventSerializer(events, many=True).data
        return Response(self.wanted.of(document))


class MatterMoves(KnownParameters):
    """A move of a matter: address, answer, close, reopen."""

    reads_as = OneMatter
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
            412: ProblemSerializer,
            422: ProblemSerializer,
            428: ProblemSerializer,
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
            "version": self.version_seen(given),
        }
        writers: Mapping[MatterMove, Callable[[], Matter]] = {
            MatterMove.ADDRESS: lambda: matter_address(to=_addressed(given, request), **about),
            MatterMove.ANSWER: lambda: matter_answer(text=given["text"], **about),
            MatterMove.CLOSE: lambda: matter_close(note=given["note"], **about),
            MatterMove.REOPEN: lambda: matter_reopen(reason=given["reason"], **about),
        }
        writers[made]()
        return self.answered(request)


def _addressed(given: Mapping[str, Any], request: Request) -> Agency:
    """Raises ValidationError, keyed "to", where there is no such agency, or none is named."""
    nobody = 0
    return agency_named(given.get("to") or nobody, by=reader_of(request), field="to")
