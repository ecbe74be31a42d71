"""What the allow-lists let into a build, read as Docker reads them.

The last line counts that fits a path, or a folder on its way.
"""

import subprocess
from pathlib import Path

import pytest

from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.spec.secret_shapes import is_secret_file
from tests.dockerignore import lets_in
from tests.runtimes.golden import FOLDER
from tests.runtimes.test_interpreted import written

RUNTIMES = [name for name in Catalogue((BUILT_IN,)).names("runtime") if name != "dockerfile"]
REQUIRED = {"dotnet": "project: Shop.csproj", "elixir": "app: shop", "erlang": "app: shop", "swift": "product: App"}
SECRETS = (
    ".env", ".env.production", "tls.key", "tls.pem", "store.p12", "store.pfx", "store.jks", "store.keystore", "id_rsa",
    "id_ed25519", "id_ecdsa", "id_dsa", ".netrc", ".pgpass", ".htpasswd", ".git-credentials", ".ssh/config",
    ".aws/credentials", ".kube/config", ".git/config",
)  # fmt: skip


def ignore_of(root: Path, section: str, **files: str) -> str:
    [text] = [
        text
        for name, text in written(root, f"runtime: {{{section}}}\n", **files).items()
        if name.endswith("dockerignore")
    ]
    return text


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_secrets_stay_out_of_every_folder_that_lets_in(tmp_path: Path, runtime: str) -> None:
    section = ", ".join(filter(None, [f"name: {runtime}, include: [src, data]", REQUIRED.get(runtime)]))

    ignore = ignore_of(tmp_path, section, **{"src/a": "", "data/a": ""})

    assert lets_in(ignore, "src/deep/file.any") and lets_in(ignore, "data/id_generator.any")
    for folder in ("", "src/", "data/deep/", "src/deep/target/", "src/build/"):
        assert [name for name in SECRETS if lets_in(ignore, folder + name)] == []
    assert all(is_secret_file(name) for name in SECRETS), "what the spec may not name, either"


@pytest.mark.parametrize("case", sorted(FOLDER.glob("*/*dockerignore")), ids=lambda path: path.parent.name)
def test_what_nobody_named_stays_out(case: Path) -> None:
    ignore = case.read_text(encoding="utf-8")
    strangers = (
        "gitopsgen.lock",
        "other/src/build/a.txt",
        "other/src/target/a.txt",
        "other/lib/build/a.txt",
        "k8s/base/a.yaml",
    )
    assert [path for path in strangers if lets_in(ignore, path)] == []


@pytest.mark.parametrize(
    ("section", "path", "inside"),
    [
        ("name: node, include: [src]", "src/app.spec.ts", False),
        ("name: node, include: [src]", "src/app.test.mjs", False),
        ("name: node, include: [src]", "src/openapi.spec.yaml", True),
        ("name: node, include: [src]", "src/latin.test.json", True),
        ("name: node, include: [src, src/speed.test.js]", "src/speed.test.js", True),
        ("name: node, include: [src, .env.example]", ".env.example", True),
        ("name: node, include: [src, .env.example]", ".env", False),
        ("name: node, include: [src, .env.example]", "src/.env.example", False),
        ("name: node, include: ['.env*']", ".env", False),
        ("name: php, folder: api, include: [src, .env.defaults]", "api/.env.defaults", True),
        ("name: node, folder: api, installFiles: [.env.example]", "api/.env.example", True),
        ("name: python, include: [app]", "app/test_views.py", False),
        ("name: python, include: [app, app/test_drive.py]", "app/test_drive.py", True),
        ("name: python, include: [app, app/test_drive.py]", "app/test_views.py", False),
        ("name: go, include: [cmd, 'cmd/testdata']", "cmd/testdata/a.json", True),
        ("name: php, include: ['*']", "vendor/autoload.php", False),
        ("name: php, folder: api, include: ['*']", "api/vendor/autoload.php", False),
        ("name: php, packageManager: none, include: [vendor]", "vendor/autoload.php", True),
        ("name: php, include: [public, resources]", "public/vendor/a.css", True),
        ("name: php, include: [public, resources]", "resources/views/vendor/a.blade.php", True),
        ("name: php, packageManager: none, include: [wp-content]", "wp-content/plugins/p/vendor/a.php", True),
        ("name: php, documentRoot: '.', include: [index.php]", ".htaccess", True),
        ("name: elixir, app: shop, include: [lib]", "lib/shop/deps/graph.ex", True),
        ("name: java, include: [src]", "src/main/java/build/Plan.java", True),
        ("name: java, include: [src]", "target/app.jar", False),
        ("name: java, folder: api, include: [src]", "api/src/main/java/build/Plan.java", True),
        ("name: java, folder: api, include: [src]", "web/src/main/java/build/Plan.java", False),
        ("name: java, include: [service]", "service/target/app.jar", False),
        ("name: java, include: [service]", "service/src/main/java/target/Plan.java", True),
        ("name: rust, include: [crates]", "crates/core/src/target/mod.rs", True),
        ("name: rust, include: [crates]", "crates/core/target/debug/core", False),
        ("name: dart, include: [lib]", "lib/src/build/plan.dart", True),
    ],
)
def test_what_looks_like_a_test_or_an_output(tmp_path: Path, section: str, path: str, inside: bool) -> None:
    assert lets_in(ignore_of(tmp_path, section, **{"api/.env.example": ""}), path) is inside


@pytest.mark.parametrize("case", sorted(FOLDER.glob("*/*dockerignore")), ids=lambda path: path.parent.name)
def test_no_line_is_there_twice(case: Path) -> None:
    lines = [line for line in case.read_text(encoding="utf-8").splitlines() if line]
    assert sorted(lines) == sorted(set(lines))
    assert not [line for line in lines if line.startswith(("!mvnw/", "!gradlew/"))]


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_git_ignores_none_of_the_scripts_that_deliver(tmp_path: Path, runtime: str) -> None:
    section = ", ".join(filter(None, [f"name: {runtime}", REQUIRED.get(runtime)]))
    files = written(tmp_path, f"runtime: {{{section}}}\n")
    git = ("git", "-C", str(tmp_path))
    subprocess.run([*git, "init", "--quiet", "--template="], check=True)
    (tmp_path / ".gitignore").write_text(files[".gitignore"])
    seen = subprocess.run([*git, "check-ignore", *files], capture_output=True, text=True, check=False)
    assert seen.stdout == ""
