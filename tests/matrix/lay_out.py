"""A row of the cover as a tree on disk: what people write themselves, and what gitopsgen makes of the spec."""

from pathlib import Path
from typing import Any

import yaml

from gitopsgen.compiler import generate
from gitopsgen.config_tree import generate_trees
from gitopsgen.core.diagnostic import Diagnostic
from tests.trees import write_tree

from .cover import Row, spec_of

SEALED = """\
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: shop-db
  namespace: {namespace}
spec:
  encryptedData:
    url: AgBy3i4OJSWK
"""
ENCRYPTED = """\
---
apiVersion: v1
kind: Secret
metadata:
  name: shop-db
  namespace: {namespace}
stringData:
  url: ENC[AES256_GCM,data:Tr7o,iv:1=,tag:1=,type:str]
"""


def lay_out(root: Path, row: Row) -> tuple[Diagnostic, ...]:
    """Make the tree of a row in a folder that is not there yet; return what gitopsgen says about it."""
    text = spec_of(row)
    spec = yaml.safe_load(text)
    gitops = spec.get("gitops", {})
    apart = isinstance(gitops, dict) and "repository" in gitops
    manifests = root / "app"
    if apart:
        (root / "config").mkdir(parents=True)
        manifests = root / "config" / gitops.get("folder", spec["name"])
    write_tree(manifests / spec.get("manifests", "k8s"), _by_hand(spec))
    write_tree(root / "app", {"gitopsgen.yaml": text})
    (root / "app" / spec["runtime"].get("folder", "")).mkdir(parents=True, exist_ok=True)
    if not apart:
        outcome = generate(str(root / "app"))
        return outcome.diagnostics if outcome.exit_code else ()
    trees = generate_trees(str(root / "app"), str(root / "config"), lambda _: None)
    outcomes = [trees.app, *trees.configs.values()]
    return tuple(found for outcome in outcomes if outcome.exit_code for found in outcome.diagnostics)


def _by_hand(spec: dict[str, Any]) -> dict[str, str]:
    """Return the files that the spec says are the user's own, below the folder of the manifests."""
    files = {}
    if any("files" in config for config in spec.get("config", {}).values()):
        files["base/config/app.yaml"] = "---\ntitle: shop\n"
    for kind, text in {"sealed": SEALED, "sops": ENCRYPTED}.items():
        if any(kind in secret for secret in spec.get("secrets", {}).values()):
            for name, own in spec.get("environments", {"production": {}}).items():
                namespace = own.get("namespace", spec["name"])
                files[f"overlays/{name}/secrets/shop-db.yaml"] = text.format(namespace=namespace)
    return files
