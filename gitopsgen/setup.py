"""What a person must do outside the repository, in order: derived from the plan, told by the packs."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.suggest import did_you_mean
from gitopsgen.due import Remembered, is_due
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
    "files": "what a person adds to what is written: all of it goes into the commit",
    "commit": "git",
    "build": "the first run of CI",
    "deliver": "the app is handed over to the operator",
    "verify": "see that it works",
    "protect": "the branch; last, so that it is in nobody's way until everything runs",
    "later": "nothing to do now",
}
_PARTS = ("phase", "title", "why", "commands", "code", "see", "sets", "done", "formerly")
# What every shell has, or every system that has one.
_EVERYWHERE = re.compile("base64|cat|cut|echo|export|ls|mkdir|mktemp|printf|read|rm|stty|tail|test|tr|umask")
_QUOTED = re.compile(r"'[^']*'|\"(?:[^\"\\]|\\.)*\"")
_PROGRAM = re.compile(r"(?:^|[|&;(]|\bif\s|\bthen\s)\s*(?:[A-Za-z_]\w*=[^\s(]*\s+)*([a-z][\w.-]*)(?=\s|$|\))")

_MADE = re.compile(r"(?:^|[\s;&])(?:read -r )?([A-Z][A-Z0-9_]*)(?==)|read -r ([A-Z][A-Z0-9_]*)")
_USED = re.compile(r"\$\{?([A-Z][A-Z0-9_]*)")
_NEXT = re.compile(r"&&|\|\||;")


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


class _Entry(NamedTuple):
    """A step as it is written in the set-up of a pack, and for which plan."""

    plan: Plan
    pack: Pack
    written: Mapping[str, Any]
    step: SetupStep


def setup_steps(
    services: Sequence[Service], renderer: Renderer, root: str = "", new: Container[str] = (), only: str = ""
) -> list[SetupStep]:
    """Return the steps in the order to do them, without those that are done in the repository at `root`.

    A credential that no pack's step sets has a step all the same; what two packs ask for is there once. With `new`, the
    names of services that have come to others, only what is to be done because of them; with `only` what one service
    needs, alone or with others. Raises TemplateError for a set-up template that cannot be used.
    """
    remembered = Remembered(root)
    told = _all_told(services, renderer, remembered)
    in_code = {service.packs["runtime"].id for service in services} if len(services) > 1 else set()
    named = _told_apart(told, in_code)
    if only:
        return _with_makers([step for step, _ in named], [_concerns(each, services, only) for each in told])
    others = [service for service in services if service.plan.name not in new]
    if not new or not others:
        return [step for step, _ in named]
    known = {each.does for each in _all_told(others, renderer, remembered)}
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
    needed: set[str] = set()
    kept = []
    for step, is_wanted in reversed(list(zip(steps, wanted, strict=True))):
        read, made = _variables(step.commands)
        if is_wanted or not needed.isdisjoint(made):
            kept.append(step)
            needed = (needed - made) | read
    return kept[::-1]


def _variables(commands: Iterable[str]) -> tuple[set[str], set[str]]:
    """Return the shell variables that commands read before they make them, and those that they make."""
    read: set[str] = set()
    made: set[str] = set()
    for command in (part for line in commands for part in _NEXT.split(line)):
        read |= set(_USED.findall(command)) - made
        made |= {name for pair in _MADE.findall(command) for name in pair if name}
    return read, made


def _all_told(services: Sequence[Service], renderer: Renderer, remembered: Remembered) -> list[_Told]:
    once: dict[tuple[object, ...], _Told] = {}
    entries = [each for number in range(len(services)) for each in _entries(services, number, renderer)]
    if remembered.root:
        remembered.learn(path for each in entries for path in each.written.get("formerly", ()))
    for plan, pack, written, step in entries:
        with _readable(pack):
            if not is_due(written, plan, remembered):
                continue
        key = (step.phase, step.title, step.why, step.commands, step.sets)
        users = once.setdefault(key, _Told(step, [])).names
        if plan.name not in users:
            users.append(plan.name)
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


def _entries(services: Sequence[Service], number: int, renderer: Renderer) -> Iterator[_Entry]:
    import ryaml

    plan, packs = services[number]
    plan = plan._replace(trusts=tuple(_of_all(trust, services) for trust in plan.trusts))
    for kind in sorted(packs):
        pack = packs[kind]
        if number and pack in services[0].packs.values() and pack.kind == REPOSITORY:
            continue  # what is to be done for the repository is said by the first service for all
        text = renderer.render_setup(plan, pack, [service.plan for service in services])
        with _readable(pack):
            written = ryaml.loads(text) if text.strip() else []
            entries = [_Entry(plan, pack, each, _step(each, pack)) for each in written]
        yield from entries


@contextmanager
def _readable(pack: Pack) -> Iterator[None]:
    """Turn what goes wrong with the steps of a pack into what its author can mend. Raises TemplateError."""
    import ryaml

    mistakes = (LookupError, TypeError, ValueError, AttributeError, StopIteration, re.error)
    try:
        yield
    except (ryaml.InvalidYamlError, *mistakes) as error:
        template = f"{pack.id}/{pack.get('setup', '')}"
        cure = f"a list of steps with phase ({', '.join(PHASES)}), title, why and commands"
        raise TemplateError(Diagnostic("setup.unreadable", f"{error}", cure, template)) from error


def _of_all(trust: Trust, services: Sequence[Service]) -> Trust:
    """Return a trust with the subjects of all apps: what they trust is one identity for each CI environment."""
    alike = [
        other
        for service in services
        for other in service.plan.trusts
        if (other.environment, other.to) == (trust.environment, trust.to)
    ]
    return trust._replace(subjects=tuple(dict.fromkeys(subject for other in alike for subject in other.subjects)))


def _step(entry: Mapping[str, Any], pack: Pack) -> SetupStep:
    unknown = [name for name in entry if name not in _PARTS]
    if unknown:
        raise ValueError(f'a step has no part "{unknown[0]}"{did_you_mean(unknown[0], _PARTS)}')
    lists = [entry.get("commands") or [], entry.get("code", []), entry.get("sets", []), entry.get("formerly", [])]
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
    return tuple(dict.fromkeys(name for name in found if not _EVERYWHERE.fullmatch(name)))


def _active(quoted: re.Match[str]) -> str:
    """Return what a shell still acts on within quotes: a command whose output stands there."""
    text = quoted[0]
    return text[text.index("$(") : -1] if text.startswith('"') and "$(" in text else "''"
