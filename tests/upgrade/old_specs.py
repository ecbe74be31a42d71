"""Specs of the previews in every way in which people write YAML, with what they mean, and what becomes of them."""

import copy
from random import Random
from typing import Any, NamedTuple

from hypothesis import strategies as st

BASE: dict[str, Any] = {
    "apiVersion": "gitopsgen/v1alpha1",
    "name": "shop",
    "image": "docker.io/acme/shop",
    "delivery": "ci",
    "runtime": {"name": "node"},
    "cluster": {"provider": "aks", "resourceGroup": "rg", "name": "prod"},
}
# Each may be in a spec or not.
OPTIONAL: dict[str, Any] = {
    "git": {"url": "https://github.com/acme/shop.git", "branch": "trunk"},
    "ports": [3000],
    "healthcheck": {"path": "/healthz", "port": 8080},
    "imagePullSecret": "regcred",
    "registry": {"type": "docker-hub"},
    "environment": "staging",
    "gitops": {"tool": "argocd", "namespace": "argocd"},
    "replicas": 3,
    "manifests": "deploy",
    "env": {"LOG_LEVEL": "info", "NOTE": "it's, [odd] {text}: # yes"},
    "resources": "small",
}
_FILES: tuple[Any, ...] = (None, "src", ["src", "app.js"], "src/[a-z]*.js")
UNTOUCHED = {"name", "image", "replicas", "manifests", "env", "resources"}


class Written(NamedTuple):
    """A spec as text. `untouched` are lines, without line ends, that no upgrade has a reason to change, in order."""

    data: dict[str, Any]
    text: str
    comments: list[str]
    untouched: list[str]
    line_end: str
    mark: bool

    @property
    def raw(self) -> bytes:
        return (b"\xef\xbb\xbf" if self.mark else b"") + self.text.encode()


def migrated(old: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a spec of the previews in the current version: what an upgrade has to come to."""
    new = copy.deepcopy(old)
    new["apiVersion"] = "gitopsgen/v1"
    new["mode"] = {"ci": "push", "operator": "pull"}[new.pop("delivery")]
    git = new.pop("git", {})
    new |= {to: git[at] for at, to in (("url", "repository"), ("branch", "branch")) if at in git}
    if "ports" in new:
        (new["port"],) = new.pop("ports")
    if "path" in (check := new.pop("healthcheck", {})):
        new["health"] = check["path"]
    if "files" in new["runtime"]:
        files = new["runtime"].pop("files")
        new["runtime"]["include"] = [files] if isinstance(files, str) else files
    if "provider" in new.get("cluster", {}):
        new["cluster"]["type"] = new["cluster"].pop("provider")
    if "tool" in new.get("gitops", {}):
        new["gitops"]["operator"] = new["gitops"].pop("tool")
    if "imagePullSecret" in new:
        registry = new.get("registry", {})
        new["registry"] = {"type": registry} if isinstance(registry, str) else registry
        new["registry"]["pullSecret"] = new.pop("imagePullSecret")
    if "environment" in new:
        new["environments"] = {new.pop("environment"): {}}
    return new


@st.composite
def old_data(draw: st.DrawFn) -> dict[str, Any]:
    """What a spec of the previews may say; its keys in any order."""
    data = copy.deepcopy(BASE)
    for key in draw(st.lists(st.sampled_from(sorted(OPTIONAL)), unique=True)):
        data[key] = copy.deepcopy(OPTIONAL[key])
    data["delivery"] = draw(st.sampled_from(["ci", "operator"]))
    files = draw(st.sampled_from(_FILES))
    if files is not None:
        data["runtime"]["files"] = files
    for key in ("git", "healthcheck"):
        if key in data and draw(st.booleans()):
            del data[key][draw(st.sampled_from(sorted(data[key])))]
    if "registry" in data and draw(st.booleans()):
        data["registry"] = "docker-hub"
    return {key: data[key] for key in draw(st.permutations(sorted(data)))}


class _Writer:
    """Writes data as YAML, each part in one of the ways to do it.

    One number chooses all of them: to let hypothesis choose each would take most of the time of the tests.
    """

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - nothing is secret here
        self.line_end = self.random.choice(["\n", "\n", "\r\n"])
        self.comments: list[str] = []

    def comment(self) -> str:
        self.comments.append(f"# c{len(self.comments)}: it's [a] {{comment}} & more")
        return self.comments[-1]

    def chance(self, of: int) -> bool:
        return self.random.randint(1, of) == 1

    def scalar(self, value: Any, *, flow: bool = False) -> str:
        if not isinstance(value, str):
            return str(value)
        quoted = ["'" + value.replace("'", "''") + "'", '"' + value.replace('"', '\\"') + '"']
        risky = ": " in value or " #" in value or (flow and set(value) & set(",[]{}"))
        return self.random.choice(quoted if risky else [value, value, *quoted])

    def inline(self, value: Any) -> str:
        """Return a value on one line."""
        space = " " if self.chance(3) else ""
        if isinstance(value, dict):
            inner = ", ".join(f"{self.scalar(key)}: {self.inline(item)}" for key, item in value.items())
            return f"{{{space}{inner}{space}}}"
        if isinstance(value, list):
            return f"[{space}{', '.join(map(self.inline, value))}{space}]"
        return self.scalar(value, flow=True)

    def brackets(self, value: dict[str, Any], indent: int) -> list[str]:
        """Return a flow mapping over several lines, with comments in it."""
        pad = " " * (indent + 4)
        lines = ["{"]
        for number, (key, item) in enumerate(value.items()):
            comma = "," if number + 1 < len(value) or self.chance(2) else ""
            lines += [pad + self.comment()] if self.chance(4) else []
            lines.append(f"{pad}{self.scalar(key)}: {self.inline(item)}{comma}{self.tail()}")
        return [*lines, " " * (indent + 2) + "}"]

    def tail(self) -> str:
        return self.random.choice([" ", "  ", "\t"]) + self.comment() if self.chance(4) else ""

    def above(self, indent: int) -> list[str]:
        lines = []
        while self.chance(4):
            pad = " " * self.random.choice([indent, indent, 0, indent + 1])
            lines.append("" if self.chance(3) else pad + self.comment())
        return lines

    def field(self, key: str, value: Any, indent: int) -> list[str]:
        """Return the lines of one field of a block mapping."""
        head = f"{' ' * indent}{self.scalar(key)}{' ' if self.chance(8) else ''}:"
        if isinstance(value, dict):
            style = self.random.choice(["block", "block", "inline", "brackets"])
            if style == "block":
                inner = indent + self.random.randint(1, 4)
                lines = [line for item in value.items() for line in [*self.above(inner), *self.field(*item, inner)]]
                return [head + self.tail(), *lines]
            if style == "brackets":
                first, *rest, last = self.brackets(value, indent)
                return [f"{head} {first}", *rest, last + self.tail()]
        if isinstance(value, list) and self.chance(2):
            inner = indent + self.random.randint(0, 3)
            items = [f"{' ' * inner}- {self.scalar(item)}{self.tail()}" for item in value]
            return [head + self.tail(), *items]
        if self.chance(10):
            return [head + self.tail(), f"{' ' * (indent + 2)}{self.inline(value)}{self.tail()}"]
        shown = self.scalar(value) if not isinstance(value, (dict, list)) else self.inline(value)
        return [f"{head} {shown}{self.tail()}"]


@st.composite
def old_specs(draw: st.DrawFn) -> Written:
    """A spec of the previews as somebody wrote it."""
    data, writer = draw(old_data()), _Writer(draw(st.integers(0, 2**32)))
    lines: list[str] = writer.random.choice([[], [], ["---"], ["# first", "---"]])
    writer.comments += [line for line in lines if line.startswith("#")]
    untouched: list[str] = []
    for key, value in data.items():
        lines = [*lines, *writer.above(0)]
        written = writer.field(key, value, 0)
        if key in UNTOUCHED or (key == "runtime" and "files" not in value):
            untouched += written
        lines += written
    text = writer.line_end.join([*lines, *writer.above(0)])
    end = "" if writer.chance(5) else writer.line_end
    return Written(data, text + end, writer.comments, untouched, writer.line_end, writer.chance(4))
