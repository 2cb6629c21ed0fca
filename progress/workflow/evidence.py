"""Evidence on reports and contributions: added, replaced and removed, and what needs it."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.models import Agency, User
from progress.filestore import (
    FileRefused,
    FileTooLarge,
    Received,
    file_keep,
    file_received,
    kind_of,
    label_of,
)
from progress.models import (
    Contribution,
    Evidence,
    EvidenceQuerySet,
    FileKind,
    Policy,
    Report,
    ReportingPeriod,
)
from progress.statements import WrittenOnce
from progress.workflow.completions import completions_wanted
from progress.workflow.conflicts import Conflict
from progress.workflow.content import ReportContent, content_to_start_from
from progress.workflow.contributions.content import contribution_to_start_from
from progress.workflow.contributions.drafts import contribution_save, contribution_writable_check
from progress.workflow.drafts import NOT_BEGUN, beginning_lock, report_save, writable_check
from progress.workflow.parties import may_contribute, may_write
from tasks.models import Measure, Task

# The code of the problem with a file that is larger than the rules allow.
TOO_LARGE = "too_large"
# The code of what a completion without evidence is told.
NEEDS_EVIDENCE = "needs_evidence"


def evidence_add(
    *,
    task: Task,
    period: ReportingPeriod,
    agency: Agency | None = None,
    measure: Measure | None = None,
    upload: "File[Any]",
    name: str,
    by: User,
    now: dt.datetime,
    replaces: Evidence | None = None,
) -> Evidence:
    """Attach a file to the task's report of the period, or to this agency's contribution to it.

    `measure` is the one it shows to be done, `name` what the file was called, `replaces` the
    standing evidence whose later version it is. What nobody has begun is begun with what it starts
    from. The version of the report stays as it is, so that no open form becomes stale. The very
    file sent twice is attached once, as a later version too. Raises PermissionDenied for who does
    not write there, Conflict where it can no longer be written or `replaces` has gone, and
    ValidationError keyed "file" (with the code TOO_LARGE where that is the reason) or "measure".
    """
    _check_right(task, agency, by)
    _check_measure(task, measure)
    # Before the file is looked at, which takes a while; and again below, with the rows locked.
    _check_writable(task, period, agency)
    policy, label = Policy.current(), label_of(name)
    try:
        with file_received(upload, megabytes=policy.evidence_megabytes) as received:
            kind = kind_of(received.path, label=label)
            with transaction.atomic():
                written = _begun(task=task, period=period, agency=agency, by=by, now=now)
                # Again: while the file was looked at its part may have passed to another agency.
                _check_right(task, agency, by)
                return _added(
                    written,
                    measure=measure,
                    label=label,
                    received=received,
                    kind=kind,
                    replaces=replaces,
                    most=policy.evidence_files,
                    by=by,
                    now=now,
                )
    except FileRefused as refused:
        code = TOO_LARGE if isinstance(refused, FileTooLarge) else "refused"
        raise ValidationError({"file": [ValidationError(str(refused), code=code)]}) from refused


def evidence_remove(*, evidence: Evidence, by: User, now: dt.datetime) -> Evidence:
    """Take the evidence back; its row and its file stay as a version of the past.

    Raises PermissionDenied for who does not write there, Conflict where it can no longer be
    changed or was removed or replaced already.
    """
    owner = evidence.report or evidence.contribution
    assert owner is not None
    agency = owner.agency if isinstance(owner, Contribution) else None
    _check_right(owner.task, agency, by)
    with transaction.atomic():
        written = _locked(owner.task, owner.period, agency)
        _check_right(owner.task, agency, by)
        assert written is not None
        evidence = _standing(written, evidence)
        _take_out(evidence, by=by, now=now)
    return evidence


def may_attach(*, task: Task, period: ReportingPeriod, agency: Agency | None, user: User) -> bool:
    """Whether the person may add evidence there now; `evidence_add` checks again."""
    try:
        _check_right(task, agency, user)
        _check_writable(task, period, agency)
    except (PermissionDenied, Conflict):
        return False
    return True


def evidence_by_report(reports: Iterable[Report]) -> dict[int, frozenset[int | None]]:
    """Of which measures the standing evidence of each report is, by the report's id: one query.

    None among them stands for evidence of the task as a whole.
    """
    found: dict[int, set[int | None]] = {report.pk: set() for report in reports}
    for report_id, measure_id in _STANDING.of(*found) if found else ():
        assert report_id is not None
        found[report_id].add(measure_id)
    return {report_id: frozenset(measures) for report_id, measures in found.items()}


_STANDING = WrittenOnce(
    lambda *reports: (
        Evidence.objects.standing()
        .filter(report__in=reports)
        .values_list("report_id", "measure_id")
    )
)


def is_shown(measure_id: int, by_evidence: Collection[int | None]) -> bool:
    """Whether evidence of these measures shows this one: its own does, and that of the whole."""
    return measure_id in by_evidence or None in by_evidence


def evidence_check(*, report: Report, content: ReportContent) -> None:
    """Raise ValidationError, keyed "evidence", where a completion lacks the evidence it needs.

    Only where the rules ask for it, and only for what was not completed before
    (`completions_wanted`).
    """
    if not content.has_completed or not Policy.current().completion_needs_evidence:
        return
    asked = completions_wanted(report, content)
    if not asked:
        return
    attached = evidence_by_report([report])[report.pk]
    bare = [measure for measure in asked if not is_shown(measure.pk, attached)]
    if bare:
        raise ValidationError(
            {
                "evidence": [
                    ValidationError(
                        _(
                            "Measure %(ordinal)d: attach the evidence that it is completed, or "
                            "choose another status."
                        )
                        % {"ordinal": one.ordinal},
                        code=NEEDS_EVIDENCE,
                    )
                    for one in bare
                ]
            }
        )


def _check_right(task: Task, agency: Agency | None, by: User) -> None:
    if agency is None:
        if not may_write(task=task, user=by):
            raise PermissionDenied(
                _("Only the lead agency of task %(number)d writes this report.")
                % {"number": task.number}
            )
    elif not may_contribute(task=task, agency=agency, user=by):
        raise PermissionDenied(_("Only the agency itself writes its contribution."))


def _check_measure(task: Task, measure: Measure | None) -> None:
    if measure is not None and measure.task_id != task.pk:
        raise ValidationError({"measure": [_("Choose a measure of this task.")]})


def _check_writable(task: Task, period: ReportingPeriod, agency: Agency | None) -> None:
    if agency is None:
        report = next(iter(_REPORT.of(task.pk, period.pk)), None)
        writable_check(report=report, period=period)
    else:
        contribution = Contribution.objects.filter(task=task, period=period, agency=agency).first()
        contribution_writable_check(contribution=contribution, period=period)


_REPORT = WrittenOnce(lambda task, period: Report.objects.filter(task=task, period=period))


def _locked(
    task: Task, period: ReportingPeriod, agency: Agency | None
) -> Report | Contribution | None:
    """What is written there, its row locked and writable; None where nobody has begun.

    The period first, as in every other writer: locks taken in one order never deadlock.
    """
    period = ReportingPeriod.objects.to_write_in(period.pk)
    written = _row_locked(task, period, agency)
    if written is None:
        beginning_lock(task)
        written = _row_locked(task, period, agency)
    if agency is None:
        assert not isinstance(written, Contribution)
        writable_check(report=written, period=period)
    else:
        assert not isinstance(written, Report)
        contribution_writable_check(contribution=written, period=period)
    return written


def _row_locked(
    task: Task, period: ReportingPeriod, agency: Agency | None
) -> Report | Contribution | None:
    if agency is None:
        return Report.objects.locked(task=task, period=period)
    # In the order that they have by default, task and period would be locked with them.
    contributions = Contribution.objects.select_for_update().filter(task=task, period=period)
    return contributions.filter(agency=agency).order_by("pk").first()


def _begun(
    *, task: Task, period: ReportingPeriod, agency: Agency | None, by: User, now: dt.datetime
) -> Report | Contribution:
    """What is written there, its row locked; begun now where nobody had."""
    written = _locked(task, period, agency)
    if written is not None:
        return written
    if agency is None:
        return report_save(
            task=task,
            period=period,
            by=by,
            now=now,
            content=content_to_start_from(task=task, period=period),
            version=NOT_BEGUN,
        )
    return contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=by,
        now=now,
        content=contribution_to_start_from(task=task, agency=agency, period=period),
        version=NOT_BEGUN,
    )


def _evidence_of(written: Report | Contribution) -> EvidenceQuerySet:
    if isinstance(written, Report):
        return Evidence.objects.filter(report=written)
    return Evidence.objects.filter(contribution=written)


def _standing(written: Report | Contribution, evidence: Evidence) -> Evidence:
    found = _evidence_of(written).standing().filter(pk=evidence.pk).first()
    if found is None:
        raise Conflict(
            _("“%(name)s” was removed or replaced meanwhile; look at the list again.")
            % {"name": evidence.name}
        )
    return found


def _added(
    written: Report | Contribution,
    *,
    measure: Measure | None,
    label: str,
    received: Received,
    kind: FileKind,
    replaces: Evidence | None,
    most: int,
    by: User,
    now: dt.datetime,
) -> Evidence:
    standing = _evidence_of(written).standing()
    same = standing.filter(file__sha256=received.sha256, measure=measure, name=label).first()
    if same is not None and (replaces is None or same.replaces_id == replaces.pk):
        # Sent twice: the answer to the first was not waited for, or was lost on its way.
        return same
    if replaces is not None:
        replaces = _standing(written, replaces)
        if same is not None:
            if same != replaces:
                _take_out(replaces, by=by, now=now)
            return same
    if standing.count() - (replaces is not None) >= most:
        raise ValidationError(
            {
                "file": [
                    _("%(limit)d files are attached, the most that is allowed; remove one first.")
                    % {"limit": most}
                ]
            }
        )
    if replaces is not None:
        _take_out(replaces, by=by, now=now)
    evidence = Evidence.objects.create(
        report=written if isinstance(written, Report) else None,
        contribution=written if isinstance(written, Contribution) else None,
        measure=measure,
        file=file_keep(received, kind=kind, now=now),
        name=label,
        replaces=replaces,
        added_at=now,
        added_by=by,
    )
    audit_note("evidence.add", evidence, by=by, now=now)
    return evidence


def _take_out(evidence: Evidence, *, by: User, now: dt.datetime) -> None:
    with audited("evidence.remove", evidence, by=by, now=now):
        evidence.removed_at, evidence.removed_by = now, by
        evidence.save(update_fields=["removed_at", "removed_by"])
