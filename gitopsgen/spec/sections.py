"""The sections of a spec that choose a system, such as `ci` or `cluster`, and their short forms."""

from typing import Any, NamedTuple


class Section(NamedTuple):
    """A spec field that names one system of a kind.

    `selector` is the key inside the section that holds the name; `mode` is the delivery mode that needs the section,
    empty when both do.
    """

    kind: str
    selector: str
    mode: str = ""


SECTIONS = (
    Section("runtime", "name"),
    Section("ci", "name"),
    Section("registry", "type"),
    Section("cluster", "type", "push"),
    Section("gitops", "operator", "pull"),
)


class Short(NamedTuple):
    """A short form: a value of `type` stands for a mapping that has it as its `field`."""

    field: str
    type: type = str


# Dotted names of fields with a short form, such as `ci: x` for `ci: {name: x}`; `*` is any name.
SHORT_FORMS = {section.kind: Short(section.selector) for section in SECTIONS} | {
    "resources": Short("size"),
    "expose": Short("type"),
    "expose.gateway": Short("name"),
    "replicas": Short("count", int),
    "ports.*": Short("port", int),
    "schedule": Short("cron"),
    "secretStore": Short("name"),
    "migration": Short("command", list),
    "previews": Short("enabled", bool),
    "previews.cluster": Short("type"),
    "environments.*.replicas": Short("count", int),
    "environments.*.resources": Short("size"),
    "environments.*.secretStore": Short("name"),
    "environments.*.cluster": Short("type"),
}
_INSIDE = {name.rpartition(".")[0] for name in SHORT_FORMS}
# Mappings whose keys are names that the author chose, and all mappings around them.
_AROUND = {".".join(name.split(".")[:depth]) for name in _INSIDE for depth in range(name.count(".") + 2)}
_BY_NAME = {name.removesuffix(".*") for name in _AROUND | set(SHORT_FORMS) if name.endswith(".*")}


# What an environment may say for itself in the same forms, and previews.
ENVIRONMENTS, PREVIEWS = "environments", "previews"


def wants_previews(data: dict[str, Any]) -> bool:
    """Whether the expanded spec asks for previews of pull requests."""
    written: dict[str, Any] = data.get(PREVIEWS, {"enabled": False})
    return bool(written.get("enabled", True))


def expand(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the spec's data in which every short form `ci: x` is written out as `ci: {name: x}`."""
    expanded: dict[str, Any] = _expanded(data, "")
    return expanded


def short_form(at: tuple[str | int, ...]) -> Short | None:
    """Return the short form that the field at `at` has, None when it has none."""
    name = ""
    for part in at:
        name = f"{name}.*" if name in _BY_NAME else f"{name}.{part}".lstrip(".")
    return SHORT_FORMS.get(name)


def _expanded(value: Any, name: str) -> Any:
    short = SHORT_FORMS.get(name)
    # Not isinstance: a boolean is no number here.
    if short is not None and type(value) is short.type:
        value = {short.field: value}
    if name not in _AROUND or not isinstance(value, dict):
        return value
    inner = f"{name}.*" if name in _BY_NAME else ""
    return {key: _expanded(item, inner or f"{name}.{key}".lstrip(".")) for key, item in value.items()}
