"""Programs that use the API under load, and remember what they were told.

Agencies report on their tasks and the office approves. What nobody answered is asked again of
another web server, as any client may; an answer that nothing excuses ends a client.
"""

import hashlib
import http.client
import json
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from progress.tests.files import pdf
from tasks.models import Status
from tianjin_pilot.tests.installation import Answer, asked

UNAVAILABLE = 503
SAVES_OF_A_REPORT = 3


@dataclass
class Observed:
    """What all clients together were told, and when."""

    stop: threading.Event = field(default_factory=threading.Event)
    unanswered: list[tuple[float, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    texts: dict[int, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)
    submitted: set[int] = field(default_factory=set)
    approved: set[int] = field(default_factory=set)
    exports: set[int] = field(default_factory=set)
    answered: int = 0


class Wrong(Exception):  # noqa: N818 - it is no error of the test, but what it looks for
    """An answer that nothing excuses."""


@dataclass
class ApiClient:
    """A program that asks again what nobody answered."""

    sites: list[Path]
    token: str
    seen: Observed

    def send(
        self, method: str, address: str, body: Any = None, *, content_type: str = "application/json"
    ) -> tuple[Answer, bool]:
        """The answer, and whether an earlier attempt of the same may have been taken in."""
        sent = body if isinstance(body, bytes) else json.dumps(body).encode() if body else None
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content_type}
        until, again = time.monotonic() + 90, False
        while time.monotonic() < until:
            site = random.choice(self.sites)  # noqa: S311 - not a secret
            try:
                answer = asked(site, method, f"/api/v1/{address}", body=sent, headers=headers)
            except (OSError, http.client.HTTPException) as error:
                self.seen.unanswered.append((time.monotonic(), repr(error)))
            else:
                if answer.status != UNAVAILABLE:
                    self.seen.answered += 1
                    return answer, again
                self.seen.unanswered.append((time.monotonic(), "503"))
            again = True
            time.sleep(0.2)
        raise Wrong(f"{method} {address} is never answered")

    def get(self, address: str) -> Any:
        answer, _again = self.send("GET", address)
        return json_of(answer, f"GET {address}", {200})


def json_of(answer: Answer, what: str, meant: set[int]) -> Any:
    if answer.status not in meant:
        raise Wrong(f"{what}: {answer.status} {answer.body[:400].decode(errors='replace')}")
    return json.loads(answer.body)


@dataclass
class TaskOfAnAgency:
    """One task's way through the period, by its agency and the office."""

    number: int
    period: str
    agency: ApiClient
    office: ApiClient
    seen: Observed

    def walk(self) -> None:
        start = self.agency.get(f"reports/start/?task={self.number}")
        report, version = 0, int(start["version"])
        for save in range(SAVES_OF_A_REPORT):
            text = f"第{self.number}项任务第{save + 1}稿"
            measures = [
                {"ordinal": one["ordinal"], "status": Status.IN_PROGRESS, "text": text}
                for one in start["measures"]
            ]
            content: dict[str, Any] = {"version": version, "measures": measures, "problems": text}
            content |= {"next_steps": "", "coordination": ""}
            if report:
                call = ("PUT", f"reports/{report}/", content)
            else:
                call = ("POST", "reports/", content | {"task": self.number, "period": self.period})
            answer, again = self.agency.send(*call)
            if answer.status == 409 and again:
                # The first attempt may have been taken in; then what is stored is what was sent.
                stored = self._stored()
                if stored["problems"] != text:
                    raise Wrong(f"task {self.number}: {text} was refused, {stored['problems']} is")
            else:
                stored = json_of(answer, f"save {self.number}", {200, 201})
            report, version = stored["id"], stored["version"]
            self.seen.texts[report] = text
        self._attach()
        self._move(report, "submit", self.agency, version, "submitted", self.seen.submitted)
        version = self._stored()["version"]
        self._move(report, "approve", self.office, version, "approved", self.seen.approved)

    def _stored(self) -> Any:
        found = self.agency.get(f"reports/?task={self.number}&period={self.period}")["results"]
        return self.agency.get(f"reports/{found[0]['id']}/")

    def _attach(self) -> None:
        name = f"evidence-{self.number}.pdf"
        content = pdf(f"evidence {self.number}")
        edge = "----pilot"
        begin = f"--{edge}\r\nContent-Disposition: form-data; name="
        parts = [
            f'{begin}"{field}"\r\n\r\n{value}\r\n'.encode()
            for field, value in (("task", self.number), ("period", self.period))
        ]
        head = f'{begin}"file"; filename="{name}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/pdf\r\n\r\n" + content)
        body = b"".join([*parts, f"\r\n--{edge}--\r\n".encode()])
        answer, _again = self.agency.send(
            "POST", "evidence/", body, content_type=f"multipart/form-data; boundary={edge}"
        )
        json_of(answer, f"attach to {self.number}", {200, 201})
        self.seen.files.add(hashlib.sha256(content).hexdigest())

    def _move(
        self, report: int, move: str, by: ApiClient, version: int, state: str, told: set[int]
    ) -> None:
        answer, again = by.send("POST", f"reports/{report}/{move}/", {"version": version})
        if answer.status == 409 and again:
            if (stands := self._stored()["state"]) != state:
                raise Wrong(f"{move} of {self.number} was refused, and it is {stands}")
        else:
            json_of(answer, f"{move} {self.number}", {200})
        told.add(report)
