"""One value stays one value in each output language, told by real readers of that language."""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import ruamel.yaml
import ryaml
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from gitopsgen.core import assets
from gitopsgen.core.command import Command
from gitopsgen.render import escape
from tests.ci.texts import buildkite_text, circleci_text, groovy_text
from tests.escaping.hostile import FRAGMENTS, hostile, hostile_and_short
from tests.escaping.undo import github_text, kubernetes_text
from tests.spec.specs import examples

Reader = Callable[[str], Any]


def by_ruamel(text: str) -> Any:
    return ruamel.yaml.YAML(typ="safe", pure=True).load(io.StringIO(text))


READERS: dict[str, Reader] = {"ryaml": ryaml.loads, "PyYAML (1.1)": yaml.safe_load, "ruamel.yaml (1.2)": by_ruamel}

scalars = hostile_and_short | st.integers(-(2**62), 2**62) | st.booleans() | st.none()
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(hostile_and_short, inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_yaml_fragments(reader: Reader) -> None:
    """Every hostile text at once, as value, item and key; a comment may follow."""
    lines = [f"v{index}: {escape.yaml(text)}  # comment\n" for index, text in enumerate(FRAGMENTS)]
    lines += ["items:\n", *(f"  - {escape.yaml(text)}\n" for text in FRAGMENTS)]
    lines += ["keys:\n", *(f"  {escape.yaml(text)}: 1\n" for text in dict.fromkeys(FRAGMENTS))]
    lines += [f"flow: {escape.yaml(list(FRAGMENTS))}\n", f"map: {escape.yaml({text: text for text in FRAGMENTS})}\n"]
    read = reader("".join(lines))
    assert [read[f"v{index}"] for index in range(len(FRAGMENTS))] == list(FRAGMENTS)
    assert read["items"] == read["flow"] == list(FRAGMENTS)
    assert list(read["keys"]) == list(dict.fromkeys(FRAGMENTS))
    assert read["map"] == {text: text for text in FRAGMENTS}


@examples(60)
@given(values)
@example("x" * 65536)
def test_yaml_values(value: Any) -> None:
    text = f"value: {escape.yaml(value)}\nnext: 1\n"
    for name, reader in READERS.items():
        read = reader(text)
        assert read == {"value": value, "next": 1}, name
        assert type(read["value"]) is type(value), name


@examples(60)
@given(hostile)
def test_yaml_writes_one_line_that_moves_nothing(text: str) -> None:
    """What a terminal or a diff shows is what is there: no line end and nothing invisible gets through."""
    written = escape.yaml(text)
    assert len(written.splitlines()) <= 1
    assert not re.search("[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", written)


# Words and numbers that a reader of YAML 1.1 or 1.2 would not leave as text.
@pytest.mark.parametrize(
    "text",
    (
        *(
            "y",
            "N",
            "Yes",
            "NO",
            "On",
            "oFF",
            "True",
            "FALSE",
            "Null",
            "~",
            "",
            "0",
            "-1",
            "+1",
            "1_000",
            "0b1",
            "0x1F",
        ),
        *(
            "010",
            "0o10",
            "1.5",
            ".5",
            "1e3",
            "12e03",
            "-.inf",
            ".NaN",
            "nan",
            "inf",
            "190:20:30",
            "2026-01-01",
            "=",
            "<<",
        ),
    ),
)
def test_yaml_keeps_words_as_text(text: str) -> None:
    for reader in READERS.values():
        assert reader(f"- {escape.yaml(text)}\n") == [text]
        assert reader(f"[{escape.yaml([text])}]\n") == [[text]]


@examples(25)
@given(st.lists(hostile.filter(lambda text: "\0" not in text), min_size=1, max_size=20))
@example(["", "-n", "a'b", "'", "''", "\n", "x" * 65536])
@example([text for text in FRAGMENTS if "\0" not in text])
def test_shell_words(texts: list[str]) -> None:
    script = f"printf '%s\\0' {escape.shell(texts)}\n"
    shells = [name for name in ("sh", "bash", "dash", "busybox") if shutil.which(name)]
    assert shells
    for name in shells:
        command = [name, "sh"] if name == "busybox" else [name]
        run = subprocess.run(command, input=script.encode(), capture_output=True, check=True)
        assert run.stdout.decode().split("\0")[:-1] == texts, name


@given(hostile_and_short)
@examples(60)
def test_dockerfile_argument(text: str) -> None:
    try:
        written = escape.dockerfile(text)
    except escape.EscapeError:
        assert not text.isprintable()
        return
    assert "\n" not in written
    assert docker_word(written) == text


def docker_word(written: str) -> str:
    """Read one argument as Docker's parser does: in double quotes a backslash makes `"`, `$` and itself plain."""
    if not written.startswith('"'):
        assert not re.search(r"[\s\"'\\$#]", written)
        return written
    assert written.endswith('"')
    inner = written[1:-1]
    assert re.fullmatch(r'([^"\\$]|\\["\\$])*', inner)
    return re.sub(r"\\(.)", r"\1", inner)


@given(st.lists(hostile, min_size=1, max_size=6))
@examples(40)
def test_dockerfile_list(texts: list[str]) -> None:
    written = escape.dockerfile(texts)
    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written) == texts


@given(hostile_and_short.filter(lambda text: "\0" not in text))
@examples(60)
@example("npm run build")
@example("npm run build \\")
@example("npm run build # all")
@example("cat <<EOF")
@example("[ -d src ] || exit 1")
@example("--mount=type=secret,id=x cat /run/secrets/x")
@example("cd client && npm run build")
@example("exit 0")
@example("if")
@example("A=b")
@example("echo 'a")
@example(" npm run build")
def test_dockerfile_command(text: str) -> None:
    """A command after RUN is one command, whatever is in it: no option of RUN, no JSON, and nothing of what follows."""
    written = escape.finalizer("dockerfile", {})(Command(text))
    if written != text:
        assert shlex.split(written) == ["sh", "-c", text]
        assert written.startswith("sh -c ")
        return
    words = shlex.shlex(written, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    assert list(words) == written.split(" ")
    assert not written.startswith(("[", "-"))
    assert not re.search(r"[\\<>#$`\"'*?~!;&|(){}]", written)


@pytest.mark.parametrize(
    "text", ["cd client", "exit 0", "exec npm run build", "export A=b", "if", "done", "A=b", ": x"]
)
def test_dockerfile_command_changes_no_shell(text: str) -> None:
    """What would end or change the shell has one of its own: the commands after it run as if it were not there."""
    folder = os.getcwd()
    script = f"{{ {escape.docker_command(text)}; }} 2>/dev/null; pwd; printf '%s' \"${{A-}}\""
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == f"{folder}\n"


@given(hostile_and_short)
@examples(60)
def test_lines(text: str) -> None:
    try:
        assert escape.lines(text).splitlines() == ([text] if text else [])
    except escape.EscapeError:
        assert not text.isprintable()


@given(hostile_and_short)
@examples(60)
@example("feature/a-b.c")
def test_inside(text: str) -> None:
    """What stands in the middle of a text means nothing to anybody."""
    try:
        kept = escape.inside(text)
    except escape.EscapeError:
        assert not re.fullmatch(r"[A-Za-z0-9_./@:-]+", text)
        return
    assert kept == text
    assert not re.search(r"[^A-Za-z0-9_./@:+\[\]-]", kept)
    for language in escape.LANGUAGES:
        assert escape.finalizer(language, {})(kept) == text


@pytest.mark.parametrize("language", sorted(escape.LANGUAGES))
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_half_a_character_is_refused(language: str, text: str) -> None:
    for value in (text, [text]) if language != "lines" else (text,):
        with pytest.raises(escape.EscapeError):
            escape.LANGUAGES[language](value)


@pytest.mark.parametrize("language", sorted(escape.LANGUAGES))
def test_what_is_no_value_is_refused(language: str) -> None:
    for value in (1.5, object(), b"x", {1, 2}):
        with pytest.raises(escape.EscapeError):
            escape.LANGUAGES[language](value)
    with pytest.raises(escape.EscapeError):
        escape.shell("a\0b")


@given(values)
@examples(60)
@example("${{ secrets.TOKEN }}")
@example("${{{{ a }}}} $${{ b }} ${{ '${{' }}")
def test_github_takes_no_expression_from_a_value(value: Any) -> None:
    written = escape.finalizer("yaml", {"${{": "${{ '${{' }}"})(value)
    assert undone(ryaml.loads(f"- {written}\n")[0], github_text) == value


@given(values)
@examples(60)
@example("$a \\$b \\\\$c \\\\\\${d} $$ $( \\")
def test_buildkite_expands_no_variable_of_a_value(value: Any) -> None:
    written = escape.finalizer("yaml", literals_of("buildkite"))(value)
    assert undone(ryaml.loads(f"- {written}\n")[0], buildkite_text) == value


@given(st.one_of(st.text(), hostile))
@examples(100)
@example("'''\n\\u0041 \\\\$x ${y} \\'")
@example("\\\u200b\\\n'")
def test_a_groovy_string_is_one_string(value: str) -> None:
    assert groovy_text(escape.groovy(value)) == value


@given(values)
@examples(60)
@example("<< a >> \\<< <<< <<EOF")
def test_circleci_takes_no_expression_from_a_value(value: Any) -> None:
    written = escape.finalizer("yaml", literals_of("circleci"))(value)
    assert undone(ryaml.loads(f"- {written}\n")[0], lambda text: circleci_text(text, {})) == value


@given(values)
@examples(60)
@example("$(PORT) $$(PORT) $$$ $")
def test_kubernetes_expands_no_variable_of_a_value(value: Any) -> None:
    written = escape.finalizer("yaml", {"$": "$$"})(value)
    assert undone(ryaml.loads(f"- {written}\n")[0], kubernetes_text) == value


def test_yaml_quotes_more_in_brackets() -> None:
    """Readers differ about a colon or a space inside brackets, so there such a text has quotes."""
    assert escape.yaml("a:b") == "a:b"
    assert escape.yaml(["a:b", "a b", "a"]) == '["a:b", "a b", a]'
    assert escape.yaml({"a:b": "c:d"}) == '{"a:b": "c:d"}'


def literals_of(ci: str) -> dict[str, str]:
    """Return how the file of a CI system's pack writes what has a meaning there."""
    pack = ryaml.loads((Path(assets.TEMPLATES) / "ci" / ci / "pack.yaml").read_text(encoding="utf-8"))
    literals: dict[str, str] = pack["files"][0]["literals"]
    return literals


def undone(value: Any, read: Reader) -> Any:
    """Return the value as the reader of the file sees it; readers look into values, never into keys."""
    if isinstance(value, str):
        return read(value)
    if isinstance(value, list):
        return [undone(item, read) for item in value]
    if isinstance(value, dict):
        return {key: undone(item, read) for key, item in value.items()}
    return value


def test_a_remark_stays_in_its_comment() -> None:
    assert escape.finalizer("yaml", {})(escape.remark("it's plain: a # text")) == "it's plain: a # text"
    for text in ("a\nb", "a\rb", "a\u2028b", "\\u000a", "a\0"):
        with pytest.raises(escape.EscapeError):
            escape.remark(text)
