"""Briefs as a test makes and reads them: what a Word file says, and templates with faults."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence

from django.test import Client
from docx import Document

from agencies.models import User
from conftest import NOW, TODAY
from progress.models import BriefKind, ReportingPeriod
from progress.workbooks.brief import BriefDetails, brief
from progress.workbooks.brief.default import default_template
from progress.workbooks.brief.layout import docx_written, paragraph

DETAILS = BriefDetails(
    dated=dt.date(2026, 11, 2),
    masthead="服务业扩大开放综合试点工作专报",
    copy_number="000001",
    document="津服扩[2026]１２号",
    signer="某某某",
    addressee="市领导小组",
    signature="统筹办",
    copies="各责任单位",
)


def made(
    period: ReportingPeriod,
    user: User,
    kind: BriefKind = BriefKind.REPORT,
    *,
    today: dt.date = TODAY,
    now: dt.datetime = NOW,
    details: BriefDetails = DETAILS,
) -> bytes:
    return brief(kind=kind, period=period, user=user, today=today, now=now, details=details)


def downloaded(client: Client, period: ReportingPeriod, kind: BriefKind) -> bytes:
    """The brief as the page gives it."""
    answer = client.post(
        "/briefs/", {"period": period.code, "kind": kind.value, "dated": "2026-11-02"}
    )
    assert answer.status_code == 200, answer.content.decode()
    return answer.content


def lines_of(data: bytes) -> list[str]:
    """The paragraphs of the text, those of tables aside."""
    return [one.text for one in Document(io.BytesIO(data)).paragraphs]


def text_of(data: bytes) -> str:
    return "\n".join(lines_of(data))


def tables_of(data: bytes) -> list[list[list[str]]]:
    return [
        [[cell.text for cell in row.cells] for row in table.rows]
        for table in Document(io.BytesIO(data)).tables
    ]


def number_in(text: str, pattern: str) -> int:
    """The number that the pattern's group finds; 0 where the text does not say it."""
    found = re.search(pattern, text)
    return int(found.group(1)) if found else 0


def template_of(*texts: str) -> bytes:
    """A template with these paragraphs."""
    return docx_written("".join(paragraph("a", text) for text in texts))


def template_changed(
    part: str,
    change: Callable[[str], str],
    *,
    more: Sequence[tuple[str, str]] = (),
    kind: BriefKind = BriefKind.REPORT,
) -> bytes:
    """The product's template with one part changed, and more parts."""
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(default_template(kind))) as given,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in given.namelist():
            content = given.read(name).decode()
            target.writestr(name, change(content) if name == part else content)
        for name, content in more:
            target.writestr(name, content)
    return written.getvalue()


def body_with(xml: str) -> bytes:
    """The product's template with this in front of everything."""
    return template_changed(
        "word/document.xml", lambda text: text.replace("<w:body>", f"<w:body>{xml}")
    )


def parts_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
