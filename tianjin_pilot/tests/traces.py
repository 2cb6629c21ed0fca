"""Whether every request that changes business data leaves its entry in the audit trail.

In every test: what a request writes is watched, and one that writes without a trace fails.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

INSERTS = "INSERT INTO"
WRITES = re.compile(rf'^\s*({INSERTS}|UPDATE|DELETE FROM) "(\w+)"')
ACT = re.compile(r"[a-z]+\.[a-z_]+")
TRAIL = "agencies_auditentry"

# By table what the acts may be about that change it.
ABOUT = {
    "agencies_agency": {"agency"},
    "agencies_agencyalias": {"agency"},
    "agencies_agencychange": {"agency"},
    "agencies_agencyrobot": {"agency"},
    "agencies_citybinding": {"user"},
    "agencies_recoverycode": {"user"},
    "agencies_secondfactor": {"user"},
    "agencies_secondfactorrule": {"secondfactorrule"},
    "agencies_passwordkept": {"user"},
    "agencies_user": {"user", "agency"},
    "tasks_chapter": {"chapter", "task"},
    "tasks_task": {"task"},
    "tasks_measure": {"measure", "task"},
    "tasks_measureduty": {"task"},
    "tasks_responsibility": {"task"},
    "tasks_responsibilitychange": {"task"},
    "tasks_deadlinechange": {"task", "measure"},
    "tasks_taskrevision": {"task"},
    "tasks_listimport": {"task", "chapter", "agency"},
    "progress_agreement": {"report"},
    "progress_brieftemplate": {"brieftemplate"},
    "progress_brieftemplatechoice": {"brieftemplate"},
    "progress_calendarcorrection": {"correction"},
    "progress_completion": {"completion"},
    "progress_contribution": {"contribution"},
    "progress_contributionevent": {"contribution"},
    "progress_edition": {"period", "erratum"},
    "progress_erratum": {"erratum"},
    "progress_evidence": {"evidence"},
    "progress_exportjob": {"exportjob"},
    "progress_extension": {"extension"},
    "progress_keptfigures": {"period"},
    "progress_keptlist": {"period"},
    "progress_matter": {"matter"},
    "progress_matterevent": {"matter"},
    "progress_measurecontribution": {"contribution"},
    "progress_measureprogress": {"report"},
    "progress_offlineform": {"offlineform"},
    "progress_policy": {"policy"},
    "progress_reminderpause": {"pause"},
    "progress_report": {"report"},
    "progress_reportevent": {"report"},
    "progress_reportingperiod": {"period"},
    "progress_result": {"result"},
    "progress_reviewmark": {"reviewmark"},
    "progress_sheetupload": {"sheetupload"},
    "progress_webhook": {"webhook"},
}
# What leaves no entry, and why.
UNTOLD = {
    "agencies_apitoken": "its use is noted on the row; making and revoking have tests of their own",
    "agencies_auditentry": "the trail itself",
    "agencies_audithead": "the trail itself",
    "agencies_auditremoval": "the trail itself",
    "agencies_passwordlink": "asked for by anybody, before it is known whether there is an account",
    "agencies_session": "signing in and out and ending sessions have tests of their own",
    "progress_historybigram": "says again what reports and contributions say",
    "progress_jobrun": "whether a job runs is no business data",
    "progress_listcolumns": "how one person likes to see a list",
    "progress_notice": "a message to one person, and that it was read",
    "progress_reminder": "the ledger of reminders is its own history",
    "progress_reminderitem": "the ledger of reminders is its own history",
    "progress_periodtakenapart": "whether a search goes by pairs of characters is no business data",
    "progress_savedlist": "how one person likes to see a list",
    "progress_webhookdelivery": "the log of deliveries is its own history",
    "progress_storedfile": "bytes; what they are stored for is told",
}


class Watch:
    """Notes which tables are written while it wraps a connection, and what the trail is told."""

    def __init__(self) -> None:
        self.tables: set[str] = set()
        self.about: set[str] = set()

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: Any,
        many: bool,
        context: dict[str, Any],
    ) -> Any:
        answer = execute(sql, params, many, context)
        # What matched no row wrote none.
        if (found := WRITES.match(sql)) and (found[1] == INSERTS or context["cursor"].rowcount):
            table = found[2]
            # Signing in is told by whoever signs people in.
            if not (table == "agencies_user" and 'SET "last_login"' in sql):
                self.tables.add(table)
            if table == TRAIL:
                acts = (one for one in _flat(params) if isinstance(one, str))
                self.about |= {one.partition(".")[0] for one in acts if ACT.fullmatch(one)}
        return answer

    def untold(self) -> set[str]:
        """The tables that were written without an act about them."""
        return {table for table in self.tables if table in ABOUT and not ABOUT[table] & self.about}


class WatchedMiddleware:
    """Fails a request that was answered well and changed something without a trace."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        watch = Watch()
        with connection.execute_wrapper(watch):
            response = self.get_response(request)
        if response.status_code < 400 and (untold := watch.untold()):
            raise AssertionError(
                f"{request.method} {request.path} wrote {sorted(untold)} and the audit trail was "
                f"told of {sorted(watch.about)} only"
            )
        return response


def _flat(params: Any) -> Iterator[Any]:
    for one in params or ():
        if isinstance(one, list | tuple):
            yield from _flat(one)
        else:
            yield one
