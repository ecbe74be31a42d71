"""Dangling references: every name that one output uses must be one that another defines.

The rules are data of the packs. `from` and `to` select values: of documents (`kind` or `file`, and a `path`), of the
texts of a `language`, or of the plan (`plan`). In a path `*` is every item, `~` the keys of a mapping, `**` every text
below; `pattern` takes the first group of every match out of a text, or with `within` only out of what that matches
first. `same: file` keeps `to` to the file of the `from`.
"""

import functools
import posixpath
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.packs.catalogue import Pack
from gitopsgen.plan.model import Plan, Service
from gitopsgen.render.escape import EscapeError, yaml
from gitopsgen.verify.outputs import Output
from gitopsgen.verify.rules import Place, Rule, Selector, rules_of

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
    plan, values = scope.plans[0], _Values(outputs, scope)
    problems = []
    for kind in sorted(scope.packs):
        for rule in rules_of(scope.packs[kind]):
            if rule.scope not in scope.rules:
                continue
            using = [
                found
                for selector in rule.users
                # What the plan promises is found in the app's own tree.
                if plan.tree != "config" or selector.place.plan is None
                for found in values.of(selector)
            ]
            known = [(to, at) for to in rule.makers for at in values.of(to)] if using else []
            if rule.match == "subset" and not all(isinstance(found.value, dict) for found in using):
                problems.append(_no_mappings(rule, scope.packs[kind]))
                continue
            for found in using:
                targets = [at.value for to, at in known if not to.is_near or at.path == found.path]
                if not _MATCHES[rule.match](_in_tree(found, rule, plan), targets, written, on_disk):
                    problems.append(_problem(rule, found, scope.home))
    return problems


def _in_tree(found: _Found, rule: Rule, plan: Plan) -> _Found:
    """Return a path that starts at the root of a repository as one that starts where the tree does."""
    if rule.match != "root-file" or not isinstance(found.value, str):
        return found
    return found._replace(value=found.value.removeprefix(plan.config.prefix))


def _problem(rule: Rule, found: _Found, home: str) -> Diagnostic:
    message, code = rule.words["message"].replace("{}", _shown(found.value)), rule.words["code"]
    path, cure = found.path, rule.words["cure"]
    if rule.users[0].place.plan is not None and rule.match == "in":
        path = f"{home}{_SPEC}"  # what the spec says in no file of its own
    if rule.severity == "warning" and rule.match == "file":
        # What may still come is told at its own place.
        path = _target(found)
        cure = cure.replace("{}", path)
    return Diagnostic(f"output.{code}", message, cure, path, severity=rule.severity)


def _target(found: _Found) -> str:
    """Return the path from the root of what a path in a file leads to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(found.path), str(found.value)))


def _shown(value: Any) -> str:
    """Return a value as its file spells it, what has no plain form as it comes."""
    try:
        return value if isinstance(value, str) else yaml(value)
    except EscapeError:
        return str(value)


def _no_mappings(rule: Rule, pack: Pack) -> Diagnostic:
    message = f"the rule {rule.words['code']} compares mappings, and its `from` finds something else"
    return Diagnostic("pack.bad-match", message, "choose another `match`, or another `path`", f"{pack.id}/pack.yaml")


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
        self._seen: dict[Place, list[_Found]] = {}
        self._within: dict[tuple[Place, str], list[_Found]] = {}

    def of(self, selector: Selector) -> list[_Found]:
        """Return every value that a selector names."""
        place, within, pattern, _ = selector
        if place.kind is not None and place.kind not in self._of_kind:
            return []  # most kinds that there are rules about
        found = self._seen.get(place)
        if found is None:
            found = self._seen[place] = self._find(place)
        if pattern is None or not found:
            return found
        if within is not None:
            if (place, within) not in self._within:
                self._within[place, within] = _matches(within, found)
            found = self._within[place, within]
        return _matches(pattern, found)

    def _find(self, place: Place) -> list[_Found]:
        if place.plan is not None:
            values = [value for plan in self._plans for value in _walk(plan, place.plan)]
            return [_Found(value, value if isinstance(value, str) else "") for value in values]
        if place.language is not None:
            return [found for language, found in self._texts if language == place.language]
        documents = self._documents if place.kind is None else self._of_kind.get(place.kind, [])
        if place.file is not None:
            is_named = _glob(place.file).fullmatch
            documents = [found for found in documents if is_named(found.path.removeprefix(self._home))]
        return [_Found(value, path) for document, path in documents for value in _walk(document, place.path or "")]


def _matches(pattern: str, found: list[_Found]) -> list[_Found]:
    search = re.compile(pattern).finditer
    matches = [(match[1], path) for text, path in found if isinstance(text, str) for match in search(text)]
    return [_Found(text, path) for text, path in matches if text is not None]


def _walk(value: Any, path: str) -> list[Any]:
    """Return the values at a path below a document or a plan, in their order; all below is dict, list or tuple."""
    found = [value]
    for step in path.split(".") if path else ():
        if step == "~":
            return [key for one in found if isinstance(one, dict) for key in one]
        if step == "**":
            return [text for one in found for text in dict.fromkeys(_texts(one))]
        if step == "*":
            found = [item for one in found for item in _items(one)]
        else:
            found = [getattr(one, step) if isinstance(one, tuple) else one[step] for one in found if _has(one, step)]
    return found


def _items(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()


def _has(value: Any, step: str) -> bool:
    return step in value if isinstance(value, dict) else step in getattr(value, "_fields", ())


def _texts(value: Any) -> list[str]:
    """Return every text below a value, keys too, in their order."""
    items = (*value, *value.values()) if isinstance(value, dict) else value if isinstance(value, list) else (value,)
    found: list[str] = []
    for item in items:
        if isinstance(item, str):
            found.append(item)
        elif isinstance(item, (dict, list)):
            found += _texts(item)
    return found


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
    names = (path, f"{path}/kustomization.yaml")
    return not written.isdisjoint(names) or any(map(on_disk, names))


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
