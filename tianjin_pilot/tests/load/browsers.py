"""A browser that does no more than open pages, send forms and keep cookies, and is timed."""

import html
import http.client
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tianjin_pilot.tests.installation import HOST, Answer, asked
from tianjin_pilot.tests.load.figures import Answered, Outcome, Seen

OK, FOUND, NOT_MODIFIED, CONFLICT, PRECONDITION_FAILED, TOO_MANY = 200, 302, 304, 409, 412, 429
OUTCOMES = {
    CONFLICT: Outcome.CONFLICT,
    PRECONDITION_FAILED: Outcome.CONFLICT,
    TOO_MANY: Outcome.TOO_OFTEN,
}
FORM_TYPE = "application/x-www-form-urlencoded"
KEY = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
FIELDS = re.compile(
    r'<textarea [^>]*?name="(?P<area>[^"]+)"[^>]*>\n?(?P<text>[^<]*)</textarea>'
    r'|<select [^>]*?name="(?P<choice>[^"]+)"[^>]*>(?P<options>.*?)</select>'
    r'|<input type="hidden" name="(?P<hidden>[^"]+)" value="(?P<value>[^"]*)"',
    re.DOTALL,
)
CHOSEN = re.compile(r'<option value="([^"]*)" selected>')
TITLE = re.compile(r"<title>\s*(.*?)\s*</title>", re.DOTALL)
LONGEST_SAID = 200


class NotDone(Exception):  # noqa: N818 - it is counted already; the person goes on with something else
    """An answer other than the one that was meant; `status` 0 where there was none."""

    def __init__(self, status: int, text: str = "") -> None:
        super().__init__(f"{status} {text}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser shows; `status` 304 for what it held already."""

    status: int
    text: str

    @property
    def key(self) -> str:
        """That of the forms on the page."""
        found = KEY.search(self.text)
        assert found is not None
        return found[1]

    def form(self, begin: str) -> dict[str, str]:
        """The fields of the form whose tag begins so, as a browser would send them untouched; empty
        where there is no such form."""
        at = self.text.find(begin)
        if at < 0:
            return {}
        fields = {}
        for found in FIELDS.finditer(self.text, at, self.text.index("</form>", at)):
            if found["area"]:
                fields[found["area"]] = html.unescape(found["text"])
            elif found["choice"]:
                chosen = CHOSEN.search(found["options"])
                fields[found["choice"]] = chosen[1] if chosen else ""
            else:
                fields[found["hidden"]] = html.unescape(found["value"])
        return fields

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Browser:
    """One signed-in person's browser."""

    site: Path
    session: str
    seen: Seen
    cookies: dict[str, str] = field(default_factory=dict)
    # What it holds, by address: the tag and the page.
    held: dict[str, tuple[str, Page]] = field(default_factory=dict)

    def open(self, act: str, address: str) -> Page:
        """The page, from what is held where that is still so. Raises NotDone for anything else."""
        tag, before = self.held.get(address, ("", None))
        headers = {"If-None-Match": tag} if tag else {}
        answer = self._ask(act, "GET", address, headers=headers, meant={OK, NOT_MODIFIED})
        if answer.status == NOT_MODIFIED:
            assert before is not None
            return Page(NOT_MODIFIED, before.text)
        page = Page(OK, answer.body.decode())
        if new := answer.headers.get("ETag"):
            self.held[address] = new, page
        return page

    def download(self, act: str, address: str) -> bytes:
        return self._ask(act, "GET", address, headers={}, meant={OK}).body

    def send(self, act: str, address: str, fields: Mapping[str, str]) -> str:
        """Press the button of a form; where it leads. Raises NotDone where it leads nowhere."""
        answer = self._post(act, address, fields, meant={FOUND})
        return answer.headers["Location"]

    def send_by_script(self, act: str, address: str, fields: Mapping[str, str]) -> Any:
        """As a form saves itself; what the script is told."""
        headers = {"Accept": "application/json"}
        return json.loads(self._post(act, address, fields, meant={OK}, headers=headers).body)

    def upload(self, act: str, address: str, key: str, *, name: str, content: bytes) -> None:
        """Attach a file of a form that stays on its page."""
        edge = "----pilot"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in (("csrfmiddlewaretoken", key), ("measure", ""))
        ]
        parts.append(f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"')
        head = "".join(parts) + "\r\nContent-Type: application/pdf\r\n\r\n"
        body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
        headers = {
            "Accept": "application/json",
            "Content-Type": f"multipart/form-data; boundary={edge}",
        }
        self._ask(act, "POST", address, headers=headers, meant={OK}, body=body)

    def _post(
        self,
        act: str,
        address: str,
        fields: Mapping[str, str],
        *,
        meant: set[int],
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        body = urlencode(fields).encode()
        headers = {"Content-Type": FORM_TYPE, **(headers or {})}
        return self._ask(act, "POST", address, headers=headers, meant=meant, body=body)

    def _ask(
        self,
        act: str,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str],
        meant: set[int],
        body: bytes | None = None,
    ) -> Answer:
        cookies = {"sessionid": self.session, **self.cookies}
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if body is not None:
            sent["Origin"] = f"https://{HOST}"
        began = time.monotonic()
        try:
            answer = asked(self.site, method, address, body=body, headers={**sent, **headers})
        except (OSError, http.client.HTTPException) as error:
            self._take(act, began, Outcome.ERROR, f"no answer to {act}: {error!r}")
            raise NotDone(0) from error
        outcome, error_said = _judged(act, answer, meant)
        if answer.status == NOT_MODIFIED:
            act += ", unchanged"
        self._take(act, began, outcome, error_said)
        for line in answer.headers.get_all("Set-Cookie", []):
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
        if outcome is not Outcome.DONE:
            raise NotDone(answer.status, error_said)
        return answer

    def _take(self, act: str, began: float, outcome: Outcome, error: str) -> None:
        answered = Answered(act, began, time.monotonic() - began, outcome)
        self.seen.take(answered, error=error)


def _judged(act: str, answer: Answer, meant: set[int]) -> tuple[Outcome, str]:
    """What the answer is, and where it is an error, what it says."""
    to_sign_in = answer.headers.get("Location", "").startswith("/sign-in/")
    if answer.status in meant and not to_sign_in:
        return Outcome.DONE, ""
    if answer.status in OUTCOMES:
        return OUTCOMES[answer.status], ""
    text = answer.body.decode(errors="replace")
    title = TITLE.search(text)
    said = html.unescape(title[1]) if title else text.strip().partition("\n")[0][:LONGEST_SAID]
    return Outcome.ERROR, f"{answer.status} {act}: {'signed out' if to_sign_in else said}"
