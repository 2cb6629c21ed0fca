"""The only place where a figure is computed: page, API, workbook and reminder share its typed rows.

Every function takes what it needs to know about time: the period it reads and the day it reads it
on. A period's rows tell the standing as of that period: while no later period has an approved
report that is what is stored on task and measure, for a past period it is read from its reports.
"""

from progress.rollups.contributions import (
    ContributionRow,
    agencies_not_contributing,
    contribution_rows,
)
from progress.rollups.figures import (
    AgencyFigures,
    ChapterFigures,
    Figures,
    Rate,
    agency_figures,
    chapter_figures,
    figures_of,
    handing_in_rows,
)
from progress.rollups.periods import PeriodFigures, period_figures
from progress.rollups.rows import (
    AgencyRef,
    MeasureRow,
    ReportTexts,
    TaskRow,
    measure_rows,
    reading_day,
    report_texts,
    task_rows,
)

__all__ = [
    "AgencyFigures",
    "AgencyRef",
    "ChapterFigures",
    "ContributionRow",
    "Figures",
    "MeasureRow",
    "PeriodFigures",
    "Rate",
    "ReportTexts",
    "TaskRow",
    "agencies_not_contributing",
    "agency_figures",
    "chapter_figures",
    "contribution_rows",
    "figures_of",
    "handing_in_rows",
    "measure_rows",
    "period_figures",
    "reading_day",
    "report_texts",
    "task_rows",
]
