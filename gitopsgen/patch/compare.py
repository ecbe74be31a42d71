"""What a person changed in a YAML text, as the smallest set of edits: the deepest entries that differ."""

from typing import NamedTuple

from gitopsgen.patch.events import UnsupportedError
from gitopsgen.patch.fragment import write_comment, write_fragment
from gitopsgen.patch.identity import contradict, item_number, labels, name_document, name_item
from gitopsgen.patch.model import Action, Edit, Where
from gitopsgen.patch.tree import Block, Entry, Section, parse


def compare(base: str, edited: str) -> tuple[Edit, ...]:
    """Return the edits that turn `base` into `edited`. Raises UnsupportedError when they cannot be told apart so.

    The caller must apply them to be sure: comments in odd places can come out differently.
    """
    old, new = parse(base), parse(edited)
    names = [name_document(old, section) for section in old]
    others = [name_document(new, section) for section in new]
    # One that has another name now is the same one when all the rest stayed where they were.
    if len(names) != len(others) or any(a != b and b in names for a, b in zip(names, others, strict=True)):
        raise UnsupportedError("other documents")
    edits: list[Edit] = []
    for name, before, after in zip(names, old, new, strict=True):
        _Comparison(name, edits).sections(before, after)
    return tuple(edits)


class _Pair(NamedTuple):
    """An entry before and after; `label` is what it is called in the text before."""

    label: str
    before: Entry
    after: Entry


class _Comparison:
    """Compares one document, and collects the edits."""

    def __init__(self, document: str, edits: list[Edit]) -> None:
        self.document = document
        self.edits = edits

    def sections(self, before: Section, after: Section) -> None:
        if before.marker != after.marker or before.block is None or after.block is None:
            if before.text() != after.text():
                raise UnsupportedError("a document that has no entries")
            return
        if before.block.kind != after.block.kind:
            raise UnsupportedError("a document of another kind")
        self._comment("above", (), (before.head, 0), (after.head, 0))
        self._blocks((), before.block, after.block)

    def _edit(self, action: Action, at: tuple[str, ...], item: str = "", old: str = "", new: str = "") -> None:
        self.edits.append(Edit(action, self.document, at, item, old, new))

    def _comment(
        self, action: Action, at: tuple[str, ...], before: tuple[list[str], int], after: tuple[list[str], int]
    ) -> None:
        if before == after:
            return
        old, new = write_comment(*before), write_comment(*after)
        if old != new:
            self._edit(action, at, "", old, new)

    def _blocks(self, at: tuple[str, ...], before: Block, after: Block) -> None:
        pairs = _pairs(before, after)
        exchanged = self._exchanged(at, before, after, pairs)
        kept = {id(pair.before) for pair in [*pairs, *exchanged]}
        for entry in before.entries:
            if id(entry) not in kept:
                self._edit("remove", at, name_item(before, entry), write_fragment(entry, before.column))
        place = {id(entry): number for number, entry in enumerate(after.entries)}
        ordered = sorted([*pairs, *exchanged], key=lambda pair: place[id(pair.after)])
        self._order(at, after, ordered, before)
        for pair in pairs:
            self._entries(at, pair, before.column, after.column)
        self._comment("below", at, (before.tail, before.column), (after.tail, after.column))

    def _exchanged(self, at: tuple[str, ...], before: Block, after: Block, pairs: list[_Pair]) -> list[_Pair]:
        """Write an item that went and the one that came in its place as one edit; return them, with the new label."""
        if before.kind == "map":
            return []
        gone = _gaps(before, {id(pair.before): id(pair.before) for pair in pairs})
        new = _gaps(after, {id(pair.after): id(pair.before) for pair in pairs})
        found: list[_Pair] = []
        for place, entries in gone.items():
            if len(entries) == len(new.get(place, [])) == 1:
                old_text = write_fragment(entries[0], before.column)
                new_text = write_fragment(new[place][0], after.column)
                self._edit("replace", at, name_item(before, entries[0]), old_text, new_text)
                found.append(_Pair(name_item(after, new[place][0]), entries[0], new[place][0]))
        return found

    def _order(self, at: tuple[str, ...], after: Block, pairs: list[_Pair], before: Block) -> None:
        """Move what is not in the longest run of entries whose order stayed, and add what is new.

        Each goes behind the one before it, which is in its place by then.
        """
        stay = _longest_rising([before.entries.index(pair.before) for pair in pairs])
        moved = {id(pair.after) for number, pair in enumerate(pairs) if number not in stay}
        known = {id(pair.after): pair.label for pair in pairs}
        anchor, run = "", ""
        for entry in after.entries:
            label = known.get(id(entry))
            if label is None:
                run += write_fragment(entry, after.column)
                continue
            if run:
                anchor = self._add(at, anchor, run, after, entry)
                run = ""
            if id(entry) in moved:
                if before.kind == "seq" and item_number(label) is not None:
                    # A number means another item as soon as the template has the new order itself.
                    raise UnsupportedError("items without a name in another order")
                self.edits.append(_placed("move", self.document, at, anchor)._replace(item=label))
            anchor = label
        if run:
            self._add(at, anchor, run, after, None)

    def _add(self, at: tuple[str, ...], anchor: str, run: str, after: Block, then: Entry | None) -> str:
        """Add entries behind `anchor`; return what the last of them is called, for the one that comes `then`."""
        self.edits.append(_placed("add", self.document, at, anchor)._replace(new=run))
        return name_item(after, after.entries[after.entries.index(then) - 1]) if then else anchor

    def _entries(self, at: tuple[str, ...], pair: _Pair, column: int, new_column: int) -> None:
        before, after = pair.before, pair.after
        path = (*at, pair.label)
        if _same_frame(before, after, new_column - column):
            self._comment("above", path, (before.lead, column), (after.lead, new_column))
            if before.note != after.note:
                self._edit("behind", path, "", before.note, after.note)
            if before.block and after.block:
                self._blocks(path, before.block, after.block)
            return
        lead = [line.strip() for line in before.lead] != [line.strip() for line in after.lead]
        note = before.note != after.note
        old = write_fragment(before, column, lead=lead, note=note)
        self._edit("replace", at, pair.label, old, write_fragment(after, new_column, lead=lead, note=note))


def _placed(action: Action, document: str, at: tuple[str, ...], anchor: str) -> Edit:
    where: Where = "after" if anchor else "first"
    return Edit(action, document, at, where=where, anchor=anchor)


def _same_frame(before: Entry, after: Entry, moved: int) -> bool:
    """Whether only comments and what is inside a collection can differ."""
    if (before.block is None) != (after.block is None):
        return False
    if before.block and after.block:
        if before.block.kind != after.block.kind or after.block.column - before.block.column != moved:
            return False
        if bool(before.lines) != bool(after.lines):
            return False
    old, new = list(before.lines), list(after.lines)
    if old and new:
        old[-1], new[-1] = old[-1][: before.behind], new[-1][: after.behind]
    return [line.lstrip(" ") for line in old] == [line.lstrip(" ") for line in new] and (len(old) < 2 or moved == 0)


def _pairs(before: Block, after: Block) -> list[_Pair]:
    """Pair the entries that are the same, in the order of `after`."""
    if before.kind == "map":
        known = {entry.key: entry for entry in before.entries}
        return [_Pair(entry.key or "", known[entry.key], entry) for entry in after.entries if entry.key in known]
    partner = _named_partners(before, after)
    _pair_nameless(before, after, partner)
    return [_Pair(*partner[id(entry)], entry) for entry in after.entries if id(entry) in partner]


def _named_partners(before: Block, after: Block) -> dict[int, tuple[str, Entry]]:
    """Return for each item of `after` the one of `before` that is called the same, when no other one is."""
    own, others = _called(before), _called(after)
    partner: dict[int, tuple[str, Entry]] = {}
    for entry in before.entries:
        names = labels(entry)
        for label in names:
            found = others.get(label, [])
            if len(own[label]) == len(found) == 1 and not contradict(names, labels(found[0])):
                partner.setdefault(id(found[0]), (label, entry))
                break
    return partner


def _called(block: Block) -> dict[str, list[Entry]]:
    """Return the items of a list by each of their labels."""
    found: dict[str, list[Entry]] = {}
    for entry in block.entries:
        for label in dict.fromkeys(labels(entry)):
            found.setdefault(label, []).append(entry)
    return found


def _pair_nameless(before: Block, after: Block, partner: dict[int, tuple[str, Entry]]) -> None:
    """Pair items that have no name of their own, between the same two named ones: equal ones, then one by one."""
    names = {key: id(entry) for key, (_, entry) in partner.items()}
    gone, new = _gaps(before, {name: name for name in names.values()}), _gaps(after, names)
    for place, entries in gone.items():
        others = new.get(place, [])
        for entry in list(entries):
            same = next((other for other in others if other.data() == entry.data()), None)
            if same is not None:
                partner[id(same)] = (f"#{before.entries.index(entry) + 1}", entry)
                entries.remove(entry)
                others.remove(same)
        if len(entries) == len(others) and not any(labels(entry) for entry in entries + others):
            for entry, other in zip(entries, others, strict=True):
                partner[id(other)] = (f"#{before.entries.index(entry) + 1}", entry)


def _gaps(block: Block, known: dict[int, int]) -> dict[int, list[Entry]]:
    """Return the entries that are not known, by the known one that they follow: 0 for those before the first."""
    found: dict[int, list[Entry]] = {}
    place = 0
    for entry in block.entries:
        place = known.get(id(entry), place)
        if id(entry) not in known:
            found.setdefault(place, []).append(entry)
    return found


def _longest_rising(order: list[int]) -> set[int]:
    """Return the places of a longest rising run in `order`."""
    from bisect import bisect_left

    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for place, value in enumerate(order):
        found = bisect_left(ends, value)
        before.append(at[found - 1] if found else -1)
        ends[found : found + 1] = [value]
        at[found : found + 1] = [place]
    stay: set[int] = set()
    place = at[-1] if at else -1
    while place >= 0:
        stay.add(place)
        place = before[place]
    return stay
