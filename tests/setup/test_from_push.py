"""From push to pull: what runs is recorded before an operator looks, and what CI was allowed is taken back."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.trees import SMALLEST, run, write_tree
from tests.workspace.mono import mono, service

from .plans import uncommitted

_TWO = "environments: {staging: {namespace: shop-staging}, production: {namespace: shop}}\n"
_CLUSTERS = {
    "aks": "cluster: {type: aks, resourceGroup: rg, name: prod}\n",
    "eks": "cluster: {type: eks, name: prod, region: eu-west-1}\n",
    "gke": "cluster: {type: gke, project: acme-prod, name: prod, location: europe-west3}\n",
    "kubeconfig": "cluster: kubeconfig\n",
}
_DIGEST = "sha256:" + "a" * 64
# Says what runs, as each cluster would.
_KUBECTL = """\
#!/bin/sh
case "$*" in
  *revision*) printf '%s' "$REVISION_THERE" ;;
  *'?(@.name=="storefront")].image'*) printf '%s' "localhost:5000/acme/storefront:sha-$REVISION_THERE@$DIGEST_THERE" ;;
  *) exit 1 ;;
esac
"""


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    return subprocess.run(
        ["git", *author, *words], cwd=folder, check=True, capture_output=True, text=True
    ).stdout.strip()


def commit(folder: Path) -> str:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "x")
    return git(folder, "rev-parse", "HEAD")


def steps(folder: Path) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = json.loads(run("setup", "--format", "json", cwd=folder).out)["steps"]
    return told


def titles(folder: Path, begin: str) -> list[str]:
    return [step["title"] for step in steps(folder) if step["title"].startswith(begin)]


def from_push(folder: Path, pull: str, push: str = "") -> str:
    """Make a repository that CI delivered from in push mode, let it become another, and return the commit that runs."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    write_tree(folder, {"gitopsgen.yaml": SMALLEST.replace("pull", "push") + (push or _CLUSTERS["aks"] + _TWO)})
    assert run("generate", cwd=folder).code == 0
    assert titles(folder, "Record the image") == []
    revision = commit(folder)
    write_tree(folder, {"gitopsgen.yaml": SMALLEST + pull})
    told = run("generate", cwd=folder)
    assert "warning: images.from-push: " in told.err and "runs in staging, production" in told.err
    return revision


@pytest.mark.parametrize("gitops", ["argocd", "flux"])
def test_what_runs_is_recorded_for_each_environment_before_anything_is_handed_over(tmp_path: Path, gitops: str) -> None:
    shop, bin_ = tmp_path / "shop", tmp_path / "bin"
    revision = from_push(shop, f"gitops: {gitops}\n{_TWO}")
    write_tree(bin_, {"kubectl": _KUBECTL})
    (bin_ / "kubectl").chmod(0o755)
    found = [step["title"] for step in steps(shop)]
    records = [title for title in found if title.startswith("Record the image that runs in ")]
    assert records == ["Record the image that runs in staging", "Record the image that runs in production"]
    assert (
        found.index(records[-1])
        < found.index("Commit and push")
        < found.index(f"Hand the app over to {_OPERATORS[gitops]}, once")
    )
    commands = [command for step in steps(shop) if step["title"] in records for command in step["commands"]]
    env = {**os.environ, "PATH": f"{bin_}:{os.environ['PATH']}", "REVISION_THERE": revision, "DIGEST_THERE": _DIGEST}
    done = subprocess.run(
        ["sh", "-euc", "\n".join(commands)], cwd=shop, env=env, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("staging", "production"):
        image = (shop / f"k8s/overlays/{name}/image/kustomization.yaml").read_text()
        assert (
            f'newName: "localhost:5000/acme/storefront"\n    newTag: "sha-{revision}"\n    digest: {_DIGEST}' in image
        )
        assert "count: 0" not in image, "an operator would stop the app"
    assert run("check", cwd=shop).code == 0
    commit(shop)
    assert titles(shop, "Record the image") == [], "it is done"


def test_an_image_of_an_earlier_time_is_none_that_runs(tmp_path: Path) -> None:
    """In pull mode, then in push mode, then in pull mode again: git knows an image, and CI has deployed others."""
    shop = tmp_path / "shop"
    from_push(shop, _TWO)
    for image in shop.glob("k8s/overlays/*/image/kustomization.yaml"):
        image.write_text(image.read_text().replace("none", "sha-1").replace("0" * 64, "1" * 64))
    commit(shop)
    assert titles(shop, "Record the image") == []
    for spec in (SMALLEST.replace("pull", "push") + _CLUSTERS["aks"] + _TWO, SMALLEST + _TWO):
        write_tree(shop, {"gitopsgen.yaml": spec})
        told = run("generate", cwd=shop).err
        found = titles(shop, "Record the image")
        commit(shop)
    assert "images.from-push" in told and len(found) == 2


_OPERATORS = {"argocd": "Argo CD", "flux": "Flux"}


def test_it_is_recorded_in_the_repository_of_the_manifests_too(tmp_path: Path) -> None:
    shop = tmp_path / "shop"
    from_push(shop, "gitops: {repository: https://git.example.com/acme/config.git}\n" + _TWO)
    (tmp_path / "config").mkdir()
    assert run("generate", "--config-repo", "../config", cwd=shop).code == 0
    told = [
        command for step in steps(shop) if step["title"].startswith("Record the image") for command in step["commands"]
    ]
    assert [one for one in told if one.endswith("sh k8s/bin/set-image.sh ../config/storefront/k8s/overlays/production")]
    assert [one for one in told if one.startswith("git -C ../config commit --all --message 'Record the image")]


@pytest.mark.parametrize("cluster", sorted(_CLUSTERS))
def test_what_ci_was_allowed_is_taken_back_in_the_end(tmp_path: Path, cluster: str) -> None:
    shop = tmp_path / "shop"
    from_push(shop, _CLUSTERS[cluster] + _TWO, push=_CLUSTERS[cluster] + _TWO)
    commit(shop)
    found = steps(shop)
    backs = [step for step in found if step["title"].startswith("Take back what CI was allowed in ")]
    assert [step["title"].rpartition(" ")[2] for step in backs] == ["staging", "production"]
    assert all(step["see"] for step in backs), "no file shows that it is done"
    assert all(any("delete" in command for command in step["commands"]) for step in backs)
    assert any("shop" in command or "eks" in command for command in backs[1]["commands"])
    before = [step["title"] for step in found[: found.index(backs[0])]]
    assert "See that it works" in before


_THREE = ("job", "mail", "shop")
_OTHER = "  gitops: {operator: flux, repository: 'https://github.com/acme/config.git'}\n"


@pytest.mark.parametrize("more", ["", _OTHER, f"{_OTHER}  secrets: {{URL: {{sops: db}}}}\n"])
def test_in_a_workspace_all_is_in_git_before_an_operator_looks(tmp_path: Path, more: str) -> None:
    repo = mono(tmp_path)
    for name in ("job", "mail"):
        for path, text in service(name).items():
            repo.write(path, text)
    repo.delete("services/pay/gitopsgen.yaml")
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: push\n  cluster: kubeconfig\n")
    assert repo.ours("generate").code == 0
    repo.commit()
    repo.edit("gitopsgen.workspace.yaml", "  mode: push\n  cluster: kubeconfig\n", f"  mode: pull\n{more}")
    assert repo.ours("generate").code == 0

    found = steps(repo.root)
    told = [step["title"] for step in found]
    records = [title for title in told if "Record the image" in title]
    assert records == [
        f"{name}: Record the image that runs in {where}" for name in _THREE for where in ("staging", "production")
    ]
    assert told.index(records[-1]) < told.index("Commit and push")
    assert uncommitted(step["commands"] for step in found) == []
    without = [[command for command in step["commands"] if " commit " not in command] for step in found]
    assert uncommitted(without) == (["../config"] if more else ["."]), "the search itself"
    # What makes a step's variables is in the step.
    shop = json.loads(run("setup", "--service", "shop", "--format", "json", cwd=repo.root).out)["steps"]
    assert [step["title"] for step in shop if "Record the image" in step["title"]] == records[-2:]
    assert not [step["title"] for step in shop if step["title"].startswith(("job:", "mail:"))]


def test_git_is_asked_once_for_all_and_no_answer_is_told_as_if_there_were_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, bin_ = tmp_path / "shop", tmp_path / "bin"
    from_push(shop, _TWO)
    asked = tmp_path / "asked"
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
    write_tree(bin_, {"git": f'#!/bin/sh\necho "$*" >>{asked}\nexec {real} "$@"\n'})
    (bin_ / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    assert len(titles(shop, "Record the image")) == 2
    assert asked.read_text().count(" log ") == 1

    monkeypatch.setenv("PATH", str(tmp_path))
    assert len(titles(shop, "Record the image")) == 2


@pytest.mark.parametrize("mode", ["push", "pull"])
def test_a_spec_may_say_for_both_modes_where_all_runs(tmp_path: Path, mode: str) -> None:
    """Then a change of mode is one line; each takes its own words, and none of the other is warned of."""
    aks = "{type: aks, resourceGroup: rg, name: %s}"
    places = (
        f"cluster: {aks % 'prod'}\n"
        f"environments: {{staging: {{namespace: a, cluster: {aks % 'test'}, gitops: {{clusterName: test}}}}, "
        f"production: {{namespace: b, gitops: {{clusterName: prod}}}}}}\n"
        f"previews: {{cluster: {aks % 'previews'}, gitops: {{clusterName: previews}}}}\n"
    )
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST.replace("pull", mode, 1) + places})
    told = run("generate", cwd=tmp_path)
    assert (told.code, "rule.previews-unused" in told.err) == (0, False), told.err


def test_who_never_pushed_is_told_nothing_of_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    write_tree(tmp_path, {"gitopsgen.yaml": SMALLEST + _TWO})
    assert "images." not in run("generate", cwd=tmp_path).err
    commit(tmp_path)
    assert titles(tmp_path, "Record the image") + titles(tmp_path, "Take back") == []
