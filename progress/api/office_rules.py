"""What the office sets: the reporting rules, and corrections to the working calendar."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from agencies.authentication import SignedInWithinAccess
from agencies.models import User
from progress.api.bodies import StrictSerializer
from progress.api.errors import ProblemSerializer
from progress.api.named import text
from progress.api.office import (
    CalendarCorrections,
    CalendarCorrectionSerializer,
    PolicySerializer,
    Rules,
)
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CalendarKeepersOnly
from progress.api.rows import DRY_RUN, is_dry_run
from progress.api.writing import DRY_RUN_PARAMETER, Creates, answers, one_or_many, sent
from progress.lights import Light
from progress.models import CalendarCorrection, Policy, ReportingPeriod
from progress.rollups import lights_under, task_rows
from progress.workflow import (
    RULES,
    correction_add,
    correction_remove,
    policy_change,
    policy_wanted,
    rules_digest,
)
from tasks.models import Task

# --- Rules -------------------------------------------------------------------------------------


class RulesSerializer(PolicySerializer):
    """The reporting rules; what each field is called and what it counts stands with it."""

    version = serializers.SerializerMethodField(
        help_text=_("Stands for the rules as they are; send it back.")
    )

    class Meta(PolicySerializer.Meta):
        fields = ("version", *RULES)  # type: ignore[assignment]

    def get_version(self, policy: Policy) -> str:
        return rules_digest(policy)


class PolicyWriteSerializer(serializers.ModelSerializer[Policy], StrictSerializer):
    """The rules as they are to be; what is left out of a PATCH stays."""

    version = serializers.CharField(
        required=False,
        max_length=64,
        write_only=True,
        help_text=_("The version that you read, unless you send its ETag as If-Match."),
    )

    class Meta:
        model = Policy
        fields: ClassVar = ["version", *RULES]


class TaskTurnedSerializer(serializers.Serializer[Any]):
    task = serializers.IntegerField(help_text=_("The task's number."))
    before = serializers.ChoiceField(
        [(one.value, one.value) for one in Light], help_text=_("The light it shows today.")
    )
    after = serializers.ChoiceField(
        [(one.value, one.value) for one in Light], help_text=_("The light it would show.")
    )


class PolicyPreviewSerializer(serializers.Serializer[Any]):
    """What the rules would do to today's lights."""

    changed = serializers.IntegerField(help_text=_("How many tasks would show another light."))
    unchanged = serializers.IntegerField(help_text=_("How many would keep theirs."))
    tasks = TaskTurnedSerializer(many=True, help_text=_("Those that would show another one."))


class TurnedLightSerializer(serializers.Serializer[Any]):
    task = serializers.IntegerField(help_text=_("The task's number."))
    before = serializers.ChoiceField(Light.choices, help_text=_("The light by the rules in force."))
    after = serializers.ChoiceField(Light.choices, help_text=_("The light by those sent."))


class RulesPreviewSerializer(serializers.Serializer[Any]):
    """What other rules would change of today's lights."""

    changed = serializers.IntegerField(help_text=_("How many tasks would show another light."))
    unchanged = serializers.IntegerField(help_text=_("How many tasks would show the same."))
    tasks = TurnedLightSerializer(many=True, help_text=_("Those with another light."))


RULES_OR_PREVIEW = PolymorphicProxySerializer(
    component_name="RulesOrPreview",
    serializers=[RulesSerializer, RulesPreviewSerializer],
    resource_type_field_name=None,
)


class ReportingRules(Rules):
    """The reporting rules that coordinators set."""

    shape = RulesSerializer
    parameters: ClassVar = {"PUT": (DRY_RUN,), "PATCH": (DRY_RUN,)}

    @extend_schema(operation_id="rules_retrieve", responses=RulesSerializer)
    def get(self, request: Request) -> Response:
        """The rules in force."""
        return super().get(request)

    @extend_schema(
        operation_id="rules_replace",
        request=PolicyWriteSerializer,
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(RULES_OR_PREVIEW),
    )
    def put(self, request: Request) -> Response:
        """Set all rules. Periods that are open or closed keep their days. With dry_run=true it
        tells which lights of today they would change."""
        return self._save(request, partial=False)

    @extend_schema(
        operation_id="rules_change",
        request=PolicyWriteSerializer,
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(RULES_OR_PREVIEW),
    )
    def patch(self, request: Request) -> Response:
        """Set some rules; the others stay."""
        return self._save(request, partial=True)

    def _save(self, request: Request, *, partial: bool) -> Response:
        by, stored = reader_of(request), Policy.current()
        given = sent(PolicyWriteSerializer, request, instance=stored, partial=partial)
        rules = {name: given.get(name, getattr(stored, name)) for name in RULES}
        if is_dry_run(request):
            return Response(_preview(policy_wanted(by=by, rules=rules), by))
        policy_change(by=by, now=timezone.now(), started_from=str(self.seen(given)), rules=rules)
        return self.answered(request)


def _preview(policy: Policy, user: User) -> dict[str, Any]:
    period, today = ReportingPeriod.objects.visible_to(user).current(), timezone.localdate()
    rows = task_rows(tasks=Task.objects.visible_to(user), period=period, user=user, today=today)
    under = lights_under(rows=rows, period=period, policy=policy, today=today)
    return {
        "changed": under.changed,
        "unchanged": under.unchanged,
        "tasks": [
            {"task": turned.row.number, "before": change.before, "after": change.after}
            for change in under.changes
            for turned in change.tasks
        ],
    }


# --- Calendar ----------------------------------------------------------------------------------


class CorrectionWriteSerializer(StrictSerializer):
    """A day that is working or off, against what the statutory calendar says."""

    day = serializers.DateField(help_text=_("The day, YYYY-MM-DD."))
    working = serializers.BooleanField(help_text=_("Whether it is a working day."))
    note = text(_("Such as the notice that says so; at most 200 characters."), longest=200)


class CorrectionsAdded(Creates, CalendarCorrections):
    """The corrections of the working calendar, by day."""

    sends = CorrectionWriteSerializer

    @extend_schema(
        operation_id="calendar_add",
        request=one_or_many(CorrectionWriteSerializer),
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(CalendarCorrectionSerializer, status=201),
    )
    def post(self, request: Request) -> Response:
        """Declare a day working or off, or many of them."""
        return self.created(request)

    def write(self, given: Mapping[str, Any], *, by: User) -> CalendarCorrection:
        return correction_add(by=by, now=timezone.now(), **given)

    def tell(self, written: Sequence[Any], request: Request) -> list[Any]:
        return [CalendarCorrectionSerializer(one).data for one in written]

    def order(self, given: Mapping[str, Any]) -> Any:
        return given["day"]

    def location(self, written: Any, request: Request) -> str:
        return reverse("api:calendar-day", args=[written.day.isoformat()], request=request)


class OneCorrection(KnownParameters):
    """One correction of the working calendar, by its day."""

    permission_classes = (SignedInWithinAccess, CalendarKeepersOnly)
    shape = CalendarCorrectionSerializer
    reads_by = ("day",)

    @extend_schema(operation_id="calendar_retrieve", responses=CalendarCorrectionSerializer)
    def get(self, request: Request, day: str) -> Response:
        """The correction of that day."""
        return Response(self.chosen(_correction_of(day)))

    @extend_schema(
        operation_id="calendar_remove",
        responses={204: None, 403: ProblemSerializer, 404: ProblemSerializer},
    )
    def delete(self, request: Request, day: str) -> Response:
        """Take it back, so that the statutory calendar holds again for that day."""
        correction_remove(by=reader_of(request), now=timezone.now(), correction=_correction_of(day))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _correction_of(day: str) -> CalendarCorrection:
    try:
        wanted = dt.date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    return get_object_or_404(CalendarCorrection, day=wanted)
