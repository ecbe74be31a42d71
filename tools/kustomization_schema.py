"""The schema of the Kustomize files, written by hand after the fields of kustomize v5.

Left out on purpose: what v5 still reads but calls deprecated (bases, vars, commonLabels, patchesStrategicMerge ...).
"""

from typing import Any

Schema = dict[str, Any]

STRING: Schema = {"type": "string", "minLength": 1}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
STRINGS: Schema = {"type": "array", "items": STRING, "minItems": 1, "uniqueItems": True}
PAIRS: Schema = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
DIGEST: Schema = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}


def _object(required: tuple[str, ...] = (), /, **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**schema, "required": sorted(required)} if required else schema


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item, "minItems": 1}


_GENERATOR_OPTIONS = _object(labels=PAIRS, annotations=PAIRS, disableNameSuffixHash=FLAG, immutable=FLAG)
_RESOURCE: dict[str, Schema] = dict.fromkeys(("group", "version", "kind", "name", "namespace"), STRING)
_SELECTOR = _object(**_RESOURCE, annotationSelector=STRING, labelSelector=STRING)
_FIELD_OPTIONS = _object(delimiter=STRING, index={"type": "integer"}, encoding=STRING, create=FLAG)

DEFINITIONS: dict[str, Schema] = {
    "fieldSpec": _object(group=STRING, version=STRING, kind=STRING, path=STRING, create=FLAG),
    "generatorOptions": _GENERATOR_OPTIONS,
    "image": _object(("name",), name=STRING, newName=STRING, newTag=STRING, tagSuffix=STRING, digest=DIGEST),
    "label": _object(
        ("pairs",),
        pairs=PAIRS,
        includeSelectors=FLAG,
        includeTemplates=FLAG,
        fields=_list({"$ref": "#/$defs/fieldSpec"}),
    ),
    "patch": {
        **_object(
            path=STRING,
            patch=STRING,
            target={"$ref": "#/$defs/selector"},
            options=_object(allowNameChange=FLAG, allowKindChange=FLAG),
        ),
        "oneOf": [{"required": ["path"]}, {"required": ["patch"]}],
    },
    "replacement": _object(
        path=STRING,
        sourceValue={"type": "string"},
        source=_object(**_RESOURCE, fieldPath=STRING, options=_FIELD_OPTIONS),
        targets=_list(
            _object(
                ("select",),
                select={"$ref": "#/$defs/selector"},
                reject=_list({"$ref": "#/$defs/selector"}),
                fieldPaths=STRINGS,
                options=_FIELD_OPTIONS,
            )
        ),
    ),
    "replica": _object(("name", "count"), name=STRING, count=COUNT),
    "selector": _SELECTOR,
}

_GENERATOR: dict[str, Schema] = {
    "name": STRING,
    "namespace": STRING,
    "behavior": {"enum": ["create", "replace", "merge"]},
    "literals": STRINGS,
    "files": STRINGS,
    "envs": STRINGS,
    "options": {"$ref": "#/$defs/generatorOptions"},
}

FIELDS: dict[str, Schema] = {
    "metadata": _object(name=STRING, namespace=STRING, labels=PAIRS, annotations=PAIRS),
    "namePrefix": STRING,
    "nameSuffix": STRING,
    "namespace": STRING,
    "labels": _list({"$ref": "#/$defs/label"}),
    "commonAnnotations": PAIRS,
    "patches": _list({"$ref": "#/$defs/patch"}),
    "images": _list({"$ref": "#/$defs/image"}),
    "replacements": _list({"$ref": "#/$defs/replacement"}),
    "replicas": _list({"$ref": "#/$defs/replica"}),
    "resources": STRINGS,
    "components": STRINGS,
    "crds": STRINGS,
    "configMapGenerator": _list(_object(("name",), **_GENERATOR)),
    "secretGenerator": _list(_object(("name",), **_GENERATOR, type=STRING)),
    "generatorOptions": {"$ref": "#/$defs/generatorOptions"},
    "configurations": STRINGS,
    "generators": STRINGS,
    "transformers": STRINGS,
    "validators": STRINGS,
    "openapi": PAIRS,
    "buildMetadata": {
        **STRINGS,
        "items": {"enum": ["managedByLabel", "originAnnotations", "transformerAnnotations"]},
    },
    "sortOptions": _object(
        order={"enum": ["legacy", "fifo"]},
        legacySortOptions=_object(orderFirst=STRINGS, orderLast=STRINGS),
    ),
}


def kustomize_schema(version: str, kind: str) -> Schema:
    """Return the schema of a Kustomization or a Component."""
    identity: dict[str, Schema] = {
        "apiVersion": {"const": f"kustomize.config.k8s.io/{version}"},
        "kind": {"const": kind},
    }
    return {**_object(("apiVersion", "kind"), **identity, **FIELDS), "$defs": DEFINITIONS}
