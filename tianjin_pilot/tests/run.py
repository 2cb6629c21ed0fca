"""Everything that has to hold before a change lands: `make check`, `make test`, `make test-long`.

Installs or names what the machine lacks, starts a PostgreSQL and a broker that only this run uses,
takes the steps, two at a time, prints how long each took, and leaves nothing behind. Every step is
taken, also after one that failed; the suite comes last, so that a run ends with pytest's closing
line.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tianjin_pilot.children import ChildError, interrupt_once
from tianjin_pilot.tests import services
from tianjin_pilot.tests.steps import Step, steps_take

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable
# A step of their own, and so left out of the suites.
TESTS_OF_THE_HOUSE = [
    f"tianjin_pilot/tests/{name}" for name in ("test_import_direction.py", "test_translations.py")
]
# Files stay whole, since some of them start a service for all of their tests, and keep the order in
# which conftest.py puts them: the longest first.
PYTEST = [PYTHON, "-u", "-m", "pytest", "-p", "tianjin_pilot.tests.no_skips"]
IN_PARALLEL = ["--dist", "loadfile", "--no-loadscope-reorder", "-n"]
SUITE = [*PYTEST, *(f"--ignore={path}" for path in TESTS_OF_THE_HOUSE), *IN_PARALLEL]
# The machines that run this have two cores. Browsers, services and the database of the suite on
# PostgreSQL leave them idle a third of the time. A third process makes use of that, and so does the
# suite on SQLite, which goes on beside it and makes way where both want a processor.
PROCESSES_ON_SQLITE, PROCESSES_ON_POSTGRESQL = "2", "3"
NICENESS_ON_SQLITE = 5
# What the suite on SQLite leaves to the one on PostgreSQL. All others run on both; of those with
# many cases PostgreSQL takes the first one, except in a long run.
ONCE = ["-m", "not browser and not services and not once"]
IN_A_CHECK = ["-m", f"{ONCE[1]} and not wide", "--first-cases"]
BANDIT = [
    *(PYTHON, "-m", "bandit", "--quiet", "--recursive", "--configfile", "pyproject.toml"),
    *("agencies", "tasks", "progress", "tianjin_pilot", "manage.py"),
]


def main(kind: str) -> int:
    """Run the steps of `check`, `test` or `long`; the exit code is 0 if every one succeeded."""
    interrupt_once()
    try:
        packages_provide(PACKAGES_OF_A_CHECK if kind == "check" else PACKAGES)
        with contextlib.ExitStack() as stack:
            steps = check_steps(stack) if kind == "check" else test_steps(stack, kind == "long")
            failed = steps_take(steps, folder=ROOT)
    except ChildError as reason:
        print(f"\n{reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    if failed:
        print(f"\nFailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


# --- The steps ---------------------------------------------------------------------------------


def check_steps(stack: contextlib.ExitStack) -> list[Step]:
    """Style, types, migrations, the direction of imports, and what is quick of the suite."""
    sqlite = sqlite_environment(stack)
    suite = [*SUITE, PROCESSES_ON_SQLITE, *IN_A_CHECK]
    return [*source_steps(sqlite), Step("the quick part of the suite on SQLite", suite, sqlite)]


def test_steps(stack: contextlib.ExitStack, long: bool) -> list[Step]:
    """What `check` does, the settings of a service, and the whole suite on PostgreSQL."""
    sqlite = sqlite_environment(stack)
    on_sqlite = [*SUITE, PROCESSES_ON_SQLITE, *ONCE]
    on_postgresql = [*SUITE, PROCESSES_ON_POSTGRESQL]
    if not long:
        on_postgresql.append("--first-cases")
    postgresql = {**sqlite, "DATABASE_URL": stack.enter_context(services.postgresql())}
    examples = {"LONG": "1"} if long else {}
    deploy = [PYTHON, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return [
        *source_steps(sqlite),
        Step("faults of security in the source", BANDIT),
        Step("published holes of the libraries", [PYTHON, "-m", "tianjin_pilot.tests.known_holes"]),
        Step("settings of a service", deploy, service_environment(postgresql)),
        Step("deployment files", [PYTHON, "-m", "tianjin_pilot.tests.deployment_files"], sqlite),
        Step("suite on SQLite", on_sqlite, {**sqlite, **examples}, NICENESS_ON_SQLITE),
        Step("suite on PostgreSQL", on_postgresql, {**postgresql, **examples}),
    ]


def source_steps(env: Mapping[str, str]) -> list[Step]:
    """What can be said of the sources without running the suite."""
    manage = [PYTHON, "manage.py"]
    return [
        # First, since it takes as long as all others that can be taken beside it.
        Step("types", [PYTHON, "-m", "mypy", "."], env),
        Step("style", [PYTHON, "-m", "ruff", "check", "."]),
        Step("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Step("migrations", [*manage, "makemigrations", "--check", "--dry-run"], env),
        Step("import direction and translations", [*PYTEST, "-q", *TESTS_OF_THE_HOUSE], env),
    ]


def sqlite_environment(stack: contextlib.ExitStack) -> dict[str, str]:
    """An empty SQLite database and a broker of this run."""
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tianjin-pilot-"))
    return {
        "DEBUG": "1",
        "DATABASE_URL": f"sqlite:///{folder}/database.sqlite3",
        "TEST_DATABASE_NAME": f"{folder}/test.sqlite3",
        "REDIS_URL": stack.enter_context(services.broker()),
        # Where either suite finds what the other has laid out.
        "KEPT_FOLDER": folder,
    }


def service_environment(env: Mapping[str, str]) -> dict[str, str]:
    """What an installation in service would set."""
    return {
        **env,
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "pilot.example.org",
        "SITE_URL": "https://pilot.example.org",
        "EVIDENCE_DIR": "/var/lib/pilot/evidence",
        "EMAIL_URL": "smtp+tls://pilot:password@mail.example.org:587",
    }


# --- What the machine has to have --------------------------------------------------------------


def _chinese_font() -> bool:
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".fonts"]
    return any(font for folder in folders for font in folder.rglob("*CJK*"))


PACKAGES_OF_A_CHECK: dict[str, Callable[[], object]] = {
    "gettext": lambda: shutil.which("xgettext") and shutil.which("msgfmt"),
}
# Debian's name of each, and how to see whether it is there.
PACKAGES: dict[str, Callable[[], object]] = {
    **PACKAGES_OF_A_CHECK,
    # The whole Chromium does as well, if more slowly.
    "chromium-headless-shell": services.chromium,
    "curl": lambda: shutil.which("curl"),
    "fonts-noto-cjk": _chinese_font,
    "postgresql": services.postgresql_programs,
}


def packages_provide(packages: Mapping[str, Callable[[], object]]) -> None:
    """Install with apt which of the packages are missing; raise ChildError where that cannot be."""
    missing = [name for name, present in packages.items() if not present()]
    if not missing:
        return
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise ChildError(
            f"The tests need {', '.join(missing)}. To install what is missing:\n"
            f"    sudo apt-get update && sudo {' '.join(install)}"
        )
    print(f"==> installing {', '.join(missing)}", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "--quiet"], install):
        if subprocess.run(command, env=env, stdin=subprocess.DEVNULL, check=False).returncode:
            raise ChildError(f"This failed: {' '.join(command)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
