"""Whether a library that the product is run or tested with has a published hole.

Asks pip-audit of everything that is installed. It needs the network: where its source cannot be
reached, or knows none of the packages, nothing was compared, which is said and fails nothing; a
hole fails, unless pyproject.toml names it under [tool.known_holes] with the reason why it stays.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tianjin_pilot.tests.run import PYTHON, ROOT

# What a machine's Python puts into each environment: it installs the product and is no part of it.
OF_THE_MACHINE = frozenset({"pip", "setuptools", "wheel"})
SECONDS = 120
ASK = [
    PYTHON,
    "-m",
    "pip_audit",
    "--format",
    "json",
    "--progress-spinner",
    "off",
    "--timeout",
    "10",
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be said, line by line, and whether it fails."""

    lines: Sequence[str]
    fails: bool = False


def main() -> int:
    exempted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    outcome = compared(asked(), exempted["tool"].get("known_holes", {}))
    print("\n".join(outcome.lines))
    return 1 if outcome.fails else 0


def asked() -> str:
    """What pip-audit answers; "" where it ends without an answer."""
    try:
        done = subprocess.run(
            ASK, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout


def compared(answer: str, exempted: Mapping[str, str]) -> Outcome:
    """What an answer of pip-audit comes to; `exempted` has reasons by the id of a hole."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        return Outcome(
            ["NOT COMPARED: the list of published holes cannot be reached from this machine."]
        )
    ours = [one for one in packages if one["name"] not in OF_THE_MACHINE]
    unknown = [one["name"] for one in ours if "skip_reason" in one]
    found = [
        (one["name"], one.get("version", ""), hole) for one in ours for hole in one.get("vulns", ())
    ]
    lines, open_ones, used = [], 0, set()
    for name, version, hole in found:
        ids = {hole["id"], *hole.get("aliases", ())}
        reasons = [exempted[one] for one in sorted(ids & exempted.keys())]
        used |= ids
        open_ones += not reasons
        mended = ", ".join(hole.get("fix_versions", ())) or "no version yet"
        said = f"exempted: {reasons[0]}" if reasons else f"mended in {mended}"
        lines.append(f"{name} {version}: {hole['id']} ({said})")
    if len(unknown) == len(ours):
        lines.append("NOT COMPARED: the source of published holes knows none of the packages here.")
    else:
        lines.append(f"{len(ours) - len(unknown)} of {len(ours)} packages compared.")
        if unknown:
            lines.append(f"NOT COMPARED: {', '.join(sorted(unknown))}.")
        lines += [f"exempted and found no more: {one}" for one in sorted(exempted.keys() - used)]
    return Outcome(lines, fails=open_ones > 0)


if __name__ == "__main__":
    sys.exit(main())
