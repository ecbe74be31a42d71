"""Packs of one's own: new systems in a folder each, and what is said of their mistakes."""

from pathlib import Path

import pytest
import yaml

from tests.scenarios.packs import STEPS, TEMPLATES, own_pack
from tests.trees import OVERRIDES, PUSH, SMALLEST, run, write_tree

CI_PACK = """\
kind: ci
name: woodpecker
title: Woodpecker
summary: a CI of the test's own
fields:
  image: {type: string, description: The image of the steps., examples: ["node:24"]}
defaults:
  image: {value: "node:24", because: the test says so}
files:
  - {path: .woodpecker.yaml, template: pipeline.yaml, language: yaml, literals: {"$": "$$"}}
"""


CI_TEMPLATE = """\
when: [{event: [push, pull_request]}]
steps:
<% for job in pipeline.jobs %>
<% for step in job.steps %>
<% include step.template %>
<% endfor %>
<% endfor %>
"""


STEP = """\
  - name: <%= job.id ~ " " ~ step.kind %>
    image: <%= ci.image %>
    commands: [<%= step.title %>]
"""


RUNTIME_PACK = """\
kind: runtime
name: shell
title: Shell
summary: a runtime of the test's own
defaults:
  test: {value: "true", because: nothing to test}
files:
  - {path: Dockerfile, template: Dockerfile, language: dockerfile}
"""


@pytest.mark.parametrize("spec", [SMALLEST, PUSH], ids=["pull", "push"])
def test_a_new_ci_and_a_new_runtime_are_one_folder_each(tmp_path: Path, spec: str) -> None:
    own = f"{OVERRIDES}/ci/woodpecker"
    write_tree(
        tmp_path,
        {
            "gitopsgen.yaml": spec.replace("runtime: node", "runtime: shell")
            + "ci: {name: woodpecker, image: alpine}\n",
            f"{own}/pack.yaml": CI_PACK,
            f"{own}/pipeline.yaml": CI_TEMPLATE,
            **{f"{own}/steps/{kind}.yaml": STEP for kind in STEPS},
            f"{own}/steps/script.yaml": STEP.replace("<%= step.title %>", '<%= "sh " ~ step.script %>'),
            f"{OVERRIDES}/runtime/shell/pack.yaml": RUNTIME_PACK,
            f"{OVERRIDES}/runtime/shell/Dockerfile": "FROM busybox:1.37.0\nUSER 10001:10001\n",
        },
    )
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0, ran.err
    steps = yaml.safe_load((tmp_path / ".woodpecker.yaml").read_text())["steps"]
    assert [step["name"] for step in steps][-1] == (
        "deploy-production deploy" if spec is PUSH else "bump-production bump"
    )
    assert {step["image"] for step in steps} == {"alpine"}
    # What has no native words is a script, and only scripts that are run are there.
    scripts = {path.name for path in (tmp_path / "k8s/bin").iterdir()}
    assert {"build-image.sh", "login-registry.sh"} <= scripts
    assert ("login-aks.sh" in scripts) == (spec is PUSH)
    assert "propose.sh" not in scripts
    assert not (tmp_path / ".github").exists()
    wrong = run(
        "check", "--full", cwd=write_tree(tmp_path, {"gitopsgen.yaml": spec + "ci: {name: woodpecker, imag: x}\n"})
    )
    assert wrong.code == 3
    assert 'did you mean "image"?' in wrong.err


def test_a_pack_that_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {
            "gitopsgen.yaml": SMALLEST + "ci: mine\n",
            f"{OVERRIDES}/ci/mine/pack.yaml": "kind: ci\nname: mine\ntitle: Mine\nsummary: x\nfils: []\n",
        },
    )
    ran = run("check", cwd=tmp_path)
    assert ran.code == 3
    assert f"{OVERRIDES}/ci/mine/pack.yaml" in ran.err and "fils" in ran.err


ENTRY = "files: [{path: a, template: plain, language: lines%s}]\n"


RULE = "references: [{code: x, from: {%s}, to: {plan: name}, match: %s, message: m, cure: c}]\n"


MISTAKES = {
    "when": (ENTRY % ", when: {prot: 1}", 3, "pack.unknown-name", "pack.yaml:5:66: "),
    "when below": (ENTRY % ", when: {ci.nothing: 1}", 3, "pack.unknown-name", "ci.nothing"),
    "each": (ENTRY % ", each: port", 3, "pack.not-a-list", "port"),
    "each text": (ENTRY % ", each: name", 3, "pack.not-a-list", "name"),
    "each unknown": (ENTRY % ", each: enviroments", 3, "pack.unknown-name", 'did you mean "environments"'),
    "path unknown": ((ENTRY % "").replace("path: a", 'path: "<%= prot %>"'), 3, "pack.unknown-name", "prot"),
    "path up": (ENTRY.replace("path: a", "path: ../a") % "", 3, "pack.bad-path", "pack.yaml:5:16: "),
    **{
        f"path {path}": (ENTRY.replace("path: a", f"path: {path}") % "", 3, "pack.bad-path", "gitopsgen's own")
        for path in (
            "gitopsgen.yaml",
            "gitopsgen.lock",
            "GitOpsGen.lock",
            ".gitopsgen/schema.json",
            ".gitopsgen/templates/z/z",
            ".gitopsgen/kept/a",
        )
    },
    "path of another pack": (ENTRY.replace("path: a", "path: Dockerfile") % "", 3, "pack.duplicate-path", "Dockerfile"),
    "path for each": (ENTRY % ", each: pipeline.jobs", 3, "pack.duplicate-path", "ci/mine"),
    "template up": (ENTRY.replace("plain", "../../../../../secret") % ", verbatim: true", 3, "pack.invalid", "secret"),
    "subset of text": (RULE % ("plan: name", "subset"), 5, "pack.bad-match", "compares mappings"),
    "optional group": (RULE % ('plan: name, pattern: "(zz)?s"', "in"), 0, "", ""),
    "block with a mark": (
        "files: [{path: .mailmap, template: marked, language: lines, ownership: block}]\n",
        5, "output.text", "mark",
    ),
    "too large": ("files: [{path: a, template: large, language: lines}]\n", 5, "template.too-large", "4,194,304"),
    "not text": ("files: [{path: a, template: lines.bin, language: lines, verbatim: true}]\n", 3, "override.not-utf8",
        "lines.bin:2:1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(MISTAKES))
def test_a_mistake_in_a_pack_is_told_with_its_place(tmp_path: Path, case: str) -> None:
    rest, code, name, words = MISTAKES[case]
    root = own_pack(
        tmp_path / "root",
        rest,
        plain="x\n",
        marked="a\n# <<< gitopsgen <<<\nb\n",
        large="<% for a in range(5000) %><% for b in range(5000) %>aaaaaaaaaa\n<% endfor %><% endfor %>",
    )
    (root / f"{OVERRIDES}/ci/mine/lines.bin").write_bytes(b"a\n\xfe\n")
    write_tree(tmp_path, {"secret": "S3CRET\n"})
    before = {path.relative_to(root) for path in root.rglob("*")}
    ran = run("generate", cwd=root)
    assert ran.code == code, ran
    assert name in ran.err and words in ran.err, ran.err
    if code:
        assert {path.relative_to(root) for path in root.rglob("*")} == before, "a refused run writes nothing"


SETUPS = {
    "unknown phase": ("- {phase: verfy, title: t, commands: [a]}\n", 'did you mean "verify"'),
    "commands as text": ("- {phase: verify, title: t, commands: abc}\n", "no list"),
    "no mapping": ("- abc\n", "setup.unreadable"),
    "a number": ("3\n", "setup.unreadable"),
    "undefined": ("- {phase: verify, title: <%= nam %>, commands: [a]}\n", "template.undefined"),
}


@pytest.mark.parametrize("case", sorted(SETUPS))
def test_a_mistake_in_set_up_steps_is_told(tmp_path: Path, case: str) -> None:
    text, words = SETUPS[case]
    root = own_pack(tmp_path, "setup: steps.txt\n", **{"steps.txt": text})
    ran = run("setup", cwd=root)
    assert ran.code == 5, ran
    assert words in ran.err, ran.err


DETECT = """\
kind: runtime
name: shell
title: Shell
summary: a runtime of the test's own
detect:
  signs: [{exists: run.sh}]
  fields:
    port: {from: [{in: run.sh, match: 'PORT=(.*)'}], as: port, missing: no port}
    runtime.include: {from: [{in: run.sh, match: 'FILES=(.*)'}], as: names}
"""


def test_what_a_pack_of_its_own_finds_is_refused_with_a_reason_when_it_is_no_value(tmp_path: Path) -> None:
    root = write_tree(
        tmp_path / "shop",
        {"run.sh": "PORT=eighty\nFILES=src\n", f"{OVERRIDES}/runtime/shell/pack.yaml": DETECT},
    )
    ran = run(
        "init", "--yes", "--name", "a", "--image", "docker.io/a/b", "--mode", "pull", "--runtime", "shell", cwd=root
    )
    assert ran.code == 2, ran
    assert "run.sh:1 says eighty, which is not between 1024 and 65535" in ran.out + ran.err


def test_a_template_can_use_no_credential_that_its_step_does_not_have(tmp_path: Path) -> None:
    name = "cluster/aks/steps/github-actions.yaml"
    text = (
        (TEMPLATES / name).read_text().replace("step.credentials.AZURE_CLIENT_ID", "step.credentials.DOCKERHUB_TOKEN")
    )
    write_tree(tmp_path, {"gitopsgen.yaml": PUSH, f"{OVERRIDES}/{name}": text})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5 and "template.undefined" in ran.err, ran


def test_a_ci_without_tokens_that_the_cloud_trusts_has_a_stored_secret_and_says_why(tmp_path: Path) -> None:
    own = f"{OVERRIDES}/ci/woodpecker"
    words = (
        "why: <%= environments[0].access.because %>\nsteps:\n"
        "<% for job in pipeline.jobs %><% for step in job.steps %><% for known in step.credentials.values() %>\n"
        "  - <%= known.key %>\n<% endfor %><% endfor %><% endfor %>\n"
    )
    write_tree(
        tmp_path,
        {
            "gitopsgen.yaml": PUSH + "ci: woodpecker\n",
            f"{own}/pack.yaml": f"{CI_PACK}offers: {{environments: false, without: {{azure: nothing to reach}}}}\n",
            f"{own}/pipeline.yaml": words,
            **{f"{own}/steps/{kind}.yaml": STEP for kind in STEPS},
        },
    )
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0, ran.err
    told = yaml.safe_load((tmp_path / ".woodpecker.yaml").read_text())
    assert told["why"] == "nothing to reach"
    assert {"DOCKERHUB_TOKEN", "AZURE_CLIENT_SECRET_PRODUCTION"} <= set(told["steps"])
