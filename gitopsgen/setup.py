"""What a person must do outside the repository, in order: derived from the plan, told by the packs.

A step may say by `done`, a list of sources as in a pack's `detect` section, how one sees in the repository that nothing
is left to do; then it is not told. A source with `root` looks from the root, others in the folder of the app. A step
about an earlier way of delivery names by `formerly` files of that: it is told where git remembers one of them.
"""

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.git import git
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.detect import finds
from gitopsgen.packs.catalogue import Pack
from gitopsgen.packs.validate import REPOSITORY
from gitopsgen.plan.model import Credential, Plan, Service, Trust
from gitopsgen.render.renderer import Renderer, TemplateError

# In the order in which a person can do them: what a step needs is there when its turn comes.
PHASES = {
    "accounts": "places that hold something: environments, contexts, repositories of images",
    "trust": "identities, what they may do, and who may take them on",
    "credentials": "the values that CI reads, most of which the steps before have made",
    "operator": "what the cluster needs before the first delivery",
    "commit": "git",
    "build": "the first run of CI",
    "deliver": "the app is handed over to the operator",
    "verify": "see that it works",
    "protect": "the branch; last, so that it is in nobody's way until everything runs",
    "later": "nothing to do now",
}
_PARTS = ("phase", "title", "why", "commands", "code", "see", "sets", "done", "formerly")
# What every shell has, or every system that has one.
_EVERYWHERE = frozenset(
    (
        "base64",
        "cat",
        "cut",
        "echo",
        "export",
        "ls",
        "mkdir",
        "mktemp",
        "printf",
        "read",
        "rm",
        "stty",
        "tail",
        "test",
        "tr",
        "umask",
    )
)
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_PROGRAM = re.compile(r"(?:^|[|&;(]|\bif\s|\bthen\s)\s*(?:[A-Za-z_]\w*=[^\s(]*\s+)*([a-z][\w.-]*)(?=\s|$|\))")

_MADE = re.compile(r"(?:^|[\s;&])(?:read -r )?([A-Z][A-Z0-9_]*)(?==)|read -r ([A-Z][A-Z0-9_]*)")
_USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")


class SetupStep(NamedTuple):
    """One step: what to do and why, with the commands that do it, to be pasted into one POSIX shell, step after step.

    `code` are lines that go into a file or a form, not into a shell. `see` is a command that shows whether the step is
    done, empty without one. `sets` is the credential that the step sets: its CI environment and its key there.
    """

    phase: str
    title: str
    why: str
    commands: tuple[str, ...]
    code: tuple[str, ...]
    see: str
    sets: tuple[str, ...]
    pack: str

    @property
    def tools(self) -> tuple[str, ...]:
        """The programs that the commands run, but for those that every system with a shell has."""
        return tools_of(self.commands)


class _Told(NamedTuple):
    """A step as the packs have it, and the names of the services that need it."""

    step: SetupStep
    names: list[str]

    @property
    def does(self) -> tuple[object, ...]:
        """What makes it the same as one that was done before: a reason may have got longer since."""
        step = self.step
        return step.phase, step.title, step.commands or step.why, step.code, step.sets


def setup_steps(
    services: Sequence[Service], renderer: Renderer, root: str = "", new: Container[str] = (), only: str = ""
) -> list[SetupStep]:
    """Return the steps in the order to do them, without those that are done in the repository at `root`.

    A credential that no pack's step sets has a step all the same; what two packs ask for is there once. With `new`, the
    names of services that have come to others, only what is to be done because of them; with `only` what one service
    needs, alone or with others. Raises TemplateError for a set-up template that cannot be used.
    """
    told = _all_told(services, renderer, root)
    in_code = {service.packs["runtime"].id for service in services} if len(services) > 1 else set()
    named = _told_apart(told, in_code)
    if only:
        return _with_makers([step for step, _ in named], [_concerns(each, services, only) for each in told])
    others = [service for service in services if service.plan.name not in new]
    if not new or not others:
        return [step for step, _ in named]
    known = {each.does for each in _all_told(others, renderer, root)}
    fresh = [
        each.step.phase == "deliver" or each.does not in known or (each.step.pack in in_code and _any(each.names, new))
        for each in told
    ]
    return _with_makers([step for step, _ in named], fresh)


def _concerns(told: _Told, services: Sequence[Service], name: str) -> bool:
    """Whether a service needs the step: for itself, for its pipeline, or because the repository does."""
    plan = next(service.plan for service in services if service.plan.name == name)
    is_shared = told.step.pack.split("/")[0] == REPOSITORY
    return name in told.names or is_shared or told.step.sets in [(one.environment, one.key) for one in plan.credentials]


def _any(names: Iterable[str], new: Container[str]) -> bool:
    return any(name in new for name in names)


def _with_makers(steps: Sequence[SetupStep], wanted: Sequence[bool]) -> list[SetupStep]:
    """Return the wanted steps, and those before them that make the shell variables that they read."""
    used: set[str] = set()
    kept = []
    for step, is_wanted in reversed(list(zip(steps, wanted, strict=True))):
        made = {name for command in step.commands for pair in _MADE.findall(command) for name in pair if name}
        if is_wanted or not used.isdisjoint(made):
            kept.append(step)
            used = (used - made) | {name for command in step.commands for name in _USED.findall(command)}
    return kept[::-1]


def _all_told(services: Sequence[Service], renderer: Renderer, root: str) -> list[_Told]:
    once: dict[tuple[object, ...], _Told] = {}
    for number, service in enumerate(services):
        for step in _of_service(services, number, renderer, root):
            key = (step.phase, step.title, step.why, step.commands, step.sets)
            users = once.setdefault(key, _Told(step, [])).names
            if service.plan.name not in users:
                users.append(service.plan.name)
    told = list(once.values())
    listed = dict.fromkeys(each for service in services for each in service.plan.credentials)
    set_by_packs = {each.step.sets for each in told}
    told += [_Told(_untold(each), []) for each in listed if (each.environment, each.key) not in set_by_packs]
    order = list(PHASES)
    # What is said for all comes after what each service is told of the same.
    return sorted(told, key=lambda each: (order.index(each.step.phase), _is_last(each.step)))


def _is_last(step: SetupStep) -> bool:
    return step.phase == "later" and step.pack.split("/")[0] == REPOSITORY


def _told_apart(told: Sequence[_Told], in_code: Container[str]) -> list[_Told]:
    """Put the names of its services before the title of a step, where other services have another of that title.

    What is done in the code of an app always has them: `in_code` are the packs that tell of it.
    """
    groups: dict[str, set[tuple[str, ...]]] = {}
    for step, names in told:
        groups.setdefault(step.title, set()).add(tuple(names))
    return [
        _Told(step._replace(title=f"{', '.join(names)}: {step.title}"), names)
        if names and (len(groups[step.title]) > 1 or step.pack in in_code)
        else _Told(step, names)
        for step, names in told
    ]


def _of_service(services: Sequence[Service], number: int, renderer: Renderer, root: str) -> list[SetupStep]:
    import ryaml

    plan, packs = services[number]
    plan = plan._replace(trusts=tuple(_of_all(trust, services) for trust in plan.trusts))
    steps = []
    for kind in sorted(packs):
        pack = packs[kind]
        if number and pack in services[0].packs.values() and pack.kind == REPOSITORY:
            continue  # what is to be done for the repository is said by the first service for all
        text = renderer.render_setup(plan, pack, [service.plan for service in services])
        try:
            entries = ryaml.loads(text) if text.strip() else []
            steps += [_step(entry, pack) for entry in entries if _is_due(entry, plan, root)]
        except (
            ryaml.InvalidYamlError,
            LookupError,
            TypeError,
            ValueError,
            AttributeError,
            StopIteration,
            re.error,
        ) as error:
            template = f"{pack.id}/{pack.get('setup', '')}"
            cure = f"a list of steps with phase ({', '.join(PHASES)}), title, why and commands"
            raise TemplateError(Diagnostic("setup.unreadable", f"{error}", cure, template)) from error
    return steps


def _of_all(trust: Trust, services: Sequence[Service]) -> Trust:
    """Return a trust with the subjects of all apps: what they trust is one identity for each CI environment."""
    alike = [
        other
        for service in services
        for other in service.plan.trusts
        if (other.environment, other.to) == (trust.environment, trust.to)
    ]
    return trust._replace(subjects=tuple(dict.fromkeys(subject for other in alike for subject in other.subjects)))


def _is_due(entry: Mapping[str, Any], plan: Plan, root: str) -> bool:
    former = entry.get("formerly", ())
    if former and not (root and git(root, "log", "-1", "--format=%h", "--", *former)):
        return False
    if former and git(root, "ls-tree", "--name-only", "HEAD", "--", *former):
        return True  # the way of delivery changes just now: what looks done may be so since long ago
    known = {f"runtime.{field}": value for field, value in plan.runtime.items()}
    # In the folder of the app, but for what is said to be seen from the root.
    done: dict[str, list[Mapping[str, Any]]] = {"": [], plan.runtime["folder"]: []}
    for source in entry.get("done", ()):
        done["" if source.get("root") else plan.runtime["folder"]].append(source)
    return not (root and any(finds(root, folder, sources, known) for folder, sources in done.items()))


def _step(entry: Mapping[str, Any], pack: Pack) -> SetupStep:
    unknown = [name for name in entry if name not in _PARTS]
    if unknown:
        raise ValueError(f'a step has no part "{unknown[0]}"{did_you_mean(unknown[0], _PARTS)}')
    lists = [entry["commands"], entry.get("code", []), entry.get("sets", []), entry.get("formerly", [])]
    texts = [entry["phase"], entry["title"], entry.get("why", ""), entry.get("see", "")]
    if not all(isinstance(known, list) for known in lists):
        raise ValueError(f'the commands of the step "{entry["title"]}" are no list')
    if not all(isinstance(text, str) for text in (*texts, *(text for known in lists for text in known))):
        raise ValueError(f'a part of the step "{entry["title"]}" is no text')
    phase, title, why, see = texts
    if phase not in PHASES:
        raise ValueError(f'there is no phase "{phase}"{did_you_mean(phase, PHASES)}')
    commands, code, sets, _ = map(tuple, lists)
    return SetupStep(phase, title, why, commands, code, see, sets, pack.id)


def _untold(credential: Credential) -> SetupStep:
    where = f" for the environment {credential.environment}" if credential.environment else ""
    return SetupStep(
        "credentials",
        f"Set the {credential.kind} {credential.key} in the CI system{where}",
        credential.why,
        (),
        (),
        "",
        (credential.environment, credential.key),
        credential.pack,
    )


def tools_of(commands: Iterable[str]) -> tuple[str, ...]:
    """Return the programs that shell commands run, each once, without those that are everywhere."""
    found = [name for command in commands for name in _PROGRAM.findall(_QUOTED.sub(_active, command))]
    return tuple(dict.fromkeys(name for name in found if name not in _EVERYWHERE))


def _active(quoted: re.Match[str]) -> str:
    """Return what a shell still acts on within quotes: a command whose output stands there."""
    text = quoted[0]
    return text[text.index("$(") : -1] if text.startswith('"') and "$(" in text else "''"
