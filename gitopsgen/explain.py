"""What `gitopsgen explain` knows: every field with its default and the reason, every file with where it comes from."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.compiler import Compiler
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.help import FieldHelp, FileHelp
from gitopsgen.core.repopath import Root
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.outcome import Outcome
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.choice import choose
from gitopsgen.packs.schema import spec_schema
from gitopsgen.plan.defaults import DEFAULTS, OF_ENVIRONMENTS
from gitopsgen.project import Project
from gitopsgen.scaffold import spec_text
from gitopsgen.spec.sections import ENVIRONMENTS, SECTIONS, SHORT_FORMS, expand


def chosen_systems(catalogue: Catalogue, project: Project, home: str = "") -> dict[str, str]:
    """Return the name of the system that is chosen of each kind: by the app in `home`, or where all agree."""
    specs = project.only(home).specs if home else project.specs
    docs = [doc for source in specs if isinstance(doc := project.read(source), SourceDoc)]
    found = [_chosen(doc, catalogue) for doc in docs]
    return (
        {kind: name for kind, name in found[0].items() if all(one.get(kind) == name for one in found)} if found else {}
    )


def _chosen(doc: SourceDoc, catalogue: Catalogue) -> dict[str, str]:
    data = expand(doc.data)
    packs = {section.kind: choose(doc, data, section, catalogue) for section in SECTIONS}
    return {kind: pack.name for kind, pack in packs.items() if isinstance(pack, Pack)}


def of_system(catalogue: Catalogue, name: str) -> tuple[str, str] | None:
    """Return kind and name of `runtime/node`, None for what names no system."""
    kind, _, system = name.partition("/")
    known = any(section.kind == kind for section in SECTIONS) and system in catalogue.names(kind)
    return (kind, system) if known else None


def common(fields: list[FieldHelp]) -> list[FieldHelp]:
    """Return the fields of a section that all its systems have, without the defaults, which each has of its own."""
    return [field._replace(default="", because="") for field in fields if not field.pack]


def fields(catalogue: Catalogue, chosen: Mapping[str, str] | None = None) -> list[FieldHelp]:
    """Return every field of the spec, in the order of the models, a pack's own fields after its section.

    Of a kind that is among the `chosen` systems, the fields and defaults are those of that system alone.
    """
    schema = spec_schema(catalogue)
    found: list[FieldHelp] = []
    for name, node in schema["properties"].items():
        found.append(_help(name, node, name in schema["required"]))
        found += _section_fields(name, node, schema, catalogue, (chosen or {}).get(name, ""))
        for each in [one for one in node.get("patternProperties", {}).values() if "$ref" in one]:
            inner = schema["$defs"][each["$ref"].rsplit("/", 1)[1]]["properties"]
            for field, described in inner.items():
                default = OF_ENVIRONMENTS.get(field, ("", "")) if name == ENVIRONMENTS else ("", "")
                found.append(_help(f"{name}.NAME.{field}", described, False, *default))
    return found


def _section_fields(
    name: str, node: dict[str, Any], schema: dict[str, Any], catalogue: Catalogue, chosen: str
) -> Iterator[FieldHelp]:
    section = next((known for known in SECTIONS if known.kind == name), None)
    variants = [option for option in node.get("anyOf", []) if "properties" in option or "$ref" in option]
    seen = set()
    for variant in variants:
        pack = variant.get("properties", {}).get(section.selector, {}).get("const", "") if section else ""
        if pack and chosen not in ("", pack):
            continue
        resolved = schema["$defs"][variant["$ref"].rsplit("/", 1)[1]] if "$ref" in variant else variant
        owning = catalogue.pack(name, pack) if pack else None
        own = owning.get("fields", {}) if owning else {}
        for field, inner in resolved["properties"].items():
            owner = f"{name}/{pack}" if field in own else ""
            if (field, owner) not in seen:
                seen.add((field, owner))
                default, because = _pack_default(catalogue, name, pack, field)
                described, required = _described(inner, schema), field in resolved.get("required", [])
                if section and field == section.selector:
                    described = {**described, "const": None, "enum": catalogue.names(name)}
                    if not chosen:
                        which = f"Which system; `gitopsgen explain {name}/{pack}` tells of one."
                        described["description"] = which
                yield _help(f"{name}.{field}", described, required, default, because, owner)


def _described(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return what a field's schema says of it, there or where all packs of a kind share it."""
    shared = "$ref" in node and "description" not in node
    found: dict[str, Any] = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if shared else node
    return found


def _pack_default(catalogue: Catalogue, kind: str, name: str, field: str) -> tuple[str, str]:
    pack = catalogue.pack(kind, name) if name else None
    default = pack.get("defaults", {}).get(field) if pack else None
    if default is None:
        return "", ""
    return _shown(default.get("value", default.get("values"))), default["because"]


def _help(
    field: str, node: dict[str, Any], required: bool, default: str = "", because: str = "", pack: str = ""
) -> FieldHelp:
    for known in DEFAULTS:
        if known.field == field:
            default, because = _shown(_brief(field, known.value({}))), known.because
    examples = tuple(_shown(example) for example in node.get("examples", []))
    return FieldHelp(field, _type(node), node.get("description", ""), required, default, because, examples, pack)


def _brief(field: str, value: Any) -> Any:
    """Return a default in its short form, where there is one."""
    short = SHORT_FORMS.get(field)
    return value[short.field] if short and isinstance(value, dict) and set(value) == {short.field} else value


def _type(node: dict[str, Any]) -> str:
    if node.get("const") is not None:
        return f'"{node["const"]}"'
    if "enum" in node:
        return " | ".join(str(choice) for choice in node["enum"])
    if "anyOf" in node:
        short = [option for option in node["anyOf"] if "$ref" not in option and "properties" not in option]
        return " | ".join([*map(_type, short), "mapping"])
    kinds = {
        "string": "text",
        "integer": "whole number",
        "array": "list",
        "object": "mapping",
        "boolean": "true | false",
    }
    kind = kinds.get(node.get("type", ""))
    low, high = node.get("minimum"), node.get("maximum")
    return f"{kind or 'mapping'} {low} to {high}" if low is not None and high is not None else kind or "mapping"


def _shown(value: Any) -> str:
    from gitopsgen.render.escape import yaml

    return yaml(value)


def unknown_name(name: str, known: list[str]) -> str:
    """Return the message for a name that is neither a field nor a generated file."""
    return f"{name!r} is neither a field of the spec nor a generated file{did_you_mean(name, known)}"


def unknown_field(name: str, known: list[str], why: str) -> str:
    """Return the message for a name that is no field, where for the reason `why` there are no files."""
    return f"{name!r} is no field of the spec, and {why}{did_you_mean(name, known)}"


def file_help(compiler: Compiler, repository: Root, project: Project, file: RenderedFile) -> FileHelp:
    """Explain one generated file; what it depends on is found by changing each field and compiling again."""
    found = compiler.catalogue.find_template(file.template)
    return FileHelp(
        file.path,
        file.pack,
        file.template,
        found[0].name if found else "",
        file.ownership,
        compiler.renderer.blocks(file),
        tuple(sorted(_dependencies(compiler, repository, project, file))),
    )


def _dependencies(compiler: Compiler, repository: Root, project: Project, file: RenderedFile) -> Iterator[str]:
    source = next((source for source in project.specs if source.home == file.home), project.specs[0])
    doc = parse(source.path, source.raw)
    if not isinstance(doc, SourceDoc):
        return
    data, found, chosen = expand(doc.data), set(), _chosen(doc, compiler.catalogue)
    for field in fields(compiler.catalogue, chosen):
        for changed in _variations(data, field):
            written = source._replace(raw=spec_text(changed, introduction=False).encode())
            again = compiler.compile(project.with_spec(written), repository)
            if isinstance(again, Outcome):
                continue
            now = [known for known in again.files if (known.template, known.home) == (file.template, file.home)]
            if [(known.path, known.text) for known in now] != [(file.path, file.text)]:
                found.add(field.field)
                break
    yield from found


def _variations(data: dict[str, Any], field: FieldHelp) -> Iterator[dict[str, Any]]:
    """Yield the spec with this field set to each of its examples that is not its present value."""
    section, _, inner = field.field.partition(".")
    for example in field.examples:
        value = _value(example)
        changed = dict(data)
        if not inner:
            changed[section] = value
        elif isinstance(data.get(section, {}), dict):
            changed[section] = {**data.get(section, {}), inner: value}
        if changed != data:
            yield changed


def _value(example: str) -> Any:
    doc = parse("example", f"value: {example}".encode())
    return doc.data["value"] if isinstance(doc, SourceDoc) else None
