"""docs/security.md names the tests that show its controls; each of them is there."""

import re

from tianjin_pilot.tests.run import ROOT


def test_every_test_that_the_checklist_names_exists() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", page))
    written = {
        name
        for app in ("agencies", "tasks", "progress", "tianjin_pilot")
        for path in (ROOT / app / "tests").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 40
    assert named - written == set()
