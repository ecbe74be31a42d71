"""The apps that are measured: half of a fleet is in push mode, half in pull mode."""

from pathlib import Path

_SPEC = """\
apiVersion: gitopsgen/v1
name: {name}
mode: {mode}
image: docker.io/{owner}/{name}
repository: https://github.com/{owner}/{name}.git
runtime: node
port: {port}
"""
_CLUSTER = "cluster: {type: aks, resourceGroup: platform, name: production}\n"

# What `write_app` writes.
SOURCES = ("gitopsgen.yaml", "package.json", "package-lock.json", "app.js")

# The values that a template for copier asks for; none is part of a word that means something else.
ANSWERS = {"name": "storefront", "owner": "quinzel", "port": "43117"}


def write_app(folder: Path, mode: str, answers: dict[str, str]) -> None:
    """Make a folder with a spec, and the files of the app that the Dockerfile needs."""
    folder.mkdir(parents=True)
    for file in SOURCES[1:]:
        (folder / file).write_text("{}\n")
    text = _SPEC.format(mode=mode, **answers) + (_CLUSTER if mode == "push" else "")
    (folder / "gitopsgen.yaml").write_text(text)


def write_fleet(folder: Path, count: int) -> list[str]:
    """Make `count` apps below `folder`; return their names."""
    names = [f"app-{number:04}" for number in range(count)]
    for number, name in enumerate(names):
        answers = {"name": name, "owner": f"team-{number % 7}", "port": str(3000 + number)}
        write_app(folder / name, ("push", "pull")[number % 2], answers)
    return names
