"""A repository of several apps: they are listed, none is chosen silently, and one can be gone on with."""

import json
from pathlib import Path

import pytest

from tests.trees import Ran, read_tree, run, write_tree

NPM = {
    "package.json": '{"name": "shop", "private": true, "workspaces": ["apps/*", "packages/*"]}',
    "package-lock.json": "{}",
    "apps/api/package.json": """{"name": "@shop/api", "scripts": {"start": "node app.js", "test": "node --test"},
      "dependencies": {"express": "5", "@shop/shared": "*"}}""",
    "apps/api/app.js": "app.listen(4000)\n",
    "packages/shared/package.json": '{"name": "@shop/shared", "main": "index.js"}',
    "packages/shared/index.js": "",
}
GO = {
    "go.work": "go 1.25\nuse ./worker\n",
    "worker/go.mod": "module worker\ngo 1.25\n",
    "worker/main.go": "package main\n",
}
CARGO = {
    "Cargo.toml": '[workspace]\nmembers = ["server", "core"]\n',
    "server/Cargo.toml": '[package]\nname = "server"\n',
    "server/src/main.rs": "fn main() {}\n",
    "core/Cargo.toml": '[package]\nname = "core"\n',
    "core/src/lib.rs": "",
}
YES = ("init", "--yes", "--mode", "pull", "--image", "docker.io/acme/shop")


def init(tmp_path: Path, files: dict[str, str], *flags: str) -> Ran:
    return run(*YES, *flags, cwd=write_tree(tmp_path, files))


@pytest.mark.parametrize(
    ("files", "apps", "libraries"),
    [
        (NPM, ["apps/api  node"], ["packages/shared"]),
        (NPM | GO, ["apps/api  node", "worker    go"], ["packages/shared"]),
        (CARGO, ["server  rust"], ["core"]),
        ({"api/requirements.txt": "flask\n", "api/app.py": "", "web/Dockerfile": ""}, ["api  python"], []),
        (
            NPM | {"apps/docs/package.json": '{"devDependencies": {"vitepress": "1"}}', "apps/docs/index.md": ""},
            ["apps/api   node", "apps/docs  static"],
            ["packages/shared"],
        ),
        (NPM | {f"examples/{path}": text for path, text in NPM.items()}, ["apps/api  node"], ["examples"]),
    ],
    ids=["npm", "npm-and-go", "cargo", "folders", "docs", "examples"],
)
def test_the_apps_are_listed_and_none_is_chosen(
    tmp_path: Path, files: dict[str, str], apps: list[str], libraries: list[str]
) -> None:
    before = files
    ran = init(tmp_path, files)

    assert ran.code == 2
    assert all(f"  {app}  (" in ran.err for app in apps), ran.err
    assert not any(f"  {library}" in ran.err for library in libraries), ran.err
    assert "gitopsgen init --folder" in ran.err
    assert read_tree(tmp_path) == before


def test_one_of_them_goes_on_from_the_root(tmp_path: Path) -> None:
    ran = init(tmp_path, NPM, "--folder", "apps/api")

    assert ran.code == 0, ran.err
    assert "folder: apps/api" in (tmp_path / "gitopsgen.yaml").read_text()
    assert "port: 4000" in (tmp_path / "gitopsgen.yaml").read_text()
    assert "workspaces: [apps/api, packages/shared]" in (tmp_path / "gitopsgen.yaml").read_text()
    assert "npm (../../package-lock.json)" in ran.err
    assert (tmp_path / "apps/api/Dockerfile").is_file()
    assert run("check", cwd=tmp_path).code == 0


def test_or_in_its_own_folder(tmp_path: Path) -> None:
    ran = init(
        tmp_path,
        {**GO, "worker/main.go": 'package main\nfunc main() { http.ListenAndServe(":9000", nil) }\n'},
        "worker",
    )

    assert ran.code == 0, ran.err
    assert "port: 9000" in (tmp_path / "worker/gitopsgen.yaml").read_text()


@pytest.mark.parametrize("folder", ["nowhere", "..", "/etc", "apps/../apps", "package.json"])
def test_a_folder_that_is_none_is_said(tmp_path: Path, folder: str) -> None:
    ran = init(tmp_path, NPM, "--folder", folder)

    assert ran.code == 2
    assert f"--folder {folder}: there is no such folder" in ran.err


def test_an_app_at_the_root_stays_one(tmp_path: Path) -> None:
    files = NPM | {
        "package.json": json.dumps({"name": "shop", "scripts": {"start": "node app.js"}}),
        "app.js": "listen(3000)",
    }

    ran = init(tmp_path, files, "--port", "3000")

    assert ran.code == 0, ran.err
    assert "folder" not in (tmp_path / "gitopsgen.yaml").read_text()


def test_the_package_manager_of_the_root_counts_in_a_folder_that_has_the_name(tmp_path: Path) -> None:
    files = {
        "package.json": json.dumps({"private": True, "packageManager": "pnpm@10.12.1"}),
        "pnpm-lock.yaml": "",
        "services/api/package.json": json.dumps({"scripts": {"start": "node app.js"}}),
        "services/api/app.js": "app.listen(4000)",
    }

    ran = init(tmp_path, files, "--folder", "services/api")

    assert ran.code == 0, ran.err
    spec = (tmp_path / "gitopsgen.yaml").read_text()
    assert ("name: api\n" in spec, 'packageManagerVersion: "10.12.1"' in spec) == (True, True), spec


def test_a_dockerfile_at_the_root_is_offered_beside_the_apps_in_folders(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM nginx\nEXPOSE 8080\n", "html/index.html": "<p>"}

    listed = init(tmp_path, files)

    assert listed.code == 2 and "`gitopsgen init --runtime dockerfile`" in listed.err
    ran = init(tmp_path, {}, "--runtime", "dockerfile")
    assert ran.code == 0 and "port: 8080" in (tmp_path / "gitopsgen.yaml").read_text(), ran.err


def test_a_workspace_that_must_be_built_first_is_said(tmp_path: Path) -> None:
    shared = json.loads(NPM["packages/shared/package.json"]) | {"scripts": {"build": "tsc"}}

    ran = init(tmp_path, NPM | {"packages/shared/package.json": json.dumps(shared)}, "--folder", "apps/api")

    assert "packages/shared/package.json scripts.build: the app needs packages/shared" in ran.err


def test_a_second_app_of_the_root_is_honestly_refused(tmp_path: Path) -> None:
    assert init(tmp_path, NPM, "--folder", "apps/api").code == 0

    ran = init(tmp_path, {}, "--folder", "apps/api")

    assert ran.code == 2
    assert "gitopsgen.yaml is there already" in ran.err and "beside a gitopsgen.workspace.yaml" in ran.err


SERVICES = {
    "services/cart/package.json": '{"name": "@shop/cart", "scripts": {"start": "node app.js"}}',
    "services/cart/app.js": "app.listen(4000)\n",
    "services/mail/package.json": '{"name": "@shop/mail", "scripts": {"start": "node app.js"}}',
    "services/mail/app.js": "app.listen(5000)\n",
    ".circleci/config.yml": "version: 2.1\njobs:\n  b:\n    steps:\n"
    "      - run: docker push reg.acme.io/shop/cart-service:1\n      - run: docker push reg.acme.io/shop/mail:1\n",
    ".nvmrc": "22\n",
}
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: 3
  template: {{spec: {{containers: [{{image: "reg.acme.io/k/{name}:1", ports: [{{containerPort: {port}}}]}}]}}}}
"""


def test_what_lies_at_the_root_counts_for_an_app_in_a_folder(tmp_path: Path) -> None:
    flags = ("init", "--yes", "--mode", "pull", "--take", ".circleci/config.yml", "--folder", "services/cart")
    ran = run(*flags, cwd=write_tree(tmp_path, SERVICES))

    assert ran.code == 0, ran.err
    spec = (tmp_path / "gitopsgen.yaml").read_text()
    assert "ci:\n  name: circleci\n" in spec
    assert "image: reg.acme.io/shop/cart-service\n" in spec, "of two that are pushed, the one of that name"
    assert 'version: "22"' in spec and "(../../.nvmrc:1)" in ran.err


def test_an_image_of_another_name_is_none_of_the_folder(tmp_path: Path) -> None:
    pushed = {".circleci/config.yml": SERVICES[".circleci/config.yml"].replace("cart-service", "basket")}
    ran = run(
        "init", "--yes", "--mode", "pull", "--folder", "services/cart", cwd=write_tree(tmp_path, SERVICES | pushed)
    )

    assert ran.code == 2
    assert "  --image" in ran.err


def test_manifests_of_its_name_are_those_of_the_folder(tmp_path: Path) -> None:
    manifests = {
        f"k8s/{name}.yaml": DEPLOYMENT.format(name=name, port=port) for name, port in (("cart", 4000), ("mail", 5000))
    }
    flags = ("init", "--yes", "--mode", "pull", "--adopt", "--image", "reg.acme.io/k/cart", "--folder", "services/cart")
    ran = run(*flags, cwd=write_tree(tmp_path, SERVICES | manifests))

    assert ran.code == 0, ran.err
    spec = (tmp_path / "gitopsgen.yaml").read_text()
    assert ("replicas: 3" in spec, "port: 4000" in spec, "manifests: k8s" in spec) == (True, True, True), spec
    assert "Deployment mail" not in ran.err


def test_two_runtimes_with_signs_at_the_root_are_no_monorepo(tmp_path: Path) -> None:
    files = NPM["apps/api/package.json"]
    both = {
        "package.json": files,
        "app.js": "",
        "requirements.txt": "flask\n",
        "app.py": "app = Flask(x)\n",
        "web/index.html": "",
    }
    ran = init(tmp_path, both)

    assert ran.code == 2
    assert "candidate for runtime.name: node" in ran.err and "the app is not at the root" not in ran.err


def test_pages_that_another_language_serves_are_no_app_of_their_own(tmp_path: Path) -> None:
    laravel = {
        "composer.json": '{"require": {"php": "^8.3", "laravel/framework": "^12"}}',
        "composer.lock": "{}",
        "artisan": "",
        "public/index.php": "",
        "package.json": '{"scripts": {"build": "vite build"}, "devDependencies": {"vite": "7"}}',
        "package-lock.json": "{}",
    }
    ran = init(tmp_path, laravel)

    assert ran.code == 0, ran.err
    assert "name: php" in (tmp_path / "gitopsgen.yaml").read_text()


def test_the_program_of_a_cargo_workspace_has_the_name_of_its_package(tmp_path: Path) -> None:
    named = {"Cargo.lock": "", "server/Cargo.toml": '[package]\nname = "shop-server"\n'}
    serves = {"server/src/main.rs": 'fn main() { bind("0.0.0.0:3000") }\n'}
    ran = init(tmp_path, CARGO | named | serves)

    assert ran.code == 0, ran.err
    assert "bin: shop-server" in (tmp_path / "gitopsgen.yaml").read_text()


def test_settings_of_the_compiler_above_the_app_are_in_the_build_and_in_what_concerns_it(tmp_path: Path) -> None:
    files = NPM | {
        "tsconfig.base.json": "{}",
        "apps/api/tsconfig.json": '{"extends": "../../tsconfig.base.json"}',
        "apps/api/tsconfig.build.json": '{"extends": "./tsconfig.json"}',
    }
    ran = run(*YES[:-1], "docker.io/acme/{name}", "--workspace", "--ci", "gitlab-ci", cwd=write_tree(tmp_path, files))

    assert ran.code == 0, ran.err
    assert "installFiles: [tsconfig.base.json]" in (tmp_path / "apps/api/gitopsgen.yaml").read_text()
    assert "\n!tsconfig.base.json\n" in (tmp_path / "apps/api/Dockerfile.dockerignore").read_text()
    assert "tsconfig.base.json" in "".join(path.read_text() for path in tmp_path.glob("**/.gitlab/*.yml"))


@pytest.mark.parametrize(
    "files",
    [
        {"go.mod": "", "app.pl": "", "layouts/index.html": "{{ .Content }}"},
        {"config.yaml": "", "themes/plain/layouts/index.html": '{{ define "main" }}{{ .Content }}{{ end }}'},
        {"app.pl": "", "templates/index.html": "{% extends 'base.html' %}"},
    ],
    ids=["go", "theme", "jinja"],
)
def test_a_folder_of_templates_is_no_site(tmp_path: Path, files: dict[str, str]) -> None:
    ran = init(tmp_path, files)

    assert "static" not in ran.err.replace("--runtime", "").partition("choose")[0], ran.err


def test_a_module_of_a_go_workspace_is_built_with_all_of_them(tmp_path: Path) -> None:
    files = {
        "go.work": "go 1.25\n\nuse (\n\t./worker // serves\n\t./libs/common\n)\n",
        "worker/go.mod": "module worker\ngo 1.25\n",
        "worker/main.go": 'package main\n\nfunc main() { http.ListenAndServe(":8080", nil) }\n',
        "libs/common/go.mod": "module common\ngo 1.25\n",
    }
    ran = init(tmp_path, files, "--folder", "worker")

    assert ran.code == 0, ran.err
    assert "workspaces: [libs/common, worker]" in (tmp_path / "gitopsgen.yaml").read_text()
    let_in = (tmp_path / "worker/Dockerfile.dockerignore").read_text().splitlines()
    assert {"!go.work", "!go.work.sum", "!libs/common", "!worker/go.mod"} <= set(let_in)
    commands = [line for line in (tmp_path / "worker/Dockerfile").read_text().splitlines() if line[:1] != "#"]
    assert not [line for line in commands if "go mod download" in line], "a proxy has no modules of the workspace"


def test_what_the_package_manager_reads_at_the_root_is_let_in(tmp_path: Path) -> None:
    files = NPM | {".npmrc": "registry=https://npm.acme.io/\n", "patches/a.patch": ""}
    ran = init(tmp_path, files, "--folder", "apps/api")

    assert ran.code == 0, ran.err
    assert {"!.npmrc", "!patches"} <= set((tmp_path / "apps/api/Dockerfile.dockerignore").read_text().splitlines())
    assert "COPY .npmrc ./.npmrc" in (tmp_path / "apps/api/Dockerfile").read_text()
