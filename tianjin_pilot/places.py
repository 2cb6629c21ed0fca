"""Where on the disk a folder lies, or will lie once it is made."""

from pathlib import Path


def nearest_there(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there: what becomes of it lies
    there."""
    return next(one for one in (folder, *folder.parents) if one.exists())
