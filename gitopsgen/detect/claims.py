"""What one pack says about a field: the values that its sources find, and what speaks against believing them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.detect.scene import Found
from gitopsgen.detect.tree import matching

Finder = Callable[[Mapping[str, Any]], list[Found]]


class Claim(NamedTuple):
    """What one pack found for a field, source by source, and its rule for it.

    `silent`: nothing found is no problem. `unclear` is what says the field, too, but not what its value is, `against`
    what speaks against every value that other packs find.
    """

    manifest: Mapping[str, Any]
    rule: Mapping[str, Any]
    sources: list[list[Found]]
    silent: bool = False
    unclear: Sequence[Found] = ()
    against: Sequence[Found] = ()

    @property
    def found(self) -> list[Found]:
        """What all sources together found."""
        return [found for source in self.sources for found in source]


def claim(manifest: Mapping[str, Any], rule: Mapping[str, Any], find: Finder) -> Claim:
    """Ask the sources of a rule by `find`: the first that finds something, or all where the rule says so."""
    sources, guesses = list[list[Found]](), list[Found]()
    for source in rule["from"]:
        if source.get("guess") and guesses:
            continue
        if not sources or rule.get("every") or rule.get("gathers"):
            found = find(source)
            guesses += [item for item in found if item.doubt]
            sources += filter(None, [[item for item in found if not item.doubt]])
    sources = _gathered(sources) if rule.get("gathers") else sources
    unclear = [found for source in rule.get("unclear", ()) for found in find(source)]
    if unclear and sources:
        # What is said where anybody can say something else, such as the default of a variable, settles it.
        sure = [found for source in rule["from"] if source.get("settles") for found in find(source)]
        sources, unclear = ([sure], []) if sure else (sources, unclear)
    unclear = unclear if sources else [*unclear, *guesses]
    silent = any(find(source) for source in rule.get("unsaid", ()))
    against = [] if sources else [found for source in rule.get("against", ()) for found in find(source)]
    return Claim(manifest, rule, sources, silent, unclear, against)


def _gathered(sources: Sequence[Sequence[Found]]) -> list[list[Found]]:
    """Make one list of everything that the sources found, each name once."""
    found = [item for source in sources for item in source]
    places = ", ".join(dict.fromkeys(item.evidence for item in found))
    values = {name for item in found for name in (item.value if isinstance(item.value, list) else [item.value])}
    return [[Found(sorted(values), places)]] if found else []


def widened(names: list[str], usual: Sequence[str]) -> list[str]:
    """Put the usual patterns for the names that they fit, so that the next file of the kind is meant, too."""
    for pattern in usual:
        if kind := matching(names, [pattern], ()):
            names = sorted({*names, pattern}.difference(kind))
    return names


def without(found: Sequence[Found], words: Sequence[str]) -> list[Found]:
    """Take words, and the names of their headers, out of what was found; what has no other word is dropped."""
    known = {name for word in words for name in (word, f"{word}-dev")}
    others = [(item, [word for word in str(item.value).split() if word not in known]) for item in found]
    return [item._replace(value=" ".join(left)) for item, left in others if any(word[0].isalnum() for word in left)]
