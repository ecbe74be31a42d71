"""YAML files as detection reads them: any number of documents of any content, with lines, within a budget.

A pack names groups of documents under `detect.documents`: where their files lie (`in`, `mentions`), what they must hold
(`where`, `repository`), and the value that all of them must share (`one`), so that the facts of two apps never mix.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from gitopsgen.detect import git
from gitopsgen.detect.tree import LARGEST, MOST_FILES, Tree
from gitopsgen.detect.values import same_app
from gitopsgen.detect.yamlnodes import Node, NoYamlError, find, plain, read_documents, text_of

_MOST_BYTES = 1024 * 1024
_MOST_NOTES = 5
# Helm, Jinja and their like; `${{` is an expression of a CI system inside plain YAML.
_TEMPLATED = re.compile(r"(?<!\$)\{\{|\{%")
_HOLE = re.compile(r"\{([\w.]+)\}")


class Document(NamedTuple):
    """One YAML document; `called` is how evidence names it, empty when the path says enough."""

    path: str
    root: Node
    called: str
    variables: Mapping[str, str]
    variable: re.Pattern[str] | None

    def place(self, node: Node) -> str:
        """Return where a node of the document stands, as evidence says it."""
        return f"{self.called}: {self.path}:{node.line}" if self.called else f"{self.path}:{node.line}"

    def value(self, node: Node) -> Any:
        """Return a node as plain data with the file's own variables filled in, None for nothing."""
        value = plain(node)
        return self._filled(value) if isinstance(value, str) else value

    def _filled(self, text: str) -> str:
        if self.variable is None:
            return text
        return self.variable.sub(lambda found: self.variables.get(found[found.lastindex or 0], found[0]), text)


class Archive:
    """The documents of a repository by group; every file is read and parsed once.

    `folder` is the name of the app's folder, where the repository has several: documents of that name are its own, also
    those of `outer`, the archive of the whole repository.
    """

    def __init__(self, tree: Tree, repository: str, folder: str = "", outer: "Archive | None" = None) -> None:
        self.tree = tree
        self.repository = repository
        self.folder = folder
        self.outer = outer
        self._left = _MOST_BYTES
        self._parsed: dict[str, list[Node]] = {}
        self._all: dict[int, list[Document]] = {}
        self._groups: dict[int, list[Document]] = {}
        self._notes: list[str] = []

    @property
    def problems(self) -> list[str]:
        """What was passed over and why; a repository full of templates is told in a few lines."""
        more = len(self._notes) - _MOST_NOTES
        return self._notes[:_MOST_NOTES] + ([f"{more} more like these"] if more > 0 else [])

    def of(self, group: Mapping[str, Any], whosever: bool = False) -> list[Document]:
        """Return the documents of a group that are this app's, or all. Raises re.error for a bad pattern of it."""
        if id(group) not in self._all:
            self._all[id(group)] = list(self._members(group))
        if not whosever and id(group) not in self._groups:
            own = self._told_apart(group, self._all[id(group)])
            self._groups[id(group)] = own or (self.outer.called_so(group) if self.outer else [])
        return self._all[id(group)] if whosever else self._groups[id(group)]

    def called_so(self, group: Mapping[str, Any]) -> list[Document]:
        """Return the documents of a group that are called as the app's folder is."""
        return [
            document
            for document in self.of(group, whosever=True)
            if "one" in group and same_app(_one_text(document.root, group["one"]), self.folder)
        ]

    def _members(self, group: Mapping[str, Any]) -> Iterator[Document]:
        wanted, mentions = group["in"], re.compile(group.get("mentions", ""))
        paths = self.tree.paths([wanted] if isinstance(wanted, str) else wanted, group.get("except", ()))
        if len(paths) == MOST_FILES:
            self._note(f"only the first {MOST_FILES} files of {paths[0].partition('/')[0]} and the like are looked at")
        for path in paths:
            for root in self._documents(path, mentions):
                if fits(root, group.get("where", {})) and self._is_ours(root, group):
                    yield _document(path, root, group)

    def _documents(self, path: str, mentions: re.Pattern[str]) -> list[Node]:
        """Return the documents of a file that mentions what is looked for."""
        if path in self._parsed:
            return self._parsed[path]
        text = self.tree.text(path)
        if text is None:
            if self.tree.is_file(path):
                self._note(f"{path} is passed over: it is not a readable file of at most {LARGEST // 1024} KiB")
                self._parsed[path] = []
            return []
        if not mentions.search(text):
            return []
        self._parsed[path] = self._parse(path, text)
        return self._parsed[path]

    def _parse(self, path: str, text: str) -> list[Node]:
        if _TEMPLATED.search(text):
            self._note(f"{path} is passed over: it is a template, not plain YAML")
            return []
        self._left -= len(text)
        if self._left < 0:
            self._note(f"{path} is passed over: there are {_MOST_BYTES // 1024} KiB of YAML before it")
            return []
        try:
            return read_documents(text)
        except NoYamlError as error:
            self._note(f"{path} is passed over: {error}")
            return []

    def _is_ours(self, root: Node, group: Mapping[str, Any]) -> bool:
        """Whether the value at `repository` is the URL of this repository, in whatever form it is written."""
        if "repository" not in group:
            return True
        ours = _bare(self.repository)
        urls = [git.https_url(text_of(node)) for node in find(root, group["repository"])]
        return bool(ours) and ours in map(_bare, urls)

    def _told_apart(self, group: Mapping[str, Any], documents: list[Document]) -> list[Document]:
        """Return the documents when they share the value that makes them one, else none of them."""
        if "one" not in group:
            return documents
        first: dict[str, Document] = {}
        for document in documents:
            for node in find(document.root, group["one"])[:1]:
                first.setdefault(text_of(node), document)
        if len(first) <= 1:
            return documents
        if any(same_app(name, self.folder) for name in first):
            return self.called_so(group)
        shown = [f"{document.called or 'one'} in {document.path}" for document in first.values()]
        rest = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        self._note(f"{', '.join(shown[:4])}{rest}: which one is this app cannot be told; nothing is read from them")
        return []

    def _note(self, text: str) -> None:
        if text not in self._notes:
            self._notes.append(text)


def fits(node: Node, where: Mapping[str, str]) -> bool:
    """Whether a value at every path of `where` matches its pattern. Raises re.error for a bad pattern."""
    return all(any(re.search(pattern, text_of(found)) for found in find(node, path)) for path, pattern in where.items())


def _document(path: str, root: Node, group: Mapping[str, Any]) -> Document:
    called = _HOLE.sub(lambda hole: _one_text(root, hole[1]), group.get("called", "")).strip()
    variables = group.get("variables", {})
    values: dict[str, set[str]] = {}
    for place in variables.get("at", ()):
        for node in find(root, place):
            for name, value in node.value.items() if isinstance(node.value, dict) else ():
                values.setdefault(name, set()).add(text_of(value))
    # A name with two values in one file is no constant.
    constants = {name: next(iter(texts)) for name, texts in values.items() if len(texts) == 1}
    return Document(path, root, called, constants, re.compile(variables["match"]) if variables else None)


def _one_text(root: Node, path: str) -> str:
    text = next((text_of(node) for node in find(root, path)), "")
    return text if text.isprintable() and len(text) <= 63 else ""


def _bare(url: str) -> str:
    return url.rstrip("/").removesuffix(".git").lower()
