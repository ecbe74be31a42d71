"""What the fields of the workload come to, one story each."""

import re
from pathlib import Path
from typing import Any

import pytest
import ryaml
import yaml

from tests.trees import run, write_tree
from tests.workloads.shop import HEAD, Shop, shop

GOLDEN = Path(__file__).with_name("golden")
FILES = sorted(path for path in GOLDEN.glob("*/*.yaml") if path.name != "gitopsgen.yaml")


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_golden(path: Path) -> None:
    texts = Shop((path.parent / "gitopsgen.yaml").read_text()).texts
    places = (f"k8s/base/{path.name}", f"k8s/overlays/production/{path.stem}/kustomization.yaml")
    assert path.read_text() == next(texts[place] for place in places if place in texts)


def test_a_worker_has_no_service_and_nobody_gets_in() -> None:
    worker = shop("type: worker\n")
    assert "service" not in worker.names
    assert worker.base("networkpolicy")["spec"]["ingress"] == []
    container = worker.pod["containers"][0]
    assert not [field for field in container if field.endswith("Probe") or field in ("ports", "env", "lifecycle")]
    assert not re.search("EXPOSE|PORT", worker.texts["Dockerfile"])


def test_a_worker_is_asked_by_its_command() -> None:
    worker = shop("type: worker\nhealthCommand: [node, health.js]\n")
    assert worker.pod["containers"][0]["livenessProbe"]["exec"]["command"] == ["node", "health.js"]
    assert 'CMD ["node", "health.js"]' in worker.texts["Dockerfile"]


def test_a_cron_job_is_suspended_until_the_first_image() -> None:
    job = shop('type: cron\nschedule: "0 3 * * *"\n')
    assert job.base("cronjob")["spec"]["timeZone"] == "Etc/UTC"
    assert not job.names & {"deployment", "service", "poddisruptionbudget", "horizontalpodautoscaler"}
    image = job.overlay("image/kustomization")
    assert "replicas" not in image
    assert "/spec/suspend" in image["patches"][0]["patch"]
    assert "cronjob/" in shop('type: cron\nschedule: "@daily"\n', "push").texts["k8s/bin/deploy.sh"]


def test_with_an_autoscaler_no_manifest_has_a_number_of_replicas() -> None:
    scaled = shop("replicas: {min: 2, max: 6}\n")
    assert "replicas" not in scaled.base("deployment")["spec"]
    assert scaled.plan.app.autoscaled
    (metric,) = scaled.base("horizontalpodautoscaler")["spec"]["metrics"]
    assert (metric["resource"]["name"], metric["resource"]["target"]["averageUtilization"]) == ("cpu", 75)


@pytest.mark.parametrize(
    ("base", "here", "scaler", "replicas"),
    [
        ("2", "4", None, 4),
        ("2", "{max: 4}", "added", None),
        ("{max: 4}", "{max: 9}", "changed", "unchanged"),
        ("{max: 4}", "3", "removed", 3),
        ("2", "2", None, "unchanged"),
    ],
)
def test_an_environment_scales_in_its_own_way(base: str, here: str, scaler: str | None, replicas: Any) -> None:
    scaled = shop(f"replicas: {base}\nenvironments: {{production: {{replicas: {here}}}}}\n")
    overlay = scaled.overlay("kustomization")
    if here == base:
        assert overlay["components"] == ["image"]
        return
    assert overlay["components"] == ["changes", "image"], "the image's own count of nought comes last"
    changes = scaled.changes()
    if replicas != "unchanged":
        assert changes["Deployment"]["spec"]["replicas"] == replicas
    change = changes.get("HorizontalPodAutoscaler")
    assert (scaler == "changed") == bool(change and change.get("spec", {}).get("maxReplicas") == 9)
    assert (scaler == "removed") == bool(change and change.get("$patch") == "delete")
    assert (scaler == "added") == ("k8s/overlays/production/changes/horizontalpodautoscaler.yaml" in scaled.texts)


def test_an_environment_that_says_other_bounds_keeps_the_use_that_is_aimed_at() -> None:
    app = shop(
        "replicas: {min: 2, max: 6, cpu: 60, memory: 80}\nenvironments: {production: {replicas: {max: 9, cpu: 50}}}\n"
    )
    spec = app.changes()["HorizontalPodAutoscaler"]["spec"]
    aims = {known["resource"]["name"]: known["resource"]["target"]["averageUtilization"] for known in spec["metrics"]}
    assert (spec.get("minReplicas", 2), spec["maxReplicas"], aims) == (2, 9, {"cpu": 50, "memory": 80})


def test_an_environments_variables_reach_every_container_of_the_app() -> None:
    app = shop("init: [a]\nmigration: [b]\nenv: {A: x}\nenvironments: {production: {env: {A: z}}}\n")
    changes = app.changes()
    pod = changes["Deployment"]["spec"]["template"]["spec"]
    containers = [*pod["containers"], *pod["initContainers"], *changes["Job"]["spec"]["template"]["spec"]["containers"]]
    assert [container["env"] for container in containers] == [[{"name": "A", "value": "z"}]] * 3


def test_a_grpc_app_is_asked_and_routed_by_its_own_protocol() -> None:
    app = shop("protocol: grpc\nexpose: {type: http-route, host: a.example.com, gateway: public}\n")
    assert app.pod["containers"][0]["readinessProbe"]["grpc"] == {"port": 8080}
    assert app.base("service")["spec"]["ports"][0]["appProtocol"] == "kubernetes.io/h2c"
    assert app.base("route")["kind"] == "GRPCRoute"


def test_more_ports_are_in_the_service_and_let_in() -> None:
    app = shop("ports: {dns: {port: 5353, protocol: udp}}\n")
    assert {"name": "dns", "port": 5353, "targetPort": "dns", "protocol": "UDP"} in app.base("service")["spec"]["ports"]
    assert {"port": 5353, "protocol": "UDP"} in app.base("networkpolicy")["spec"]["ingress"][0]["ports"]


def test_a_disk_of_one_node_makes_the_old_pod_go_first() -> None:
    app = shop("replicas: 1\nvolumes: {data: {type: claim, mount: /data, size: 1Gi}}\nmigration: [a]\n")
    assert app.base("deployment")["spec"]["strategy"] == {"type": "Recreate"}
    claim = app.base("volumes")
    assert "Prune=confirm" in claim["metadata"]["annotations"]["argocd.argoproj.io/sync-options"]
    # The migration runs beside the old pod, perhaps on another node.
    assert "shop-data" not in app.texts["k8s/base/migration.yaml"]
    assert "poddisruptionbudget" not in app.names


def test_scratch_volumes_count_for_the_disk_that_a_pod_may_fill() -> None:
    app = shop("volumes: {cache: {mount: /cache, size: 1Gi}}\n")
    assert app.pod["containers"][0]["resources"]["limits"]["ephemeral-storage"] == "1280Mi"


def test_a_migration_comes_before_the_rollout_and_not_before_what_it_needs() -> None:
    app = shop("migration: [node, migrate.js]\nexpose: {type: ingress, host: a.example.com}\nreplicas: {max: 3}\n")
    wave = "argocd.argoproj.io/sync-wave"
    job = app.base("migration")
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "Sync", "PreSync would wait for ever"
    later = [name for name in app.names if wave in app.base(name).get("metadata", {}).get("annotations", {})]
    assert sorted(later) == ["deployment", "horizontalpodautoscaler", "ingress", "migration"]
    assert job["metadata"]["annotations"][wave] < app.base("deployment")["metadata"]["annotations"][wave]
    service = app.base("service")["spec"]["selector"]
    assert not service.items() <= job["spec"]["template"]["metadata"]["labels"].items(), "no requests to the Job"
    assert "$patch: delete" in app.overlay("image/kustomization")["patches"][0]["patch"], "no image, no migration"


def test_in_push_mode_the_script_runs_the_migration() -> None:
    app = shop("migration: [node, migrate.js]\n", "push")
    job, deployment = app.base("migration")["metadata"], app.base("deployment")["metadata"]
    assert "annotations" not in job
    script = app.texts["k8s/bin/migrate.sh"]
    for labels in (job["labels"], deployment["labels"]):
        assert f"gitopsgen.dev/phase{'!=' if labels is deployment['labels'] else ': '}" in script
    assert (job["labels"]["gitopsgen.dev/phase"], deployment["labels"]["gitopsgen.dev/phase"]) == (
        "migration",
        "rollout",
    )


def test_secrets_are_references_and_each_environment_may_have_its_store() -> None:
    app = shop(
        "secrets: {URL: {key: shop/db, property: url}, KEY: {key: k, store: other}}\nsecretStore: vault\n"
        "environments: {production: {secretStore: {name: prod, kind: SecretStore}}}\n"
    )
    assert app.pod["containers"][0]["envFrom"] == [{"secretRef": {"name": "shop"}}]
    assert app.base("externalsecret")["spec"]["data"][1]["sourceRef"]["storeRef"]["name"] == "other"
    assert app.changes()["ExternalSecret"]["spec"]["secretStoreRef"] == {"kind": "SecretStore", "name": "prod"}


def test_a_sealed_secret_that_is_not_there_is_told(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEAD + "secrets: {URL: {sealed: db}}\n"})
    place = "k8s/overlays/production/secrets/db.yaml"
    ran = run("generate", cwd=tmp_path)
    assert ran.code == 0 and f"{place}: warning: output.missing-secret-file" in ran.err
    assert f"kubeseal --format yaml > {place}" in run("setup", cwd=tmp_path).out
    again = run("check", cwd=tmp_path)
    assert again.code == 0 and again.err.count(f"{place}: warning") == 1, "as often as anybody looks"
    write_tree(tmp_path, {place: "kind: SealedSecret\n"})
    assert place not in run("generate", cwd=tmp_path).err
    assert "kubeseal" not in run("setup", cwd=tmp_path).out


def test_a_secret_for_flux_is_told_once_and_encrypted_for_a_key_that_is_there(tmp_path: Path) -> None:
    secrets = "secrets: {URL: {sops: db}, KEY: {sops: db, key: k}}\nruntime: {name: node, folder: apps/web}\n"
    write_tree(tmp_path, {"gitopsgen.yaml": HEAD.replace("runtime: node\n", secrets) + "gitops: flux\n"})
    place = "k8s/overlays/production/secrets/db.yaml"
    assert run("generate", cwd=tmp_path).err.count(f"{place}: warning") == 1
    told = run("setup", cwd=tmp_path).out
    words = [
        "age-keygen -y",
        "path_regex",
        "printf 'URL=%s\\nk=%s\\n'",
        f"--output {place} /dev/stdin",
        "git add --all",
    ]
    assert [told.index(word) for word in words] == sorted(told.index(word) for word in words)
    write_tree(tmp_path, {place: "kind: Secret\n"})
    assert "sops encrypt" not in run("setup", cwd=tmp_path).out


def test_every_kind_that_is_written_is_one_that_argo_cd_may_sync() -> None:
    app = shop(
        "secrets: {URL: {key: a}}\nsecretStore: v\nreplicas: {max: 3}\nmigration: [a]\nconfig: {a: {values: {B: c}}}\n"
    )
    allowed = {
        known["kind"]
        for known in ryaml.loads(app.texts["argocd/appproject.yaml"])["spec"]["namespaceResourceWhitelist"]
    }
    written = {app.base(name)["kind"] for name in app.names - {"kustomization"}}
    assert written | {"ConfigMap"} <= allowed
    assert {"Ingress", "HTTPRoute", "CronJob"}.isdisjoint(allowed)


def test_a_slow_starter_is_waited_for_everywhere() -> None:
    app = shop("startup: 300\n")
    probe = app.pod["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 300
    assert app.base("deployment")["spec"]["progressDeadlineSeconds"] > 300


def test_ci_waits_as_long_as_a_slow_deployment_may_take() -> None:
    limits = {}
    for spec in ("", "startup: 900\nmigration: {command: [a], minutes: 30}\n"):
        workflow = ryaml.loads(shop(spec, "push").texts[".github/workflows/shop.yaml"])
        limits[spec] = workflow["jobs"]["deploy-production"]["timeout-minutes"]
    usual, slow = limits.values()
    # The migration, a rollout that fails, and the earlier version coming back.
    assert usual == 20 and slow > 30 + 2 * 900 / 60


def test_the_cloud_knows_the_app_by_its_account() -> None:
    app = shop(
        'serviceAccount: {annotations: {a.example.com/b: c}, podLabels: {use: "true"}}\nnetwork: {metadata: true}\n'
    )
    assert app.base("serviceaccount")["metadata"]["annotations"] == {"a.example.com/b": "c"}
    assert app.base("deployment")["spec"]["template"]["metadata"]["labels"]["use"] == "true"
    assert "169.254.169.254" not in app.texts["k8s/base/networkpolicy.yaml"]


def test_a_second_container_by_hand_is_adopted(tmp_path: Path) -> None:
    write_tree(tmp_path, {"gitopsgen.yaml": HEAD, "package.json": "{}", "package-lock.json": "{}"})
    assert run("generate", cwd=tmp_path).code == 0
    path = tmp_path / "k8s/base/deployment.yaml"
    text = path.read_text()
    path.write_text(
        text.replace("      volumes:\n", "        - name: sidecar\n          image: proxy:1\n      volumes:\n")
    )
    assert run("adopt", "k8s/base/deployment.yaml", cwd=tmp_path).code == 0
    write_tree(tmp_path, {"gitopsgen.yaml": HEAD + "replicas: {max: 4}\nstartup: 120\n"})
    assert run("generate", cwd=tmp_path).code == 0
    containers = yaml.safe_load(path.read_text())["spec"]["template"]["spec"]["containers"]
    assert [known["name"] for known in containers] == ["shop", "sidecar"]


def test_explain_knows_the_new_fields(tmp_path: Path) -> None:
    for field, words in {
        "type": "default:  web",
        "expose.gateway": "Gateway",
        "secrets": "never the value",
        "schedule.timeZone": "IANA",
        "environments.NAME.secretStore": "store",
    }.items():
        ran = run("explain", field, cwd=tmp_path)
        assert ran.code == 0 and words in ran.out, (field, ran)
