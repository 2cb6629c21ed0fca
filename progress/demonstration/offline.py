"""A form that the first agency's reporter took along, filled in, and brought back this morning."""

import datetime as dt

from agencies.models import Role, User
from progress.demonstration.people import People
from progress.models import OfflineForm, ReportingPeriod
from progress.workflow.sheets import Standing, form_issue, sheet_upload, standings_of

ADDED = "另据各区反馈，相关工作已列入下月安排。"
FILE_NAME = "离线填报表_已填.xlsx"


def form_take_along(*, people: People, period: ReportingPeriod, now: dt.datetime) -> OfflineForm:
    """Download the form as the period opens, before anybody has written."""
    form, _lines = form_issue(by=_reporter(people), period=period, now=now)
    return form


def form_bring_back(*, people: People, form: OfflineForm, now: dt.datetime) -> None:
    """Upload it with one text of each kind: new to both, new to the file alone, and too late."""
    by = _reporter(people)
    standings = {
        (place.task_id, place.agency_id): one
        for place, one in standings_of(user=by, period=form.period).items()
    }
    added: dict[str, int] = {}
    for index, line in enumerate(form.lines):
        standing = standings.get((line["task"], line["agency"]))
        if standing is not None and line["said"].get("text"):
            added.setdefault(_kind(standing, line), index)
    said = {
        index: {
            field: (
                value + ADDED if field == "text" and index in added.values() else value,
                f"举措进展!F{index + 5}",
            )
            for field, value in line["said"].items()
        }
        for index, line in enumerate(form.lines)
    }
    sheet_upload(
        by=by,
        key=form.key,
        said=said,
        name=FILE_NAME,
        now=now,
    )


def _reporter(people: People) -> User:
    return next(
        one.reporter
        for one in people.reporting.values()
        if one.reporter.username == Role.REPORTER.value
    )


def _kind(standing: Standing, line: dict[str, object]) -> str:
    if standing.refused:
        return "too late"
    measure = line["measure"]
    assert isinstance(measure, int)
    stored = standing.values(measure).get("text", "")
    said = line["said"]
    assert isinstance(said, dict)
    return "file alone" if stored == said["text"] else "both"
