"""What the drill of backup and restore does in processes of their own, each on its own database."""

import datetime as dt
import itertools
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

# The day for which the demonstration stands, at noon.
MOMENT = dt.datetime.fromisoformat("2026-11-24T12:00:00+08:00")
FIGURES = ("overview", "agencies/figures", "chapters/1/figures")


def figures() -> dict[str, str]:
    """What other systems and pages are given, by address, as JSON: of a closed month and of the one
    that is open, to a coordinator and to a leader. The order of names within it says nothing."""
    from agencies.models import User
    from progress.models import ReportingPeriod

    said = {}
    periods = ReportingPeriod.objects.order_by("starts_on")
    for role in ("coordinator", "leader"):
        client = Client(headers={"host": "localhost"})
        client.force_login(User.objects.filter(role=role).order_by("pk")[0])
        for period in (periods[0], periods.reverse()[0]):
            for name in FIGURES if role == "coordinator" else FIGURES[:1]:
                address = f"/api/v1/{name}/?period={period.code}"
                answer = client.get(address)
                assert answer.status_code == 200, (address, answer.content)
                said[f"{role} {address}"] = json.dumps(answer.json(), sort_keys=True)
    return said


def drafts() -> Any:
    """The drafts of the open month, each with somebody who writes on it."""
    from agencies.models import Role, User
    from progress.models import Report
    from progress.states import ReportState

    found = Report.objects.filter(state=ReportState.DRAFT, period__closed_at=None)
    for report in found.select_related("task", "period").order_by("pk"):
        leads = report.task.responsibilities.order_by("position").values("agency")[:1]
        author = User.objects.filter(role=Role.REPORTER, agency__in=leads, is_active=True).first()
        if author is not None:
            yield report.task, report.period, author


def write_on() -> None:
    """Save drafts and attach files until killed; each round is written to stdout."""
    from progress.tests.acts import attached, saved
    from progress.tests.files import pdf

    mine = list(drafts())
    assert mine
    for number in itertools.count():
        task, period, author = mine[number % len(mine)]
        saved(task, period, author, now=timezone.now())
        if number < len(mine) * 5:
            attached(task, period, author, content=pdf(str(number)), name=f"{number}.pdf")
        print(number, flush=True)


def versions_agree() -> int:
    """Of how many reports the version is that of the last save which the trail tells of: a report
    and its entry are written together, so never is one of them there without the other."""
    from agencies.models import AuditEntry
    from progress.models import Report

    told: dict[int, int] = {}
    for entry in AuditEntry.objects.filter(kind="report", is_change=True).order_by("pk"):
        if "version" in entry.changes:
            told[entry.thing] = entry.changes["version"][1]
    versions = dict(Report.objects.filter(pk__in=told).values_list("pk", "version"))
    assert versions == told
    return len(told)


def hop(source: str, folder: str) -> dict[str, Any]:
    """Restore, back up again at once, and work on."""
    from agencies.audit import trail_faults
    from agencies.audit.guarding import guard_drop, guard_set
    from progress.tests.acts import attached, saved
    from progress.tests.files import pdf

    # The empty databases of tests are without it, those of `migrate` are not.
    guard_drop(connection)
    guard_set(connection)
    call_command("restore", source, stdout=sys.stderr)
    agree = versions_agree()
    call_command("backup", folder, stdout=sys.stderr)
    said = figures()
    task, period, author = next(drafts())
    saved(task, period, author, now=timezone.now())
    attached(task, period, author, content=pdf("after"), name="after.pdf")
    assert not trail_faults()
    return {"figures": said, "agree": agree}


def hop_and_die(source: str) -> None:
    """Die as a power cut would have it, when all rows are written and none is compared yet."""
    from tianjin_pilot.backups import restoring

    restoring.__dict__["_table_compare"] = lambda _table: os.kill(os.getpid(), signal.SIGKILL)
    call_command("restore", source, stdout=sys.stderr)


def main(what: str, *given: str) -> None:
    import django

    django.setup()
    with time_machine.travel(MOMENT):
        if what == "write":
            write_on()
        elif what == "die":
            hop_and_die(*given)
        else:
            source, folder, result = given
            Path(result).write_text(json.dumps(hop(source, folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
