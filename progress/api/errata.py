"""The corrections of closed periods."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress.api.listed import Listed
from progress.api.parameters import reader_of
from progress.filters import ErratumFilter
from progress.models import Erratum, ErratumField


class ErratumSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(source="period.code", help_text=_("The closed period's code."))
    number = serializers.IntegerField(help_text=_("Its number within the period, from 1."))
    report = serializers.IntegerField(
        source="report_id", help_text=_("The id of the report that it corrects.")
    )
    task = serializers.IntegerField(
        source="report.task.number", help_text=_("The task's number, 1 to 131.")
    )
    measure = serializers.IntegerField(
        source="measure.ordinal",
        default=None,
        allow_null=True,
        help_text=_("The measure's place in the task today; null where it is about the report."),
    )
    field = serializers.ChoiceField(ErratumField.choices, help_text=_("What is corrected."))
    old = serializers.CharField(help_text=_("What held before it; may be empty."))
    new = serializers.CharField(help_text=_("What holds since; may be empty."))
    reason = serializers.CharField(help_text=_("Why it was corrected."))
    at = serializers.DateTimeField(help_text=_("When it was made."))
    by = serializers.CharField(help_text=_("Who made it."))


class Errata(Listed[Erratum]):
    """Corrections of reports that you may read, the latest first. A report keeps what it said."""

    shape = ErratumSerializer
    filterset_class = ErratumFilter
    search_fields = (
        "reason__contains",
        "old__contains",
        "new__contains",
        "report__task__title__contains",
    )
    changes_of: ClassVar = {"pk": Erratum}
    orders: ClassVar = {
        "at": "at",
        "period": "period__ends_on",
        "number": "number",
        "task": "report__task__number",
    }
    default_order = "-at"

    queryset = Erratum.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Erratum]:
        errata = Erratum.objects.visible_to(reader_of(self.request))
        return errata.select_related("period", "report__task", "measure", "by")
