"""`init` in a repository of many services: all at once, and one more."""

import re
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


WORKER = {
    "package.json": '{"name": "mail", "main": "work.js", "scripts": {"start": "node work.js"}}\n',
    "package-lock.json": '{"lockfileVersion": 3}\n',
    "work.js": "setInterval(() => {}, 1000)\n",
}


def test_what_is_missing_is_told_at_once_with_what_is_to_be_said_for_one_service(tmp_path: Path) -> None:
    repo = repository(tmp_path, {"services/a": NODE, "services/b": WORKER, "services/c": WORKER})
    told = repo.ours("init", "--workspace", "--yes")
    assert told.code == 2
    flags = [" ".join(line.split()) for line in told.err.splitlines() if line.startswith("  --")]
    assert flags == [
        "--image HOST/OWNER/{name} Where are the images, without a tag? ({name} is the name of each service)",
        "--mode How is it delivered?",
        *(
            f"--set services/{name}:port=VALUE Which port does the app listen on? (no file tells) "
            f"(on none: --set services/{name}:type=worker)"
            for name in "bc"
        ),
    ]
    words = ("init", "--workspace", "--yes", "--mode", "pull", "--image", "ghcr.io/acme/{name}")
    nobody = repo.ours(*words, "--set", "services/d:type=worker")
    assert nobody.code == 2
    assert "there is no app in services/d" in nobody.err and "choose services/a, services/b, services/c" in nobody.err
    each = ("--set", "services/b:type=worker", "--set", "services/c:type=cron", "--set", "services/c:schedule=@daily")
    assert repo.ours(*words, *each).code == 0
    assert yaml.safe_load(repo.read("services/b/gitopsgen.yaml"))["type"] == "worker"
    assert yaml.safe_load(repo.read("services/c/gitopsgen.yaml"))["schedule"] == {"cron": "@daily"}
    assert repo.check() == 0
    steps = repo.ours("setup").out
    # What listens nowhere cannot be asked.
    assert "service/web 8080:80" in steps and "service/mail 8080:80" not in steps
    assert "kubectl get cronjobs,jobs --namespace c\n" in steps


def test_a_port_for_all_is_that_of_services_whose_files_tell_none(tmp_path: Path) -> None:
    repo = repository(tmp_path, {"services/a": NODE, "services/b": WORKER, "services/c": NODE})
    words = ("init", "--workspace", "--yes", "--mode", "pull", "--image", "ghcr.io/acme/{name}")
    told = repo.ours(*words, "--port", "4000", "--set", "services/c:port=4001")
    assert told.code == 0, told.err
    ports = {name: yaml.safe_load(repo.read(f"services/{name}/gitopsgen.yaml")).get("port") for name in "abc"}
    assert ports == {"a": 3000, "b": 4000, "c": 4001}


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
    assert "# Generated by gitopsgen from services/job/gitopsgen.yaml.\n" in repo.read(".github/workflows/job.yaml")
    # Of all that is to be set up only what the new service brings along, and what is done again for it.
    steps = told.out.partition("Next steps")[2]
    assert "Deliver job, pay, shop with gitopsgen" in steps
    assert "kubectl apply -k argocd" in steps
    assert "job: See that it works" in steps
    assert "pay: See that it works" not in steps
    assert "Install Argo CD" not in steps
    assert "Install Argo CD" in repo.ours("setup").out
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


def test_a_name_that_another_service_has_is_replaced_by_that_of_the_folder(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    shop = {**NODE, "package.json": NODE["package.json"].replace('"web"', '"shop"')}
    write_tree(repo.root, {f"services/{folder}/{path}": text for folder in ("mail",) for path, text in shop.items()})
    told = repo.ours("init", "services/mail", "--yes")
    assert told.code == 0, told.err
    assert "? name: shop is another service; this one is mail" in told.err
    assert yaml.safe_load(repo.read("services/mail/gitopsgen.yaml"))["name"] == "mail"
    write_tree(repo.root / "services/front", NODE)
    assert repo.ours("init", "services/front", "--yes").code == 0
    assert yaml.safe_load(repo.read("services/front/gitopsgen.yaml"))["name"] == "web", (
        "the manifest's, where it is free"
    )


def test_what_nobody_said_for_a_service_tells_where_it_comes_from(tmp_path: Path) -> None:
    """And never from a file that we wrote ourselves."""
    repo = repository(tmp_path, {"services/a": NODE, "services/b": GO})
    told = repo.ours("init", "--workspace", "--yes", "--mode", "pull", "--ci", "gitlab-ci", "--image", "ghcr.io/acme")
    assert told.code == 0, told.err
    assert re.findall(r"ci\.name +gitlab-ci  \((.*)\)", told.err) == ["you said so"] * 2
    assert re.search(r"gitops\.operator +argocd  \(", told.err) is None, "a default is not found anywhere"
    assert repo.has(".gitlab-ci.yml")
    write_tree(repo.root / "services/c", GO)
    more = repo.ours("init", "services/c", "--yes")
    assert more.code == 0, more.err
    assert re.search(r"ci\.name +gitlab-ci  \(the defaults of gitopsgen\.workspace\.yaml\)", more.err)
    assert ".gitlab" not in more.err and "k8s/" not in more.err


def test_one_more_service_is_as_the_one_that_is_there(tmp_path: Path) -> None:
    """With one service nothing is shared yet, and the workspace file has no defaults."""
    repo = repository(tmp_path, {"services/a": NODE})
    told = repo.ours("init", "--workspace", "--yes", "--mode", "pull", "--ci", "gitlab-ci", "--image", "ghcr.io/acme")
    assert told.code == 0, told.err
    workspace = repo.read("gitopsgen.workspace.yaml").replace("services/a", "services/*")
    write_tree(repo.root, {"gitopsgen.workspace.yaml": workspace} | {f"services/c/{name}": GO[name] for name in GO})
    more = repo.ours("init", "--folder", "services/c", "--yes", "--image", "ghcr.io/acme/job")
    assert "gitlab-ci  (as for services/a)" in more.err
    assert "you said so" not in more.err


def test_the_steps_of_one_more_service_make_what_they_read(tmp_path: Path) -> None:
    repo = mono(tmp_path)
    repo.edit("gitopsgen.workspace.yaml", "  mode: pull\n", "  mode: push\n  ci: circleci\n  cluster: kubeconfig\n")
    repo.generate()
    write_tree(repo.root / "services/web", {"index.html": "<p>Hello</p>\n"})
    told = repo.ours("init", "services/web", "--yes", "--runtime", "static")
    assert told.code == 0, told.err
    assert "Pull requests check nothing of web: no command runs its tests" in told.out
    steps = told.out.partition("Next steps")[2]
    assert "read -r CIRCLECI_CLI_TOKEN" in steps
    assert "Create the context web-staging" in steps
    assert "Create the context pay-staging" not in steps
    assert "Let it write in the namespace web-staging" in steps
    assert "Let it write in the namespace pay-staging" not in steps


def test_an_app_without_a_spec_is_told_by_status_and_by_a_full_check(tmp_path: Path) -> None:
    """What is not there no lock vouches for: the quick check stays quick, and CI runs the full one."""
    repo = mono(tmp_path)
    repo.generate()
    write_tree(repo.root / "services/cart", NODE)
    write_tree(repo.root / "services/shop/node_modules/left-pad", NODE)
    write_tree(repo.root / "services/notes", {"README.md": "# Nothing to run\n"})
    write_tree(repo.root / "elsewhere/cart", NODE)
    assert repo.check() == 0
    for words in (("status",), ("check", "--full")):
        told = repo.ours(*words)
        assert told.code == 0
        assert told.err.count("workspace.no-spec") == 1
        assert "services/cart: warning: workspace.no-spec: an app (node: services/cart/package.json" in told.err
        assert "`gitopsgen init services/cart` makes it a service" in told.err
    assert repo.ours("init", "services/cart", "--yes").code == 0
    assert "no-spec" not in repo.ours("status").err


def test_where_no_folder_has_an_app_it_is_told_why(tmp_path: Path) -> None:
    repo = repository(tmp_path, {".": {"nx.json": "{}\n", "package.json": '{"devDependencies": {"nx": "22"}}\n'}})
    write_tree(repo.root, {"apps/api/project.json": '{"name": "api"}\n', "apps/api/src/main.ts": "app.listen(3000)\n"})
    told = repo.ours("init", "--workspace", "--yes", "--mode", "pull", "--image", "ghcr.io/acme")
    assert told.code == 2
    assert "run `gitopsgen init --runtime node` at the root for one of them" in told.err
