"""Hand edits and changed templates, shared by the stories."""

from pathlib import Path

from tests.trees import OVERRIDES

from .project import Project

DEPLOYMENT, SERVICE = "k8s/base/deployment.yaml", "k8s/base/service.yaml"
IMAGE = "k8s/overlays/production/image/kustomization.yaml"
LISTED = "k8s/base/kustomization.yaml"
WORKFLOW = ".github/workflows/storefront.yaml"
PATCHES = ".gitopsgen/patches"
DEPLOYMENT_PATCH = f"{PATCHES}/{DEPLOYMENT}.patch.yaml"
# What a person changes in the Deployment, and what they make of it.
STARTUP, PATIENT = "failureThreshold: 30", "failureThreshold: 60"
HEALTH, RARELY = "HEALTHCHECK --interval=30s", "HEALTHCHECK --interval=90s"
DEPLOYMENT_TEMPLATE, DOCKERFILE_TEMPLATE = "workload/kubernetes/base/deployment.yaml", "runtime/node/Dockerfile"
# How the template writes what the spec decides.
WRITTEN = {
    STARTUP: "failureThreshold: <%= (app.startup + 1) // 2 %>",
    HEALTH: '<% include "runtime/shared/health" %>',
}
# What a shared part writes around it.
AROUND = {
    HEALTH: "# For compose and plain Docker; Kubernetes uses the probes of the Deployment.\n"
    "{} --timeout=5s --start-period=10s --retries=3 \\\n    CMD <%= ask %>"
}
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def override(shop: Project, template: str, old: str, new: str) -> None:
    """Have a built-in template say something else, as a later version of it would."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")
    written = WRITTEN.get(old, old)
    assert written in text, text
    shop.write(f"{OVERRIDES}/{template}", text.replace(written, AROUND.get(old, "{}").replace("{}", new)))


def other_port(shop: Project) -> None:
    shop.edit("gitopsgen.yaml", "port: 3000", "port: 3001")
