"""The filters of the register besides its tasks: chapters, agencies, who answers, deadlines."""

from typing import ClassVar

import django_filters
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency, AgencyKind
from progress.filters.lookups import (
    LookupFilterSet,
    TruthFilter,
    choice,
    day,
    moment,
    number,
    related,
    text,
)
from tasks.models import (
    Chapter,
    DeadlineChange,
    Responsibility,
    ResponsibilityRole,
    Task,
)

_TASK = related(Task, "number", "task__number")
_CHAPTER = related(Chapter, "number", "task__chapter__number")


class ChapterFilter(LookupFilterSet):
    lookups: ClassVar = {"number": number(), "title": text()}

    class Meta:
        model = Chapter
        fields: ClassVar[tuple[str, ...]] = ()


class AgencyListFilter(LookupFilterSet):
    """Narrows the agencies themselves; `AgencyFilter` narrows other rows by one of them."""

    lookups: ClassVar = {
        "id": number(),
        "name": text(),
        "short_name": text(),
        "kind": choice(AgencyKind.values),
        "acts_through": related(Agency, "id", "acts_through", nullable=True),
        "valid_from": day(nullable=True),
        "valid_to": day(nullable=True),
        "successor": related(Agency, "id", "successor", nullable=True),
    }

    kind = django_filters.ChoiceFilter(choices=AgencyKind.choices, help_text=_("What it is."))
    has_ended = TruthFilter(
        field_name="valid_to",
        lookup_expr="isnull",
        exclude=True,
        help_text=_("true for those that were merged into others, false for those that stand."),
    )

    class Meta:
        model = Agency
        fields: ClassVar[tuple[str, ...]] = ()


class ResponsibilityFilter(LookupFilterSet):
    """Narrows who answers for which task, as it is today."""

    lookups: ClassVar = {
        "id": number(),
        "task": _TASK,
        "chapter": _CHAPTER,
        "agency": related(Agency, "id", "agency"),
        "role": choice(ResponsibilityRole.values),
        "position": number(),
        "written_name": text(),
    }

    class Meta:
        model = Responsibility
        fields: ClassVar[tuple[str, ...]] = ()


class DeadlineChangeFilter(LookupFilterSet):
    """Narrows the history of deadlines."""

    lookups: ClassVar = {
        "id": number(),
        "task": _TASK,
        "chapter": _CHAPTER,
        "measure": number("measure__ordinal", nullable=True),
        "old": day(nullable=True),
        "new": day(nullable=True),
        "reason": text(),
        "at": moment(),
    }

    class Meta:
        model = DeadlineChange
        fields: ClassVar[tuple[str, ...]] = ()
