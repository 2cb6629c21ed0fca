"""Every address of the project, from its own tables of addresses, with something in each gap."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

# Which thing a number names, by what stands before it. A new kind of address is added here.
THING_AT: Mapping[str, str] = {
    "reports/": "report",
    "contributions/": "contribution",
    "evidence/": "evidence",
    "registers/extensions/": "extension",
    "registers/completions/": "completion",
    "registers/matters/": "matter",
    "registers/results/": "result",
    "reminders/": "reminder",
    "inbox/": "reminder",
    "notices/": "notice",
    "lists/": "saved_list",
    "saved-lists/": "saved_list",
    "exports/": "export",
    "export/jobs/": "export",
    "accounts/": "account",
    "tokens/": "token",
    "sessions/": "session",
    "webhooks/": "webhook",
    "deliveries/": "delivery",
    "my/form/": "sheet_upload",
    "filled-forms/": "sheet_upload",
    "brief-templates/": "template",
    "agencies/": "agency",
    "agencies/manage/": "agency",
    "reminder-pauses/": "pause",
    "measures/": "measure",
    "briefs/templates/": "template",
    "calendar/": "correction",
}
# What a gap of this name is filled with, where a test does not say otherwise.
FILLED: Mapping[str, object] = {
    "number": 4,
    "code": "2026-10",
    "role": "leader",
    "page": "tasks",
    "part": "manifest",
    "kind": "report",
    "name": "matters",
    "day": "2026-11-07",
}
# What may be done to a thing, by what stands before the thing's number.
MOVES_AT: Mapping[str, Sequence[str]] = {
    "reports/2026-10/": ("submit", "withdraw", "endorse", "return", "approve", "take_up", "reopen"),
    "contributions/": ("submit", "withdraw", "return", "endorse"),
    "registers/matters/": ("address", "answer", "close", "reopen"),
    "webhooks/": ("pause", "resume", "end", "test"),
}
GAP = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>((?:[^()\[\]]|\[[^\]]*\])*)\)")
# The style guide is there while one works on the product, and in no installation.
NOT_SERVED = {"styleguide"}


@dataclass(frozen=True, slots=True)
class Address:
    """One line of a table of addresses: its name ("api:report"), a path, and which things' numbers
    stand in the path."""

    name: str
    path: str
    things: frozenset[str]

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")


def every_address(filled: Mapping[str, object] | None = None) -> list[Address]:
    """All of them, of moves one for each; `filled` says by thing or gap what stands there."""
    return list(_walk(get_resolver().url_patterns, "/", "", filled or {}))


def _walk(
    patterns: Sequence[URLPattern | URLResolver],
    before: str,
    space: str,
    filled: Mapping[str, object],
) -> Iterator[Address]:
    for one in patterns:
        if isinstance(one, URLResolver):
            inner = f"{one.namespace}:" if one.namespace else space
            yield from _walk(one.url_patterns, before + str(one.pattern), inner, filled)
        elif one.name not in NOT_SERVED:
            name = f"{space}{one.name or 'unknown'}"
            gap = GAP if isinstance(one.pattern, RoutePattern) else GROUP
            written = str(one.pattern)
            if gap is GROUP:
                written = re.sub(r"^\^|\$$", "", written).replace(".*", "no/such/")
            yield from _filled(name, before, written, gap, filled, frozenset())


def _filled(
    name: str,
    path: str,
    rest: str,
    gap: re.Pattern[str],
    filled: Mapping[str, object],
    things: frozenset[str],
) -> Iterator[Address]:
    found = gap.search(rest)
    if found is None:
        yield Address(name, path + rest, things)
        return
    before, after, word = path + rest[: found.start()], rest[found.end() :], found[1]
    thing = next((THING_AT[end] for end in _ends_of(before) if end in THING_AT), None)
    if word == "move":
        # A group of a regular expression says itself which moves there are.
        moves = found[2].split("|") if gap is GROUP else _moves_at(before)
        for move in moves:
            yield from _filled(name, before + move, after, gap, filled, things)
    elif word in ("pk", "agency", "delivery"):
        assert thing is not None, f"say in THING_AT which thing stands at {before}"
        # The contributions' addresses of a page name the agency whose it is.
        thing = "co_agency" if word == "agency" else thing
        value = str(filled.get(thing, 1))
        yield from _filled(name, before + value, after, gap, filled, things | {thing})
    else:
        value = str(filled.get(word, FILLED.get(word, 1)))
        yield from _filled(name, before + value, after, gap, filled, things)


def _ends_of(path: str) -> Iterator[str]:
    """The last two places of a path, then the last one: "registers/matters/", "matters/"."""
    parts = [one for one in path.split("/") if one]
    yield "/".join(parts[-2:]) + "/"
    yield parts[-1] + "/"


def _moves_at(before: str) -> Sequence[str]:
    without_number = re.sub(r"\d+/$", "", before)
    return next(
        (moves for end, moves in MOVES_AT.items() if without_number.endswith(end)), ("close",)
    )
