"""All stylesheets of a page as one file, put together from those that are written.

A browser's first page then takes one request for them instead of twelve, and the embedded default,
which collects nothing, sends them compressed: beside the file lies what `gzip` makes of it, and
WhiteNoise gives whichever a browser takes. In service `collectstatic` finds the same file.
"""

import gzip
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

# In a folder of the depth of those that it is made of, so that what they name is found from it.
TOGETHER = "css/together.css"
COMPRESSED = f"{TOGETHER}.gz"
# In the order of the cascade.
PARTS = (
    "bootstrap/css/bootstrap.min.css",
    "css/tokens.css",
    "css/frame.css",
    "css/components.css",
    "css/forms.css",
    "css/tables.css",
    "css/charts.css",
    "css/reporting.css",
    "css/product.css",
    "css/lists.css",
    "css/dashboards.css",
    "css/print.css",
)
# What holds for a file as a whole, and is not true of a part: its encoding, and where its map is.
OF_A_FILE = re.compile(r'@charset "[^"]*";|/\*# sourceMappingURL=[^*]*\*/')


class StylesheetsTogether(BaseFinder):
    """Finds the one file, and makes it anew where one of its parts is younger."""

    def check(self, **_kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_kwargs: Any) -> Any:
        if path not in (TOGETHER, COMPRESSED):
            return []
        made = str(together_made().parent.parent / path)
        return [made] if find_all else made

    def list(self, _ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        root = together_made().parent.parent
        for path in (TOGETHER, COMPRESSED):
            yield path, FileSystemStorage(location=root)


def together_made() -> Path:
    """Where the file lies, made of the parts as they are now; several programs may ask at once."""
    made = settings.VAR_DIR / "stylesheets" / TOGETHER
    parts = [Path(str(finders.find(part))) for part in PARTS]
    if not made.exists() or made.stat().st_mtime_ns < max(p.stat().st_mtime_ns for p in parts):
        text = "\n".join(OF_A_FILE.sub("", part.read_text(encoding="utf-8")) for part in parts)
        body = f'@charset "UTF-8";\n{text}'.encode()
        made.parent.mkdir(parents=True, exist_ok=True)
        _written(made.with_name(f"{made.name}.gz"), gzip.compress(body, mtime=0))
        _written(made, body)
    return made


def _written(path: Path, body: bytes) -> None:
    """Whole or not at all, since somebody may be reading it."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
    # Others than the owner's programs serve it.
    Path(name).chmod(0o644)
    Path(name).replace(path)
