"""Dangling references: every name that one output uses must be one that another defines.

The rules are data of the packs. `from` and `to` select values: of documents (`kind` or `file`, and a `path`), or of the
plan (`plan`). In a path `*` is every item, `~` the keys of a mapping, `**` every text below; `pattern` takes the first
group of every match out of a text. `same: file` keeps `to` to the file of the `from`.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan
from gitopsgen.verify.outputs import Output

OnDisk = Callable[[str], bool]


class _Found(NamedTuple):
    value: Any
    path: str


def dangling(outputs: list[Output], plan: Plan, packs: Mapping[str, Pack], on_disk: OnDisk) -> list[Diagnostic]:
    """Return every reference that leads nowhere; `on_disk` says whether the repository has a file of its own."""
    written = {str(output.file.path) for output in outputs}
    problems = []
    for kind in sorted(packs):
        for rule in packs[kind].get("references", []):
            for found in _select(rule["from"], outputs, plan):
                targets = [to.value for to in _select(rule["to"], outputs, plan) if _near(rule["to"], to, found)]
                if not _MATCHES[rule.get("match", "in")](found, targets, written, on_disk):
                    problems.append(_problem(rule, found))
    return problems


def _near(selector: Mapping[str, str], to: _Found, found: _Found) -> bool:
    return selector.get("same") != "file" or to.path == found.path


def _problem(rule: Mapping[str, Any], found: _Found) -> Diagnostic:
    shown = found.value if isinstance(found.value, str) else str(found.value)
    return Diagnostic(f"output.{rule['code']}", rule["message"].replace("{}", shown), rule["cure"], found.path)


def _select(selector: Mapping[str, str], outputs: list[Output], plan: Plan) -> Iterator[_Found]:
    pattern = selector.get("pattern")
    for value, path in _values(selector, outputs, plan):
        if pattern is None:
            yield _Found(value, path)
        elif isinstance(value, str):
            for match in re.finditer(pattern, value):
                yield _Found(match[1], path)


def _values(selector: Mapping[str, str], outputs: list[Output], plan: Plan) -> Iterator[tuple[Any, str]]:
    if "plan" in selector:
        for value in _walk(plan, selector["plan"].split(".")):
            yield value, value if isinstance(value, str) else ""
        return
    steps = selector.get("path", "").split(".") if selector.get("path") else []
    for output in outputs:
        if "file" in selector and not re.fullmatch(_glob(selector["file"]), output.file.path):
            continue
        for document in output.documents:
            if "kind" in selector and (not isinstance(document, dict) or document.get("kind") != selector["kind"]):
                continue
            for value in _walk(document, steps):
                yield value, output.file.path


def _walk(value: Any, steps: list[str]) -> Iterator[Any]:
    if not steps:
        yield value
        return
    step, rest = steps[0], steps[1:]
    if step == "~":
        yield from value if isinstance(value, dict) else ()
    elif step == "**":
        yield from _texts(value)
    elif step == "*":
        items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        for item in items:
            yield from _walk(item, rest)
    elif isinstance(value, Mapping):
        if step in value:
            yield from _walk(value[step], rest)
    elif step in getattr(value, "_fields", ()):
        yield from _walk(getattr(value, step), rest)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _is_in(found: _Found, targets: list[Any], _written: set[str], _on_disk: OnDisk) -> bool:
    """`from` may be one value or a list of values; `to` likewise."""
    known = [item for target in targets for item in (target if isinstance(target, list) else [target])]
    wanted = found.value if isinstance(found.value, list) else [found.value]
    return all(item in known for item in wanted)


def _is_subset(found: _Found, targets: list[Any], _written: set[str], _on_disk: OnDisk) -> bool:
    return any(
        isinstance(target, dict) and all(target.get(key) == value for key, value in found.value.items())
        for target in targets
    )


def _is_file(found: _Found, _targets: list[Any], written: set[str], on_disk: OnDisk) -> bool:
    """Whether a path, seen from the file that names it, is a file or a folder with a kustomization of its own."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(found.path), str(found.value)))
    return any(name in written or on_disk(name) for name in (path, f"{path}/kustomization.yaml"))


def _is_root_file(found: _Found, _targets: list[Any], written: set[str], on_disk: OnDisk) -> bool:
    """The same, for a path that starts at the root of the repository."""
    return _is_file(found._replace(path=""), _targets, written, on_disk)


def _matches_glob(found: _Found, targets: list[Any], _written: set[str], _on_disk: OnDisk) -> bool:
    globs = [item for target in targets for item in (target if isinstance(target, list) else [target])]
    return any(re.fullmatch(_glob(str(glob)), str(found.value)) for glob in globs)


def _glob(glob: str) -> str:
    parts = re.split(r"(\*\*/?|\*)", glob)
    forms: Mapping[str, str] = {"**": ".*", "**/": "(.*/)?", "*": "[^/]*"}
    return "".join(forms.get(part, re.escape(part)) for part in parts)


_MATCHES: dict[str, Callable[[_Found, list[Any], set[str], OnDisk], bool]] = {
    "in": _is_in,
    "subset": _is_subset,
    "file": _is_file,
    "root-file": _is_root_file,
    "glob": _matches_glob,
}


def reference_codes(packs: Iterable[Pack]) -> list[str]:
    """Return the codes of all rules, for the documentation."""
    return sorted({rule["code"] for pack in packs for rule in pack.get("references", [])})
