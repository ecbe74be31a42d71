"""A project in push mode in the shape gitopsgen gives it, with the short deadlines that the tests of deploy.sh need."""

from pathlib import Path

from .scripts import GENERATED_IMAGE, OVERLAY, install_scripts, write

DEPLOYMENT = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: storefront}
spec:
  replicas: 2
  progressDeadlineSeconds: 5
  revisionHistoryLimit: 3
  selector:
    matchLabels: {app.kubernetes.io/name: storefront, app.kubernetes.io/instance: storefront}
  strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: storefront, app.kubernetes.io/instance: storefront}
    spec:
      serviceAccountName: storefront
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: app
          image: app-image
          ports: [{name: http, containerPort: 3000}]
          securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
"""
SERVICE = """\
---
apiVersion: v1
kind: Service
metadata: {name: storefront}
spec:
  selector: {app.kubernetes.io/name: storefront, app.kubernetes.io/instance: storefront}
  ports: [{name: http, port: 80, targetPort: http}]
"""
SERVICE_ACCOUNT = """\
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: storefront}
automountServiceAccountToken: false
"""
DISRUPTION_BUDGET = """\
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: storefront}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app.kubernetes.io/name: storefront, app.kubernetes.io/instance: storefront}
"""
NAMESPACE = """\
---
apiVersion: v1
kind: Namespace
metadata:
  name: %s
  labels: {pod-security.kubernetes.io/enforce: restricted}
"""
# The least that deploy.sh can work with; the last rule is for the explanation of a failure.
RIGHTS = """\
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: deployer, namespace: %(namespace)s}
rules:
  - apiGroups: ["", apps, policy, networking.k8s.io]
    resources: [deployments, services, serviceaccounts, configmaps, poddisruptionbudgets, networkpolicies]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: [batch, networking.k8s.io, autoscaling]
    resources: [jobs, cronjobs, ingresses, horizontalpodautoscalers]
    verbs: [get, list, watch, create, update, patch, delete]
  - apiGroups: ["", apps]
    resources: [replicasets, pods, pods/log, events]
    verbs: [get, list]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: deployer, namespace: %(namespace)s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: deployer}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: deployer}]
"""


def overlay(namespace: str) -> str:
    return f"""\
---
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {namespace}
resources: [../../base]
components: [image]
labels:
  - pairs:
      app.kubernetes.io/name: storefront
      app.kubernetes.io/instance: storefront
      app.kubernetes.io/managed-by: gitopsgen
configMapGenerator: [{{name: storefront, literals: [LOG_LEVEL=info]}}]
"""


def write_base(project: Path, *names: str) -> None:
    """Write the base with these of its objects."""
    objects = {
        "deployment": DEPLOYMENT,
        "service": SERVICE,
        "serviceaccount": SERVICE_ACCOUNT,
        "poddisruptionbudget": DISRUPTION_BUDGET,
    }
    for name in names:
        write(project / f"k8s/base/{name}.yaml", objects[name])
    resources = ", ".join(f"{name}.yaml" for name in names)
    head = "---\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    write(project / "k8s/base/kustomization.yaml", f"{head}resources: [{resources}]\n")


def write_project(project: Path, namespace: str) -> None:
    install_scripts(project)
    write_base(project, "deployment", "service", "serviceaccount", "poddisruptionbudget")
    write(project / OVERLAY / "kustomization.yaml", overlay(namespace))
    write(project / OVERLAY / "namespace.yaml", NAMESPACE % namespace)
    write(project / OVERLAY / "image/kustomization.yaml", GENERATED_IMAGE)
