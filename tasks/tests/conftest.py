"""Lists of their own for the tests of the import."""

from pathlib import Path

import pytest

from tasks.tests.official_list import WriteList


@pytest.fixture
def write_list(tmp_path: Path) -> WriteList:
    """A function that writes a list to a file and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "list.txt"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
