"""Every cluster with every registry, in both modes: the specs that the tests of clouds are told with."""

from collections.abc import Iterator

CLUSTERS = {
    "aks": "{type: aks, resourceGroup: rg, name: prod}",
    "eks": "{type: eks, region: eu-central-1, name: prod}",
    "gke": "{type: gke, project: acme-prod, location: europe-west3, name: prod}",
    "kubeconfig": "{type: kubeconfig, context: prod}",
}
IMAGES = {
    "docker-hub": "docker.io/acme/shop",
    "ghcr": "ghcr.io/acme/shop",
    "acr": "acmeshop.azurecr.io/shop",
    "ecr": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/acme/shop",
    "gar": "europe-west3-docker.pkg.dev/acme-prod/apps/shop",
    "gitlab": "registry.gitlab.com/acme/shop",
    "other": "registry.example.com:5000/acme/shop",
}


def spec(cluster: str, registry: str, mode: str, more: str = "") -> str:
    """Return a spec; `more` is added to it."""
    lines = [
        "---",
        "apiVersion: gitopsgen/v1",
        "name: shop",
        f"mode: {mode}",
        f"image: {IMAGES[registry]}",
        "repository: https://github.com/acme/shop.git",
        "runtime: node",
        f"cluster: {CLUSTERS[cluster]}",
        more,
    ]
    return "\n".join(line for line in lines if line) + "\n"


def combinations() -> Iterator[tuple[str, str, str]]:
    """Yield cluster, registry and mode; in pull mode CI gets into no cluster, so that one stands for all."""
    for registry in IMAGES:
        for cluster in CLUSTERS:
            yield cluster, registry, "push"
        yield "aks", registry, "pull"
