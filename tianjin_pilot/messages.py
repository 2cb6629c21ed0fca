"""`make messages`: gather the texts to translate from the sources and compile the translations."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"


def messages_gather(root: Path) -> None:
    """Bring locale/ below `root`, a copy of this project, up to date with the sources there.

    Texts that are no longer used go, new ones wait for their translation, and each keeps the names
    of the files it is from, without line numbers, so that a change elsewhere leaves it alone.
    """
    (root / "locale" / LANGUAGE / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    command = ["makemessages", "--locale", LANGUAGE, "--no-obsolete", "--add-location", "file"]
    for folder in (".venv", "var", "staticfiles", "tests"):
        command += ["--ignore", folder]
    _manage(root, *command)


def messages_compile(root: Path) -> None:
    """Make the .mo file that Django reads from the .po file below `root`."""
    _manage(root, "compilemessages", "--locale", LANGUAGE, "--ignore", ".venv")


def _manage(root: Path, *arguments: str) -> None:
    subprocess.run(  # noqa: S603 - the arguments are written above
        [sys.executable, "manage.py", *arguments],
        cwd=root,
        env={**os.environ, "DEBUG": "1", "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings"},
        check=True,
    )


def main() -> int:
    if not shutil.which("xgettext"):
        print("gettext is missing: sudo apt-get install gettext", file=sys.stderr)
        return 1
    messages_gather(BASE_DIR)
    messages_compile(BASE_DIR)
    return 0


if __name__ == "__main__":
    sys.exit(main())
