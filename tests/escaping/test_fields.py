"""Hostile text in every text field of the spec is refused with its place, or carried exactly, and never acts."""

import json
import re
import shlex
import shutil
import string
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitopsgen.compiler import Compiler
from gitopsgen.core import assets, errors
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.report.steps import steps_text
from gitopsgen.setup import SetupStep, setup_steps
from tests.escaping.fields import (
    AT_ROOT,
    EXPRESSIONS,
    FIELDS,
    NO_COMMAND,
    OF_ANOTHER_CLUSTER,
    OF_OPERATOR,
    SPECS,
    WIDE,
    specs_with,
)
from tests.escaping.hostile import hostile, hostile_and_short, share
from tests.escaping.readback import PLACES, Outputs
from tests.escaping.undo import github_parts
from tests.escaping.workload_places import FILES, SPEC_OF
from tests.spec.specs import CRON, INGRESS, ROUTED, WORKER, as_yaml, examples

COMPILER = Compiler(Catalogue((BUILT_IN,)))
NOWHERE = Root("/nonexistent")

SPECS |= {
    name: {**spec, "runtime": AT_ROOT}
    for name, spec in {"routed": ROUTED, "ingress": INGRESS, "worker": WORKER, "cron": CRON}.items()
}


def test_every_text_field_has_a_place() -> None:
    assert set(FIELDS) == set(PLACES)


NARROW = sorted((mode, field) for field in set(FIELDS) - WIDE for mode in specs_with(field))
BROAD = sorted((mode, field) for field in WIDE for mode in specs_with(field))


@cache
def folder_of_the_user() -> Path:
    """Return a folder with the files that the full specs name."""
    folder = Path(tempfile.mkdtemp())
    fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Leave nothing there but those files: a file of an earlier text may be where a later one needs a folder."""
    shutil.rmtree(folder / "k8s", ignore_errors=True)
    for name in ("k8s/base/config/app.yaml", "k8s/overlays/production/secrets/shop-db.yaml"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("a: b\n")


def repository_with(field: str, text: str) -> Root:
    """Return a repository in which the file is that a text names, if it names one."""
    if field not in SPEC_OF:
        return NOWHERE
    if field in FILES and re.search(FIELDS[field]["pattern"], text):
        fill(folder_of_the_user())
        file = folder_of_the_user() / FILES[field].format(text)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return Root(str(folder_of_the_user()))


def spec_with(mode: str, field: str, text: str) -> dict[str, Any]:
    """Return a full spec with `text` in `field`: as the last item of a list, or as the only key of a mapping."""
    data: dict[str, Any] = json.loads(json.dumps(SPECS[mode]))
    *folders, last = field.split(".")
    node: Any = data
    if field == "runtime.workspaces.*":
        data["runtime"]["workspaces"] = [""]
    if field != "runtime.installFiles.*":
        data["runtime"].pop("installFiles", None)
    if field == "migration.*":
        data["migration"] = [""]
    for part in folders:
        node = next(iter(node.values())) if part == "*" else node[part]
    if last == "~":
        only = node.pop(next(iter(node)))
        node[text] = only
    elif last == "*" and isinstance(node, list):
        node[-1] = text
    else:
        node[next(iter(node)) if last == "*" else last] = text
    if field.startswith("resources."):
        # Alone, so that no other quantity forbids it.
        data["resources"] = {last: text, **({"memoryLimit": "999999Gi"} if last == "memory" else {})}
        data["resources"] |= {"cpuLimit": "999"} if last == "cpu" else {"cpu": "1m"} if last == "cpuLimit" else {}
        data["resources"] |= {"memory": "1Mi"} if last == "memoryLimit" else {}
    return data


def compiled(mode: str, field: str, text: str) -> Compiled | None:
    """Compile a spec with `text` in `field`; None when the spec was refused, and then at that text."""
    result = COMPILER.compile(as_yaml(spec_with(mode, field, text)), repository_with(field, text))
    if isinstance(result, Compiled):
        return result
    assert_refused_in_place(result, field)
    return None


def assert_refused_in_place(outcome: Outcome, field: str) -> None:
    assert outcome.exit_code == errors.SPEC_INVALID, outcome
    for found in outcome.diagnostics:
        assert found.cure
        assert found.position is not None or found.code == "yaml.too-large"
        if found.code.startswith("spec.") and "-" not in field:
            assert f'"{field.split(".", maxsplit=1)[0]}' in found.message


@cache
def usual(mode: str) -> Compiled:
    result = COMPILER.compile(as_yaml(SPECS[mode]), Root(str(folder_of_the_user())))
    assert isinstance(result, Compiled), result
    return result


def check(mode: str, field: str, text: str) -> bool:
    """Hold one text in one field to everything; whether the spec took it."""
    result = compiled(mode, field, text)
    if result is None:
        return False
    if field in NO_COMMAND and text == "none":
        return True
    outputs = Outputs(result)
    read = [place(outputs) for place in PLACES[field]]
    expected = (
        {"22": "22.23.2", "24": "24.21.0", "26": "26.7.0"}.get(text, text) if field == "runtime.version" else text
    )
    assert [found for found in read if found not in (expected, None)] == []
    assert_no_expression_of_the_authors(outputs)
    assert_scripts_are_static(result, mode)
    assert_commands_hold(result, mode)
    return True


def assert_no_expression_of_the_authors(outputs: Outputs) -> None:
    for path, document in outputs.workflows.items():
        for text in _strings(document):
            found = {part for kind, part in github_parts(text) if kind == "expression"}
            found -= {part for part in found if re.fullmatch(r"secrets\.BUILD_[A-Z0-9_]+", part)}
            assert found <= EXPRESSIONS, path
        for job in document["jobs"].values():
            # A condition is an expression without its marks.
            assert re.fullmatch(
                r"github\.ref == 'refs/heads/[A-Za-z0-9_./-]+'", job.get("if", "github.ref == 'refs/heads/a'")
            )


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    for item in inner:
        yield from _strings(item)


def assert_scripts_are_static(result: Compiled, mode: str) -> None:
    """No value of the spec is in a script: they take everything from their environment."""
    scripts = [file.text for file in result.files if file.language == "shell"]
    assert scripts == [file.text for file in usual(mode).files if file.language == "shell"]
    assert scripts


def assert_commands_hold(result: Compiled, mode: str) -> None:
    """The commands that a person pastes have the words of the usual ones: a value is one word, or part of one."""
    renderer = COMPILER.renderer
    # An operator reads a repository by ssh with a key, which takes other steps than a token.
    by_ssh = result.plan.repository.url.startswith("ssh://")
    like = compiled(mode, "repository", "ssh://git@git.example.com/acme/shop.git") if by_ssh else usual(mode)
    assert like is not None
    steps, known = (setup_steps(each.services, renderer) for each in (result, like))
    commands = [command for step in steps for command in step.commands]
    assert _shapes(result, steps) == _shapes(like, known)
    shown = steps_text(steps)
    assert all(f"        {command}\n" in shown for command in commands)


def _shapes(result: Compiled, steps: list[SetupStep]) -> list[list[str]]:
    """Return the shapes of all commands; the names of shell variables may end with that of an environment."""
    own = re.compile(rf"(?<=\w)_{result.plan.environments[-1].name.upper().replace('-', '_')}\b")
    return [_shape(own.sub("_E", command)) for step in steps for command in step.commands]


def _shape(command: str) -> list[str]:
    """Return how a shell takes a command apart: its operators and substitutions as they are, `w` for a word."""
    shlex.split(command)
    active = re.sub(r"'[^']*'", "q", command)
    words = shlex.shlex(active, posix=True, punctuation_chars=True)
    words.whitespace_split = True
    shape = [word if re.fullmatch(r"[();<>|&]+", word) else "w" for word in words]
    return [*shape, *re.findall(r"\$\w*|`", active)]


@pytest.mark.parametrize(("mode", "field"), NARROW)
def test_narrow_field(mode: str, field: str) -> None:
    texts = hostile_and_short | st.from_regex(re.compile(FIELDS[field]["pattern"], re.ASCII), fullmatch=True)

    @examples(5)
    @given(texts)
    def property_(text: str) -> None:
        check(mode, field, text)

    property_()


@pytest.mark.parametrize(("mode", "field"), NARROW)
def test_all_punctuation_that_a_field_takes(mode: str, field: str) -> None:
    if field == "cluster.resourceGroup":
        assert check(mode, field, ")")
    read = [place(Outputs(usual(mode))) for place in PLACES[field]]
    written = next((found for found in read if found is not None), "a1")
    text = densest(FIELDS[field]["pattern"], FIELDS[field].get("examples", [written])[0])
    assert check(mode, field, text)


def densest(pattern: str, text: str) -> str:
    """Return the text with every punctuation mark put in somewhere, as far as the pattern takes it."""
    assert isinstance(text, str)
    for mark in string.punctuation + string.ascii_uppercase[0]:
        for place in (len(text) // 2, len(text) - 1, 1, len(text), 0):
            longer = text[:place] + mark + text[place:]
            if re.search(pattern, longer) and re.search(pattern, longer + "\n") is None:
                text = longer
                break
    return text


@pytest.mark.parametrize(("mode", "field"), BROAD)
def test_wide_field(mode: str, field: str) -> None:
    """A field that takes nearly anything takes it, and gives it back."""
    taken = []

    @examples(20)
    @given(hostile)
    def property_(text: str) -> None:
        if check(mode, field, text):
            taken.append(text)

    property_()
    assert len(taken) > 5


@pytest.mark.parametrize("field", sorted(WIDE))
def test_every_fragment(field: str) -> None:
    """Hostile texts in each wide field; refused are only those which the field's own pattern names."""
    for index, text in enumerate(share(field, WIDE)):
        modes = specs_with(field)
        taken = check(modes[index % len(modes)], field, text)
        assert taken == bool(re.search(FIELDS[field]["pattern"], text)), text


@pytest.mark.parametrize("size", [32768, 32769, 65536])
def test_long_variable(size: int) -> None:
    for part in ("x", "$", "${{ a }}", "' \""):
        text = (part * size)[:size]
        assert check("push", "env.*", text) == (size <= 32768)


@pytest.mark.parametrize("text", ["node check-secrets.js", "${{ secrets.TOKEN }}", "node needs.a.js"])
def test_words_that_only_look_like_an_expression(text: str) -> None:
    assert check("push", "runtime.test", text)


@pytest.mark.parametrize("field", ["runtime.start.*", "runtime.build"])
def test_an_argument_that_only_looks_like_an_option_of_copy(field: str) -> None:
    assert check("push", field, "export --from=yesterday")


def test_every_text_field_takes_its_example() -> None:
    """The places are looked at: what the full spec says is found there in one mode at least."""
    for field, places in PLACES.items():
        found = {place(Outputs(usual(mode))) for mode in specs_with(field) for place in places}
        assert found - {None}, field


def test_shape_sees_what_acts() -> None:
    assert _shape("a 'x;y' \"$B\"") == _shape("a ')' \"$B\"") == ["w", "w", "w", "$B"]
    for command in ('a x;y "$B"', 'a x y "$B"', "a 'x' $C", "a 'x' `b` \"$B\"", "a 'x' \"$B\" | b"):
        assert _shape(command) != ["w", "w", "w", "$B"], command


def test_scripts_are_files_of_ours() -> None:
    texts = {path.read_text(encoding="utf-8") for path in Path(assets.TEMPLATES).rglob("*.sh")}
    for mode in SPECS:
        assert {file.text for file in usual(mode).files if file.language == "shell"} <= texts


def with_operator(field: str, text: str) -> dict[str, Any]:
    """Return a spec of pull mode in which one field of the operator is `text`, and the others are good."""
    data: dict[str, Any] = json.loads(json.dumps(SPECS["pull"]))
    own = {name: text if name == field else good for name, good in OF_OPERATOR.items()}
    data["gitops"] |= {name: own[f"gitops.{name}"] for name in ("repository", "branch", "folder", "clusterName")}
    data["gitops"]["notify"] = {name: own[f"gitops.notify.{name}"] for name in ("service", "to")}
    if "clusters" in field:
        data["gitops"]["clusters"] = [own["gitops.clusters.*"]]
    return data


@pytest.mark.parametrize("field", sorted(OF_ANOTHER_CLUSTER))
def test_a_field_of_another_cluster_is_refused_or_stays_one_value(field: str) -> None:
    cluster, name = OF_ANOTHER_CLUSTER[field], field.removeprefix("cluster.")
    good = cluster[name]
    fragments = share(field, OF_ANOTHER_CLUSTER)
    for text in (good, *fragments, *(f"{good}{fragment}" for fragment in fragments)):
        spec = {**SPECS["push"], "cluster": {**cluster, name: text}}
        result = COMPILER.compile(as_yaml(spec), NOWHERE, home=NOWHERE)
        if not isinstance(result, Compiled):
            assert text != good, result
            assert_refused_in_place(result, field)
            continue
        deploy = next(
            iter(Outputs(result).workflow["jobs"][job] for job in Outputs(result).workflow["jobs"] if "deploy" in job)
        )
        values = [
            value for step in deploy["steps"] for part in ("with", "env") for value in step.get(part, {}).values()
        ]
        assert text in values, text


@pytest.mark.parametrize("field", sorted(OF_OPERATOR))
def test_a_field_of_the_operator_is_refused_or_read_back(field: str) -> None:
    good = OF_OPERATOR[field]
    fragments = share(field, OF_OPERATOR)
    for text in (good, *fragments, *(f"{good}{fragment}" for fragment in fragments)):
        result = COMPILER.compile(as_yaml(with_operator(field, text)), NOWHERE, home=NOWHERE)
        if not isinstance(result, Compiled):
            assert text != good, result
            assert_refused_in_place(result, field)
            continue
        told = [file.text for file in result.files if file.path.startswith("argocd/application")]
        assert all(text in one for one in told) and told
