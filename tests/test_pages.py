"""The page of a system says what its pack says, and what the command line prints for a sample of it."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue, Pack
from gitopsgen.report.steps import guide_text
from tests.test_docs import blocks
from tests.trees import CLUSTER, OVERRIDES, SMALLEST, Ran, read_tree, run, write_tree

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"ci": "ci", "gitops": "operators", "cluster": "clusters", "registry": "registries"}
PACKS = [pack for kind in FOLDERS for pack in Catalogue((BUILT_IN,)).all(kind)]
OWN = ROOT / "tests/ci/woodpecker"


def page_of(pack: Pack) -> str:
    return (ROOT / "docs" / FOLDERS[pack.kind] / f"{pack.name}.md").read_text(encoding="utf-8")


def pages(*words: str) -> Ran:
    command = [sys.executable, str(ROOT / "tools/pages.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack.id)
def test_a_page_leaves_out_nothing_that_its_pack_says(pack: Pack) -> None:
    """Fields, credentials, reasons, limits, farewell and pins, as the manifest has them."""
    page = " ".join(page_of(pack).replace("\\", "").split())
    manifest = pack.manifest
    ways = [*manifest.get("login", {}).get("access", []), *manifest.get("git", {}).get("access", [])]
    said = [manifest["summary"], *(f"`{name}`" for name in manifest.get("fields", {}))]
    said += [default["because"] for default in manifest.get("defaults", {}).values()]
    said += [*manifest.get("about", []), *manifest.get("limits", []), manifest.get("farewell", "")]
    said += [
        credential[key] for way in ways for credential in way.get("credentials", []) for key in ("name", "purpose")
    ]
    said += [way["because"] for way in ways if way.get("because")]
    oidc = manifest.get("offers", {}).get("oidc", {})
    said += [
        subject[key]
        for subject in [*oidc.get("subjects", []), *oidc.get("previews", []), *oidc.get("workspace", [])]
        for key in subject
    ]
    said += [file["path"].rpartition("/")[2].rpartition(">")[2] for file in manifest.get("files", [])]
    previews = manifest.get("offers", {}).get("previews", "")
    said += [*manifest.get("offers", {}).get("without", {}).values()]
    said += [*previews.values()] if isinstance(previews, dict) else [previews]
    said += [action["tag"] for action in manifest.get("data", {}).get("actions", {}).values()]
    missing = [text for text in said if " ".join(text.split()).replace("\\", "") not in page]
    assert not missing


@pytest.mark.parametrize("kind", FOLDERS)
def test_the_set_up_of_a_page_is_what_the_command_line_prints(tmp_path: Path, kind: str) -> None:
    """Titles and commands, for a spec that says what the page shows."""
    page = page_of(next(pack for pack in PACKS if pack.kind == kind))
    [chosen] = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    data = yaml.safe_load(SMALLEST.replace("storefront", "shop")) | yaml.safe_load(CLUSTER) | yaml.safe_load(chosen)
    data["mode"] = "push" if kind in ("ci", "cluster") else "pull"
    if kind == "ci":
        data["environments"] = {"staging": {"namespace": "shop-staging"}, "production": {}}
    if data["mode"] == "pull":
        del data["cluster"]
    spec = yaml.safe_dump(data, sort_keys=False)
    write_tree(tmp_path, {"gitopsgen.yaml": spec, "package.json": "{}", "package-lock.json": "{}"})
    ran = run("setup", cwd=tmp_path)
    assert ran.code == 0, ran.err
    told = page.partition("## Set-up")[2].split("What `gitopsgen setup` prints")[1]
    said = re.findall(r"^\d+\. \*\*(.*)\*\*", told, re.MULTILINE)
    said += [line.strip() for block in re.findall(r"```sh\n(.*?)```", told, re.DOTALL) for line in block.splitlines()]
    assert len(said) > 4
    assert [text for text in said if text and text not in ran.out] == []


def test_every_system_is_in_the_index_and_in_the_readme() -> None:
    index, readme = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/systems.md", "README.md"))
    for pack in PACKS:
        link = f"({FOLDERS[pack.kind]}/{pack.name}.md)"
        assert link in index and link.replace("(", "(docs/") in readme, pack.id


def test_a_pack_of_ones_own_gets_a_page_too_which_is_told_when_it_is_stale(tmp_path: Path) -> None:
    shutil.copytree(OWN, tmp_path / OVERRIDES / "ci/woodpecker")
    manifest = tmp_path / OVERRIDES / "ci/woodpecker/pack.yaml"
    told = "about: [A step for each job.]\nlimits: [It is here for a test.]\n"
    manifest.write_text(manifest.read_text(encoding="utf-8") + told, encoding="utf-8")
    assert pages("--of", str(tmp_path)).code == 0
    assert set(read_tree(tmp_path / "docs")) == {"systems.md", "ci/woodpecker.md"}
    page = read_tree(tmp_path / "docs")["ci/woodpecker.md"]
    assert "- A step for each job." in page and "- It is here for a test." in page
    assert "| `.woodpecker.yaml` | always | ours |" in page and "| `DEPLOY_TOKEN` | secret | pushes |" in page
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("a test", "tests"), encoding="utf-8")
    ran = pages("--of", str(tmp_path), "--check")
    assert ran.code == 1 and ran.out == f"{tmp_path}/docs/ci/woodpecker.md is stale\n"


def test_the_page_about_modes_names_who_makes_previews() -> None:
    """In the sentence of a mode that says who does, or in the one that says who is refused."""
    text = (ROOT / "docs/push-or-pull.md").read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith("| previews of pull requests |")]
    cells = dict(zip(("push", "pull"), row.split(" | ")[1:3], strict=True))
    for pack in [pack for pack in PACKS if pack.kind in ("ci", "gitops")]:
        refused = pack.get("offers", {}).get("previews", {})
        for mode in ("push", "pull") if pack.kind == "ci" else ("pull",):
            is_refused = mode in refused if isinstance(refused, dict) else bool(refused)
            named = [part for part in cells[mode].split(".") if str(pack.manifest["title"]) in part]
            assert {"refused" in part for part in named} == {is_refused}, (pack.id, mode)


def test_the_guide_is_the_one_that_init_shows() -> None:
    assert blocks("docs/push-or-pull.md", "text") == [guide_text()]


def test_the_mode_changes_by_one_line_both_ways(tmp_path: Path) -> None:
    """As docs/push-or-pull.md says: the namespace alone differs, and what is left behind is named."""
    spec = blocks("docs/push-or-pull.md", "yaml")[0]
    write_tree(tmp_path, {"gitopsgen.yaml": spec, "package.json": "{}", "package-lock.json": "{}"})
    assert run("generate", cwd=tmp_path).code == 0
    pushed = read_tree(tmp_path)
    write_tree(tmp_path, {"gitopsgen.yaml": spec.replace("mode: push", "mode: pull")})
    assert run("generate", cwd=tmp_path).code == 0
    pulled = read_tree(tmp_path)
    manifests = {path for path in pushed if path.startswith(("k8s/base", "k8s/overlays"))}
    overlay = "k8s/overlays/production"
    changed = {path for path in manifests if pushed[path] != pulled[path]}
    assert changed == {f"{overlay}/kustomization.yaml", f"{overlay}/namespace.yaml"}
    kustomization = pulled[f"{overlay}/kustomization.yaml"]
    assert kustomization.replace("  - namespace.yaml\n", "") == pushed[f"{overlay}/kustomization.yaml"]
    assert "argocd/application-production.yaml" in pulled and "k8s/bin/deploy.sh" not in pulled
    setup = run("setup", cwd=tmp_path).out
    assert 0 < setup.index("wait for its end") < setup.index("Hand the app over")
    write_tree(tmp_path, {"gitopsgen.yaml": spec})
    back = run("generate", cwd=tmp_path)
    assert back.code == 0 and "kubectl delete applications.argoproj.io" in back.err
    assert read_tree(tmp_path) == pushed
