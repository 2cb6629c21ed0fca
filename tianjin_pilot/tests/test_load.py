"""`make load` drives what is deployed, prints what it took, finds what is lost; nothing is left."""

import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from agencies.audit.guarding import guard_drop
from agencies.models import AuditEntry
from conftest import Cast
from progress.filestore import path_of
from progress.models import Evidence, ExportJob, MeasureProgress, Report, ReportingPeriod
from progress.pages.forms import fields_of
from progress.states import Move, ReportState
from progress.tests.acts import attached, handed_in, task_numbered
from progress.workflow import content_of
from tianjin_pilot.tests.load.browsers import Browser, NotDone
from tianjin_pilot.tests.load.figures import (
    OTHERS,
    Answered,
    Outcome,
    Result,
    Seen,
    result_of,
    table,
)
from tianjin_pilot.tests.load.lost import lost
from tianjin_pilot.tests.load.overlooked import delete, overlooked
from tianjin_pilot.tests.load.told import Attached, Item, Moved, Saved, Told
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.services import database_url_of
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

LONG = bool(os.environ.get("LONG"))
# Each does one thing, however slow the machine is; in a long run as it is done by default.
FEW = ["--people", "6", "--coordinators", "2", "--pace", "100", "--months", "1", "--turns", "1"]
ASKED = [] if LONG else [*FEW, "--processes", "1"]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, since sockets are in it."""
    made = Path(tempfile.mkdtemp(prefix="load-"))
    yield made
    shutil.rmtree(made)


def databases() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        own: str = cursor.fetchone()[0]
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall() if name.startswith(own)}


def programs_in(folder: Path) -> list[str]:
    """The command lines of running programs that have this folder in them."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_text(errors="replace").replace("\0", " ")
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


@pytest.mark.services
@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_the_hour_is_driven_and_measured_and_leaves_nothing(folder: Path) -> None:
    before = databases()
    url = database_url_of(connection)
    # It is copied, for which nobody may be in it; making the tables would take most of the time.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    done = subprocess.run(
        [sys.executable, "-m", "tianjin_pilot.tests.load", "--database", url, *ASKED],
        cwd=ROOT,
        env={**inherited, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout
    assert said.startswith("processor ")
    for act in ("form", "draft saves itself", "submit", "queue", "board", "export asked"):
        assert re.search(rf"^{act} +[1-9]\d* +\d+ +\d+ +\d+", said, re.MULTILINE), said
    for line in (
        r"altogether +[1-9]\d* +\d+ +\d+ +\d+",
        r"requests a second +[1-9]\d*\.\d",
        r"errors +0",
        r"conflicts \(409\) +\d+",
        r"too often \(429\) +\d+",
        r"lost writes +0 of [1-9]\d*",
        r"processors: web server +\d+% of a core",
        r"processors: others +\d+% of a core",
        r"processor time a request +[1-9]\d* ms",
    ):
        assert re.search(rf"^{line}", said, re.MULTILINE), said
    assert databases() == before
    assert list(folder.iterdir()) == []
    assert programs_in(folder) == []


# --- What is lost is found ----------------------------------------------------------------------


@pytest.fixture
def told(cast: Cast, period: ReportingPeriod) -> Told:
    """What the reporter of task 4 was told: a text, its submission, a file, and an export asked."""
    from progress.models import ExportState
    from progress.tests.files import pdf

    task, item = task_numbered(4), Item(4, period.code, None)
    evidence = attached(task, period, cast.reporter, content=pdf("told"))
    report = handed_in(task, period, cast.reporter)
    fields, version, by = fields_of(content_of(report)), report.version - 1, cast.reporter.pk
    told = Told()
    told.take(
        Saved(item, by, version, fields),
        Moved(item, by, Move.SUBMIT, fields),
        Attached(item, by, evidence.file.sha256),
    )
    export = ExportJob.objects.create(
        by=cast.coordinator,
        period=period,
        options={},
        digest="",
        name="",
        asked_at=report.updated_at,
        state=ExportState.DONE,
        file=evidence.file,
        expires_at=report.updated_at,
    )
    told.export_asked(export.pk)
    return told


def test_what_was_told_and_is_there_is_not_called_lost(told: Told, period: ReportingPeriod) -> None:
    assert lost(told, period=period.code) == []
    assert told.count == 4


def _save_forgotten() -> None:
    guard_drop(connection)
    delete("agencies_auditentry", id=AuditEntry.objects.filter(act="report.save").latest("pk").pk)


def _bytes_gone() -> None:
    path_of(Evidence.objects.get().file).write_bytes(b"others")


HARMS: dict[str, tuple[Callable[[], Any], str]] = {
    "a text": (lambda: MeasureProgress.objects.update(text="others"), "text_"),
    "another field": (lambda: Report.objects.update(problems="others"), "problems of version"),
    "a save": (_save_forgotten, "saved by"),
    "a move": (lambda: delete("progress_reportevent", move="submit"), "times submit"),
    "a state": (lambda: Report.objects.update(state=ReportState.DRAFT), "the state of"),
    "a row of a file": (lambda: Evidence.objects.all().delete(), "the file"),
    "the bytes of a file": (_bytes_gone, "the file"),
    "an export": (lambda: ExportJob.objects.all().delete(), "export"),
    "a whole report": (lambda: Report.objects.update(task=task_numbered(1)), "/tasks/4/"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_what_is_lost_behind_the_products_back_is_found(
    told: Told, period: ReportingPeriod, harm: str
) -> None:
    done, words = HARMS[harm]
    done()
    found = lost(told, period=period.code)
    assert found
    assert any(words in one for one in found), found


def test_two_people_told_of_the_same_version_means_that_one_of_them_lost(
    told: Told, period: ReportingPeriod, cast: Cast
) -> None:
    [one] = told.saved
    told.take(Saved(one.item, cast.colleague.pk, one.version, one.fields))
    assert any("2 saves told to be version" in said for said in lost(told, period=period.code))


def test_a_text_kept_of_a_refused_submission_takes_the_place_of_what_was_saved_before(
    told: Told, period: ReportingPeriod
) -> None:
    [one] = told.saved
    texts = {name: "later" if name.startswith("text_") else it for name, it in one.fields.items()}
    told.moved.clear()
    MeasureProgress.objects.update(text="later")
    version = Report.objects.get().version
    assert lost(told, period=period.code)
    # Another version than the one that stands there was never kept.
    told.submission_refused(Saved(one.item, one.by, version + 1, texts))
    assert lost(told, period=period.code)
    told.submission_refused(Saved(one.item, one.by, version, texts))
    assert lost(told, period=period.code) == []


def test_each_run_makes_sure_that_it_would_notice_and_leaves_the_rows_as_they_were(
    told: Told, period: ReportingPeriod
) -> None:
    assert overlooked(told, period=period.code) == []
    assert lost(told, period=period.code) == []
    # Of whom nobody knows a text, nobody notices that it is gone.
    [saved] = told.saved
    told.saved[:] = [Saved(saved.item, saved.by, saved.version, {})]
    told.moved.clear()
    assert overlooked(told, period=period.code) == ["a text"]


# --- What is an error, and what is none ---------------------------------------------------------

ANSWERS = {
    "/fault/": "500 Internal Server Error\r\n\r\n<html><title> Broken </title></html>",
    "/plain/": "503 Unavailable\r\n\r\nno database\nat all",
    "/conflict/": "409 Conflict\r\n\r\nsomebody else",
    "/often/": "429 Too Many Requests\r\n\r\nwait",
    "/out/": "302 Found\r\nLocation: /sign-in/?next=/\r\n\r\n",
    "/fine/": "200 OK\r\nSet-Cookie: csrftoken=key; Path=/\r\n\r\nfine",
    "/refused/": "403 Forbidden\r\n\r\nnot yours",
    "/dropped/": "",
}


class Answering(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        address = self.rfile.readline().decode().split()[1]
        if said := ANSWERS[address]:
            self.wfile.write(f"HTTP/1.1 {said}".encode())


@pytest.fixture
def browser(folder: Path) -> Iterator[Browser]:
    site = folder / "web.sock"
    with socketserver.UnixStreamServer(str(site), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Browser(site, "session", Seen())
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("address", "outcome", "error"),
    [
        ("/fault/", Outcome.ERROR, "500 act: Broken"),
        ("/plain/", Outcome.ERROR, "503 act: no database"),
        ("/refused/", Outcome.ERROR, "403 act: not yours"),
        ("/out/", Outcome.ERROR, "302 act: signed out"),
        ("/dropped/", Outcome.ERROR, "no answer to act"),
        ("/conflict/", Outcome.CONFLICT, ""),
        ("/often/", Outcome.TOO_OFTEN, ""),
    ],
)
def test_an_answer_that_nothing_excuses_is_an_error_and_says_which(
    browser: Browser, address: str, outcome: Outcome, error: str
) -> None:
    with pytest.raises(NotDone):
        browser.open("act", address)
    [answered] = browser.seen.answers
    assert (answered.act, answered.outcome) == ("act", outcome)
    assert [said.startswith(error) for said in browser.seen.errors] == [True] * bool(error)


def test_a_browser_that_no_server_takes_in_says_so(folder: Path) -> None:
    browser = Browser(folder / "none.sock", "session", Seen())
    with pytest.raises(NotDone):
        browser.open("act", "/fine/")
    [said] = browser.seen.errors
    assert said.startswith("no answer to act: FileNotFoundError")


def test_what_is_answered_as_meant_is_timed_and_its_cookies_are_kept(browser: Browser) -> None:
    assert browser.open("act", "/fine/").text == "fine"
    assert browser.cookies == {"csrftoken": "key"}
    [answered] = browser.seen.answers
    assert answered.outcome is Outcome.DONE
    assert answered.seconds > 0
    assert not browser.seen.errors


# --- The table ----------------------------------------------------------------------------------


def result(processes: int, milliseconds: range, *, lost: tuple[str, ...] = ()) -> Result:
    seen = Seen(begins=10, ends=20)
    for one in milliseconds:
        seen.take(Answered("form", 15, one / 1000, Outcome.DONE))
    seen.take(Answered("form", 15, 9, Outcome.TOO_OFTEN))
    seen.take(Answered("form", 15, 9, Outcome.ERROR), error="500 form: Broken")
    # Neither of these is within the time that is counted.
    seen.take(Answered("form", 9, 9, Outcome.DONE))
    seen.take(Answered("form", 20, 9, Outcome.DONE))
    cores = {"web server": 0.5, OTHERS: 1.5}
    return result_of(seen, processes=processes, acknowledged=7, lost=lost, cores=cores)


def test_percentiles_rates_and_faults_stand_side_by_side() -> None:
    one, two = result(1, range(1, 101)), result(2, range(1, 201), lost=("a text",))
    assert not one.is_good
    lines = [re.sub(r"  +", " | ", line) for line in table([one, two])]
    assert "form | 100 | 50 | 95 | 99 | 200 | 100 | 190 | 198" in lines
    assert "altogether | 100 | 50 | 95 | 99 | 200 | 100 | 190 | 198" in lines
    assert "requests a second | 10.0 | 20.0" in lines
    assert "errors | 1 | 1" in lines
    assert "too often (429) | 1 | 1" in lines
    assert "processors: web server | 50% of a core | 50% of a core" in lines
    assert "processors: others | 150% of a core | 150% of a core" in lines
    assert "processor time a request | 50 ms | 25 ms" in lines
    assert "lost writes | 0 of 7 | 1 of 7" in lines
    assert "1: 1 times 500 form: Broken" in lines
    assert "2: LOST: a text" in lines
    assert lines[-1] == (
        "From 1 to 2: 10.0 -> 20.0 requests a second, p50 50 -> 100 ms, p95 95 -> 190 ms, "
        "p99 99 -> 198 ms, errors 1 -> 1, lost writes 0 -> 1."
    )


def test_a_run_is_good_without_errors_and_losses_alone() -> None:
    seen = Seen(begins=10, ends=20)
    seen.take(Answered("form", 15, 1, Outcome.CONFLICT))

    def judged(*lost: str) -> bool:
        return result_of(seen, processes=1, acknowledged=1, lost=lost, cores={}).is_good

    assert judged()
    assert not judged("a text")
    seen.wrong("a fault")
    assert not judged()
