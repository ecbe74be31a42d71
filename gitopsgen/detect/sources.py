"""The kinds of source that a pack's `detect` section can name, each a way to find values and say where they stand.

`exists`: files or folders; a mapping gives each its value. `in` and `key`: a key of a JSON, TOML, YAML or XML file.
`in` and `match`: regular expressions over the lines of text files, the first group is the value. `documents`: a group
of YAML documents; `each` are the nodes that count when they fit `where`, `at` is the value below each, and without both
it is the path of the file. `entries`: the names at the root that are source. `remote`: a regular expression over the
URL of the repository. `workspaces`: the folders of the workspaces that the app's own needs, itself first. `when` and
`without` say under which conditions a source counts, `defines` and `known` what variables stand for. `either`: several
sources as one, whose values must agree. `fact`: a pattern over an earlier fact. `in` and `routes`: what code serves.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gitopsgen.detect import git
from gitopsgen.detect.code import comments, without_blocks
from gitopsgen.detect.documents import fits
from gitopsgen.detect.needed import MANY, worth_trying
from gitopsgen.detect.routes import read_routes
from gitopsgen.detect.scene import PLACES, Found, Scene, completed, paths_of
from gitopsgen.detect.services import members_needed
from gitopsgen.detect.tree import matching
from gitopsgen.detect.variables import HOLE, LONGEST_LINE, known, told, with_secrets
from gitopsgen.detect.yamlnodes import find

_NEVER = r"(?!)"


def read(scene: Scene, source: Mapping[str, Any]) -> list[Found]:
    """Return what a source finds, in the order in which it stands there. Raises re.error for a bad pattern."""
    if not _applies(scene, source):
        return []
    beside = [item.evidence for other in source.get("present", ()) for item in read(scene, other)[:1]]
    if "present" in source and not beside:
        return []
    kind = next(kind for kind in _READERS if kind in source)
    found, doubt = list[Found](), ""
    for item in _READERS[kind](scene, source):
        value = _shaped(scene, source, item.value) if isinstance(item.value, str) else item.value
        if value is not None:
            said = f"{item.evidence} with {beside[0]}" if beside else item.evidence
            said = f"{said}: {source['because']}" if "because" in source and not source.get("guess") else said
            found.append(Found(value, said, source.get("exact", False), item.doubt, item.likely))
    if "explained" in source:
        explained = {name: _is_explained(scene, source, name) for name in {str(item.value) for item in found}}
        found = [item for item in found if not explained[str(item.value)]]
    if "resolved" in source:
        names = dict.fromkeys(str(item.value) for item in found)
        found = [item for name in names for item in _resolved(scene, source, name)]
    found = found[-1:] if source.get("last") else found
    if source.get("guess"):
        found = [item._replace(doubt=source.get("because", "no route that is known has it")) for item in found]
    if found and "unsure" in source:
        doubt = next(
            (f"{item.evidence} may change it" for other in source["unsure"] for item in read(scene, other)), ""
        )
        found = [item._replace(doubt=doubt, likely=False) for item in found] if doubt else found
    return [inner for item in found for inner in _below(scene, source, item)]


def _resolved(scene: Scene, source: Mapping[str, Any], name: str) -> list[Found]:
    """Return what a name stands for, by the first of the sources about it that tells."""
    return next(filter(None, (read(scene, _about(other, name)) for other in source["resolved"])), [])


def _is_explained(scene: Scene, source: Mapping[str, Any], name: str) -> bool:
    """Whether a source finds what is to be said of a name, which its patterns call `{}`."""
    return any(read(scene, _about(other, name)) for other in source["explained"])


def _about(source: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Put a name for `{}` in the patterns of a source, and for `{.}` what stands behind its last dot."""
    whole, last = re.escape(name), re.escape(name.rpartition(".")[2])
    about: dict[str, Any] = {
        key: [_about(other, name) for other in source[key]] for key in ("either", "below") if key in source
    }
    if "match" in source:
        patterns = [source["match"]] if isinstance(source["match"], str) else source["match"]
        about["match"] = [pattern.replace("{}", whole).replace("{.}", last) for pattern in patterns]
    return {**source, **about}


def _below(scene: Scene, source: Mapping[str, Any], found: Found) -> list[Found]:
    """Put a path below each of those that `below` finds, such as the prefix of all routes; as it is without one."""
    prefixes = [prefix for outer in source.get("below", ()) for prefix in read(scene, outer)]
    return [
        found._replace(
            value=f"/{prefix.value.strip('/')}/{found.value.lstrip('/')}",
            evidence=f"{found.evidence}, below {prefix.evidence}",
        )
        for prefix in prefixes
        if isinstance(prefix.value, str) and prefix.value.strip("/")
    ] or [found]


def _applies(scene: Scene, source: Mapping[str, Any]) -> bool:
    """Whether the earlier facts are as `when` says, none of `certain` is in doubt, and nothing speaks against it."""
    expected = source.get("when", {})
    as_said = all(
        scene.settled.get(field) in (value if isinstance(value, list) else [value]) for field, value in expected.items()
    )
    as_said = as_said and not any(field in scene.doubted for field in source.get("certain", ()))
    as_said = as_said and all(
        re.search(pattern, _words(scene.settled.get(field))) for field, pattern in source.get("fits", {}).items()
    )
    return (
        as_said
        and not scene.tree.paths(source.get("without", ()))
        and ("given" not in source or bool(scene.tree.paths(source["given"])))
        and not any(read(scene, other) for other in source.get("absent", ()))
    )


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value or "")


def _exists(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    wanted = source["exists"]
    for path in paths_of(scene, source, wanted):
        if "executable" in source and scene.tree.is_executable(path) != source["executable"]:
            continue
        name = path.removeprefix("../" * path.count("../"))
        yield Found(wanted.get(name, name) if isinstance(wanted, Mapping) else path, path)


def _key(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    for path in paths_of(scene, source, source["in"], source["key"]):
        manifest = scene.tree.manifest(path)
        values = manifest.find(source["key"], source.get("where"), source.get("unset", ())) if manifest else ()
        for found in values:
            value = found.key.rpartition(".")[2] if source.get("names") else found.value
            value = str(value) if type(value) in (int, float) else value
            if not value or (isinstance(value, str) and re.search(source.get("unless", _NEVER), value[:LONGEST_LINE])):
                continue
            evidence = f"{path} {found.key}, line {found.line}" if found.line else f"{path} {found.key}"
            if "match" not in source:
                yield Found(value, evidence)
            elif isinstance(value, str) and (part := _first_match(source["match"], value[:LONGEST_LINE])):
                named = _value(source, path, part)
                how = next((how for option, how in PLACES.items() if source.get(option)), None)
                if placed := how(scene, path, named) if how else named:
                    yield Found(placed, evidence)


def _first_match(patterns: str | list[str], text: str) -> re.Match[str] | None:
    expressions = [patterns] if isinstance(patterns, str) else patterns
    return next(filter(None, (re.search(pattern, text) for pattern in expressions)), None)


def _lines(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    expressions = source["match"]
    expressions = [expressions] if isinstance(expressions, str) else expressions
    texts = [with_secrets(text) for text in expressions]
    patterns = [re.compile(text) for text in texts]
    skip, lacking = re.compile(source.get("skip", _NEVER)), re.compile(source.get("lacking", _NEVER))
    span = source.get("span", 1)
    paths = list(paths_of(scene, source, source["in"]))
    plain = span == 1 and not {"defines", "known"} & source.keys()
    for path in paths:
        content = scene.tree.text(path) or ""
        if source.get("mentions", "") not in content or not re.search(source.get("path", ""), path):
            continue
        tried = worth_trying(texts, content) if plain and len(paths) >= MANY else patterns
        if not tried:
            continue
        lines = [line if len(line) <= LONGEST_LINE else "" for line in without_blocks(content.splitlines(), source)]
        lines = told(scene.settled, source, lines)
        if "lacking" in source and any(lacking.search(line) for line in lines):
            continue
        for number, line in enumerate(lines, 1):
            if not line or skip.search(line):
                continue
            text = " ".join([line, *lines[number : number - 1 + span]]) if span > 1 else line
            matches = (found for pattern in tried for found in pattern.finditer(text))
            yield from (
                Found(_value(source, path, found), f"{path}:{number}")
                for found in matches
                if found.start() <= len(line) and not (source.get("skip") and _is_comment(line, found, skip))
            )


def _is_comment(line: str, found: re.Match[str], skip: re.Pattern[str]) -> bool:
    """Whether what a pattern finds stands in a comment of a line that has code, too."""
    at = found.start(found.lastindex or 0)
    return any(start <= at < end for start, end in comments(line, skip))


def _value(source: Mapping[str, Any], path: str, found: re.Match[str]) -> str:
    """Return the first group of what matched, or of the file's path when that is what is looked for."""
    taken = (re.search(source["path"], path) if "path" in source else None) or found
    return "".join(filter(None, taken.groups())) if source.get("joined") else _first_group(taken)


def _documents(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    group = scene.groups[source["documents"]]
    in_file, unless = re.compile(source.get("file", "")), re.compile(source.get("unless", _NEVER))
    for document in scene.archive.of(group, source.get("whosever", False)):
        if not in_file.search(document.path):
            continue
        for node in find(document.root, source.get("each", "")):
            if not fits(node, source.get("where", {})):
                continue
            if "each" not in source and "at" not in source:
                yield from _matches(source, document.path, document.place(node))
            for inner in find(node, source.get("at", "")) if "each" in source or "at" in source else ():
                value = document.value(inner)
                value = known(scene.settled, source, value) if isinstance(value, str) else value
                if isinstance(value, str) and not unless.search(value[:LONGEST_LINE]):
                    yield from _matches(source, value, document.place(inner))
                elif isinstance(value, (dict, list)):
                    yield Found(value, document.place(inner))


def _matches(source: Mapping[str, Any], value: str, evidence: str) -> Iterator[Found]:
    """Yield the value, or what `match` finds in each of its lines."""
    if "match" not in source:
        yield Found(value, evidence)
        return
    patterns = [source["match"]] if isinstance(source["match"], str) else source["match"]
    for line in value.splitlines():
        for pattern in patterns if len(line) <= LONGEST_LINE else ():
            yield from (Found(_first_group(found), evidence) for found in re.finditer(pattern, line))


def _entries(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    tree, patterns, leave_out = scene.tree, source["entries"], source.get("except", [])
    folders = matching(tree.folders(), source.get("folders", ()), leave_out)
    names = {*folders, *tree.folders_with(patterns, leave_out), *matching(tree.files(), patterns, leave_out)}
    names -= git.ignored(tree.root.path, sorted(names)) if names else set()
    if names:
        yield Found(sorted(names), f"source files and folders {f'of {tree.inside}' if tree.inside else 'at the root'}")


def _remote(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    if found := re.search(source["remote"], scene.repository):
        yield Found(_first_group(found) if found.groups() else scene.repository, scene.repository)


def _workspaces(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    tree, rule = scene.tree, source["workspaces"]
    locks = tree.paths(rule["locks"], above=True)
    if tree.outer and locks and all(path.startswith("../") for path in locks):
        needed = members_needed(tree.outer, tree.inside, rule["manifest"], rule["name"], rule["uses"])
        if "having" not in rule:
            yield Found(needed, f"{rule['manifest']} of each, {locks[0]} for all")
            return
        for member in needed[1:]:
            manifest = tree.outer.manifest(f"{member}/{rule['manifest']}")
            if manifest and manifest.find(rule["having"]):
                yield Found(member, f"{member}/{rule['manifest']} {rule['having']}")


def _fact(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    yield from _matches(source, _words(scene.settled.get(source["fact"])), source["fact"])


def _either(scene: Scene, source: Mapping[str, Any]) -> Iterator[Found]:
    for other in source["either"]:
        yield from read(scene, other)


_READERS: dict[str, Callable[[Scene, Mapping[str, Any]], Iterator[Found]]] = {
    "exists": _exists,
    "documents": _documents,
    "fact": _fact,
    "key": _key,
    "routes": read_routes,
    "match": _lines,
    "entries": _entries,
    "remote": _remote,
    "workspaces": _workspaces,
    "either": _either,
}


def _first_group(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group is not None), found[0])


def _shaped(scene: Scene, source: Mapping[str, Any], text: str) -> str | None:
    """Complete a path by `endings`, then put it for `{}` and settled fields for `{field}` in `value`, each as one word.

    `words` stay several.

    None when no such file is there or will be built, or when a field is not settled.
    """
    import shlex

    quote = str if source.get("words") else shlex.quote
    text = _line_of(text) if source.get("words") else text
    path = completed(scene, source, text) if "endings" in source else text
    if path is None or "value" not in source:
        return path
    form: str = source["value"]
    values = {"": path, **scene.settled}
    if any(name not in values for name in HOLE.findall(form)):
        return None
    return HOLE.sub(
        lambda hole: (shlex.quote if hole[1] else quote)(str(values[hole[1]])) if values[hole[1]] else "", form
    )


def _line_of(text: str) -> str:
    """Return a JSON list of words, as a Dockerfile has its command, as one line; as it is when it is none."""
    import shlex

    try:
        words = json.loads(text)
    except ValueError:
        return text
    return shlex.join(map(str, words)) if isinstance(words, list) else text
