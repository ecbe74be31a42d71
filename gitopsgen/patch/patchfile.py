"""The YAML of a structural patch: written for people, read with positions."""

import re
from typing import Any, cast

from gitopsgen.core.diagnostic import Diagnostic, Position
from gitopsgen.core.repopath import RepoPath
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import Path, SourceDoc, parse
from gitopsgen.patch.events import UnsupportedError
from gitopsgen.patch.fragment import read_comment, read_fragment
from gitopsgen.patch.identity import labels
from gitopsgen.patch.model import Action, Edit, PatchError, Where

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./=@-]*(?: [A-Za-z0-9_./=@-]+)*\Z")
_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LITERAL = re.compile(r"(?:\n*[^ \n\t][^\n]*\n(?:[^\n]*\n)*)\Z")
_COMMENTS: tuple[Action, ...] = ("above", "behind", "below")
_KEYS = {
    "document", "at", "item", "replace", "with", "remove", "add", "move", "comment", "after", "before", "place",
}  # fmt: skip


def write_edits(target: RepoPath, edits: tuple[Edit, ...]) -> str:
    """Return the YAML of a structural patch, without the note at its top."""
    return f"target: {word(target)}\nchanges:\n" + "".join(_write(edit) for edit in edits)


def _write(edit: Edit) -> str:
    fields: list[str] = []
    # The place comes first: when git joins the changes of two branches, their first lines must not be the same.
    if edit.at:
        fields.append(f"at: [{', '.join(map(word, edit.at))}]\n")
    if edit.document:
        fields.append(f"document: {word(edit.document)}\n")
    if edit.action in _COMMENTS:
        fields.append(f"comment: {edit.action}\n")
    if edit.action == "move":
        fields.append(f"move: {word(edit.item)}\n")
    if edit.action in ("replace", "remove") and edit.item != _default_item(edit.old):
        fields.append(f"item: {word(edit.item)}\n")
    if edit.where in ("after", "before"):
        fields.append(f"{edit.where}: {word(edit.anchor)}\n")
    elif edit.action in ("add", "move"):
        fields.append(f"place: {edit.where}\n")
    if edit.old:
        fields.append(f"{'remove' if edit.action == 'remove' else 'replace'}: {_text(edit.old)}")
    if edit.new:
        fields.append(f"{'add' if edit.action == 'add' else 'with'}: {_text(edit.new)}")
    return "".join(f"  {'- ' if number == 0 else '  '}{field}" for number, field in enumerate(fields))


def _default_item(text: str) -> str:
    """Return what an entry is called when the patch does not say it."""
    try:
        entry = read_fragment(text).entries[0]
    except UnsupportedError:
        return ""
    return entry.key if entry.key is not None else next(iter(labels(entry)), "")


def word(text: str) -> str:
    """Return a text as one value in YAML."""
    if _PLAIN.match(text) and text.lower() not in _WORDS:
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(char) or _escaped(char) for char in text) + '"'


def _escaped(char: str) -> str:
    return char if char.isprintable() else f"\\U{ord(char):08x}"


def _text(text: str) -> str:
    """Write lines as a literal block, or in quotes when a block could not hold them."""
    lines = text.split("\n")
    plain = _LITERAL.match(text) and lines[-2] and all(line.isprintable() and line == line.rstrip() for line in lines)
    if not plain:
        return f"{_quoted(text)}\n"
    return "|\n" + "".join(f"      {line}\n" if line else "\n" for line in lines[:-1])


def read_edits(target: RepoPath, source: RepoPath, raw: bytes) -> tuple[Edit, ...] | Diagnostic:
    """Read a structural patch. Gives the Diagnostic of the YAML door for what is no YAML. Raises PatchError."""
    doc = parse(source, raw if raw.endswith(b"\n") else raw + b"\n")
    if isinstance(doc, Diagnostic):
        return doc
    return _Reader(doc).edits(target)


class _Reader:
    """Turns the data of a patch into edits."""

    def __init__(self, doc: SourceDoc) -> None:
        self.doc = doc

    def edits(self, target: RepoPath) -> tuple[Edit, ...]:
        data = self.doc.data
        self._known(data, {"target", "changes"}, ())
        named = data.get("target")
        if named != target:
            message = f"the patch is for {str(named)[:200]!r}, but its own name says {target}"
            raise self._wrong(message, ("target",)) if named is not None else self._wrong("`target` is missing", ())
        changes = data.get("changes")
        if not isinstance(changes, list):
            raise self._wrong("`changes` is a list", ("changes",))
        return tuple(self._edit(change, ("changes", number)) for number, change in enumerate(changes))

    def _edit(self, change: Any, at: Path) -> Edit:
        if not isinstance(change, dict):
            raise self._wrong("a change is a mapping", at)
        self._known(change, _KEYS, at)
        action = self._action(change, at)
        place = change.get("at", [])
        if not isinstance(place, list) or not all(isinstance(part, str) for part in place):
            raise self._wrong("`at` is a list of texts", (*at, "at"))
        found = Edit(action, self._string(change, "document", at), tuple(place))
        where, anchor = self._where(change, at)
        key = {"add": "add", "remove": "remove", "move": "move", "replace": "replace"}.get(action, "comment")
        position = self.doc.keys[(*at, key)]
        old = self._string(change, "remove" if action == "remove" else "replace", at)
        new = self._string(change, "add" if action == "add" else "with", at)
        found = found._replace(old=old, new=new, where=where, anchor=anchor, position=position)
        found = found._replace(source=self.doc.line(position))
        item = self._string(change, "move" if action == "move" else "item", at)
        return self._checked(found._replace(item=item), at)

    def _action(self, change: dict[str, Any], at: Path) -> Action:
        if "comment" in change:
            if change["comment"] not in _COMMENTS:
                raise self._wrong("`comment` is above, behind or below", (*at, "comment"))
            return cast("Action", change["comment"])
        words: list[Action] = ["replace", "add", "remove", "move"]
        found = [word for word in words if word in change]
        if len(found) != 1:
            raise self._wrong("a change has one of `replace`, `add`, `remove`, `move` and `comment`", at)
        return found[0]

    def _where(self, change: dict[str, Any], at: Path) -> tuple[Where, str]:
        found = [word for word in ("after", "before", "place") if word in change]
        if len(found) > 1:
            raise self._wrong("a change has one of `after`, `before` and `place`", at)
        if "place" in change:
            if change["place"] not in ("first", "last"):
                raise self._wrong("`place` is first or last", (*at, "place"))
            return cast("Where", change["place"]), ""
        return (cast("Where", found[0]), self._string(change, found[0], at)) if found else ("last", "")

    def _checked(self, edit: Edit, at: Path) -> Edit:
        """Make sure that the texts of an edit are entries, or comments."""
        if edit.action in _COMMENTS:
            self._is_comment(edit.old, (*at, "replace"))
            self._is_comment(edit.new, (*at, "with"))
            if edit.action == "behind" and "\n" in edit.new.rstrip("\n"):
                raise self._wrong("a comment behind an entry is one line", (*at, "with"))
            return edit
        if edit.action == "add":
            self._entries(edit.new, (*at, "add"), at_most=10_000)
        if edit.action == "replace":
            if not edit.new:
                raise self._wrong("`replace` needs `with`", (*at, "replace"))
            self._entries(edit.new, (*at, "with"))
        if edit.action in ("replace", "remove"):
            self._entries(edit.old, (*at, edit.action))
            return edit if edit.item else edit._replace(item=_default_item(edit.old) or "#1")
        return edit

    def _entries(self, text: str, at: Path, at_most: int = 1) -> None:
        try:
            count = len(read_fragment(text).entries)
        except UnsupportedError as error:
            raise self._wrong(f"`{at[-1]}` is no entry: {error}", at) from None
        if count > at_most:
            raise self._wrong(f"`{at[-1]}` holds {count} entries; write one change for each", at)

    def _is_comment(self, text: str, at: Path) -> None:
        try:
            read_comment(text, 0)
        except UnsupportedError as error:
            raise self._wrong(f"`{at[-1]}` is no comment: {error}", at) from None

    def _string(self, change: dict[str, Any], key: str, at: Path) -> str:
        value = change.get(key, "")
        if not isinstance(value, str):
            raise self._wrong(f"`{key}` is a text", (*at, key))
        return value

    def _known(self, data: dict[str, Any], known: set[str], at: Path) -> None:
        for key in data:
            if key not in known:
                raise self._wrong(f'unknown key "{key[:60]}"{did_you_mean(key, known)}', (*at, key), key=True)

    def _wrong(self, message: str, at: Path, *, key: bool = False) -> PatchError:
        found = self.doc.find("", message, "", at, key=key)
        return PatchError(message, found.position or Position(1, 1), found.source)
