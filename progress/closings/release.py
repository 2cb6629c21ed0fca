"""Which program made a workbook: the same one makes the same bytes from the same figures."""

import hashlib
import platform
import zlib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path

from django.conf import settings

# Whatever of ours can change a workbook, and what it is written with.
_CODE = ("agencies", "tasks", "progress")
_PACKAGES = ("Django", "XlsxWriter", "chinesecalendar")


@cache
def made_with() -> Mapping[str, str]:
    """What the bytes of a workbook depend on besides the figures, by name."""
    return {
        "code": _code_digest(Path(settings.BASE_DIR)),
        "python": platform.python_version(),
        # Another zlib packs the same content into other bytes.
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        **{name: version(name) for name in _PACKAGES},
    }


@cache
def release() -> str:
    """Stands for all of `made_with`: 16 hexadecimal digits."""
    said = "\n".join(f"{name} {value}" for name, value in sorted(made_with().items()))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _code_digest(root: Path) -> str:
    digest = hashlib.sha256()
    files = [
        path
        for app in _CODE
        for path in (root / app).rglob("*.py")
        if not {"tests", "migrations"} & set(path.relative_to(root).parts)
    ]
    for path in sorted([*files, *(root / "locale").rglob("*.mo")]):
        name = path.relative_to(root).as_posix()
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]
