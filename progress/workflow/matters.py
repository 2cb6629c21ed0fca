"""Matters to coordinate (需协调事项): raised by a report's text, answered, closed: the only writer.

The text is asked for once, in the report. Handing the report in raises the matter; from then on it
is followed here, whatever becomes of the report.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.changes import heir_of
from agencies.locking import agencies_lock
from agencies.models import Agency, User
from progress.differences import nearly_the_same
from progress.models import Matter, MatterEvent, MatterMove, MatterState, Report
from progress.workflow.conflicts import Conflict, StaleMatter
from progress.workflow.content import LONGEST_TEXT, approved_before
from progress.workflow.parties import speaks_for
from tasks.models import Task


def matter_follow(*, report: Report, by: User, now: dt.datetime) -> Matter | None:
    """Bring the register to what the report says as it is handed in; None where it says nothing.

    Called in the transaction of the move with the rows of report and task locked: another period's
    report may be handed in right now and say the same. The report's own unclosed matter is
    reworded; one that was answered waits for an answer again where its words have become others. An
    unclosed matter of an earlier report that says nearly the same stands as it is, and so does a
    closed one of this very report: handing the same words in once more asks for nothing new. Nor do
    words that the report began with, from the last approved one, if their matter was closed since.
    Anything else raises a matter. A text that is empty closes none, since only a coordinator says
    that a matter is settled.
    """
    text = report.coordination.strip()
    if not text:
        return None
    matters = Matter.objects.select_for_update().filter(task=report.task_id)
    unclosed: list[Matter] = list(
        matters.exclude(state=MatterState.CLOSED).order_by("raised_on", "pk")
    )
    own = next((one for one in unclosed if one.report_id == report.pk), None)
    if own is not None:
        return _reworded(own, text, by=by, now=now)
    settled = Q(report=report)
    if _was_carried_over(report, text):
        settled |= Q(closed_at__gte=report.created_at)
    closed = list(matters.filter(settled, state=MatterState.CLOSED).order_by("-pk"))
    standing = next(
        (one for one in unclosed[::-1] + closed if nearly_the_same(one.text, text)), None
    )
    if standing is not None:
        return standing
    matter = Matter.objects.create(
        task_id=report.task_id, report=report, text=text, raised_on=timezone.localdate(now)
    )
    audit_note("matter.raise", matter, by=by, now=now)
    _event_create(matter, MatterMove.RAISE, by=by, now=now, text=text)
    return matter


def matter_address(
    *, matter: Matter, to: Agency, by: User, now: dt.datetime, version: int
) -> Matter:
    """Say which agency has to answer; of an answered matter a new one is asked for.

    Raises PermissionDenied for anybody but a coordinator, StaleMatter where the matter has changed
    since `version`, Conflict once it is closed, and ValidationError, keyed "to", for an agency that
    has ended or is asked already. Doing the same twice, by a button pressed twice, is doing it
    once; so it is with every move that names a version.
    """
    with transaction.atomic():
        # A merger of that agency passes on what waits for it, so it has to be done or yet to come.
        to = agencies_lock([to.pk])[to.pk]
        matter = _locked(matter, MatterMove.ADDRESS, by=by)
        if _is_repeated(matter, MatterMove.ADDRESS, to.name, by=by, version=version):
            return matter
        _check_current(matter, MatterMove.ADDRESS, version)
        if to.has_ended:
            raise ValidationError(
                {"to": [_("%(agency)s has ended; choose its successor.") % {"agency": to.name}]}
            )
        if to.pk == matter.addressed_to_id:
            raise ValidationError(
                {"to": [_("The matter is addressed to %(agency)s already.") % {"agency": to.name}]}
            )
        with audited("matter.address", matter, by=by, now=now):
            matter.addressed_to, matter.addressed_on = to, timezone.localdate(now)
            matter.state = MatterState.OPEN
            _save(matter)
        _event_create(matter, MatterMove.ADDRESS, by=by, now=now, text=to.name)
    return matter


def matter_answer(*, matter: Matter, text: str, by: User, now: dt.datetime, version: int) -> Matter:
    """Answer for the agency that the matter is addressed to, or as a coordinator for the office.

    What is answered may be answered again; all answers stay. Raises PermissionDenied for others and
    for a reporter whose agency has an approver, StaleMatter and Conflict as `matter_address`, and
    ValidationError, keyed "text", for an empty or too long answer.
    """
    with transaction.atomic():
        matter = _locked(matter, MatterMove.ANSWER, by=by)
        if _is_repeated(matter, MatterMove.ANSWER, text, by=by, version=version):
            return matter
        _check_current(matter, MatterMove.ANSWER, version)
        answer = _words(text, "text", _("Write the answer."))
        with audited("matter.answer", matter, by=by, now=now):
            matter.state = MatterState.ANSWERED
            _save(matter)
        _event_create(matter, MatterMove.ANSWER, by=by, now=now, text=answer)
    return matter


def matter_close(
    *, matter: Matter, by: User, now: dt.datetime, version: int, note: str = ""
) -> Matter:
    """Say that the matter is settled. One that nobody answered needs a note that says how.

    Raises PermissionDenied for anybody but a coordinator, StaleMatter and Conflict as
    `matter_address`, and ValidationError, keyed "note", where the note is missing or too long.
    """
    with transaction.atomic():
        matter = _locked(matter, MatterMove.CLOSE, by=by)
        if _is_repeated(matter, MatterMove.CLOSE, note, by=by, version=version):
            return matter
        _check_current(matter, MatterMove.CLOSE, version)
        if matter.state == MatterState.OPEN:
            note = _words(note, "note", _("Nobody has answered; say how the matter was settled."))
        else:
            note = _bounded(note.strip(), "note")
        with audited("matter.close", matter, by=by, now=now):
            matter.state = MatterState.CLOSED
            matter.closed_at, matter.closed_by = now, by
            _save(matter)
        _event_create(matter, MatterMove.CLOSE, by=by, now=now, text=note)
    return matter


def matter_reopen(
    *, matter: Matter, reason: str, by: User, now: dt.datetime, version: int | None = None
) -> Matter:
    """Take a closed matter up again: it waits for an answer as before.

    What was addressed to an agency that has been merged since waits for its successor. Raises
    PermissionDenied for anybody but a coordinator, Conflict where it is not closed, its report has
    raised another since or another report nearly the same one, StaleMatter for a `version` that is
    not the stored one, and ValidationError, keyed "reason", without a reason.
    """
    with transaction.atomic():
        heir = _heir_lock(matter)
        # The others of its report and task too: handing in looks at them and may be raising one.
        Report.objects.select_for_update().get(pk=matter.report_id)
        Task.objects.select_for_update().only("pk").get(pk=matter.task_id)
        matter = _locked(matter, MatterMove.REOPEN, by=by)
        if _is_repeated(matter, MatterMove.REOPEN, reason, by=by, version=version):
            return matter
        _check_current(matter, MatterMove.REOPEN, version)
        _check_not_raised_again(matter)
        reason = _words(reason, "reason", _("Say why the matter is taken up again."))
        with audited("matter.reopen", matter, by=by, now=now):
            matter.state = MatterState.OPEN
            matter.closed_at = matter.closed_by = None
            is_passed_on = heir is not None and heir.pk != matter.addressed_to_id
            if is_passed_on:
                matter.addressed_to = heir
            _save(matter)
        _event_create(matter, MatterMove.REOPEN, by=by, now=now, text=reason)
        if heir is not None and is_passed_on:
            _event_create(matter, MatterMove.ADDRESS, by=by, now=now, text=heir.name)
    return matter


# --- An agency that is merged into another -----------------------------------------------------


def matters_waiting_for(agency: Agency) -> QuerySet[Matter]:
    """The matters addressed to the agency that are not closed."""
    return Matter.objects.filter(addressed_to=agency).exclude(state=MatterState.CLOSED)


def matters_pass_on(*, agency: Agency, successor: Agency, by: User, now: dt.datetime) -> int:
    """Address what waits for the agency to its successor, by whoever merges them; returns how many.

    They wait since the day on which they were first asked for. To be called with both locked.
    """
    matters = list(matters_waiting_for(agency).select_for_update().order_by("pk"))
    for matter in matters:
        with audited("matter.address", matter, by=by, now=now):
            matter.addressed_to = successor
            _save(matter)
        _event_create(matter, MatterMove.ADDRESS, by=by, now=now, text=successor.name)
    return len(matters)


def _heir_lock(matter: Matter) -> Agency | None:
    """Who answers for the agency that the matter is addressed to, today and until this is done."""
    heir = matter.addressed_to
    while heir is not None:
        heir = agencies_lock([heir_of(heir).pk])[heir_of(heir).pk]
        if heir.successor is None:
            break
    return heir


def _check_not_raised_again(matter: Matter) -> None:
    unclosed = Matter.objects.filter(task=matter.task_id).exclude(state=MatterState.CLOSED)
    for one in unclosed:
        if one.report_id == matter.report_id:
            raise Conflict(_("The same report has raised another matter since; follow that one."))
        if nearly_the_same(one.text, matter.text):
            raise Conflict(
                _("A report of %(code)s has raised this matter again; follow that one.")
                % {"code": one.report.period.code}
            )


# --- Who may, and when -------------------------------------------------------------------------


def may_answer(*, matter: Matter, user: User) -> bool:
    """Whether this person's word is the answer: a coordinator's, or the addressed agency's."""
    if not user.is_active:
        return False
    if user.is_coordinator:
        return True
    agency = matter.addressed_to
    return (
        agency is not None and agency.pk in user.agency_ids and speaks_for(agency=agency, user=user)
    )


def matter_moves_open_to(*, matter: Matter, user: User) -> list[MatterMove]:
    """What this person may do with the matter now, for buttons; each writer checks again."""
    closed = matter.state == MatterState.CLOSED
    if user.is_active and user.is_coordinator:
        if closed:
            return [MatterMove.REOPEN]
        return [MatterMove.ADDRESS, MatterMove.ANSWER, MatterMove.CLOSE]
    return [MatterMove.ANSWER] if not closed and may_answer(matter=matter, user=user) else []


def _reworded(matter: Matter, text: str, *, by: User, now: dt.datetime) -> Matter:
    if matter.text == text:
        return matter
    with audited("matter.reword", matter, by=by, now=now):
        if not nearly_the_same(matter.text, text):
            # What was answered was another question.
            matter.state = MatterState.OPEN
        matter.text = text
        _save(matter)
    _event_create(matter, MatterMove.REWORD, by=by, now=now, text=text)
    return matter


def _was_carried_over(report: Report, text: str) -> bool:
    """Whether the report took these words over, as it began, from the last approved one."""
    before = approved_before(task=report.task, period=report.period)
    return before is not None and before.coordination.strip() == text


def _locked(matter: Matter, move: MatterMove, *, by: User) -> Matter:
    """The matter as it is stored, its row locked, if `by` may make the move at all."""
    matter = (
        Matter.objects.select_for_update(of=("self",))
        .select_related("task", "report", "addressed_to")
        .get(pk=matter.pk)
    )
    matter_right_check(matter=matter, move=move, by=by)
    return matter


def _is_repeated(
    matter: Matter, move: MatterMove, text: str, *, by: User, version: int | None
) -> bool:
    """Whether the last thing done was this, by the same person and from the same page."""
    if version != matter.version - 1:
        return False
    # Taking a matter up again may address it anew; both are the same step.
    made = matter.events.filter(move=move).order_by("pk").last()
    last = matter.events.order_by("pk").last()
    return (
        made is not None
        and last is not None
        and (made.by_id, made.at, made.text) == (by.pk, last.at, text.strip())
    )


def _check_current(matter: Matter, move: MatterMove, version: int | None) -> None:
    if version is not None and version != matter.version:
        raise StaleMatter(
            _("This matter has changed since you opened it; look at it again first."),
            matter=matter,
        )
    matter_state_check(matter=matter, move=move)


def matter_right_check(*, matter: Matter, move: MatterMove, by: User) -> None:
    """Raise PermissionDenied for a person who may never make this move on the matter."""
    if move == MatterMove.ANSWER:
        if not may_answer(matter=matter, user=by):
            raise PermissionDenied(
                _("Only the agency that the matter is addressed to answers it, by its approver.")
            )
    elif not (by.is_active and by.is_coordinator):
        raise PermissionDenied(
            _("Only coordinators say where a matter goes and when it is settled.")
        )


def matter_state_check(*, matter: Matter, move: MatterMove) -> None:
    """Raise Conflict where the matter is in a state in which nobody can make this move."""
    is_closed = matter.state == MatterState.CLOSED
    if move == MatterMove.REOPEN and not is_closed:
        raise Conflict(_("This matter is not closed; there is nothing to reopen."))
    if move != MatterMove.REOPEN and is_closed:
        raise Conflict(_("This matter is closed; reopen it first, with a reason."))


def _words(text: str, name: str, missing: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({name: [missing]})
    return _bounded(text, name)


def _bounded(text: str, name: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise ValidationError(
            {
                name: [
                    _("The text has %(length)d characters; %(limit)d are allowed.")
                    % {"length": len(text), "limit": LONGEST_TEXT}
                ]
            }
        )
    return text


def _save(matter: Matter) -> None:
    matter.version += 1
    matter.save()


def _event_create(
    matter: Matter, move: MatterMove, *, by: User, now: dt.datetime, text: str
) -> None:
    MatterEvent.objects.create(matter=matter, move=move, text=text, at=now, by=by)
