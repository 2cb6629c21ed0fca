"""The variables that the product reads, as its settings name them; nobody keeps a list of them."""

import re
from pathlib import Path

from tianjin_pilot.environment import SECRETS

SETTINGS = Path(__file__).resolve().parent.parent / "settings.py"
READERS = r"env\.\w+|env_or_refuse|flag|whole_number|days_at_least"
READING = re.compile(rf"\b(?:{READERS})\(\s*\"([A-Z_]+)\"")
# `make run` reads where to listen; the tests where their database lies, and whether they run long.
OF_MAKE_RUN = frozenset({"PORT", "HOST"})
OF_TESTS = frozenset({"TEST_DATABASE_NAME", "LONG"})
OF_DJANGO = frozenset({"DJANGO_ALLOW_ASYNC_UNSAFE", "DJANGO_SETTINGS_MODULE"})


def names_read() -> frozenset[str]:
    """What an installation may set, by name."""
    return frozenset(READING.findall(SETTINGS.read_text())) - OF_TESTS


# What a person may have set for their own installation has no say in a test.
SETTINGS_VARIABLES = (
    names_read() | {f"{name}_FILE" for name in SECRETS} | OF_MAKE_RUN | OF_TESTS | OF_DJANGO
)
