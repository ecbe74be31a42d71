"""What `init` found, as text: the app in one line, every fact with its place, what tipped the scale, what is open."""

from collections.abc import Collection, Iterator

from gitopsgen.detect import Candidate, Detection, Fact
from gitopsgen.render.escape import yaml
from gitopsgen.report.safe import safe


def facts_text(found: Detection, told: Collection[str] = ()) -> str:
    """Return what was detected, each with its evidence, and what could not be told; without fields that are told."""
    facts = [fact for fact in found.facts if fact.field not in told]
    width = max((len(fact.field) for fact in facts), default=0)
    app = _app(found.facts)
    lines = [f"{safe(app)}\n"] if app else []
    lines += ["found:\n"] if facts else []
    lines += [f"  {fact.field:{width}}  {safe(_value(fact.value))}  ({safe(fact.evidence)})\n" for fact in facts]
    lines += [f"  candidate for {line}\n" for line in map(_candidate, found.candidates)]
    lines += [f"  ? {safe(text)}\n" for text in found.problems]
    lines += [f"  {line}\n" for line in _offers(found)]
    return "".join(lines)


def services_text(found: Detection) -> str:
    """Return the apps of a monorepo and how to go on, empty when there are none."""
    if not found.services:
        return ""
    width = max(len(service.folder) for service in found.services)
    names = [
        f"  {safe(service.folder):{width}}  {service.runtime}  ({safe(service.evidence)})\n"
        for service in found.services
    ]
    first = safe(found.services[0].folder)
    return "".join(
        [
            "the app is not at the root; there are apps in:\n",
            *names,
            f"one of them from here, with lock files and workspaces in reach: `gitopsgen init --folder {first}`\n",
            *(
                f"or the root itself, as its {safe(offer.evidence)} has it: `gitopsgen init --runtime {offer.value}`\n"
                for offer in found.offers
                if offer.field == "runtime.name"
            ),
            "or all of them, each with a spec of its own and delivered together: `gitopsgen init --workspace`\n",
        ]
    )


def _offers(found: Detection) -> Iterator[str]:
    """Yield what else could be taken, where something was recognised."""
    known = {fact.field for fact in found.facts}
    for offer in found.offers:
        if offer.field in known:
            flag = f"--{offer.field.partition('.')[0]} {offer.value}"
            yield f"there is a {safe(offer.evidence)} too; `{flag}` takes it as it is"


def _app(facts: list[Fact]) -> str:
    """Return the app as one would say it: runtime and version, package manager, framework and port, commands."""
    known = {fact.field: fact for fact in facts}
    if "runtime.name" not in known:
        return ""
    return ", ".join(_parts(known))


def _parts(known: dict[str, Fact]) -> Iterator[str]:
    name, version = known["runtime.name"], known.get("runtime.version")
    place = version or name
    yield f"{name.value}{f' {version.value}' if version else ''} ({place.evidence})"
    manager, framework, port = (known.get(field) for field in ("runtime.packageManager", "runtime.framework", "port"))
    if manager:
        yield f"{manager.value} ({manager.evidence})"
    if framework and port:
        yield f"{framework.value} on {port.value} ({port.evidence})"
    elif framework:
        yield f"{framework.value} ({framework.evidence})"
    elif port:
        yield f"port {port.value} ({port.evidence})"
    for word in ("build", "start", "test"):
        if command := known.get(f"runtime.{word}"):
            yield f"{word}: {_value(command.value)}"


def _candidate(candidate: Candidate) -> str:
    clues = ", ".join(f"{evidence} {weight:+d}" for weight, evidence in candidate.clues)
    return f"{candidate.field}: {candidate.name}, weight {candidate.weight} ({safe(clues)})"


def _value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return value if isinstance(value, str) else yaml(value)
