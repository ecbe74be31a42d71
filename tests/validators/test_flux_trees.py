"""What Flux's Kustomizations apply, rendered by its controller's own library (tests/live/cluster/flux.go).

flux-local, which looks at whole trees, calls the program flux for this, and that cannot be had here: `go install`
refuses its module, and it embeds files that are made when it is released.
"""

from pathlib import Path

import pytest
import yaml

from gitopsgen.compiler import generate
from tests.live import kube
from tests.trees import SMALLEST, write_tree

from .finding import output
from .needs import need

SPEC = f"""{SMALLEST}\
migration: [node, migrate.js]
config: {{flags: {{values: {{A: b}}}}, files: {{mount: /etc/shop, values: {{x.txt: hello}}}}}}
secrets: {{DB: {{key: shop/db}}}}
secretStore: vault
replicas: {{min: 2, max: 4}}
volumes: {{data: {{type: claim, access: many-nodes, mount: /data, size: 1Gi}}}}
expose: {{type: ingress, host: shop.example.com}}
gitops: flux
environments: {{staging: {{namespace: shop-staging}}, production: {{namespace: shop, replicas: 3}}}}
"""
IMAGE = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages: [{name: app-image, newTag: v1}]\n"


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_a_migration_has_what_it_needs_and_no_object_has_two_owners(tmp_path: Path, environment: str) -> None:
    need("go")
    kube.need()
    write_tree(tmp_path, {"gitopsgen.yaml": SPEC})
    assert generate(str(tmp_path)).exit_code == 0
    image = f"k8s/overlays/{environment}/image/kustomization.yaml"
    (tmp_path / image).write_text(IMAGE, encoding="utf-8")
    whole = output("go", "kustomize", "build", str(tmp_path / f"k8s/overlays/{environment}"), cwd=tmp_path)
    rendered = kube.flux(tmp_path, [f"flux/{environment}/{name}.yaml" for name in ("migrate", "sync")])
    before, after = (
        {(found["kind"], found["metadata"]["name"]): found for found in objects} for objects in rendered.values()
    )

    assert not before.keys() & after.keys()
    kinds = {found["kind"] for found in yaml.safe_load_all(whole)}
    assert {kind for kind, _ in (*before, *after)} == kinds
    assert {kind for kind, _ in before} == {
        "ConfigMap", "ExternalSecret", "Job", "Namespace", "NetworkPolicy", "ServiceAccount",
    }  # fmt: skip
    [pod] = [found["spec"]["template"]["spec"] for (kind, _), found in before.items() if kind == "Job"]
    [container] = pod["containers"]
    named = {part["configMapRef"]["name"] for part in container["envFrom"] if "configMapRef" in part}
    named |= {volume["configMap"]["name"] for volume in pod["volumes"] if "configMap" in volume}
    assert named == {name for kind, name in before if kind == "ConfigMap"} and len(named) == 2
    assert ("ServiceAccount", pod["serviceAccountName"]) in before
    [app] = [found for (kind, _), found in after.items() if kind == "Deployment"]
    used = [part["configMapRef"]["name"] for part in app["spec"]["template"]["spec"]["containers"][0]["envFrom"][:1]]
    assert ("ConfigMap", used[0]) in after
