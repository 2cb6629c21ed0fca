"""Extensions (延期申请): a lead asks for a later deadline in time, a coordinator decides."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.models import Agency, User
from progress.models import DecisionState, Extension, Policy, Report, ReportingPeriod
from progress.workflow.conflicts import Conflict
from progress.workflow.content import LONGEST_TEXT, content_to_start_from
from progress.workflow.drafts import NOT_BEGUN, report_save
from progress.workflow.parties import compiling_agency, may_write, speaks_for
from tasks.deadlines import LAST_YEAR, Deadline, deadlines_write
from tasks.models import Measure, Status, Task


def extension_request_check(
    *,
    task: Task,
    by: User,
    writes: bool | None = None,
    lead: Agency | None = None,
    policy: Policy | None = None,
) -> None:
    """Raise PermissionDenied for anybody whose word is not that of the task's compiling agency.

    `writes`, `lead` and `policy` are whether they write its report, who compiles it, and the rules,
    where these are known."""
    if writes is None:
        writes = may_write(task=task, user=by)
    if not by.is_active or not writes:
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d asks for a later deadline.")
            % {"number": task.number}
        )
    if not speaks_for(agency=lead or compiling_agency(task), user=by, policy=policy):
        raise PermissionDenied(_("Your agency's approver asks for a later deadline."))


def extension_is_open(*, task: Task, today: dt.date) -> bool:
    """Whether any deadline of the task or of its measures can still be asked to be later: it is
    set, it has not passed, and what it is for is not completed. Two queries."""
    if task.status == Status.COMPLETED:
        return False
    if task.deadline is not None and task.deadline >= today:
        return True
    return task.measures.filter(deadline__gte=today).exclude(status=Status.COMPLETED).exists()


@transaction.atomic
def extension_request(
    *,
    task: Task,
    period: ReportingPeriod,
    new_deadline: dt.date,
    reason: str,
    by: User,
    now: dt.datetime,
    measure: Measure | None = None,
) -> Extension:
    """Ask for a later deadline of the task, or of one of its measures, within the period's report.

    A report that nobody has begun is begun with what it starts from. The same words sent twice by
    the same person are one request. Raises PermissionDenied as `extension_request_check`; Conflict
    where the period is closed, no deadline is set, it has passed, what it is for is completed, or
    another request is undecided; ValidationError keyed "measure", "new_deadline" or "reason".
    """
    extension_request_check(task=task, by=by)
    if measure is not None and measure.task_id != task.pk:
        raise ValidationError({"measure": [_("Choose one of the task's measures.")]})
    # Period, report, task, measure: locks taken in the order of every other writer.
    period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be changed in it.") % {"code": period.code}
        )
    report = Report.objects.locked(task=task, period=period)
    subject = _subject_locked(task, measure)
    deadline = subject.deadline
    undecided = Extension.objects.filter(
        task=task, measure=measure, state=DecisionState.REQUESTED
    ).first()
    if undecided is not None and (
        undecided.requested_by_id == by.pk
        and (undecided.new_deadline, undecided.reason) == (new_deadline, reason.strip())
    ):
        return undecided
    _check_asking(subject, undecided, today=timezone.localdate(now))
    assert deadline is not None
    _check_words(deadline, new_deadline, reason.strip())
    _check_order(task, measure, new_deadline)
    if report is None:
        report = report_save(
            task=task,
            period=period,
            by=by,
            now=now,
            content=content_to_start_from(task=task, period=period),
            version=NOT_BEGUN,
        )
    extension = Extension.objects.create(
        task=task,
        measure=measure,
        report=report,
        deadline=deadline,
        new_deadline=new_deadline,
        reason=reason.strip(),
        requested_at=now,
        requested_by=by,
    )
    audit_note("extension.request", extension, by=by, now=now)
    return extension


@transaction.atomic
def extension_decide(
    *, extension: Extension, granted: bool, by: User, now: dt.datetime, reason: str = ""
) -> Extension:
    """Grant or refuse a request, by a coordinator; granting moves the deadline.

    The same decision sent twice by the same person is one. Raises PermissionDenied for anybody
    else, Conflict for a request that is decided already or whose deadline is another by now, and
    ValidationError keyed "reason" for a refusal without one, or "deadline" where the measure would
    be due after its task.
    """
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only a coordinator decides on a later deadline."))
    reason = reason.strip()
    state = DecisionState.GRANTED if granted else DecisionState.REFUSED
    extension = _locked(extension)
    if _is_decided_so(extension, state, by=by, reason=reason):
        return extension
    _check_undecided(extension)
    if not granted and not reason:
        raise ValidationError({"reason": [_("Say why, so that the agency can act on it.")]})
    _check_length(reason)
    if granted:
        deadline = _subject_locked(extension.task, extension.measure).deadline
        if deadline != extension.deadline:
            raise Conflict(
                _(
                    "The deadline has been changed since it was asked for: it is %(day)s now, and "
                    "was %(before)s. Refuse the request, or let it be asked anew."
                )
                % {
                    "day": deadline.isoformat() if deadline else _("not set"),
                    "before": extension.deadline.isoformat(),
                }
            )
        deadlines_write(
            changes=[Deadline(extension.task, extension.measure, extension.new_deadline)],
            reason=_granted_because(extension),
            by=by,
            now=now,
        )
    return _decided(extension, state, by=by, now=now, reason=reason)


@transaction.atomic
def extension_withdraw(*, extension: Extension, by: User, now: dt.datetime) -> Extension:
    """Take a request back while it is undecided, by who could make it; raises as the others."""
    extension_request_check(task=extension.task, by=by)
    extension = _locked(extension)
    if _is_decided_so(extension, DecisionState.WITHDRAWN, by=by, reason=""):
        return extension
    _check_undecided(extension)
    return _decided(extension, DecisionState.WITHDRAWN, by=by, now=now, reason="")


def _is_decided_so(extension: Extension, state: DecisionState, *, by: User, reason: str) -> bool:
    """Whether this very person has decided just this: the button was pressed twice."""
    return (extension.state, extension.decided_by_id, extension.decision_reason) == (
        state,
        by.pk,
        reason,
    )


def _check_undecided(extension: Extension) -> None:
    if extension.state != DecisionState.REQUESTED:
        raise Conflict(
            _("This request is “%(state)s” already.") % {"state": extension.get_state_display()}
        )


def _decided(
    extension: Extension, state: DecisionState, *, by: User, now: dt.datetime, reason: str
) -> Extension:
    with audited(f"extension.{state}", extension, by=by, now=now):
        extension.state = state
        extension.decided_at, extension.decided_by = now, by
        extension.decision_reason = reason
        extension.save(update_fields=["state", "decided_at", "decided_by", "decision_reason"])
    return extension


def _locked(extension: Extension) -> Extension:
    """The request, its row locked after its task's."""
    Task.objects.select_for_update().only("pk").get(pk=extension.task_id)
    return (
        Extension.objects.select_for_update(of=("self",))
        .select_related("task", "measure", "report__period", "requested_by")
        .get(pk=extension.pk)
    )


def _subject_locked(task: Task, measure: Measure | None) -> Task | Measure:
    """The task or the measure as it is, nobody changing it until the transaction ends."""
    locked = Task.objects.select_for_update().get(pk=task.pk)
    if measure is None:
        return locked
    return Measure.objects.select_for_update().get(pk=measure.pk)


def _check_asking(subject: Task | Measure, undecided: Extension | None, *, today: dt.date) -> None:
    deadline = subject.deadline
    if deadline is None:
        raise Conflict(
            _("This measure has no deadline of its own; ask for a later one of the task.")
            if isinstance(subject, Measure)
            else _("No deadline is set for this task, so there is none to extend.")
        )
    if subject.status == Status.COMPLETED:
        raise Conflict(_("This is completed already; a later deadline would change nothing."))
    if today > deadline:
        raise Conflict(
            _(
                "The deadline %(day)s has passed, so it is too late to ask; a coordinator can "
                "still move it."
            )
            % {"day": deadline.isoformat()}
        )
    if undecided is not None:
        raise Conflict(_("Another request is undecided; withdraw it first to ask for another day."))


def _check_words(deadline: dt.date, new_deadline: dt.date, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if new_deadline <= deadline:
        errors["new_deadline"] = [
            _("Choose a day after the present deadline, %(day)s.") % {"day": deadline.isoformat()}
        ]
    elif new_deadline.year > LAST_YEAR:
        errors["new_deadline"] = [_("Choose a day until %(last)d.") % {"last": LAST_YEAR}]
    if not reason:
        errors["reason"] = [_("Say why the deadline cannot be kept.")]
    if errors:
        raise ValidationError(errors)
    _check_length(reason)


def _check_length(reason: str) -> None:
    if len(reason) > LONGEST_TEXT:
        raise ValidationError(
            {
                "reason": [
                    _("The text has %(length)d characters; %(limit)d are allowed.")
                    % {"length": len(reason), "limit": LONGEST_TEXT}
                ]
            }
        )


def _check_order(task: Task, measure: Measure | None, new_deadline: dt.date) -> None:
    """Raise ValidationError where the measure would be due after its task, which none can grant."""
    if measure is None:
        return
    of_task = Task.objects.only("deadline").get(pk=task.pk).deadline
    if of_task is not None and new_deadline > of_task:
        raise ValidationError(
            {
                "new_deadline": [
                    _("The task itself is due %(day)s; ask for a later deadline of the task first.")
                    % {"day": of_task.isoformat()}
                ]
            }
        )


def _granted_because(extension: Extension) -> str:
    """What the history of the deadline says, for everybody who reads the list.

    Neither the agency's reason nor the coordinator's, which are read with the request by those who
    may read that. It is kept in the language of the installation, whoever decides in whichever.
    """
    with translation.override(settings.LANGUAGE_CODE):
        return _("Extension granted, as requested %(day)s by %(agency)s.") % {
            "day": timezone.localdate(extension.requested_at).isoformat(),
            "agency": compiling_agency(extension.task).name,
        }
