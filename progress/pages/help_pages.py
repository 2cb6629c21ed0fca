"""The help: a page for each role, and the words that all of them share."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from agencies.models import Role
from agencies.pages import reader_of
from progress.lights import Light
from progress.models import Policy
from progress.pages.help_topics import HELP, Topic, Words
from progress.rollups import figures_of
from tasks.models import Division, Status


@dataclass(frozen=True, slots=True)
class Shown:
    """A topic with the address of its page: "" where there is none, or for another role's help."""

    topic: Topic
    address: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """A value of the lists and what it means."""

    value: Words
    meaning: Words


@require_safe
def help_home(request: HttpRequest) -> HttpResponse:
    """The help for one's own role."""
    return _page(request, reader_of(request).role)


@require_safe
def help_page(request: HttpRequest, role: str) -> HttpResponse:
    """How the work of this role is done here, for everybody who is signed in.

    Raises Http404 for a word that is no role.
    """
    if role not in HELP:
        raise Http404(_("There is no such role."))
    return _page(request, role)


def _page(request: HttpRequest, role: str) -> HttpResponse:
    """The help for this role; its links lead to pages only where it is the reader's own."""
    own = role == reader_of(request).role
    return render(
        request,
        "help/role.html",
        {
            "role": Role(role),
            "roles": [Role(each) for each in HELP],
            "topics": [
                Shown(topic, reverse(topic.place) if own and topic.place else "")
                for topic in HELP[role]
            ],
            "statuses": _statuses(),
            "lights": _lights(Policy.current()),
            "divisions": _divisions(),
            "rates": _rates(),
        },
    )


def _statuses() -> Sequence[Meaning]:
    return [
        Meaning(Status.NOT_STARTED, _("Nothing has been done yet.")),
        Meaning(Status.IN_PROGRESS, _("At least one measure has begun.")),
        Meaning(Status.COMPLETED, _("All measures are completed.")),
        Meaning(
            Status.ONGOING,
            _("Each measure is completed or ongoing, and at least one goes on without an end."),
        ),
    ]


def _lights(policy: Policy) -> Sequence[Meaning]:
    """The rules of `progress.lights` in words, with the thresholds that hold now."""
    days = policy.yellow_working_days
    if policy.yellow_for_missing_report:
        yellow = ngettext(
            "%(days)d working day or less to the deadline, or this period's report is missing "
            "after its due date.",
            "%(days)d working days or fewer to the deadline, or this period's report is missing "
            "after its due date.",
            days,
        )
    else:
        yellow = ngettext(
            "%(days)d working day or less to the deadline.",
            "%(days)d working days or fewer to the deadline.",
            days,
        )
    return [
        Meaning(Light.RED, _("Past its deadline and not completed.")),
        Meaning(Light.YELLOW, yellow % {"days": days}),
        Meaning(Light.GREEN, _("In time, or ongoing without a deadline.")),
        Meaning(Light.BLUE, _("Completed in time.")),
        Meaning(Light.LATE_BLUE, _("Completed after its deadline; it stays so.")),
        Meaning(Light.GREY, _("No deadline is set.")),
    ]


def _divisions() -> Sequence[Meaning]:
    return [
        Meaning(
            Division.LEAD_COMPILES.label,
            _("The lead compiles the report; other agencies may contribute."),
        ),
        Meaning(
            Division.BY_DUTY.label,
            _("Every agency owes a contribution; the first one compiles the report."),
        ),
        Meaning(
            Division.CO_LEAD.label,
            _("The first lead compiles the report; the second agrees or objects before it goes."),
        ),
    ]


def _rates() -> Sequence[tuple[Words, Words]]:
    """Each rate with the formula that is printed beside it everywhere."""
    figures = figures_of([])
    return [
        (_("Started rate"), figures.started_rate.formula),
        (_("Implemented rate"), figures.implemented_rate.formula),
        (_("Completed rate"), figures.completed_rate.formula),
        (_("Handed in on time"), figures.on_time_rate.formula),
    ]
