"""Apps of all shapes, each small: what `test_outputs.py` holds against every validator, in one tree."""

import shutil
from pathlib import Path

from gitopsgen.compiler import generate

_HEAD = """\
---
apiVersion: gitopsgen/v1
name: {shape}
mode: {mode}
image: docker.io/acme/shop
repository: https://github.com/acme/shop.git
runtime: node
"""
_CLUSTER = "cluster: {type: aks, resourceGroup: rg, name: prod}\n"

ROUTED = """\
port: 3000
startup: 120
replicas: {min: 2, max: 6, cpu: 70, memory: 80}
ports: {metrics: 9090, dns: {port: 5353, protocol: udp}}
expose: {type: http-route, host: shop.example.com, gateway: {name: public, namespace: edge, listener: https}}
env: {LOG_LEVEL: info}
config:
  app: {files: [app.yaml], mount: /etc/app}
  flags: {values: {FEATURE_X: "on", QUOTED: "'a' \\"b\\""}}
secrets:
  DATABASE_URL: {key: shop/db, property: url}
  API_KEY: {key: shop/api, store: other}
secretStore: vault
volumes: {cache: {mount: /var/cache/app, size: 1Gi}}
init: [node, prepare.js, $(HOME)]
migration: [node, migrate.js]
serviceAccount:
  annotations: {eks.amazonaws.com/role-arn: "arn:aws:iam::111122223333:role/shop"}
  podLabels: {azure.workload.identity/use: "true"}
network: {metadata: true}
environments:
  staging:
    namespace: shop-staging
    replicas: 2
    promotion: auto
    host: staging.example.com
    secretStore: {name: dev, kind: SecretStore}
  production: {namespace: shop, replicas: {min: 3, max: 9}, resources: medium, env: {LOG_LEVEL: warn, REGION: eu}}
"""
INGRESS = """\
port: 3000
expose: {type: ingress, host: shop.example.com, ingressClass: traefik, tlsSecret: shop-tls}
secrets: {DATABASE_URL: {sealed: shop-db, key: url}}
migration: {command: [node, migrate.js], minutes: 30}
environments: {production: {host: shop.example.org, replicas: {max: 4}}}
"""
GRPC = """\
protocol: grpc
port: 5000
expose: {type: http-route, host: api.example.com, gateway: public}
environments: {production: {host: api.example.org}}
"""
TCP = """\
protocol: tcp
port: 5432
expose: {type: load-balancer, annotations: {networking.gke.io/load-balancer-type: Internal}}
"""
DISK = "port: 3000\nreplicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 10Gi, storageClass: fast}}\n"
WORKER = "type: worker\nhealthCommand: [node, health.js]\nports: {metrics: 9090}\nreplicas: {max: 9}\n"
SILENT = "type: worker\n"
CRON = """\
type: cron
schedule: {cron: "0 3 * * MON-FRI", timeZone: Europe/Berlin, concurrency: replace, retries: 2, minutes: 30}
env: {LOG_LEVEL: info}
init: [node, prepare.js]
volumes: {data: {type: claim, mount: /data, size: 1Gi}}
environments: {production: {env: {LOG_LEVEL: warn}, resources: large}}
"""
SHAPES = {
    "routed": ROUTED,
    "ingress": INGRESS,
    "grpc": GRPC,
    "tcp": TCP,
    "disk": DISK,
    "worker": WORKER,
    "silent": SILENT,
    "cron": CRON,
}
SEALED = """\
---
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: shop-db
  namespace: shop
spec:
  encryptedData:
    url: AgBy3i4OJSWK
"""
FILES = {"k8s/base/config/app.yaml": "---\ntitle: shop\n", "k8s/overlays/production/secrets/shop-db.yaml": SEALED}


def spec_of(shape: str, mode: str) -> str:
    """Return the spec of a shape in a mode."""
    return _HEAD.format(mode=mode, shape=shape) + (_CLUSTER if mode == "push" else "") + SHAPES[shape]


def lay_out(root: Path, shape: str, mode: str) -> None:
    """Generate a shape in an empty or missing folder, but for the workflows: they are as of other trees."""
    for name, text in {"gitopsgen.yaml": spec_of(shape, mode), **FILES}.items():
        if name == "gitopsgen.yaml" or Path(name).stem in SHAPES[shape]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
    outcome = generate(str(root))
    assert outcome.exit_code == 0, outcome.diagnostics
    shutil.rmtree(root / ".github")
