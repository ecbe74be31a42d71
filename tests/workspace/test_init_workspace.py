"""`init` in a repository of many services: all at once, and one more."""

from pathlib import Path

import yaml

from tests.regeneration.project import Project
from tests.trees import write_tree
from tests.workspace.mono import mono

NODE = {
    "package.json": '{"name": "web", "scripts": {"start": "node app.js", "test": "node --test"}}\n',
    "package-lock.json": '{"lockfileVersion": 3}\n',
    "app.js": 'require("http").createServer(() => {}).listen(3000)\n',
}
GO = {
    "go.mod": "module example.com/job\n\ngo 1.26\n",
    "main.go": 'package main\n\nimport "net/http"\n\nfunc main() { http.ListenAndServe(":9000", nil) }\n',
}


def repository(tmp_path: Path, services: dict[str, dict[str, str]]) -> Project:
    found = Project(tmp_path / "mono", tmp_path / "home")
    for folder, files in services.items():
        write_tree(found.root / folder, files)
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    found.git("remote", "add", "origin", "https://github.com/acme/mono.git")
    return found


def test_init_makes_a_workspace_of_the_services_it_finds(tmp_path: Path) -> None:
    """What is alike is said once; a name that two have is replaced by that of the folder."""
    repo = repository(tmp_path, {"services/a": NODE, "services/b": NODE, "tools-of-ours/job": GO})
    told = repo.ours("init", "--workspace", "--yes", "--mode", "pull", "--image", "ghcr.io/acme")
    assert told.code == 0, told.err
    workspace = yaml.safe_load(repo.read("gitopsgen.workspace.yaml"))
    assert workspace["services"] == ["services/*", "tools-of-ours/job"]
    assert workspace["defaults"] == {
        "mode": "pull",
        "image": "ghcr.io/acme/{name}",
        "repository": "https://github.com/acme/mono.git",
        "branch": "main",
        "ci": {"name": "github-actions"},
    }
    specs = {
        folder: yaml.safe_load(repo.read(f"{folder}/gitopsgen.yaml"))
        for folder in ("services/a", "services/b", "tools-of-ours/job")
    }
    assert [spec["name"] for spec in specs.values()] == ["web", "b", "job"]
    assert "image" not in specs["services/a"]
    assert specs["tools-of-ours/job"]["port"] == 9000
    assert repo.check() == 0
    assert repo.has("services/b/k8s/base/deployment.yaml")


def test_without_an_answer_for_the_images_nothing_is_written(tmp_path: Path) -> None:
    repo = repository(tmp_path, {"services/a": NODE, "services/b": GO})
    before = repo.tree()
    told = repo.ours("init", "--workspace", "--yes", "--mode", "pull")
    assert told.code == 2
    assert "--image HOST/OWNER/{name}" in told.err
    assert repo.tree() == before


def test_init_adds_one_more_service_that_says_what_is_its_own(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.generate()
    write_tree(repo.root / "services/job", GO)
    told = repo.ours("init", "services/job", "--yes")
    assert told.code == 0, told.err
    spec = yaml.safe_load(repo.read("services/job/gitopsgen.yaml"))
    assert spec.keys() <= {"apiVersion", "name", "runtime", "port", "branch", "ci"}
    assert spec["runtime"]["name"] == "go"
    assert repo.check() == 0
    assert repo.has("services/job/Dockerfile")
    again = repo.ours("init", "--folder", "services/job", "--yes")
    assert again.code == 2
    assert "services/job/gitopsgen.yaml is there already" in again.err


def test_init_says_what_a_workspace_needs_to_know(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    write_tree(repo.root / "elsewhere/job", GO)
    outside = repo.ours("init", "--folder", "elsewhere/job", "--yes")
    assert outside.code == 2
    assert "add it to `services` in gitopsgen.workspace.yaml" in outside.err
    nameless = repo.ours("init", "--yes")
    assert nameless.code == 2
    assert "name the folder of the new service with --folder" in nameless.err
    second = repo.ours("init", "--workspace", "--yes", "--mode", "pull", "--image", "ghcr.io/acme")
    assert second.code == 2
    assert "gitopsgen.workspace.yaml is there already" in second.err
