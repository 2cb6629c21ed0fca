"""Chapters as stacked bars, by status and by light, each with its line of the table behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agencies.models import User
from progress.lights import Light
from progress.pages.charts import BarRow, Part, StackedBars, Words, stacked_bars
from progress.pages.counts import Count, HandingIn, handing_in, light_counts, status_counts
from progress.pages.reading import PeriodChoice, TaskLinks, address_of
from progress.rollups import Counted, Figures, FiguresOfPeriod, knows_handing_in
from tasks.listing import chinese_numeral
from tasks.models import Status


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """A chapter's line: its figures with the tasks behind them; `page` is its own page."""

    number: int
    title: str
    figures: Figures
    page: str
    address: str
    statuses: Sequence[Count]
    lights: Sequence[Count]
    handing_in: HandingIn | None

    @property
    def name(self) -> str:
        """As the list writes it: 一、…"""
        return f"{chinese_numeral(self.number)}、{self.title}"


def chapter_lines(
    rows: Sequence[Counted], figures: FiguresOfPeriod, *, user: User, choice: PeriodChoice
) -> list[ChapterLine]:
    """A line for each chapter that has rows, in the order of the list."""
    titles = dict(sorted((row.chapter_number, row.chapter_title) for row in rows))
    links = TaskLinks(choice.parameters)
    # Single chapters follow what a reader may know of single reports; leaders know the sums alone.
    knows = choice.period is not None and user.is_coordinator and knows_handing_in(user=user)
    lines = []
    for number, title in titles.items():
        of_chapter, within = figures.of(chapter=number), links.within(chapter=number)
        lines.append(
            ChapterLine(
                number=number,
                title=title,
                figures=of_chapter,
                page=address_of("chapter", number) + choice.query,
                address=within.to(),
                statuses=status_counts(of_chapter, within),
                lights=light_counts(of_chapter, within),
                handing_in=handing_in(of_chapter, within, by_task=True) if knows else None,
            )
        )
    return lines


def bars_by_status(lines: Sequence[ChapterLine]) -> StackedBars:
    """The chapters by status; a bar leads to its chapter, a part of it to its tasks."""
    labels = {value: str(label) for value, label in Status.choices}
    return stacked_bars([_bar(line, "status", line.statuses, labels) for line in lines])


def bars_by_light(lines: Sequence[ChapterLine]) -> StackedBars:
    """The same by light."""
    labels = {value: str(label) for value, label in Light.choices}
    return stacked_bars([_bar(line, "light", line.lights, labels) for line in lines])


def _bar(
    line: ChapterLine, kind: str, counts: Sequence[Count], labels: Mapping[str, Words]
) -> BarRow:
    return BarRow(
        label=line.name,
        parts=[
            Part(f"{kind}-{one.value}", labels[one.value], one.count, one.address) for one in counts
        ],
        address=line.page,
        total_address=line.address,
    )
