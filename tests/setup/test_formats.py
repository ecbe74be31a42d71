"""`gitopsgen setup` as text, Markdown and JSON."""

import json
import re
from pathlib import Path

import pytest

from gitopsgen.report.setup import Setup, checks_markdown, setup_markdown
from gitopsgen.setup import PHASES, SetupStep, tools_of
from gitopsgen.setup_check import Check
from tests.trees import OVERRIDES, SMALLEST, run, write_tree

STEP_KEYS = ["number", "phase", "title", "why", "commands", "code", "tools", "see", "pack", "sets"]
CREDENTIAL_KEYS = ["key", "kind", "environment", "purpose", "source", "pack"]


def test_the_three_forms_tell_the_same_steps(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    text, markdown, data = (run("setup", "--format", form, cwd=tmp_path) for form in ("text", "markdown", "json"))
    assert text == run("setup", cwd=tmp_path)
    assert (text.code, markdown.code, data.code) == (0, 0, 0)
    document = json.loads(data.out)
    assert list(document) == ["format", "tool", "app", "mode", "repository", "branch", "steps", "credentials"]
    assert (document["format"], document["app"], document["mode"]) == (1, "storefront", "pull")
    assert [list(step) for step in document["steps"]] == [STEP_KEYS] * len(document["steps"])
    assert [list(each) for each in document["credentials"]] == [CREDENTIAL_KEYS] * 2
    for step in document["steps"]:
        assert re.search(rf"^ ?{step['number']}\. {re.escape(step['title'])}$", text.out, re.MULTILINE)
        for command in step["commands"]:
            assert f"        {command}\n" in text.out
            assert f"\n{command}\n" in markdown.out
    assert markdown.out.count("\n## ") == len(document["steps"])


def test_the_document_names_every_phase_and_every_field() -> None:
    text = (Path(__file__).parents[2] / "docs/setup.md").read_text(encoding="utf-8")
    rows = [name for cell in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall("`(.*?)`", cell)]
    fields = ["format", "tool", "app", "mode", "repository", "branch", "steps", "credentials", "checks"]
    assert rows == [*PHASES, *fields, *STEP_KEYS]
    assert all(f"`{key}`" in text for key in (*CREDENTIAL_KEYS, "verdict", "what", "cure", "step"))


def test_machines_are_told_which_step_sets_which_credential(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    document = json.loads(run("setup", "--format", "json", cwd=tmp_path).out)
    wanted = [{"environment": each["environment"], "key": each["key"]} for each in document["credentials"]]
    setting = [step for step in document["steps"] if step["sets"]]
    assert [step["sets"] for step in setting] == wanted
    assert [step["tools"] for step in setting] == [["gh"], ["gh"]]
    assert setting[1]["see"] == "gh secret list --env build --repo acme/storefront"


def test_a_handler_for_the_app_is_no_command(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    handler = 'process.on("SIGTERM", () => server.close(() => process.exit(0)))'
    assert f"      | {handler}\n" in run("setup", cwd=tmp_path).out
    assert f"```text\n{handler}\n```\n" in run("setup", "--format", "markdown", cwd=tmp_path).out


HOSTILE = "@acme/ops *bold* <b>x</b> [a](http://x) `gh api` ![i](x) # | ~ _e_ & \\ \x1b[31m\u202e"


def test_no_text_of_a_pack_is_markup_in_markdown() -> None:
    """Anything but what stands between backticks, and nobody is told of it by a code host."""
    commands = ("printf '```\n# no heading\n'", "echo '````'")
    step = SetupStep("verify", HOSTILE, f"1. {HOSTILE}", commands, ("```", "x"), "", (), "ci/x")
    shown = setup_markdown(Setup("shop", "pull", "", "main", [step], []))
    title, why = shown.split("\n")[2], shown.split("\n")[4]
    for line, begins in ((title, "## 1. "), (why, "1\\. ")):
        assert line.startswith(
            f"{begins}@<!-- -->acme/ops \\*bold\\* \\<b\\>x\\</b\\> \\[a\\](http://x) `gh api` \\!\\[i\\](x)"
        )
        assert line.endswith("\\# \\| \\~ \\_e\\_ \\& \\\\ \\\\x1b\\[31m\\\\u202e")
    # A fence is longer than any within it, and a line is one line.
    assert "`````sh\nprintf '```\\n# no heading\\n'\necho '````'\n`````\n" in shown
    assert "````text\n```\nx\n````\n" in shown
    odd = setup_markdown(Setup("shop", "pull", "", "main", [step._replace(title="a ` *b*")], []))
    assert "## 1. a \\` \\*b\\*\n" in odd
    seen = Setup("shop", "pull", "", "main", [], [], [Check("missing", "a *b*", "`git *`")])
    assert checks_markdown(seen).endswith("- `[ ]` missing: a \\*b\\*: `git *`\n")


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_spec_that_is_wrong_is_told_in_any_form(tmp_path: Path, form: str) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST + "replica: 3\n"})
    ran = run("setup", "--check", "--format", form, cwd=tmp_path)
    assert ran.code == 3
    assert "spec.unknown-field" in (ran.out if form == "json" else ran.err)


def test_a_credential_that_no_pack_tells_of_is_told_all_the_same(tmp_path: Path) -> None:
    """A sixth CI system without a word of set-up: what its pipeline reads is listed by what the plan knows."""
    pack = "kind: ci\nname: mine\ntitle: Mine\nsummary: x\nfiles: []\noffers: {environments: false}\n"
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST + "ci: mine\n", f"{OVERRIDES}/ci/mine/pack.yaml": pack})
    document = json.loads(run("setup", "--format", "json", cwd=tmp_path).out)
    told = {step["sets"]["key"]: step["title"] for step in document["steps"] if step["sets"]}
    assert told == {
        "DOCKERHUB_USERNAME": "Set the variable DOCKERHUB_USERNAME in the CI system for the environment build",
        "DOCKERHUB_TOKEN": "Set the secret DOCKERHUB_TOKEN in the CI system for the environment build",
    }


@pytest.mark.parametrize(
    ("command", "tools"),
    [
        ("gh api x | jq --raw-output .id", ("gh", "jq")),
        ("A=$(az ad app create --query appId)", ("az",)),
        ('B=$(printf \'%s\' "$KEY" | cut -f 1); aws iam x "(a; b)"', ("aws",)),
        ("kubectl get x || kubectl create x && flux install", ("kubectl", "flux")),
        ("printf '{a; b | c}' | curl --json @- 'https://x/?a&b'", ("curl",)),
        ("kubectl config --server \"$(helm x --output '{.a}')\"", ("kubectl", "helm")),
        ("[ \"$A\" != default ] || A=$(gcloud x --format 'value(n)')-y", ("gcloud",)),
        ("stty -echo; read -r VALUE; stty echo", ()),
    ],
)
def test_tools_are_found_where_a_shell_runs_them(command: str, tools: tuple[str, ...]) -> None:
    assert tools_of([command]) == tools
