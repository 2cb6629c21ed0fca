"""Reports as the API shows them, and the shapes in which they are written."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress.api.bodies import StrictSerializer
from progress.models import Report
from progress.states import Move, ReportState
from progress.workflow import LONGEST_TEXT
from tasks.models import Status

# PositiveIntegerField on every database; a version that is larger was never handed out.
LARGEST_INTEGER = 2_147_483_647

MEASURE_TEXT = _("What was done this period; at most 10,000 characters.")
PROBLEMS = _("Problems; at most 10,000 characters.")
NEXT_STEPS = _("Next steps; at most 10,000 characters.")
COORDINATION = _("Matters that need others; at most 10,000 characters.")


class MeasureProgressSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(
        source="measure.ordinal", help_text=_("The measure's place in the task, from 1.")
    )
    status = serializers.ChoiceField(Status.choices, help_text=_("How far the measure is."))
    text = serializers.CharField(help_text=MEASURE_TEXT)


class ReportSerializer(serializers.Serializer[Report]):
    id = serializers.IntegerField(help_text=_("The report's id."))
    task = serializers.IntegerField(source="task.number", help_text=_("The task's number."))
    task_title = serializers.CharField(source="task.title", help_text=_("The task."))
    period = serializers.CharField(source="period.code", help_text=_("The period's code."))
    state = serializers.ChoiceField(ReportState.choices, help_text=_("Where the report is."))
    version = serializers.IntegerField(
        help_text=_("Counts saves and moves from 1; send back the one that you read.")
    )
    measures = MeasureProgressSerializer(many=True, help_text=_("In the order of the list."))
    problems = serializers.CharField(help_text=PROBLEMS)
    next_steps = serializers.CharField(help_text=NEXT_STEPS)
    coordination = serializers.CharField(help_text=COORDINATION)
    created_at = serializers.DateTimeField(help_text=_("When it was begun."))
    updated_at = serializers.DateTimeField(help_text=_("When its text was last saved."))
    updated_by = serializers.CharField(help_text=_("Who last saved its text."))
    submitted_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was last given to a reviewer, or null.")
    )
    submitted_by = serializers.CharField(
        allow_null=True, help_text=_("Who last gave it to a reviewer, or null.")
    )
    handed_in_on = serializers.DateField(
        allow_null=True,
        help_text=_("The day on which it first reached the coordinating office, or null."),
    )
    taken_up_by = serializers.CharField(
        allow_null=True, help_text=_("The coordinator who is reviewing it, or null.")
    )
    approved_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When it was approved, or null.")
    )


class OpenMoveSerializer(serializers.Serializer[Any]):
    move = serializers.ChoiceField(Move.choices, help_text=_("The move; take_up is at take-up/."))
    needs_reason = serializers.BooleanField(help_text=_("Whether it must carry a reason."))


class ReportEventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text=_("When it was."))
    by = serializers.CharField(help_text=_("Who it was."))
    move = serializers.ChoiceField(Move.choices, help_text=_("What was done."))
    from_state = serializers.ChoiceField(ReportState.choices, help_text=_("The state before."))
    to_state = serializers.ChoiceField(ReportState.choices, help_text=_("The state after."))
    reason = serializers.CharField(help_text=_("Why; empty where none was asked for."))


class ReportDetailSerializer(ReportSerializer):
    moves = OpenMoveSerializer(many=True, help_text=_("What you may do with it now."))
    history = ReportEventSerializer(
        many=True,
        help_text=_("Its moves, the oldest first; leaders, who read what is approved, get none."),
    )


class MeasureWriteSerializer(StrictSerializer):
    ordinal = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=_("The measure's place in the task, from 1."),
    )
    status = serializers.ChoiceField(Status.choices, help_text=_("How far the measure is."))
    text = serializers.CharField(
        allow_blank=True,
        trim_whitespace=False,
        max_length=LONGEST_TEXT,
        help_text=MEASURE_TEXT,
    )


def _text(help_text: Any) -> serializers.CharField:
    return serializers.CharField(
        allow_blank=True, trim_whitespace=False, max_length=LONGEST_TEXT, help_text=help_text
    )


class ReportWriteSerializer(StrictSerializer):
    """All of a report's content. Classified content must not be entered."""

    version = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST_INTEGER,
        help_text=_("The version that you read, unless you send its ETag as If-Match."),
    )
    measures = MeasureWriteSerializer(
        many=True, help_text=_("Every measure of the task, each once.")
    )
    problems = _text(PROBLEMS)
    next_steps = _text(NEXT_STEPS)
    coordination = _text(COORDINATION)


class ReportChangeSerializer(ReportWriteSerializer):
    """The parts of a report's content that change; what is left out stays."""

    measures = MeasureWriteSerializer(
        many=True, required=False, help_text=_("The measures that change, each once.")
    )


class ReportCreateSerializer(ReportWriteSerializer):
    """A report's content together with the task and period that it is about."""

    version = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_INTEGER,
        help_text=_("The version that you read; 0 if nobody had begun the report."),
    )
    task = serializers.IntegerField(
        min_value=1, max_value=LARGEST_INTEGER, help_text=_("The task's number, 1 to 131.")
    )
    period = serializers.CharField(max_length=10, help_text=_("The period's code, e.g. 2026-10."))


class ReportStartSerializer(serializers.Serializer[Any]):
    """What the period's report starts from, in the shape in which it is written."""

    task = serializers.IntegerField(help_text=_("The task's number."))
    period = serializers.CharField(help_text=_("The period's code."))
    version = serializers.IntegerField(
        help_text=_("The version to send with the next save; 0 if nobody has begun the report.")
    )
    measures = MeasureWriteSerializer(many=True, help_text=_("Every measure of the task."))
    problems = serializers.CharField(help_text=PROBLEMS)
    next_steps = serializers.CharField(help_text=NEXT_STEPS)
    coordination = serializers.CharField(help_text=COORDINATION)


class RefusedCompletionSerializer(StrictSerializer):
    """A completion that is refused although the report is approved."""

    ordinal = serializers.IntegerField(
        min_value=1, max_value=LARGEST_INTEGER, help_text=_("The measure's place in its task.")
    )
    reason = serializers.CharField(
        max_length=LONGEST_TEXT,
        help_text=_("Why it does not count as completed. At most 10,000 characters."),
    )


class MoveSerializer(StrictSerializer):
    """A move. All of it may be left out, unless the move needs a reason."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        max_length=LONGEST_TEXT,
        help_text=_(
            "Why; return, reopen and object need it, and submit where a contribution or an "
            "agreement that is owed is missing. At most 10,000 characters."
        ),
    )
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=_("The version that you were looking at: a later one is a conflict."),
    )
    refused_completions = RefusedCompletionSerializer(
        many=True,
        required=False,
        help_text=_(
            "Of an approval: the completions that it does not grant. Those measures count as in "
            "progress; the report keeps what it says."
        ),
    )
