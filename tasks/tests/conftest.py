"""Lists of their own for the tests of the import."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from tasks.tests.official_list import WriteList


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Faults speak the reader's language; here they are read in that of the source."""
    with translation.override("en"):
        yield


@pytest.fixture
def write_list(tmp_path: Path) -> WriteList:
    """A function that writes a list to a file and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "list.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
