"""From found text to a value of the spec. What cannot be turned into one is refused with a reason, never guessed."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gitopsgen.spec import patterns
from gitopsgen.spec.namespaces import of_kubernetes

_SHELL = set("|&;<>()$`*?[]{}!#\n\\")
_VERSION = re.compile(r"\d+(\.\d+)*")
_TERM = re.compile(
    r"(?P<operator>>=|<=|~=|~>|==|!=|>|<|\^|~|=)?\s*[vV]?"
    r"(?:(?P<bound>\d+(?:\.\d+)*)(?:\.[xX*])*(?:[-+][\w.+-]*)?|[xX*])(?:[\s,]+|$)"
)

Version = tuple[int, ...]

OTHERS_PORTS = frozenset(
    (
        *("1433", "1521", "2181", "3306", "4222", "5432", "5672", "6379", "9042", "9092", "9200", "11211", "27017"),
        *("2112", "6060", "9100", "9229", "9464"),
    )
)
"""Ports of databases and brokers, which code names to reach one, and those that metrics and debuggers have by custom:
they say nothing about where an app listens.
"""


class RefusedError(ValueError):
    """A found text that is no value of the field; the message completes "<place> says ... which"."""


def label(text: str) -> str:
    """Return text as a DNS label of at most 40 characters that begins with a letter, empty when nothing is left."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    if name and not name[0].isalpha():
        name = f"app-{name}"
    return name[:40].rstrip("-")


def same_app(name: str, other: str) -> bool:
    """Whether two names are of one app: `cart`, `cart-service` and `cart-svc` are."""
    return _app(name) == _app(other) != ""


def _app(name: str) -> str:
    return re.sub(r"[-_.]?(service|svc)$", "", name.lower())


def _text(value: Any, _rule: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not re.fullmatch(patterns.COMMAND, value):
        raise RefusedError("is not one line of text")
    return value


def _port(value: Any, _rule: Mapping[str, Any]) -> int:
    number = int(value) if re.fullmatch("[0-9]{1,9}", str(value)) else 0
    if not 1024 <= number <= 65535:
        raise RefusedError("is not between 1024 and 65535; the container has no root user to listen below")
    return number


def _path(value: Any, rule: Mapping[str, Any]) -> str:
    if not re.fullmatch(patterns.URL_PATH, _text(value, rule)):
        raise RefusedError("is not a plain URL path")
    return str(value)


def _names(value: Any, _rule: Mapping[str, Any]) -> list[str]:
    for name in value if isinstance(value, list) else [value]:
        if not isinstance(name, str):
            raise RefusedError("is no list of names")
        if not re.fullmatch(patterns.INCLUDE, name) or set(name) & set("*?["):
            raise RefusedError(f"holds {name!r}, a name with characters that a list of files cannot hold")
    return list(value) if isinstance(value, list) else [value]


def _command(value: Any, rule: Mapping[str, Any]) -> list[str]:
    """Return a command as its arguments; only one plain command, since no shell will read it."""
    import shlex

    if _SHELL & set(_text(value, rule)):
        raise RefusedError("needs a shell")
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise RefusedError("has an open quote") from error
    while words and words[0] in rule.get("drop", ()):
        del words[0]
    programs = rule.get("programs", ())
    if not words or words[0] not in programs:
        raise RefusedError(f"is not one plain command of {' or '.join(programs)}")
    return words


def _name(value: Any, _rule: Mapping[str, Any]) -> str:
    if not isinstance(value, str) or not re.fullmatch(patterns.LABEL, value):
        raise RefusedError("is no name of lower-case letters, digits and dashes")
    return value


def _namespace(value: Any, rule: Mapping[str, Any]) -> str:
    """Return the namespace that an app has for itself; what is written for it would label and fence what others run."""
    name, others = _name(value, rule), rule.get("others", ())
    by_custom = "by custom that of a part of the cluster" if any(re.fullmatch(it, name) for it in others) else ""
    if whose := of_kubernetes(name) or by_custom:
        raise RefusedError(f"is {whose}; the app moves to a namespace of its own unless the spec names another")
    return name


def _entry(value: Any, rule: Mapping[str, Any]) -> dict[str, Any]:
    return {_name(value, rule): {}}


def _count(value: Any, _rule: Mapping[str, Any]) -> int:
    number = int(value) if re.fullmatch("[0-9]{1,9}", str(value)) else 0
    if not 1 <= number <= 100:
        raise RefusedError("is not between 1 and 100")
    return number


def _image(value: Any, rule: Mapping[str, Any]) -> str:
    """Return an image without tag and digest; one without a host is on the rule's `host`, as for every client."""
    name = _text(value, rule).strip().partition("@")[0]
    path, colon, tag = name.rpartition(":")
    name = path if colon and "/" not in tag else name
    first, slash, _ = name.partition("/")
    if slash and not (set(first) & set(".:") or first == "localhost"):
        name = f"{rule.get('host', '')}/{name}"
    if not re.fullmatch(patterns.IMAGE, name) or len(name) > 255:
        raise RefusedError("is not the name of an image in a registry")
    return name


_MEMORY_UNITS = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024, "Ki": 1 / 1024}


def _cpu(value: Any) -> str:
    found = re.fullmatch(r"([0-9]{1,6})(m?)|([0-9]{0,3})\.([0-9]{1,3})0*", value if isinstance(value, str) else "")
    if not found:
        raise RefusedError(f"asks for {value} CPU, not a number of cores or thousandths")
    thousandths = int(found[1]) * (1 if found[2] else 1000) if found[1] else 0
    if not found[1]:
        thousandths = int(found[3] or 0) * 1000 + int(found[4].ljust(3, "0"))
    text = f"{thousandths}m" if thousandths % 1000 else str(thousandths // 1000)
    if not re.fullmatch(patterns.CPU, text):
        raise RefusedError(f"asks for {value} CPU, which no field can hold")
    return text


def _memory(value: Any) -> str:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)(Ki|Mi|Gi|Ti)", value if isinstance(value, str) else "")
    mebibytes = float(found[1]) * _MEMORY_UNITS[found[2]] if found else 0.5
    text = f"{int(mebibytes)}Mi" if mebibytes % 1024 else f"{int(mebibytes // 1024)}Gi"
    if mebibytes % 1 or not re.fullmatch(patterns.MEMORY, text):
        raise RefusedError(f"asks for {value} of memory, not a whole number of Mi or Gi")
    return text


def _resources(value: Any, _rule: Mapping[str, Any]) -> dict[str, str]:
    """Return requests and limits as the spec writes them.

    A request that is missing is the limit, as in Kubernetes. A CPU request without a limit has no counterpart in a
    spec, whose replicas all have one.
    """
    value = value if isinstance(value, dict) else {}
    asked, most = (part if isinstance(part, dict) else {} for part in (value.get("requests"), value.get("limits")))
    found = {}
    if "cpu" in most:
        found = {"cpu": _cpu(asked.get("cpu", most["cpu"])), "cpuLimit": _cpu(most["cpu"])}
    elif "cpu" in asked:
        raise RefusedError(f"asks for {asked['cpu']} CPU without a limit")
    if "memory" in asked or "memory" in most:
        found["memory"] = _memory(asked.get("memory", most.get("memory")))
    if "memory" in most and _memory(most["memory"]) != found["memory"]:
        found["memoryLimit"] = _memory(most["memory"])
    return found


def variable(value: Any, rule: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return name and value of a container's environment variable, None for one that the rule leaves out.

    Raises RefusedError for one that does not belong into a spec, such as a secret.
    """
    item = value if isinstance(value, dict) else {}
    name, text = item.get("name"), item.get("value", "")
    if not isinstance(name, str) or not re.fullmatch(patterns.ENV_NAME, name) or len(name) > 128:
        raise RefusedError("is no variable that a spec can hold")
    if name in rule.get("drop", ()):
        return None
    if "valueFrom" in item:
        raise RefusedError("takes its value from elsewhere in the cluster; a spec has plain values only")
    text = "" if text is None else text
    if not isinstance(text, str) or len(text) > 32768 or re.search(rule.get("secret", r"(?!)"), f"{name}={text[:500]}"):
        raise RefusedError("looks like a secret, or is no text; a spec is committed to git")
    return name, text


CONVERTERS: dict[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "text": _text,
    "port": _port,
    "path": _path,
    "names": _names,
    "command": _command,
    "name": _name,
    "namespace": _namespace,
    "entry": _entry,
    "count": _count,
    "flag": lambda _value, _rule: True,
    "number": lambda value, _rule: int(value),
    "image": _image,
    "resources": _resources,
}


def allowed(spec: str, offered: Iterable[str]) -> list[str]:
    """Return the offered versions, newest first, that a version or a range of versions allows.

    Bounds finer than an offered version count as met where that version's newest release meets them; an exact version
    is met by the offered version that it belongs to. Raises RefusedError for text that is no version.
    """
    versions = sorted(((_numbers(key), key) for key in offered if _VERSION.fullmatch(key)), reverse=True)
    alternatives = [_terms(part.strip()) for part in re.split(r"\|\|?|\bor\b", spec)]
    return [
        key for version, key in versions if any(all(_meets(version, *term) for term in terms) for terms in alternatives)
    ]


def _numbers(text: str) -> Version:
    return tuple(int(part) for part in text.split("."))


def _terms(text: str) -> list[tuple[str, Version]]:
    text = re.sub(r"(\S+)\s+-\s+(\S+)", r">=\1 <=\2", text.replace(" and ", " "))
    terms, at = [], 0
    if not text:
        raise RefusedError("is not a version or a range of versions")
    while at < len(text):
        found = _TERM.match(text, at) if len(text) < 200 else None
        if not found:
            raise RefusedError("is not a version or a range of versions")
        if found["bound"]:
            terms.append((found["operator"] or "=", _numbers(found["bound"])))
        at = found.end()
    return terms


def _meets(version: Version, operator: str, bound: Version) -> bool:
    """Compare to the precision that both have; `finer` bounds lie inside one offered version."""
    size = min(len(version), len(bound))
    ours, theirs, finer = version[:size], bound[:size], len(bound) > len(version)
    if operator in ("~=", "~>"):
        return ours >= theirs and version[: len(bound) - 1] == bound[:-1][: len(version)]
    return {
        "=": ours == theirs,
        "==": ours == theirs,
        "~": ours == theirs,
        "^": ours >= theirs and version[0] == bound[0],
        "!=": finer or ours != theirs,
        ">=": ours >= theirs,
        ">": ours > theirs or (finer and ours == theirs),
        "<": ours < theirs,
        "<=": ours < theirs or (not finer and ours == theirs),
    }[operator]
