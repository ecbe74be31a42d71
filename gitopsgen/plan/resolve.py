"""From AppSpec to Plan: pure, no disk, no clock, no environment."""

from collections.abc import Iterator
from typing import Any

from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.packs.validate import AppSpec
from gitopsgen.pins.model import NO_PINS, Pins
from gitopsgen.pins.used import with_pins
from gitopsgen.plan.access import choose_access, credentials_used, trusts_needed
from gitopsgen.plan.app import App as Running
from gitopsgen.plan.defaults import default_promotion, fill, guessed_repository, system
from gitopsgen.plan.model import Access, Config, Environment, Image, Job, Pipeline, Plan, Repository, System
from gitopsgen.plan.pipeline import PipelineBuilder
from gitopsgen.plan.runtime import runtime_system
from gitopsgen.plan.steps import BUILD_ENVIRONMENT, PREVIEW_ENVIRONMENT, App
from gitopsgen.plan.workload import deployment_minutes, replicas_of, resolve_app, resources_of
from gitopsgen.spec.sections import PREVIEWS, wants_previews

# For a CI system that does not say which host its repositories are on.
_SOME_HOST = "https://git.example.com"


def resolve(spec: AppSpec, catalogue: Catalogue, pins: Pins = NO_PINS, home: str = "") -> Plan:
    """Return the plan of a spec, with the actions and tools that the repository has pinned otherwise than the packs.

    `home` is the folder of the app, with a slash at its end: all that the spec calls `manifests` is below it.
    """
    packs = dict(spec.packs)
    data = _filled(spec.data, packs)
    ci = system(packs["ci"], data.get("ci", {}))
    app, running = _app(data, packs, pins, ci, home, catalogue)
    pipeline = _pipeline(app, data, catalogue)
    jobs, name = pipeline.all_jobs, data["name"]
    in_git = data["mode"] == "pull" and not app.config.separate
    return Plan(
        home=home,
        name=name,
        mode=data["mode"],
        port=data["port"],
        health=data["health"],
        env=data["env"],
        resources=resources_of(data["resources"], app.systems["workload"]["data"]["sizes"]),
        app=running,
        image=app.image,
        repository=app.repository,
        config=app.config,
        manifests=app.manifests,
        build_environment=BUILD_ENVIRONMENT,
        environments=app.environments,
        registry_access=app.registry_access,
        pipeline=pipeline,
        credentials=credentials_used(jobs, packs["ci"]),
        trusts=trusts_needed(name, jobs, packs["ci"], ci, app.repository, many=bool(home)),
        scripts=tuple(dict.fromkeys(_scripts(jobs, catalogue))),
        bot_files=tuple(environment.image_file for environment in app.environments) if in_git else (),
        previews=wants_previews(data),
        preview=app.preview,
        tree="app",
        **app.systems,
    )


def _app(
    data: dict[str, Any], packs: dict[str, Pack], pins: Pins, ci: System, home: str, catalogue: Catalogue
) -> tuple[App, Running]:
    """Return what the pipeline is built from, and what runs in the cluster."""
    image, repository = _image(data["image"]), _repository(data["repository"], data["branch"], packs)
    config = _config(data, repository, packs)
    folder = home + data["manifests"]
    environments = _environments(data, packs, pins, ci, data["manifests"] if config.separate else folder)
    systems = _systems(data, packs, environments, pins, catalogue)
    places = [(known.name, known.namespace, known.overlay) for known in environments]
    running = resolve_app(data, systems["workload"]["data"]["sizes"], places)
    app = App(
        name=data["name"],
        home=home,
        image=image,
        repository=repository,
        config=config,
        manifests=folder,
        environments=environments,
        preview=_preview(data, packs, pins, ci, environments[0]),
        packs=packs,
        systems=systems,
        registry_access=_registry_access(packs, ci, image, repository),
        minutes=deployment_minutes(running),
    )
    return app, running


def _registry_access(packs: dict[str, Pack], ci: System, image: Image, repository: Repository) -> Access:
    own = image.path.partition("/")[0] == repository.slug.partition("/")[0].lower()
    return choose_access(packs["registry"].get("login", {}).get("access", []), packs["ci"], ci, own=own)


def _filled(written: dict[str, Any], packs: dict[str, Pack]) -> dict[str, Any]:
    """Return the data of the spec with every default, those that hang on the packs too."""
    data = fill(written)
    if "resources" not in written:
        data["resources"] = {"size": packs["runtime"].get("data", {}).get("size", "small")}
    if "repository" not in data:
        data["repository"] = guessed_repository(data, packs["ci"].get("data", {}).get("host", _SOME_HOST))
    return data


def _pipeline(app: App, data: dict[str, Any], catalogue: Catalogue) -> Pipeline:
    pull = data["mode"] == "pull"
    ours = (f"{app.home}gitopsgen.yaml", "gitopsgen.lock", ".gitopsgen/**", f"{app.manifests}/**")
    operators = [app.home + path for path in app.systems["gitops"]["data"].get("quietPaths", ())]
    quiet = (*ours, *operators) if pull else ()
    builder = PipelineBuilder(app, catalogue)
    pipeline = builder.pull(quiet) if pull else builder.push()
    if wants_previews(data):
        pipeline = pipeline._replace(previews=builder.previews(data["mode"]))
    return pipeline


def _scripts(jobs: tuple[Job, ...], catalogue: Catalogue) -> Iterator[str]:
    """Yield the name of each script that a step runs; native words that do the same by other means run none."""
    for job in jobs:
        for step in job.steps:
            if step.script and catalogue.mentions(step.template, "step.script"):
                yield step.script.rpartition("/")[2]
                yield from (step.env[name] for name in ("THEN",) if name in step.env)


def _systems(
    data: dict[str, Any],
    packs: dict[str, Pack],
    environments: tuple[Environment, ...],
    pins: Pins,
    catalogue: Catalogue,
) -> dict[str, System]:
    """Return every section as templates see it; the cluster is that of the first environment."""
    systems = {kind: system(packs.get(kind), data.get(kind, {})) for kind in ("ci", "registry", "gitops", "workload")}
    systems["ci"]["name"] = packs["ci"].name
    runtime, written = packs["runtime"], data["runtime"]
    # Another runtime that builds the pages; its pack is read only where there are any.
    maker = catalogue.pack("runtime", runtime.get("data", {}).get("frontend", "")) if "frontend" in written else None
    systems["runtime"] = runtime_system(runtime, written, data["port"], maker)
    return {**{kind: _pinned(filled, pins) for kind, filled in systems.items()}, "cluster": environments[0].cluster}


def _pinned(filled: dict[str, Any], pins: Pins) -> System:
    return {**filled, "data": with_pins(filled["data"], pins)}


def _environments(
    data: dict[str, Any], packs: dict[str, Pack], pins: Pins, ci: System, manifests: str
) -> tuple[Environment, ...]:
    found: list[Environment] = []
    sizes = packs["workload"].manifest["data"]["sizes"]
    recorder = data.get("gitops", {}).get("images", "ci") if data["mode"] == "pull" else "ci"
    for name, own in data["environments"].items():
        overlay = f"{manifests}/overlays/{name}"
        written = own.get("cluster", data.get("cluster", {}))
        pack = _cluster_pack(packs, written)
        ways = pack.get("login", {}).get("access", []) if pack else []
        found.append(
            Environment(
                name=name,
                namespace=own.get("namespace", data["name"]),
                replicas=replicas_of(data["replicas"], own.get("replicas", {})),
                resources=resources_of(own.get("resources", data["resources"]), sizes),
                env={**data["env"], **own.get("env", {})},
                overlay=overlay,
                image_file=f"{overlay}/image/kustomization.yaml",
                promotion=own.get("promotion", default_promotion(data["mode"], first=not found)),
                previous=found[-1].name if found else "",
                recorder="ci" if found else recorder,
                cluster=_pinned(system(pack, written) if pack else {**written, "data": {}}, pins),
                gitops=_pinned(system(packs.get("gitops"), {**data.get("gitops", {}), **own.get("gitops", {})}), pins),
                access=choose_access(ways, packs["ci"], ci),
            )
        )
    return tuple(found)


def _preview(data: dict[str, Any], packs: dict[str, Pack], pins: Pins, ci: System, first: Environment) -> Environment:
    """Return where previews run: as the first environment, which their overlay lies over."""
    own = data[PREVIEWS]
    written = own.get("cluster", {name: value for name, value in first.cluster.items() if name != "data"})
    pack = _cluster_pack(packs, written)
    ways = pack.get("login", {}).get("access", []) if pack else []
    other = own.get("gitops", {})
    # A cluster of their own is named in one way, whatever the first environment's is named by.
    destination = first.gitops["data"].get("destination", ())
    dropped = {"data", *(destination if any(name in other for name in destination) else ())}
    operator = {name: value for name, value in first.gitops.items() if name not in dropped} | other
    return first._replace(
        name=PREVIEW_ENVIRONMENT,
        namespace=f"{data['name']}-pr",
        overlay=f"{first.overlay.rpartition('/overlays/')[0]}/preview",
        cluster=_pinned(system(pack, written), pins) if "cluster" in own else first.cluster,
        gitops=_pinned(system(packs.get("gitops"), operator), pins),
        access=choose_access(ways, packs["ci"], ci),
    )


def _cluster_pack(packs: dict[str, Pack], written: dict[str, Any]) -> Pack | None:
    """Return the pack of a cluster section; none in a mode that needs no cluster."""
    return next((pack for pack in packs.values() if pack.kind == "cluster" and pack.name == written.get("type")), None)


def _image(ref: str) -> Image:
    host, _, path = ref.partition("/")
    return Image(ref, host, path)


def _repository(url: str, branch: str, packs: dict[str, Pack]) -> Repository:
    host, _, path = url.partition("://")[2].removeprefix("git@").partition("/")
    host = host.partition(":")[0]
    slug = path.removesuffix(".git")
    known = packs["repository"].get("data", {}).get("hosts", {}) if "repository" in packs else {}
    forge = known.get(host, packs["ci"].get("data", {}).get("forge", {}))
    api = forge.get("api", "").replace("{host}", host)
    return Repository(url, f"https://{host}/{slug}", slug, slug.rpartition("/")[0], branch, forge.get("kind", ""), api)


def _config(data: dict[str, Any], repository: Repository, packs: dict[str, Pack]) -> Config:
    """Return where the manifests are; in push mode with the app, whatever the operator's section says."""
    written = data.get("gitops", {}) if data["mode"] == "pull" else {}
    url = written.get("repository", "same")
    if url == "same":
        return Config(repository, False, "")
    folder = written.get("folder", data["name"])
    return Config(_repository(url, written.get("branch", "main"), packs), True, f"{folder}/")
