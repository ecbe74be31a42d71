"""No pattern of a pack takes long on any line: `init` looks at files that anybody may have written."""

import re
import signal
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest

from gitopsgen.detect.engine import KINDS
from gitopsgen.detect.variables import with_secrets
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

SECONDS = 5  # against hanging alone: all the lines of one pack take a small part of it
LENGTH = 500  # a longer line is passed over
REPEATED = (
    *("A=b=c ", "a=", "x y ", " ", "\t", "a", "1", "1.", "a-", "a.", "a/", "../", "'", '"', "(", "{"),
    *(
        "--a=b ",
        "npm run ",
        "python -m a ",
        "FROM a ",
        "port: ",
        "PORT = ",
        "https://a.b/",
        "env A=b ",
        'a "b": ',
        "&& ",
    ),
)
"""What hostile lines are made of; each stands alone, and after the beginning of a line that is usual."""
BEGINNINGS = ("", "FROM ", "web: ", '"start": "', "image: ", "  ")
ENDS = ("", "!", "x y")
CATALOGUE = Catalogue((BUILT_IN,))
PACKS = [(kind, name) for kind in KINDS for name in CATALOGUE.names(kind)]
KEYS = ("match", "unless", "skip", "path", "file", "remote", "lacking", "mentions", "secret")


def patterns(node: Any) -> Iterator[str]:
    """Yield every pattern below a node of a `detect` section."""
    for key, value in node.items() if isinstance(node, dict) else ():
        # Of a source it is plain text.
        if key in KEYS and not (key == "mentions" and "match" in node):
            yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))
        if key == "where":
            yield from value.values()
        yield from patterns(value)
    for item in node if isinstance(node, list) else ():
        yield from patterns(item)


def lines() -> Iterator[str]:
    for beginning in BEGINNINGS:
        for text in REPEATED:
            for end in ENDS:
                room = LENGTH - len(beginning) - len(end)
                yield beginning + (text * room)[:room] + end


@pytest.mark.parametrize(("kind", "name"), PACKS)
def test_no_line_makes_a_pattern_hang(kind: str, name: str) -> None:
    pack = CATALOGUE.pack(kind, name)
    assert pack
    tried = ""

    def hung(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"{tried} takes too long")

    before = signal.signal(signal.SIGALRM, hung)
    try:
        for tried in dict.fromkeys(patterns(pack.manifest.get("detect", {}))):
            expression = re.compile(with_secrets(tried))
            signal.alarm(SECONDS)
            for line in lines():
                for _ in expression.finditer(line):
                    pass
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
