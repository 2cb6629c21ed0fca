"""The shapes of the register: chapters, agencies, tasks with their measures and agencies."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from agencies.models import Agency, AgencyKind
from progress.lights import Light
from progress.states import ReportState
from tasks.models import Division, ResponsibilityRole, Status


class ChapterSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("1 to 14, as in the list."))
    title = serializers.CharField(help_text=_("The heading as the list writes it."))
    tasks = serializers.IntegerField(
        source="task_count", help_text=_("How many tasks stand under it.")
    )


class AgencySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("Stays the same when the agency is renamed."))
    name = serializers.CharField(help_text=_("The canonical name."))
    short_name = serializers.CharField(help_text=_("The name for narrow columns."))
    kind = serializers.ChoiceField(AgencyKind.choices, help_text=_("What it is."))
    acts_through = serializers.IntegerField(
        source="acts_through_id",
        allow_null=True,
        help_text=_("The id of the agency that acts for a body of members; null for all others."),
    )
    aliases = serializers.SerializerMethodField(help_text=_("Other spellings of its name."))
    valid_from = serializers.DateField(
        allow_null=True, help_text=_("The day it was set up, YYYY-MM-DD; null where not known.")
    )
    valid_to = serializers.DateField(
        allow_null=True, help_text=_("Its last day before it was merged; null while it stands.")
    )
    successor = serializers.IntegerField(
        source="successor_id",
        allow_null=True,
        help_text=_("The id of the agency that it was merged into; null while it stands."),
    )

    def get_aliases(self, agency: Agency) -> list[str]:
        return [alias.name for alias in agency.aliases.all()]


class MeasureSerializer(serializers.Serializer[Any]):
    ordinal = serializers.IntegerField(help_text=_("1, 2, … within the task."))
    text = serializers.CharField(help_text=_("The measure as the list writes it."))
    status = serializers.ChoiceField(
        Status.choices, help_text=_("How far it is as last approved, as of the period.")
    )
    deadline = serializers.DateField(
        allow_null=True, help_text=_("The last day, YYYY-MM-DD; null where none is set.")
    )
    original_deadline = serializers.DateField(
        allow_null=True,
        help_text=_("The first deadline; null while no other has taken its place."),
    )


class TaskAgencySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text=_("The agency's id."))
    name = serializers.CharField(help_text=_("The canonical name."))
    short_name = serializers.CharField(help_text=_("The name for narrow columns."))
    role = serializers.ChoiceField(
        ResponsibilityRole.choices, help_text=_("Whether it leads the task or shares it.")
    )
    position = serializers.IntegerField(
        help_text=_("Its place among all agencies of the task, from 1.")
    )
    written_name = serializers.CharField(
        help_text=_("Its name exactly as the list writes it for this task.")
    )


class TaskSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text=_("1 to 131, as in the list."))
    title = serializers.CharField(help_text=_("The task as the list writes it."))
    chapter = serializers.IntegerField(
        source="chapter_number", help_text=_("The chapter's number, 1 to 14.")
    )
    chapter_title = serializers.CharField(help_text=_("The chapter's heading."))
    division = serializers.ChoiceField(
        Division.choices, help_text=_("How the agencies of the task share it.")
    )
    open_ended = serializers.BooleanField(
        help_text=_("Whether the list of agencies ends with 等: others may have a part.")
    )
    deadline = serializers.DateField(
        allow_null=True, help_text=_("The last day, YYYY-MM-DD; null where none is set.")
    )
    original_deadline = serializers.DateField(
        allow_null=True,
        help_text=_("The first deadline; null while no other has taken its place."),
    )
    status = serializers.ChoiceField(
        Status.choices, help_text=_("How far it is as last approved, as of the period.")
    )
    completed_on = serializers.DateField(
        allow_null=True,
        help_text=_("The day on which the report that completed it was handed in, or null."),
    )
    light = serializers.ChoiceField(
        Light.choices, help_text=_("Computed for today, or a closed period's last day.")
    )
    light_reason = serializers.CharField(help_text=_("Why the light is what it is."))
    reporting_known = serializers.BooleanField(
        help_text=_(
            "Whether you may know how far the period's report is; if not, the four fields that "
            "follow are null."
        )
    )
    report_id = serializers.IntegerField(
        allow_null=True, help_text=_("The id of the period's report; null where nobody began it.")
    )
    report_state = serializers.ChoiceField(
        ReportState.choices, allow_null=True, help_text=_("The state of the period's report.")
    )
    due_on = serializers.DateField(
        allow_null=True, help_text=_("The day on which the period's report is due.")
    )
    handed_in_on = serializers.DateField(
        allow_null=True,
        help_text=_("The day on which it reached the coordinating office; null while missing."),
    )
    measures = MeasureSerializer(many=True, help_text=_("In the order of the list."))
    agencies = TaskAgencySerializer(
        many=True,
        help_text=_("In order; of a closed period those of its closing, by their names then."),
    )
