"""An older spec as the current version would have it: the steps of its versions, done in its text one by one.

Each step is done twice, in the text and in plain data. Only when the new text says what the new data say, and has lost
no comment, is the step kept.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic, Position, in_order
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.spec.upgrade_edits import CannotError, by_hand, edits, key_of
from gitopsgen.spec.upgrade_source import Source
from gitopsgen.spec.upgrade_steps import Step, Version, Versions, after, applies, has, shipped_versions, told, value_at

_MARK = b"\xef\xbb\xbf"
VERSION_FIELD = "apiVersion"


class Done(NamedTuple):
    """A step that changed something: in what words, why, and where in the file as it was."""

    text: str
    because: str
    position: Position
    is_loss: bool


class Upgrade(NamedTuple):
    """A spec before and after. With diagnostics, which have places in the file as it was, `after` is of no use."""

    doc: SourceDoc
    before: bytes
    after: bytes
    source: Source
    done: tuple[Done, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    def document(self) -> SourceDoc:
        """Return the text after, parsed. Every step has made sure that it can be."""
        doc = parse(self.doc.path, self.source.text.encode())
        if isinstance(doc, Diagnostic):
            raise TypeError(doc.message)
        return doc

    def as_before(self, found: Diagnostic) -> Diagnostic:
        """Return a finding about the text after with its place in the file as it was."""
        if found.position is None:
            return found
        position = _position(self.doc, self.source.origins[self.source.offset(found.position)])
        return found._replace(position=position, source=self.doc.line(position))


def upgrade(
    path: str, raw: bytes, versions: Versions | None = None, below: tuple[str, ...] = ()
) -> Upgrade | Diagnostic:
    """Upgrade a spec to the current version; one that is of no older version comes back as it is.

    `below` is where the fields of the spec are in a file that has its own: the defaults of a workspace.
    Returns a Diagnostic when the file is no YAML. Mistakes of the spec that have nothing to do with its version are not
    looked for.
    """
    doc = parse(path, raw)
    if isinstance(doc, Diagnostic):
        return doc
    run = _Run(doc)
    name = doc.data.get(VERSION_FIELD)
    for version in (versions or shipped_versions()).chain(name) if isinstance(name, str) else ():
        for step in _steps(version, below):
            run.do(step)
    after_ = raw[: len(_MARK)] if raw.startswith(_MARK) else b""
    after_ += run.source.text.encode()
    done = sorted(run.done, key=lambda done: done.position.line)
    return Upgrade(doc, raw, after_, run.source, tuple(done), tuple(in_order(run.diagnostics)))


def _steps(version: Version, below: tuple[str, ...]) -> Iterator[Step]:
    for step in version.steps:
        yield step._replace(at=(*below, *step.at), to=(*below, *step.to) if step.to else ())
    yield Step("values", (VERSION_FIELD,), "", words={version.name: version.following})


class _Run:
    """The text on its way, and what the data are to be."""

    def __init__(self, doc: SourceDoc) -> None:
        self.doc = doc
        self.data = doc.data
        self.source = Source(doc.text)
        self.done: list[Done] = []
        self.diagnostics: list[Diagnostic] = []

    def do(self, step: Step) -> None:
        """Do a step, or say why it cannot be done; the next ones are tried all the same, to say all at once."""
        if not applies(step, self.data):
            return
        try:
            key = key_of(self.source, step.at)
            self._refuse_other(step)
            changed, data = self._changed(step), after(step, self.data)
            if changed is None or not _is_right(self.source, changed, data):
                raise by_hand(step, key)
        except CannotError as error:
            self._cannot(error)
            return
        if step.because:
            text = told(step, value_at(self.data, step.at))
            position = _position(self.doc, self.source.origins[key.start])
            self.done.append(Done(text, step.because, position, step.kind == "drop"))
        self.source, self.data = changed, data

    def _changed(self, step: Step) -> Source | None:
        import yaml

        try:
            return self.source.edited(edits(self.source, step))
        except yaml.YAMLError:
            return None

    def _refuse_other(self, step: Step) -> None:
        """Refuse what has a value in the place to which a step leads."""
        if not step.to:
            return
        at, to = ".".join(step.at), ".".join(step.to)
        key = key_of(self.source, step.at)
        if has(self.data, step.to):
            message = f'"{at}" and "{to}" are both written, and they are the same field'
            raise CannotError("upgrade.both-keys", message, f"keep {to}, with the value that counts", key)
        holder = value_at(self.data, step.to[:-1])
        if has(self.data, step.to[:-1]) and not _can_hold(step, holder):
            raise by_hand(step, key)

    def _cannot(self, error: CannotError) -> None:
        position = _position(self.doc, self.source.origins[error.start])
        line = self.doc.line(position)
        self.diagnostics.append(Diagnostic(error.code, error.message, error.cure, self.doc.path, position, line))


def _can_hold(step: Step, holder: Any) -> bool:
    return isinstance(holder, dict) or (isinstance(holder, str) and bool(step.short))


def _is_right(before: Source, changed: Source, data: dict[str, Any]) -> bool:
    """Whether the changed text says what the data say, and has every comment."""
    doc = parse("", changed.text.encode())
    return isinstance(doc, SourceDoc) and doc.data == data and _comments(before) == _comments(changed)


def _comments(source: Source) -> list[str]:
    return sorted(source.text[comment].rstrip() for comment in source.comments())


def _position(doc: SourceDoc, origin: int) -> Position:
    """Return the place in the file as it was; it is as long as the key or value that starts there."""
    source = Source(doc.text)
    line, column = source.line_of(origin) + 1, source.column(origin) + 1
    known = (*doc.keys.values(), *doc.values.values())
    return next((found for found in known if found[:2] == (line, column)), Position(line, column))
