"""What of a recorded reminder is still owed, at the moment before it is sent."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Subquery

from agencies.models import Agency, agencies_out_of_reach
from progress.models import (
    Audience,
    Contribution,
    Reminder,
    ReminderItem,
    Report,
    Rule,
)
from progress.reminders.owed.facts import (
    Day,
    agreements,
    deadlines,
    decisions,
    matters,
    requests,
)
from progress.reminders.owed.items import items_named, owed_item_of
from progress.reminders.owed.pauses import Pauses
from progress.reminders.owed.rules import rule_of, rule_of_contribution
from tasks.models import Division, Responsibility, ResponsibilityRole


def standing_of_items(
    reminder: Reminder, day: Day
) -> tuple[list[ReminderItem], list[ReminderItem]]:
    """The items of a recorded reminder that are owed this very moment, and those settled since.

    What another agency answers for by now is settled: the reminder's recipient owes it no more. So
    is what is paused. Two statements, and one for each rule of another kind than reports.
    """
    parts = Responsibility.objects.filter(task=OuterRef("task"), agency=OuterRef("agency"))
    if reminder.audience != Audience.OFFICE:
        told = reminder.user.agency_id if reminder.user else reminder.agency_id
        parts = parts.filter(agency__in=Agency.objects.spoken_for_by(told))
    report = Report.objects.filter(task=OuterRef("task"), period=OuterRef("period"))
    contribution = Contribution.objects.filter(
        task=OuterRef("task"), period=OuterRef("period"), agency=OuterRef("agency")
    )
    items = list(
        items_named()
        .filter(reminder=reminder)
        .annotate(
            report_state=Subquery(report.values("state")[:1]),
            contribution_state=Subquery(contribution.values("state")[:1]),
            position=Subquery(parts.values("position")[:1]),
            role=Subquery(parts.values("role")[:1]),
            is_out_of_reach=Exists(agencies_out_of_reach().filter(pk=OuterRef("agency"))),
        )
    )
    pauses = Pauses.holding_on(day.today)
    due = _due(items, day, pauses)
    owed: list[ReminderItem] = []
    settled: list[ReminderItem] = []
    for item in items:
        stands = _stands(item, reminder, due) and not pauses.hold(owed_item_of(item))
        (owed if stands else settled).append(item)
    return owed, settled


# What is owed by a rule that has a due date of its own: the rule, the ids that tell it, the date.
Due = set[tuple[Any, ...]]


def _due(items: Sequence[ReminderItem], day: Day, pauses: Pauses) -> Due:
    """What of these items' tasks is owed by the rules with due dates of their own."""
    tasks: dict[str, set[int]] = {}
    for item in items:
        if item.task_id is not None:
            tasks.setdefault(item.rule, set()).add(item.task_id)
    due: Due = set()
    if chosen := tasks.get(Rule.DEADLINE):
        due |= {(Rule.DEADLINE, *entry) for entry in deadlines(chosen).items()}
    if chosen := tasks.get(Rule.EXTENSION):
        due |= {(Rule.EXTENSION, *entry) for entry in requests(day, chosen).items()}
    if chosen := tasks.get(Rule.REVIEW):
        due |= {(Rule.REVIEW, *key, on) for key, on in decisions(day, chosen).items()}
    if chosen := tasks.get(Rule.MATTER, set()) | tasks.get(Rule.ADDRESS, set()):
        found = matters(day, chosen)
        due |= {(one.rule, one.matter_id, one.agency_id, one.due_on) for one in found}
    if chosen := tasks.get(Rule.AGREEMENT):
        asked = agreements(Responsibility.objects.filter(task__in=chosen))
        due |= {(Rule.AGREEMENT, one.task.pk, one.period_id, one.agency_id) for one in asked}
    if any(item.rule == Rule.UNDELIVERED for item in items):
        lost = [item.undelivered_id for item in items if item.undelivered_id]
        rows = pauses.given_up().filter(pk__in=lost)
        due |= {(Rule.UNDELIVERED, pk) for pk in rows.values_list("pk", flat=True)}
    return due


def _stands(item: Any, reminder: Reminder, due: Due) -> bool:
    """Whether an item, annotated as above, is owed this moment."""
    match Rule(item.rule):
        case Rule.DEADLINE:
            is_lead = item.role == ResponsibilityRole.LEAD
            return is_lead and (Rule.DEADLINE, item.task_id, item.due_on) in due
        case Rule.EXTENSION:
            return (Rule.EXTENSION, item.task_id, item.due_on) in due
        case Rule.REVIEW:
            return (Rule.REVIEW, item.task_id, item.period_id, item.due_on) in due
        case Rule.MATTER:
            return (
                _speaks_for(reminder, item.agency)
                and (Rule.MATTER, item.matter_id, item.agency_id, item.due_on) in due
            )
        case Rule.ADDRESS:
            return (Rule.ADDRESS, item.matter_id, None, item.due_on) in due
        case Rule.AGREEMENT:
            is_asked = (Rule.AGREEMENT, item.task_id, item.period_id, item.agency_id) in due
            return is_asked and _speaks_for(reminder, item.agency)
        case Rule.UNREACHABLE:
            return bool(item.is_out_of_reach)
        case Rule.UNDELIVERED:
            return (Rule.UNDELIVERED, item.undelivered_id) in due
        case rule:
            # These are read from a report's and a contribution's state.
            return _rule_of_period(item) == rule


def _speaks_for(reminder: Reminder, agency: Agency) -> bool:
    """Whether the agency's things are told to the reminder's recipient."""
    if reminder.audience == Audience.OFFICE:
        return True
    told = reminder.user.agency_id if reminder.user else reminder.agency_id
    return told in (agency.pk, agency.acts_through_id)


def _rule_of_period(item: Any) -> Rule | None:
    """By which rule a report or contribution is owed this moment."""
    if item.position is None or not item.period.is_open:
        return None
    if item.position == 1:
        return rule_of(report=item.report_state)
    if item.task.division != Division.BY_DUTY:
        return None
    return rule_of_contribution(report=item.report_state, contribution=item.contribution_state)
