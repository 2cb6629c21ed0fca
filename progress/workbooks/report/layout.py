"""Heights of rows, so that no text is cut, and where pages end, so that no task is torn.

Excel sizes no merged cell to its text and draws no row higher than 409 points: what a measure's
progress needs beyond that goes on in further rows, everything else is merged down them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from progress.models import Paper
from progress.workbooks.cells import MOST_LINES, height_of
from progress.workbooks.text_lines import lines_of

# Width and height in millimetres, across.
PAPER_SIZES = {Paper.A3: (420, 297), Paper.A4: (297, 210)}
MARGIN_MM = 15
POINTS_PER_MM = 72 / 25.4
# Fonts that stand in for the official ones, and other programs' rounding, may take more.
SAFETY = 0.97
# Of a page, so that a task stays whole.
MOST_WHITE = 0.3


@dataclass(slots=True)
class Stretch:
    """One row: a stretch of a measure's progress, and how many lines the row holds."""

    progress: str
    lines: int

    @property
    def height(self) -> float:
        return height_of(self.lines)


def stretches_of(
    *, progress: str, beside: Iterable[tuple[str, float]], width: float
) -> list[Stretch]:
    """The rows that a measure needs for its progress in a column of this width, with what stands
    `beside` it in merged cells: texts and the widths of their columns."""
    said = lines_of(progress, width)
    rows = [Stretch("".join(part), len(part)) for part in _parts(said, MOST_LINES)]
    if len(rows) == 1 and rows[0].progress == progress:
        # Not a second time in memory.
        rows[0].progress = progress
    for row in rows[:-1]:
        # The end of the row is the end of the line.
        row.progress = row.progress.removesuffix("\n")
    stretch([rows], lines_needed(beside))
    return rows


def stretch(blocks: Sequence[list[Stretch]], needed: int) -> None:
    """Make the rows higher, evenly, until they hold `needed` lines; add rows once none can."""
    rows = [row for block in blocks for row in block]
    missing = needed - sum(row.lines for row in rows)
    while missing > 0:
        growing = [row for row in rows if row.lines < MOST_LINES]
        if not growing:
            blocks[-1].append(Stretch("", min(missing, MOST_LINES)))
            missing -= MOST_LINES
            continue
        share = max(missing // len(growing), 1)
        for row in growing:
            more = min(share, MOST_LINES - row.lines, missing)
            row.lines += more
            missing -= more


def lines_needed(texts: Iterable[tuple[str, float]]) -> int:
    """The lines of the longest of these texts in columns of these widths."""
    return max((len(lines_of(text, width)) for text, width in texts), default=1)


def _parts(lines: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


# --- Pages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Together:
    """Rows that belong together: the first one, the heights of all of them in points, and after how
    many of them a page may end if it must."""

    first: int
    heights: Sequence[float]
    may_end_after: Sequence[int] = ()

    @property
    def height(self) -> float:
        return sum(self.heights)

    def after(self, count: int) -> "Together":
        """What is left after so many rows."""
        ends = [end - count for end in self.may_end_after if end > count]
        return Together(self.first + count, self.heights[count:], ends)


class Pages:
    """Where pages end, so that a group stays whole unless that leaves too much of a page white.

    `breaks` are the rows before which a page ends, `torn` the first rows of the groups that a page
    ends in. A page holds rows of `page` points; `head` is what stands above the first group,
    `repeated` what every further page begins with.
    """

    def __init__(self, *, page: float, head: float, repeated: float) -> None:
        self.breaks: list[int] = []
        self.torn: set[int] = set()
        self._page, self._repeated, self._used = page, repeated, head
        self._first: int | None = None

    def lay(self, group: Together) -> None:
        """Lay these rows on, below those before."""
        if self._first is None:
            self._first = group.first
        page, repeated = self._page, self._repeated
        rest = group
        while self._used + rest.height > page:
            end = _end_within(rest, page - self._used)
            fits_a_page = repeated + rest.height <= page
            is_white = page - self._used <= MOST_WHITE * page
            # What stands above the first group has no page for itself.
            may_begin = bool(self.breaks) or rest.first != self._first
            if fits_a_page and may_begin and (end == 0 or is_white):
                self.breaks.append(rest.first)
                self._used = repeated
                break
            self.torn.add(group.first)
            if end == 0:  # it ends wherever the program that prints it ends the page
                end, self._used = _rows_on(rest, page, self._used, repeated)
            else:
                self.breaks.append(rest.first + end)
                self._used = repeated
            rest = rest.after(end)
        self._used += rest.height

    def lay_last(self, groups: Sequence[Together]) -> None:
        """Lay the last two on, which stay together where they fit: notes never have a page for
        themselves."""
        for group in _joined(groups, self._page - self._repeated):
            self.lay(group)


def page_height(paper: Paper, *, widths: Iterable[float]) -> float:
    """How many points of rows one page holds where columns of these widths fill its width."""
    across, down = ((side - 2 * MARGIN_MM) * POINTS_PER_MM for side in PAPER_SIZES[paper])
    scale = min(across / sum(points_of_column(width) for width in widths), 1)
    return down / scale * SAFETY


def points_of_column(width: float) -> float:
    """The width in points of a column of so many half-width characters."""
    return (width * 7 + 5) * 0.75


def pages_of(groups: Sequence[Together], *, page: float, head: float, repeated: float) -> Pages:
    """Where pages end that hold all of these."""
    pages = Pages(page=page, head=head, repeated=repeated)
    for group in groups[:-2]:
        pages.lay(group)
    pages.lay_last(groups[-2:])
    return pages


def _end_within(group: Together, room: float) -> int:
    """After how many rows the page ends best: as late as there is room; 0 if it may not."""
    fitting = [end for end in group.may_end_after if sum(group.heights[:end]) <= room]
    return max(fitting, default=0)


def _rows_on(group: Together, page: float, used: float, repeated: float) -> tuple[int, float]:
    """All rows of a group that no page can hold, and what its last page has used then."""
    for height in group.heights:
        used = used + height if used + height <= page else repeated + height
    return len(group.heights), used


def _joined(groups: Sequence[Together], room: float) -> Sequence[Together]:
    if len(groups) < 2 or sum(group.height for group in groups) > room:
        return groups
    first, last = groups
    return [Together(first.first, [*first.heights, *last.heights], first.may_end_after)]
