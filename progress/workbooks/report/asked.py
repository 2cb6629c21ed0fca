"""What somebody asks a progress report for: in the parameters of an address, understood once.

Page, job and API make the same report of the same parameters.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from progress.filters import TaskFilter
from progress.models import EditionKind, Erratum, Paper, ReportingPeriod
from progress.workbooks.report import progress_workbook
from progress.workbooks.report.names import NOT_NARROWED, Narrowing, narrowing_of, workbook_name
from tasks.models import Task, TaskQuerySet

# Which tasks are left would tell what the public edition has no column for.
INTERNAL_FILTERS = ("light", "reporting")
# The code of that error.
CONTRADICTS = "contradicts"


class ReportForm(forms.Form):
    """For whom the report is made, and for which paper; either may be left out."""

    edition = forms.ChoiceField(
        label=_("Edition"),
        choices=EditionKind.choices,
        widget=forms.RadioSelect,
        required=False,
        help_text=_(
            "The public edition has no lights, problems, next steps, remarks or evidence, and says "
            "nothing of handing in."
        ),
    )
    paper = forms.ChoiceField(
        label=_("Paper"), choices=Paper.choices, widget=forms.RadioSelect, required=False
    )

    @property
    def chosen_edition(self) -> EditionKind:
        return EditionKind(self.cleaned_data["edition"] or EditionKind.INTERNAL)

    @property
    def chosen_paper(self) -> Paper:
        return Paper(self.cleaned_data["paper"] or Paper.A3)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads the filters: all that they ask of a request."""

    user: User


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """A report as it is asked for. `errata` is the number of the last erratum of its period."""

    period: ReportingPeriod
    tasks: TaskQuerySet
    narrowing: Narrowing
    edition: EditionKind
    paper: Paper
    errata: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing narrows it."""
        return self.narrowing == NOT_NARROWED

    def name(self, *, language: str) -> str:
        """What its file is called."""
        return workbook_name(
            period=self.period,
            language=language,
            edition=self.edition,
            narrowing=self.narrowing,
            errata=self.errata,
        )

    def made(
        self,
        *,
        user: User,
        today: dt.date,
        now: dt.datetime,
        language: str,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> bytes:
        """The report as the bytes of an .xlsx file (`progress_workbook`)."""
        return progress_workbook(
            period=self.period,
            user=user,
            today=today,
            now=now,
            tasks=self.tasks,
            language=language,
            edition=self.edition,
            paper=self.paper,
            narrowing=self.narrowing,
            errata=self.errata,
            on_progress=on_progress,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """The parameters as they were understood; both forms have to be valid to be answered."""

    filters: TaskFilter
    form: ReportForm

    @property
    def is_valid(self) -> bool:
        # Both are looked at, so that both say what is wrong.
        if not all([self.filters.is_valid(), self.form.is_valid()]):
            return False
        if self.form.chosen_edition == EditionKind.PUBLIC and any(
            self.filters.form.cleaned_data.get(name) for name in INTERNAL_FILTERS
        ):
            said = _(
                "The public edition says nothing of lights and handing in, so it cannot be "
                "narrowed by them: clear these filters, or choose the internal edition."
            )
            self.form.add_error("edition", ValidationError(said, code=CONTRADICTS))
            return False
        return True

    @property
    def contradicts(self) -> bool:
        """Whether all of it can be read, and does not go together."""
        return self.form.has_error("edition", CONTRADICTS)

    @property
    def errors(self) -> dict[str, list[str]]:
        """What cannot be read, by the parameter."""
        found = {**self.filters.errors, **self.form.errors}
        return {name: [str(one) for one in problems] for name, problems in found.items()}


def report_question(parameters: QueryDict, *, user: User, today: dt.date) -> Question:
    """What these parameters ask for: those of the task list, `edition` and `paper`.

    Without a period the current one is meant, a closed one always as it was closed.
    """
    named = parameters.copy()
    current = ReportingPeriod.objects.current()
    if not named.get("period") and current is not None:
        named["period"] = current.code
    filters = TaskFilter(
        named, queryset=Task.objects.visible_to(user), request=Reader(user), today=today
    )
    given = {"edition": EditionKind.INTERNAL.value, "paper": Paper.A3.value, **parameters.dict()}
    return Question(filters, ReportForm(given, label_suffix=""))


def report_asked(
    question: Question, *, language: str, chosen: Sequence[int] | None = None
) -> ReportAsked | None:
    """The report that a valid question asks for; None while no period was ever opened.

    Where tasks were ticked, `chosen` are their numbers; of them those that the filters leave.
    """
    period = question.filters.chosen_period
    if period is None:
        return None
    tasks = question.filters.qs
    if chosen is not None:
        tasks = tasks.filter(number__in=chosen)
    numbers = Erratum.objects.filter(period=period).values_list("number", flat=True)
    return ReportAsked(
        period=period,
        tasks=tasks,
        narrowing=narrowing_of(question.filters, language=language, chosen=chosen),
        edition=question.form.chosen_edition,
        paper=question.form.chosen_paper,
        errata=max(numbers, default=0),
    )
