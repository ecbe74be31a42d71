"""The marks of templates, and what a template's own syntax says about the blocks that it has or fills."""

import functools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

MARKS: Mapping[str, Any] = {
    "block_start_string": "<%",
    "block_end_string": "%>",
    "variable_start_string": "<%=",
    "variable_end_string": "%>",
    "comment_start_string": "<%#",
    "comment_end_string": "%>",
}
# What a template extends to fill blocks of the built-in template that it stands in for.
BASE = "built-in"


class Shape(NamedTuple):
    """The blocks of a template by name, each with its line.

    `extends` is the line on which it extends the built-in template, `stray` that of the first text or value outside the
    blocks of such a template, which nobody will ever see; 0 when there is none.
    """

    blocks: Mapping[str, int]
    extends: int
    stray: int


def shape(source: str) -> Shape:
    """Return the shape of a template. Raises jinja2.TemplateSyntaxError."""
    from jinja2 import nodes

    tree = _parser().parse(source)
    extends = next((node.lineno for node in tree.find_all(nodes.Extends) if _is_base(node.template)), 0)
    blocks: dict[str, int] = {}
    for block in tree.find_all(nodes.Block):
        blocks.setdefault(block.name, block.lineno)
    return Shape(blocks, extends, next(_stray(tree), 0) if extends else 0)


def block_names(source: str) -> list[str]:
    """Return the names of the blocks of a template, sorted. Raises jinja2.TemplateSyntaxError."""
    return sorted(shape(source).blocks)


@functools.cache
def _parser() -> "Environment":
    from jinja2 import Environment

    return Environment(**MARKS)  # noqa: S701 - it only parses


def _is_base(template: "nodes.Expr") -> bool:
    return getattr(template, "value", None) == BASE


def _stray(node: "nodes.Node") -> Iterator[int]:
    """Yield the line of everything that would be written if the template extended nothing."""
    from jinja2 import nodes

    for child in node.iter_child_nodes():
        if isinstance(child, (nodes.Block, nodes.Macro, nodes.AssignBlock)):
            continue
        if isinstance(child, nodes.Output):
            yield from filter(None, map(_line_of_text, child.nodes))
        elif isinstance(child, (nodes.Include, nodes.CallBlock, nodes.FilterBlock)):
            yield child.lineno
        else:
            yield from _stray(child)


def _line_of_text(node: "nodes.Expr") -> int:
    """Return the line on which something other than white space stands, 0 when nothing does."""
    from jinja2 import nodes

    if not isinstance(node, nodes.TemplateData):
        return node.lineno
    blank = len(node.data) - len(node.data.lstrip())
    return node.lineno + node.data[:blank].count("\n") if node.data.strip() else 0
