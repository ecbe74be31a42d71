"""GitHub workflow commands: findings and drift as annotations on the files of a pull request."""

from collections.abc import Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.repo.change import Change
from gitopsgen.report.drift import findings
from gitopsgen.report.safe import safe


def annotations_text(diagnostics: Iterable[Diagnostic], changes: Iterable[Change] = (), folder: str = "") -> str:
    """Return one command a line, such as `::error file=a.yaml,line=2,col=3,title=spec.unknown-field::why`.

    `folder` is that of the app below the top of the repository, from which files are named: empty or with a slash.
    """
    return "".join(map(_command, findings(diagnostics, changes, folder)))


def _command(found: Diagnostic) -> str:
    properties = {"file": safe(found.path)} if found.path else {}
    if found.position:
        line, column, length = found.position
        properties |= {"line": str(line), "col": str(column), "endColumn": str(column + max(length, 1))}
    properties["title"] = safe(found.code)
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    lines = [safe(found.message), *([f"cure: {safe(found.cure)}"] if found.cure else [])]
    return f"::{found.severity} {told}::{_data(chr(10).join(lines))}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
