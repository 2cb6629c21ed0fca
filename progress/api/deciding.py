"""Entries of the registers: extensions asked for and decided, completions reopened, results."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.named import (
    TASK_NUMBER,
    measure_named,
    ordinal_field,
    period_field,
    period_named,
    task_named,
    text,
    whole,
)
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly, ReadersOfRegisters
from progress.api.register_shapes import (
    CompletionSerializer,
    ExtensionSerializer,
    ResultSerializer,
)
from progress.api.registers import (
    Extensions,
    OneCompletion,
    OneExtension,
    OneResult,
    Results,
)
from progress.api.writing import (
    DRY_RUN_PARAMETER,
    Creates,
    ReasonSerializer,
    answers,
    one_or_many,
    sent,
)
from progress.models import Completion, Extension, ReportingPeriod, Result, ResultKind
from progress.rollups import Register, entries_of, register_rows
from progress.workflow import (
    completion_reopen,
    extension_decide,
    extension_request,
    extension_withdraw,
    result_add,
    result_strike,
)


class _Added(Creates):
    """Adding entries to a register."""

    register: ClassVar[Register]
    entry_serializer: ClassVar[type[serializers.Serializer[Any]]]
    route: ClassVar[str]

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        ids = [one.pk for one in written]
        return _told(self.register, ids, self.entry_serializer, reader_of(request))

    def order(self, given: Mapping[str, Any]) -> Any:
        return (given["period"], given["task"], given["measure"] or 0)

    def locks(self) -> None:
        list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))

    def location(self, written: Any, request: Request) -> str:
        return reverse(self.route, args=[written.pk], request=request)


def _told(
    register: Register,
    ids: Sequence[int],
    shape: type[serializers.Serializer[Any]],
    user: User,
) -> list[Any]:
    """The entries of these ids that the person may read, in this order."""
    entries = entries_of(register, user=user).filter(pk__in=ids)
    rows = register_rows(register, entries, today=timezone.localdate())
    by_id = {row.id: row for row in rows}
    return [shape(by_id[pk]).data for pk in ids if pk in by_id]


# --- Extensions --------------------------------------------------------------------------------


class ExtensionRequestSerializer(StrictSerializer):
    """A later deadline asked for, of a task or of one of its measures."""

    task = whole(TASK_NUMBER)
    period = period_field()
    measure = ordinal_field()
    new_deadline = serializers.DateField(
        help_text=gettext_lazy("The deadline asked for, YYYY-MM-DD.")
    )
    reason = text(gettext_lazy("Why the present one cannot be kept; at most 10,000 characters."))


class ExtensionsRequested(_Added, Extensions):
    """Extension requests that you may read, the latest first."""

    sends = ExtensionRequestSerializer
    entry_serializer = ExtensionSerializer
    route = "api:extension"

    @extend_schema(
        operation_id="registers_extensions_request",
        request=one_or_many(ExtensionRequestSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ExtensionSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Ask for a later deadline of a task or of one of its measures, or for many. 409 where no
        deadline is set, it has passed, or another request is undecided."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Extension:
        task = task_named(given["task"], by=by)
        return extension_request(
            task=task,
            period=period_named(given["period"], by=by),
            measure=measure_named(given["measure"], task=task),
            new_deadline=given["new_deadline"],
            reason=given["reason"],
            by=by,
            now=timezone.now(),
        )


class ExtensionMoves(KnownParameters):
    """A move of an extension request: grant, refuse, withdraw."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    reads_as = OneExtension

    @extend_schema(
        operation_id="registers_extensions_move",
        request=ReasonSerializer,
        responses=answers(ExtensionSerializer),
    )
    def post(self, request: Request, pk: int, move: str) -> Response:
        """Grant or refuse the request, by a coordinator, or withdraw it, by who could make it.
        Granting moves the deadline; a refusal needs a reason."""
        by, now = reader_of(request), timezone.now()
        entries = Extension.objects.visible_to(by).select_related("task")
        extension = get_object_or_404(entries, pk=pk)
        if move == "withdraw":
            # It asks for no reason; a field that nobody knows is told all the same.
            sent(ReasonSerializer, request)
            extension_withdraw(extension=extension, by=by, now=now)
            return self.answered(request)
        if not by.is_coordinator:
            raise PermissionDenied(_("Only a coordinator decides on a later deadline."))
        reason = sent(ReasonSerializer, request)["reason"]
        extension_decide(
            extension=extension, granted=move == "grant", by=by, now=now, reason=reason
        )
        return self.answered(request)


# --- Completions -------------------------------------------------------------------------------


class CompletionReopening(KnownParameters):
    """Reopening a completion."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters, CoordinatorsOnly)
    reads_as = OneCompletion

    @extend_schema(
        operation_id="registers_completions_reopen",
        request=ReasonSerializer,
        responses=answers(CompletionSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let the measure count as in progress again, with a reason. It is granted or refused with
        its report, by the report's move approve."""
        by = reader_of(request)
        completion = get_object_or_404(Completion.objects.visible_to(by), pk=pk)
        reason = sent(ReasonSerializer, request)["reason"]
        completion_reopen(completion=completion, reason=reason, by=by, now=timezone.now())
        return self.answered(request)


# --- Results -----------------------------------------------------------------------------------


class ResultAddSerializer(StrictSerializer):
    """What a task has brought about. Classified content must not be entered."""

    task = whole(TASK_NUMBER)
    period = period_field()
    measure = ordinal_field()
    kind = serializers.ChoiceField(ResultKind.choices, help_text=gettext_lazy("What it is."))
    title = serializers.CharField(
        max_length=400, help_text=gettext_lazy("What it is called; at most 200 characters.")
    )
    came_on = serializers.DateField(
        help_text=gettext_lazy("The day since which there is it, YYYY-MM-DD.")
    )
    document = text(gettext_lazy("The number of its document, or empty."), longest=200)
    note = text(gettext_lazy("What else is to be said; at most 10,000 characters."))


class ResultsAdded(_Added, Results):
    """Results that you may read, the latest first."""

    sends = ResultAddSerializer
    entry_serializer = ResultSerializer
    route = "api:result"

    @extend_schema(
        operation_id="registers_results_add",
        request=one_or_many(ResultAddSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(ResultSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Add a result to the period's report of a task, or many to several; a report that nobody
        has begun is begun with what it starts from."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> Result:
        task = task_named(given["task"], by=by)
        return result_add(
            task=task,
            period=period_named(given["period"], by=by),
            measure=measure_named(given["measure"], task=task),
            by=by,
            now=timezone.now(),
            **{name: given[name] for name in ("kind", "title", "came_on", "document", "note")},
        )


class ResultStriking(KnownParameters):
    """Striking a result out."""

    permission_classes = (SignedInWithinAccess, ReadersOfRegisters)
    reads_as = OneResult

    @extend_schema(
        operation_id="registers_results_strike",
        request=ReasonSerializer,
        responses=answers(ResultSerializer),
    )
    def post(self, request: Request, pk: int) -> Response:
        """Strike out what was entered by mistake, with a reason; it stays readable."""
        by = reader_of(request)
        result = get_object_or_404(Result.objects.visible_to(by).select_related("task"), pk=pk)
        reason = sent(ReasonSerializer, request)["reason"]
        result_strike(result=result, reason=reason, by=by, now=timezone.now())
        return self.answered(request)
