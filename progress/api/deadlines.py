"""Deadlines of tasks and measures: up to 500 set at once, with a reason."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.authentication import SignedInWithinAccess
from progress.api.answering import DeadlineChangeSerializer
from progress.api.bodies import StrictSerializer
from progress.api.named import TASK_NUMBER, ordinal_field, text, whole
from progress.api.parameters import KnownParameters, reader_of
from progress.api.permissions import CoordinatorsOnly
from progress.api.rows import DRY_RUN, MOST_ROWS, ROWS, RowsRefused, is_dry_run, rows_of
from progress.api.writing import DRY_RUN_PARAMETER, ReasonSerializer, answers, without_id
from tasks.deadlines import Deadline, DeadlineMovedError, deadlines_write
from tasks.models import Task


class DeadlineSerializer(StrictSerializer):
    """A deadline to be set, and the one that was seen."""

    task = whole(TASK_NUMBER)
    measure = ordinal_field()
    deadline = serializers.DateField(
        allow_null=True, help_text=gettext_lazy("The day, YYYY-MM-DD; null: none is set.")
    )
    seen = serializers.DateField(
        required=False,
        allow_null=True,
        help_text=gettext_lazy("The deadline that you saw; 409 where it is another by now."),
    )
    reason = text(gettext_lazy("Why this one, where it is not for the reason of all."))


class DeadlinesSerializer(StrictSerializer):
    """Deadlines to be set, all or none, and why."""

    rows = serializers.ListField(
        child=DeadlineSerializer(),
        min_length=1,
        max_length=MOST_ROWS,
        help_text=gettext_lazy("Up to 500."),
    )
    reason = text(gettext_lazy("Why; it is kept in the history of each. At most 10,000."))


class DeadlinesSetSerializer(serializers.Serializer[Any]):
    rows = DeadlineChangeSerializer(
        many=True, help_text=gettext_lazy("What changed; what held already is not among them.")
    )


class Deadlines(KnownParameters):
    """Setting deadlines."""

    permission_classes = (SignedInWithinAccess, CoordinatorsOnly)
    parameters: ClassVar = {"POST": (DRY_RUN,)}

    @extend_schema(
        operation_id="deadlines_set",
        request=DeadlinesSerializer,
        parameters=[DRY_RUN_PARAMETER],
        responses=answers(DeadlinesSetSerializer),
    )
    def post(self, request: Request) -> Response:
        """Set deadlines of tasks and measures, all of them or none. With dry_run=true it tells what
        would change. 409 where one that you saw is another by now, 422 where a measure would be due
        after its task."""
        by, dry_run = reader_of(request), is_dry_run(request)
        rows = rows_of(request, DeadlineSerializer, beside=("reason",))
        reason = _reason(request)
        numbers = {row["task"] for row in rows}
        tasks = Task.objects.visible_to(by).filter(number__in=numbers).prefetch_related("measures")
        known = {task.number: task for task in tasks}
        wanted, seen = _wanted(rows, known)
        with transaction.atomic():
            try:
                changed = deadlines_write(
                    changes=wanted, reason=reason, by=by, now=timezone.now(), seen=seen
                )
            except ValidationError as error:
                raise _at_the_rows(error, rows) from error
            except DeadlineMovedError as moved:
                raise _moved_at_the_rows(moved, wanted) from moved
            told = [DeadlineChangeSerializer(one).data for one in changed]
            transaction.set_rollback(dry_run)
        return Response({ROWS: [without_id(one) for one in told] if dry_run else told})


def _reason(request: Request) -> str:
    assert isinstance(request.data, Mapping)
    body = ReasonSerializer(data={"reason": request.data.get("reason", "")})
    body.is_valid(raise_exception=True)
    return str(body.validated_data["reason"])


def _wanted(
    rows: list[Mapping[str, Any]], known: Mapping[int, Task]
) -> tuple[list[Deadline], list[Deadline]]:
    """What the rows set, and what was seen. Raises RowsRefused for a row that names nothing or what
    another row names too."""
    wanted: list[Deadline] = []
    seen: list[Deadline] = []
    errors: dict[str, list[str]] = {}
    places: set[tuple[int, int | None]] = set()
    for number, row in enumerate(rows):
        task, ordinal = known.get(row["task"]), row["measure"]
        if task is None:
            errors[f"{ROWS}.{number}.task"] = [_("There is no such task.")]
            continue
        measure = next((one for one in task.measures.all() if one.ordinal == ordinal), None)
        if ordinal is not None and measure is None:
            sentence = _("Task %(task)d has no measure %(ordinal)d.")
            values = {"task": task.number, "ordinal": ordinal}
            errors[f"{ROWS}.{number}.measure"] = [sentence % values]
            continue
        if (task.pk, ordinal) in places:
            errors[f"{ROWS}.{number}"] = [_("An earlier row sets this deadline already.")]
            continue
        places.add((task.pk, ordinal))
        wanted.append(Deadline(task, measure, row["deadline"], row["reason"]))
        if "seen" in row:
            seen.append(Deadline(task, measure, row["seen"]))
    if errors:
        raise RowsRefused(errors, status_code=400)
    return wanted, seen


def _at_the_rows(error: ValidationError, rows: list[Mapping[str, Any]]) -> RowsRefused:
    """The writer's refusal, said of the rows of the tasks that it is about where there are any."""
    said: dict[str, list[str]] = {}
    for name, problems in error.error_dict.items():
        for problem in problems:
            params = problem.params or {}
            number = params.get("number") if isinstance(params, Mapping) else None
            at = [place for place, row in enumerate(rows) if row["task"] == number]
            key = f"{ROWS}.{at[0]}.{name}" if at else name
            said.setdefault(key, []).extend(problem.messages)
    return RowsRefused(said, status_code=422)


def _moved_at_the_rows(moved: DeadlineMovedError, wanted: list[Deadline]) -> RowsRefused:
    """What others have changed meanwhile, said of the rows that would set it."""
    places = {(one.task, one.measure): number for number, one in enumerate(wanted)}
    return RowsRefused(
        {
            f"{ROWS}.{places[one.task, one.measure]}.seen": [
                _("Changed meanwhile: %(now)s. Look again.") % {"now": one}
            ]
            for one in moved.moved
        },
        status_code=409,
    )
