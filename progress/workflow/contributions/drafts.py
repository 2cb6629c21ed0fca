"""Writing a contribution's text. Its state is the matter of `moves`."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import Agency, User
from progress.models import Contribution, MeasureContribution, ReportingPeriod
from progress.states import WRITABLE, ReportState
from progress.workflow.conflicts import Conflict, StaleContribution
from progress.workflow.content import too_long
from progress.workflow.contributions.content import ContributionContent, contribution_content_of
from progress.workflow.drafts import NOT_BEGUN, beginning_lock
from progress.workflow.parties import may_contribute
from tasks.models import Task


def contribution_save(
    *,
    task: Task,
    period: ReportingPeriod,
    agency: Agency,
    by: User,
    now: dt.datetime,
    content: ContributionContent,
    version: int,
) -> Contribution:
    """Save what a writer of the agency typed, and return the contribution with its new version.

    `version` is the one the writer started from, 0 if nobody had begun. Raises PermissionDenied for
    anybody but that agency, Conflict where it can no longer be written, StaleContribution where
    somebody saved in between, and ValidationError where the content does not fit.
    """
    with transaction.atomic():
        period = ReportingPeriod.objects.to_write_in(period.pk)
        # With the period locked: its part may be passing to another agency at this moment.
        if not may_contribute(task=task, agency=agency, user=by):
            raise PermissionDenied(_("Only the agency itself writes its contribution."))
        _check_content(task, content)
        begun = (
            Contribution.objects.select_for_update(of=("self",))
            .select_related("task", "agency", "updated_by")
            .filter(task=task, period=period, agency=agency)
        )
        contribution = begun.first()
        if contribution is None:
            beginning_lock(task)
            contribution = begun.first()
        contribution_writable_check(contribution=contribution, period=period)
        _check_version(contribution, version, by)
        stored = contribution_content_of(contribution) if contribution else None
        if contribution is None:
            contribution = Contribution(
                task=task, period=period, agency=agency, created_at=now, version=NOT_BEGUN
            )
        elif content == stored:
            # Nothing has changed, so that nobody else is named as the writer of these words.
            return contribution
        with audited("contribution.save", contribution, by=by, now=now) as note:
            note.before |= stored.measures_seen() if stored else {}
            note.after |= content.measures_seen()
            contribution.version += 1
            contribution.remarks = content.remarks
            contribution.nothing_to_add = content.nothing_to_add and not content.says_something
            contribution.updated_at = now
            contribution.updated_by = by
            contribution.save()
        said = [m for m in content.measures if m.text.strip()]
        silent = {m.measure_id for m in content.measures} - {m.measure_id for m in said}
        contribution.measures.filter(measure__in=silent).delete()
        MeasureContribution.objects.bulk_create(
            [
                MeasureContribution(contribution=contribution, measure_id=m.measure_id, text=m.text)
                for m in said
            ],
            update_conflicts=True,
            update_fields=["text"],
            unique_fields=["contribution", "measure"],
        )
    return contribution


def contribution_writable_check(
    *, contribution: Contribution | None, period: ReportingPeriod
) -> None:
    """Raise Conflict, which says what to do instead, where nobody can write it now."""
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be changed in it.") % {"code": period.code}
        )
    if contribution is not None and contribution.state not in WRITABLE:
        raise Conflict(
            _("This contribution is “%(state)s” and cannot be changed; withdraw it first.")
            % {"state": ReportState(contribution.state).label}
        )


def _check_content(task: Task, content: ContributionContent) -> None:
    errors: dict[str, list[str | ValidationError]] = {}
    written_of = [m.measure_id for m in content.measures]
    if len(set(written_of)) < len(written_of) or not set(written_of) <= set(
        task.measures.values_list("pk", flat=True)
    ):
        errors["measures"] = [
            _("The measures are not those of task %(number)d; load the page again.")
            % {"number": task.number}
        ]
    measures = {measure.ordinal: measure.text for measure in content.measures}
    for name, problems in too_long(measures, {"remarks": content.remarks}).items():
        errors.setdefault(name, []).extend(problems)
    if errors:
        raise ValidationError(errors)


def _check_version(contribution: Contribution | None, version: int, by: User) -> None:
    if contribution is None and version != NOT_BEGUN:
        raise Conflict(_("Nobody has begun this contribution; load the page again."))
    if contribution is not None and contribution.version != version:
        if contribution.updated_by_id == by.pk:
            sentence = _(
                "You saved this contribution in another window. Nothing of this one is lost."
            )
        else:
            sentence = _(
                "%(name)s saved this contribution while you were writing. Nothing of yours is lost."
            ) % {"name": contribution.updated_by}
        raise StaleContribution(sentence, contribution=contribution)
