"""What people do with gitopsgen over the years, as file trees, through the command line."""

import subprocess
from pathlib import Path

import pytest

from tests.trees import PUSH, SMALLEST, read_tree, run, write_tree


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    files = dict.fromkeys(("package.json", "package-lock.json", "app.js"), "{}\n")
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **files})
    assert run("generate", cwd=tmp_path).code == 0
    return tmp_path


def test_a_changed_spec_changes_only_what_follows_from_it(pull: Path) -> None:
    before = read_tree(pull)
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
    diff = run("diff", cwd=pull)
    assert diff.code == 1 and "+  replicas: 3" in diff.out
    assert run("check", cwd=pull).code == 1
    assert run("generate", cwd=pull).code == 0
    after = read_tree(pull)
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"gitopsgen.yaml", "gitopsgen.lock", "k8s/base/deployment.yaml"}
    assert run("diff", cwd=pull) == (0, "", "")


def test_diff_is_exactly_what_generate_does(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": PUSH})
    copy = pull / "../copy"
    subprocess.run(["cp", "-r", pull, copy], check=True)
    diff = run("diff", cwd=pull)
    assert run("generate", cwd=pull).code == 0
    subprocess.run(["git", "init", "-q"], cwd=copy, check=True)
    subprocess.run(["git", "apply", "-"], cwd=copy, input=diff.out, text=True, check=True)
    ours, theirs = read_tree(pull), read_tree(copy)
    assert ours == theirs
    modes = {name: (pull / name).stat().st_mode & 0o100 for name in ours}
    assert modes == {name: (copy / name).stat().st_mode & 0o100 for name in ours}


def test_pull_to_push_is_one_line_and_what_is_obsolete_goes(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": PUSH})
    assert run("generate", cwd=pull).code == 0
    after = read_tree(pull)
    assert not [name for name in after if name.startswith("argocd/") or name.endswith("bump.sh")]
    assert not (pull / "argocd").exists(), "empty folders go too"
    assert "k8s/bin/deploy.sh" in after
    assert run("check", cwd=pull).code == 0


def test_ci_owns_the_image_and_no_regenerate_touches_it(pull: Path) -> None:
    image = "k8s/overlays/production/image/kustomization.yaml"
    write_tree(pull, {image: "---\n# revision: 1\nkind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"})
    recorded = (pull / image).read_bytes()
    assert run("check", cwd=pull).code == 0
    for spec in (SMALLEST + "replicas: 4\n", PUSH, SMALLEST.replace("acme/storefront\n", "acme/other\n", 1), SMALLEST):
        write_tree(pull, {"gitopsgen.yaml": spec})
        assert run("generate", cwd=pull).code == 0
        assert (pull / image).read_bytes() == recorded


@pytest.mark.parametrize(
    ("name", "text", "verdict"),
    [("Dockerfile", "FROM mine\n", "edited"), ("k8s/base/service.yaml", None, "gone")],
)
def test_what_a_person_did_stops_the_whole_run(pull: Path, name: str, text: str | None, verdict: str) -> None:
    if text is None:
        (pull / name).unlink()
    else:
        write_tree(pull, {name: text})
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
    before = read_tree(pull)
    for command in ("check", "generate", "diff"):
        ran = run(command, cwd=pull)
        assert ran.code == 4
        assert f"{verdict:7} {name}" in ran.err
    assert f"--take {name}" in run("generate", cwd=pull).err
    assert read_tree(pull) == before
    assert run("generate", "--take", name, cwd=pull).code == 0
    after = read_tree(pull)
    assert after.get(f".gitopsgen/kept/{name}") == text
    assert run("check", cwd=pull).code == 0
    write_tree(pull, {"gitopsgen.yaml": SMALLEST})
    assert run("generate", cwd=pull).code == 0
    assert not (pull / ".gitopsgen/kept").exists(), "kept until the next clean run"


def test_setup_lists_exactly_the_credentials_that_the_workflow_uses(tmp_path: Path) -> None:
    import re

    for name, spec in (("pull", SMALLEST), ("push", PUSH)):
        root = write_tree(tmp_path / name, {"gitopsgen.yaml": spec})
        run("generate", cwd=root)
        used = set(re.findall(r"\b(?:secrets|vars)\.(\w+)", (root / ".github/workflows/storefront.yaml").read_text()))
        steps = run("setup", cwd=root).out
        assert used == set(re.findall(r"gh (?:secret|variable) set (\w+) ", steps))


def test_a_comment_in_the_spec_changes_the_lock_alone(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": f"# ours\n{SMALLEST}"})
    ran = run("check", cwd=pull)
    assert ran.code == 1 and ran.out.startswith("update  gitopsgen.lock: inputs or outputs changed\n")
    assert run("generate", cwd=pull).code == 0
    assert run("check", cwd=pull).code == 0


def test_in_pull_mode_the_operator_comes_after_the_first_image(pull: Path) -> None:
    """An app that push mode runs already must not be scaled to the nothing that the first image file asks for."""
    steps = run("setup", cwd=pull).out
    assert steps.index("Watch the first run") < steps.index("Hand the app over to Argo CD")


IMAGE_FILE = "k8s/overlays/production/image/kustomization.yaml"
RECORDED = """\
---
# revision: 1111111111111111111111111111111111111111
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
images:
  - name: app-image
    newName: "docker.io/acme/storefront"
    newTag: "sha-1"
    digest: sha256:1111111111111111111111111111111111111111111111111111111111111111
"""


def test_what_was_never_touched_follows_the_spec(pull: Path) -> None:
    """Before the first build the image file is our stand-in still, and names the Deployment."""
    write_tree(pull, {"gitopsgen.yaml": SMALLEST.replace("storefront", "shelf")})
    assert run("generate", cwd=pull).code == 0
    text = (pull / IMAGE_FILE).read_text()
    assert "name: shelf" in text and "storefront" not in text


@pytest.mark.parametrize(
    "change",
    ["manifests: deploy\n", "environments: {staging: {}}\n", "manifests: deploy\nenvironments: {staging: {}}\n"],
)
def test_a_moved_overlay_takes_the_deployed_image_along(pull: Path, change: str) -> None:
    write_tree(pull, {IMAGE_FILE: RECORDED, "gitopsgen.yaml": SMALLEST + change})
    assert run("generate", cwd=pull).code == 0
    moved = [name for name, text in read_tree(pull).items() if text == RECORDED and name != IMAGE_FILE]
    assert len(moved) == 1
    assert run("check", cwd=pull).code == 0


def test_a_deleted_image_file_is_not_passed_over(pull: Path) -> None:
    (pull / IMAGE_FILE).unlink()
    for command in ("check", "generate"):
        ran = run(command, cwd=pull)
        assert ran.code == 5
        assert "output.missing-component" in ran.err and "--take" in ran.err
    assert run("generate", "--take", IMAGE_FILE, cwd=pull).code == 0
    assert run("check", "--full", cwd=pull).code == 0


def test_leaving_an_operator_says_what_stays_in_the_cluster(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": PUSH})
    ran = run("generate", cwd=pull)
    assert ran.code == 0
    assert "pack.left-behind" in ran.err and "kubectl delete applications.argoproj.io" in ran.err


def test_a_file_that_outputs_refer_to_is_missed_when_it_goes(pull: Path) -> None:
    (pull / "package-lock.json").unlink()
    ran = run("generate", cwd=pull)
    assert "runtime.missing-package-file" in ran.err and ran.code == 0


def test_a_refused_run_does_not_claim_to_have_written(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
    ran = run("generate", "--take", "nosuch", cwd=pull)
    assert ran.code == 4 and "1 to update" not in ran.out
    assert "updated" not in ran.out + ran.err
