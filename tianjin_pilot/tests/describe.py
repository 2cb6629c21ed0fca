"""`make schema`: write the description of the API anew, if it keeps what was promised."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from tianjin_pilot.tests.promise import PROMISED, TAKEN_BACK, broken, promises, read, written
from tianjin_pilot.tests.run import PYTHON, ROOT
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

COMMITTED = ROOT / "docs" / "openapi.yaml"
RECORDING = (
    "tianjin_pilot/tests/test_api_description.py::test_the_examples_are_what_the_api_answers"
)


def main() -> int:
    """Record the examples, describe, compare with what is promised, and write.

    The exit code is 1, and nothing is written, where something is taken back that TAKEN_BACK does
    not name.
    """
    with tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as folder:
        env = {name: value for name, value in os.environ.items() if name not in SETTINGS_VARIABLES}
        env |= {
            "DEBUG": "1",
            "DATABASE_URL": f"sqlite:///{folder}/described.sqlite3",
            "TEST_DATABASE_NAME": f"{folder}/test.sqlite3",
            "EVIDENCE_DIR": f"{folder}/evidence",
        }
        described = Path(folder) / "openapi.yaml"
        describe = ["--validate", "--fail-on-warn", "--lang", "en", "--file", str(described)]
        for command in (
            [PYTHON, "-m", "pytest", "-q", RECORDING],
            [PYTHON, "manage.py", "spectacular", *describe],
        ):
            recorded = env | {"RECORD": "1"}
            if subprocess.run(command, cwd=ROOT, env=recorded, check=False).returncode:
                return 1
        new = described.read_text(encoding="utf-8")
    promised = promises(yaml.load(new, Loader=yaml.CSafeLoader))
    old = read(PROMISED.read_text(encoding="utf-8"))
    taken_back = [one for one in broken(old, promised) if one not in TAKEN_BACK]
    for sentence in taken_back:
        print(f"make schema: {sentence}", file=sys.stderr)
    if taken_back:
        print("Version 1 has promised this (docs/api.md); nothing was written.", file=sys.stderr)
        return 1
    COMMITTED.write_text(new, encoding="utf-8")
    PROMISED.write_text(written(promised), encoding="utf-8")
    print(f"{COMMITTED.relative_to(ROOT)} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
