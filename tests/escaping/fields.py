"""The text fields of a spec, which spec has each, and what may stand in it."""

import json
from collections.abc import Iterator
from typing import Any

from gitopsgen.core import assets
from tests.escaping import workload_places
from tests.escaping.workload_places import SPEC_OF
from tests.spec.specs import PULL, PUSH

AT_ROOT = {field: value for field, value in PULL["runtime"].items() if field not in ("folder", "workspaces")}

SPECS = {
    "pull": {**PULL, "runtime": AT_ROOT, "env": {"LOG_LEVEL": "info"}, "cluster": PUSH["cluster"]},
    "push": {**PUSH, "runtime": AT_ROOT, "env": {"LOG_LEVEL": "info"}},
}

# Only Flux can decrypt it, which has a test of its own, tests/escaping/test_flux.py; elsewhere it is refused.
REFUSED = {"secrets.*.sops"}

# Fields of the operator with a narrow pattern, which only some specs have: held to hostile text in a test of their own.
OF_OPERATOR = {
    "gitops.repository": "https://git.example.com/acme/config.git",
    "gitops.branch": "live",
    "gitops.folder": "apps/shop",
    "gitops.clusterName": "prod-eu",
    "gitops.clusters.*": "eu-1",
    "gitops.notify.service": "slack",
    "gitops.notify.to": "#ops",
}

# Fields of CI systems that the specs here do not choose: tests/escaping/test_gitlab.py and tests/ci have them.
OF_ANOTHER_CI = {
    "ci.agent",
    "ci.approvers",
    "ci.issuer",
    "ci.deployKey",
    "ci.file",
    "ci.machineImage",
    "ci.queue",
    "ci.resourceClass",
    "ci.tags.*",
}

# Fields of clusters that the specs here do not choose, each with a narrow pattern; they have a test of their own.
OF_ANOTHER_CLUSTER = {
    "cluster.region": {"type": "eks", "region": "eu-central-1", "name": "prod"},
    "cluster.project": {"type": "gke", "project": "acme-prod", "location": "europe-west3", "name": "prod"},
    "cluster.location": {"type": "gke", "project": "acme-prod", "location": "europe-west3", "name": "prod"},
    "cluster.context": {"type": "kubeconfig", "context": "prod"},
}

# Fields of Flux: tests/escaping/test_flux.py has them.
OF_FLUX = {
    f"gitops.{name}"
    for name in (
        "decryptionSecret", "dependsOn.*", "gitSecret", "imageInterval", "imageSecret", "interval", "notify.secret",
        "serviceAccount", "sourceInterval", "webhookSecret",
    )
}  # fmt: skip

# Every expression that our templates write; an author's text adds none.
EXPRESSIONS = {
    "github.workflow",
    "github.event.pull_request.number || github.run_id",
    "steps.push.outputs.digest",
    "needs.build.outputs.digest",
    "github.sha",
    "github.token",
    "inputs.revision",
    "vars.AZURE_CLIENT_ID",
    "vars.AZURE_TENANT_ID",
    "vars.AZURE_SUBSCRIPTION_ID",
    "vars.DOCKERHUB_USERNAME",
    "secrets.DOCKERHUB_TOKEN",
    "'${{'",
}

# Where one word says that there is no command.
NO_COMMAND = {"runtime.test", "runtime.build", "runtime.install"}

# Fields that are a choice among fixed words; what is no such word is refused by the schema.
WIDE = {"env.*", "runtime.start.*", *NO_COMMAND} | workload_places.WIDE


def text_fields() -> dict[str, dict[str, Any]]:
    """Return every field of the schema that takes free text: `.*` is an item or a value, `.~` a key.

    Of packs that a spec chooses between, those of SPECS; tests/escaping/test_runtimes.py has the runtimes.
    """
    schema = json.loads(assets.schema_text("gitopsgen.schema"))
    found = {name: node for name, node in _texts(schema, schema, "") if "enum" not in node and "const" not in node}
    # What an environment says for itself is written by the same templates as what the spec says for all.
    return {name: node for name, node in found.items() if not _is_elsewhere(name, node, found)}


def _is_elsewhere(name: str, node: dict[str, Any], found: dict[str, dict[str, Any]]) -> bool:
    elsewhere = REFUSED | {*OF_OPERATOR, *OF_ANOTHER_CLUSTER} | OF_FLUX | OF_ANOTHER_CI
    return name in elsewhere or _says_again(name, node, found)


def _says_again(name: str, node: dict[str, Any], found: dict[str, dict[str, Any]]) -> bool:
    """Whether a field of an environment, or of previews, is one of the spec's own, with the same pattern."""
    own = name.removeprefix("environments.*.").removeprefix("previews.")
    return own != name and own in found and found[own].get("pattern") == node.get("pattern")


def _texts(schema: dict[str, Any], node: dict[str, Any], at: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if "$ref" in node:
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
    if node.get("type") == "string":
        yield at, node
    for option in node.get("anyOf", []):
        # The specs here have Node.js; other runtimes put the same common fields through the same templates' filters.
        if at != "runtime" or option.get("properties", {}).get("name", {}).get("const") == "node":
            yield from _texts(schema, option, at)
    for name, inner in node.get("properties", {}).items():
        yield from _texts(schema, inner, f"{at}.{name}".lstrip("."))
    for pattern, inner in node.get("patternProperties", {}).items():
        yield f"{at}.~", {"type": "string", "pattern": pattern}
        yield from _texts(schema, inner, f"{at}.*")
    if "items" in node:
        yield from _texts(schema, node["items"], f"{at}.*")


FIELDS = text_fields()


def specs_with(field: str) -> tuple[str, ...]:
    """Return the full specs that have a field."""
    return (SPEC_OF[field],) if field in SPEC_OF else ("pull", "push")
