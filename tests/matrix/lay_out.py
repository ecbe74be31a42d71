"""A row of the cover as a tree on disk: what people write themselves, and what gitopsgen makes of the spec."""

import re
from pathlib import Path
from typing import Any

import yaml

from gitopsgen.compiler import generate
from gitopsgen.config_tree import generate_trees
from gitopsgen.core.diagnostic import Diagnostic
from tests.trees import write_tree

from .cover import PLAIN, Row, spec_of

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


# What the workspace says for both services, so that the second one is delivered by the same systems in the same way.
_SHARED = (
    "mode",
    "gitops",
    "cluster",
    "ci",
    "image",
    "registry",
    "environments",
    "previews",
    "branch",
    "manifests",
    "runtime",
)


def lay_out(root: Path, row: Row) -> tuple[Diagnostic, ...]:
    """Make the tree of a row in a folder that is not there yet; return what gitopsgen says about it."""
    text = spec_of(row)
    spec = yaml.safe_load(text)
    alone = row[-1] == PLAIN[-1]
    home = root / "app" / ("" if alone else "services/shop")
    gitops = spec.get("gitops", {})
    apart = isinstance(gitops, dict) and "repository" in gitops
    manifests = home
    if apart:
        (root / "config").mkdir(parents=True)
        manifests = root / "config" / gitops.get("folder", spec["name"])
    write_tree(manifests / spec.get("manifests", "k8s"), _by_hand(spec))
    write_tree(root / "app", {"gitopsgen.yaml": text} if alone else _workspace(spec))
    for service in {home, home.with_name("mail")} if not alone else {home}:
        (service / spec["runtime"].get("folder", "")).mkdir(parents=True, exist_ok=True)
    if not apart:
        outcome = generate(str(root / "app"))
        return outcome.diagnostics if outcome.exit_code else ()
    trees = generate_trees(str(root / "app"), str(root / "config"), lambda _: None)
    outcomes = [trees.app, *trees.configs.values()]
    return tuple(found for outcome in outcomes if outcome.exit_code for found in outcome.diagnostics)


def _workspace(spec: dict[str, Any]) -> dict[str, str]:
    """Return the specs of a repository of two services: that of the row, and one that says no more than its name."""
    host = "gitlab.com" if spec["ci"] == "gitlab-ci" else "github.com"
    # Guessed from an image and a name, it would be another one for each service, which is refused.
    shared: dict[str, Any] = {"repository": f"https://{host}/acme/shop.git"}
    shared |= {key: _for_any(key, spec[key]) for key in _SHARED if key in spec}
    both = {"apiVersion": spec["apiVersion"]}
    files = {
        "gitopsgen.workspace.yaml": {**both, "services": ["services/*"], "defaults": shared},
        "services/shop/gitopsgen.yaml": {key: value for key, value in spec.items() if key not in _SHARED},
        "services/mail/gitopsgen.yaml": {**both, "name": "mail"},
    }
    return {name: yaml.safe_dump(said, explicit_start=True, sort_keys=False) for name, said in files.items()}


def _for_any(key: str, value: Any) -> Any:
    """Write the name of the service as one that stands for any, in what each service has for itself."""
    if isinstance(value, dict):
        return {name: _for_any(name, each) if key != "cluster" else each for name, each in value.items()}
    return re.sub(r"\bshop\b", "{name}", value) if key in ("image", "namespace", "folder") else value


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
