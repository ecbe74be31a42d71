"""The kinds of source that a pack's `detect` section can name, each a way to find values and say where they stand.

`exists`: files or folders; a mapping gives each its value. `in` and `key`: a key of a JSON or TOML file. `in` and
`match`: regular expressions over the lines of text files, the first group is the value. `entries`: the names at the
root that are source. `remote`: a regular expression over the URL of the repository.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.detect import git
from gitopsgen.detect.tree import Tree, matching

_LONGEST_LINE = 500
_NEVER = r"(?!)"
_HOLE = re.compile(r"\{([\w.]*)\}")


class Found(NamedTuple):
    """A value as it was found, and where."""

    value: Any
    evidence: str


class Scene(NamedTuple):
    """What sources look at: the files, the repository's URL, and the values of fields that are settled."""

    tree: Tree
    repository: str
    settled: Mapping[str, Any]


def read(scene: Scene, source: Mapping[str, Any]) -> list[Found]:
    """Return what a source finds, in the order in which it stands there. Raises re.error for a bad pattern."""
    kind = next(kind for kind in _READERS if kind in source)
    found = []
    for item in _READERS[kind](scene, source):
        value = _shaped(scene, source, item.value) if isinstance(item.value, str) else item.value
        if value is not None:
            found.append(Found(value, item.evidence))
    return found


def _exists(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    wanted = source["exists"]
    for path in scene.tree.paths([wanted] if isinstance(wanted, str) else wanted):
        yield Found(wanted.get(path, path) if isinstance(wanted, Mapping) else path, path)


def _key(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    path, keys = source["in"], source["key"].split(".")
    value: Any = scene.tree.data(path)
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    value = str(value) if type(value) in (int, float) else value
    if not value or (isinstance(value, str) and re.search(source.get("unless", _NEVER), value[:_LONGEST_LINE])):
        return
    if "match" in source:
        found = re.search(source["match"], value[:_LONGEST_LINE]) if isinstance(value, str) else None
        if not found:
            return
        value = _first_group(found)
    line = scene.tree.line_of_key(path, keys)
    yield Found(value, f"{path}:{line} ({source['key']})" if line else f"{path} ({source['key']})")


def _lines(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    wanted, expressions = source["in"], source["match"]
    patterns = [re.compile(text) for text in ([expressions] if isinstance(expressions, str) else expressions)]
    skip = re.compile(source.get("skip", _NEVER))
    for path in scene.tree.paths([wanted] if isinstance(wanted, str) else wanted, source.get("except", ())):
        for number, line in enumerate((scene.tree.text(path) or "").splitlines(), 1):
            if len(line) <= _LONGEST_LINE and not skip.search(line):
                for pattern in patterns:
                    yield from (Found(_first_group(found), f"{path}:{number}") for found in pattern.finditer(line))


def _entries(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    tree, patterns, leave_out = scene.tree, source["entries"], source.get("except", [])
    known = matching(tree.folders(), source.get("folders", ()), leave_out)
    names = {*known, *tree.folders_with(patterns, leave_out), *matching(tree.files(), patterns, leave_out)}
    names -= git.ignored(tree.root.path, sorted(names)) if names else set()
    if names:
        yield Found(sorted(names), "source files and folders at the root")


def _remote(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    if re.search(source["remote"], scene.repository):
        yield Found(scene.repository, scene.repository)


_READERS: dict[str, Callable[[Scene, Mapping[str, Any]], Iterator[Found]]] = {
    "exists": _exists,
    "key": _key,
    "match": _lines,
    "entries": _entries,
    "remote": _remote,
}


def _first_group(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group is not None), found[0])


def _shaped(scene: Scene, source: Mapping[str, Any], text: str) -> str | None:
    """Complete a path by `endings`, then put it for `{}` and settled fields for `{field}` in `value`, each as one word.

    None when no such file is there or will be built, or when a field is not settled.
    """
    import shlex

    path = _completed(scene, source, text) if "endings" in source else text
    if path is None or "value" not in source:
        return path
    form: str = source["value"]
    known = {"": path, **scene.settled}
    if any(name not in known for name in _HOLE.findall(form)):
        return None
    return _HOLE.sub(lambda hole: shlex.quote(str(known[hole[1]])), form)


def _completed(scene: Scene, source: Mapping[str, Any], text: str) -> str | None:
    path, endings = text.removeprefix("./"), list[str](source["endings"])
    for ending in endings:
        if scene.tree.is_file(path + ending):
            return path + ending
    return path if source.get("builtBy") in scene.settled else None
