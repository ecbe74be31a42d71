"""What people do with gitopsgen over the years, as file trees, through the command line."""

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.terminal import talk
from tests.trees import PUSH, SMALLEST, read_tree, run, write_tree

PULL_ANSWERS = ("--yes", "--mode", "pull", "--image", "docker.io/acme/storefront")
REPOSITORY = ("--set", "repository=https://github.com/acme/storefront.git")
PUSH_ANSWERS = (
    *("--yes", "--mode", "push", "--image", "docker.io/acme/storefront", "--cluster", "aks"),
    *("--set", "cluster.resourceGroup=rg", "--set", "cluster.name=prod"),
)


@pytest.fixture
def pull(tmp_path: Path) -> Path:
    files = dict.fromkeys(("package.json", "package-lock.json", "app.js"), "{}\n")
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST, **files})
    assert run("generate", cwd=tmp_path).code == 0
    return tmp_path


@pytest.mark.parametrize("answers", [PULL_ANSWERS, PUSH_ANSWERS], ids=["pull", "push"])
def test_init_writes_a_repository_that_check_agrees_with(tmp_path: Path, answers: tuple[str, ...]) -> None:
    ran = run("init", "shop", "--example", "express", *answers, *REPOSITORY, cwd=tmp_path)
    assert ran.code == 0, ran.err
    spec = (tmp_path / "shop/gitopsgen.yaml").read_text()
    assert spec.startswith("# yaml-language-server: $schema=.gitopsgen/schema.json\n")
    assert yaml.safe_load(spec)["runtime"]["start"] == ["node", "app.js"]
    assert "Next steps" in ran.out
    assert run("-C", "shop", "check", "--full", cwd=tmp_path) == (0, "gitopsgen: nothing to do\n", "")


def test_six_lines_are_enough(tmp_path: Path) -> None:
    six = "".join(line for line in SMALLEST.splitlines(True) if not line.startswith("repository"))
    assert six.count("\n") == 6
    write_tree(tmp_path, {"gitopsgen.yaml": six, "package.json": "{}", "package-lock.json": "{}"})
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0
    assert "rule.repository-guessed" in ran.err, "a guess is said"


def test_init_names_every_answer_that_it_still_needs(tmp_path: Path) -> None:
    ran = run("init", "--yes", cwd=tmp_path)
    assert ran.code == 2
    for flag in ("--mode", "--image", "--runtime", "--port"):
        assert flag in ran.err
    assert read_tree(tmp_path) == {}
    ran = run("init", "--yes", "--mode", "push", "--image", "docker.io/a/b", "--cluster", "aks", cwd=tmp_path)
    assert "--set cluster.resourceGroup=VALUE" in ran.err


def test_init_never_overwrites(tmp_path: Path) -> None:
    mine = {"Dockerfile": "FROM scratch\n", ".gitignore": "mine\n"}
    write_tree(tmp_path, {**mine, "package.json": '{"name": "shop"}', "package-lock.json": "{}"})
    before = read_tree(tmp_path)
    answers = (*PULL_ANSWERS, *REPOSITORY, "--runtime", "node", "--port", "3000", "--start", "node app.js")
    ran = run("init", *answers, cwd=tmp_path)
    assert ran.code == 4
    assert "foreign Dockerfile" in ran.err and "-FROM scratch" in ran.err and "`gitopsgen init --adopt`" in ran.err
    assert read_tree(tmp_path) == before
    ran = run("init", *answers, "--take", "Dockerfile", cwd=tmp_path)
    assert ran.code == 0, ran.err
    after = read_tree(tmp_path)
    assert after[".gitopsgen/kept/Dockerfile"] == "FROM scratch\n"
    assert after[".gitignore"].startswith("mine\n") and "node_modules/" in after[".gitignore"]
    assert run("init", *answers, cwd=tmp_path).code == 2, "there is a spec already"


def test_init_asks_on_a_terminal(tmp_path: Path) -> None:
    """A person answers, or takes what is offered."""
    write_tree(
        tmp_path, {"package.json": '{"name": "shop", "main": "app.js"}', "package-lock.json": "{}", "app.js": ""}
    )
    screen = talk(
        ["init"], tmp_path, ["pull", "My Image", "docker.io/acme/shop", "https://github.com/acme/shop.git", "", "/up"]
    )
    assert "push: CI deploys with kubectl. Choose it" in screen
    assert "It must be a registry host and a path" in screen, "a bad answer is asked again"
    spec = yaml.safe_load((tmp_path / "gitopsgen.yaml").read_text())
    assert (spec["mode"], spec["image"], spec["port"], spec["health"]) == ("pull", "docker.io/acme/shop", 8080, "/up")


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


def test_setup_lists_exactly_the_credentials_that_the_workflow_uses(tmp_path: Path) -> None:
    import re

    for name, spec in (("pull", SMALLEST), ("push", PUSH)):
        root = write_tree(tmp_path / name, {"gitopsgen.yaml": spec})
        run("generate", cwd=root)
        used = set(re.findall(r"\b(?:secrets|vars)\.(\w+)", (root / ".github/workflows/storefront.yaml").read_text()))
        steps = run("setup", cwd=root).out
        assert used == set(re.findall(r"gh (?:secret|variable) set (\w+) ", steps))


def test_colour_only_on_a_terminal(pull: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tree(pull, {"gitopsgen.yaml": SMALLEST + "replicas: 3\n"})
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" not in run("check", cwd=pull).out
    assert "\x1b[33mupdate" in talk(["check"], pull, [], code=1)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in talk(["check"], pull, [], code=1)


def test_init_below_the_root_of_a_repository_says_what_that_means(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    ran = run("init", "api", "--example", "express", *PULL_ANSWERS, cwd=tmp_path)
    assert ran.code == 0
    assert f"is a folder of the repository {tmp_path}" in ran.err


def test_a_comment_in_the_spec_changes_the_lock_alone(pull: Path) -> None:
    write_tree(pull, {"gitopsgen.yaml": f"# ours\n{SMALLEST}"})
    ran = run("check", cwd=pull)
    assert ran.code == 1 and ran.out.startswith("update  gitopsgen.lock: inputs or outputs changed\n")
    assert run("generate", cwd=pull).code == 0
    assert run("check", cwd=pull).code == 0


@pytest.mark.parametrize("setting", ["runtime=5", "mode=[push]", "replicas=1.5", "runtime=null", "nonsense", "a.b=1"])
def test_a_wrong_setting_is_told_and_leaves_nothing(tmp_path: Path, setting: str) -> None:
    ran = run("init", "shop", "--example", "express", *PULL_ANSWERS, "--set", setting, cwd=tmp_path)
    assert ran.code in (2, 3), ran
    assert "bug" not in ran.err
    assert read_tree(tmp_path) == {} and not (tmp_path / "shop").exists()


def test_settings_are_read_like_the_spec(tmp_path: Path) -> None:
    settings = ("runtime=node", "env.RATE=1.5", "runtime.version=22", "replicas=3", "expose=load-balancer")
    words = [word for setting in settings for word in ("--set", setting)]
    ran = run("init", "shop", "--example", "express", *PULL_ANSWERS, *words, cwd=tmp_path)
    assert ran.code == 0, ran.err
    assert "rule.repository-guessed" in ran.err, "init shows warnings too"
    spec = yaml.safe_load((tmp_path / "shop/gitopsgen.yaml").read_text())
    assert (spec["env"], spec["runtime"]["version"], spec["replicas"]) == ({"RATE": "1.5"}, "22", 3)
    assert spec["runtime"]["start"] == ["node", "app.js"], "what was detected stays"


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
