"""Repositories that deliver by hand-written files, as people have them before gitopsgen: fixtures of many tests."""

from typing import Any

from gitopsgen.detect import Detection

REPOSITORY = "https://github.com/acme/storefront.git"
WORKFLOW = ".github/workflows/ci.yml"
MANIFEST = "k8s/deployment.yaml"

APP = {
    "package.json": '{"name": "storefront-app", "dependencies": {"express": "^5.0.0"},\n "main": "index.js"}\n',
    "package-lock.json": "{}\n",
    "app.js": "const express = require('express')\nconst app = express()\nconst port = 3000\napp.listen(port)\n",
    ".gitignore": "node_modules\n",
    ".dockerignore": "node_modules\n",
    "Dockerfile": (
        "FROM node:24\nWORKDIR /srv/app\nCOPY package*.json ./\nRUN npm install\nCOPY . .\nEXPOSE 3000\n"
        'CMD ["node", "app.js"]\n'
    ),
}

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: storefront-svc
spec:
  type: LoadBalancer
  selector:
    name: storefront-pod
  ports:
    - port: 3000
      targetPort: 3000
"""

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: storefront
  labels:
    name: storefront
spec:
  replicas: 2
  selector:
    matchLabels:
      name: storefront-pod
  template:
    metadata:
      labels:
        name: storefront-pod
    spec:
      containers:
        - name: web
          image: acme/storefront:latest
          ports:
            - containerPort: 3000
"""

BUILD = """\
  build:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/login-action@v3
        with:
          username: ${{ secrets.DOCKER_USERNAME }}
          password: ${{ secrets.DOCKER_PASSWORD }}
      - uses: docker/build-push-action@v6
        with:
          context: .
          push: true
          tags: ${{ secrets.DOCKER_USERNAME }}/storefront:${{ github.sha }}
"""

PUSH_WORKFLOW = (
    "name: Ship\non:\n  push:\n    branches: [main]\njobs:\n"
    + BUILD
    + """\
  deploy:
    runs-on: ubuntu-latest
    needs: build
    steps:
      - uses: actions/checkout@v4
      - uses: azure/login@v2
        with:
          creds: ${{ secrets.AZURE_CREDENTIALS }}
      - run: az aks get-credentials --resource-group ${{ secrets.AZURE_GROUP }} --name ${{ secrets.AKS_NAME }}
      - run: kubectl apply -f k8s
"""
)

PULL_WORKFLOW = (
    "name: Build\non:\n  push:\n    branches: [main]\n    paths-ignore: [k8s/**]\njobs:\n"
    + BUILD
    + """\
  record:
    runs-on: ubuntu-latest
    needs: build
    steps:
      - uses: actions/checkout@v4
      - run: |
          sed -i "s|acme/storefront:.*|acme/storefront:${{ github.sha }}|" k8s/deploy.yaml
          git commit -am "New image"
          git push
"""
)

APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: storefront
  namespace: argocd
spec:
  project: default
  source:
    repoURL: git@github.com:acme/storefront
    targetRevision: HEAD
    path: k8s
  destination:
    server: https://kubernetes.default.svc
    namespace: shop
  syncPolicy:
    syncOptions: [CreateNamespace=true]
    automated:
      prune: true
"""

PUSH = {**APP, ".github/workflows/pipeline.yaml": PUSH_WORKFLOW, "k8s/deploy.yaml": f"{SERVICE}---\n{DEPLOYMENT}"}
"""CI builds, and runs kubectl; every name of the cluster is a secret."""

PULL = {
    **APP,
    ".github/workflows/pipeline.yaml": PULL_WORKFLOW,
    "k8s/deploy.yaml": f"{SERVICE}---\n{DEPLOYMENT}",
    "argo.yaml": APPLICATION,
}
"""CI records the image in the manifest, and Argo CD syncs the folder."""


def container(more: str, text: str = DEPLOYMENT) -> str:
    """Return the Deployment with more lines in its container."""
    return text + "".join(f"          {line}\n" for line in more.splitlines())


def values(found: Any) -> dict[str, Any]:
    """Return the facts by field."""
    return {fact.field: fact.value for fact in found.facts}


def evidence(found: Any) -> dict[str, str]:
    """Return where each fact was found."""
    return {fact.field: fact.evidence for fact in found.facts}


def about(found: Detection, field: str) -> str:
    """Return the one problem of a field."""
    (problem,) = [line for line in found.problems if line.startswith(f"{field}: ")]
    return problem


def steps(text: str, before: str = "") -> str:
    """Return a workflow with these steps, and lines of its own before its jobs."""
    indented = "".join(f"      {line}\n" for line in text.splitlines())
    return f"on: push\n{before}jobs:\n  ship:\n    runs-on: ubuntu-latest\n    steps:\n{indented}"
