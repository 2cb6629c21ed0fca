"""The filters of what the office keeps: pauses, the working calendar, exports, templates of the
brief, filled forms, accounts."""

from typing import ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, Role, User
from progress.filters.lookups import (
    LookupFilterSet,
    TruthFilter,
    choice,
    day,
    flag,
    moment,
    number,
    related,
    text,
)
from progress.models import (
    BriefKind,
    BriefTemplate,
    CalendarCorrection,
    ExportJob,
    ExportState,
    ReminderPause,
    ReportingPeriod,
    SheetUpload,
    UploadState,
)
from tasks.models import Task


class PauseFilter(LookupFilterSet):
    lookups: ClassVar = {
        "id": number(),
        "agency": related(Agency, "id", "agency", nullable=True),
        "task": related(Task, "number", "task__number", nullable=True),
        "period": related(ReportingPeriod, "code", "period__code", nullable=True),
        "reason": text(),
        "from_on": day(),
        "until": day(nullable=True),
        "at": moment(),
        "ended_at": moment(nullable=True),
    }

    is_over = TruthFilter(
        method="by_end", help_text=_("true for those that are over, false for the others.")
    )

    class Meta:
        model = ReminderPause
        fields: ClassVar[tuple[str, ...]] = ()

    def by_end(self, queryset: QuerySet[ReminderPause], name: str, value: bool) -> object:
        pauses, today = ReminderPause.objects.all(), timezone.localdate()
        meant = pauses.over(today) if value else pauses.not_over(today)
        return queryset.filter(pk__in=meant.values("pk"))


class CalendarFilter(LookupFilterSet):
    lookups: ClassVar = {"day": day(), "working": flag(), "note": text()}

    class Meta:
        model = CalendarCorrection
        fields: ClassVar[tuple[str, ...]] = ()


class ExportFilter(LookupFilterSet):
    lookups: ClassVar = {
        "id": number(),
        "period": related(ReportingPeriod, "code", "period__code"),
        "name": text(),
        "state": choice(ExportState.values),
        "asked_at": moment(),
        "finished_at": moment(nullable=True),
        "expires_at": moment(nullable=True),
    }

    class Meta:
        model = ExportJob
        fields: ClassVar[tuple[str, ...]] = ()


class BriefTemplateFilter(LookupFilterSet):
    lookups: ClassVar = {
        "id": number(),
        "kind": choice(BriefKind.values),
        "number": number(),
        "name": text(),
        "note": text(),
        "added_at": moment(),
    }

    class Meta:
        model = BriefTemplate
        fields: ClassVar[tuple[str, ...]] = ()


class SheetUploadFilter(LookupFilterSet):
    lookups: ClassVar = {
        "id": number(),
        "period": related(ReportingPeriod, "code", "form__period__code"),
        "name": text(),
        "state": choice(UploadState.values),
        "at": moment(),
        "expires_at": moment(),
        "settled_at": moment(nullable=True),
    }

    class Meta:
        model = SheetUpload
        fields: ClassVar[tuple[str, ...]] = ()


class AccountListFilter(LookupFilterSet):
    lookups: ClassVar = {
        "id": number(),
        "username": text(),
        "name": text(),
        "role": choice(Role.values),
        "agency": related(Agency, "id", "agency", nullable=True),
        "email": text(),
        "is_active": flag(),
    }

    class Meta:
        model = User
        fields: ClassVar[tuple[str, ...]] = ()
