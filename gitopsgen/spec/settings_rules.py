"""Rules across what an app is given: environment variables, settings and secrets."""

from collections.abc import Iterable, Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import Path, SourceDoc
from gitopsgen.spec.secret_shapes import why_secret
from gitopsgen.spec.workload_rules import environments, is_env_name

Found = Iterable[Diagnostic]

# The fields that say where a secret is kept; `key` alone means the store.
_FILES = ("sealed", "sops")


def broken_settings_rules(doc: SourceDoc, data: dict[str, Any]) -> Iterator[Diagnostic]:
    """Yield what the spec breaks; `data` is the expanded form and has passed the schema."""
    for rule in (_no_secret_in_env, _port_is_ours, _config, _variables, _secrets, _stores):
        yield from rule(doc, data)


def _plain_variables(data: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """Yield the place and the value of each variable whose value stands in the spec."""
    for at, fields in environments(data):
        yield from (((*at, "env", name), value) for name, value in fields.get("env", {}).items())
    for name, written in data.get("config", {}).items():
        yield from ((("config", name, "values", key), value) for key, value in written.get("values", {}).items())


def _no_secret_in_env(doc: SourceDoc, data: dict[str, Any]) -> Found:
    for place, value in _plain_variables(data):
        name = str(place[-1])
        if why := why_secret(name, value):
            yield doc.find(
                "rule.secret-in-env",
                f"{why}, and this file is committed to git",
                f"keep it in a store, and say where: `secrets: {{{name}: {{key: PATH}}}}` (docs/workloads.md)",
                place,
                key=True,
            )


def _port_is_ours(doc: SourceDoc, data: dict[str, Any]) -> Found:
    secrets: list[Path] = [("secrets", name) for name in data.get("secrets", {})]
    for place in [*(place for place, _ in _plain_variables(data)), *secrets]:
        if place[-1] == "PORT" and data.get("type", "web") == "web":
            yield doc.find(
                "rule.port-twice",
                "PORT is set by gitopsgen from `port`, so that the app, its probes and its Service agree",
                f"remove PORT from `{place[-2]}` and set `port`",
                place,
                key=True,
            )


def _config(doc: SourceDoc, data: dict[str, Any]) -> Found:
    for name, written in data.get("config", {}).items():
        at: Path = ("config", name)
        files, values = written.get("files", []), written.get("values", {})
        if not files and not values:
            cure = "add `files` or `values`, or remove it"
            yield doc.find("rule.config-empty", f'"config.{name}" holds nothing', cure, at)
        if files and "mount" not in written:
            message = f'"config.{name}" has files, and does not say where the app finds them'
            yield doc.find("rule.config-mount", message, "add `mount: /etc/app`", (*at, "files"), key=True)
        if "mount" not in written:
            for key in values:
                if not is_env_name(key):
                    message = f'"{key}" is no name of an environment variable'
                    cure = "rename it, or add `mount:` to make it a file"
                    yield doc.find("rule.config-variable", message, cure, (*at, "values", key), key=True)
        names = [path.rpartition("/")[2] for path in files]
        for index, key in enumerate(names):
            if key in names[:index] or key in values:
                message = f'"config.{name}" has two files of the name {key}, and a ConfigMap has no folders'
                yield doc.find("rule.config-file-twice", message, "rename one", (*at, "files", index))


def _variables(doc: SourceDoc, data: dict[str, Any]) -> Found:
    """A variable has one source; an environment may give another value to one of `env`."""
    taken = dict.fromkeys(data.get("env", {}), "env")
    sources: list[Path] = [("secrets", name) for name in data.get("secrets", {})]
    for name, written in data.get("config", {}).items():
        if "mount" not in written:
            sources += [("config", name, "values", key) for key in written.get("values", {})]
    for place in sources:
        variable, source = place[-1], ".".join(map(str, place[:2] if place[0] == "config" else place[:1]))
        if variable in taken:
            message = f'the variable "{variable}" is set twice: by {taken[variable]} and by {source}'
            yield doc.find("rule.variable-twice", message, "keep one of them", place, key=True)
        taken.setdefault(variable, source)
    for at, fields in environments(data):
        for name in fields.get("env", {}) if at else ():
            if taken.get(name, "env") != "env":
                message = f'the variable "{name}" is set twice: by {taken[name]} and by {".".join(map(str, at))}.env'
                yield doc.find("rule.variable-twice", message, "keep one of them", (*at, "env", name), key=True)


def _secrets(doc: SourceDoc, data: dict[str, Any]) -> Found:
    for name, written in data.get("secrets", {}).items():
        at: Path = ("secrets", name)
        files = [field for field in _FILES if field in written]
        if len(files) > 1:
            message = f'"secrets.{name}" is kept in two places, {" and ".join(files)}'
            yield doc.find("rule.secret-place", message, "keep one of them", (*at, files[1]), key=True)
        if not files and "key" not in written:
            message = f'"secrets.{name}" does not say where the value is kept'
            cure = "add the `key` of the store's entry, or the name of a `sealed` or `sops` file"
            yield doc.find("rule.secret-place", message, cure, at)
        for field in ("property", "store"):
            if files and field in written:
                message = f'"secrets.{name}.{field}" is for a secret store, and this one is in a file'
                yield doc.find("rule.secret-place", message, f"remove `{field}`", (*at, field), key=True)


def _stores(doc: SourceDoc, data: dict[str, Any]) -> Found:
    if "secretStore" in data:
        return
    named = data.get("environments", {})
    everywhere = bool(named) and all("secretStore" in own for own in named.values())
    for name, written in data.get("secrets", {}).items():
        if "store" not in written and not any(field in written for field in _FILES) and not everywhere:
            message = f'"secrets.{name}" does not say which store holds it'
            cure = "add `secretStore: NAME` to the spec or to every environment, or `store` here"
            yield doc.find("rule.secret-store", message, cure, ("secrets", name), key=True)
