"""HOW FAR: the tables of periods, reports and reminders."""

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
from progress.models.reports import MeasureProgress, Report, ReportEvent, ReportQuerySet

__all__ = [
    "CalendarCorrection",
    "Channel",
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
    "Roll",
    "Rule",
]
