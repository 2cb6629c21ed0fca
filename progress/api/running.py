"""Whether the product's machinery runs: what the page on its running state shows."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.authentication import SignedInWithinAccess
from progress.api.parameters import KnownParameters, reader_of
from progress.health import Health, JobHealth, JobState, health_at, may_see_health


class SeersOfHealth(BasePermission):
    message = _("Only coordinators and administrators see whether jobs run.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        return may_see_health(reader_of(request))


class QueueSerializer(serializers.Serializer[Any]):
    waiting = serializers.IntegerField(help_text=_("How many jobs wait for a worker."))
    worker_answers = serializers.BooleanField(help_text=_("Whether a worker answers."))


class JobSerializer(serializers.Serializer[Any]):
    job = serializers.CharField(help_text=_("The job's name, the same in every language."))
    # The field is called as elsewhere, which is also a property of serializers.
    label = serializers.CharField(help_text=_("What it does."))  # type: ignore[assignment]
    reason = serializers.CharField(help_text=_("What it is for."))
    state = serializers.ChoiceField(JobState.choices, help_text=_("How its last run stands."))
    started_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When its last run began; null where there was none.")
    )
    fault = serializers.CharField(
        help_text=_("The kind of error that ended its last run; empty where none did.")
    )
    next_at = serializers.DateTimeField(
        help_text=_("When it is to run next; of an overdue one, when it should have.")
    )
    is_overdue = serializers.BooleanField(help_text=_("Whether it should have begun by now."))


class RunningSerializer(serializers.Serializer[Any]):
    warnings = serializers.ListField(
        child=serializers.CharField(),
        help_text=_("What is wrong, in sentences for people; empty where all is well."),
    )
    queue = QueueSerializer(
        allow_null=True,
        help_text=_("What waits at the broker; null where the broker cannot be reached."),
    )
    is_ordered = serializers.BooleanField(
        help_text=_("Whether the timetable has ordered a job within the last 15 minutes.")
    )
    jobs = JobSerializer(many=True, help_text=_("The jobs of the timetable."))


class Running(KnownParameters):
    """The state of the machinery."""

    permission_classes = (SignedInWithinAccess, SeersOfHealth)
    shape = RunningSerializer

    @extend_schema(responses=RunningSerializer)
    def get(self, request: Request) -> Response:
        """When each job ran last and runs next, what waits at the broker, and what is wrong. For a
        watch without an account there are /healthz and /readyz."""
        return Response(self.wanted.of(_document(health_at(timezone.now()))))


def _document(health: Health) -> dict[str, Any]:
    queue = health.queue
    return {
        "warnings": health.warnings,
        "queue": queue and {"waiting": queue.waiting, "worker_answers": queue.worker_answers},
        "is_ordered": health.is_ordered,
        "jobs": [JobSerializer(_job(one)).data for one in health.jobs],
    }


def _job(one: JobHealth) -> dict[str, Any]:
    return {
        "job": one.entry.job.rpartition(".")[2],
        "label": one.entry.label,
        "reason": one.entry.reason,
        "state": one.state,
        "started_at": one.started_at,
        "fault": one.fault,
        "next_at": one.next_at,
        "is_overdue": one.is_overdue,
    }
