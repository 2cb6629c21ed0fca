"""What a contribution says, apart from the rows it is stored in."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Exists, OuterRef, Q

from agencies.audit import text_seen
from agencies.models import Agency
from progress.models import (
    Contribution,
    ContributionQuerySet,
    MeasureContribution,
    ReportingPeriod,
)
from progress.workflow.content import MeasureContent, ReportContent
from tasks.models import Measure, Task


@dataclass(frozen=True, slots=True)
class MeasureText:
    """What a contribution says of one measure."""

    measure_id: int
    ordinal: int
    text: str


@dataclass(frozen=True, slots=True)
class ContributionContent:
    """A contribution's texts, of the measures that concern its agency, by ordinal."""

    measures: tuple[MeasureText, ...]
    remarks: str = ""
    nothing_to_add: bool = False

    @property
    def says_something(self) -> bool:
        return bool(self.remarks.strip() or any(m.text.strip() for m in self.measures))

    def by_ordinal(self) -> dict[str, Any]:
        """The same as other programs read and send it, who know a measure by its place."""
        return {
            "measures": [{"ordinal": m.ordinal, "text": m.text} for m in self.measures],
            "remarks": self.remarks,
            "nothing_to_add": self.nothing_to_add,
        }

    def measures_seen(self) -> dict[str, Any]:
        """What the audit trail holds of the measures, which stand in rows of their own."""
        return {f"measure {one.measure_id} text": text_seen(one.text) for one in self.measures}

    def as_json(self) -> dict[str, Any]:
        """The shape in which `ContributionEvent.content` keeps it."""
        return {
            "measures": [
                {"measure": m.measure_id, "ordinal": m.ordinal, "text": m.text}
                for m in self.measures
            ],
            "remarks": self.remarks,
            "nothing_to_add": self.nothing_to_add,
        }


def contribution_content_of(contribution: Contribution) -> ContributionContent:
    """What the contribution says now: of the measures that concern its agency today, and of those
    that it wrote of before the lead divided them otherwise."""
    stored = dict(
        MeasureContribution.objects.filter(contribution=contribution).values_list(
            "measure_id", "text"
        )
    )
    return ContributionContent(
        measures=tuple(
            MeasureText(measure.pk, measure.ordinal, stored.get(measure.pk, ""))
            for measure in measures_to_write_of(
                task=contribution.task,
                agency=contribution.agency,
                written_of=[pk for pk, text in stored.items() if text.strip()],
            )
        ),
        remarks=contribution.remarks,
        nothing_to_add=contribution.nothing_to_add,
    )


def measures_to_write_of(
    *, task: Task, agency: Agency, written_of: Collection[int] = ()
) -> list[Measure]:
    """The measures of the task that concern the agency, and those that it has `written_of`."""
    concerning = set(Measure.objects.concerning(task.pk, agency.pk).values_list("pk", flat=True))
    return list(task.measures.filter(pk__in=concerning | set(written_of)).order_by("ordinal"))


def contribution_before(
    *, task: Task, agency: Agency, period: ReportingPeriod
) -> Contribution | None:
    """What this agency last said on the task before this period, handed in at least once."""
    its_own = Contribution.objects.filter(task=task, agency=agency)
    return (
        contributions_that_say_something(its_own, before=period)
        .select_related("period", "task", "agency")
        .order_by("-period__ends_on")
        .first()
    )


def contributions_that_say_something(
    contributions: ContributionQuerySet, *, before: ReportingPeriod
) -> ContributionQuerySet:
    """Those of earlier periods that were handed in at least once and have any text."""
    texts = MeasureContribution.objects.filter(contribution=OuterRef("pk")).exclude(text="")
    return contributions.filter(
        ~Q(remarks="") | Exists(texts),
        handed_in_on__isnull=False,
        period__ends_on__lt=before.ends_on,
    )


def contribution_to_start_from(
    *, task: Task, agency: Agency, period: ReportingPeriod
) -> ContributionContent:
    """What a contribution that nobody has begun starts from: the agency's last one."""
    before = contribution_before(task=task, agency=agency, period=period)
    if before is not None:
        return replace(contribution_content_of(before), nothing_to_add=False)
    return ContributionContent(
        measures=tuple(
            MeasureText(measure.pk, measure.ordinal, "")
            for measure in measures_to_write_of(task=task, agency=agency)
        )
    )


def content_with(
    content: ReportContent, added: ContributionContent, *, agency: Agency
) -> ReportContent:
    """The report's content with the contribution's texts at the end of those they belong to."""
    texts = {m.measure_id: m.text for m in added.measures}
    return replace(
        content,
        measures=tuple(
            MeasureContent(
                m.measure_id,
                m.ordinal,
                m.status,
                text_taken_up(m.text, texts.get(m.measure_id, ""), agency),
            )
            for m in content.measures
        ),
        problems=text_taken_up(content.problems, added.remarks, agency),
    )


def text_taken_up(text: str, addition: str, agency: Agency) -> str:
    """The text with the addition at its end, under the name of the agency that wrote it."""
    addition = addition.strip()
    named = f"{agency.name}：{addition}"
    # Once, and only where it stands as it was taken over: what others wrote may read alike.
    if not addition or f"\n{named}\n" in f"\n{text}\n":
        return text
    return f"{text.rstrip()}\n{named}" if text.strip() else named
