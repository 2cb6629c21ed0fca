"""What one agency's people contribute to several tasks, read together."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from agencies.models import Agency
from progress.models import (
    Contribution,
    ContributionQuerySet,
    MeasureContribution,
    ReportingPeriod,
)
from progress.workflow.contributions.content import (
    ContributionContent,
    MeasureText,
    contributions_that_say_something,
)
from tasks.models import MeasureDuty, Task

# Whose part in which task: ids of task and agency.
Part = tuple[int, int]


def contributions_standing(
    *, parts: Sequence[tuple[Task, Agency]], period: ReportingPeriod
) -> dict[Part, tuple[Contribution | None, ContributionContent]]:
    """By part the contribution of the period, None where nobody has begun, and what it says, else
    what it starts from (`contribution_content_of`, `contribution_to_start_from`).

    The tasks have their measures prefetched in order; a constant number of queries.
    """
    tasks = {task.pk for task, _agency in parts}
    agencies = {agency.pk for _task, agency in parts}
    of_these = Contribution.objects.filter(task__in=tasks, agency__in=agencies)
    begun = {
        (one.task_id, one.agency_id): one
        for one in of_these.filter(period=period).select_related("updated_by")
    }
    latest = _latest_before(of_these, period)
    shown = begun | {
        (one.task_id, one.agency_id): one
        for one in Contribution.objects.filter(pk__in=latest.values())
        if (one.task_id, one.agency_id) not in begun
    }
    texts: dict[int, dict[int, str]] = defaultdict(dict)
    for pk, measure_id, text in MeasureContribution.objects.filter(
        contribution__in=[one.pk for one in shown.values()]
    ).values_list("contribution_id", "measure_id", "text"):
        texts[pk][measure_id] = text
    duties: dict[Part, set[int]] = defaultdict(set)
    for task_id, agency_id, measure_id in MeasureDuty.objects.filter(
        measure__task__in=tasks, agency__in=agencies
    ).values_list("measure__task_id", "agency_id", "measure_id"):
        duties[task_id, agency_id].add(measure_id)
    found: dict[Part, tuple[Contribution | None, ContributionContent]] = {}
    for task, agency in parts:
        part = task.pk, agency.pk
        one = shown.get(part)
        content = _content(task, one, texts[one.pk] if one else {}, duties.get(part, ()))
        if part not in begun:
            content = replace(content, nothing_to_add=False)
        found[part] = begun.get(part), content
    return found


def _latest_before(contributions: ContributionQuerySet, period: ReportingPeriod) -> dict[Part, int]:
    """The last one of each part that said something, as `contribution_before`."""
    earlier = contributions_that_say_something(contributions, before=period)
    # The latest of each part comes last.
    return {
        (task_id, agency_id): pk
        for task_id, agency_id, pk in earlier.order_by("period__ends_on").values_list(
            "task_id", "agency_id", "pk"
        )
    }


def _content(
    task: Task, one: Contribution | None, texts: dict[int, str], concerning: Collection[int]
) -> ContributionContent:
    return ContributionContent(
        measures=tuple(
            MeasureText(measure.pk, measure.ordinal, texts.get(measure.pk, ""))
            for measure in task.measures.all()
            if not concerning or measure.pk in concerning or texts.get(measure.pk, "").strip()
        ),
        remarks=one.remarks if one else "",
        nothing_to_add=bool(one and one.nothing_to_add),
    )
