"""Images by what pipelines, manifests and compose files call them; what a registry is only in use for is offered."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from gitopsgen.detect import KINDS, Detection, detect
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

Plant = Callable[[Mapping[str, str]], Path]
Git = Callable[..., None]
PACKS = [pack.manifest for kind in KINDS for pack in Catalogue((BUILT_IN,)).all(kind)]
GITHUB, GITLAB = "https://github.com/Acme/Shop.git", "https://gitlab.com/acme/team/shop.git"


def workflow(*steps: str, env: str = "") -> dict[str, str]:
    lines = "".join(f"      - {step}\n" for step in steps)
    return {
        ".github/workflows/ci.yml": f"on: push\n{env}jobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n{lines}"
    }


def known(found: Detection) -> dict[str, Any]:
    return {fact.field: fact.value for fact in found.facts}


PUSHES = [
    (
        GITHUB,
        workflow("{uses: docker/build-push-action@v6, with: {tags: 'ghcr.io/${{ github.repository }}:1'}}"),
        "ghcr.io/acme/shop",
    ),
    (
        GITHUB,
        workflow(
            "{uses: docker/metadata-action@v5, with: {images: '${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}'}}",
            env="env: {REGISTRY: ghcr.io, IMAGE_NAME: '${{ github.repository }}'}\n",
        ),
        "ghcr.io/acme/shop",
    ),
    (
        GITHUB,
        workflow(
            '{run: "docker push $REGISTRY/${{ github.event.repository.name }}:$GITHUB_SHA"}',
            env="env: {REGISTRY: reg.acme.io/x}\n",
        ),
        "reg.acme.io/x/shop",
    ),
    (
        GITLAB,
        {".gitlab-ci.yml": "build:\n  script:\n    - docker push $CI_REGISTRY_IMAGE:$CI_COMMIT_SHA\n"},
        "registry.gitlab.com/acme/team/shop",
    ),
    (
        GITLAB,
        {".gitlab-ci.yml": 'variables:\n  TAG: "${CI_REGISTRY_IMAGE}/api:1"\nbuild:\n  script: [docker push $TAG]\n'},
        "registry.gitlab.com/acme/team/shop/api",
    ),
    (
        GITLAB,
        {".gitlab-ci.yml": "build:\n  script:\n    - docker push acme.azurecr.io/shop:$CI_COMMIT_SHA\n"},
        "acme.azurecr.io/shop",
    ),
    (
        GITHUB,
        {
            ".circleci/config.yml": "version: 2.1\njobs:\n  b:\n    steps:\n      - run: "
            "docker push $CIRCLE_PROJECT_USERNAME/$CIRCLE_PROJECT_REPONAME:1\n"
        },
        "docker.io/acme/shop",
    ),
    (
        GITHUB,
        {".circleci/config.yml": "version: 2.1\nworkflows: {w: {jobs: [{docker/publish: {image: acme/web}}]}}\n"},
        "docker.io/acme/web",
    ),
    (
        GITHUB,
        {"Jenkinsfile": 'environment {\n  IMAGE = "acme/shop"\n}\nsh "docker push ${IMAGE}:${BUILD_NUMBER}"\n'},
        "docker.io/acme/shop",
    ),
    (GITHUB, {"Jenkinsfile": 'app = docker.build("acme/shop:${env.BUILD_ID}")\n'}, "docker.io/acme/shop"),
    (
        GITHUB,
        {"Jenkinsfile": "docker.withRegistry('https://reg.acme.io', 'x') {\n docker.build('acme/shop')\n}\n"},
        None,
    ),
    (
        GITHUB,
        {".buildkite/pipeline.yml": "steps:\n  - command: docker push reg.acme.io/shop:$BUILDKITE_COMMIT\n"},
        "reg.acme.io/shop",
    ),
    (
        GITHUB,
        {"compose.yaml": "services:\n  api: {build: ., image: reg.acme.io/shop}\n  db: {image: docker.io/acme/db}\n"},
        "reg.acme.io/shop",
    ),
    (GITHUB, {"compose.yaml": "services:\n  api: {build: a, image: x/a}\n  web: {build: b, image: x/b}\n"}, None),
    (GITHUB, workflow("{uses: docker/build-push-action@v6, with: {tags: '${{ secrets.REGISTRY }}/shop:1'}}"), None),
]


@pytest.mark.parametrize(("remote", "files", "image"), PUSHES)
def test_an_image_is_what_the_pipeline_calls_it(
    plant: Plant, git: Git, remote: str, files: dict[str, str], image: str | None
) -> None:
    root = plant({**files, "app.nim": ""})
    git("init")
    git("remote", "add", "origin", remote)

    assert known(detect(str(root), PACKS)).get("image") == image


@pytest.mark.parametrize(
    ("remote", "files", "offered"),
    [
        (GITLAB, {".gitlab-ci.yml": "test: {script: [make]}\n"}, "registry.gitlab.com/acme/team/shop"),
        (GITHUB, workflow("{uses: docker/login-action@v3, with: {registry: acme.azurecr.io}}"), "acme.azurecr.io/shop"),
        (GITHUB, workflow("{uses: docker/login-action@v3, with: {registry: ghcr.io}}"), "ghcr.io/acme/shop"),
        (GITHUB, workflow("{run: make}"), "ghcr.io/acme/shop"),
        (GITHUB, {}, "ghcr.io/acme/shop"),
        (GITLAB, {}, "registry.gitlab.com/acme/team/shop"),
        ("https://gitlab.acme.io/team/shop.git", {".gitlab-ci.yml": "test: {script: [make]}\n"}, None),
    ],
)
def test_a_registry_that_is_in_use_is_offered_and_never_taken(
    plant: Plant, git: Git, remote: str, files: dict[str, str], offered: str | None
) -> None:
    root = plant({**files, "app.nim": ""})
    git("init")
    git("remote", "add", "origin", remote)
    found = detect(str(root), PACKS)

    assert "image" not in known(found)
    assert next((offer.value for offer in found.offers if offer.field == "image"), None) == offered


@pytest.mark.parametrize(
    ("remote", "ci"),
    [
        ("https://gitlab.acme.io/team/shop.git", "gitlab-ci"),
        ("git@gitlab.com:acme/shop.git", "gitlab-ci"),
        ("git@github.com:acme/shop.git", "github-actions"),
        ("https://bitbucket.org/acme/shop.git", None),
        ("https://notgitlab.example.com/acme/shop.git", None),
    ],
)
def test_the_ci_system_of_a_host(plant: Plant, git: Git, remote: str, ci: str | None) -> None:
    root = plant({"app.nim": ""})
    git("init")
    git("remote", "add", "origin", remote)
    found = detect(str(root), PACKS)

    assert known(found).get("ci.name") == ci
    assert any("ci.name: nothing says which" in line for line in found.problems) == (ci is None)


CLUSTERS = [
    (
        "aks",
        "az aks get-credentials --resource-group shop-rg --name prod",
        {"resourceGroup": "shop-rg", "name": "prod"},
    ),
    ("eks", "aws eks update-kubeconfig --name prod --region eu-west-1", {"name": "prod", "region": "eu-west-1"}),
    (
        "gke",
        "gcloud container clusters get-credentials prod --location europe-west4 --project acme-prod",
        {"name": "prod", "location": "europe-west4", "project": "acme-prod"},
    ),
]
PIPELINES = {
    ".gitlab-ci.yml": "deploy:\n  script:\n    - {}\n",
    ".circleci/config.yml": "version: 2.1\njobs:\n  d:\n    steps:\n      - run: {}\n",
    "Jenkinsfile": "sh '{}'\n",
    ".buildkite/pipeline.yml": "steps:\n  - command: {}\n",
}


@pytest.mark.parametrize("pipeline", PIPELINES)
@pytest.mark.parametrize(("cluster", "command", "fields"), CLUSTERS)
def test_a_cluster_is_found_in_the_pipelines_of_every_ci_system(
    plant: Plant, pipeline: str, cluster: str, command: str, fields: dict[str, str]
) -> None:
    found = known(detect(str(plant({pipeline: PIPELINES[pipeline].format(command)})), PACKS))

    assert found["cluster.type"] == cluster
    assert {field: found.get(f"cluster.{field}") for field in fields} == fields


APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {}, namespace: argocd}}
spec:
  source: {{repoURL: https://github.com/acme/shop.git, path: k8s}}
  destination: {{server: https://kubernetes.default.svc, namespace: {}}}
"""


def test_the_operator_is_known_though_its_applications_are_several(plant: Plant, git: Git) -> None:
    root = plant({f"argocd/{name}.yaml": APPLICATION.format(name, name) for name in ("shop-test", "shop-live")})
    git("init")
    git("remote", "add", "origin", GITHUB)
    found = known(detect(str(root), PACKS))

    assert (found["gitops.operator"], found["mode"], found["gitops.namespace"]) == ("argocd", "pull", "argocd")
    assert not any(field.startswith("environments.") for field in found), "of whose namespace?"


def test_an_application_set_names_the_operator(plant: Plant) -> None:
    found = known(detect(str(plant({"argocd/set.yaml": "kind: ApplicationSet\nspec: {x: '{{path}}'}\n"})), PACKS))

    assert (found["gitops.operator"], found["mode"]) == ("argocd", "pull")


def test_ports_of_what_compose_builds_count_and_no_others(plant: Plant) -> None:
    compose = (
        "services:\n  api:\n    build: .\n    ports: ['80:5000']\n  db:\n    image: x/y\n    ports: ['7000:7000']\n"
    )

    assert known(detect(str(plant({"compose.yaml": compose})), PACKS))["port"] == 5000


def test_what_an_image_opens_and_what_its_variable_says_must_agree(plant: Plant) -> None:
    found = detect(str(plant({"Dockerfile": 'FROM x\nENV SHOP_PORT="3000"\nEXPOSE 10000\n'})), PACKS)

    assert "port" not in known(found)
    assert any("Dockerfile:3 says 10000, Dockerfile:2 says 3000" in line for line in found.problems)


@pytest.mark.parametrize(("port", "path"), [("http", "/ready"), ("metrics", None)])
def test_a_probe_of_another_port_says_nothing_about_the_app(plant: Plant, port: str, path: str | None) -> None:
    probe = f"readinessProbe: {{httpGet: {{path: /ready, port: {port}}}}}"
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n"
    manifest = f"{head}spec: {{template: {{spec: {{containers: [{{{probe}}}]}}}}}}\n"

    assert known(detect(str(plant({"k8s/x.yaml": manifest})), PACKS)).get("health") == path
