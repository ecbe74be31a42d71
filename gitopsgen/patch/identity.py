"""What an item of a list and a document of a stream are called, so that a patch finds them wherever they stand."""

from collections.abc import Iterator

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


def labels(entry: Entry) -> list[str]:
    """Return what a list item may be called, the best first: `name=web`, `kind=Pod name=web`, `=text` for a scalar."""
    if entry.block is None and entry.node.kind == "scalar":
        return _fitting([f"={entry.node.text}"])
    values = {key: text for key, text in _scalars(entry.block, entry.node) if text}
    if not values:
        nested = [f"{key}.{sub}={text}" for key, sub, text in _nested(entry.block, entry.node)]
        return _fitting(nested)
    found = [f"{key}={_lasting(values[key])}" for key in _NAMING if key in values]
    if "kind" in values and "name" in values:
        found.insert(1, f"kind={values['kind']} name={values['name']}")
    found += [f"{key}={text}" for key, text in values.items() if key not in _NAMING]
    return _fitting(found)


def find(block: Block, label: str) -> Entry | None:
    """Return the entry of a mapping with the key `label`, or the one item of a list that is called so."""
    if block.kind == "map":
        return next((entry for entry in block.entries if entry.key == label), None)
    number = item_number(label)
    if number is not None:
        return next((entry for entry in block.entries if entry.index == number), None)
    found = [entry for entry in block.entries if label in labels(entry)]
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
    """Return the document that is called `label`; one of another name when it is the only one of its kind."""
    if not label:
        return sections[0] if len(sections) == 1 else None
    number = item_number(label)
    if number is not None:
        return sections[number] if 0 <= number < len(sections) else None
    found = [section for section in sections if label in document_labels(section)]
    kind = label.partition(" ")[0]
    found = found or [section for section in sections if kind in document_labels(section)]
    return found[0] if len(found) == 1 else None


def _fitting(found: list[str]) -> list[str]:
    return [label for label in found if len(label) <= _LONGEST and label.isprintable()]


def _lasting(text: str) -> str:
    """Take off what changes with every release: `actions/checkout@v7`."""
    name, at, _ = text.partition("@")
    return name if at and name else text


def _scalars(block: Block | None, node: Node) -> Iterator[tuple[str, str]]:
    if block is not None:
        for entry in block.entries:
            if entry.key is not None and entry.block is None and entry.node.kind == "scalar":
                yield entry.key, entry.node.text
    elif node.kind == "map":
        for key, value in node.items:
            if key is not None and key.kind == value.kind == "scalar":
                yield key.text, value.text


def _nested(block: Block | None, node: Node) -> Iterator[tuple[str, str, str]]:
    if block is not None:
        for entry in block.entries:
            if entry.key is not None:
                for sub, text in _scalars(entry.block, entry.node):
                    yield entry.key, sub, text
    elif node.kind == "map":
        for key, value in node.items:
            if key is not None and value.kind == "map":
                for sub, text in _scalars(None, value):
                    yield key.text, sub, text


def _text_at(block: Block, *path: str) -> str:
    for number, key in enumerate(path):
        entry = next((entry for entry in block.entries if entry.key == key), None)
        if entry is None:
            return ""
        if number == len(path) - 1:
            return entry.node.text if entry.block is None and entry.node.kind == "scalar" else ""
        if entry.block is None:
            return dict(_scalars(None, entry.node)).get(path[-1], "") if number == len(path) - 2 else ""
        block = entry.block
    return ""
