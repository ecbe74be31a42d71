"""Where gitopsgen's own data lies: beside the code in a wheel, beside the package in a source checkout."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_INSTALLED = os.path.join(_PACKAGE, "_data")
IS_SOURCE_CHECKOUT = not os.path.isdir(_INSTALLED)
DATA = os.path.dirname(_PACKAGE) if IS_SOURCE_CHECKOUT else _INSTALLED

TEMPLATES = os.path.join(DATA, "templates")
SCHEMAS = os.path.join(DATA, "schemas")


def read_text(path: str) -> str:
    """Return the text of one of our own files."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def schema_text(name: str) -> str:
    """Return the JSON text of a schema of ours, such as `spec` or `resources/github-workflow`."""
    return read_text(os.path.join(SCHEMAS, f"{name}.json"))


def served_versions() -> dict[str, list[str]]:
    """Return the API versions that current releases serve, by `GROUP_Kind`, of the kinds that have a schema."""
    lines = read_text(os.path.join(SCHEMAS, "resources", "SERVED")).splitlines()
    return {name: versions for name, *versions in map(str.split, lines)}
