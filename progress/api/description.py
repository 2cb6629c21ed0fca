"""The description of the API: what every operation is called, takes and answers.

It says of all endpoints alike what they have from their bases (progress.api.listed, conditional,
errors), so that no view has to; `progress.api.described` writes what concerns the document as a
whole. What it says at length is English; headings, fields and parameters speak the reader's
language.
"""

import re
from collections.abc import Sequence
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry

from progress.api.described_summaries import SUMMARIES
from progress.api.described_words import GROUPS, NAMES
from progress.api.errors import ProblemSerializer, StaleVersionSerializer
from progress.api.parameters import FIELDS_PARAMETERS

PREFIX = "/api/v1/"
# Where an address ends with one of several words; the description has an address for each.
_MOVES = re.compile(r"\(\?P<move>([a-z|-]+)\)")
_VERBS = {"PUT": "update", "PATCH": "partial_update", "DELETE": "destroy"}

Endpoint = tuple[str, str, str, Any]


def moves_apart(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    """An address for each move: /reports/{id}/submit/ in place of /reports/{id}/{move}/.

    Each is a thing of its own to whoever reads the description or generates a client from it.
    """
    found: list[Endpoint] = []
    for path, regex, method, callback in endpoints:
        moves = _MOVES.search(regex)
        if moves is None:
            found.append((path, regex, method, callback))
            continue
        for move in moves[1].split("|"):
            own = regex.replace(moves[0], move)
            found.append((path.replace("{move}", move), own, method, callback))
    return found


class Description(AutoSchema):
    """Lists tell of `fields` and `omit` among their filters; single things of them here."""

    def get_override_parameters(self) -> list[Any]:
        found: list[Any] = super().get_override_parameters()
        is_single = getattr(self.view, "shape", None) and not getattr(self.view, "paginates", False)
        return [*found, *FIELDS_PARAMETERS] if is_single and self.method == "GET" else found

    def is_deprecated(self) -> bool:
        return self.method in getattr(self.view, "deprecated", {})

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(
            path, path_regex, path_prefix, method, registry
        )
        if operation is None:
            return None
        for problem in (ProblemSerializer, StaleVersionSerializer):
            self.resolve_serializer(problem, "response")
        words = path.removeprefix(PREFIX).partition("/")[0]
        name = self._name()
        said = " ".join(str(operation.get("description", "")).split())
        operation |= {
            "operationId": name,
            "summary": str(SUMMARIES.get(name, "")),
            "description": said,
            "tags": [GROUPS.get(words, words)],
        }
        return operation

    def _name(self) -> str:
        """What a generated client calls it: tasks_list, reports_submit."""
        place = self.path.removeprefix(PREFIX)
        if named := NAMES.get((self.method, place)):
            return named
        parts = [part for part in place.strip("/").split("/") if "{" not in part]
        words = "_".join(parts).replace("-", "_")
        if self.method == "GET":
            return f"{words}_{'list' if self._is_list_view() else 'retrieve'}"
        if self.method == "POST":
            return f"{words}_create" if hasattr(self.view, "get") else words
        return f"{words}_{_VERBS[self.method]}"
