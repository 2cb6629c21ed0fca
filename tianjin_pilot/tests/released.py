"""The release before this one: what an upgrade begins with.

When a release has been made, it is named here in place of the one before.
"""

import shutil
import subprocess
import tarfile
from pathlib import Path

from tianjin_pilot.tests.installation import release_finished
from tianjin_pilot.tests.run import ROOT

COMMIT = "d74da34af7b2c30a5ca5384bed61b99ad568daa3"
# The last migration of each app of ours in that release.
MIGRATIONS = {
    "agencies": "0006_audit_trail_guarded",
    "tasks": "0004_list_imports",
    "progress": "0021_webhooks",
}
SERVED = (
    "ExecStart=/opt/tianjin-pilot/current/.venv/bin/gunicorn tianjin_pilot.wsgi:application "
    "--worker-class gthread --workers 2 --threads 8 --no-control-socket\n"
)


def history_reaches_back() -> bool:
    """Whether this clone holds the code of that release; a shallow one does not."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return False
    return not _git("cat-file", "-e", f"{COMMIT}^{{commit}}").returncode


def release_before(folder: Path) -> Path:
    """The code of that release in a new folder."""
    archive = folder.with_suffix(".tar")
    made = _git("archive", "--output", str(archive), COMMIT)
    assert made.returncode == 0, made.stderr
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    archive.unlink()
    units = folder / "deploy" / "systemd"
    if not units.exists():
        # It had none; this is how one would have served it.
        units.mkdir(parents=True)
        (units / "tianjin-pilot-web.service").write_text(SERVED)
    return release_finished(folder)


def _git(*arguments: str) -> subprocess.CompletedProcess[str]:
    # The folder may belong to another account than that of the tests.
    command = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
