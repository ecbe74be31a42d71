"""From what the outputs pin to what is recorded: looked up at the sources, and written whole or not at all."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from gitopsgen.compiler import inspect
from gitopsgen.core import errors
from gitopsgen.core.diagnostic import Diagnostic, in_order
from gitopsgen.core.repopath import Root
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.pins.model import NO_PINS, PINS, ActionPin, ImagePin, Pins, ToolPin, pins_source, pins_text
from gitopsgen.pins.used import Used, used
from gitopsgen.repin.registry import LookupFailed, digest_of
from gitopsgen.repin.tags import commits_of, newest, release
from gitopsgen.repo.transaction import Transaction
from gitopsgen.repo.turn import turn

_AT_ONCE = 8
# How many numbers the tag of a release has that never moves.
_FULL = 3
_AGAIN = "nothing was written; mend the cause and run again"


class Listing(NamedTuple):
    """What the outputs pin; after an update also the newer releases that were seen, by name."""

    items: tuple[Used, ...]
    newer: Mapping[str, str] = {}


class _Found(NamedTuple):
    """What was looked up for one item: the tag and its digest or commit, and a newer tag, if any."""

    item: Used
    tag: str
    fixed: str
    newer: str = ""


class _Update:
    """One update: `wanted` maps names of actions and tools to the tags and versions that a person asked for."""

    def __init__(self, compiled: Compiled, wanted: Mapping[str, str], today: str) -> None:
        self.compiled, self.wanted, self.today = compiled, wanted, today
        self.items = _used(compiled)
        self._host = compiled.plan.ci["data"].get("host", "")
        bare = used(NO_PINS, {}, {pack.id: pack.get("data", {}) for pack in compiled.packs.values()})
        self._own = {item.name: item for item in bare}

    def unknown(self) -> list[Diagnostic]:
        """Return `pin.unknown` for each wanted name that nothing here pins."""
        known = [item.name for item in self.items if item.kind != "image"]
        return [
            Diagnostic(
                "pin.unknown", f"{name} is not used here{did_you_mean(name, known)}", "`gitopsgen pin` lists all"
            )
            for name in self.wanted
            if name not in known
        ]

    def look_up(self, item: Used) -> _Found | Diagnostic:
        """Ask the source of an item. Gives `pin.lookup`, and `pin.moved` for a release that is not what it was."""
        try:
            if item.kind == "image":
                return _Found(item, item.version, digest_of(f"{item.name}:{item.version}"))
            return self._action(item)
        except LookupFailed as error:
            return Diagnostic("pin.lookup", f"{item.name}: {error}", _AGAIN)

    def _action(self, item: Used) -> _Found | Diagnostic:
        tag = self._tag(item)
        tags = commits_of(f"{self._host}/{item.name}")
        if tag not in tags:
            return Diagnostic("pin.lookup", f"{item.name}: it has no tag {tag}{did_you_mean(tag, tags)}", _AGAIN)
        known = {one.version: one.fixed for one in (self._own[item.name], item) if one.fixed}
        is_moved = tags[tag] != known.get(tag, tags[tag])
        if is_moved and len(release(tag)) == _FULL and item.name not in self.wanted:
            message = f"{item.name}: the release {tag} was the commit {known[tag]} and is {tags[tag]} now"
            cure = f"a release must not move: find out why; then `gitopsgen pin --update {item.name}@{tag}` takes it"
            return Diagnostic("pin.moved", message, cure)
        return _Found(item, tag, tags[tag], newest(tags, tag))

    def _tag(self, item: Used) -> str:
        """Return the tag to take: the one asked for, else the recorded one, unless the pack knows a newer by now."""
        own = self._own[item.name].version
        return self.wanted.get(item.name, own if release(own) > release(item.version) else item.version)

    def pins(self, found: Iterable[_Found]) -> Pins:
        """Return what is to be recorded. An action that is what its pack says follows its pack, and needs no record."""
        images, actions = {}, {}
        for item, tag, fixed, _ in found:
            if item.kind == "image":
                images[f"{item.name}:{tag}"] = ImagePin(fixed, self.today)
            elif (tag, fixed) != (self._own[item.name].version, self._own[item.name].fixed):
                actions[item.name] = ActionPin(tag, fixed, self.today)
        names = [item.name for item in self.items if item.kind == "tool"]
        tools = {name: pin for name, pin in self.compiled.pins.tools.items() if name in names}
        tools |= {name: ToolPin(self.wanted[name], self.today) for name in names if name in self.wanted}
        return Pins(images, actions, tools)


def pinned(root: str) -> Listing | Outcome:
    """Return what the outputs of the repository pin; an Outcome when it cannot be compiled."""
    found = inspect(root)
    return found if found.compiled is None else Listing(tuple(_used(found.compiled)))


def update(root: str, wanted: Mapping[str, str], today: str, waiting: Callable[[str], None]) -> Listing | Outcome:
    """Look up all that the outputs pin and record it, all or nothing. Raises WriteError.

    `wanted` maps names of actions and tools to the tags and versions to move to; `today` is an ISO date.
    """
    looked = inspect(root)
    if looked.compiled is None:
        return looked
    work = _Update(looked.compiled, wanted, today)
    problems = work.unknown()
    if problems:
        return Outcome(errors.USAGE, tuple(in_order(problems)))
    repository = Root(root)
    before = pins_source(repository)
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        answers = list(threads.map(work.look_up, [item for item in work.items if item.kind != "tool"]))
    problems = [answer for answer in answers if isinstance(answer, Diagnostic)]
    if problems:
        return Outcome(errors.CONFLICT, tuple(in_order(problems)))
    found = [answer for answer in answers if isinstance(answer, _Found)]
    with turn(repository.path, waiting):
        _write(repository, before, pins_text(work.pins(found)))
    listed = pinned(root)
    newer = {answer.item.name: answer.newer for answer in found if answer.newer}
    return listed._replace(newer=newer) if isinstance(listed, Listing) else listed


def _write(repository: Root, before: bytes | None, after: bytes) -> None:
    work = Transaction(repository, durable=True)
    try:
        work.write(PINS, before, after, 0o644)
        work.commit()
    except BaseException:
        work.roll_back()
        raise
    work.clean_up()


def _used(compiled: Compiled) -> list[Used]:
    data = {
        pack.id: getattr(plan, kind)["data"]
        for plan, packs in compiled.services
        for kind, pack in packs.items()
        if hasattr(plan, kind) and kind != "repository"
    }
    text = "".join(file.text for file in (*compiled.files, *compiled.ejected.values()))
    return used(compiled.pins, compiled.bases, data, text, compiled.plan.ci["data"].get("host", ""))
