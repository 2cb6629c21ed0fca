"""Word files that are no template: damaged, hostile, or what a document may not carry.

Each is made in code, with words of the answer that it gets.
"""

from collections.abc import Callable

from progress.models import BriefKind
from progress.tests.briefs import body_with, template_changed, template_of
from progress.tests.files import COMPOUND, pdf, xlsx
from progress.workbooks.brief.default import default_template

KIND = BriefKind.REPORT
RELATIONS = "word/_rels/document.xml.rels"


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


def in_paragraph(*runs: str) -> str:
    return f"<w:p>{''.join(runs)}</w:p>"


def related(kind: str, target: str, *, outside: bool = True) -> Callable[[str], str]:
    mode = ' TargetMode="External"' if outside else ""
    base = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    one = f'<Relationship Id="rId99" Type="{base}/{kind}" Target="{target}"{mode}/>'
    return lambda text: text.replace("</Relationships>", f"{one}</Relationships>")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "empty"),
    "no zip": (lambda: b"just text", "none of the kinds"),
    "an old Word file": (lambda: COMPOUND + b"\0" * 600, "old Office"),
    "a protected one": (
        lambda: COMPOUND + "EncryptedPackage".encode("utf-16-le") * 9,
        "password",
    ),
    "cut off": (lambda: default_template(KIND)[:-200], "damaged"),
    "something behind it": (lambda: default_template(KIND) + b"MZ" * 40, "something else"),
    "a workbook named .docx": (xlsx, "“.xlsx”"),
    "a PDF named .docx": (pdf, "“.pdf”"),
    "macros": (
        lambda: template_changed("", str, more=[("word/vbaProject.bin", "x")]),
        "macros",
    ),
    "a program": (lambda: template_changed("", str, more=[("word/run.exe", "MZ")]), "program"),
    "a type with macros": (
        lambda: template_changed(
            "[Content_Types].xml",
            lambda text: text.replace(
                "vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
                "vnd.ms-word.document.macroEnabled.main+xml",
            ),
        ),
        "macros",
    ),
    "a template fetched": (
        lambda: template_changed(RELATIONS, related("attachedTemplate", "https://e.example/a")),
        "from elsewhere",
    ),
    "a picture fetched": (
        lambda: template_changed(RELATIONS, related("image", "https://e.example/a.png")),
        "may not carry (image",
    ),
    "a frame fetched": (
        lambda: template_changed(RELATIONS, related("frame", "https://e.example/a")),
        "from elsewhere",
    ),
    "another document within": (
        lambda: template_changed(
            RELATIONS,
            related("aFChunk", "part.html", outside=False),
            more=[("word/part.html", "<html/>")],
        ),
        "may not carry (aFChunk",
    ),
    "mail merge": (
        lambda: template_changed(RELATIONS, related("mailMergeSource", "file:///c:/a.mdb")),
        "may not carry (mailMergeSource",
    ),
    "entities": (
        lambda: template_changed(
            "word/document.xml",
            lambda text: text.replace(
                "<w:document", '<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document', 1
            ),
        ),
        "damaged",
    ),
    "broken markup": (
        lambda: template_changed("word/document.xml", lambda text: text.replace("</w:p>", "", 1)),
        "damaged",
    ),
    "a part twice": (
        lambda: template_changed("", str, more=[("word/Styles.xml", "<a/>")]),
        "damaged",
    ),
    "a part that leads out": (
        lambda: template_changed("", str, more=[("../x.xml", "<a/>")]),
        "leads out",
    ),
    "a bomb": (
        lambda: template_changed("", str, more=[("word/media/a.xml", " " * 90_000_000)]),
        "far larger",
    ),
    "a story of megabytes": (lambda: template_of("字" * 400_000), "far longer"),
    "a command that fetches": (
        lambda: body_with(
            '<w:p><w:fldSimple w:instr="INCLUDEPICTURE https://e.example/a.png"/></w:p>'
        ),
        "(INCLUDEPICTURE)",
    ),
    "a command in pieces": (
        lambda: body_with(
            '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDE</w:instrText>'
            "</w:r><w:r><w:instrText>AUTO cmd</w:instrText></w:r><w:r><w:fldChar "
            'w:fldCharType="end"/></w:r></w:p>'
        ),
        "(DDEAUTO)",
    ),
    "a text as command": (
        lambda: body_with(
            '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE '
            "</w:instrText></w:r><w:r><w:t>{{ 期间 }}</w:t></w:r><w:r><w:fldChar "
            'w:fldCharType="end"/></w:r></w:p>'
        ),
        "within the command of a field",
    ),
    "a tag as command": (
        lambda: body_with('<w:p><w:fldSimple w:instr=" PAGE {{ 期间 }}"/></w:p>'),
        "within the command of a field",
    ),
    "a tag in an attribute": (
        lambda: body_with('<w:p><w:bookmarkStart w:id="1" w:name="{{ 期间 }}"/></w:p>'),
        "where none is filled in",
    ),
    "a tag between elements": (
        lambda: body_with("<w:p>{{ 期间 }}</w:p>"),
        "where none is filled in",
    ),
    "tracked changes": (
        lambda: body_with(
            '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>新</w:t></w:r></w:ins></w:p>'
        ),
        "tracked changes",
    ),
    "tracked formats": (
        lambda: body_with(
            '<w:p><w:pPr><w:pPrChange w:id="1" w:author="a"><w:pPr/></w:pPrChange></w:pPr></w:p>'
        ),
        "tracked changes",
    ),
    "a comment": (
        lambda: body_with('<w:p><w:r><w:commentReference w:id="1"/></w:r></w:p>'),
        "has comments",
    ),
    "an object": (lambda: body_with("<w:p><w:r><w:object/></w:r></w:p>"), "object of another"),
    "a loop into a table": (
        lambda: body_with(
            in_paragraph(run("{% for 行 in 章节 %}"))
            + "<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc>"
            + in_paragraph(run("{% endfor %}"))
            + "</w:tc></w:tr></w:tbl>"
        ),
        "in paragraphs of their own",
    ),
    "a table without columns": (
        lambda: body_with("<w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl>"),
        "not built as Word builds",
    ),
    "no text at all": (
        lambda: template_changed(
            "word/document.xml", lambda _: '<w:document xmlns:w="x"><w:body/></w:document>'
        ),
        "not built as Word builds",
    ),
}
