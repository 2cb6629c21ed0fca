"""A filled form comes back: kept as it was read, compared, and written whole or not at all."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.models import User
from progress.models import OfflineForm, ReportingPeriod, SheetUpload, UploadState
from progress.workflow.conflicts import Conflict
from progress.workflow.content import MeasureContent, ReportContent
from progress.workflow.contributions import ContributionContent, MeasureText, contribution_save
from progress.workflow.drafts import report_save
from progress.workflow.sheets.comparing import (
    ComparedCell,
    ComparedPlace,
    Comparison,
    comparison_of,
)
from progress.workflow.sheets.forms import agency_of
from progress.workflow.sheets.standing import OF_A_TASK, Standing

# As long as a form is worth waiting for; its file can be uploaded again.
LIFETIME = dt.timedelta(days=7)
# After the period was closed, when no form can come back.
FORMS_KEPT = dt.timedelta(days=90)

# What a file says: by line and field the value and the cell that holds it.
Said = Mapping[int, Mapping[str, tuple[str, str]]]


class ComparisonMoved(Conflict):
    """What is stored has changed since the person looked; `comparison` is how it is now."""

    def __init__(self, message: str, *, comparison: Comparison) -> None:
        super().__init__(message)
        self.comparison = comparison


def sheet_upload(*, by: User, key: str, said: Said, name: str, now: dt.datetime) -> SheetUpload:
    """Keep what a filled form says, to be looked at; nothing of it is written yet.

    `said` are the lines that the file has, with all their fields. A file that says the same as one
    that this person uploaded before is one with it while that waits. Raises PermissionDenied for
    anybody who reports for no agency, ValidationError for a form that is not of the person's agency
    or none that was downloaded here, Conflict for one of a closed period.
    """
    agency_of(by)
    form = (
        OfflineForm.objects.filter(key=key).select_related("period", "agency").first()
        if key
        else None
    )
    if form is None:
        raise ValidationError(
            _(
                "This is no form that was downloaded here. Download your agency's form, copy what "
                "you wrote into it, and upload that one."
            )
        )
    if form.agency_id not in by.agency_ids_of_old:
        raise ValidationError(
            _("This form was made for another agency. Upload the one that your agency downloaded.")
        )
    if not form.period.is_open:
        raise Conflict(
            _(
                "This form is of period %(code)s, which is closed. Download the form of the open "
                "period."
            )
            % {"code": form.period.code}
        )
    changed = _changed(form, said)
    absent = [index for index in range(len(form.lines)) if index not in said]
    with transaction.atomic():
        ours = SheetUpload.objects.visible_to(by).waiting(now=now)
        for waiting in ours.filter(form=form, by=by):
            if (waiting.said, waiting.absent) == (changed, absent):
                return waiting
        upload = SheetUpload.objects.create(
            form=form,
            name=name[-200:],
            said=changed,
            absent=absent,
            at=now,
            by=by,
            expires_at=now + LIFETIME,
        )
        audit_note("sheetupload.upload", upload, by=by, now=now)
    return upload


def _changed(form: OfflineForm, said: Said) -> dict[str, dict[str, list[str]]]:
    """What of it differs from what the form said when it was downloaded."""
    if any(index >= len(form.lines) for index in said):
        raise ValidationError(
            _("The file has rows that the form did not have. Download the form anew.")
        )
    changed = {
        str(index): {
            field: [value, cell]
            for field, (value, cell) in fields.items()
            if value != form.lines[index]["said"].get(field)
        }
        for index, fields in said.items()
    }
    return {index: fields for index, fields in changed.items() if fields}


def sheet_confirm(
    *,
    upload: SheetUpload,
    by: User,
    now: dt.datetime,
    choices: Mapping[str, str],
    seen: str,
) -> SheetUpload:
    """Write what the file says, as the person saw and decided it, or nothing at all.

    `choices` are `ComparedCell.sent_as` by the names of the cells that were asked about, `seen` is
    `Comparison.seen` of the page. Each report and contribution is written by its own writer, with
    all its checks; what cannot be written was shown as such and stays with the upload. Raises
    PermissionDenied for anybody of another agency, Conflict where it is settled already, has
    expired or the period is closed, ComparisonMoved where what is stored has changed since, and
    ValidationError where a choice is missing or nothing is to be taken over.
    """
    with transaction.atomic():
        # The period first, as in every other writer: locks taken in one order never deadlock.
        period = ReportingPeriod.objects.select_for_update().get(pk=upload.form.period_id)
        upload = _locked(upload, by)
        if upload.state == UploadState.CONFIRMED and upload.settled_by_id == by.pk:
            # The same click twice.
            return upload
        sheet_waiting_check(upload, now=now)
        if not period.is_open:
            raise Conflict(
                _("Period %(code)s is closed; nothing can be changed in it.")
                % {"code": period.code}
            )
        comparison = comparison_of(upload=upload, by=by, choices=choices)
        if comparison.seen != seen:
            raise ComparisonMoved(
                _(
                    "What is stored has changed since you opened this page, so nothing was "
                    "written. Look at it again: what you chose against a text that is still there "
                    "is still chosen."
                ),
                comparison=comparison,
            )
        _check_chosen(comparison)
        taken = []
        for place in comparison.writable:
            if place.taken:
                _save(place, period, by, now)
                agency_id = place.agency.pk if place.agency else None
                taken.append([place.task.number, agency_id, len(place.taken)])
        with audited("sheetupload.confirm", upload, by=by, now=now):
            upload.state, upload.settled_at, upload.settled_by = UploadState.CONFIRMED, now, by
            upload.taken = taken
            upload.choices = {one.name: one.choice for one in comparison.asked}
            refused = [one for place in comparison.refused for one in place.cells]
            upload.aside = sorted({one.line for one in (*refused, *comparison.dropped)})
            upload.save()
    return upload


def sheet_abandon(*, upload: SheetUpload, by: User, now: dt.datetime) -> SheetUpload:
    """Set the upload aside unwritten. Raises what `sheet_confirm` raises of the upload itself."""
    with transaction.atomic():
        upload = _locked(upload, by)
        if upload.state == UploadState.ABANDONED:
            return upload
        sheet_waiting_check(upload, now=now)
        with audited("sheetupload.abandon", upload, by=by, now=now):
            upload.state, upload.settled_at, upload.settled_by = UploadState.ABANDONED, now, by
            upload.save()
    return upload


def sheets_sweep(*, now: dt.datetime) -> int:
    """Remove uploads that were not confirmed, some days after they expired, until when their texts
    can be copied; and long after a period was closed its forms with all that came back. Returns how
    many uploads.

    What was taken over stands in the reports and their history.
    """
    unwritten = SheetUpload.objects.exclude(state=UploadState.CONFIRMED)
    removed, _rows = unwritten.filter(expires_at__lte=now - LIFETIME).delete()
    long_closed = OfflineForm.objects.filter(period__closed_at__lte=now - FORMS_KEPT)
    removed += SheetUpload.objects.filter(form__in=long_closed).delete()[0]
    long_closed.delete()
    return removed


def sheet_waiting_check(upload: SheetUpload, *, now: dt.datetime) -> None:
    """Raise Conflict where the upload cannot be confirmed any more, which says why."""
    if upload.state == UploadState.CONFIRMED:
        raise Conflict(_("This form has been taken over already."))
    if upload.state == UploadState.ABANDONED:
        raise Conflict(_("This form has been discarded; upload it again."))
    if upload.expires_at <= now:
        raise Conflict(_("This upload has waited too long; upload the file again."))


def _locked(upload: SheetUpload, by: User) -> SheetUpload:
    found = SheetUpload.objects.select_for_update(of=("self",)).select_related("form__period")
    locked = found.get(pk=upload.pk)
    if not by.is_active or locked.form.agency_id not in by.agency_ids_of_old:
        raise PermissionDenied(_("Only the agency itself takes over what it wrote in its form."))
    return locked


def _check_chosen(comparison: Comparison) -> None:
    missing = [one for one in comparison.asked if not one.choice]
    if missing:
        raise ValidationError(
            _("Choose which text holds: %(cells)s."),
            params={"cells": "、".join(one.cell for one in missing)},
        )
    if not comparison.writable:
        raise ValidationError(_("The file says nothing that could be taken over."))


def _save(place: ComparedPlace, period: ReportingPeriod, by: User, now: dt.datetime) -> None:
    standing = place.standing
    assert standing is not None
    if isinstance(standing.content, ReportContent):
        report_save(
            task=place.task,
            period=period,
            by=by,
            now=now,
            content=report_with(standing.content, place.taken),
            version=standing.version,
        )
        return
    assert place.agency is not None
    contribution_save(
        task=place.task,
        period=period,
        agency=place.agency,
        by=by,
        now=now,
        content=contribution_with(standing, place.taken),
        version=standing.version,
    )


def report_with(content: ReportContent, cells: list[ComparedCell]) -> ReportContent:
    """The report's content with what these cells of the file say in its place."""
    new = {(one.measure.pk if one.measure else None, one.field): one.says for one in cells}
    return replace(
        content,
        measures=tuple(
            MeasureContent(
                one.measure_id,
                one.ordinal,
                new.get((one.measure_id, "status"), one.status),
                new.get((one.measure_id, "text"), one.text),
            )
            for one in content.measures
        ),
        **{name: new[None, name] for name in OF_A_TASK if (None, name) in new},
    )


def contribution_with(standing: Standing, cells: list[ComparedCell]) -> ContributionContent:
    """The contribution's content likewise; of a measure that the lead gave to others meanwhile too,
    since somebody wrote of it."""
    content = standing.content
    assert isinstance(content, ContributionContent)
    new = {one.measure.pk if one.measure else None: one.says for one in cells}
    texts = {one.measure_id: one.text for one in content.measures}
    texts |= {pk: text for pk, text in new.items() if pk is not None}
    return ContributionContent(
        measures=tuple(
            MeasureText(measure.pk, measure.ordinal, texts[measure.pk])
            for measure in standing.task.measures.all()
            if measure.pk in texts
        ),
        remarks=new.get(None, content.remarks),
        nothing_to_add=content.nothing_to_add,
    )
