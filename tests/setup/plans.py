"""Specs of every CI with every cluster, operator and registry, and what each of them asks of a person."""

import re
from collections.abc import Iterable, Iterator, Sequence

from gitopsgen.core.yamldoc import SourceDoc, parse
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.packs.validate import validate
from gitopsgen.pins.model import NO_PINS
from gitopsgen.plan.model import Plan, Service
from gitopsgen.plan.resolve import resolve
from gitopsgen.project import SPEC_NAME
from gitopsgen.render.renderer import Renderer
from gitopsgen.setup import SetupStep, setup_steps
from tests.clouds.combinations import CLUSTERS, IMAGES, spec

CATALOGUE = Catalogue((BUILT_IN,))
_RENDERER = Renderer(CATALOGUE)
_TWO = "environments: {staging: {namespace: shop-staging}, production: {%s}}\nregistry: {pullSecret: pull}"
# What else makes steps: previews, people who approve or merge, private repositories, keys, a repository of manifests.
_MORE = {
    "github-actions push aks acr, previews": ("aks", "acr", "push", f"previews: true\n{_TWO % 'promotion: approval'}"),
    "github-actions push eks ecr, previews": ("eks", "ecr", "push", f"previews: true\n{_TWO % ''}"),
    "github-actions push gke gar, previews": ("gke", "gar", "push", f"previews: true\n{_TWO % ''}"),
    "github-actions push kubeconfig ghcr, previews": ("kubeconfig", "ghcr", "push", f"previews: true\n{_TWO % ''}"),
    "github-actions push gke gar, previews in another project": (
        "gke",
        "gar",
        "push",
        "previews: {cluster: {type: gke, project: acme-previews, name: previews, location: europe-west3}}\n"
        f"{_TWO % ''}",
    ),
    "gitlab-ci push gke gar, previews": ("gke", "gar", "push", f"previews: true\nci: gitlab-ci\n{_TWO % ''}"),
    "gitlab-ci push aks acr, previews": ("aks", "acr", "push", f"previews: true\nci: gitlab-ci\n{_TWO % ''}"),
    "github-actions pull argocd, previews": ("aks", "ghcr", "pull", "previews: true"),
    "github-actions pull, proposed": ("aks", "ghcr", "pull", _TWO % "promotion: pull-request"),
    "gitlab-ci pull, proposed": ("aks", "ghcr", "pull", f"ci: gitlab-ci\n{_TWO % 'promotion: pull-request'}"),
    "circleci pull, a key": (
        "aks",
        "ghcr",
        "pull",
        'ci: {name: circleci, deployKey: "SHA256:NFVtRoUvbV6YlvAzvOLzvnrVlXm0mkUHfdzP8RHdPNA"}',
    ),
    "jenkins push, approved": ("kubeconfig", "other", "push", f"ci: jenkins\n{_TWO % 'promotion: approval'}"),
    "flux, private and tenant": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, gitSecret: flux-git, serviceAccount: shop}\n",
    ),
    "argocd, a repository of manifests": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {repository: 'https://github.com/acme/config.git'}\n",
    ),
    "argocd, proposed in a repository of manifests": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {repository: 'https://github.com/acme/config.git'}\n" + _TWO % "promotion: pull-request",
    ),
    "flux, a repository of manifests": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, repository: 'https://github.com/acme/config.git'}\n",
    ),
    "flux by ssh": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, images: operator, repository: 'ssh://git@github.com/acme/config.git'}\n" + _TWO % "",
    ),
    "argocd by ssh, in other clusters, tells": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {repository: 'ssh://git@github.com/acme/config.git', clusters: [eu, us], "
        "notify: {service: slack, to: ops}}\n",
    ),
    "flux records, is called and tells": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, images: operator, imageSecret: list, webhookSecret: hook, "
        "notify: {service: slack, secret: slack}}\n",
    ),
    "jenkins push eks ecr, by its own tokens": (
        "eks",
        "ecr",
        "push",
        "ci: {name: jenkins, issuer: 'https://ci.example.com/oidc'}\n",
    ),
    "jenkins push aks acr, by its own tokens": (
        "aks",
        "acr",
        "push",
        "ci: {name: jenkins, issuer: 'https://ci.example.com/oidc'}\n",
    ),
    "flux, secrets in git": ("aks", "ghcr", "pull", "gitops: flux\nsecrets: {URL: {sops: db}}\n"),
    "flux, secrets in a repository of manifests": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, repository: 'https://github.com/acme/config.git'}\nsecrets: {URL: {sops: db}}\n",
    ),
    "gitlab-ci push, sealed": (
        "eks",
        "ecr",
        "push",
        "ci: gitlab-ci\nsecrets: {URL: {sealed: db}, KEY: {sealed: db}}\n",
    ),
    "github-actions push aks acr, previews apart": (
        "aks",
        "acr",
        "push",
        "previews: {cluster: {type: aks, resourceGroup: rg, name: previews}}\n"
        "secrets: {URL: {key: db}}\nsecretStore: vault\n",
    ),
    "flux, a tenant with routes": (
        "aks",
        "ghcr",
        "pull",
        "gitops: {operator: flux, serviceAccount: shop}\n"
        "expose: {type: http-route, host: shop.example.com, gateway: public}\n",
    ),
    "argocd, a worker": ("aks", "ghcr", "pull", "type: worker\n"),
    "github-actions push, a cron job": ("aks", "ghcr", "push", "type: cron\nschedule: '@daily'\n"),
    "circleci push, secrets of the build": (
        "eks",
        "ecr",
        "push",
        "ci: circleci\nruntime: {name: node, buildSecrets: {npm: {env: NPM_TOKEN}}}\n",
    ),
}


_WRITES = re.compile(r"(?:(?<![0-9])>>?|set-image\.sh|--config-repo|mkdir -p) ?([a-z.][^ ;)]*)")
_COMMITS = re.compile(r"git (?:-C (\S+) )?commit ")


def uncommitted(commands: Iterable[Sequence[str]]) -> list[str]:
    """Return the repositories that the commands of a step write into when nothing commits it, in this step or later."""
    left: dict[str, None] = {}
    for command in (command for step in commands for command in step):
        for path in _WRITES.findall(command):
            left["/".join(path.split("/")[:2]) if path.startswith("../") else "."] = None
        for root in _COMMITS.findall(command):
            left.pop(root.rstrip("/") or ".", None)
    return list(left)


def _specs() -> Iterator[tuple[str, str]]:
    for ci in CATALOGUE.names("ci"):
        for registry in IMAGES:
            for cluster in CLUSTERS:
                yield f"{ci} push {cluster} {registry}", spec(cluster, registry, "push", f"ci: {ci}\n{_TWO % ''}")
            for operator in CATALOGUE.names("gitops"):
                more = f"ci: {ci}\ngitops: {operator}\n{_TWO % ''}"
                yield f"{ci} pull {operator} {registry}", spec("aks", registry, "pull", more)
    for name, (cluster, registry, mode, more) in _MORE.items():
        text = spec(cluster, registry, mode, more)
        yield name, text.replace("runtime: node\n", "", 1) if "runtime: {" in more else text


def plans(only: str = "") -> Iterator[tuple[str, Plan, list[SetupStep]]]:
    """Yield what each spec is called, its plan, and the steps; no file is rendered for it. `only` names one of them."""
    for name, text in _specs():
        if only not in ("", name):
            continue
        doc = parse(SPEC_NAME, text.encode())
        assert isinstance(doc, SourceDoc), doc
        found, problems = validate(doc, CATALOGUE)
        assert found is not None, (name, [str(problem) for problem in problems])
        plan = resolve(found, CATALOGUE, NO_PINS)
        yield name, plan, setup_steps([Service(plan, found.packs)], _RENDERER)
