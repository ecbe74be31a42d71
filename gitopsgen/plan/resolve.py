"""From AppSpec to Plan: pure, no disk, no clock, no environment."""

from typing import Any

from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.validate import AppSpec
from gitopsgen.pins.model import NO_PINS, Pins
from gitopsgen.pins.used import with_pins
from gitopsgen.plan.defaults import fill, guessed_repository, system
from gitopsgen.plan.model import Credential, Environment, Image, Plan, Repository, Resources
from gitopsgen.plan.pipeline import BUILD_ENVIRONMENT, PipelineBuilder
from gitopsgen.plan.runtime import build_credentials, runtime_system

# For a CI system that does not say which host its repositories are on.
_SOME_HOST = "https://git.example.com"


def resolve(spec: AppSpec, catalogue: Catalogue, pins: Pins = NO_PINS) -> Plan:
    """Return the plan of a spec, with the actions and tools that the repository has pinned otherwise than the packs."""
    data = fill(spec.data)
    packs = dict(spec.packs)
    if "repository" not in data:
        data["repository"] = guessed_repository(data, packs["ci"].get("data", {}).get("host", _SOME_HOST))
    kinds = ("ci", "registry", "cluster", "gitops", "workload")
    systems = {kind: system(packs.get(kind), data.get(kind, {})) for kind in kinds}
    systems["runtime"] = runtime_system(packs["runtime"], data["runtime"])
    for filled in systems.values():
        filled["data"] = with_pins(filled["data"], pins)
    environments = tuple(_environment(data, name, own) for name, own in data["environments"].items())
    pull = data["mode"] == "pull"
    ours = ("gitopsgen.yaml", "gitopsgen.lock", ".gitopsgen/**", f"{data['manifests']}/**")
    quiet = (*ours, *systems["gitops"]["data"].get("quietPaths", ())) if pull else ()
    builder = PipelineBuilder(data["name"], packs, catalogue, systems["runtime"])
    return Plan(
        name=data["name"],
        mode=data["mode"],
        port=data["port"],
        health=data["health"],
        env=data["env"],
        resources=_resources(data["resources"], systems["workload"]["data"]["sizes"]),
        expose=data["expose"]["type"],
        redundant=all(environment.replicas > 1 for environment in environments),
        image=_image(data["image"]),
        repository=_repository(data["repository"], data["branch"]),
        manifests=data["manifests"],
        build_environment=BUILD_ENVIRONMENT,
        environments=environments,
        **systems,
        pipeline=builder.pull(environments, quiet) if pull else builder.push(environments),
        credentials=(
            *_credentials(packs, environments),
            *build_credentials(systems["runtime"], packs["runtime"], BUILD_ENVIRONMENT),
        ),
        bot_files=tuple(environment.image_file for environment in environments) if pull else (),
    )


def _environment(data: dict[str, Any], name: str, own: dict[str, Any]) -> Environment:
    overlay = f"{data['manifests']}/overlays/{name}"
    return Environment(
        name,
        own.get("namespace", data["name"]),
        own.get("replicas", data["replicas"]),
        overlay,
        f"{overlay}/image/kustomization.yaml",
    )


def _resources(written: dict[str, Any], sizes: dict[str, dict[str, str]]) -> Resources:
    size = sizes[written.get("size", "small")]
    memory = written.get("memory", size["memory"])
    # A replica whose memory is written out may use that much and no more, unless the spec allows it.
    limit = written.get("memoryLimit", memory if "memory" in written else size["memoryLimit"])
    return Resources(written.get("cpu", size["cpu"]), memory, written.get("cpuLimit", size["cpuLimit"]), limit)


def _image(ref: str) -> Image:
    host, _, path = ref.partition("/")
    return Image(ref, host, path)


def _repository(url: str, branch: str) -> Repository:
    host, _, path = url.partition("://")[2].removeprefix("git@").partition("/")
    slug = path.removesuffix(".git")
    return Repository(url, f"https://{host.partition(':')[0]}/{slug}", slug, slug.rpartition("/")[0], branch)


def _credentials(packs: dict[str, Pack], environments: tuple[Environment, ...]) -> tuple[Credential, ...]:
    """Return each secret and variable once for each CI environment whose jobs use it."""
    found = []
    for kind in sorted(packs):
        for item in packs[kind].get("credentials", []):
            scopes = [BUILD_ENVIRONMENT] if item["scope"] == "build" else [known.name for known in environments]
            found += [
                Credential(item["name"], item["kind"], scope, item["purpose"], item.get("source", ""), packs[kind].id)
                for scope in scopes
            ]
    return tuple(found)
