"""The only place where a figure is computed: page, API, workbook and reminder share its typed rows.

Every function takes what it needs to know about time: the period it reads and the day it reads it
on. A period's rows tell the standing as of that period: while no later period has an approved
report that is what is stored on task and measure, for a past period it is read from its reports.
"""

from progress.rollups.answering import AgencyPart, AgencyRef, parts_answering
from progress.rollups.contributions import (
    ContributionRow,
    agencies_not_contributing,
    contribution_rows,
)
from progress.rollups.counted import (
    NOTHING_DROPPED,
    Dropped,
    dropped_since,
    is_counted,
    register_today,
    tasks_counted,
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
from progress.rollups.missing import (
    OwedContributions,
    PeriodMissing,
    UnfinishedReport,
    period_missing,
)
from progress.rollups.periods import PeriodAhead, PeriodFigures, period_ahead, period_figures
from progress.rollups.registers import (
    CompletionRow,
    ExtensionRow,
    MatterRow,
    Register,
    RegisterCount,
    RegisterRow,
    ResultRow,
    Subject,
    completion_rows,
    entries_of,
    extension_rows,
    matter_rows,
    matters_to_answer,
    register_count,
    register_counts,
    register_rows,
    result_rows,
    waiting_states,
)
from progress.rollups.rows import (
    MeasureRow,
    ReportTexts,
    TaskRow,
    measure_rows,
    period_read,
    reading_day,
    report_texts,
    task_rows,
)
from progress.rollups.settling import (
    CollectiveBody,
    UnstaffedLead,
    collective_bodies,
    settling_count,
    unstaffed_leads,
)
from progress.rollups.standings import approved_until

__all__ = [
    "NOTHING_DROPPED",
    "AgencyFigures",
    "AgencyPart",
    "AgencyRef",
    "ChapterFigures",
    "CollectiveBody",
    "CompletionRow",
    "ContributionRow",
    "Dropped",
    "ExtensionRow",
    "Figures",
    "MatterRow",
    "MeasureRow",
    "OwedContributions",
    "PeriodAhead",
    "PeriodFigures",
    "PeriodMissing",
    "Rate",
    "Register",
    "RegisterCount",
    "RegisterRow",
    "ReportTexts",
    "ResultRow",
    "Subject",
    "TaskRow",
    "UnfinishedReport",
    "UnstaffedLead",
    "agencies_not_contributing",
    "agency_figures",
    "approved_until",
    "chapter_figures",
    "collective_bodies",
    "completion_rows",
    "contribution_rows",
    "dropped_since",
    "entries_of",
    "extension_rows",
    "figures_of",
    "handing_in_rows",
    "is_counted",
    "matter_rows",
    "matters_to_answer",
    "measure_rows",
    "parts_answering",
    "period_ahead",
    "period_figures",
    "period_missing",
    "period_read",
    "reading_day",
    "register_count",
    "register_counts",
    "register_rows",
    "register_today",
    "report_texts",
    "result_rows",
    "settling_count",
    "task_rows",
    "tasks_counted",
    "unstaffed_leads",
    "waiting_states",
]
