"""The house reads in one direction."""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("agencies", "tasks", "progress", "tianjin_pilot")


def test_each_layer_imports_only_from_those_below() -> None:
    linted = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert "0 broken" in linted.stdout


def test_no_app_tells_another_by_a_signal() -> None:
    """A save that makes something else happen elsewhere cannot be seen in the code that saves."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Import | ast.ImportFrom) and _imports_signals(node)
    ]
    assert found == []


def _imports_signals(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether it imports the signals of models, or what a signal of our own would be made of.

    `receiver` alone is allowed: Django itself tells of a failed sign-in by a signal only.
    """
    module = node.module if isinstance(node, ast.ImportFrom) else ""
    imported = {f"{module}.{name.name}".strip(".") for name in node.names}
    return any(
        name.startswith("django.db.models.signals")
        or (name.startswith("django.dispatch") and not name.endswith(".receiver"))
        for name in imported
    )
