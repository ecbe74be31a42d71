"""What cannot be told is asked, offered or an error that names the flag; the scale is shown where two systems rival."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.trees import Ran, read_tree, run, write_tree

WORKER = {"requirements.txt": "requests\n", "worker.py": "print(1)\n"}
BOTH = {
    "package.json": '{"scripts": {"start": "node app.js"}, "dependencies": {"express": "5"}}',
    "package-lock.json": "{}",
    "app.js": "app.listen(3000)\n",
    "requirements.txt": "flask\n",
    "app.py": "app = Flask(__name__)\napp.run(port=5000)\n",
}


def init(root: Path, files: Mapping[str, str], *flags: str) -> Ran:
    write_tree(root, files)
    return run("init", "--yes", "--mode", "pull", "--image", "docker.io/acme/shop", *flags, cwd=root)


def test_a_start_command_that_cannot_be_told_is_an_error_with_its_flag(tmp_path: Path) -> None:
    ran = init(tmp_path, WORKER, "--port", "8000")

    assert ran.code == 2
    assert "  --start " in ran.err
    assert read_tree(tmp_path) == WORKER

    told = init(tmp_path, WORKER, "--port", "8000", "--start", "python worker.py loop")
    assert told.code == 0, told.err
    assert "start: [python, worker.py, loop]" in (tmp_path / "gitopsgen.yaml").read_text()


def test_an_open_quote_in_a_command_is_said(tmp_path: Path) -> None:
    ran = init(tmp_path, WORKER, "--port", "8000", "--start", "python 'worker.py")

    assert ran.code == 2
    assert "open quote" in ran.err


def test_rivals_are_listed_with_what_tips_the_scale(tmp_path: Path) -> None:
    ran = init(tmp_path, BOTH)

    assert ran.code == 2
    assert "candidate for runtime.name: node, weight" in ran.err
    assert "candidate for runtime.name: python, weight" in ran.err
    assert "requirements.txt +" in ran.err
    asked = next(line for line in ran.err.splitlines() if line.startswith("  --runtime "))
    assert " says node; " in asked and " says python; " in asked, "those with signs are named before the others"


@pytest.mark.parametrize(("runtime", "expected"), [("node", "port: 3000"), ("python", "port: 5000")])
def test_the_runtime_that_one_names_is_looked_at_all_the_same(tmp_path: Path, runtime: str, expected: str) -> None:
    ran = init(tmp_path, BOTH, "--runtime", runtime)

    assert ran.code == 0, ran.err
    assert expected in (tmp_path / "gitopsgen.yaml").read_text()


def test_what_counts_otherwise_is_offered_and_never_taken(tmp_path: Path) -> None:
    write_tree(tmp_path, {"Dockerfile": "FROM scratch\n"})

    def pack(name: str, **detects: Any) -> dict[str, Any]:
        return {"kind": "runtime", "name": name, "detect": detects}

    packs = [
        pack("brought", otherwise=True, signs=[{"exists": "Dockerfile"}]),
        pack("go", signs=[{"exists": "go.mod"}]),
    ]

    found = detect(str(tmp_path), packs)
    assert [fact.field for fact in found.facts] == ["name"]
    assert [(fact.field, fact.value, fact.evidence) for fact in found.offers] == [
        ("runtime.name", "brought", "Dockerfile")
    ]

    write_tree(tmp_path, {"go.mod": "module x\n"})
    beside = detect(str(tmp_path), packs)
    assert [fact.value for fact in beside.facts if fact.field == "runtime.name"] == ["go"]
    assert [fact.value for fact in beside.offers] == ["brought"], "it is said, and not taken"


@pytest.mark.parametrize("runtime", Catalogue((BUILT_IN,)).names("runtime"))
def test_what_a_runtime_cannot_do_without_has_a_question(runtime: str) -> None:
    pack = Catalogue((BUILT_IN,)).pack("runtime", runtime)
    assert pack
    rules = pack.manifest["detect"]["fields"]

    assert [field for field in pack.manifest.get("required", []) if not rules[f"runtime.{field}"].get("ask")] == []


def test_which_of_two_projects_is_the_app_is_asked(tmp_path: Path) -> None:
    version = "<PropertyGroup><TargetFramework>net10.0</TargetFramework></PropertyGroup>"
    project = f'<Project Sdk="Microsoft.NET.Sdk.Web">{version}</Project>'
    ran = init(tmp_path, {"Shop/Shop.csproj": project, "Mail/Mail.csproj": project})

    assert ran.code == 2
    assert (
        "--set runtime.project=VALUE      Which project file is the app's? (Mail/Mail.csproj @Sdk, line 1 says"
        in ran.err
    )


DJANGO = {
    "requirements.txt": "django\ngunicorn\nuvicorn\n",
    "manage.py": "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n",
    "shop/asgi.py": "",
}


def test_which_of_two_servers_starts_the_app_is_asked_with_the_place_of_each(tmp_path: Path) -> None:
    ran = init(tmp_path, DJANGO)

    assert ran.code == 2
    assert (
        "Which command starts the app? (manage.py:1 with requirements.txt:2 says gunicorn shop.wsgi:application, "
        "manage.py:1 with requirements.txt:3 says uvicorn shop.asgi:application)"
    ) in ran.err


EXPRESS = {
    "package.json": '{"scripts": {"start": "node app.js", "test": "tap"}}',
    "package-lock.json": "{}",
    "app.js": "app.listen(3000)\n",
}


@pytest.mark.parametrize(
    ("more", "flag", "why", "answer"),
    [
        ({".nvmrc": "20\n"}, "--set runtime.version=", ".nvmrc:1 says 20; none of 26, 24, 22 fits", "24"),
        (
            {"yarn.lock": "# yarn lockfile v1\n"},
            "--set runtime.packageManager=",
            "yarn.lock:1 says yarn-classic",
            "npm",
        ),
        (
            {"package.json": '{"scripts": {"start": "prisma migrate deploy && node src/server.js"}}'},
            "--start ",
            "which needs a shell",
            "node src/server.js",
        ),
    ],
)
def test_what_files_disagree_about_is_an_error_with_its_flag(
    tmp_path: Path, more: dict[str, str], flag: str, why: str, answer: str
) -> None:
    ran = init(tmp_path, EXPRESS | more, "--port", "3000")

    assert (ran.code, flag in ran.err, why in ran.err.partition("say it by:")[2]) == (2, True, True), ran.err
    told = [flag.strip(), answer] if flag == "--start " else ["--set", flag.removeprefix("--set ") + answer]
    told_it = init(tmp_path, {}, "--port", "3000", *told)
    assert told_it.code == 0, told_it.err


def test_a_health_path_that_no_code_names_is_said(tmp_path: Path) -> None:
    ran = init(tmp_path, EXPRESS)

    assert ran.code == 0
    assert "  ? health: no code says on which path" in ran.err


def test_the_app_is_told_in_one_line(tmp_path: Path) -> None:
    files = {
        "package.json": '{\n "engines": {"node": ">=24"},\n "scripts": {"start": "node app.js", "test": "tap"}\n}',
        "package-lock.json": "{}",
        "app.js": "\n\napp.listen(3000)\n",
    }

    line = init(tmp_path, files).err.splitlines()[0]

    assert line.startswith("node 2")
    assert "(package.json engines.node, line 2: at least 24, the newest is taken), npm (package-lock.json)" in line
    assert "3000 (app.js:3), start: node app.js, test: npm test" in line


def test_the_script_of_a_package_is_offered_as_its_start(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "mailer"\n[project.scripts]\nmailer = "mailer:main"\n'
        '[build-system]\nbuild-backend = "hatchling.build"\n',
        "src/mailer/__init__.py": "",
    }
    ran = init(tmp_path, files, "--set", "type=worker")

    assert ran.code == 2
    assert "Which command starts the app? (mailer, by pyproject.toml project.scripts.mailer, line 4)" in ran.err


def test_health_paths_that_disagree_are_an_error_with_the_flag(tmp_path: Path) -> None:
    files = {**BOTH, "app.js": "app.get('/api/health', a)\napp.get('/health', b)\napp.listen(3000)\n"}
    ran = init(tmp_path, files, "--runtime", "node")

    assert ran.code == 2
    assert "  --set health=PATH" in ran.err and "app.js:1 says /api/health, app.js:2 says /health" in ran.err
    assert init(tmp_path, files, "--runtime", "node", "--set", "health=/health").code == 0


@pytest.mark.parametrize("value", ["[1]", "[{a: 1}]", "[[a]]"])
def test_a_list_of_what_is_no_text_is_a_mistake_with_its_place(tmp_path: Path, value: str) -> None:
    ran = init(tmp_path, BOTH, "--runtime", "node", "--set", f"runtime.packages={value}")

    assert ran.code == 3
    assert "bug of gitopsgen" not in ran.err
    assert "runtime.packages" in ran.err


def test_what_only_an_app_that_listens_needs_is_not_said_of_a_worker(tmp_path: Path) -> None:
    files = {key: text for key, text in BOTH.items() if key.startswith(("package", "app.js"))}

    assert "on which path the app answers" in init(tmp_path / "web", files).err
    assert "on which path" not in init(tmp_path / "worker", files, "--set", "type=worker").err
