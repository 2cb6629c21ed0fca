"""Evidence across reports and contributions: what is attached where; the files are elsewhere."""

from typing import Any, ClassVar

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from progress.api.evidence import EvidenceSerializer
from progress.api.listed import Listed
from progress.api.parameters import reader_of
from progress.filters import EvidenceFilter
from progress.models import Evidence


class EvidenceOfAllSerializer(EvidenceSerializer):
    task = serializers.IntegerField(
        source="of_task", help_text=_("The number of the task that it belongs to.")
    )
    period = serializers.CharField(
        source="of_period", help_text=_("The code of the period that it was attached for.")
    )
    report = serializers.IntegerField(
        source="report_id",
        allow_null=True,
        help_text=_("The id of the report that it is attached to, or null."),
    )
    contribution = serializers.IntegerField(
        source="contribution_id",
        allow_null=True,
        help_text=_("The id of the contribution that it is attached to, or null."),
    )


class AllEvidence(Listed[Evidence]):
    """Files of the reports and contributions that you may read, the latest first; also those that
    were removed or replaced."""

    shape = EvidenceOfAllSerializer
    filterset_class = EvidenceFilter
    search_fields = ("name__contains",)
    changes_of: ClassVar = {"pk": Evidence}
    orders: ClassVar = {
        "added_at": "added_at",
        "task": "of_task",
        "period": "of_period",
        "name": "name",
        "size": "file__size",
        "removed_at": "removed_at",
    }
    default_order = "-added_at"

    queryset = Evidence.objects.none()  # for the description of the API

    def get_queryset(self) -> QuerySet[Any]:
        return (
            Evidence.objects.visible_to(reader_of(self.request))
            .annotate(
                of_task=Coalesce(F("report__task__number"), F("contribution__task__number")),
                of_period=Coalesce(F("report__period__code"), F("contribution__period__code")),
            )
            .select_related("file", "measure", "contribution__agency", "added_by", "removed_by")
        )
