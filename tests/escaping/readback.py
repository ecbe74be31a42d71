"""Reads values of the spec back from the compiled files, each where its reader takes it from."""

import json
import re
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import ryaml

from gitopsgen.outcome import Compiled
from tests.escaping import workload_places
from tests.escaping.undo import github_text, kubernetes_text


class Outputs:
    """The compiled files by path, parsed where they are YAML."""

    def __init__(self, compiled: Compiled) -> None:
        self.texts = {str(file.path): file.text for file in compiled.files}
        self.languages = {str(file.path): file.language for file in compiled.files}
        self.manifests = next(path for path in self.texts if path.endswith("/base/serviceaccount.yaml"))[:-25]

    def documents(self, path: str) -> Any:
        return ryaml.loads(self.texts[path])

    @property
    def deployment(self) -> Any:
        return self.documents(f"{self.manifests}/base/deployment.yaml")

    @property
    def container(self) -> Any:
        return self.deployment["spec"]["template"]["spec"]["containers"][0]

    @property
    def workflows(self) -> dict[str, Any]:
        return {path: self.documents(path) for path in self.texts if path.startswith(".github/workflows/")}

    @property
    def workflow(self) -> Any:
        return next(found for path, found in sorted(self.workflows.items()) if not path.endswith("-rollback.yaml"))

    def steps(self) -> Iterator[Any]:
        for job in self.workflow["jobs"].values():
            yield from job["steps"]

    def step_with(self, key: str) -> Any:
        return next(step["with"][key] for step in self.steps() if key in step.get("with", {}))

    @property
    def dockerfile(self) -> str:
        return next(self.texts[path] for path, language in self.languages.items() if language == "dockerfile")

    def instructions(self, name: str) -> list[str]:
        """Return what follows each instruction of that name in the Dockerfile."""
        lines = re.sub(r"^#.*\n", "", self.dockerfile, flags=re.MULTILINE).replace("\\\n", " ").split("\n")
        return [line.partition(" ")[2].strip() for line in lines if line.startswith(f"{name} ")]


def label(outputs: Outputs, name: str) -> str:
    found = re.search(rf'{re.escape(name)}=("(?:[^"\\]|\\.)*"|\S+)', outputs.instructions("LABEL")[0])
    assert found
    written = found[1]
    return re.sub(r"\\(.)", r"\1", written[1:-1]) if written.startswith('"') else written


def build_command(outputs: Outputs) -> str:
    """Return the build command, the one that neither installs nor prunes."""
    others = ("--mount", "apt-get", "npm install")
    (written,) = [run for run in outputs.instructions("RUN") if not run.startswith(others)]
    if written.startswith("sh -c "):
        return shlex.split(written)[2]
    assert re.fullmatch(r"[A-Za-z0-9_@%+=:,./ -]+", written)
    return written


def ignore_entries(outputs: Outputs) -> list[str]:
    """Return what .dockerignore lets in; the last is the last of the spec's own."""
    lines = next(text for path, text in outputs.texts.items() if path.endswith(".dockerignore")).split("\n")
    return [line[1:] for line in lines if line.startswith("!")]


def excluded(outputs: Outputs) -> str:
    """Return the first line that the spec keeps out of the image."""
    text = next(text for path, text in outputs.texts.items() if path.endswith(".dockerignore"))
    return text.partition("# By runtime.exclude.\n")[2].split("\n")[0]


def test_command(outputs: Outputs) -> str:
    (run,) = [step["run"] for step in outputs.workflow["jobs"]["test"]["steps"] if step["name"] == "Test"]
    return github_text(run)


def arguments(outputs: Outputs) -> dict[str, str]:
    """Return the build arguments, which the Dockerfile and the workflow agree about."""
    written = dict(line.split("=", 1) for line in outputs.instructions("ARG"))
    found = {name: value[1:-1] if value.startswith('"') else value for name, value in written.items()}
    assert dict(line.split("=", 1) for line in outputs.step_with("build-args").split("\n")) == found
    return found


def secret_mount(outputs: Outputs) -> dict[str, str]:
    """Return the options of the build secret's mount, whose id the workflow passes too."""
    (mount,) = re.findall(r"--mount=type=secret,(\S+),required=true ", "\n".join(outputs.instructions("RUN")))
    found = dict(option.split("=", 1) for option in mount.split(","))
    name, _, variable = outputs.step_with("secret-envs").rstrip("\n").partition("=")
    (step,) = [step for step in outputs.steps() if "secret-envs" in step.get("with", {})]
    assert step["env"] == {variable: f"${{{{ secrets.{variable} }}}}"}
    assert name == found["id"]
    return found


def install_command(outputs: Outputs) -> str:
    (run,) = [
        step["run"] for step in outputs.workflow["jobs"]["test"]["steps"] if step["name"] == "Install dependencies"
    ]
    *script, command = shlex.split(github_text(run))
    assert script[0] == "sh"
    assert script[1].endswith("/with-secrets.sh")
    return command


def folder(outputs: Outputs) -> str:
    """Return the folder of the Dockerfile, which is that of the commands in CI."""
    (path,) = [path for path, language in outputs.languages.items() if language == "dockerfile"]
    found = path.rpartition("/")[0]
    directories = {step.get("working-directory", "") for step in outputs.steps() if step["name"] == "Test"}
    assert directories == {found}
    assert not found or f"{found}/Dockerfile.dockerignore" in outputs.texts
    return found or "."


def variables(outputs: Outputs) -> dict[str, str]:
    env = outputs.container["env"]
    assert [set(entry) for entry in env] == [{"name", "value"}] * len(env)
    return {entry["name"]: kubernetes_text(entry["value"]) for entry in env}


def node_version(outputs: Outputs) -> Any:
    base = outputs.instructions("FROM")[0].split()[0]
    # Of old releases there are no images on the newest Debian.
    assert base in [f"node:{outputs.step_with('node-version')}-{debian}-slim" for debian in ("trixie", "bookworm")]
    return outputs.step_with("node-version")


def first_environment(outputs: Outputs) -> str:
    (path,) = [path for path in outputs.texts if path.endswith("/image/kustomization.yaml")]
    return path.split("/")[-3]


def application(outputs: Outputs) -> Any:
    (path,) = [path for path in outputs.texts if path.startswith("argocd/application-")]
    return outputs.documents(path)


def in_pull(read: Callable[[Outputs], Any]) -> Callable[[Outputs], Any]:
    """Read where pull mode has the value; in push mode it is written nowhere."""
    return lambda outputs: read(outputs) if "argocd/appproject.yaml" in outputs.texts else None


def in_push(read: Callable[[Outputs], Any]) -> Callable[[Outputs], Any]:
    return lambda outputs: read(outputs) if "argocd/appproject.yaml" not in outputs.texts else None


Readers = tuple[Callable[[Outputs], Any], ...]

# Field of the spec -> the places that must carry its value. None from a place: this mode does not write it there.
PLACES: dict[str, Readers] = {
    "name": (
        lambda outputs: outputs.deployment["metadata"]["name"],
        lambda outputs: outputs.workflow["name"],
        lambda outputs: label(outputs, "org.opencontainers.image.title"),
        in_pull(lambda outputs: application(outputs)["metadata"]["labels"]["app.kubernetes.io/name"]),
    ),
    "image": (
        lambda outputs: outputs.documents(
            f"{outputs.manifests}/overlays/{first_environment(outputs)}/image/kustomization.yaml"
        )["images"][0]["newName"],
        lambda outputs: outputs.step_with("tags").removesuffix(":sha-${{ github.sha }}"),
    ),
    "repository": (
        in_pull(lambda outputs: application(outputs)["spec"]["source"]["repoURL"]),
        in_pull(lambda outputs: outputs.documents("argocd/appproject.yaml")["spec"]["sourceRepos"][0]),
    ),
    "branch": (
        lambda outputs: outputs.workflow["on"]["push"]["branches"][0],
        lambda outputs: outputs.workflow["on"]["pull_request"]["branches"][0],
        lambda outputs: outputs.workflow["jobs"]["build"]["if"][len("github.ref == 'refs/heads/") : -1],
        in_pull(lambda outputs: application(outputs)["spec"]["source"]["targetRevision"]),
    ),
    "runtime.version": (node_version,),
    "runtime.start.*": (lambda outputs: json.loads(outputs.instructions("CMD")[-1])[1],),
    "runtime.test": (test_command,),
    "runtime.build": (build_command,),
    "runtime.include.*": (lambda outputs: ignore_entries(outputs)[-1],),
    "runtime.exclude.*": (excluded,),
    "runtime.install": (install_command,),
    "runtime.folder": (folder,),
    "runtime.workspaces.*": (
        lambda outputs: ignore_entries(outputs)[0],
        lambda outputs: outputs.instructions("COPY")[1].split()[1].rstrip("/"),
    ),
    "runtime.packages.*": (
        lambda outputs: re.search(r"--no-install-recommends (\S+) ", outputs.instructions("RUN")[0])[1],  # type: ignore[index]
    ),
    "runtime.packageManagerVersion": (
        lambda outputs: re.search(r" npm@(\S+)", "\n".join(outputs.instructions("RUN")))[1],  # type: ignore[index]
    ),
    "runtime.installFiles.*": (lambda outputs: outputs.instructions("COPY")[1].split()[0],),
    "runtime.buildArgs.*": (lambda outputs: next(iter(arguments(outputs).values())),),
    "runtime.buildArgs.~": (lambda outputs: next(iter(arguments(outputs))),),
    "runtime.buildSecrets.~": (lambda outputs: secret_mount(outputs)["id"],),
    "runtime.buildSecrets.*.target": (lambda outputs: secret_mount(outputs)["target"],),
    "runtime.buildSecrets.*.env": (lambda outputs: secret_mount(outputs)["env"],),
    "health": (
        lambda outputs: outputs.container["readinessProbe"]["httpGet"]["path"],
        lambda outputs: outputs.container["startupProbe"]["httpGet"]["path"],
        lambda outputs: json.loads(outputs.dockerfile.split("    CMD ")[1].split("\n")[0])[2].split("'")[1][21:],
    ),
    "resources.cpu": (lambda outputs: outputs.container["resources"]["requests"]["cpu"],),
    "resources.memory": (lambda outputs: outputs.container["resources"]["requests"]["memory"],),
    "resources.cpuLimit": (lambda outputs: outputs.container["resources"]["limits"]["cpu"],),
    "resources.memoryLimit": (lambda outputs: outputs.container["resources"]["limits"]["memory"],),
    "env.*": (lambda outputs: variables(outputs)["LOG_LEVEL"],),
    "env.~": (lambda outputs: list(variables(outputs))[1],),
    "ci.runner": (lambda outputs: outputs.workflow["jobs"]["test"]["runs-on"],),
    "registry.pullSecret": (
        lambda outputs: outputs.documents(f"{outputs.manifests}/base/serviceaccount.yaml")["imagePullSecrets"][0][
            "name"
        ],
    ),
    "cluster.resourceGroup": (in_push(lambda outputs: outputs.step_with("resource-group")),),
    "cluster.name": (in_push(lambda outputs: outputs.step_with("cluster-name")),),
    "cluster.kubectl": (in_push(lambda outputs: outputs.step_with("version")),),
    "gitops.namespace": (in_pull(lambda outputs: application(outputs)["metadata"]["namespace"]),),
    "gitops.server": (in_pull(lambda outputs: application(outputs)["spec"]["destination"]["server"]),),
    "manifests": (lambda outputs: outputs.manifests,),
    "environments.~": (
        first_environment,
        in_push(lambda outputs: next(job for job in outputs.workflow["jobs"] if job.startswith("deploy-"))[7:]),
    ),
    "environments.*.namespace": (
        lambda outputs: outputs.deployment["metadata"]["namespace"],
        in_pull(lambda outputs: application(outputs)["spec"]["destination"]["namespace"]),
    ),
    **workload_places.PLACES,
}
