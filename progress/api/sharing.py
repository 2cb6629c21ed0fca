"""Who answers for a task and which measures concern whom."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from agencies.models import Agency
from progress.api.bodies import StrictSerializer
from progress.api.named import agency_named, text, whole
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsWrite, ReadersOfTheRegister
from progress.api.writing import answers, sent
from progress.workflow import may_write
from progress.workflow.succession import task_agencies_change
from tasks.duties import duties_of, duties_write
from tasks.models import Division, ResponsibilityRole, Task
from tasks.responsibilities import parts_digest, parts_of

AGENCY = gettext_lazy("The agency's id.")
ROLE = gettext_lazy("Whether it leads or shares.")
DIVISION = gettext_lazy("How they share the task.")


class PartSerializer(StrictSerializer):
    agency = whole(AGENCY)
    role = serializers.ChoiceField(ResponsibilityRole.choices, help_text=ROLE)


class PartReadSerializer(serializers.Serializer[Any]):
    agency = serializers.IntegerField(source="agency.pk", help_text=AGENCY)
    name = serializers.CharField(source="agency.name", help_text=gettext_lazy("Its name."))
    role = serializers.ChoiceField(ResponsibilityRole.choices, help_text=ROLE)


class TaskAgenciesSerializer(serializers.Serializer[Any]):
    division = serializers.ChoiceField(Division.choices, help_text=DIVISION)
    agencies = PartReadSerializer(
        many=True, help_text=gettext_lazy("In order; the first compiles.")
    )
    version = serializers.CharField(
        help_text=gettext_lazy("Stands for who answers and how; send it back.")
    )


class TaskAgenciesWriteSerializer(StrictSerializer):
    """Who answers for a task from now on: the whole list, in order."""

    version = serializers.CharField(
        required=False,
        max_length=64,
        help_text=gettext_lazy("The version that you read, unless you send its ETag as If-Match."),
    )
    division = serializers.ChoiceField(Division.choices, help_text=DIVISION)
    agencies = PartSerializer(many=True, help_text=gettext_lazy("The first one compiles."))
    reason = text(gettext_lazy("Why; it stays in the task's history."), longest=2_000)
    document = text(gettext_lazy("The document that says so, or empty."), longest=200)


class TaskAgencies(KnownParameters):
    """Who answers for one task."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister, CoordinatorsWrite)
    shape = TaskAgenciesSerializer
    reads_by = ("number",)

    @extend_schema(responses=TaskAgenciesSerializer)
    def get(self, request: Request, number: int) -> Response:
        """Who answers for the task today, and how they share it."""
        task = _task_of(request, number)
        parts = parts_of(task)
        return Response(
            self.wanted.of(
                {
                    "division": task.division,
                    "agencies": PartReadSerializer(parts, many=True).data,
                    "version": parts_digest(task.division, parts),
                }
            )
        )

    @extend_schema(request=TaskAgenciesWriteSerializer, responses=answers(TaskAgenciesSerializer))
    def put(self, request: Request, number: int) -> Response:
        """Say who answers for the task from now on; its open reports follow. 409 where others
        answer for it by now than you saw."""
        by = reader_of(request)
        task = _task_of(request, number)
        given = sent(TaskAgenciesWriteSerializer, request)
        agencies = [
            (agency_named(part["agency"], by=by, field=f"agencies.{place}.agency"), part["role"])
            for place, part in enumerate(given["agencies"])
        ]
        task_agencies_change(
            task=task,
            division=given["division"],
            agencies=agencies,
            reason=given["reason"],
            document=given["document"],
            by=by,
            now=timezone.now(),
            seen=str(self.seen(given)),
        )
        return self.answered(request)


class DutySerializer(StrictSerializer):
    agency = whole(AGENCY)
    measures = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1_000),
        help_text=gettext_lazy("The measures that concern it, by their places, at least one."),
    )


class TaskDutiesWriteSerializer(StrictSerializer):
    """Which measures concern which of the task's other agencies, of all of them."""

    duties = DutySerializer(many=True, help_text=gettext_lazy("One for each other agency."))
    reason = text(gettext_lazy("Why; it stays in the task's history."), longest=2_000)


class TaskDutiesSerializer(serializers.Serializer[Any]):
    duties = DutySerializer(many=True, help_text=gettext_lazy("One for each other agency."))


class TaskDuties(KnownParameters):
    """Which measures of one task concern which of its agencies."""

    permission_classes = (SignedInWithinAccess, ReadersOfTheRegister)
    shape = TaskDutiesSerializer
    reads_by = ("number",)

    @extend_schema(responses=TaskDutiesSerializer)
    def get(self, request: Request, number: int) -> Response:
        """Which measures concern which of the task's other agencies; for those agencies, its lead
        and coordinators."""
        user, task = reader_of(request), _task_of(request, number)
        shares = Task.objects.filter(pk=task.pk).shared_by(user.agency_ids).exists()
        if not (user.is_coordinator or shares or may_write(task=task, user=user)):
            raise PermissionDenied(_lead_alone(task))
        ordinals = dict(task.measures.order_by("ordinal").values_list("pk", "ordinal"))
        said = duties_of(task)
        duties = [
            {
                "agency": agency.pk,
                "measures": sorted(ordinals[pk] for pk in said.get(agency.pk, ordinals)),
            }
            for agency in _others(task)
        ]
        return Response(self.wanted.of({"duties": duties}))

    @extend_schema(request=TaskDutiesWriteSerializer, responses=answers(TaskDutiesSerializer))
    def put(self, request: Request, number: int) -> Response:
        """Say it for all of them, by the task's lead. If-Match has to say what you started from."""
        by, task = reader_of(request), _task_of(request, number)
        if not may_write(task=task, user=by):
            raise PermissionDenied(_lead_alone(task))
        given = sent(TaskDutiesWriteSerializer, request)
        duties = _duties_sent(given["duties"], task)
        rows = Task.objects.select_for_update().filter(pk=task.pk)
        with self.unchanged(request, lambda: list(rows)):
            duties_write(
                task=task, by=by, now=timezone.now(), duties=duties, reason=given["reason"]
            )
        return self.answered(request)


def _duties_sent(given: list[Mapping[str, Any]], task: Task) -> dict[int, set[int]]:
    """Ids of measures by the agency's id. Raises ValidationError, keyed "duties", where an agency
    is missing, is none of the task's or is asked for nothing, as the page does."""
    ordinals = dict(task.measures.values_list("ordinal", "pk"))
    said = {one["agency"]: set(one["measures"]) for one in given}
    others = {agency.pk: agency for agency in _others(task)}
    problems = [
        _("Choose at least one measure for %(agency)s.") % {"agency": agency.name}
        for pk, agency in others.items()
        if not said.get(pk)
    ]
    if said.keys() - others.keys() or any(chosen - ordinals.keys() for chosen in said.values()):
        problems.append(_("The task has changed meanwhile; load the page again."))
    if problems:
        raise ValidationError({"duties": problems})
    return {pk: {ordinals[one] for one in chosen} for pk, chosen in said.items()}


def _others(task: Task) -> list[Agency]:
    parts = task.responsibilities.filter(position__gt=1).select_related("agency")
    return [part.agency for part in parts.order_by("position")]


def _task_of(request: Request, number: int) -> Task:
    return get_object_or_404(Task.objects.visible_to(reader_of(request)), number=number)


def _lead_alone(task: Task) -> str:
    return _("Only the lead of task %(number)d says which measures concern whom.") % {
        "number": task.number
    }
