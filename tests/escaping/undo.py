"""What GitHub and Kubernetes make of a text, as far as values of an author can meet it."""

import re
from collections.abc import Iterator


def github_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the plain parts (`text`) and the expressions (`expression`) of a value in a workflow."""
    rest = text
    while True:
        before, mark, rest = rest.partition("${{")
        yield "text", before
        if not mark:
            return
        inner = re.match(r"(?:'(?:[^']|'')*'|[^'}]|\}(?!\}))*\}\}", rest)
        assert inner, f"an expression without an end: {text!r}"
        yield "expression", inner[0][:-2].strip()
        rest = rest[inner.end() :]


def github_text(text: str) -> str:
    """Return what GitHub makes of a text that may hold no expressions but literals."""
    parts = []
    for kind, part in github_parts(text):
        literal = re.fullmatch(r"'((?:[^']|'')*)'", part) if kind == "expression" else None
        assert kind == "text" or literal, f"GitHub would evaluate {part!r}"
        parts.append(literal[1].replace("''", "'") if literal else part)
    return "".join(parts)


def kubernetes_text(text: str) -> str:
    """Return what a container gets for the value of a variable: `$$` is a dollar, `$(NAME)` would be expanded."""
    parts, index = [], 0
    while index < len(text):
        if text[index] == "$" and index + 1 < len(text):
            following = text[index + 1]
            assert not (following == "(" and ")" in text[index:]), f"Kubernetes would expand {text[index:]!r}"
            parts.append("$" if following == "$" else "$" + following)
            index += 2
        else:
            parts.append(text[index])
            index += 1
    return "".join(parts)
