"""What variables in a text stand for: constants of the file itself, and those of a CI system that a pack knows."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

LONGEST_LINE = 500
"""Characters; a longer line is no code that a person wrote."""

HOLE = re.compile(r"\{([\w.]*)\}")
"""A settled field in a text of a pack; an empty one is what was found."""

_USE = re.compile(r"\$\{?(?:env\.)?(\w+)\}?")

_ASKED = "(?P<secret>)"
"""What the pattern of a pack has for the name of a variable that may hold a secret: an empty group."""
_DELICATE = (
    r"((?:\w+_)?(?:DATABASE_URL|DB_URL|DB_PASSWORD|MONGO(?:DB)?_UR[IL]|REDIS_URL|SECRET_KEY(?:_BASE)?|JWT_SECRET"
    r"|SESSION_SECRET|APP(?:LICATION)?_SECRET|COOKIE_SECRET|CLIENT_SECRET|API_KEY|API_TOKEN|ACCESS_TOKEN|PASSWORD))"
)


def with_secrets(pattern: str) -> str:
    """Return a pattern with the names of variables that may hold a secret put where it asks for them."""
    return pattern.replace(_ASKED, _DELICATE)


def told(settled: Mapping[str, Any], source: Mapping[str, Any], lines: Sequence[str]) -> list[str]:
    """Return lines with what the variables in them stand for: constants that lines define, and what `known` tells."""
    if "defines" not in source and "known" not in source:
        return list(lines)
    constants = dict[str, set[str]]()
    for line in lines if "defines" in source else ():
        if found := re.search(source["defines"], line):
            constants.setdefault(found[1], set()).add(found[2])
    # A name with two values in one file is no constant.
    values = {name: next(iter(texts)) for name, texts in constants.items() if len(texts) == 1}
    return [known(settled, source, _filled(line, values)) for line in lines]


def _filled(line: str, values: Mapping[str, str]) -> str:
    """Put constants for their names; one may name another one."""
    for _ in range(2 if values and "$" in line else 0):
        line = _USE.sub(lambda use: values.get(use[1], use[0]), line)
        line = line if len(line) <= LONGEST_LINE else ""
    return line


def known(settled: Mapping[str, Any], source: Mapping[str, Any], text: str) -> str:
    """Put what `known` says for the variables of a CI system, such as the name of the repository."""
    for pattern, form in source.get("known", {}).items():
        if all(name in settled for name in HOLE.findall(form)):
            value = HOLE.sub(lambda hole: str(settled[hole[1]]), form)
            text = re.sub(pattern, value.replace("\\", r"\\"), text)
    return text
