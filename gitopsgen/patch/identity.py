"""What an item of a list and a document of a stream are called, so that a patch finds them wherever they stand."""

from collections.abc import Iterator
from itertools import islice

from gitopsgen.patch.events import Node
from gitopsgen.patch.tree import Block, Entry, Section

# Keys that tell items apart, the most lasting first.
_NAMING = (
    "name",
    "id",
    "key",
    "uses",
    "containerPort",
    "port",
    "mountPath",
    "path",
    "repo",
    "repository",
    "topologyKey",
    "host",
    "hostname",
    "ip",
    "url",
    "target",
)
_LONGEST = 120
_MOST_LEAVES = 12


def labels(entry: Entry) -> list[str]:
    """Return what a list item may be called, the best first.

    `name=web`, `kind=Pod name=web` and the other keys of _NAMING; then any scalar in it, by its path; `=text` for an
    item that is a scalar itself.
    """
    if entry.block is None and entry.node.kind == "scalar":
        return _fitting([f"={entry.node.text}"])
    leaves = list(islice(_leaves(entry.block, entry.node, ""), _MOST_LEAVES))
    values = {path: text for path, text in leaves if text}
    found = [f"{key}={_lasting(values[key])}" for key in _NAMING if key in values]
    if "kind" in values and "name" in values:
        found.insert(1, f"kind={values['kind']} name={values['name']}")
    near = [f"{path}={text}" for path, text in values.items() if path not in _NAMING and "." not in path]
    return _fitting([*found, *near, *(f"{path}={text}" for path, text in values.items() if "." in path)])


def is_lasting(label: str) -> bool:
    """Whether a label names an item by a key that is meant for that."""
    key = label.partition("=")[0]
    return key in _NAMING or key in ("", "kind")


def contradict(one: list[str], other: list[str]) -> bool:
    """Whether two items cannot be the same: the best naming key that both have has different values."""
    first, second = _names(one), _names(other)
    shared = next((key for key in first if key in second), None)
    return shared is not None and first[shared] != second[shared]


def find(block: Block, label: str) -> Entry | None:
    """Return the entry of a mapping with the key `label`, or the one item of a list that is called so.

    The only item of a list is found by whatever was in it, unless it has a name.
    """
    if block.kind == "map":
        return next((entry for entry in block.entries if entry.key == label), None)
    number = item_number(label)
    if number is not None:
        return next((entry for entry in block.entries if entry.index == number), None)
    found = [entry for entry in block.entries if label in labels(entry)]
    if not found and not is_lasting(label):
        found = block.entries
    return found[0] if len(found) == 1 else None


def item_number(label: str) -> int | None:
    """Return the index that `#3` stands for, None for another label."""
    digits = label[1:]
    return int(digits) - 1 if label.startswith("#") and digits.isdigit() and len(digits) < 8 else None


def name_item(block: Block, entry: Entry) -> str:
    """Return the best label of an entry that no other one has; its number when there is none."""
    if entry.key is not None:
        return entry.key
    others = {label for other in block.entries if other is not entry for label in labels(other)}
    own = next((label for label in labels(entry) if label not in others), None)
    return own or f"#{block.entries.index(entry) + 1}"


def document_labels(section: Section) -> list[str]:
    """Return what a document may be called, the best first: `Deployment web`, `Deployment shop/web`, `Deployment`."""
    block = section.block
    if block is None or block.kind != "map":
        return []
    kind = _text_at(block, "kind")
    name, space = _text_at(block, "metadata", "name"), _text_at(block, "metadata", "namespace")
    found = [f"{kind} {name}"] if kind and name else []
    found += [f"{kind} {space}/{name}"] if kind and name and space else []
    return _fitting([*found, kind] if kind else [])


def name_document(sections: list[Section], section: Section) -> str:
    """Return the best label of a document that no other one has; empty for the only one when it has none."""
    others = {label for other in sections if other is not section for label in document_labels(other)}
    own = next((label for label in document_labels(section) if label not in others), None)
    return own or ("" if len(sections) == 1 else f"#{sections.index(section) + 1}")


def find_document(sections: list[Section], label: str) -> Section | None:
    """Return the document that is called `label`; one of another name when it is the only one, or of its kind."""
    if len(sections) == 1:
        return sections[0]
    number = item_number(label)
    if number is not None:
        return sections[number] if 0 <= number < len(sections) else None
    found = [section for section in sections if label in document_labels(section)]
    kind = label.partition(" ")[0]
    found = found or [section for section in sections if kind in document_labels(section)]
    return found[0] if len(found) == 1 else None


def _fitting(found: list[str]) -> list[str]:
    return [short for label in found if (short := _shortened(label)).isprintable()]


def _shortened(label: str) -> str:
    """Keep the start of a long text or of one with many lines."""
    line = label.partition("\n")[0][:_LONGEST].rstrip(" ")
    return line if line == label else f"{line}..."


def _lasting(text: str) -> str:
    """Take off what changes with every release: `actions/checkout@v7`."""
    name, at, _ = text.partition("@")
    return name if at and name else text


def _names(found: list[str]) -> dict[str, str]:
    pairs = [label.partition("=") for label in found]
    return {key: text for key, _, text in pairs if key in _NAMING}


def _leaves(block: Block | None, node: Node, path: str) -> Iterator[tuple[str, str]]:
    """Yield the scalars below a value with their dotted paths; items of lists add nothing to the path."""
    below = f"{path}." if path else ""
    if block is not None:
        for entry in block.entries:
            yield from _leaves(entry.block, entry.node, path if entry.key is None else f"{below}{entry.key}")
    elif node.kind == "scalar":
        yield path, node.text
    elif node.kind in ("map", "seq"):
        if not node.items:
            yield path, "{}" if node.kind == "map" else "[]"
        for key, value in node.items:
            yield from _leaves(None, value, path if key is None else f"{below}{key.text}")


def _text_at(block: Block, *path: str) -> str:
    wanted = ".".join(path)
    entry = next((entry for entry in block.entries if entry.key == path[0]), None)
    if entry is None:
        return ""
    return next((text for found, text in _leaves(entry.block, entry.node, path[0]) if found == wanted), "")
