"""HOW FAR: the tables of periods, reports, contributions and reminders."""

from progress.models.contributions import (
    Contribution,
    ContributionEvent,
    ContributionQuerySet,
    MeasureContribution,
)
from progress.models.errata import OF_A_MEASURE, Erratum, ErratumField
from progress.models.kept import KeptRecordError
from progress.models.periods import PeriodQuerySet, ReportingPeriod
from progress.models.policy import CalendarCorrection, PeriodKind, Policy, Roll
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
    "OF_A_MEASURE",
    "Agreement",
    "CalendarCorrection",
    "Channel",
    "Contribution",
    "ContributionEvent",
    "ContributionQuerySet",
    "Erratum",
    "ErratumField",
    "KeptRecordError",
    "MeasureContribution",
    "MeasureProgress",
    "PeriodKind",
    "PeriodQuerySet",
    "Policy",
    "Reminder",
    "ReminderItem",
    "ReminderQuerySet",
    "ReminderState",
    "Report",
    "ReportEvent",
    "ReportQuerySet",
    "ReportingPeriod",
    "ReviewMark",
    "Roll",
    "Rule",
]
