"""The doors of the command line: help, reports, explanations, and that all of them say the same."""

from pathlib import Path

import pytest

from tests.terminal import talk
from tests.trees import SMALLEST, read_tree, run, write_tree


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    files = dict.fromkeys(("package.json", "package-lock.json", "app.js"), "{}\n")
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **files})
    assert run("generate", cwd=tmp_path).code == 0
    return tmp_path


def test_an_unreadable_lock_is_exit_code_six(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.lock": "format 1\ntool 0.1.0\nfile managed x 644 p ../../etc/passwd\n"})
    ran = run("generate", cwd=pull)
    assert ran.code == 6
    assert "gitopsgen.lock:3" in ran.err and "cure:" in ran.err


DOORS = (
    ("check",),
    ("check", "-q"),
    ("check", "--quiet", "-C", "."),
    ("check", "-C", "nowhere"),
    ("check", "-C"),
    ("generate",),
    ("generate", "-q"),
    ("generate", "."),
    ("generate", ".", "."),
    ("generate", "nowhere"),
)
STATES = [("changed", words) for words in DOORS] + [
    (state, (command,)) for state in ("unchanged", "edited", "wrong") for command in ("check", "generate")
]


@pytest.mark.parametrize(("state", "words"), STATES, ids=lambda part: part if isinstance(part, str) else " ".join(part))
def test_both_doors_do_the_same(tmp_path: Path, state: str, words: tuple[str, ...]) -> None:
    """The quick door of plain arguments and the door through click, which `--format text` opens."""
    results = []
    for door in ((), ("--format", "text")):
        root = write_tree(tmp_path / f"door{len(door)}", {"gitopsgen.yaml": SMALLEST})
        run("generate", cwd=root)
        if state == "changed":
            write_tree(root, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
        if state == "edited":
            write_tree(root, {"Dockerfile": "mine\n"})
        if state == "wrong":
            write_tree(root, {"gitopsgen.yaml": "name: [\n"})
        ran = run(words[0], *door, *words[1:], cwd=root)
        text = (ran.out + ran.err).replace(str(root), "ROOT")
        results.append((ran.code, text, read_tree(root)))
    assert results[0] == results[1]


def test_help_teaches_by_examples(tmp_path: Path) -> None:
    assert "gitopsgen init" in run("--help", cwd=tmp_path).out
    for command in ("init", "generate", "check", "diff", "explain", "schema", "setup", "completion"):
        ran = run(command, "--help", cwd=tmp_path)
        assert ran.code == 0
        assert "Examples:" in ran.out and f"gitopsgen {command}" in ran.out


def test_small_doors(tmp_path: Path) -> None:
    assert run("--version", cwd=tmp_path).out == "gitopsgen 0.1.0\n"
    assert 'did you mean "check"?' in run("chekc", cwd=tmp_path).err
    for shell in ("bash", "zsh", "fish"):
        assert "_GITOPSGEN_COMPLETE" in run("completion", shell, cwd=tmp_path).out
    missing = run("check", cwd=tmp_path)
    assert missing.code == 3 and "gitopsgen init" in missing.err


def test_explain_tells_default_reason_and_origin(pull: Path) -> None:
    field = run("explain", "replicas", cwd=pull).out
    assert "default:  2" in field and "because:  one can be replaced while the other serves" in field
    file = run("explain", "k8s/base/deployment.yaml", cwd=pull).out
    assert "workload/kubernetes/base/deployment.yaml (built-in)" in file
    for dependency in ("env", "health", "name", "port", "replicas", "resources.cpu"):
        assert dependency in file
    assert "image" not in file.split("depends:")[1].split("\n")[0].split(", ")
    unknown = run("explain", "replica", cwd=pull)
    assert unknown.code == 2 and 'did you mean "replicas"?' in unknown.err


def test_colour_only_on_a_terminal(pull: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in run("check", cwd=pull).out
    assert "\x1b[33mupdate" in talk(["check"], pull, [], code=1)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in talk(["check"], pull, [], code=1)


def test_several_folders_hold_one_kind_of_report(tmp_path: Path) -> None:
    for words in (("check", "a", "b", "--format", "json"), ("generate", "a", "b", "--take", "Dockerfile")):
        assert run(*words, cwd=tmp_path).code == 2


def test_a_machine_format_says_the_same_however_often(tmp_path: Path) -> None:
    six = "".join(line for line in SMALLEST.splitlines(True) if not line.startswith("repository"))
    write_tree(tmp_path, {"gitopsgen.yaml": six})
    run("generate", cwd=tmp_path)
    quick = run("check", "--format", "json", cwd=tmp_path)
    assert quick == run("check", "--full", "--format", "json", cwd=tmp_path)
    assert "rule.repository-guessed" in quick.out


def test_explain_shows_what_is_wrong_with_the_spec_first(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replica: 3\n"})
    ran = run("explain", "Dockerfile", cwd=pull)
    assert ran.code == 3 and "spec.unknown-field" in ran.err
    assert "environments.NAME.namespace" in run("explain", "environments", cwd=pull).out
