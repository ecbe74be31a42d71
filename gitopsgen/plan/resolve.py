"""From AppSpec to Plan: pure, no disk, no clock, no environment."""

from typing import Any

from gitopsgen import __version__
from gitopsgen.core.command import Command
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.validate import AppSpec
from gitopsgen.plan.defaults import fill, guessed_repository, system
from gitopsgen.plan.model import Credential, Environment, Image, Plan, Repository, Resolved, Resources
from gitopsgen.plan.pipeline import BUILD_ENVIRONMENT, PipelineBuilder


def resolve(spec: AppSpec, catalogue: Catalogue) -> Plan:
    """Return the plan of a spec."""
    data, resolved = fill(spec.data)
    packs = dict(spec.packs)
    if "repository" not in data:
        resolved.append(guessed_repository(data, packs["ci"].get("data", {}).get("host", "https://git.example.com")))
        data["repository"] = resolved[-1].value
    systems: dict[str, dict[str, Any]] = {}
    for kind in ("runtime", "ci", "registry", "cluster", "gitops", "workload"):
        systems[kind], more = system(packs.get(kind), data.get(kind, {}))
        resolved += more
    _fill_runtime(systems["runtime"], resolved)
    environments = tuple(_environment(data, name, own) for name, own in data["environments"].items())
    pull = data["mode"] == "pull"
    ours = ("gitopsgen.yaml", "gitopsgen.lock", ".gitopsgen/**", f"{data['manifests']}/**")
    quiet = (*ours, *systems["gitops"]["data"].get("quietPaths", ())) if pull else ()
    builder = PipelineBuilder(data["name"], packs, catalogue)
    test = systems["runtime"]["test"]
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
        pipeline=builder.pull(test, environments, quiet) if pull else builder.push(test, environments),
        credentials=_credentials(packs, environments),
        bot_files=tuple(environment.image_file for environment in environments) if pull else (),
        tool_version=__version__,
        resolved=tuple(resolved),
    )


def _fill_runtime(runtime: dict[str, Any], resolved: list[Resolved]) -> None:
    """Mark the commands as code; no build command is no step at all, which templates ask for by its emptiness."""
    if "build" not in runtime:
        resolved.append(Resolved("runtime.build", "", "nothing to build unless the spec says so"))
    for field in ("test", "build"):
        runtime[field] = Command(runtime.get(field, ""))


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
