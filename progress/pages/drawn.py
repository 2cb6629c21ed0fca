"""The parts of pages that are hundreds of alike pieces, such as charts and the lines of tables, and
those that stand on every page.

They are Jinja templates under templates/drawn/, which are compiled to Python and take a tenth of
the time of Django's. They hold no words of their own: those are handed to them, so that all words
stand where gettext finds them. What they are given is escaped as everywhere.
"""

import functools
import html

from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString
from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes
from jinja2.compiler import CodeGenerator, Frame
from markupsafe import Markup


def drawn(name: str, /, **said: object) -> SafeString:
    """The part of this name, such as "trend.jinja", of what it says that it takes."""
    # Jinja has escaped what it was given.
    return SafeString(_environment().get_template(name).render(said))  # nosec B703


def _escaped(value: object) -> str:
    """The value as HTML, written as Django writes it. Most of what a page has thousands of is text
    or numbers, and Jinja itself would make an object of its own of each."""
    kind = type(value)
    if kind is str:
        return _text_escaped(value)  # type: ignore[arg-type]  # which is text
    if kind is int or kind is float:
        return str(value)
    if kind is Markup or kind is SafeString:
        return value  # type: ignore[return-value]  # which are text
    return conditional_escape(value)  # type: ignore[arg-type]  # which takes whatever it is


def _text_escaped(text: str) -> str:
    """As `html.escape`, which replaces five characters in turn: few texts have any of them, and
    looking for all five takes less than that."""
    if "&" in text or "<" in text or ">" in text or '"' in text or "'" in text:
        return html.escape(text)
    return text


class _Writer(CodeGenerator):
    """Writes templates that escape by `_escaped`."""

    def _output_child_pre(
        self, _node: nodes.Expr, _frame: Frame, _finalize: CodeGenerator._FinalizeInfo
    ) -> None:
        # Which is handed to every function that this makes.
        self.write("environment.escaped(")


class _Drawing(Environment):
    code_generator_class = _Writer
    escaped = staticmethod(_escaped)


@functools.cache
def _environment() -> Environment:
    return _Drawing(
        loader=FileSystemLoader(settings.BASE_DIR / "templates" / "drawn"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=settings.DEBUG,
    )
