"""The shapes in which the registers are read, and in which a matter is moved."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress.api.bodies import StrictSerializer
from progress.api.report_shapes import LARGEST_INTEGER
from progress.models import CompletionState, DecisionState, MatterMove, MatterState, ResultKind
from progress.rollups import Register
from progress.workflow import LONGEST_TEXT


class AgencyRefSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The agency's id."))
    name = serializers.CharField(help_text=_("Its name."))
    short_name = serializers.CharField(help_text=_("Its name as tables write it."))


class EntrySerializer(serializers.Serializer[Any]):
    """What every entry of a register is about."""

    id = serializers.IntegerField(help_text=_("The entry's id."))
    task = serializers.IntegerField(source="about.task_number", help_text=_("The task's number."))
    task_title = serializers.CharField(source="about.task_title", help_text=_("The task."))
    chapter = serializers.IntegerField(
        source="about.chapter_number", help_text=_("The chapter's number.")
    )
    lead = AgencyRefSerializer(
        source="about.lead", allow_null=True, help_text=_("Who compiles the task's report.")
    )
    period = serializers.CharField(
        source="about.period_code", help_text=_("The period of the report that raised it.")
    )


class MatterSerializer(EntrySerializer):
    text = serializers.CharField(help_text=_("What others have to decide or do."))
    state = serializers.ChoiceField(MatterState.choices, help_text=_("Where the matter is."))
    raised_by = AgencyRefSerializer(
        allow_null=True,
        help_text=_("Whose report raised it, named as it was then; `lead` is who compiles today."),
    )
    raised_on = serializers.DateField(help_text=_("When it was raised."))
    days = serializers.IntegerField(
        help_text=_("Days from its raising to its closing, or to today.")
    )
    working_days = serializers.IntegerField(help_text=_("The working days among them."))
    addressed_to = AgencyRefSerializer(allow_null=True, help_text=_("Who has to answer, or null."))
    addressed_on = serializers.DateField(allow_null=True, help_text=_("Since when, or null."))
    answer = serializers.CharField(help_text=_("The last answer; empty before the first."))
    answered_on = serializers.DateField(
        allow_null=True, help_text=_("When it was last answered, or null.")
    )
    closed_on = serializers.DateField(allow_null=True, help_text=_("When it was closed, or null."))
    closed_by = serializers.CharField(help_text=_("Who closed it; empty while it is not closed."))
    closing_note = serializers.CharField(help_text=_("How it was settled; may be empty."))
    version = serializers.IntegerField(
        help_text=_("Counts what was done with it; send back the one that you read.")
    )


class ExtensionSerializer(EntrySerializer):
    measure = serializers.IntegerField(
        source="measure_ordinal",
        allow_null=True,
        help_text=_("The measure's place in the task; null: the whole task."),
    )
    original_deadline = serializers.DateField(
        allow_null=True, help_text=_("The first deadline, where another has taken its place.")
    )
    deadline = serializers.DateField(help_text=_("The deadline when it was asked for."))
    new_deadline = serializers.DateField(help_text=_("The deadline asked for."))
    reason = serializers.CharField(help_text=_("Why it is asked for."))
    state = serializers.ChoiceField(DecisionState.choices, help_text=_("What became of it."))
    requested_on = serializers.DateField(help_text=_("When it was asked for."))
    requested_by = serializers.CharField(help_text=_("Who asked for it."))
    decided_on = serializers.DateField(allow_null=True, help_text=_("When it was decided."))
    decided_by = serializers.CharField(help_text=_("Who decided; empty before."))
    decision_reason = serializers.CharField(help_text=_("Why; may be empty."))


class CompletionSerializer(EntrySerializer):
    measure = serializers.IntegerField(
        source="measure_ordinal", help_text=_("The measure's place in the task, from 1.")
    )
    measure_text = serializers.CharField(help_text=_("The measure as the list writes it."))
    state = serializers.ChoiceField(CompletionState.choices, help_text=_("What became of it."))
    requested_on = serializers.DateField(help_text=_("When it was asked for."))
    requested_by = serializers.CharField(help_text=_("Who asked for it."))
    decided_on = serializers.DateField(allow_null=True, help_text=_("When it was decided."))
    decided_by = serializers.CharField(help_text=_("Who decided; empty before."))
    decision_reason = serializers.CharField(help_text=_("Why; may be empty."))
    reopened_on = serializers.DateField(
        allow_null=True, help_text=_("When it was reopened, or null.")
    )
    reopened_by = serializers.CharField(help_text=_("Who reopened it; empty if nobody did."))
    reopening_reason = serializers.CharField(help_text=_("Why it was reopened; may be empty."))


class ResultSerializer(EntrySerializer):
    measure = serializers.IntegerField(
        source="measure_ordinal",
        allow_null=True,
        help_text=_("The measure's place in the task; null: the whole task."),
    )
    kind = serializers.ChoiceField(ResultKind.choices, help_text=_("What kind of result it is."))
    title = serializers.CharField(help_text=_("What it is called."))
    document = serializers.CharField(help_text=_("Its document number; may be empty."))
    came_on = serializers.DateField(
        help_text=_("The day on which it was issued, landed or made public.")
    )
    note = serializers.CharField(help_text=_("What it is, in more words; may be empty."))
    added_on = serializers.DateField(help_text=_("When it was entered."))
    added_by = serializers.CharField(help_text=_("Who entered it."))
    struck_on = serializers.DateField(
        allow_null=True, help_text=_("When it was struck out, or null.")
    )
    struck_by = serializers.CharField(help_text=_("Who struck it out; empty if nobody did."))
    struck_reason = serializers.CharField(help_text=_("Why it was struck out; may be empty."))


class MatterEventSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text=_("When it was."))
    by = serializers.CharField(help_text=_("Who it was."))
    move = serializers.ChoiceField(MatterMove.choices, help_text=_("What was done."))
    text = serializers.CharField(help_text=_("The words, the answer, the agency, or why."))


class MatterDetailSerializer(MatterSerializer):
    moves = serializers.ListField(
        child=serializers.ChoiceField(MatterMove.choices),
        help_text=_("What you may do with it now."),
    )
    history = MatterEventSerializer(many=True, help_text=_("What was done, the oldest first."))


class RegisterCountSerializer(serializers.Serializer[Any]):
    register = serializers.ChoiceField(Register.choices, help_text=_("Which register."))
    all = serializers.IntegerField(
        help_text=_("How many entries you may read; results that were struck out are left away.")
    )
    waiting = serializers.IntegerField(help_text=_("How many of them wait for somebody."))
    by_state = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many by state; results by kind.")
    )


class MatterMoveSerializer(StrictSerializer):
    """A move of a matter. Which fields it reads: address `to`, answer `text`, close `note`, reopen
    `reason`; all of them `version`. Classified content must not be entered."""

    version = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=_(
            "The version that you were looking at, unless you send its ETag as If-Match: a later "
            "one is a conflict."
        ),
    )
    to = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_INTEGER,
        help_text=_("address: the id of the agency that has to answer."),
    )
    text = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=LONGEST_TEXT,
        help_text=_("answer: the answer."),
    )
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=LONGEST_TEXT,
        help_text=_("close: how it was settled; needed where nobody has answered."),
    )
    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=LONGEST_TEXT,
        help_text=_("reopen: why it is taken up again."),
    )
