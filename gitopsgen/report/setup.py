"""The steps outside the repository as Markdown and JSON, and what was seen of them, in each form."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from gitopsgen.report.safe import safe
from gitopsgen.report.steps import Step

FORMAT = 1
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&$!])")
# What would begin a list, a heading or a quotation.
_FIRST = re.compile(r"^(\s*)([-+=]|\d+(?=[.)]))")
# Code hosts tell a person whose name stands after an at sign; an empty comment keeps the two apart.
_MENTION = re.compile(r"(?<![\w/])@(?=\w)")
_MARKS = {"good": "[x]", "missing": "[ ]", "unseen": "[?]"}


class NumberedStep(Step, Protocol):
    """What machines are told of a step besides."""

    @property
    def phase(self) -> str:
        """When its turn comes."""

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that its commands run."""

    @property
    def see(self) -> str:
        """A command that shows whether it is done."""

    @property
    def sets(self) -> tuple[str, ...]:
        """Environment and key of the credential that it sets."""

    @property
    def pack(self) -> str:
        """The pack that brings it."""


class Seen(Protocol):
    """One thing that was looked at."""

    @property
    def verdict(self) -> str:
        """`good`, `missing` or `unseen`."""

    @property
    def what(self) -> str:
        """What was seen."""

    @property
    def cure(self) -> str:
        """How to get there, or how to see for oneself."""

    @property
    def step(self) -> int:
        """The number of its step, 0 for none."""


class Listed(Protocol):
    """A credential of the CI system."""

    @property
    def key(self) -> str:
        """What it is called there."""

    @property
    def kind(self) -> str:
        """`secret` or `variable`."""

    @property
    def environment(self) -> str:
        """The CI environment that holds it."""

    @property
    def purpose(self) -> str:
        """What it is for."""

    @property
    def source(self) -> str:
        """Where its value comes from."""

    @property
    def pack(self) -> str:
        """Whose it is."""


class Setup(NamedTuple):
    """All that there is to tell: `checks` is None when nothing was looked at."""

    app: str
    mode: str
    repository: str
    branch: str
    steps: Sequence[NumberedStep]
    credentials: Sequence[Listed]
    checks: Sequence[Seen] | None = None


def setup_json(setup: Setup, *, version: str) -> str:
    """Return one JSON document. Fields are only ever added; `format` grows when one goes."""
    import json

    document: dict[str, Any] = {
        "format": FORMAT,
        "tool": {"name": "gitopsgen", "version": version},
        "app": setup.app,
        "mode": setup.mode,
        "repository": setup.repository,
        "branch": setup.branch,
        "steps": [_step_data(number, step) for number, step in enumerate(setup.steps, 1)],
        "credentials": [_fields(each, _CREDENTIAL) for each in setup.credentials],
    }
    if setup.checks is not None:
        document["checks"] = [_fields(check, ("verdict", "what", "cure", "step")) for check in setup.checks]
    return json.dumps(document, indent=2) + "\n"


_STEP = ("phase", "title", "why", "commands", "code", "tools", "see", "pack")
_CREDENTIAL = ("key", "kind", "environment", "purpose", "source", "pack")


def _step_data(number: int, step: NumberedStep) -> dict[str, Any]:
    sets = dict(zip(("environment", "key"), step.sets, strict=True)) if step.sets else None
    return {"number": number, **_fields(step, _STEP), "sets": sets}


def _fields(item: object, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(item, name) for name in names}


def setup_markdown(setup: Setup) -> str:
    """Return the steps, to be pasted into a ticket: nothing of the spec is markup there."""
    parts = [f"# Set up {_markdown(setup.app)}\n"]
    for number, step in enumerate(setup.steps, 1):
        parts.append(f"## {number}. {_markdown(step.title)}\n")
        parts += [f"{_markdown(step.why)}\n"] if step.why else []
        parts += [_fenced("sh", step.commands)] if step.commands else []
        parts += [_fenced("text", step.code)] if step.code else []
    return "\n".join(parts)


def checks_markdown(setup: Setup) -> str:
    """Return what was seen as a list."""
    lines = [f"# What can be seen of the set-up of {_markdown(setup.app)}\n\n"]
    for check in setup.checks or ():
        cure = f": {_markdown(check.cure)}" if check.cure else ""
        lines.append(f"- `{_MARKS[check.verdict]}` {check.verdict}: {_markdown(check.what)}{cure}\n")
    return "".join(lines)


def checks_text(checks: Sequence[Seen]) -> str:
    """Return a line for each thing that was looked at, with the cure below it, and the sum."""
    lines = []
    for check in checks:
        number = f"step {check.step}: " if check.step and check.verdict == "unseen" else ""
        lines.append(f"{check.verdict:8} {number}{safe(check.what)}\n")
        lines += [f"           cure: {safe(check.cure)}\n"] if check.cure else []
    count = {verdict: sum(check.verdict == verdict for check in checks) for verdict in _MARKS}
    lines.append(
        f"gitopsgen: {count['good']} seen good, {count['missing']} missing, "
        f"{count['unseen']} cannot be seen from here\n"
    )
    return "".join(lines)


def _markdown(text: str) -> str:
    """Return a text as one line of Markdown; what stands between backticks is code, all else is plain."""
    pieces = safe(text).split("`")
    if len(pieces) % 2 == 0:
        return _plain(safe(text))
    return "".join(f"`{piece}`" if place % 2 and piece else _plain(piece) for place, piece in enumerate(pieces))


def _plain(text: str) -> str:
    escaped = _FIRST.sub(r"\1\\\2" if not text[:1].isdigit() else r"\1\2\\", _MARKUP.sub(r"\\\1", text))
    return _MENTION.sub("@<!-- -->", escaped)


def _fenced(language: str, lines: Sequence[str]) -> str:
    shown = [safe(line) for line in lines]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "".join(f"{line}\n" for line in (f"{fence}{language}", *shown, fence))
