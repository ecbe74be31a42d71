"""A repository bends the built-in templates: replaced, filled by block, extended by packs of its own."""

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


DANGLING = {
    "unknown-job": ("ci/github-actions/job.yaml", "needs: <%= job.needs %>", "needs: [tset]"),
    "unknown-job-output": ("ci/github-actions/steps/bump.yaml", "needs.build.outputs", "needs.image.outputs"),
    "unlisted-credential": ("ci/github-actions/steps/bump.yaml", "${{ github.token }}", "${{ secrets.MY_TOKEN }}"),
    "loop": ("ci/github-actions/workflow.yaml", "- <%= path %>", "- docs/**"),
    "missing-script": ("ci/github-actions/steps/bump.yaml", "/bin/bump.sh", "/bin/bmup.sh"),
    "service-selects-nothing": (
        "workload/kubernetes/base/service.yaml",
        "app.kubernetes.io/instance: <%= name %>\n  ports",
        "app.kubernetes.io/instance: other\n  ports",
    ),
    "service-port": ("workload/kubernetes/base/service.yaml", "targetPort: http", "targetPort: web"),
    "probe-port": ("workload/kubernetes/base/deployment.yaml", "port: http\n            periodSeconds: 2",
        "port: web\n            periodSeconds: 2"),
    "unknown-service-account": (
        "workload/kubernetes/base/deployment.yaml", "serviceAccountName: <%= name %>", "serviceAccountName: other",
    ),
    "unknown-mount": ("workload/kubernetes/base/deployment.yaml",
        "- name: tmp\n              mountPath",
        "- name: temp\n              mountPath",
    ),
    "missing-resource": ("workload/kubernetes/base/kustomization.yaml", "- service.yaml", "- services.yaml"),
    "missing-component": ("workload/kubernetes/overlay/kustomization.yaml", "- image", "- images"),
    "image-not-replaced": ("workload/kubernetes/base/deployment.yaml", "image: app-image:", "image: my-image:"),
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
    "application-path": ("gitops/argocd/application.yaml", "path: <%= environments[0].overlay %>", "path: k8s/overlay"),
    "application-project": ("gitops/argocd/application.yaml", "project: <%= name %>", "project: default"),
    "application-source": ("gitops/argocd/application.yaml", "repoURL: <%= repository.url %>", "repoURL: https://x.example.com/a/b"),
    "application-namespace": (
        "gitops/argocd/appproject.yaml",
        "      namespace: <%= environments[0].namespace %>",
        "      namespace: other",
    ),
}  # fmt: skip
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.mark.parametrize("code", sorted(DANGLING))
def test_a_reference_that_an_override_leaves_dangling_is_refused(tmp_path: Path, code: str) -> None:
    name, old, new = DANGLING[code]
    built_in = (TEMPLATES / name).read_text()
    assert old in built_in
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, f"{OVERRIDES}/{name}": built_in.replace(old, new)})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err, ran.err


def test_every_reference_rule_of_the_packs_is_seen_to_fail() -> None:
    codes = {
        rule["code"]
        for path in TEMPLATES.glob("*/*/pack.yaml")
        for rule in yaml.safe_load(path.read_text()).get("references", [])
        if rule.get("severity", "error") == "error"
    }
    assert codes == set(DANGLING)


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
STEPS = ("checkout", "setup-runtime", "test", "registry-login", "build-push", "cluster-login", "deploy", "bump")


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
