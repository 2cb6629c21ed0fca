"""How the report counts (口径): under the form in short, on a sheet of its own in full."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from progress.models import Policy
from progress.rollups import Rate
from progress.workbooks.report.content import ProgressContent
from progress.workbooks.report.corrections import correction_notes
from progress.workbooks.report.words import day_words


@dataclass(frozen=True, slots=True)
class NamedRate:
    """A rate under its name, and what it is a rate of."""

    of: str
    name: str
    rate: Rate


def rates_of(content: ProgressContent) -> list[NamedRate]:
    """Every rate of the report, by task, by measure, and of reporting where the edition has it."""
    figures = content.whole
    by_task, by_measure = pgettext("rate of", "Tasks"), pgettext("rate of", "Measures")
    started = pgettext("rate", "started")
    implemented = pgettext("rate", "implemented")
    completed = pgettext("rate", "completed")
    rates = [
        NamedRate(by_task, started, figures.started_rate),
        NamedRate(by_task, implemented, figures.implemented_rate),
        NamedRate(by_task, completed, figures.completed_rate),
        NamedRate(by_measure, started, figures.measures_started_rate),
        NamedRate(by_measure, implemented, figures.measures_implemented_rate),
        NamedRate(by_measure, completed, figures.measures_completed_rate),
    ]
    if content.is_internal:
        reports = pgettext("rate of", "Reports")
        rates += [
            NamedRate(reports, pgettext("rate", "handed in"), figures.handed_in_rate),
            NamedRate(reports, pgettext("rate", "handed in on time"), figures.on_time_rate),
        ]
    return rates


def closing_notes(content: ProgressContent) -> Sequence[str]:
    """The notes under the form, numbered."""
    rates = rates_of(content)
    notes = [statuses_rest_on(content), status_rule()]
    if content.is_internal:
        notes.append(light_rule(content.policy))
    notes.append(_("By task: %(rates)s") % {"rates": _worded(rates[:3])})
    notes.append(_("By measure: %(rates)s") % {"rates": _worded(rates[3:6])})
    if content.is_internal:
        notes.append(_("Reporting: %(rates)s") % {"rates": _worded(rates[6:])})
    else:
        notes.append(_("Classified content must not be entered."))
    notes += correction_notes(content.errata, content.edition)
    begin = _("Notes: ")
    return [
        f"{begin if number == 1 else ''}{number}. {note}"
        for number, note in enumerate(notes, start=1)
    ]


def explanations(content: ProgressContent) -> Iterator[tuple[str, str]]:
    """What a reader of the sheets has to know, each under its name."""
    period = content.period
    yield pgettext("explanation", "Reporting period"), period.code
    yield pgettext("explanation", "As of"), day_words(content.day)
    yield (
        pgettext("explanation", "State"),
        _("Open: figures still move until it is closed.")
        if period.is_open
        else _("Closed: figures are those of the closing, later corrections stand beside them."),
    )
    yield pgettext("explanation", "Edition"), str(content.edition.label)
    yield pgettext("explanation", "Extent"), _extent(content)
    yield pgettext("explanation", "Sources"), statuses_rest_on(content)
    yield pgettext("explanation", "Status of a task"), status_rule()
    if content.is_internal:
        yield pgettext("explanation", "Light"), light_rule(content.policy)
    yield (
        pgettext("explanation", "Chapters"),
        _("Each task stands in one chapter; the sums are those of the whole report."),
    )
    if content.dropped.tasks:
        yield (
            pgettext("explanation", "Left the list"),
            ngettext(
                "%(count)d task left the list after the closing of the period. It counts in the "
                "sums as it stood then: not started, its report missing.",
                "%(count)d tasks left the list after the closing of the period. They count in the "
                "sums as they stood then: not started, their reports missing.",
                content.dropped.tasks,
            )
            % {"count": content.dropped.tasks},
        )
    yield (
        pgettext("explanation", "Agencies"),
        _(
            "An agency's figures are those of the tasks that it leads. A task with two leads "
            "counts with each of them, so that the sum may be larger than the number of tasks. "
            "Agencies that lead stand first, each in the order of the list, which ranks nobody."
        ),
    )
    yield (
        pgettext("explanation", "Data"),
        _(
            "One row for each measure; what belongs to the task stands in every row of its "
            "measures. To count tasks, add up the last column: it is 1 in a task's first row and 0 "
            "in the others."
        ),
    )
    if content.is_internal:
        yield (
            pgettext("explanation", "Handed in"),
            _(
                "A report counts as handed in on the day on which it first reached the "
                "coordinating office, also while it is returned to be corrected; in time if that "
                "was by %(day)s."
            )
            % {"day": day_words(period.due_on)},
        )
    yield pgettext("explanation", "Secrets"), _("Classified content must not be entered.")


def statuses_rest_on(content: ProgressContent) -> str:
    day = {"day": day_words(content.day)}
    if content.is_internal:
        return (
            _(
                "Statuses and lights are as of %(day)s and rest on approved reports. Progress, "
                "problems and next steps are quoted from this period's approved report; where it "
                "is not approved, the remarks say how far it is."
            )
            % day
        )
    return (
        _(
            "Statuses are as of %(day)s and rest on approved reports. Progress is quoted from this "
            "period's approved report."
        )
        % day
    )


def status_rule() -> str:
    return _(
        "Status: a task is completed when all its measures are, ongoing when each is completed "
        "or ongoing and at least one is ongoing, in progress once any has begun, else not "
        "started. Each row gives the status of its measure."
    )


def light_rule(policy: Policy) -> str:
    return ngettext(
        "Light, the first that holds: blue, completed in time; completed late; red, past the "
        "deadline; yellow, within %(days)d working day of the deadline, or this period's "
        "report missing after its due date; green, in time, and ongoing without a deadline; "
        "no deadline set.",
        "Light, the first that holds: blue, completed in time; completed late; red, past the "
        "deadline; yellow, within %(days)d working days of the deadline, or this period's "
        "report missing after its due date; green, in time, and ongoing without a deadline; "
        "no deadline set.",
        policy.yellow_working_days,
    ) % {"days": policy.yellow_working_days}


def _extent(content: ProgressContent) -> str:
    if not content.is_a_part:
        return ngettext(
            "The whole list, %(count)d task.",
            "The whole list, %(count)d tasks.",
            content.whole.tasks,
        ) % {"count": content.whole.tasks}
    part = _("%(tasks)d of the list's %(whole)d tasks") % {
        "tasks": len(content.tasks),
        "whole": content.listed,
    }
    return "；".join([part, *content.narrowing.filters])


def _worded(rates: Sequence[NamedRate]) -> str:
    return "；".join(f"{one.name} = {_computed(one.rate)}" for one in rates)


def _computed(rate: Rate) -> str:
    percent = "—" if rate.percent is None else f"{rate.percent}%"
    return f"{rate.formula} = {rate.part} / {rate.whole} = {percent}"
