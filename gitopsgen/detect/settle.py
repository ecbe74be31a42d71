"""From what was found to facts: one value for a field, or a problem that says why there is none. Never a choice."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from gitopsgen.detect.claims import Claim
from gitopsgen.detect.scene import Found
from gitopsgen.detect.services import Service
from gitopsgen.detect.shown import line, shown
from gitopsgen.detect.values import CONVERTERS, OTHERS_PORTS, RefusedError, allowed, label, variable
from gitopsgen.packs.lifetime import ended

_ANY = "*"
_SET_IT = "; set it in the spec"
_PLAIN = re.compile(r"v?\d+(\.\d+)*")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_EXACT = re.compile(r"\d+\.\d+\.\d+")


class Fact(NamedTuple):
    """A value for the spec field at `field`, such as `runtime.version`, and where it was found."""

    field: str
    value: Any
    evidence: str


class Candidate(NamedTuple):
    """A system that signs speak for: the field that would name it, and each sign's weight and place, heaviest first."""

    field: str
    name: str
    weight: int
    clues: list[tuple[int, str]]


class Ask(NamedTuple):
    """A field that must be known and was not found, its question, its kind (`as` of its rule), and a named default."""

    field: str
    text: str
    kind: str
    choices: tuple[str, ...] = ()
    guess: str = ""


class Detection(NamedTuple):
    """All facts, and for what could not be told without guessing a line that says why.

    `candidates` are the rivals where several systems have signs, `asks` what must be known, `offers` what is there when
    nothing is recognised, `services` the apps of a repository whose root is none, `doubts` what files say of the fields
    about which they disagree.
    """

    facts: list[Fact]
    problems: list[str]
    candidates: Sequence[Candidate] = ()
    asks: Sequence[Ask] = ()
    offers: Sequence[Fact] = ()
    services: Sequence[Service] = ()
    doubts: Mapping[str, str] = MappingProxyType({})


class Settler:
    """Collects facts and problems, field by field."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.problems: list[str] = []
        self.doubts: dict[str, str] = {}
        self.rivals: dict[str, tuple[str, ...]] = {}
        self.guesses: list[Fact] = []
        self._open: set[str] = set()

    @property
    def settled(self) -> dict[str, Any]:
        """The values of the fields that have one."""
        return {fact.field: fact.value for fact in self.facts}

    def merged(self) -> list[Fact]:
        """Return the facts, one for each field: the last that was found, with all places that say the same."""
        facts = dict[str, Fact]()
        for fact in self.facts:
            before = facts.get(fact.field)
            same = before is not None and before.value == fact.value
            facts[fact.field] = (
                fact._replace(evidence=f"{before.evidence}, {fact.evidence}") if before and same else fact
            )
        return list(facts.values())

    def open(self, field: str, reason: str) -> None:
        """Leave a field open, about which files disagree or say what no value can be."""
        field = field.removesuffix(".*")
        self.doubts[field] = reason.removesuffix(_SET_IT)
        self._say(field, reason)

    def _say(self, field: str, reason: str) -> None:
        self._open.add(field)
        self.problems.append(f"{field}: {reason}")

    def settle(self, field: str, claims: Sequence[Claim]) -> None:
        """Make a fact of what packs found for a field, or say why not."""
        found = [claim for claim in claims if claim.found]
        field = self._placed(field, [claim.rule for claim in claims])
        if not found or not field:
            if field and any(claim.unclear for claim in claims):
                self._clear(field, claims)
                return
            self._missing(field, [claim.rule for claim in claims if not claim.silent])
            self._default_version(field, [claim for claim in claims if not claim.silent])
            return
        if against := [item.evidence for claim in claims for item in claim.against]:
            self.open(field, f"{', '.join(dict.fromkeys(against))}{_SET_IT}")
            return
        found = [claim for claim in found if claim.rule.get("decides")][:1] or found
        found = self._clear(field, found)
        if not found:
            return
        first = found[0]
        if first.rule.get("as") == "version":
            self._settle_version(field, first)
        elif first.rule.get("as") == "label":
            self.settle_label(field, first.found[0])
        elif first.rule.get("as") == "variables":
            self._settle_variables(field, found)
        else:
            self._settle_value(field, found)

    def _clear(self, field: str, claims: Sequence[Claim]) -> list[Claim]:
        """Return the claims beside which nothing is unclear; where there are none, leave the field open."""
        clear = [claim for claim in claims if claim.found and not claim.unclear]
        if not clear:
            said = [f"{found.evidence} says {shown(found.value)}" for claim in claims for found in claim.found]
            unsure = [found for claim in claims for found in _preferred(claim.rule, claim.unclear)]
            unclear = [_unsure(found) for found in unsure]
            if all(found.likely for found in unsure) and len({found.value for found in unsure}) == 1:
                self.guesses.append(Fact(field, unsure[0].value, unsure[0].evidence))
            self.open(field, ", ".join(dict.fromkeys([*unclear, *said])) + _SET_IT)
        return clear

    def _missing(self, field: str, rules: Sequence[Mapping[str, Any]]) -> None:
        settled = self.settled
        for rule in rules if field else ():
            if "missing" in rule and ("beside" not in rule or rule["beside"] in settled):
                self._say(field.removesuffix(".*"), rule["missing"])
                return

    def _default_version(self, field: str, claims: Sequence[Claim]) -> None:
        """Say which version it will be when nothing names one."""
        for claim in claims:
            default = claim.manifest.get("defaults", {}).get(field.partition(".")[2], {})
            if claim.rule.get("as") == "version" and default.get("value"):
                self._say(field, f"nothing names one; the default is {default['value']} ({default['because']})")

    def _placed(self, field: str, rules: Sequence[Mapping[str, Any]]) -> str:
        """Return the field with the one name that there is for its `*` in the middle, empty when that is open."""
        section, star, rest = field.partition(".*.")
        if not star:
            return field
        names = [fact.field.split(".")[1] for fact in self.facts if fact.field.startswith(f"{section}.")]
        names = names or [rule["named"] for rule in rules if "named" in rule]
        return f"{section}.{names[0]}.{rest}" if names and section not in self._open else ""

    def _settle_value(self, field: str, claims: Sequence[Claim]) -> None:
        """Make one value of what was found: the only one that every place has that says something."""
        lists = []
        for rule, source in ((claim.rule, source) for claim in claims for source in claim.sources):
            candidates = self._candidates(field, rule, _preferred(rule, source))
            if candidates is None:
                return
            lists += [candidates] if candidates else []
        if not lists:
            self._missing(field, [claim.rule for claim in claims])
            return
        common = [(value, evidence) for value, evidence in lists[0] if all(_has(other, value) for other in lists[1:])]
        if len(common) == 1:
            value, evidence = common[0]
            places = [evidence, *(place for other in lists[1:] for known, place in other if known == value)]
            self._add(field, value, ", ".join(dict.fromkeys(places)))
            return
        clues = dict.fromkeys(f"{place} says {shown(value)}" for candidates in lists for value, place in candidates)
        self.rivals[field] = tuple(dict.fromkeys(line(value) for candidates in lists for value, _ in candidates))
        self.open(field, ", ".join(clues) + _SET_IT)

    def _candidates(self, field: str, rule: Mapping[str, Any], found: Sequence[Found]) -> list[tuple[Any, str]] | None:
        """Return the different values that a source found, None (and a problem) when one of them is none."""
        convert = CONVERTERS[rule.get("as", "text")]
        candidates: list[tuple[Any, str]] = []
        for raw, evidence, *_ in found:
            if rule.get("as") == "port" and str(raw) in OTHERS_PORTS:
                continue
            try:
                value = convert(raw, rule)
            except RefusedError as error:
                self.open(field, f"{evidence} says {shown(raw)}, which {error}")
                return None
            if not _has(candidates, value):
                candidates.append((value, evidence))
        return candidates

    def _add(self, field: str, value: Any, evidence: str) -> None:
        """Add a fact; a field that ends with `.*` has one for each entry of its value."""
        if field.endswith(".*"):
            self.facts += [Fact(f"{field[:-1]}{key}", item, evidence) for key, item in value.items()]
        else:
            self.facts.append(Fact(field, value, evidence))

    def _settle_variables(self, field: str, claims: Sequence[Claim]) -> None:
        """Take each environment variable by itself: a secret among them leaves the others as they are."""
        known: dict[str, dict[str, str]] = {}
        for claim in claims:
            for raw, evidence, *_ in claim.found:
                try:
                    pair = variable(raw, claim.rule)
                except RefusedError as error:
                    name = raw.get("name") if isinstance(raw, dict) else raw
                    self.open(field, f"{evidence} sets {shown(name)}, which {error}")
                    continue
                if pair:
                    known.setdefault(pair[0], {}).setdefault(pair[1], evidence)
        for name, values in known.items():
            if len(values) == 1:
                self.facts += [Fact(f"{field[:-1]}{name}", text, evidence) for text, evidence in values.items()]
            else:
                clues = ", ".join(f"{evidence} says {shown(text)}" for text, evidence in values.items())
                self.open(f"{field[:-1]}{name}", clues + _SET_IT)

    def _settle_version(self, field: str, claim: Claim) -> None:
        """Take the newest offered version that every place which names versions allows."""
        offered = list(claim.manifest.get("data", {}).get("versions", {}))
        left, wanted = offered, list[tuple[str, list[str]]]()
        for raw, evidence, *_ in claim.found:
            try:
                wanted.append(_wanted(str(raw), offered, claim.rule))
                left = allowed(wanted[-1][0], left)
            except RefusedError as error:
                self.open(field, f"{evidence} says {shown(raw)}, which {error}")
                return
        exact = {str(found.value) for found in claim.found if found.exact and _EXACT.fullmatch(str(found.value))}
        if not left or len(exact) > 1:
            clues = ", ".join(f"{found.evidence} says {shown(found.value)}" for found in claim.found)
            disagree = all(here for _, here in wanted) and not exact
            none = f"none of {', '.join(offered)} fits{_too_old(wanted, claim.manifest)}"
            self.open(field, f"{clues}; {'they disagree' if disagree else none}")
            return
        raws = [str(found.value) for found in claim.found]
        how = [
            "" if exact else _how(raw if text == _ANY else text, here, left[0])
            for raw, (text, here) in zip(raws, wanted, strict=True)
        ]
        places = [
            f"{found.evidence}{f': {said}' if said else ''}" for found, said in zip(claim.found, how, strict=True)
        ]
        self.facts.append(Fact(field, next(iter(exact), left[0]), ", ".join(dict.fromkeys(places))))

    def settle_label(self, field: str, found: Found) -> None:
        """Make a DNS label of a found text, if anything is left of it."""
        if name := label(found.value) if isinstance(found.value, str) else "":
            changed = "" if name == found.value else f", made a DNS label from {shown(found.value)}"
            self.facts.append(Fact(field, name, found.evidence + changed))


def _unsure(found: Found) -> str:
    value = shown(found.value)
    said = f"may say {value}: {found.doubt}" if found.doubt else f"says {value}, which cannot be told"
    return f"{found.evidence} {said}"


def _preferred(rule: Mapping[str, Any], found: Sequence[Found]) -> Sequence[Found]:
    """Return what fits the first of the patterns of `prefers` that anything fits."""
    chosen = ([item for item in found if re.search(pattern, str(item.value))] for pattern in rule.get("prefers", ()))
    return next(filter(None, chosen), found)


def _wanted(raw: str, offered: Sequence[str], rule: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the range that a text means, and what it allows; RefusedError: it is none.

    With `later` a version that is not offered is the least.
    """
    wanted = rule.get("aliases", {}).get(raw, raw)
    here = allowed(wanted, offered)
    if not here and rule.get("later") and _PLAIN.fullmatch(wanted):
        wanted = f">={wanted.removeprefix('v')}"
        here = allowed(wanted, offered)
    return wanted, here


def _too_old(wanted: Sequence[tuple[str, list[str]]], manifest: Mapping[str, Any]) -> str:
    """Say of the first version that is no longer offered since when, and what is taken without a choice."""
    default = manifest.get("defaults", {}).get("version", {}).get("value", "")
    for number in (number for text, here in wanted if not here for number in _NUMBERS.findall(text)):
        if day := ended(manifest.get("data", {}), number):
            return f": {number} has had no security fixes since {day}; the default is {default}"
    return ""


def _how(wanted: str, offered: Sequence[str], taken: str) -> str:
    """Say what was made of a range, and of a release that is named within an offered version."""
    if len(offered) > 1:
        return f"{_least(wanted)}, the newest is taken" if offered[0] == taken else ""
    finer = _PLAIN.fullmatch(wanted) and wanted.count(".") > taken.count(".")
    return f"{wanted.removeprefix('v')}, the newest release of {taken} is taken" if finer else ""


def _least(limits: str) -> str:
    return re.sub(r"^<=\s*", "at most ", re.sub(r"^>=\s*", "at least ", shown(limits)))


def _has(candidates: Sequence[tuple[Any, str]], value: Any) -> bool:
    return any(known == value for known, _ in candidates)
