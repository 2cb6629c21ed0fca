"""What endpoints that write have in common: one thing or many, really or only to see."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.errors import ProblemSerializer, StaleVersionSerializer
from progress.api.parameters import KnownParameters, reader_of
from progress.api.rows import (
    DRY_RUN,
    ROWS,
    are_many,
    is_dry_run,
    rows_of,
    rows_written,
    shape_of_rows,
)

DRY_RUN_PARAMETER = OpenApiParameter(
    DRY_RUN,
    bool,
    description=_("true tells what would be done, with every refusal, and does nothing of it."),
)


def answers(shape: Any, *, status: int = 200, stale: bool = False) -> dict[int, Any]:
    """What a write is answered with, for the description of the API."""
    refused = dict.fromkeys((400, 403, 404, 409, 412, 413, 422, 428, 429), ProblemSerializer)
    return {
        status: shape,
        **refused,
        **({409: StaleVersionSerializer} if stale else {}),
    }


def one_or_many(shape: type[StrictSerializer]) -> PolymorphicProxySerializer:
    """The body that `Creates` reads, for the description of the API."""
    name = shape.__name__.removesuffix("Serializer")
    return PolymorphicProxySerializer(
        component_name=f"{name}OneOrMany",
        serializers=[shape, shape_of_rows(shape, f"{name}RowsSerializer")],
        resource_type_field_name=None,
    )


class Creates(KnownParameters):
    """POST writes one thing, or with {"rows": […]} up to 500, all of them or none.

    201 with the thing, or with {"rows": […]} in the order sent; 200 for a dry run.
    """

    parameters: ClassVar[Mapping[str, tuple[str, ...]]] = {"POST": (DRY_RUN,)}
    sends: ClassVar[type[StrictSerializer]]

    def write(self, given: Mapping[str, Any], *, by: User) -> Any:
        """Write one, by the workflow's own function."""
        raise NotImplementedError

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        """What was written, in this order, as its reader is given it."""
        raise NotImplementedError

    def order(self, given: Mapping[str, Any]) -> Any:
        """The order in which the rows' locks are taken."""
        return 0

    def locks(self) -> None:
        """Take the locks that come before any row's."""

    def status_of(self, given: Mapping[str, Any]) -> int:
        """The status of the answer to one that was written."""
        return status.HTTP_201_CREATED

    def told(self, written: Any, request: Request) -> Response:
        """The answer to one: as in a list, where it is given in no other way."""
        [document] = self.tell([written], request)
        return Response(document)

    def location(self, written: Any, request: Request) -> str | None:
        """The address of what was written, where it has one."""
        return None

    def created(self, request: Request) -> Response:
        """What `post` of each endpoint is: it is written there for the description of the API."""
        by, dry_run = reader_of(request), is_dry_run(request)
        if are_many(request):
            rows = rows_of(request, self.sends)
            with transaction.atomic():
                written = rows_written(
                    rows,
                    lambda given: self.write(given, by=by),
                    order=self.order,
                    locks=self.locks,
                )
                told = self.tell(written, request)
                transaction.set_rollback(dry_run)
            if dry_run:
                told = [self._foreseen(one, given) for one, given in zip(told, rows, strict=True)]
            return Response({ROWS: told}, status=_status(dry_run))
        body = self.sends(data=request.data)
        body.is_valid(raise_exception=True)
        with transaction.atomic():
            one = self.write(body.validated_data, by=by)
            answer, address = self.told(one, request), self.location(one, request)
            transaction.set_rollback(dry_run)
        if dry_run:
            answer.data = self._foreseen(answer.data, body.validated_data)
            answer.status_code = _status(dry_run)
            return answer
        answer.status_code = self.status_of(body.validated_data)
        if address:
            answer["Location"] = address
        return answer

    def _foreseen(self, document: Any, given: Mapping[str, Any]) -> Any:
        """What would be made has no id yet: the one that it was written under was taken back."""
        is_new = self.status_of(given) == status.HTTP_201_CREATED
        return without_id(document) if is_new else document


class ReasonSerializer(StrictSerializer):
    """Why."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=10_000,
        help_text=_("Why; at most 10,000 characters."),
    )


def without_id(document: Any) -> Any:
    return {**document, "id": None} if "id" in document else document


def sent(shape: type[StrictSerializer], request: Request, **kwargs: Any) -> dict[str, Any]:
    """What the body says, in this shape; raises ValidationError keyed by field."""
    body = shape(data=request.data, **kwargs)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _status(dry_run: bool) -> int:
    return status.HTTP_200_OK if dry_run else status.HTTP_201_CREATED
