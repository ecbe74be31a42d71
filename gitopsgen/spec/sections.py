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

# `resources: small` and `expose: cluster` are short forms too, though their words are the spec's own.
SHORT_FORMS = {section.kind: section.selector for section in SECTIONS} | {"resources": "size", "expose": "type"}


# What an environment may say for itself in the same forms.
ENVIRONMENTS = "environments"


def expand(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the spec's data in which every short form `ci: x` is written out as `ci: {name: x}`."""
    expanded = _expand(data)
    environments = data.get(ENVIRONMENTS)
    if isinstance(environments, dict):
        expanded[ENVIRONMENTS] = {
            name: _expand(own) if isinstance(own, dict) else own for name, own in environments.items()
        }
    return expanded


def _expand(data: dict[str, Any]) -> dict[str, Any]:
    return {
        key: {SHORT_FORMS[key]: value} if key in SHORT_FORMS and isinstance(value, str) else value
        for key, value in data.items()
    }
