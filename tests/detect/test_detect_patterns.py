"""No pattern of a pack takes long on any line: `init` looks at files that anybody may have written.

Where there are many files, a pattern is tried only on those that have a text that it cannot do without.
"""

import functools
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import yaml

from gitopsgen.detect import Detection
from gitopsgen.detect.code import from_the_first_letter
from gitopsgen.detect.engine import KINDS
from gitopsgen.detect.needed import MANY, needed
from gitopsgen.detect.variables import with_secrets
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

SECONDS = 5  # against hanging alone: all the lines of one pack take a small part of it
LENGTH = 500  # a longer line is passed over
STATEMENT = 4500  # lines that brackets join
SQUARES = 0.25  # seconds for one of them: what grows by squares takes three times that, all else a twentieth
REPEATED = (
    *("A=b=c ", "a=", "x y ", " ", "\t", "a", "a1B2", "1", "1.", "a-", "a.", "a/", "../", "'", '"', "(", "{"),
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
OF_CODE = (
    *("a1B2", "a b ", "a, ", "a=", "a = ", "=>", "f(()", "{a:", "  ", "a::", "a.b.", '"a"/', "[a](", "func("),
    *("a.use(", "a.get(", "a(b,", "('a',", '("a",', '@a("b") ', "path(", "x.register(", "const a ", "from a import "),
)
"""What hostile statements are made of."""
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


def patterns_of_routes(node: Any) -> Iterator[str]:
    """Yield every pattern of routes below a node of a `detect` section, as it is tried."""
    for key, value in node.items() if isinstance(node, dict) else ():
        for texts in [texts for name, texts in value.items() if name != "self"] if key == "routes" else ():
            yield from map(from_the_first_letter, [texts] if isinstance(texts, str) else texts)
        yield from patterns_of_routes(value)
    for item in node if isinstance(node, list) else ():
        yield from patterns_of_routes(item)


def seconds(expression: re.Pattern[str], text: str) -> float:
    """Return how long a pattern looks through a text at best: others have the machine, too."""
    taken: list[float] = []
    while len(taken) < 3:
        before = time.process_time()
        for _ in expression.finditer(text):
            pass
        taken.append(time.process_time() - before)
        if taken[-1] < SQUARES:
            break
    return min(taken)


@pytest.mark.parametrize(("kind", "name"), PACKS)
def test_no_pattern_of_routes_grows_by_squares(kind: str, name: str) -> None:
    pack = CATALOGUE.pack(kind, name)
    assert pack
    texts = [(text * STATEMENT)[:STATEMENT] for text in OF_CODE]
    for tried in dict.fromkeys(patterns_of_routes(pack.manifest.get("detect", {}))):
        expression = re.compile(tried)
        for text in texts:
            assert seconds(expression, text) < SQUARES, (tried, text[:20])


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


@functools.cache
def texts_of_tables() -> frozenset[str]:
    """Return the lines of all small apps and corpora, which patterns are made for."""
    return frozenset(line for path in Path(__file__).parent.rglob("*.yaml") for line in path.read_text().splitlines())


@pytest.mark.parametrize(("kind", "name"), PACKS)
def test_what_a_pattern_finds_has_a_text_that_it_needs(kind: str, name: str) -> None:
    pack = CATALOGUE.pack(kind, name)
    assert pack
    texts = texts_of_tables()
    for pattern in dict.fromkeys(map(with_secrets, patterns(pack.manifest.get("detect", {})))):
        expression, wanted = re.compile(pattern), needed(pattern)
        for found in filter(None, map(expression.search, texts if wanted else ())):
            assert any(text in found[0] for text in wanted), (pattern, wanted, found[0])


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"\.listen\((\d+)", (".listen(",)),
        (r"(?:get|all)Path\s*=", ("Path",)),
        (r"\b(?:include|mount)\(", ("include", "mount")),
        (r"port|addr(?:ess)?:", ("port", "addr")),
        (r"port|\d+", ()),
        (r"(?i)listen", ()),
        (r"(?i:listen)\s+port", ("port",)),
        (r"(?:listen)?\d{4}", ()),
        (r"(?:listen)+\d", ("listen",)),
        (r"(?<=listen)\d(?!port)", ()),
    ],
)
def test_the_texts_that_a_pattern_needs(pattern: str, texts: tuple[str, ...]) -> None:
    assert needed(pattern) == texts


def test_among_many_files_the_same_is_found(plant: Callable[..., Path], look: Callable[[], Detection]) -> None:
    app = {"package.json": '{"main": "src/app.js"}', "src/app.js": "app.get('/ready', ok)\napp.listen(3400)\n"}
    plant(app)
    few = look()
    plant({f"src/f{number}.js": "const a = require('./b')\n" for number in range(MANY + 1)})
    many = look()
    assert [(fact.field, fact.value) for fact in many.facts] == [(fact.field, fact.value) for fact in few.facts]
    assert {("port", "3400"), ("health", "/ready")} <= {(fact.field, str(fact.value)) for fact in many.facts}


@pytest.mark.parametrize("path", sorted(Path(BUILT_IN.folder).glob("*/*/pack.yaml")), ids=lambda path: path.parent.name)
def test_a_name_stands_for_one_thing_in_a_pack(path: Path) -> None:
    """Of two anchors of one name the last counts for what follows it, which nobody sees; PyYAML refuses them."""
    assert yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
