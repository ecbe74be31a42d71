"""YAML that nobody would write by hand: passed over with a note, or read as far as it goes; never an exception."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gitopsgen.detect import KINDS, Detection, detect
from gitopsgen.detect.yamlnodes import NoYamlError, find, plain, read_documents
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.detect.by_hand import DEPLOYMENT, PULL, values

Plant = Callable[[Mapping[str, str]], Path]
Look = Callable[[], Detection]

CATALOGUE = Catalogue((BUILT_IN,))
PACKS = [pack.manifest for kind in KINDS for pack in CATALOGUE.all(kind)]
BOMB = "kind: Deployment\na: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.fixture
def look(root: Path) -> Look:
    return lambda: detect(str(root), PACKS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kind: Deployment\nmetadata: [", "line 3"),
        ("kind: Deployment\na: *nothing", "stands for nothing, line 2"),
        ("kind: Deployment\na: " + "[" * 100, "nested too deeply, line 2"),
        ("kind: Deployment\n\tmetadata: x", "line 2"),
        ("kind: Deployment\nname: \x07", "it is no YAML"),
        ("kind: Deployment\nname: {{ .Release.Name }}", "it is a template"),
        ("kind: Deployment\n{% if a %}\n", "it is a template"),
        ("kind: Deployment\n#" + "x" * 300_000, "at most 256 KiB"),
    ],
)
def test_what_cannot_be_read_is_one_note(plant: Plant, look: Look, text: str, words: str) -> None:
    plant({"k8s/a.yaml": text, "k8s/b.yaml": DEPLOYMENT})

    found = look()

    (note,) = [line for line in found.problems if line.startswith("k8s/a.yaml is passed over: ")]
    assert words in note
    assert values(found)["replicas"] == 2


def test_a_chart_is_told_in_a_few_lines(plant: Plant, look: Look) -> None:
    plant({f"deploy/chart/templates/{n}.yaml": "kind: Deployment\nname: {{ .n }}\n" for n in range(30)})

    notes = [line for line in look().problems if "template" in line or "more" in line]

    assert len(notes) == 6 and notes[-1] == "25 more like these"


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "kind: Deployment\nspec: &s {template: *s}\n",
        "kind: Deployment\nmetadata: {name: [x]}\nspec: {replicas: {}, template: x}\n",
        "kind: Deployment\n? [a, b]\n: c\n",
        "- kind: Deployment\n",
        "kind: Deployment\napiVersion: apps/v1\nmetadata:\nspec: ~\n---\n---\n...\n",
        "%YAML 1.1\n---\nkind: !!python/object Deployment\n",
    ],
)
def test_strange_documents_are_no_facts(plant: Plant, look: Look, text: str) -> None:
    plant(
        {
            "k8s/a.yaml": text,
            "argocd/a.yaml": text.replace("Deployment", "Application"),
            ".github/workflows/a.yml": text,
        }
    )

    started = time.process_time()
    assert not {"image", "replicas", "mode", "port"} & set(values(look()))
    assert time.process_time() - started < 1


def test_aliases_are_followed_and_not_multiplied() -> None:
    (root,) = read_documents(BOMB)

    assert len(find(root, "i.*.*.*.*.*.*.*.*")) <= 500
    assert plain(find(root, "i")[0]) is None
    assert [plain(node) for node in find(root, "a.*")] == ["x"] * 8


@pytest.mark.parametrize(
    "value", ["[]", "{}", "~", "-1", "1e3", "9" * 5000, '"a\\nb"', '"\\e[31m"', "[[x]]", "{a: {b: c}}"]
)
def test_values_of_a_wrong_kind_are_no_facts(plant: Plant, look: Look, value: str) -> None:
    text = DEPLOYMENT.replace("acme/storefront:latest", value).replace("3000", value)
    text = text.replace("replicas: 2", f"replicas: {value}").replace("name: storefront\n", f"name: {value}\n")
    plant({"k8s/a.yaml": f"{text}          env: {value}\n          resources: {value}\n"})

    found = look()

    assert not {"image", "replicas", "port"} & set(values(found))
    assert all(line.isprintable() and len(line) < 400 for line in found.problems)
    assert all(fact.evidence.isprintable() and len(fact.evidence) < 300 for fact in found.facts)


def test_folders_behind_links_and_in_vendored_trees_are_not_read(plant: Plant, root: Path, look: Look) -> None:
    plant(
        {"../outside/a.yaml": DEPLOYMENT, "infra/node_modules/x/a.yaml": DEPLOYMENT, "deploy/vendor/a.yaml": DEPLOYMENT}
    )
    (root / "k8s").symlink_to("../outside")
    (root / "manifests").mkdir()
    (root / "manifests" / "a.yaml").symlink_to("../../outside/a.yaml")

    assert "replicas" not in values(look())


def test_a_huge_repository_takes_a_moment(plant: Plant, root: Path, look: Look) -> None:
    """50,000 files, many where detection looks, cost less than a second of work."""
    plant({**PULL})
    for folder in ("src/a", "node_modules/b", "k8s/generated", "infra/x/y/z", "lib"):
        (root / folder).mkdir(parents=True, exist_ok=True)
        for number in range(10_000):
            os.mknod(root / folder / f"{number}.{'yaml' if number % 2 else 'js'}")

    started = time.process_time()
    found = look()
    spent = time.process_time() - started

    assert values(found)["name"] == "storefront"
    assert any("only the first 200 files" in line for line in found.problems)
    assert spent < 1, spent


def test_much_yaml_is_read_up_to_a_limit(plant: Plant, look: Look) -> None:
    filler = "kind: Deployment\n" + "a: b\n" * 45_000
    plant({f"k8s/{number:02}.yaml": filler for number in range(30)})

    started = time.process_time()
    found = look()

    assert any("of YAML before it" in line for line in found.problems)
    assert time.process_time() - started < 1.5


@settings(max_examples=200)
@given(text=st.text(alphabet="ab:-?[]{},&*!|>'\"#% \n\t.~0", max_size=80))
@example("? &a [*a]\n: b")
@example("- &a [*a]\n- *a")
@example("{? {a: b} : c}")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        documents = read_documents(text)
    except NoYamlError as error:
        assert str(error)
        return
    for root in documents:
        assert root.line >= 1
        plain(root)
        find(root, "*.*.*")


@settings(max_examples=25, deadline=None)
@given(raw=st.binary(max_size=300))
def test_no_bytes_of_a_manifest_make_detection_fail(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    root = tmp_path_factory.mktemp("bytes")
    for name in ("k8s", ".github/workflows"):
        (root / name).mkdir(parents=True)
        (root / name / "a.yaml").write_bytes(b"kind: Deployment\njobs:\n" + raw)
    subprocess.run(["git", "init", "-q", root], check=True)

    assert "name" in values(detect(str(root), PACKS))
