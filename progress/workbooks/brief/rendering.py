"""A template and the content of a period: the bytes of a Word file."""

import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils.translation import gettext as _
from docx.opc.constants import RELATIONSHIP_TYPE
from docxtpl import DocxTemplate
from jinja2 import TemplateError
from lxml import etree

from progress.workbooks.brief.context import Brief, as_named
from progress.workbooks.brief.package import stray_text, structure_mend
from progress.workbooks.brief.refusal import BriefTemplateRefused
from progress.workbooks.brief.tags import environment, faults_of, lines_apart, printed_within

# A brief has a few thousand; each turn of a loop prints its markup too.
MOST_PRINTED = 8_000_000
# Of the package, what says who wrote the template and with what.
NOT_HANDED_ON = (
    RELATIONSHIP_TYPE.EXTENDED_PROPERTIES,
    RELATIONSHIP_TYPE.CUSTOM_PROPERTIES,
    RELATIONSHIP_TYPE.THUMBNAIL,
)
_TEMPLATE_OF = "attachedTemplate"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def brief_rendered(
    template: bytes, content: Brief, *, title: str, subject: str, now: dt.datetime
) -> bytes:
    """Fill the template in. The same input makes the same bytes.

    Raises BriefTemplateRefused for a template that cannot be filled in.
    """
    with _refused_unless_built_by_word():
        opened = _Template(io.BytesIO(template))
        opened.render(as_named(content), environment(), autoescape=True)
        document: Any = opened.docx
        structure_mend(document.element)
        _forget_the_writer(document)
        _properties_set(document, title=title, subject=subject, now=now)
        written = io.BytesIO()
        document.save(written)
    return _stamped(written.getvalue(), now)


def template_faults(template: bytes) -> list[str]:
    """What is wrong with the tags of the template, each as a sentence that says where.

    Raises BriefTemplateRefused where they cannot be read at all.
    """
    faults = []
    with _refused_unless_built_by_word():
        opened = _Template(io.BytesIO(template))
        opened.init_docx()
        for part, source in opened.sources():
            faults += [
                _("%(part)s: %(fault)s") % {"part": part, "fault": fault}
                for fault in faults_of(lines_apart(source))
            ]
    return faults


@contextmanager
def _refused_unless_built_by_word() -> Iterator[None]:
    try:
        yield
    except BriefTemplateRefused:
        raise
    except OverflowError as error:
        raise BriefTemplateRefused(
            [_("Filled in, the template would be far longer than a document of this kind.")]
        ) from error
    # What python-docx and docxtpl say of a file that is not built as Word builds them.
    except (
        TemplateError,
        etree.LxmlError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        raise BriefTemplateRefused(
            [
                _(
                    "The template cannot be filled in: it is not built as Word builds a document. "
                    "Open it in Word, save it again, and choose that one."
                )
            ]
        ) from error


class _Template(DocxTemplate):
    """docxtpl, with bounds on what it prints and without what it does to printed text."""

    def render_xml_part(
        self, src_xml: str, part: Any, context: dict[str, Any], jinja_env: Any = None
    ) -> str:
        """As docxtpl, but for its own marks of lines and braces, which a text may hold as well."""
        self.current_rendering_part = part
        source = lines_apart(src_xml)
        printed = "".join(printed_within(jinja_env.from_string(source), context, most=MOST_PRINTED))
        printed = re.sub(r"\n<w:p([ >])", r"<w:p\1", printed)
        try:
            tree = etree.fromstring(printed.encode())
        except etree.XMLSyntaxError as error:
            raise BriefTemplateRefused([_overlapping()]) from error
        stray = stray_text(tree)
        if stray:
            raise BriefTemplateRefused([f"{_overlapping()} “{stray[:60]}”"])
        return printed

    def render_properties(self, context: dict[str, Any], jinja_env: Any = None) -> None:
        """They are ours, whatever the template says of itself."""

    def sources(self) -> Iterator[tuple[str, str]]:
        """Each part with tags in it as it is handed to Jinja, by what a reader calls it."""
        yield _("Text"), self.patch_xml(self.get_xml())
        for name, uri in ((_("Header"), self.HEADER_URI), (_("Footer"), self.FOOTER_URI)):
            for _key, part in self.get_headers_footers(uri):
                yield name, self.patch_xml(self.get_part_xml(part))
        for part in self.docx.part.package.parts:
            if part.content_type.endswith("wordprocessingml.footnotes+xml"):
                yield _("Footnote"), self.patch_xml(part.blob.decode("utf-8"))


def _overlapping() -> str:
    return _(
        "A loop or condition begins in one paragraph or cell and ends in another; put its tags in "
        "paragraphs of their own, as %(paragraph)s, or in rows of their own, as %(row)s."
    ) % {"paragraph": "{%p … %}", "row": "{%tr … %}"}


def _forget_the_writer(document: Any) -> None:
    package = document.part.package
    for key, relation in list(package.rels.items()):
        if relation.reltype in NOT_HANDED_ON:
            package.rels.pop(key)
    for part in package.parts:
        for key, relation in list(part.rels.items()):
            if relation.reltype.endswith(f"/{_TEMPLATE_OF}"):
                part.rels.pop(key)
    settings = document.settings.element
    for element in settings.findall(f"{W}{_TEMPLATE_OF}"):
        settings.remove(element)


def _properties_set(document: Any, *, title: str, subject: str, now: dt.datetime) -> None:
    properties = document.core_properties
    for name in (
        "author",
        "category",
        "content_status",
        "identifier",
        "keywords",
        "last_modified_by",
        "version",
    ):
        setattr(properties, name, "")
    moment = now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    properties.created = properties.modified = properties.last_printed = moment
    properties.title, properties.subject, properties.language = title, subject, "zh-CN"
    # Every document that leaves says so.
    properties.comments = "严禁录入涉密信息"
    properties.revision = 1


def _stamped(data: bytes, now: dt.datetime) -> bytes:
    """The same package with one moment in place of the clock's: the same input, the same bytes."""
    stamp = now.astimezone(dt.UTC).timetuple()[:6]
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(written, "w") as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, date_time=stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, given.read(name))
    return written.getvalue()
