"""Evidence that comes with reports: a page or two that say plainly that they are made up."""

import datetime as dt

from django.core.files.base import ContentFile

from progress.demonstration.chance import chance
from progress.demonstration.people import Reporting
from progress.demonstration.wording import clauses_of
from progress.models import ReportingPeriod
from progress.workflow import ReportContent, evidence_add
from tasks.models import Measure, Status, Task

# How often a report comes with a file, and how often that is about one measure.
EVIDENCE_SHARE, MEASURE_SHARE = 0.12, 0.8
TITLES = ("推进情况说明", "会议纪要", "工作台账", "阶段验收意见")
NOTICE = "本文件为系统演示自动生成，内容均为示例。"


def evidence_play(
    task: Task,
    period: ReportingPeriod,
    content: ReportContent,
    *,
    lead: Reporting,
    now: dt.datetime,
) -> None:
    """Attach a file to a report that was just begun, once in a while."""
    rng = chance("evidence", period.code, task.number)
    begun = [one for one in content.measures if one.status != Status.NOT_STARTED]
    if not begun or rng.random() >= EVIDENCE_SHARE:
        return
    # What is completed is what needs to be shown.
    shown = [one for one in begun if one.status == Status.COMPLETED] or begun
    measures = {one.pk: one for one in task.measures.all()}
    about = measures[rng.choice(shown).measure_id]
    measure: Measure | None = about if rng.random() < MEASURE_SHARE else None
    title = f"{rng.choice(clauses_of(about.text, task.title))}{rng.choice(TITLES)}"
    lines = [title, f"{lead.agency}　{period.code}", NOTICE]
    evidence_add(
        task=task,
        period=period,
        measure=measure,
        upload=ContentFile(page_of(lines)),
        name=f"{title}（示例）.pdf",
        by=lead.reporter,
        now=now,
    )


def page_of(lines: list[str]) -> bytes:
    """One page with these lines as a PDF, in a font that every reader of PDF has for Chinese.

    The same lines give the same bytes.
    """
    places = enumerate(lines)
    drawn = "\n".join(
        f"BT /F1 {20 if place == 0 else 12} Tf 72 {760 - 36 * place} Td "
        f"<{line.encode('utf-16-be').hex()}> Tj ET"
        for place, line in places
    ).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        (
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UTF16-H "
            b"/DescendantFonts [6 0 R] >>"
        ),
        (
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 "
            b"/CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> "
            b"/FontDescriptor 7 0 R >>"
        ),
        (
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 "
            b"/FontBBox [-25 -254 1000 880] /ItalicAngle 0 /Ascent 880 "
            b"/Descent -120 /CapHeight 880 /StemV 93 >>"
        ),
    ]
    written, places_of_objects = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", list[int]()
    for number, body in enumerate(objects, start=1):
        places_of_objects.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places_of_objects)
    size = len(objects) + 1
    return (
        written
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(written))
    )
