"""HOW FAR: the tables of periods, reports, contributions and reminders."""

from agencies.kept import KeptRecordError
from progress.models.contributions import (
    Contribution,
    ContributionEvent,
    ContributionQuerySet,
    MeasureContribution,
)
from progress.models.errata import OF_A_MEASURE, Erratum, ErratumField
from progress.models.evidence import Evidence, EvidenceQuerySet, FileKind, StoredFile
from progress.models.figures import KeptFigures
from progress.models.lists import ListColumns, ListPage, SavedList, SavedListQuerySet
from progress.models.periods import AGENCIES_KEPT, PeriodQuerySet, ReportingPeriod
from progress.models.policy import LIGHT_RULES, CalendarCorrection, PeriodKind, Policy, Roll
from progress.models.registers import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    MatterState,
    RaisedQuerySet,
    Result,
    ResultKind,
)
from progress.models.reminders import (
    Channel,
    Reminder,
    ReminderItem,
    ReminderQuerySet,
    ReminderState,
    Rule,
)
from progress.models.reports import (
    Agreement,
    MeasureProgress,
    Report,
    ReportEvent,
    ReportQuerySet,
    ReviewMark,
)

__all__ = [
    "AGENCIES_KEPT",
    "LIGHT_RULES",
    "OF_A_MEASURE",
    "Agreement",
    "CalendarCorrection",
    "Channel",
    "Completion",
    "CompletionState",
    "Contribution",
    "ContributionEvent",
    "ContributionQuerySet",
    "DecisionState",
    "Erratum",
    "ErratumField",
    "Evidence",
    "EvidenceQuerySet",
    "Extension",
    "FileKind",
    "KeptFigures",
    "KeptRecordError",
    "ListColumns",
    "ListPage",
    "Matter",
    "MatterEvent",
    "MatterMove",
    "MatterState",
    "MeasureContribution",
    "MeasureProgress",
    "PeriodKind",
    "PeriodQuerySet",
    "Policy",
    "RaisedQuerySet",
    "Reminder",
    "ReminderItem",
    "ReminderQuerySet",
    "ReminderState",
    "Report",
    "ReportEvent",
    "ReportQuerySet",
    "ReportingPeriod",
    "Result",
    "ResultKind",
    "ReviewMark",
    "Roll",
    "Rule",
    "SavedList",
    "SavedListQuerySet",
    "StoredFile",
]
