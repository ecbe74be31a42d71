"""Dangling references: every name that one output uses must be one that another defines.

The rules are data of the packs. `from` and `to` select values: of documents (`kind` or `file`, and a `path`), of the
texts of a `language`, or of the plan (`plan`). In a path `*` is every item, `~` the keys of a mapping, `**` every text
below; `pattern` takes the first group of every match out of a text, or with `within` only out of what that matches
first. `same: file` keeps `to` to the file of the `from`.
"""

import functools
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan, Service
from gitopsgen.render.escape import EscapeError, yaml
from gitopsgen.verify.outputs import Output

OnDisk = Callable[[str], bool]


class _Found(NamedTuple):
    value: Any
    path: str


_RULES = ("repository", "app")
_SPEC = "gitopsgen.yaml"


class _Scope(NamedTuple):
    """What is searched together: an app, or what all apps of a repository share. Rules see paths below `home`."""

    home: str
    plans: list[Plan]
    packs: Mapping[str, Pack]
    rules: tuple[str, ...]


def dangling(outputs: list[Output], services: Sequence[Service], on_disk: OnDisk) -> list[Diagnostic]:
    """Return every reference that leads nowhere.

    `on_disk` says whether the repository has a file of its own, or a folder when the path ends with a slash.
    """
    written = {str(output.file.path) for output in outputs}
    scopes = [_Scope(plan.home, [plan], packs, _RULES[bool(plan.home) :]) for plan, packs in services]
    if all(scope.home for scope in scopes):
        packs = {pack.id: pack for service in services for pack in service.packs.values()}
        scopes.append(_Scope("", [service.plan for service in services], packs, _RULES[:1]))
    problems = []
    for scope in scopes:
        problems += _of_scope(scope, [output for output in outputs if output.file.home == scope.home], written, on_disk)
    # Two packs may look at one file.
    return list(dict.fromkeys(problems))


def _of_scope(scope: _Scope, outputs: list[Output], written: set[str], on_disk: OnDisk) -> list[Diagnostic]:
    packs, plan = scope.packs, scope.plans[0]
    values = _Values(outputs, scope)
    problems = []
    for kind in sorted(packs):
        for rule in packs[kind].get("references", []):
            if rule.get("scope", "app") not in scope.rules:
                continue
            users, makers = (
                [rule[side], *rule.get(more, ())] for side, more in (("from", "alsoFrom"), ("to", "alsoTo"))
            )
            if plan.tree == "config":
                # What the plan promises is found in the app's own tree.
                users = [selector for selector in users if "plan" not in selector]
            using = [found for selector in users for found in _select(selector, values)]
            known = [(to, at) for to in makers for at in _select(to, values)] if using else []
            if rule.get("match") == "subset" and not all(isinstance(found.value, dict) for found in using):
                problems.append(_no_mappings(rule, packs[kind]))
                continue
            for found in using:
                targets = [at.value for to, at in known if _near(to, at, found)]
                if not _MATCHES[rule.get("match", "in")](_in_tree(found, rule, plan), targets, written, on_disk):
                    problems.append(_problem(rule, found, scope.home))
    return problems


def _in_tree(found: _Found, rule: Mapping[str, Any], plan: Plan) -> _Found:
    """Return a path that starts at the root of a repository as one that starts where the tree does."""
    if rule.get("match") != "root-file" or not isinstance(found.value, str):
        return found
    return found._replace(value=found.value.removeprefix(plan.config.prefix))


def _near(selector: Mapping[str, str], to: _Found, found: _Found) -> bool:
    return selector.get("same") != "file" or to.path == found.path


def _problem(rule: Mapping[str, Any], found: _Found, home: str) -> Diagnostic:
    message, severity = rule["message"].replace("{}", _shown(found.value)), rule.get("severity", "error")
    path, cure = found.path, rule["cure"]
    if "plan" in rule["from"] and rule.get("match", "in") == "in":
        path = f"{home}{_SPEC}"  # what the spec says in no file of its own
    if severity == "warning" and rule.get("match") == "file":
        # What may still come is told at its own place.
        path = _target(found)
        cure = cure.replace("{}", path)
    return Diagnostic(f"output.{rule['code']}", message, cure, path, severity=severity)


def _target(found: _Found) -> str:
    """Return the path from the root of what a path in a file leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(found.path), str(found.value)))


def _shown(value: Any) -> str:
    """Return a value as its file spells it, what has no plain form as it comes."""
    try:
        return value if isinstance(value, str) else yaml(value)
    except EscapeError:
        return str(value)


def _no_mappings(rule: Mapping[str, Any], pack: Pack) -> Diagnostic:
    message = f"the rule {rule['code']} compares mappings, and its `from` finds something else"
    return Diagnostic("pack.bad-match", message, "choose another `match`, or another `path`", f"{pack.id}/pack.yaml")


def _select(selector: Mapping[str, str], values: "_Values") -> list[_Found]:
    if "pattern" not in selector:
        return values.of(selector)
    texts = [found for found in values.of(selector) if isinstance(found.value, str)]
    if "within" in selector:
        texts = _matches(selector["within"], texts)
    return _matches(selector["pattern"], texts)


def _matches(pattern: str, texts: list[_Found]) -> list[_Found]:
    search = re.compile(pattern).finditer
    matches = [(match[1], found.path) for found in texts for match in search(found.value)]
    return [_Found(text, path) for text, path in matches if text is not None]


class _Values:
    """What the selectors of one run select from. Many rules look at the same place, so each place is walked once."""

    def __init__(self, outputs: list[Output], scope: _Scope) -> None:
        self._plans, self._home = scope.plans, scope.home
        self._texts = [(output.file.language, _Found(output.file.text, output.file.path)) for output in outputs]
        self._documents = [_Found(document, output.file.path) for output in outputs for document in output.documents]
        self._of_kind: dict[str, list[_Found]] = {}
        for found in self._documents:
            if isinstance(found.value, dict):
                self._of_kind.setdefault(str(found.value.get("kind")), []).append(found)
        self._seen: dict[tuple[str | None, ...], list[_Found]] = {}

    def of(self, selector: Mapping[str, str]) -> list[_Found]:
        """Return every value that a selector names, before its pattern is looked for."""
        place = tuple(selector.get(key) for key in ("plan", "language", "file", "kind", "path"))
        if place not in self._seen:
            self._seen[place] = list(self._find(selector))
        return self._seen[place]

    def _find(self, selector: Mapping[str, str]) -> Iterator[_Found]:
        if "plan" in selector:
            for plan in self._plans:
                for value in _walk(plan, selector["plan"].split(".")):
                    yield _Found(value, value if isinstance(value, str) else "")
            return
        if "language" in selector:
            yield from (found for language, found in self._texts if language == selector["language"])
            return
        steps = selector["path"].split(".") if selector.get("path") else []
        for document, path in self._of_kind.get(selector["kind"], []) if "kind" in selector else self._documents:
            if "file" not in selector or _glob(selector["file"]).fullmatch(path.removeprefix(self._home)):
                for value in _walk(document, steps):
                    yield _Found(value, path)


def _walk(value: Any, steps: list[str]) -> list[Any]:
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if step == "~":
        return list(value) if isinstance(value, dict) else []
    if step == "**":
        return list(dict.fromkeys(_texts(value)))
    if step == "*":
        items = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
        return [found for item in items for found in _walk(item, rest)]
    if isinstance(value, Mapping):
        return _walk(value[step], rest) if step in value else []
    return _walk(getattr(value, step), rest) if step in getattr(value, "_fields", ()) else []


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    items = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for item in items for text in _texts(item)]


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
    path = _target(found)
    return any(name in written or on_disk(name) for name in (path, f"{path}/kustomization.yaml"))


def _is_root_file(found: _Found, _targets: list[Any], written: set[str], on_disk: OnDisk) -> bool:
    """The same, for a path that starts at the root of the repository; any folder will do, such as that of a wrapper."""
    return _is_file(found._replace(path=""), _targets, written, on_disk) or on_disk(f"{found.value}/")


def _matches_glob(found: _Found, targets: list[Any], _written: set[str], _on_disk: OnDisk) -> bool:
    globs = [item for target in targets for item in (target if isinstance(target, list) else [target])]
    return any(_glob(str(glob)).fullmatch(str(found.value)) for glob in globs)


@functools.lru_cache(maxsize=256)
def _glob(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/?|\*)", glob)
    forms: Mapping[str, str] = {"**": ".*", "**/": "(.*/)?", "*": "[^/]*"}
    return re.compile("".join(forms.get(part, re.escape(part)) for part in parts))


_MATCHES: dict[str, Callable[[_Found, list[Any], set[str], OnDisk], bool]] = {
    "in": _is_in,
    "subset": _is_subset,
    "file": _is_file,
    "root-file": _is_root_file,
    "glob": _matches_glob,
}
