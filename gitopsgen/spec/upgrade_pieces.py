"""Parts of a spec as they are written in another place: under another name, at another column, with their comments."""

from collections.abc import Iterable

from gitopsgen.spec.upgrade_source import Entry, Node, Piece, Source


def at_column(source: Source, entry: Entry, name: str, column: int) -> tuple[Piece, ...]:
    """Return the lines of a field, with the comments above it, under another name and at another column."""
    start, stop = first_line(source, entry), source.next_line(entry.value.end)
    by = column - source.column(entry.key.start)
    above = shifted(source, start, source.line_start(entry.key.start), by)
    rest = shifted(source, entry.key.end, stop, by)
    return (*above, " " * column, requoted(entry.key, name), *rest, *ended(source, stop))


def first_line(source: Source, entry: Entry) -> int:
    """Return where a field starts with the comments right above it, at its own column."""
    column = source.column(entry.key.start)
    first = source.line_start(entry.key.start)
    while first > 0:
        above = source.line_start(first - 1)
        line = source.text[above:first]
        if len(line) - len(line.lstrip(" ")) != column or not line.lstrip(" ").startswith("#"):
            break
        first = above
    return first


def shifted(source: Source, start: int, stop: int, by: int) -> list[Piece]:
    """Return `[start, stop)` with every line that starts there moved to the right by `by` columns, or to the left."""
    lines: list[Piece] = []
    done = start
    for line in source.lines_in(start, stop):
        text = source.text[line : source.next_line(line)]
        lines.append(slice(done, line))
        done = line
        if by > 0 and text.strip():
            lines.append(" " * by)
        elif by < 0:
            done = line + min(-by, len(text) - len(text.lstrip(" ")))
    return [*lines, slice(done, stop)]


def ended(source: Source, stop: int) -> tuple[Piece, ...]:
    """Return the line end that the text before `stop` lacks."""
    return () if source.text[:stop].endswith(("\n", "\r")) else (source.line_end,)


def flow_field(source: Source, entry: Entry, name: str) -> tuple[Piece, ...]:
    """Return a field of a flow mapping under another name."""
    colon = source.text.index(":", entry.key.end) + 1
    # In brackets a quoted key needs no space behind its colon; elsewhere it does.
    space = () if source.text[colon : colon + 1].isspace() or colon == entry.value.end else (" ",)
    return (requoted(entry.key, name), ":", *space, slice(colon, entry.value.end))


def requoted(node: Node, word: str) -> str:
    """Return `word` in the quotes of a scalar."""
    quote = node.style if node.style in ("'", '"') else ""
    return f"{quote}{word}{quote}"


def comments_in(source: Source, start: int, stop: int) -> list[slice]:
    """Return the comments that start inside `[start, stop)`."""
    return [comment for comment in source.comments() if start <= comment.start < stop]


def lines_above(source: Source, key: Node, comments: Iterable[slice]) -> tuple[Piece, ...]:
    """Return comments as lines that end where `key` is to start."""
    return tuple(piece for comment in comments for piece in (comment, *new_line(source, key)))


def as_lines(source: Source, comments: Iterable[slice], key: Node) -> tuple[Piece, ...]:
    """Return comments as whole lines at the column of `key`."""
    indent = " " * source.column(key.start)
    return tuple(piece for comment in comments for piece in (indent, comment, source.line_end))


def new_line(source: Source, key: Node) -> tuple[Piece, ...]:
    """Return what brings the next text under a key."""
    return (source.line_end, " " * source.column(key.start))
