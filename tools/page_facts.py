"""What the page of a system says: the facts of its manifest, and of a sample that is compiled with it."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Outcome
from gitopsgen.packs.catalogue import Catalogue, Pack
from gitopsgen.pins.model import NO_PINS
from gitopsgen.pins.used import used
from gitopsgen.plan.access import choose_access
from gitopsgen.plan.model import Access
from gitopsgen.render.escape import yaml
from gitopsgen.scaffold import spec_text
from gitopsgen.setup import SetupStep, setup_steps
from gitopsgen.spec.sections import SECTIONS

APP = "shop"
EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


class Kind(NamedTuple):
    """The words for a kind of pack: the folder of its pages, the heading of its list, and what chooses one."""

    folder: str
    heading: str
    chosen: str


KINDS = {
    "ci": Kind("ci", "CI systems", "`ci: NAME`"),
    "gitops": Kind("operators", "Operators", "`gitops: NAME`, in pull mode"),
    "cluster": Kind(
        "clusters", "Clusters", "`cluster: {type: NAME, ...}`, in push mode; an environment may have its own"
    ),
    "registry": Kind(
        "registries",
        "Registries",
        "the host of `image`, of several patterns the closest; or `registry: NAME`, whatever the host is",
    ),
}
FORMS = {"oidc": "OIDC", "job-token": "the job's own token", "static": "a stored credential", "none": ""}
_SELECTOR = {section.kind: section.selector for section in SECTIONS}
_WHOSE = {
    "managed": "ours",
    "once": "created once, then yours or CI's",
    "block": "yours, with a marked block of ours",
}
# In words what the manifests of our own packs ask of the plan; anything else is shown as it is written.
_WHEN = {
    ("previews", True): "with `previews`",
    ("pipeline.rollback", True): "when something can be rolled back",
    ("pipeline.follows", True): "when an image is promoted after a merge, or after a commit of the operator",
    ("app.writes.Job", True): "with a `migration`",
    ("environment.recorder", "operator"): "the first, with `images: operator`",
    ("environment.gitops.notify", True): "with `notify`",
    ("environment.gitops.webhookSecret", True): "with `webhookSecret`",
    ("environment.gitops.clusters", True): "when it has `clusters`",
    ("environment.gitops.clusters", False): "when it has no `clusters`",
}
_EVERY_PUSH = (
    "It starts on every push, whatever was changed: when that is nothing but files of the delivery, "
    "its jobs end at once."
)
_ONE_STORE = (
    "It cannot keep credentials of one environment from jobs of another: "
    "the name of each ends with that of its environment, such as `TOKEN_PRODUCTION`."
)
_HOLE = re.compile(r"<%= *([a-zA-Z_.]+) *%>")
_VERSIONED = re.compile(r"^([a-z0-9][\w./-]*):(v?\d[\w.-]*)$")


def cell(text: Any) -> str:
    """Return a text as one cell of a table."""
    return prose(text).replace("|", r"\|")


def prose(text: Any) -> str:
    """Return a text of one line in which a star is a star, unless it is within backticks."""
    parts = re.split(r"(`[^`]*`)", " ".join(str(text).split()))
    return "".join(part if part.startswith("`") else re.sub(r"[*<]", r"\\\g<0>", part) for part in parts)


def heading(pack: Pack) -> str:
    """Return the title as it stands at the head of something; one that takes any host has none of its own."""
    title = str(pack.get("title", pack.name)) if pack.get("hosts", []) != ["*"] else "any other host"
    return title[:1].upper() + title[1:]


class Facts:
    """The facts of any pack of a catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.compiler = Compiler(catalogue)
        default = catalogue.default("ci")
        self.cis = sorted(catalogue.all("ci"), key=lambda pack: pack != default)

    def of(self, pack: Pack) -> Mapping[str, Any]:
        """Return what the template of a page sees. Raises SystemExit when the sample of the pack does not compile."""
        files = pack.get("files", [])
        git = [way for key in ("access", "requests") for way in pack.get("git", {}).get(key, [])]
        return {
            "id": pack.id,
            "kind": pack.kind,
            "app": APP,
            "index": "../systems.md",
            "title": heading(pack),
            "summary": pack.get("summary", ""),
            "spec": self._fragment(pack),
            "example": _example(pack),
            "about": pack.get("about", []),
            "files": [self._file(pack, file) for file in files],
            "elsewhere": any(file.get("tree", "app") != "app" for file in files),
            "fields": [_field(pack, name) for name in pack.get("fields", {})],
            "ways": list(self._ways_out(pack) if pack.kind == "ci" else self._ways_in(pack)),
            "oidc": pack.get("offers", {}).get("oidc"),
            "credentials": _credentials([*git, *pack.get("login", {}).get("access", [])]),
            "setups": [setup for setup in self._setups(pack) if setup["steps"]],
            "limits": [*pack.get("limits", []), *_limits(pack)],
            "pins": _pins(pack),
        }

    def _fragment(self, pack: Pack) -> str:
        """Return what a spec says to choose the pack."""
        section = self._sample(pack, "push" if pack.kind == "cluster" else "pull")[pack.kind]
        if pack.kind == "registry" and pack.get("hosts", []):
            return f"image: {_image(pack)}"
        return f"{pack.kind}: {yaml(section[_SELECTOR[pack.kind]] if len(section) == 1 else section)}"

    def _sample(self, pack: Pack, mode: str, ci: Pack | None = None) -> dict[str, Any]:
        """Return the spec of an app that uses the pack; its kind decides whether there is more than one environment."""
        own = {name: pack.manifest["fields"][name]["examples"][0] for name in pack.get("required", [])}
        registry = pack if pack.kind == "registry" else self.catalogue.default("registry")
        several = {"staging": {"namespace": f"{APP}-staging"}} if pack.kind == "ci" else {}
        sample: dict[str, Any] = {
            "apiVersion": "gitopsgen/v1",
            "name": APP,
            "mode": mode,
            "image": _image(registry) if registry else f"registry.example.com/acme/{APP}",
            "repository": f"{self._host(ci or pack)}/acme/{APP}.git",
            "runtime": "node",
            "ci": (ci or self.cis[0]).name,
            "environments": {**several, "production": {}},
        }
        if mode == "push" and pack.kind != "cluster":
            sample["cluster"] = self._sample(next(self.catalogue.all("cluster")), mode)["cluster"]
        return {**sample, pack.kind: {_SELECTOR[pack.kind]: pack.name, **own}}

    def _host(self, pack: Pack) -> str:
        """Return the git host that a CI system builds for; for one that builds for any it is that of the default."""
        hosts = (each.get("data", {}).get("host", "") for each in (pack, *self.cis) if each.kind == "ci")
        return next(filter(None, hosts), "https://git.example.com")

    def _steps(self, pack: Pack, spec: dict[str, Any]) -> list[SetupStep]:
        """Return the steps of the pack that `gitopsgen setup` prints for a spec."""
        with tempfile.TemporaryDirectory() as folder:
            compiled = self.compiler.compile(spec_text(spec, introduction=False).encode(), Root(folder))
        if isinstance(compiled, Outcome):
            raise SystemExit(f"the sample of {pack.id} does not compile: {compiled.diagnostics}")
        steps = setup_steps(compiled.services, self.compiler.renderer)
        places = "|".join(environment.name for environment in compiled.plan.environments)
        alike = {
            re.sub(rf"(?i)\b({places})\b|_({places})\b", "", step.title): step
            for step in reversed(steps)
            if step.pack == pack.id
        }
        return [_shown(step) for step in reversed(alike.values())]

    def _setups(self, pack: Pack) -> Iterator[Mapping[str, Any]]:
        """Yield each way to set the system up, told in words, with its steps."""
        if pack.kind == "ci":
            cluster = next(self.catalogue.all("cluster"))
            pushed = self._steps(pack, self._sample(pack, "push"))
            told = f", in push mode to {cluster.get('title', cluster.name)}, with each step for one of two environments"
            yield {"told": told, "steps": pushed}
            pulled = self._steps(pack, self._sample(pack, "pull"))
            more = [step for step in pulled if step.title not in {known.title for known in pushed}]
            yield {"told": ", in pull mode and beside those with the same titles", "steps": more}
        elif "login" in pack.manifest:
            yield from self._setups_by_form(pack, "push" if pack.kind == "cluster" else "pull")
        else:
            yield {"told": "", "steps": self._steps(pack, self._sample(pack, "pull"))}

    def _setups_by_form(self, pack: Pack, mode: str) -> Iterator[Mapping[str, Any]]:
        """Yield the set-up for the first CI system with each form of access; once, when it is always the same."""
        forms = {choose_access(pack.manifest["login"]["access"], ci).form: ci for ci in reversed(self.cis)}
        made = {form: self._steps(pack, self._sample(pack, mode, ci)) for form, ci in forms.items()}
        if all(steps == next(iter(made.values())) for steps in made.values()):
            yield {"told": ", with any CI system", "steps": next(iter(made.values()))}
            return
        for form, ci in sorted(forms.items(), key=lambda item: self.cis.index(item[1])):
            yield {"told": f", with {heading(ci)} and so by {FORMS[form]}", "steps": made[form]}

    def _ways_in(self, pack: Pack) -> Iterator[Mapping[str, str]]:
        """Yield how each CI system gets into a cluster or registry."""
        for ci in self.cis if "login" in pack.manifest else []:
            way = choose_access(pack.manifest["login"]["access"], ci)
            yield _way(f"[{heading(ci)}](../{KINDS['ci'].folder}/{ci.name}.md)", way)

    def _ways_out(self, ci: Pack) -> Iterator[Mapping[str, str]]:
        """Yield how a CI system gets into each cluster and registry, and pushes commits."""
        for kind in ("cluster", "registry"):
            for pack in self.catalogue.all(kind):
                link = f"[{heading(pack)}](../{KINDS[kind].folder}/{pack.name}.md)"
                yield _way(link, choose_access(pack.get("login", {}).get("access", []), ci))
        git = ci.get("git", {})
        for way in git.get("access", []):
            if "field" in way:
                to = f"this repository, to push commits, with `{way['field']}`"
                yield _way(to, choose_access([way], ci, {way["field"]: True}))
        yield _way("this repository, to push commits", choose_access(git.get("access", []), ci))
        if "requests" in git:
            yield _way("this repository, to open pull requests", choose_access(git["requests"], ci))

    def _file(self, pack: Pack, file: Mapping[str, Any]) -> Mapping[str, str]:
        conditions = [f"one for each item of `{file['each']}`"] if "each" in file else []
        conditions += [_condition(name, wanted) for name, wanted in file.get("when", {}).items()]
        conditions += [self._run_by(pack)] if "script" in file else []
        return {
            "path": f"`{_HOLE.sub(lambda hole: _filled(pack, hole[1]), file['path'])}`",
            "when": cell(", ".join(conditions) or "always"),
            "whose": _WHOSE[file.get("ownership", "managed")],
        }

    def _run_by(self, pack: Pack) -> str:
        """Return which CI systems run the script of a pack: those for which it has no words of their own."""
        native = [
            heading(ci)
            for ci in self.cis
            if self.catalogue.find_template(f"{pack.id}/steps/{ci.name}.yaml") is not None
        ]
        return f"a job runs it; on {', '.join(native)} actions do the same" if native else "a job runs it"


def _shown(step: SetupStep) -> SetupStep:
    return step._replace(title=prose(step.title), why=prose(step.why[:1].upper() + step.why[1:]))


def _example(pack: Pack) -> str:
    """Return the path below examples/ of the sample of a pack of ours; empty when there is none."""
    name = f"{KINDS[pack.kind].folder}/{pack.name}"
    return name if (EXAMPLES / name).is_dir() else ""


def _image(registry: Pack) -> str:
    """Return an image of the registry: its own example, or one at its host."""
    example: str = registry.get("image", {}).get("example", "")
    host = next(iter(registry.get("hosts", [])), "*").replace("*", "registry.example.com")
    return example or f"{host}/acme/{APP}"


def _filled(pack: Pack, hole: str) -> str:
    """Return what stands for a value in a path: the default of a field of the pack's own, or a name in capitals."""
    section, _, field = hole.rpartition(".")
    default = pack.get("defaults", {}).get(field, {}).get("value") if section == pack.kind else None
    return str(default) if default else (section.rpartition(".")[2] if field == "name" and section else field).upper()


def _condition(name: str, wanted: Any) -> str:
    plain = f"when `{name}` is {'set' if wanted is True else 'not set' if wanted is False else f'`{wanted}`'}"
    return _WHEN.get((name, wanted), plain)


def _field(pack: Pack, name: str) -> Mapping[str, str]:
    described = pack.manifest["fields"][name]
    default = pack.get("defaults", {}).get(name)
    example = next(iter(described.get("examples", [])), None)
    meaning = described.get("description", "") + (f" Such as `{yaml(example)}`." if example is not None else "")
    text = "required" if name in pack.get("required", []) else ""
    if default is not None:
        text = f"`{yaml(default.get('value', default.get('values')))}`: {default['because']}"
    return {"name": name, "meaning": cell(meaning), "default": cell(text)}


def _way(other: str, way: Access) -> Mapping[str, str]:
    return {"other": other, "form": FORMS[way.form], "because": cell(way.because)}


def _credentials(ways: Iterable[Mapping[str, Any]]) -> list[Mapping[str, str]]:
    """Return each credential once, with every form of access that uses it."""
    found: dict[str, dict[str, str]] = {}
    for way in ways:
        for credential in way.get("credentials", []):
            told = {key: cell(credential.get(key, "")) for key in ("name", "kind", "purpose", "source")}
            known = found.setdefault(credential["name"], {**told, "form": ""})
            known["form"] = ", ".join(filter(None, (known["form"], FORMS[way["form"]])))
    return list(found.values())


def _limits(pack: Pack) -> Iterator[str]:
    """Yield the limits that the rest of the manifest tells."""
    offers = pack.get("offers", {})
    if not offers.get("paths", True):
        yield _EVERY_PUSH
    if not offers.get("environments", True):
        yield _ONE_STORE
    if "approval" in offers:
        approval = offers["approval"]
        yield f"Approvals: {approval['caution']}. A spec that wants one is warned; {approval['cure']}."
    if offers.get("previews"):
        why = offers["previews"]
        for mode, reason in why.items() if isinstance(why, dict) else [("", why)]:
            yield f"No `previews`{f' in {mode} mode' if mode else ''}: {reason}. A spec that wants them is refused."
    if pack.get("farewell", ""):
        yield f"When a spec no longer uses it, {pack.manifest['farewell']}."


def _pins(pack: Pack) -> list[Mapping[str, str]]:
    data = pack.get("data", {})
    found = [
        (f"{pin.kind} {pin.name}", f"{pin.version} ({pin.fixed[:7]})" if pin.fixed else pin.version, pin.checked)
        for pin in used(NO_PINS, {}, {pack.id: data})
    ]
    image = pack.get("login", {}).get("image", "")
    other = {key: value for key, value in data.items() if key not in ("actions", "tools", "hook", "after", "kept")}
    versions = [match for text in [image, *_texts(other)] if (match := _VERSIONED.match(text))]
    checked = str(data.get("checked", ""))
    found += [(f"image {match[1]}", match[2], checked) for match in versions]
    return [{"name": cell(name), "version": f"`{version}`", "seen": seen} for name, version, seen in found]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
