"""The table of duties (duties.txt): who may do what, by page and endpoint.

Run as a program, it writes docs/duties.md from it, for people who want to read it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("duties.txt")
DOCUMENT = ROOT / "docs" / "duties.md"
WHO = "who "
API = "/api/v1/"

REQUEST = re.compile(
    r"(?P<method>GET|POST|PUT|PATCH|DELETE) (?P<address>\S+)(?: (?P<body>{.*}))?"
    r"(?P<answers>(?: +[1-5][0-9]{2})*)$"
)
# Of somebody who may, were it the moment or had they said more.
MAY = frozenset({200, 201, 202, 204, 302, 400, 409, 415, 422, 428})
# Persons of the table by the column of the document that tells of them.
ROLES: Mapping[str, Sequence[str]] = {
    "Reporter": ("reporter", "colleague", "co_reporter", "stranger"),
    "Approver": ("approver",),
    "Coordinator": ("coordinator",),
    "Leader": ("leader",),
    "Auditor": ("auditor",),
    "Administrator": ("administrator",),
}
YES, OWN, NO = "yes", "own", "–"
HEAD = """# Who may do what

Written from the table of duties by `python -m tianjin_pilot.tests.duties`; do not edit it. Tests
ask every address below as everybody.

“yes” may; “own” may in what is theirs: their tasks, their agency, what they made themselves. “–”
may not: the answer says so, or where they may not even know of it, that there is no such thing.
Without signing in there is the page for it, the choice of a language, and whether the service runs.
Who has left is answered as somebody who has not signed in, whatever they still hold.

An account has one role, and no role has another's duties: administrators neither read nor write
what is reported, auditors write nothing but what is their own (password, tokens, webhooks, saved
lists), and nobody changes their own role.
"""


@dataclass(frozen=True, slots=True)
class Request:
    """One way of doing something, and the status that each person is answered, by who it is."""

    area: str
    action: str
    method: str
    address: str
    body: str
    answers: Mapping[str, int]

    @property
    def is_api(self) -> bool:
        return self.address.startswith(API)

    def may(self, who: str) -> bool:
        """Whether this person may. Whoever is only led to the page for signing in may not."""
        return self.answers[who] in MAY

    def __str__(self) -> str:
        return " ".join(filter(None, [self.method, self.address, self.body]))


def duties() -> Sequence[Request]:
    """All requests of the table, in its order. Raises ValueError for a line that is none."""
    return list(_read(TABLE.read_text("utf-8")))


def _read(text: str) -> Iterator[Request]:
    people: Sequence[str] = ()
    area = action = ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith(WHO):
            people = line.removeprefix(WHO).split()
        elif line.startswith("== "):
            area = line.removeprefix("== ")
        elif line.startswith("- "):
            action = line.removeprefix("- ")
        elif area and line:
            found = REQUEST.fullmatch(line)
            if found is None:
                raise ValueError(f"{TABLE.name}, line {number}: this is no request: {line}")
            answers = map(int, found["answers"].split())
            yield Request(
                area,
                action,
                found["method"],
                found["address"],
                found["body"] or "",
                dict(zip(people, answers, strict=True)),
            )


def document() -> str:
    """The table for readers: by area and action what each role may."""
    lines = [HEAD]
    for area, of_area in groupby(duties(), lambda one: one.area):
        lines += [f"## {area}", "", f"| | {' | '.join(ROLES)} | by |", f"|---{'|---' * 7}|"]
        for action, found in groupby(of_area, lambda one: one.action):
            requests = list(found)
            words = [_word(requests, people) for people in ROLES.values()]
            by = "<br>".join(f"`{one.method} {one.address}`" for one in requests)
            lines.append(f"| {action} | {' | '.join(words)} | {by} |")
        lines.append("")
    return "\n".join(lines)


def _word(requests: Sequence[Request], people: Sequence[str]) -> str:
    """All of these people may, some of them or by some of the requests, or none."""
    can = {one.may(who) for one in requests for who in people}
    return OWN if len(can) > 1 else YES if can == {True} else NO


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
