"""The whole JSON Schema of a spec: the models' part with the fields of every pack put in its place."""

from typing import Any

from gitopsgen.core import assets
from gitopsgen.core.files import RenderedFile
from gitopsgen.core.repopath import RepoPath
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.spec import patterns
from gitopsgen.spec.inherit import DEFAULTS
from gitopsgen.spec.sections import SECTIONS, SHORT_FORMS, Section
from gitopsgen.spec.workspace import MOST, SERVICES, VERSION

SCHEMA_NAME = RepoPath(".gitopsgen/schema.json")
WORKSPACE_SCHEMA_NAME = RepoPath(".gitopsgen/workspace.schema.json")

_TOLD = ("description", "examples")


def schema_files(catalogue: Catalogue, shared: bool) -> list[RenderedFile]:
    """Return the schemas for editors: in the repository, so that they are always those of this version.

    `shared` is whether a workspace file says a part of each spec.
    """
    texts = {SCHEMA_NAME: spec_schema_text(catalogue, whole=not shared)}
    texts |= {WORKSPACE_SCHEMA_NAME: workspace_schema_text(SCHEMA_NAME)} if shared else {}
    return [RenderedFile(path, text, "managed", 0o644, "gitopsgen", "schema", "json") for path, text in texts.items()]


def spec_schema(catalogue: Catalogue) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a spec that may use any pack of the catalogue."""
    import copy

    from gitopsgen.spec.schema import model_schema

    schema = copy.deepcopy(model_schema())
    definitions = schema["$defs"]
    for section in SECTIONS:
        schema["properties"][section.kind] = _section(section, catalogue, schema)
    own = definitions["Environment"]["properties"]
    own["cluster"] = {**schema["properties"]["cluster"], **_told(own["cluster"])}
    own["gitops"] = {**_told(own["gitops"]), "minProperties": 1, "anyOf": _varied("gitops", catalogue)}
    previews = definitions["Previews"]["properties"]
    previews |= {kind: {**own[kind], **_told(previews[kind])} for kind in ("cluster", "gitops")}
    kinds = {section.kind for section in SECTIONS}
    # The deepest first, while the way there still leads through plain references.
    for name in sorted(set(SHORT_FORMS) - kinds, key=lambda name: -name.count(".")):
        _allow_short_form(schema, name)
    for section in SECTIONS:
        definitions.pop(section.kind.capitalize())
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitopsgen app spec",
        **schema,
    }


def _varied(kind: str, catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return the forms in which an environment may vary fields of the pack of a kind."""
    return [
        {"type": "object", "properties": pack.get("fields", {}), "additionalProperties": False}
        for pack in catalogue.all(kind)
    ]


def spec_schema_text(catalogue: Catalogue, *, whole: bool = True) -> str:
    """Return that schema as JSON text; for the built-in packs alone it is the shipped file.

    Not `whole` is for the specs of a workspace: what is missing comes from its defaults, `null` leaves a default out.
    """
    if whole and not catalogue.has_own_packs:
        return assets.schema_text("gitopsgen.schema")
    import json

    schema = spec_schema(catalogue) if catalogue.has_own_packs else json.loads(assets.schema_text("gitopsgen.schema"))
    return json.dumps(schema if whole else _of_service(schema, top=True), indent=1) + "\n"


def _of_service(node: Any, *, top: bool = False) -> Any:
    """Return a schema in which nothing is required, and any field but those of a service alone may be null."""
    if isinstance(node, list):
        return [_of_service(item) for item in node]
    if not isinstance(node, dict):
        return node
    loose = {key: _of_service(value) for key, value in node.items() if key != "required" or not isinstance(value, list)}
    for key in ("properties", "patternProperties"):
        own = ("apiVersion", "name") if top else ()
        fields = node.get(key)
        if isinstance(fields, dict):
            loose[key] = {name: _or_null(_of_service(field), alone=name in own) for name, field in fields.items()}
    return loose


def _or_null(field: Any, *, alone: bool) -> Any:
    if alone or not isinstance(field, dict) or "const" in field:
        return field
    return {**_told(field), "anyOf": [{key: field[key] for key in field if key not in _TOLD}, {"type": "null"}]}


def workspace_schema_text(spec_schema_name: str) -> str:
    """Return the JSON Schema of a workspace file, beside that of its specs, as JSON text."""
    import json

    name = spec_schema_name.rpartition("/")[2]
    fields: dict[str, dict[str, Any]] = {
        "apiVersion": {"const": VERSION, "description": "Version of this format."},
        SERVICES: {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST,
            "items": {"type": "string", "pattern": patterns.SERVICES},
            "description": "The folders of the services, each with its gitopsgen.yaml; a part of a path may be *.",
            "examples": [["services/*"], ["apps/web", "apps/api"]],
        },
        DEFAULTS: {
            "type": "object",
            "properties": {"apiVersion": False, "name": False},
            "description": "Fields of the spec that every service takes where its own says nothing.",
            "examples": [{"branch": "main", "mode": "pull"}],
        },
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "gitopsgen workspace",
        "type": "object",
        "properties": {key: {**field, **({"$ref": name} if key == DEFAULTS else {})} for key, field in fields.items()},
        "required": ["apiVersion", SERVICES],
        "additionalProperties": False,
    }
    return json.dumps(whole, indent=1) + "\n"


def _allow_short_form(schema: dict[str, Any], name: str) -> None:
    """Let a field take its short form beside the mapping."""
    holder, key = _place(schema, name.split("."))
    # A section of packs has its short form already.
    if holder is None or "$ref" not in holder[key]:
        return
    node = holder[key]
    definition = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    short = definition["properties"][SHORT_FORMS[name].field]
    plain = {word: value for word, value in short.items() if word not in ("description", "examples")}
    holder[key] = {**_told(node), "anyOf": [plain, {"$ref": node["$ref"]}]}


def _place(schema: dict[str, Any], parts: list[str]) -> tuple[dict[str, Any] | None, str]:
    """Return the mapping in the schema that holds the field, and its key there; None when there is no such field."""
    node = schema
    for depth, part in enumerate(parts):
        if "$ref" in node:
            node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        holder = node.get("patternProperties" if part == "*" else "properties", {})
        key = next(iter(holder), "") if part == "*" else part
        if key not in holder:
            return None, ""
        if depth == len(parts) - 1:
            return holder, key
        node = holder[key]
    return None, ""


def _told(field: dict[str, Any]) -> dict[str, Any]:
    """Return what a field's schema tells people."""
    return {key: field[key] for key in _TOLD if key in field}


def _section(section: Section, catalogue: Catalogue, schema: dict[str, Any]) -> dict[str, Any]:
    common = _shared(section.kind.capitalize(), schema["$defs"])
    names = catalogue.names(section.kind)
    variants = [_variant(section, pack, common) for pack in catalogue.all(section.kind)]
    return {
        **_told(schema["properties"][section.kind]),
        "anyOf": [{"enum": names}, *variants],
    }


def _shared(name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """Return the definition of a section with references to its fields, which all packs of the kind then share."""
    definition = definitions[name]
    references = {}
    for field, described in definition["properties"].items():
        shared = f"{name}{field[:1].upper()}{field[1:]}"
        definitions[shared] = described
        references[field] = {"$ref": f"#/$defs/{shared}"}
    return {**definition, "properties": references}


def _variant(section: Section, pack: Pack, common: dict[str, Any]) -> dict[str, Any]:
    chosen = {"const": pack.name, "description": pack.get("summary", "")}
    needed = [name for name in common.get("required", []) if name != section.selector] + pack.get("required", [])
    unnamed = pack.get("default", False) or pack.get("hosts", [])
    return {
        "type": "object",
        "title": pack.get("title", ""),
        "properties": {**common["properties"], section.selector: chosen, **pack.get("fields", {})},
        "required": sorted(needed if unnamed else [section.selector, *needed]),
        "additionalProperties": False,
    }
