"""Structural patches applied: each edit finds its entry by name and moves lines, or says why it does not fit."""

from gitopsgen.patch.events import Node, UnsupportedError
from gitopsgen.patch.fragment import read_comment, read_fragment
from gitopsgen.patch.identity import find, find_document, item_number, labels
from gitopsgen.patch.mismatch import Place, gone, no_document, other_data, other_kind, taken
from gitopsgen.patch.model import Edit, NoMatchError
from gitopsgen.patch.tree import Block, Entry, Section, join, parse, shifted


def apply_edits(edits: tuple[Edit, ...], base: str) -> tuple[str, list[tuple[Edit, NoMatchError]]]:
    """Return the text with every edit applied that fits, and each one that does not."""
    try:
        sections = parse(base)
    except UnsupportedError as error:
        wrong = NoMatchError(f"the new text cannot be edited entry by entry: {error}")
        return base, [(edit, wrong) for edit in edits]
    failed: list[tuple[Edit, NoMatchError]] = []
    # Looked up before anything changes: an edit may give a document another name.
    homes = [find_document(sections, edit.document) for edit in edits]
    for edit, section in zip(edits, homes, strict=True):
        try:
            _apply(sections, section, edit)
        except UnsupportedError as error:
            failed.append((edit, NoMatchError(f"the change cannot be written here: {error}")))
        except NoMatchError as error:
            failed.append((edit, error))
    return join(sections), failed


def _apply(sections: list[Section], section: Section | None, edit: Edit) -> None:
    if section is None or section.block is None:
        raise no_document(edit, sections)
    if edit.action in ("above", "behind", "below"):
        _comment(section, section.block, edit)
        return
    place = _collection(section.block, edit)
    if edit.action == "add":
        _add(place, edit)
    elif edit.action == "replace":
        _replace(place, edit)
    elif edit.action == "remove":
        _remove(place, edit)
    else:
        _move(place, edit)


def _collection(root: Block, edit: Edit) -> Place:
    """Walk to the collection at `edit.at`; an empty one is opened when something is to be added."""
    place = Place(root, None, None)
    for depth, label in enumerate(edit.at):
        entry = find(place.block, label)
        if entry is None:
            raise gone(edit, place, depth, label)
        if entry.block is None and edit.action == "add" and depth == len(edit.at) - 1:
            _open(place.block, entry, edit)
        if entry.block is None:
            raise other_kind(edit, entry, depth)
        place = Place(entry.block, entry, place)
    return place


def _open(block: Block, entry: Entry, edit: Edit) -> None:
    """Turn `key: []`, `key: {}` or `key:` into a collection in block style that has no entry yet."""
    empty = not entry.node.items and (entry.node.kind in ("map", "seq") or entry.node.text in ("", "~", "null"))
    if not empty or entry.key is None or entry.node.anchor or entry.node.tag or len(entry.lines) != 1:
        return
    value = entry.node.start.column
    line = entry.lines[0]
    start = line.rstrip()[:0] + line[: entry.behind]
    if entry.node.text or entry.node.flow:
        start = line[:value].rstrip(" ")
    entry.lines = [start + entry.note]
    entry.behind = len(start)
    entry.block = Block(read_fragment(edit.new).kind, block.column + 2)


def _add(place: Place, edit: Edit) -> None:
    fragment = read_fragment(edit.new)
    if fragment.kind != place.block.kind:
        raise other_kind(edit, place.entry, len(edit.at) - 1)
    there = [_same(place.block, entry) for entry in fragment.entries]
    for entry, known in zip(fragment.entries, there, strict=True):
        if known is not None and known.data() != entry.data():
            raise taken(edit, known)
    at = _position(place.block, edit)
    for entry, known in zip(fragment.entries, there, strict=True):
        entry.shift(place.block.column)
        if known is not None:
            known.lead = merged(known.lead, [], entry.lead)
            continue
        place.block.entries.insert(at, entry)
        at += 1


def _same(block: Block, new: Entry) -> Entry | None:
    """Return the entry that is the same as `new`: by key, by equal data, or by name."""
    if new.key is not None:
        return find(block, new.key)
    data = new.data()
    equal = next((entry for entry in block.entries if entry.data() == data), None)
    if equal is not None:
        return equal
    named = next((label for label in labels(new) if label.startswith("kind=")), "")
    named = named or next((label for label in labels(new) if label.startswith("name=")), "")
    return find(block, named) if named else None


def _position(block: Block, edit: Edit) -> int:
    anchor = find(block, edit.anchor) if edit.anchor else None
    if edit.where == "first":
        return 0
    if anchor is None:
        return len(block.entries)
    return block.entries.index(anchor) + (edit.where == "after")


def _replace(place: Place, edit: Edit) -> None:
    old, new = read_fragment(edit.old).entries[0], read_fragment(edit.new).entries[0]
    block = place.block
    entry = _item(block, edit.item, old)
    if entry is None:
        there = _same(block, new)
        if there is not None and there.data() == new.data():
            return
        raise gone(edit, place, len(edit.at), edit.item)
    data = entry.data()
    if data == new.data() and data != old.data():
        new = entry  # what is wanted already, in somebody else's spelling
    elif data != old.data():
        raise other_data(edit, entry, old, new)
    else:
        new.shift(block.column)
    _keep_comments(entry, old, new, read_fragment(edit.new).entries[0], block.column)
    new.index, new.line = entry.index, entry.line
    block.entries[block.entries.index(entry)] = new


def _item(block: Block, label: str, old: Entry) -> Entry | None:
    """Return the entry that a change is about; one that has only a number may stand elsewhere by now."""
    entry = find(block, label)
    if block.kind == "map" or item_number(label) is None or (entry is not None and entry.data() == old.data()):
        return entry
    equal = [other for other in block.entries if other.data() == old.data()]
    return equal[0] if len(equal) == 1 else entry


def _keep_comments(entry: Entry, old: Entry, new: Entry, wanted: Entry, column: int) -> None:
    """Bring to `new` the comments of `entry`, except for what the person changed between `old` and `wanted`."""
    lead, note = entry.lead, entry.note
    wanted.shift(column)
    new.lead = merged(lead, shifted(old.lead, column), wanted.lead)
    if not new.lines or (new.node.style in ("|", ">") and new.block is None):
        return
    new.set_note(_merged_note(note, old.note, wanted.note))


def merged(current: list[str], old: list[str], new: list[str]) -> list[str]:
    """Return the comment lines `current` with the change from `old` to `new` in them."""
    if old == new:
        return current
    if current in (old, new):
        return new
    kept = [line for line in current if not line.strip() or line not in old or line in new]
    return kept + [line for line in new if line.strip() and line not in old and line not in kept]


def _merged_note(current: str, old: str, new: str) -> str:
    if old == new or (not new and current != old):
        return current
    return new


def _remove(place: Place, edit: Edit) -> None:
    block = place.block
    old = read_fragment(edit.old).entries[0]
    entry = _item(block, edit.item, old)
    if entry is None:
        return
    if entry.data() != old.data():
        raise other_data(edit, entry, old, None)
    if len(block.entries) == 1:
        _close(place, edit)
        return
    block.entries.remove(entry)


def _close(place: Place, edit: Edit) -> None:
    """Write a collection as empty when its last entry goes: a key without a value would mean null."""
    holder, above = place.entry, place.above
    if holder is None or above is None:
        raise NoMatchError(f"removing {edit.item} would leave nothing of the document")
    empty = read_fragment("- {}\n" if place.block.kind == "map" else "- []\n").entries[0]
    if holder.key is None:
        empty.shift(above.block.column)
        holder.lines, holder.behind = empty.lines, empty.behind
    else:
        note, line = holder.note, holder.lines[-1][: holder.behind].rstrip(" ")
        holder.behind = len(line) + 3
        holder.lines[-1] = f"{line} {empty.lines[0][2:]}{note}"
    holder.node, holder.block = empty.node, None


def _move(place: Place, edit: Edit) -> None:
    block = place.block
    entry = find(block, edit.item)
    if entry is None:
        return
    if edit.anchor and find(block, edit.anchor) is None:
        raise gone(edit, place, len(edit.at), edit.anchor)
    block.entries.remove(entry)
    block.entries.insert(_position(block, edit), entry)


def _comment(section: Section, root: Block, edit: Edit) -> None:
    if not edit.at:
        if edit.action == "above":
            section.head = merged(section.head, read_comment(edit.old, 0), read_comment(edit.new, 0))
        else:
            root.tail = merged(root.tail, *_lines(edit, root.column))
        return
    place = _collection(root, edit._replace(at=edit.at[:-1]))
    entry = find(place.block, edit.at[-1])
    if entry is None:
        raise gone(edit, place, len(edit.at) - 1, edit.at[-1])
    if edit.action == "above":
        entry.lead = merged(entry.lead, *_lines(edit, place.block.column))
    elif edit.action == "below":
        if entry.block is None:
            raise other_kind(edit, entry, len(edit.at) - 1)
        entry.block.tail = merged(entry.block.tail, *_lines(edit, entry.block.column))
    elif not entry.lines or _is_block_scalar(entry.node):
        raise other_kind(edit, entry, len(edit.at) - 1)
    else:
        entry.set_note(_merged_note(entry.note, edit.old.rstrip("\n"), edit.new.rstrip("\n")))


def _lines(edit: Edit, column: int) -> tuple[list[str], list[str]]:
    return read_comment(edit.old, column), read_comment(edit.new, column)


def _is_block_scalar(node: Node) -> bool:
    return node.style in ("|", ">")
