"""One FilterSet for each register: its page, its endpoint and its workbook take the same ones."""

from collections.abc import Mapping
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models import Agency
from progress.filters.agencies import AgencyFilter, StandingAgencyFilter
from progress.filters.lookups import (
    Compared,
    LookupFilterSet,
    choice,
    day,
    moment,
    number,
    related,
    text,
)
from progress.filters.periods import PeriodChoiceFilter
from progress.filters.words import WordsFilter
from progress.hits import words_of
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterState,
    ReportingPeriod,
    Result,
    ResultKind,
)
from progress.rollups import matters_unsettled_at, reading_moment
from tasks.models import Chapter, Responsibility, Task

# Whether results that were struck out are shown: not unless asked for.
WITH_STRUCK, STRUCK_ALONE = "with", "alone"
# About the whole task, or about one of its measures.
WHOLE_TASK, ONE_MEASURE = "task", "measure"
ADDRESSED, NOT_ADDRESSED = "yes", "no"
LARGEST_NUMBER = 9999


class WholeNumberFilter(django_filters.Filter):
    """A number within the bounds of the column: a larger one is refused, not asked of it."""

    field_class = forms.IntegerField


# What every entry of a register is compared by, its measure too where it may have one.
_OF_ENTRIES: Mapping[str, Compared] = {
    "id": number(),
    "task": related(Task, "number", "task__number"),
    "chapter": related(Chapter, "number", "task__chapter__number"),
    "period": related(ReportingPeriod, "code", "report__period__code"),
}
_OF_DECISIONS: Mapping[str, Compared] = {
    **_OF_ENTRIES,
    "measure": number("measure__ordinal", nullable=True),
    "requested_at": moment(),
    "decided_at": moment(nullable=True),
    "decision_reason": text(),
}


class RegisterFilter(LookupFilterSet):
    """What every register can be narrowed by; `words_in` are its own columns to search."""

    words_in: tuple[str, ...] = ()

    q = WordsFilter(
        method="by_words",
        label=_("Words"),
        help_text=_(
            "Words in the entry or in its task's title, each of them; one character will do."
        ),
    )
    chapter = django_filters.ModelChoiceFilter(
        queryset=Chapter.objects.all(),
        to_field_name="number",
        field_name="task__chapter",
        label=_("Chapter"),
        empty_label=_("All chapters"),
        help_text=_("The chapter's number, 1 to 14."),
    )
    task = WholeNumberFilter(
        field_name="task__number",
        min_value=1,
        max_value=LARGEST_NUMBER,
        label=_("Task number"),
        help_text=_("The task's number, 1 to 131."),
    )
    agency = StandingAgencyFilter(
        method="by_lead",
        label=_("Lead agency"),
        empty_label=_("All agencies"),
        help_text=_("The agency's id; entries of tasks whose report it compiles."),
    )

    def by_words(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        for word in words_of(value):
            queryset = queryset.filter(self.with_word(word))
        return queryset

    def with_word(self, word: str) -> Q:
        """Which entries have this word; conditions that are asked apart, so that no row doubles."""
        found = Q(task__in=Task.objects.filter(title__icontains=word).values("pk"))
        for column in self.words_in:
            found |= Q(**{f"{column}__icontains": word})
        return found

    def by_lead(self, queryset: QuerySet[Any], name: str, value: Agency) -> QuerySet[Any]:
        led = Responsibility.objects.compiling().filter(task=OuterRef("task"), agency=value)
        return queryset.filter(Exists(led))


def _measure_filter() -> django_filters.Filter:
    return WholeNumberFilter(
        field_name="measure__ordinal",
        min_value=1,
        max_value=LARGEST_NUMBER,
        label=_("Measure number"),
        help_text=_("The measure's place in its task, from 1."),
    )


def _about_filter() -> django_filters.Filter:
    return django_filters.ChoiceFilter(
        choices=[(WHOLE_TASK, _("The whole task")), (ONE_MEASURE, _("One measure"))],
        method="by_subject",
        label=_("About"),
        empty_label=_("Task or measure"),
        help_text=_("Whether it is about the whole task or about one of its measures."),
    )


def _day_filter(column: str, label: Any, *, until: bool = False) -> django_filters.Filter:
    return django_filters.DateFilter(
        field_name=column, lookup_expr="lte" if until else "gte", label=label
    )


class _OfAMeasureOrTask(RegisterFilter):
    """Registers whose entries are about a whole task, or about one measure of it."""

    about = _about_filter()
    measure = _measure_filter()

    def by_subject(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(measure__isnull=value == WHOLE_TASK)


class MatterFilter(RegisterFilter):
    """Narrows the matters to coordinate."""

    words_in = ("text",)
    lookups: ClassVar = {
        **_OF_ENTRIES,
        "text": text(),
        "state": choice(MatterState.values),
        "raised_on": day(),
        "addressed_to": related(Agency, "id", "addressed_to", nullable=True),
        "addressed_on": day(nullable=True),
        "closed_at": moment(nullable=True),
        "version": number(),
    }

    state = django_filters.MultipleChoiceFilter(
        choices=MatterState.choices,
        label=_("State"),
        help_text=_("Where the matter is; several may be given."),
    )
    addressed_to = AgencyFilter(
        queryset=Agency.objects.all(),
        label=_("Addressed to"),
        empty_label=_("Any agency"),
        help_text=_("The id of the agency that has to answer."),
    )
    addressed = django_filters.ChoiceFilter(
        choices=[(ADDRESSED, _("Addressed")), (NOT_ADDRESSED, _("Not addressed yet"))],
        method="by_addressing",
        label=_("Whether addressed"),
        empty_label=_("Addressed or not"),
        help_text=_("Whether it has been said who has to answer."),
    )
    raised_after = _day_filter("raised_on", _("Raised from"))
    raised_before = _day_filter("raised_on", _("Raised until"), until=True)
    unsettled = PeriodChoiceFilter(
        queryset=ReportingPeriod.objects.all(),
        to_field_name="code",
        method="by_standing",
        label=_("Not closed as of period"),
        empty_label=_("Any time"),
        help_text=_("A period's code: what had been raised and not closed at its end."),
    )

    class Meta:
        model: type[Model] = Matter
        fields: tuple[str, ...] = ()

    def by_standing(
        self, queryset: QuerySet[Any], name: str, value: ReportingPeriod
    ) -> QuerySet[Any]:
        return matters_unsettled_at(matters=queryset, at=reading_moment(value, now=timezone.now()))

    def by_addressing(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(addressed_to__isnull=value == NOT_ADDRESSED)

    def with_word(self, word: str) -> Q:
        """The answers belong to the entry as much as its text."""
        said = MatterEvent.objects.filter(text__icontains=word).values("matter")
        return super().with_word(word) | Q(pk__in=said)


class ExtensionFilter(_OfAMeasureOrTask):
    """Narrows the extension requests."""

    words_in = ("reason", "decision_reason")
    lookups: ClassVar = {
        **_OF_DECISIONS,
        "state": choice(DecisionState.values),
        "deadline": day(),
        "new_deadline": day(),
        "reason": text(),
    }

    state = django_filters.MultipleChoiceFilter(
        choices=DecisionState.choices,
        label=_("State"),
        help_text=_("What became of it; several may be given."),
    )
    requested_after = _day_filter("requested_at__date", _("Requested from"))
    requested_before = _day_filter("requested_at__date", _("Requested until"), until=True)
    decided_after = _day_filter("decided_at__date", _("Decided from"))
    decided_before = _day_filter("decided_at__date", _("Decided until"), until=True)

    class Meta:
        model: type[Model] = Extension
        fields: tuple[str, ...] = ()


class CompletionFilter(RegisterFilter):
    """Narrows the completion requests, each of which is about a measure."""

    words_in = ("measure__text", "decision_reason", "reopening_reason")
    lookups: ClassVar = {
        **_OF_DECISIONS,
        "state": choice(CompletionState.values),
        "reopened_at": moment(nullable=True),
        "reopening_reason": text(),
    }

    state = django_filters.MultipleChoiceFilter(
        choices=CompletionState.choices,
        label=_("State"),
        help_text=_("What became of it; several may be given."),
    )
    measure = _measure_filter()
    requested_after = _day_filter("requested_at__date", _("Requested from"))
    requested_before = _day_filter("requested_at__date", _("Requested until"), until=True)
    decided_after = _day_filter("decided_at__date", _("Decided from"))
    decided_before = _day_filter("decided_at__date", _("Decided until"), until=True)

    class Meta:
        model: type[Model] = Completion
        fields: tuple[str, ...] = ()


class ResultFilter(_OfAMeasureOrTask):
    """Narrows the results. Those struck out are left away unless `struck` asks for them."""

    words_in = ("title", "document", "note")
    narrows_unasked = True
    lookups: ClassVar = {
        **_OF_ENTRIES,
        "measure": number("measure__ordinal", nullable=True),
        "kind": choice(ResultKind.values),
        "title": text(),
        "document": text(),
        "came_on": day(),
        "note": text(),
        "added_at": moment(),
        "struck_at": moment(nullable=True),
    }

    kind = django_filters.MultipleChoiceFilter(
        choices=ResultKind.choices,
        label=_("Kind"),
        help_text=_("What kind of result it is; several may be given."),
    )
    came_after = _day_filter("came_on", _("Dated from"))
    came_before = _day_filter("came_on", _("Dated until"), until=True)
    struck = django_filters.ChoiceFilter(
        choices=[(WITH_STRUCK, _("With those struck out")), (STRUCK_ALONE, _("Struck out only"))],
        method="by_struck",
        label=_("Struck out"),
        empty_label=_("Without those struck out"),
        help_text=_("Whether entries that were struck out are shown; they are not if left out."),
    )

    class Meta:
        model: type[Model] = Result
        fields: tuple[str, ...] = ()

    def by_struck(self, queryset: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return queryset.filter(struck_at__isnull=False) if value == STRUCK_ALONE else queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrowed: QuerySet[Any] = super().filter_queryset(queryset)
        if self.form.cleaned_data.get("struck"):
            return narrowed
        return narrowed.filter(struck_at=None)
