"""The filter of the list of measures: the tasks' own one, and what is of a measure alone."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import django_filters
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from progress.filters.lookups import (
    Compared,
    Lookup,
    LookupFilter,
    choice,
    day,
    holds,
    number,
    text,
)
from progress.filters.tasks import TaskFilter
from progress.filters.words import all_words
from progress.rollups import MeasureRow, TaskRow
from tasks.models import Measure, Status, Task

# What is asked of each measure, not of its task.
_OF_MEASURES: Mapping[str, Compared] = {
    "id": number(computed=True),
    "ordinal": number(computed=True),
    "text": text(computed=True),
    "measure_status": choice(Status.values, computed=True),
    "deadline": day(nullable=True, computed=True),
    "own_deadline": day(nullable=True, computed=True),
    "original_deadline": day(nullable=True, computed=True),
}


class MeasureFilter(TaskFilter):
    """Narrows tasks as `TaskFilter` does, and of their measures keeps those that are asked for.

    Words are looked for in the measure and in all of its task but the other measures; a deadline
    is the measure's own, or its task's where it has none.
    """

    lookups: ClassVar = {**TaskFilter.lookups, **_OF_MEASURES}

    measure_status = django_filters.MultipleChoiceFilter(
        choices=Status.choices, method="of_measures", label=_("Status of the measure")
    )
    deadline_after = django_filters.DateFilter(method="of_measures", label=_("Deadline from"))
    deadline_before = django_filters.DateFilter(method="of_measures", label=_("Deadline until"))

    def by_words(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        return queryset  # `kept` asks of each measure

    def of_measures(self, queryset: QuerySet[Task], name: str, value: object) -> QuerySet[Task]:
        return queryset  # `kept` asks of each measure

    def compared(
        self, queryset: QuerySet[Any], name: str, asked: Compared, lookup: Lookup, value: Any
    ) -> QuerySet[Any]:
        if name in _OF_MEASURES:
            return queryset  # `kept` asks of each measure
        return super().compared(queryset, name, asked, lookup, value)

    def kept(
        self, tasks: Iterable[TaskRow], measures: Mapping[int, Iterable[MeasureRow]]
    ) -> list[tuple[TaskRow, MeasureRow]]:
        """Those of the measures, by their task's id, that are asked for, each with its task.

        The form has to be valid. One statement where words are searched for, else none.
        """
        asked = self.form.cleaned_data
        found = self._with_words(asked["q"]) if asked["q"] else None
        return [
            (task, measure)
            for task in tasks
            for measure in measures.get(task.id, ())
            if (found is None or measure.id in found) and self._is_asked_for(task, measure)
        ]

    def _is_asked_for(self, task: TaskRow, measure: MeasureRow) -> bool:
        asked = self.form.cleaned_data
        if asked["measure_status"] and measure.status not in asked["measure_status"]:
            return False
        after, before = asked["deadline_after"], asked["deadline_before"]
        due = measure.deadline or task.deadline
        if after or before:
            in_time = due and (not after or after <= due) and (not before or due <= before)
            if not in_time:
                return False
        return all(
            holds(_value(task, measure, one.name), one.lookup, asked[name])
            for name, one in self.filters.items()
            if isinstance(one, LookupFilter)
            and one.name in _OF_MEASURES
            and asked[name] not in (None, "", [])
        )

    def _with_words(self, typed: str) -> frozenset[int]:
        measures = Measure.objects.visible_to(self.user)
        holds = all_words(typed, self.readable.measures_with)
        return frozenset(measures.filter(holds).values_list("pk", flat=True))


def _value(task: TaskRow, measure: MeasureRow, name: str) -> object:
    """What a measure has of that name; its deadline is its own, or its task's."""
    if name == "deadline":
        return measure.deadline or task.deadline
    return getattr(
        measure, {"measure_status": "status", "own_deadline": "deadline"}.get(name, name)
    )
