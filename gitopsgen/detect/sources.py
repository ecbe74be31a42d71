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
        value = _composed(scene, source, _completed(scene, source, item.value))
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
    if value in (None, "", {}, []) or ("unless" in source and re.search(source["unless"], str(value))):
        return
    if "match" in source:
        found = re.search(source["match"], str(value)[:_LONGEST_LINE])
        if not found:
            return
        value = _first_group(found)
    line = scene.tree.line_of_key(path, keys)
    yield Found(value, f"{path}:{line} ({source['key']})" if line else f"{path} ({source['key']})")


def _lines(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    wanted, expressions = source["in"], source["match"]
    patterns = [re.compile(text) for text in ([expressions] if isinstance(expressions, str) else expressions)]
    skip = re.compile(source.get("skip", r"(?!)"))
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


def _completed(scene: Scene, source: Mapping[str, Any], value: Any) -> Any:
    """With `endings`, the value is a path that may lack one; None when no such file is there or will be built."""
    if "endings" not in source:
        return value
    path = str(value).removeprefix("./")
    for ending in source["endings"]:
        if scene.tree.is_file(path + ending):
            return path + ending
    return path if source.get("builtBy") in scene.settled else None


def _composed(scene: Scene, source: Mapping[str, Any], value: Any) -> Any:
    """Put the found value for `{}` and settled fields for `{field}` in `value`, None when one is missing."""
    form = source.get("value")
    if form is None or value is None:
        return value
    known = {"": value, **scene.settled}

    def fill(text: str) -> str:
        return re.sub(r"\{([\w.]*)\}", lambda name: str(known[name[1]]), text)

    try:
        return [fill(word) for word in form] if isinstance(form, list) else fill(form)
    except KeyError:
        return None
