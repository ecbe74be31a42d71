"""A repository bends the built-in templates: replaced, filled by block, extended by packs of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.trees import OVERRIDES, PUSH, SMALLEST, read_tree, run, write_tree


def test_a_template_of_the_same_name_replaces_the_built_in_one(tmp_path: Path) -> None:
    write_tree(
        tmp_path,
        {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/dockerignore": "# ours\n*\n!<%= runtime.start[1] %>\n"},
    )
    assert run("generate", cwd=tmp_path).code == 0
    assert (tmp_path / ".dockerignore").read_text() == "# ours\n*\n!app.js\n"


def test_a_block_is_filled_and_the_rest_stays_built_in(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    assert run("generate", cwd=tmp_path).code == 0
    before = (tmp_path / "Dockerfile").read_text()
    write_tree(
        tmp_path,
        {
            f"{OVERRIDES}/runtime/node/Dockerfile": '<% extends "built-in" %>\n'
            "<% block extra %>\nRUN mkdir -p /app/cache\n<% endblock %>\n"
        },
    )
    assert run("generate", cwd=tmp_path).code == 0
    after = (tmp_path / "Dockerfile").read_text()
    assert after != before
    assert after.replace("RUN mkdir -p /app/cache\n", "") == before
    assert run("check", cwd=tmp_path).code == 0


def test_removing_an_override_brings_the_built_in_text_back(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST})
    run("generate", cwd=tmp_path)
    before = read_tree(tmp_path)
    override = write_tree(tmp_path, {f"{OVERRIDES}/runtime/node/dockerignore": "*\n"}) / OVERRIDES
    assert run("check", cwd=tmp_path).code == 1
    run("generate", cwd=tmp_path)
    (override / "runtime/node/dockerignore").unlink()
    assert run("generate", cwd=tmp_path).code == 0
    assert read_tree(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("runtime/node/Dockerfil", "x\n", "override.matches-nothing", 'did you mean "runtime/node/Dockerfile"?'),
        (
            "runtime/node/Dockerfile",
            '<% extends "built-in" %>\n<% block exta %>\nRUN x\n<% endblock %>\n',
            "override.unknown-block",
            'did you mean "extra"?',
        ),
        ("runtime/node/dockerignore", "<%= runtime.verson %>\n", "template.undefined", "verson"),
        ("runtime/node/dockerignore", "a\n<% if %>\n", "template.syntax", "dockerignore:2:1"),
        ("runtime/node/dockerignore", "<%= ''.__class__.__mro__ %>\n", "template.", "dockerignore:1:1"),
        ("runtime/node/dockerignore", "<% include '../../../../../etc/passwd' %>\n", "template.missing", "passwd"),
        ("workload/kubernetes/base/service.yaml", "a: [\n", "output.not-yaml", "service.yaml"),
        ("workload/kubernetes/base/service.yaml", "apiVersion: v1\nkind: Service\nspek: {}\n", "output.schema", "spek"),
        ("runtime/node/Dockerfile", "FORM node\n", "output.dockerfile", "FORM is no Dockerfile instruction"),
        ("runtime/node/Dockerfile", "FROM a AS b\nCOPY --from=c / /\n", "output.dockerfile", "no earlier stage c"),
    ],
)
def test_a_wrong_override_is_an_error_that_says_where(
    tmp_path: Path, name: str, text: str, code: str, words: str
) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/{name}": text})
    before = read_tree(tmp_path)
    ran = run("generate", cwd=tmp_path)
    assert ran.code in (3, 5), ran
    assert code in ran.err and words in ran.err, ran.err
    assert "Traceback" not in ran.err
    assert read_tree(tmp_path) == before, "a refused run writes nothing"


# Template, what is changed in it, into what, and what the spec needs to have it.
MANY_CLUSTERS = "environments: {production: {gitops: {clusters: [eu, us]}}}\n"
FLUX = "gitops: flux\n"
FLUX_IMAGES = "gitops: {operator: flux, images: operator}\n"
DANGLING: dict[str, tuple[str, ...]] = {
    "unknown-job": ("ci/github-actions/job.yaml", "needs: <%= job.needs %>", "needs: [tset]"),
    "unknown-job-output": (
        "ci/github-actions/steps/script.yaml", "${{ github.token }}", "${{ needs.image.outputs.digest }}",
    ),
    "unlisted-credential": ("ci/github-actions/steps/script.yaml", "${{ github.token }}", "${{ secrets.MY_TOKEN }}"),
    "loop": ("ci/github-actions/workflow.yaml", "- <%= path %>", "- docs/**"),
    "missing-script": ("ci/github-actions/steps/script.yaml", "sh <%= step.script | inside %>", "sh k8s/bin/bmup.sh"),
    "service-selects-nothing": (
        "workload/kubernetes/base/service.yaml",
        "app.kubernetes.io/instance: <%= name %>\n  ports",
        "app.kubernetes.io/instance: other\n  ports",
    ),
    "service-port": ("workload/kubernetes/base/service.yaml", "targetPort: <%= known.name %>", "targetPort: web"),
    "probe-port": ("workload/kubernetes/parts/ask.yaml", "port: http", "port: web"),
    "unknown-service-account": (
        "workload/kubernetes/parts/pod.yaml", "serviceAccountName: <%= name %>", "serviceAccountName: other",
    ),
    "unknown-mount": ("workload/kubernetes/parts/limits.yaml", "- name: tmp", "- name: temp"),
    "unknown-claim": (
        "workload/kubernetes/parts/volumes.yaml", "claimName: <%= volume.claim %>", "claimName: other",
        "replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\n",
    ),
    "unknown-config": (
        "workload/kubernetes/parts/envfrom.yaml", "name: <%= config.name %>", "name: other",
        "config: {flags: {values: {A: b}}}\n",
    ),
    "unknown-secret": (
        "workload/kubernetes/base/externalsecret.yaml", "target:\n    name: <%= name %>", "target:\n    name: other",
        "secrets: {URL: {key: shop/db}}\nsecretStore: vault\n",
    ),
    "unknown-secret-file": (
        "workload/kubernetes/parts/env.yaml", "name: <%= secret.secret %>", "name: other",
        "secrets: {URL: {sealed: db}}\n",
    ),
    "scaler-target": (
        "workload/kubernetes/base/horizontalpodautoscaler.yaml", "Deployment\n    name: <%= name %>",
        "Deployment\n    name: other", "replicas: {max: 4}\n",
    ),
    "route-backend": (
        "workload/kubernetes/base/route.yaml", "kind: Service\n          name: <%= name %>",
        "kind: Service\n          name: other", "expose: {type: http-route, host: a.example.com, gateway: g}\n",
    ),
    "route-port": (
        "workload/kubernetes/parts/ingress.yaml", "name: <%= app.ports[0].name %>", "name: other",
        "expose: {type: ingress, host: a.example.com}\n",
    ),
    "missing-config-file": (
        "workload/kubernetes/base/kustomization.yaml", "# Kustomize takes", "# Kustomize never takes",
        "config: {app: {files: [app.yaml], mount: /etc/app}}\n",
    ),
    "undefined-job": ("ci/circleci/invocation.yaml", "- <%= prefix ~ job.id %>:\n", "- other:\n", "ci: circleci\n"),
    "missing-include": ("ci/gitlab-ci/include.yaml", '.yml"', '.yaml"', "ci: gitlab-ci\n"),
    "missing-resource": ("workload/kubernetes/base/kustomization.yaml", "- service.yaml", "- services.yaml"),
    "missing-component": ("workload/kubernetes/overlay/kustomization.yaml", "- image", "- images"),
    "image-not-replaced": ("workload/kubernetes/parts/image.yaml", "image: app-image:", "image: my-image:"),
    "deployment-selects-nothing": (
        "workload/kubernetes/base/deployment.yaml",
        "app.kubernetes.io/instance: <%= name %>\n  template",
        "app.kubernetes.io/instance: other\n  template",
    ),
    "budget-selects-nothing": (
        "workload/kubernetes/base/poddisruptionbudget.yaml",
        "matchLabels:\n      app.kubernetes.io/name: <%= name %>",
        "matchLabels:\n      app.kubernetes.io/name: other",
    ),
    "policy-selects-nothing": (
        "workload/kubernetes/base/networkpolicy.yaml",
        "matchLabels:\n      app.kubernetes.io/name: <%= name %>",
        "matchLabels:\n      app.kubernetes.io/name: other",
    ),
    "application-path": ("gitops/argocd/parts/spec.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'"),
    "application-project": ("gitops/argocd/parts/spec.yaml", "project: <%= name %>", "project: default"),
    "application-source": (
        "gitops/argocd/parts/spec.yaml", "repoURL: <%= config.repository.url %>", "repoURL: https://x.example.com/a/b",
    ),
    "application-namespace": (
        "gitops/argocd/application.yaml", "namespace: <%= environment.namespace %>", "namespace: other",
    ),
    "applicationset-path": (
        "gitops/argocd/parts/spec.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'", MANY_CLUSTERS,
    ),
    "applicationset-project": (
        "gitops/argocd/parts/spec.yaml", "project: <%= name %>", "project: default", MANY_CLUSTERS,
    ),
    "flux-path": ("gitops/flux/parts/apply.yaml", "config.prefix ~ environment.overlay", "'k8s/overlay'", FLUX),
    "flux-source": (
        "gitops/flux/parts/apply.yaml", 'name: <%= name ~ "-" ~ environment.name %>', "name: other", FLUX,
    ),
    "flux-depends": (
        "gitops/flux/sync.yaml", '~ "-migrate" %>', '~ "-x-migrate" %>', f"{FLUX}migration: [node, migrate.js]\n",
    ),
    "flux-policy": (
        "gitops/flux/images.yaml", '  imageRepositoryRef:\n    name: <%= name ~ "-" ~ environment.name %>',
        "  imageRepositoryRef:\n    name: other", FLUX_IMAGES,
    ),
    "flux-automation-source": (
        "gitops/flux/automation.yaml", 'kind: GitRepository\n    name: <%= name ~ "-" ~ environment.name %>',
        "kind: GitRepository\n    name: other", FLUX_IMAGES,
    ),
    "flux-automation-path": ("gitops/flux/automation.yaml", '~ "/image"', '~ "/images"', FLUX_IMAGES),
    "flux-provider": (
        "gitops/flux/notify.yaml", 'providerRef:\n    name: <%= name ~ "-" ~ environment.name %>',
        "providerRef:\n    name: other", "gitops: {operator: flux, notify: {service: slack, secret: slack-url}}\n",
    ),
}  # fmt: skip
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("code", sorted(DANGLING))
def test_a_reference_that_an_override_leaves_dangling_is_refused(tmp_path: Path, code: str) -> None:
    name, old, new, *more = DANGLING[code]
    built_in = (TEMPLATES / name).read_text()
    assert old in built_in
    spec = "".join([SMALLEST, *more])
    write_tree(tmp_path, {"gitopsgen.yaml": spec, f"{OVERRIDES}/{name}": built_in.replace(old, new)})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err, ran.err
    assert "{'" not in ran.err, "a mapping is shown as YAML has it"


def test_every_reference_rule_of_the_packs_is_seen_to_fail() -> None:
    codes = {
        rule["code"]
        for path in TEMPLATES.glob("*/*/pack.yaml")
        for rule in yaml.safe_load(path.read_text()).get("references", [])
        if rule.get("severity", "error") == "error"
    }
    # What a spec alone can break: tests/runtimes has it.
    assert codes - {"yarn-too-old"} == set(DANGLING)


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
STEPS = ("checkout", "setup-runtime", "test", "script")


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


LINKS = {
    "a file": ("runtime/node/gitignore", "secret.txt"),
    "a file below a pack": ("runtime/node/parts/x", "secret.txt"),
    "a folder": ("runtime/node", "folder"),
    "the templates": ("", "folder"),
    "the folder of ours": ("..", "folder"),
}


@pytest.mark.parametrize("case", sorted(LINKS))
@pytest.mark.parametrize("words", [["generate"], ["check", "--full"]], ids=" ".join)
def test_a_link_among_the_templates_is_never_followed(tmp_path: Path, case: str, words: list[str]) -> None:
    """A committed link would bring a file of the person who generates into the repository."""
    name, target = LINKS[case]
    outside = write_tree(tmp_path / "outside", {"secret.txt": "S3CRET\n", "folder/templates/runtime/x": "S3CRET\n"})
    root = write_tree(tmp_path / "root", {"gitopsgen.yaml": SMALLEST})
    link = Path(os.path.normpath(root / OVERRIDES / name))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(outside / target)
    ran = run(*words, cwd=root)
    assert ran.code == 3, ran
    assert "override.link" in ran.err
    assert "S3CRET" not in "".join(
        path.read_text() for path in root.rglob("*") if not path.is_symlink() and path.is_file()
    )
    assert not (root / "Dockerfile").exists()


OWN = """\
kind: ci
name: mine
title: Mine
summary: a CI of the test's own
"""


def own_pack(root: Path, rest: str, **templates: str) -> Path:
    """Lay out a repository whose CI is a pack of its own; it has nothing but what `rest` says."""
    folder = f"{OVERRIDES}/ci/mine"
    steps = {f"{folder}/steps/{kind}.yaml": "- a\n" for kind in STEPS}
    texts = {f"{folder}/{name}": text for name, text in templates.items()}
    spec = {"gitopsgen.yaml": SMALLEST + "ci: mine\n", f"{folder}/pack.yaml": OWN + rest}
    return write_tree(root, {**steps, **texts, **spec})


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


SCRIPTS = {
    "syntax": ("if then (\n", 5, ":1:1: output.not-shell"),
    "later line": ("#!/bin/sh\ntrue\nfor x in a; do\n", 5, "output.not-shell"),
    "right": ("#!/bin/sh\necho fine\n", 0, ""),
}


@pytest.mark.parametrize("case", sorted(SCRIPTS))
def test_a_script_of_an_override_is_read_by_a_shell(tmp_path: Path, case: str) -> None:
    text, code, words = SCRIPTS[case]
    root = write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": text})
    ran = run("generate", cwd=root)
    assert ran.code == code, ran
    assert words in ran.err, ran.err


def test_a_script_is_only_read_never_run(tmp_path: Path) -> None:
    script = f"touch {tmp_path}/ran\n"
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": script})
    assert run("generate", cwd=tmp_path).code == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "extends", ['<%- extends "built-in" -%>', "<%\textends 'built-in' %>", '<%extends "built-in"%>']
)
def test_every_spelling_of_extends_is_seen(tmp_path: Path, extends: str) -> None:
    override = f"{OVERRIDES}/runtime/node/Dockerfile"
    write_tree(
        tmp_path, {"gitopsgen.yaml": SMALLEST, override: f"{extends}\n<%\tblock\textra -%>\nRUN a\n<%endblock%>\n"}
    )
    assert run("generate", cwd=tmp_path).code == 0
    assert "RUN a\n" in (tmp_path / "Dockerfile").read_text()
    write_tree(tmp_path, {override: f"{extends}\n<%\tblock\texrta %>\nRUN a\n<%endblock%>\n"})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 3
    assert "override.unknown-block" in ran.err


def test_what_an_extending_template_may_hold_beside_blocks(tmp_path: Path) -> None:
    override = (
        '<% extends "built-in" %>\n<%# a comment %>\n<% set folder = "/app/cache" %>\n'
        "<% macro make(path) %>RUN mkdir -p <%= path %>\n<% endmacro %>\n"
        "<% block extra %>\nRUN mkdir -p <%= folder %>\n<% endblock %>\n"
    )
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/Dockerfile": override})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "RUN mkdir -p /app/cache\n" in (tmp_path / "Dockerfile").read_text()


def test_a_mistake_in_a_block_is_told_in_the_template_that_holds_it(tmp_path: Path) -> None:
    override = '<% extends "built-in" %>\n<% block extra %>\nRUN <%= nothing %>\n<% endblock %>\n'
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/Dockerfile": override})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5
    assert f"{OVERRIDES}/runtime/node/Dockerfile:3:1: template.undefined" in ran.err


def generated(root: Path, text: str, literal: str, **environment: str) -> str:
    """Generate with a pack that writes one constant, and return what was written."""
    entry = f"{{path: a, template: plain, language: lines, literals: {{'@@': {literal}}}}}"
    own_pack(root, f"files: [{entry}]\n", plain=text)
    words = [sys.executable, "-m", "gitopsgen", "generate"]
    done = subprocess.run(
        words, cwd=root, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return (root / "a").read_text()


def test_a_changed_literal_counts_whatever_was_compiled_before(tmp_path: Path) -> None:
    cache, text = {"XDG_CACHE_HOME": str(tmp_path / "cache")}, '<%= "a@@b" %>\n'
    assert generated(tmp_path / "root", text, "AAA", **cache) == "aAAAb\n"
    assert list((tmp_path / "cache").rglob("*.cache"))
    assert generated(tmp_path / "root", text, "BBB", **cache) == "aBBBb\n"


@pytest.mark.parametrize("base", ["relative/cache", "", "INSIDE"])
def test_compiled_templates_never_get_into_the_repository(tmp_path: Path, base: str) -> None:
    root = tmp_path / "root"
    home = str(root / "home") if base == "INSIDE" else ""
    named = str(root / "cache") if base == "INSIDE" else base
    assert generated(root, "x\n", "A", XDG_CACHE_HOME=named, HOME=home or str(tmp_path / "home")) == "x\n"
    assert not [path for path in root.rglob("*") if path.suffix == ".cache" or path.name in ("~", "relative", "cache")]


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


def test_a_template_nested_too_deep_is_told(tmp_path: Path) -> None:
    deep = "<%= " + "(" * 20_000 + "1" + ")" * 20_000 + " %>\n"
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/runtime/node/gitignore": deep})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 3, ran
    assert "nested too deep" in ran.err


def test_a_script_that_no_shell_could_read_is_a_warning(tmp_path: Path) -> None:
    script = {f"{OVERRIDES}/workload/kubernetes/bin/bump.sh": "#!/bin/sh\n"}
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **script})
    words = [sys.executable, "-m", "gitopsgen", "generate"]
    nowhere = {**os.environ, "PATH": str(tmp_path / "nowhere")}
    done = subprocess.run(words, cwd=tmp_path, env=nowhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "bump.sh: warning: output.not-shell" in done.stderr


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
