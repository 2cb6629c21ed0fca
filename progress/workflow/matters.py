"""Matters to coordinate (需协调事项): raised by a report's text, answered, closed: the only writer.

The text is asked for once, in the report. Handing the report in raises the matter; from then on it
is followed here, whatever becomes of the report.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.differences import nearly_the_same
from progress.models import Matter, MatterEvent, MatterMove, MatterState, Report
from progress.workflow.conflicts import Conflict, StaleMatter
from progress.workflow.content import LONGEST_TEXT
from progress.workflow.parties import speaks_for


def matter_follow(*, report: Report, by: User, now: dt.datetime) -> Matter | None:
    """Bring the register to what the report says as it is handed in; None where it says nothing.

    Called with the report's row locked, in the transaction of the move. The report's own unclosed
    matter is reworded; one that was answered waits for an answer again where its words have become
    others. An unclosed matter of an earlier report that says nearly the same stands as it is, and
    so does a closed one of this very report: handing the same words in once more asks for nothing
    new. Anything else raises a matter. A text that is empty closes none, since only a coordinator
    says that a matter is settled.
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
    closed_here = list(matters.filter(report=report, state=MatterState.CLOSED).order_by("-pk"))
    standing = next(
        (one for one in unclosed[::-1] + closed_here if nearly_the_same(one.text, text)), None
    )
    if standing is not None:
        return standing
    matter = Matter.objects.create(
        task_id=report.task_id, report=report, text=text, raised_on=timezone.localdate(now)
    )
    _event_create(matter, MatterMove.RAISE, by=by, now=now, text=text)
    return matter


def matter_address(
    *, matter: Matter, to: Agency, by: User, now: dt.datetime, version: int
) -> Matter:
    """Say which agency has to answer; of an answered matter a new one is asked for.

    Raises PermissionDenied for anybody but a coordinator, StaleMatter where the matter has changed
    since `version`, Conflict once it is closed, and ValidationError, keyed "to", for an agency that
    has ended or is asked already.
    """
    with transaction.atomic():
        matter = _locked(matter, MatterMove.ADDRESS, by=by, version=version)
        if to.has_ended:
            raise ValidationError(
                {"to": [_("%(agency)s has ended; choose its successor.") % {"agency": to.name}]}
            )
        if to.pk == matter.addressed_to_id:
            raise ValidationError(
                {"to": [_("The matter is addressed to %(agency)s already.") % {"agency": to.name}]}
            )
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
        matter = _locked(matter, MatterMove.ANSWER, by=by, version=version)
        answer = _words(text, "text", _("Write the answer."))
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
        matter = _locked(matter, MatterMove.CLOSE, by=by, version=version)
        if matter.state == MatterState.OPEN:
            note = _words(note, "note", _("Nobody has answered; say how the matter was settled."))
        else:
            note = _bounded(note.strip(), "note")
        matter.state = MatterState.CLOSED
        matter.closed_at, matter.closed_by = now, by
        _save(matter)
        _event_create(matter, MatterMove.CLOSE, by=by, now=now, text=note)
    return matter


def matter_reopen(
    *, matter: Matter, reason: str, by: User, now: dt.datetime, version: int | None = None
) -> Matter:
    """Take a closed matter up again: it waits for an answer as before.

    Raises PermissionDenied for anybody but a coordinator, Conflict where it is not closed or its
    report has raised another since, StaleMatter for a `version` that is not the stored one, and
    ValidationError, keyed "reason", without a reason.
    """
    with transaction.atomic():
        # The others of its report too: handing in looks at them and may be raising one right now.
        Report.objects.select_for_update().get(pk=matter.report_id)
        matter = _locked(matter, MatterMove.REOPEN, by=by, version=version)
        if matter.report.matters.exclude(state=MatterState.CLOSED).exists():
            raise Conflict(_("The same report has raised another matter since; follow that one."))
        reason = _words(reason, "reason", _("Say why the matter is taken up again."))
        matter.state = MatterState.OPEN
        matter.closed_at = matter.closed_by = None
        _save(matter)
        _event_create(matter, MatterMove.REOPEN, by=by, now=now, text=reason)
    return matter


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
    if not nearly_the_same(matter.text, text):
        # What was answered was another question.
        matter.state = MatterState.OPEN
    matter.text = text
    _save(matter)
    _event_create(matter, MatterMove.REWORD, by=by, now=now, text=text)
    return matter


def matter_move_check(*, matter: Matter, move: MatterMove, by: User) -> None:
    """Raise PermissionDenied for a person who may never make this move, Conflict where the matter
    is in a state in which nobody can."""
    _check_right(matter, move, by)
    _check_state(matter, move)


def _locked(matter: Matter, move: MatterMove, *, by: User, version: int | None) -> Matter:
    """The matter as it is stored, its row locked, once `by` may make the move on it."""
    matter = (
        Matter.objects.select_for_update(of=("self",))
        .select_related("task", "report", "addressed_to")
        .get(pk=matter.pk)
    )
    _check_right(matter, move, by)
    if version is not None and version != matter.version:
        raise StaleMatter(
            _("This matter has changed since you opened it; look at it again first."),
            matter=matter,
        )
    _check_state(matter, move)
    return matter


def _check_right(matter: Matter, move: MatterMove, by: User) -> None:
    if move == MatterMove.ANSWER:
        if not may_answer(matter=matter, user=by):
            raise PermissionDenied(
                _("Only the agency that the matter is addressed to answers it, by its approver.")
            )
    elif not (by.is_active and by.is_coordinator):
        raise PermissionDenied(
            _("Only coordinators say where a matter goes and when it is settled.")
        )


def _check_state(matter: Matter, move: MatterMove) -> None:
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
