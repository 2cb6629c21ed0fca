"""What a template's tags may be: variables of the brief, loops over its lists, and conditions.

A template comes from outside. It is read as Jinja reads it and walked against the types of the
brief before any of it runs, so that a name that does not exist is found wherever it stands, and
nothing that could run for long, or reach anything else, runs at all.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from progress.workbooks.brief.context import ROOT, Loop, Shape

# A loop over the chapters within another list is as deep as a document of this kind goes.
DEEPEST_LOOP = 2
MOST_TAGS = 2_000
LOOP = Shape(Loop)
_MARKUP = re.compile(r"<[^>]+>")
LONGEST_PLACE = 60
LENGTH = "length"

Scope = Mapping[str, Shape]


def environment() -> ImmutableSandboxedEnvironment:
    """Jinja without anything but the language itself; what it prints is escaped for XML."""
    made = ImmutableSandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
    made.globals.clear()
    made.tests.clear()
    for name in set(made.filters) - {LENGTH}:
        del made.filters[name]
    return made


def faults_of(source: str) -> list[str]:
    """Each fault of a part's tags as a sentence that names the tag and where it stands.

    `source` is the part as docxtpl hands it to Jinja, a line to each paragraph.
    """
    try:
        tree = environment().parse(source)
    except TemplateSyntaxError as error:
        return [
            _(
                "A tag near “%(place)s” cannot be read: each {%% for %%} needs its {%% endfor %%}, "
                "each {%% if %%} its {%% endif %%}, and a name has no spaces in it."
            )
            % {"place": _place(source, error.lineno)}
        ]
    except RecursionError:
        return [_("Its tags are nested too deeply.")]
    walk = _Walk(source)
    walk.statements(tree.body, ROOT.members(), depth=0)
    return list(dict.fromkeys(walk.faults))


def _place(source: str, line: int, word: str = "") -> str:
    """The words of a line around `word`, as a reader finds them in Word."""
    lines = source.split("\n")
    text = _MARKUP.sub("", lines[line - 1]) if 0 < line <= len(lines) else ""
    text = " ".join(text.split())
    at = max(text.find(word) if word else 0, 0)
    start = max(0, at - LONGEST_PLACE // 2)
    return text[start : start + LONGEST_PLACE]


class _Walk:
    """Collects what is wrong with the tags."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.faults: list[str] = []
        self.tags = 0

    def statements(self, body: list[Any], scope: Scope, *, depth: int) -> None:
        for node in body:
            self.statement(node, scope, depth=depth)

    def statement(self, node: nodes.Node, scope: Scope, *, depth: int) -> None:
        if isinstance(node, nodes.Output):
            for one in node.nodes:
                if not isinstance(one, nodes.TemplateData):
                    self.printed(one, scope)
        elif isinstance(node, nodes.If):
            self.counted(node)
            self.asked(node.test, scope)
            for branch in (node.body, node.elif_, node.else_):
                self.statements(branch, scope, depth=depth)
        elif isinstance(node, nodes.For):
            self.loop(node, scope, depth=depth)
        else:
            self.unknown(node)

    def loop(self, node: nodes.For, scope: Scope, *, depth: int) -> None:
        self.counted(node)
        shape = self.value(node.iter, scope)
        if depth >= DEEPEST_LOOP:
            self.fault(
                node,
                _("near “%(place)s”: loops stand within each other %(most)d deep at most."),
                most=DEEPEST_LOOP,
            )
            return
        if node.recursive or not isinstance(node.target, nodes.Name):
            self.unknown(node)
            return
        turn = node.target.name
        if turn == "loop":
            self.unknown(node)
            return
        if shape is not None and not shape.is_many:
            self.fault(
                node,
                _("near “%(place)s”: what is looped over is no list: “%(name)s”."),
                name=_written(node.iter),
            )
            shape = None
        # Of what is wrong already nothing more is said.
        within = {**scope, turn: Shape(shape.of if shape else _Anything), "loop": LOOP}
        if node.test is not None:
            self.asked(node.test, within)
        self.statements(node.body, within, depth=depth + 1)
        self.statements(node.else_, scope, depth=depth)

    def printed(self, node: nodes.Expr, scope: Scope) -> None:
        self.counted(node)
        shape = self.value(node, scope)
        if shape is None or shape.of is _Anything:
            return
        if shape.is_many:
            self.fault(
                node,
                _(
                    "near “%(place)s”: “%(name)s” is a list; print its lines with "
                    "{%% for … in %(name)s %%}."
                ),
                name=_written(node),
            )
        elif shape.is_group:
            self.group(node, shape)
        elif shape.of is bool:
            self.fault(
                node,
                _("near “%(place)s”: “%(name)s” says yes or no; ask for it with {%% if %%}."),
                name=_written(node),
            )

    def value(self, node: Any, scope: Scope) -> Shape | None:
        """What the expression stands for; None where it is wrong, which is then a fault."""
        if isinstance(node, nodes.Name):
            return self.member(node, node.name, scope, "")
        if isinstance(node, nodes.Getattr):
            before = self.value(node.node, scope)
            if before is None or before.of is _Anything:
                return before
            return self.member(node, node.attr, before.members(), _written(node.node))
        if isinstance(node, nodes.Const) and isinstance(node.value, str | int | bool):
            return Shape(type(node.value))
        if isinstance(node, nodes.Filter) and node.name == LENGTH and not node.args:
            self.value(node.node, scope)
            return Shape(int)
        if isinstance(node, nodes.CondExpr):
            self.asked(node.test, scope)
            each = [self.value(one, scope) for one in (node.expr1, node.expr2) if one is not None]
            return each[0]
        if isinstance(node, nodes.Not):
            self.asked(node.node, scope)
            return Shape(bool)
        if isinstance(node, nodes.And | nodes.Or):
            self.asked(node.left, scope)
            self.asked(node.right, scope)
            return Shape(bool)
        if isinstance(node, nodes.Compare):
            self.compared(node, scope)
            return Shape(bool)
        self.unknown(node)
        return None

    def asked(self, node: Any, scope: Scope) -> None:
        """A condition: anything but a group, of which there always is one."""
        shape = self.value(node, scope)
        if shape is not None and not shape.is_many and shape.is_group:
            self.group(node, shape)

    def compared(self, node: nodes.Compare, scope: Scope) -> None:
        each = [self.value(one, scope) for one in (node.expr, *(op.expr for op in node.ops))]
        known = {shape for shape in each if shape is not None and shape.of is not _Anything}
        if len(known) > 1 or any(shape.is_many or shape.is_group for shape in known):
            self.fault(
                node,
                _(
                    "near “%(place)s”: a number is compared with a number, a text in quotation "
                    "marks with a text."
                ),
                word=_written(node.expr),
            )

    def member(self, node: nodes.Node, name: str, known: Scope, of: str) -> Shape | None:
        found = known.get(name)
        if found is not None:
            return found
        words = {"name": f"{of}.{name}" if of else name}
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        if near:
            self.fault(
                node,
                _("near “%(place)s”: there is no variable “%(name)s”; is “%(near)s” meant?"),
                word=name,
                near=f"{of}.{near[0]}" if of else near[0],
                **words,
            )
        else:
            self.fault(
                node, _("near “%(place)s”: there is no variable “%(name)s”."), word=name, **words
            )
        return None

    def group(self, node: nodes.Node, shape: Shape) -> None:
        self.fault(
            node,
            _("near “%(place)s”: “%(name)s” is a group; write one of: %(members)s."),
            name=_written(node),
            members="、".join(shape.members()),
        )

    def unknown(self, node: nodes.Node) -> None:
        self.fault(
            node,
            _(
                "near “%(place)s”: a template prints variables, loops over lists with {%% for %%} "
                "and asks with {%% if %%}; anything else it may not do."
            ),
        )

    def counted(self, node: nodes.Node) -> None:
        self.tags += 1
        if self.tags == MOST_TAGS + 1:
            self.fault(node, _("It has more than %(most)d tags."), most=MOST_TAGS)

    def fault(self, node: nodes.Node, sentence: str, *, word: str = "", **words: Any) -> None:
        # Of some statements Jinja does not keep the line.
        place = _place(self.source, node.lineno or 0, word or str(words.get("name", "")))
        self.faults.append(sentence % {"place": place, **words})


class _Anything:
    """What a name stands for whose list is wrong already."""


def _written(node: Any) -> str:
    """A name as it is written: 章节, 章.任务."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    return "…"


def lines_apart(source: str) -> str:
    """The part with each paragraph on a line of its own, so that a fault knows its paragraph."""
    return re.sub(r"<w:p([ >])", r"\n<w:p\1", source)


def printed_within(template: Any, context: Mapping[str, Any], *, most: int) -> Iterator[str]:
    """The pieces that the template prints. Raises OverflowError once they have more characters."""
    length = 0
    for piece in template.generate(context):
        length += len(piece)
        if length > most:
            raise OverflowError(length)
        yield piece
