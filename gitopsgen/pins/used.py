"""What the outputs pin: the images that templates ask for, and the actions and tools of the packs' data."""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.pins.model import IMAGE, PINS, Pins

_ORDER = ("image", "action", "tool")
_EXACT = re.compile(r"\d+\.\d+")
# owner/repository, perhaps a folder in it, and what CI systems write before a commit or a tag.
_USES = re.compile(r"([^/@#]+/[^/@#]+)((?:/[^@#]*)?)[@#]")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")


class Bases:
    """The base images of one repository; remembers which pack asked for which."""

    def __init__(self, pins: Pins) -> None:
        self.pins = pins
        self.asked: dict[str, str] = {}

    def of(self, pack: str) -> Callable[[str], str]:
        """Return the function `base` of a pack's templates."""

        def base(reference: str) -> str:
            """Return an image reference with the digest that is recorded for it. Raises ValueError for no reference."""
            reference = str(reference)
            if not IMAGE.match(reference):
                raise ValueError(f"{reference!r} is no image with a tag")
            self.asked.setdefault(reference, pack)
            pin = self.pins.images.get(reference)
            return f"{reference}@{pin.digest}" if pin else reference

        return base


def unpinned(bases: Bases) -> list[Diagnostic]:
    """Return `pins.missing`, a warning, for each base image without a digest where others have one."""
    missing = sorted(bases.asked.keys() - bases.pins.images.keys()) if bases.pins.images else []
    return [
        Diagnostic(
            "pins.missing",
            f"{reference} has no digest here, unlike other base images",
            "`gitopsgen pin --update` records it",
            PINS,
            severity="warning",
        )
        for reference in missing
    ]


class Used(NamedTuple):
    """One pinned thing: `version` is tag or version, `fixed` the digest or commit, empty when only the name is fixed.

    `kind` is image, action or tool; `checked` and `source` say when it was seen and where it comes from; `pinned`
    whether it is recorded in the repository, not only in its pack.
    """

    kind: str
    name: str
    version: str
    fixed: str
    checked: str
    source: str
    pinned: bool

    @property
    def moves(self) -> bool:
        """Whether something else may stand behind the tag tomorrow.

        No digest or commit is kept, and it is an action, or an image whose tag names no exact version.
        """
        is_free = self.kind == "action" or (self.kind == "image" and not _EXACT.search(self.version))
        return is_free and not self.fixed


def with_pins(data: Mapping[str, Any], pins: Pins) -> Mapping[str, Any]:
    """Return a pack's data with the actions and tools that the repository has pinned otherwise."""
    if not (pins.actions and "actions" in data) and not (pins.tools and "tools" in data):
        return data
    changed = dict(data)
    if "actions" in data:
        changed["actions"] = {key: _action(action, pins) for key, action in data["actions"].items()}
    if "tools" in data:
        own = {name: pin.version for name, pin in pins.tools.items()}
        changed["tools"] = {name: own.get(name, version) for name, version in data["tools"].items()}
    return changed


def _action(action: Mapping[str, Any], pins: Pins) -> Mapping[str, Any]:
    match = _USES.match(action["uses"])
    pin = pins.actions.get(match[1]) if match else None
    return {**action, "uses": f"{match[0]}{pin.sha}", "tag": pin.tag} if match and pin else action


def _used_actions(data: Mapping[str, Any], text: str | None, pins: Pins, host: str) -> list[Used]:
    """Return the actions of a pack's data (with pins) that stand in `text`; `host` has their repositories."""
    found = []
    for action in data.get("actions", {}).values():
        match = _USES.match(action["uses"])
        if match is None or (text is not None and action["uses"] not in text):
            continue
        pin = pins.actions.get(match[1])
        checked = pin.checked if pin else str(action.get("checked", data.get("checked", "")))
        ref = action["uses"][match.end() :]
        sha = ref if _COMMIT.match(ref) else ""
        found.append(Used("action", match[1], action["tag"], sha, checked, _home(host, match[1]), pin is not None))
    return found


def _used_tools(data: Mapping[str, Any], text: str | None, pins: Pins) -> list[Used]:
    """Return the tools of a pack's data (with pins) whose version stands in `text`."""
    found = []
    for name, version in data.get("tools", {}).items():
        if text is None or str(version) in text:
            pin = pins.tools.get(name)
            checked = pin.checked if pin else str(data.get("checked", ""))
            source = str(data.get("source", "")) if pin is None else ""
            found.append(Used("tool", name, str(version), "", checked, source, pin is not None))
    return found


def _used_image(reference: str, data: Mapping[str, Any], pins: Pins) -> Used:
    """Return what is known of a base image that templates asked for."""
    name, _, tag = reference.rpartition(":")
    pin = pins.images.get(reference)
    checked = pin.checked if pin else str(data.get("checked", ""))
    return Used("image", name, tag, pin.digest if pin else "", checked, _image_home(name), pin is not None)


def _image_home(name: str) -> str:
    """Return the page of an image: Docker Hub has one for each, and other registries answer at the name itself."""
    host = name.partition("/")[0] if "/" in name else ""
    if "." in host or ":" in host:
        return f"https://{name}"
    path = name.removeprefix("library/")
    return f"https://hub.docker.com/{'r' if '/' in path else '_'}/{path}"


def _home(host: str, name: str) -> str:
    return f"{host}/{name}" if host else ""


def used(
    pins: Pins,
    bases: Mapping[str, str],
    data: Mapping[str, Mapping[str, Any]],
    text: str | None = None,
    host: str = "",
) -> list[Used]:
    """Return all that outputs pin, sorted: `bases` with the pack of each, `data` by pack, `text` that of all outputs.

    Without a text, every action and tool of the data counts. `host` is where the repositories of actions are.
    """
    found = {_used_image(reference, data.get(pack, {}), pins) for reference, pack in bases.items()}
    for one in data.values():
        found.update(_used_actions(one, text, pins, host), _used_tools(one, text, pins))
    return sorted(found, key=lambda item: (_ORDER.index(item.kind), item.name, item.version))
