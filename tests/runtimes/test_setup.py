"""What `gitopsgen setup` says about a runtime whose program does not end on SIGTERM as the first process."""

from pathlib import Path

import pytest

from tests.runtimes.golden import HEADER
from tests.trees import run, write_tree

RUST = "runtime: {name: rust}"
PYTHON = "runtime: {name: python}"
DART = "runtime: {name: dart}"
DENO = "runtime: {name: deno}"
GUNICORN = "runtime: {name: python, framework: flask}"


@pytest.mark.parametrize(
    ("spec", "handler"),
    [
        (PYTHON, "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))"),
        (RUST, "SignalKind::terminate()"),
        (DART, "ProcessSignal.sigterm.watch()"),
        (DENO, 'Deno.addSignalListener("SIGTERM"'),
        (GUNICORN, ""),
    ],
)
def test_the_app_is_shown_how_to_end(tmp_path: Path, spec: str, handler: str) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + spec + "\n"})

    told = run("setup", cwd=tmp_path).out

    assert handler in told
    assert ("Let the app end on SIGTERM" in told) == bool(handler)


FLASK = "runtime: {name: python, framework: flask}"
UVICORN = "runtime: {name: python, framework: fastapi, packageManager: uv}"
NEST = "runtime: {name: node, framework: nestjs}"
NODE = "runtime: {name: node}"
RACK = "runtime: {name: ruby, framework: rack}"
SERVER, END = "Name the server among the dependencies", "end on SIGTERM"


@pytest.mark.parametrize(
    ("spec", "title", "file", "undone", "done"),
    [
        (FLASK, SERVER, "requirements.txt", "flask\n# gunicorn\n", "flask\ngunicorn==23.0.0\n"),
        (UVICORN, SERVER, "pyproject.toml", 'dependencies = ["fastapi"]\n', 'dependencies = ["uvicorn>=0.30"]\n'),
        (UVICORN, SERVER, "pyproject.toml", 'dependencies = ["fastapi"]\n', 'dependencies = ["fastapi[standard]"]\n'),
        (RACK, "Name puma in the Gemfile", "Gemfile", "gem 'rack'\n", "gem 'puma', '~> 6'\n"),
        (NODE, END, "app.js", "app.listen()\n", 'process.on("SIGTERM", () => server.close())\n'),
        (NEST, "Let Nest end on SIGTERM", "src/main.ts", "app.listen(3000)\n", "app.enableShutdownHooks()\n"),
        (PYTHON, END, "main.py", "serve()\n", "signal.signal(signal.SIGTERM, stop)\n"),
        (PYTHON, END, "main.py", "serve()\n", "uvicorn.run(app)\n"),
        (RUST, END, "Cargo.toml", 'axum = "0.8"\n', 'actix-web = "4"\n'),
        (DART, END, "bin/server.dart", "serve();\n", "ProcessSignal.sigterm.watch();\n"),
    ],
)
def test_what_is_done_is_no_step(tmp_path: Path, spec: str, title: str, file: str, undone: str, done: str) -> None:
    for text, told in ((undone, True), (done, False)):
        write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + spec + "\n", file: text})
        assert (title in run("setup", cwd=tmp_path).out) is told, text


def test_what_is_done_is_looked_for_in_the_folder_of_the_app(tmp_path: Path) -> None:
    spec = HEADER.decode() + "runtime: {name: node, folder: web}\n"
    write_tree(tmp_path, {"gitopsgen.yaml": spec, "web/app.js": "", "app.js": "SIGTERM"})
    assert END in run("setup", cwd=tmp_path).out
    write_tree(tmp_path, {"web/app.js": "SIGTERM"})
    assert END not in run("setup", cwd=tmp_path).out


def test_the_server_of_next_ends_by_itself(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEADER.decode() + "runtime: {name: node, framework: nextjs}\n"})
    assert "SIGTERM" not in run("setup", cwd=tmp_path).out
