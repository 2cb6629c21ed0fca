"""Pictures of the documents that leave the building, page by page: part of `make screenshots`.

Made of the demonstration's data, and drawn by LibreOffice. Where the official fonts are not
installed, a serif face stands for 仿宋, 楷体 and 小标宋 in the pictures, a sans for 黑体.
"""

import datetime as dt
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from tianjin_pilot.embedded import VAR_DIR

if TYPE_CHECKING:
    from agencies.models import User

FOLDER = VAR_DIR / "screenshots" / "documents"
NEEDED = {"soffice": "libreoffice-writer libreoffice-calc", "pdftoppm": "poppler-utils"}
DOTS_PER_INCH = 80
_STAND_INS = {
    "Noto Serif CJK SC": ("仿宋_GB2312", "楷体_GB2312", "方正小标宋简体", "宋体"),
    "Noto Sans CJK SC": ("黑体",),
}


def documents_made() -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each document, as a coordinator would make it today."""
    from django.utils import timezone

    from agencies.models import Role, User
    from progress.models import BriefKind, ReportingPeriod
    from progress.workbooks.brief import BriefDetails, brief

    now = timezone.now()
    user = User.objects.get(username=Role.COORDINATOR)
    details = BriefDetails(
        dated=timezone.localdate(now),
        masthead="服务业扩大开放综合试点工作（示例）",
        document="示例〔2026〕1号",
        signer="示例",
        addressee="各有关单位",
        signature="示例办公室",
        copies="示例",
    )
    for period in ReportingPeriod.objects.latest_first()[:2]:
        for kind in BriefKind:
            content = brief(
                kind=kind,
                period=period,
                user=user,
                today=timezone.localdate(now),
                now=now,
                details=details,
            )
            yield f"brief-{kind.value}-{period.code}.docx", content
    yield from reports_made(user, now=now)


def reports_made(user: "User", *, now: dt.datetime) -> Iterator[tuple[str, bytes]]:
    """The progress report of the whole list as of the last closed period where there is one,
    and of chapter 3, in either edition and for either paper."""
    from django.http import QueryDict
    from django.utils import timezone

    from progress.models import ReportingPeriod
    from progress.workbooks import report_asked, report_question

    periods = ReportingPeriod.objects.latest_first()
    current = periods[0]
    closed = periods.exclude(closed_at=None).first() or current
    today = timezone.localdate(now)
    for label, query in (
        ("report-whole-A3", f"period={closed.code}"),
        ("report-chapter-A4", f"period={current.code}&chapter=3&paper=A4"),
        ("report-public-A3", f"period={closed.code}&chapter=3&edition=public"),
    ):
        question = report_question(QueryDict(query), user=user, today=today)
        asked = report_asked(question, language="zh-hans") if question.is_valid else None
        assert asked is not None, query
        yield f"{label}.xlsx", asked.made(user=user, today=today, now=now, language="zh-hans")


def documents_photograph() -> str:
    """Draw each page of each document under FOLDER, in place of what is there.

    Returns a sentence on it. Where LibreOffice is missing nothing is drawn, and the sentence says
    what to install.
    """
    missing = [package for program, package in NEEDED.items() if shutil.which(program) is None]
    if missing:
        return f"No pictures of documents: sudo apt-get install {' '.join(missing)}"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="tianjin-documents-") as name:
        scratch = Path(name)
        for label, content in documents_made():
            (scratch / label).write_bytes(content)
            (FOLDER / label).write_bytes(content)
        _drawn(scratch)
    pages = len(list(FOLDER.glob("*.png")))
    return f"{pages} pages of documents are in {FOLDER}."


def _drawn(scratch: Path) -> None:
    fonts = scratch / "fonts.conf"
    fonts.write_text(_fonts())
    documents = sorted(str(path) for path in scratch.iterdir() if path.suffix in {".docx", ".xlsx"})
    profile = f"-env:UserInstallation=file://{scratch}/profile"
    subprocess.run(
        ["soffice", "--headless", profile, "--convert-to", "pdf", "--outdir", scratch, *documents],
        check=True,
        capture_output=True,
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)},
    )
    for path in sorted(scratch.glob("*.pdf")):
        subprocess.run(
            ["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", path, FOLDER / path.stem],
            check=True,
            capture_output=True,
        )


def _fonts() -> str:
    aliases = "".join(
        f'<alias binding="same"><family>{family}</family><prefer><family>{stand_in}</family>'
        "</prefer></alias>"
        for stand_in, families in _STAND_INS.items()
        for family in families
    )
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f'<include ignore_missing="yes">/etc/fonts/fonts.conf</include>{aliases}</fontconfig>'
    )
