"""Words searched for: in the list itself, and in those reports and contributions one may read.

One character is enough. Each word may stand in another place, and all of them have to be found.
"""

import re
from collections.abc import Callable

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _

from agencies.models import User
from progress.hits import words_of
from progress.models import (
    Contribution,
    MeasureContribution,
    MeasureProgress,
    Report,
    ReportingPeriod,
)
from tasks.models import Measure, Responsibility, Task

# Each word asks several tables, so that there is an end to them.
MOST_WORDS = 10
LONGEST_WORDS = 100

_LATIN = re.compile("[A-Za-z]")
REPORT_TEXTS = ("problems", "next_steps", "coordination")
AGENCY_NAMES = (
    "written_name",
    "agency__name",
    "agency__short_name",
    "agency__aliases__name",
)


class WordsField(forms.CharField):
    """Words to search for; more than `MOST_WORDS` of them are refused."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**{"max_length": LONGEST_WORDS, **kwargs})  # type: ignore[arg-type]

    def clean(self, value: object) -> str:
        cleaned = str(super().clean(value))
        if len(words_of(cleaned)) > MOST_WORDS:
            raise ValidationError(
                _("Search for at most %(count)d words at once.") % {"count": MOST_WORDS}
            )
        return cleaned


class WordsFilter(django_filters.CharFilter):
    field_class = WordsField


def holding(word: str, *fields: str, how: str = "contains") -> Q:
    """Whether one of the fields holds the word, or begins with it (`how`: "startswith"); Latin
    letters are found whatever their case.

    Chinese has no case, and without it PostgreSQL need not fold what it reads.
    """
    lookup = f"i{how}" if _LATIN.search(word) else how
    condition = Q()
    for field in fields:
        condition |= Q(**{f"{field}__{lookup}": word})
    return condition


class Readable:
    """The reports and contributions that a person may read, of one period or (None) of all."""

    def __init__(self, user: User, period: ReportingPeriod | None = None) -> None:
        self.reports = Report.objects.visible_to(user)
        self.contributions = Contribution.objects.visible_to(user)
        if period is not None:
            self.reports = self.reports.filter(period=period)
            self.contributions = self.contributions.filter(period=period)

    def tasks_with(self, word: str) -> Q:
        """The tasks that hold the word: in the list's own words, or in what was written of them."""
        return (
            self._whole_tasks_with(word)
            | Q(pk__in=self._ids(Measure, "task", word, "text"))
            | Q(pk__in=self._said(MeasureProgress, word).values("report__task"))
            | Q(pk__in=self._said(MeasureContribution, word).values("contribution__task"))
        )

    def measures_with(self, word: str) -> Q:
        """The measures that hold the word, or whose task does outside of its measures."""
        return (
            holding(word, "text")
            | Q(task__in=Task.objects.filter(self._whole_tasks_with(word)).values("pk"))
            | Q(pk__in=self._said(MeasureProgress, word).values("measure"))
            | Q(pk__in=self._said(MeasureContribution, word).values("measure"))
        )

    def _whole_tasks_with(self, word: str) -> Q:
        return (
            holding(word, "title")
            | Q(pk__in=self._ids(Responsibility, "task", word, *AGENCY_NAMES))
            | Q(pk__in=self.reports.filter(holding(word, *REPORT_TEXTS)).values("task"))
            | Q(pk__in=self.contributions.filter(holding(word, "remarks")).values("task"))
        )

    def _said(
        self, model: type[MeasureProgress] | type[MeasureContribution], word: str
    ) -> QuerySet[Model]:
        rows: QuerySet[Model] = model._default_manager.filter(holding(word, "text"))
        if model is MeasureProgress:
            return rows.filter(report__in=self.reports.values("pk"))
        return rows.filter(contribution__in=self.contributions.values("pk"))

    @staticmethod
    def _ids(model: type[Model], field: str, word: str, *names: str) -> QuerySet[Model, object]:
        return model._default_manager.filter(holding(word, *names)).values(field)


def all_words(typed: str, condition: Callable[[str], Q]) -> Q:
    """The condition for each of the words, all of which have to hold."""
    every = Q()
    for word in words_of(typed):
        every &= condition(word)
    return every
