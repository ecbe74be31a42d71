"""Until the first image nothing runs, whatever the spec and its environments ask for; then all of it runs as asked."""

from pathlib import Path
from typing import Any

import pytest

from . import workloads
from .needs import need
from .subject import prepare


def rendered(tmp_path: Path, shape: str, environment: str) -> tuple[list[Any], list[Any]]:
    """Return what Kustomize makes of an overlay before and after the first image is recorded."""
    need("go")
    workloads.lay_out(tmp_path / "tree", shape, "pull")
    subject, refused = prepare(tmp_path / "tree", tmp_path / "work")
    assert refused == []
    before, after = (
        subject.documents(f"rendered/k8s-overlays-{environment}@{state}.yaml") for state in ("initial", "built")
    )
    return before, after


def only(objects: list[Any], kind: str) -> Any:
    (found,) = [known for known in objects if known["kind"] == kind]
    return found


@pytest.mark.parametrize(
    ("shape", "environment", "replicas"),
    [
        ("routed", "staging", 2),
        ("routed", "production", None),
        ("ingress", "production", None),
        ("disk", "production", 1),
    ],
)
def test_no_pod_before_the_first_image(tmp_path: Path, shape: str, environment: str, replicas: int | None) -> None:
    before, after = rendered(tmp_path, shape, environment)
    assert only(before, "Deployment")["spec"]["replicas"] == 0
    assert only(after, "Deployment")["spec"].get("replicas") == replicas
    assert {"Job"}.isdisjoint(known["kind"] for known in before)
    scalers = [known for known in after if known["kind"] == "HorizontalPodAutoscaler"]
    assert bool(scalers) == (replicas is None)
    places = {
        known["metadata"].get("namespace") for known in after if known["kind"] not in ("Namespace", "SealedSecret")
    }
    assert len(places) == 1, "everything is in the environment's namespace"


def test_a_cron_job_sleeps_until_the_first_image(tmp_path: Path) -> None:
    before, after = rendered(tmp_path, "cron", "production")
    assert (only(before, "CronJob")["spec"]["suspend"], only(after, "CronJob")["spec"]["suspend"]) == (True, False)


def test_settings_arrive_as_they_were_written_under_a_name_of_their_own(tmp_path: Path) -> None:
    _, after = rendered(tmp_path, "routed", "production")
    flags = next(known for known in after if known["kind"] == "ConfigMap" and "FEATURE_X" in known["data"])
    assert flags["data"] == {"FEATURE_X": "on", "QUOTED": "'a' \"b\""}
    pod = only(after, "Deployment")["spec"]["template"]["spec"]
    assert {"configMapRef": {"name": flags["metadata"]["name"]}} in pod["containers"][0]["envFrom"]
    assert flags["metadata"]["name"].startswith("routed-flags-")
