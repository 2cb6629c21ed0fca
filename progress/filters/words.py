"""Words searched for: in the list itself, and in those reports and contributions one may read.

One character is enough. Each word may stand in another place, and all of them have to be found.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.hits import words_of
from progress.models import (
    Contribution,
    HistoryBigram,
    MeasureContribution,
    MeasureProgress,
    Report,
    ReportingPeriod,
    bigrams_of,
)
from tasks.models import Measure, Responsibility, Task

# Each word asks several tables, so that there is an end to them.
MOST_WORDS = 10
LONGEST_WORDS = 100
BIGRAM = 2
# So many pairs of a long word tell enough of where it may stand.
MOST_PAIRS = 4

_LATIN = re.compile("[A-Za-z]")
REPORT_TEXTS = ("problems", "next_steps", "coordination")
NAMES_OF_AGENCY = ("name", "short_name", "aliases__name")
AGENCY_NAMES = ("written_name", *(f"agency__{one}" for one in NAMES_OF_AGENCY))


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
        self.user, self.period = user, period
        self.reports = Report.objects.visible_to(user)
        self.contributions = Contribution.objects.visible_to(user)
        if period is not None:
            self.reports = self.reports.filter(period=period)
            self.contributions = self.contributions.filter(period=period)

    def tasks_with(self, word: str) -> Q:
        """The tasks that hold the word: in the list's own words, or in what was written of them."""
        texts = self._texts_with(word)
        return (
            self._whole_tasks_with(word, texts)
            | Q(pk__in=Measure.objects.filter(holding(word, "text")).values("task"))
            | Q(pk__in=texts.of_measures.values("report__task"))
            | Q(pk__in=texts.of_contributed_measures.values("contribution__task"))
            | (Q(pk__in=texts.tasks) if texts.tasks is not None else Q())
        )

    def measures_with(self, word: str) -> Q:
        """The measures that hold the word, or whose task does outside of its measures."""
        texts = self._texts_with(word, of_whole_tasks=False)
        return (
            holding(word, "text")
            | Q(task__in=Task.objects.filter(self._whole_tasks_with(word, texts)).values("pk"))
            | Q(pk__in=texts.of_measures.values("measure"))
            | Q(pk__in=texts.of_contributed_measures.values("measure"))
        )

    def _whole_tasks_with(self, word: str, texts: "TextsFound") -> Q:
        return (
            holding(word, "title")
            | Q(pk__in=_answered_for_by(word).values("task"))
            | Q(pk__in=texts.of_reports.values("task"))
            | Q(pk__in=texts.of_contributions.values("task"))
        )

    def _texts_with(self, word: str, *, of_whole_tasks: bool = True) -> "TextsFound":
        """The texts that hold the word, looked for in those periods alone that can have it.

        Closed periods are looked up by pairs of characters (`HistoryBigram`). They say of a word of
        two characters which tasks have it, which is all there is to know where whole tasks are
        searched for; of a longer one they say which tasks may have it. A single character is looked
        for in all texts, as are Latin letters, whose case does not count.
        """
        reports, contributions, tasks = self.reports, self.contributions, None
        pairs = bigrams_of(word) if self.period is None and not _LATIN.search(word) else ()
        if pairs:
            # Of all periods those that are open, mostly.
            others = ReportingPeriod.objects.filter(taken_apart=None)
            within = Q(period__in=others.order_by().values("pk"))
            visible = HistoryBigram.objects.visible_to(self.user)
            if of_whole_tasks and len(word) == BIGRAM:
                tasks = visible.filter(bigram=word).values("task")
            else:
                maybe = Task.objects.order_by()
                for pair in sorted(pairs)[:MOST_PAIRS]:
                    maybe = maybe.filter(pk__in=visible.filter(bigram=pair).values("task"))
                within |= Q(task__in=maybe.values("pk"))
            reports = reports.filter(within)
            # What is an agency's own it reads however it came to it, and it is little.
            contributions = contributions.filter(
                within | Q(agency__in=self.user.agency_ids_of_old)
                if self.user.works_for_an_agency
                else within
            )
        return TextsFound(
            of_reports=reports.filter(holding(word, *REPORT_TEXTS)),
            of_measures=MeasureProgress.objects.filter(
                holding(word, "text"), report__in=reports.values("pk")
            ),
            of_contributions=contributions.filter(holding(word, "remarks")),
            of_contributed_measures=MeasureContribution.objects.filter(
                holding(word, "text"), contribution__in=contributions.values("pk")
            ),
            tasks=tasks,
        )


@dataclass(frozen=True, slots=True)
class TextsFound:
    """Where a word stands in what one may read: texts by what they belong to, and `tasks`, which
    have it in texts that are not among them; None where all are."""

    of_reports: QuerySet[Report]
    of_measures: QuerySet[MeasureProgress]
    of_contributions: QuerySet[Contribution]
    of_contributed_measures: QuerySet[MeasureContribution]
    tasks: QuerySet[HistoryBigram, Any] | None


def _answered_for_by(word: str) -> QuerySet[Responsibility]:
    """The parts of agencies one of whose names holds the word, or that the list writes so: an
    agency's names are looked at once, and not with each of its parts."""
    named = Agency.objects.order_by().filter(holding(word, *NAMES_OF_AGENCY))
    return Responsibility.objects.filter(
        holding(word, "written_name") | Q(agency__in=named.values("pk"))
    )


def all_words(typed: str, condition: Callable[[str], Q]) -> Q:
    """The condition for each of the words, all of which have to hold."""
    every = Q()
    for word in words_of(typed):
        every &= condition(word)
    return every
