"""Reading the list is lossless: from what is stored all 131 rows can be written again."""

import re

import pytest

from tasks.listing import RowCells, row_cells
from tasks.models import Task
from tasks.tests.official_list import SOURCE


def rows_of_the_source() -> list[RowCells]:
    """The rows joined by a reading of the text that shares nothing with the importer's."""
    tables = re.split(r"(?m)^序号\t.*\n", SOURCE)[1:]
    without_chapters = re.sub(
        r"(?m)^[一二三四五六七八九十]+、[^\t\n]*\t\t\t\n?", "", "".join(tables)
    )
    lines = [line for line in without_chapters.split("\n") if line]
    rows: list[list[str]] = []
    for line in lines:
        number, title, measures, agencies = line.split("\t")
        if number:
            rows.append([number, title, measures, agencies])
        else:
            rows[-1][1] += title
            rows[-1][2] += measures
            rows[-1][3] += agencies
    for row in rows:
        row[2] = row[2].replace("</p> <p>", "").replace("<p>", "").replace("</p>", "")
    return [RowCells(*row) for row in rows]


@pytest.mark.usefixtures("register")
def test_every_row_is_written_again_character_for_character() -> None:
    expected = rows_of_the_source()
    assert len(expected) == 131
    tasks = Task.objects.order_by("number").prefetch_related("measures", "responsibilities")
    written = [row_cells(task) for task in tasks]
    for found, wanted in zip(written, expected, strict=True):
        assert found == wanted


@pytest.mark.usefixtures("register")
def test_the_rows_hold_all_of_the_source_but_headers_chapters_and_markup() -> None:
    """Counted over the whole text, so that a mistake in the joining above cannot hide a loss."""
    tasks = Task.objects.prefetch_related("measures", "responsibilities")
    written = "".join(
        cells.title + cells.measures + cells.agencies for cells in map(row_cells, tasks)
    )
    chapters = "".join(re.findall(r"(?m)^[一二三四五六七八九十]+、[^\t\n]*(?=\t\t\t)", SOURCE))
    rest = re.sub(r"(?m)^序号\t.*$|^\d+(?=\t)|</?p>", "", SOURCE).split("清单（含落实举措）", 1)[1]
    in_source = len(re.sub(r"\s", "", rest)) - len(chapters)
    assert len(re.sub(r"\s", "", written)) == in_source


@pytest.mark.usefixtures("register")
def test_paragraph_tags_are_markup_and_not_text() -> None:
    measures = Task.objects.get(number=125).measures.order_by("ordinal")
    assert len(measures) == 5
    assert measures[0].text.endswith("做好舆情监测、风险化解工作。")
    assert measures[1].text.startswith("二是持续健全")
    assert not any("<" in measure.text for measure in measures)
