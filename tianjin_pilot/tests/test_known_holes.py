"""A published hole fails the build; a source that says nothing is not taken for a clean bill."""

import json
from typing import Any

import pytest

from tianjin_pilot.tests.known_holes import compared

FINE: dict[str, Any] = {"name": "django", "version": "5.2.19", "vulns": []}
HOLE: dict[str, Any] = {
    "name": "jinja2",
    "version": "3.1.5",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2025-1"], "fix_versions": ["3.1.6"]}],
}
UNKNOWN = {"name": "lxml", "skip_reason": "Dependency not found"}
MACHINE = HOLE | {"name": "setuptools"}


def answered(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    "answer", ["", "Traceback", "{}", answered(UNKNOWN), answered(UNKNOWN, MACHINE)]
)
def test_what_was_not_compared_is_said_and_fails_nothing(answer: str) -> None:
    outcome = compared(answer, {})
    assert not outcome.fails
    assert outcome.lines[-1].startswith("NOT COMPARED")


def test_a_hole_fails_and_says_which_version_mends_it() -> None:
    outcome = compared(answered(FINE, HOLE, UNKNOWN), {})
    assert outcome.fails
    assert outcome.lines == [
        "jinja2 3.1.5: PYSEC-1 (mended in 3.1.6)",
        "2 of 3 packages compared.",
        "NOT COMPARED: lxml.",
    ]


def test_a_hole_with_a_written_reason_stays() -> None:
    reasons = {"CVE-2025-1": "templates are ours", "CVE-2020-2": "of before"}
    outcome = compared(answered(FINE, HOLE), reasons)
    assert not outcome.fails
    assert outcome.lines == [
        "jinja2 3.1.5: PYSEC-1 (exempted: templates are ours)",
        "2 of 2 packages compared.",
        "exempted and found no more: CVE-2020-2",
    ]
