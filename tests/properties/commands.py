"""What is asked of gitopsgen, and killing it. Each step returns what it did, None when it has no place."""

import random
import re
import signal

from gitopsgen.core import errors

from .invariants import command, find_image, generate, handle_aside, never, unbelievable, verdicts
from .people import change_spec, switch_mode
from .world import EJECTED, KEPT, PATCHES, Broken, World

_OFFERED = re.compile(r"`gitopsgen ((?:generate|adopt|eject) [^`]+)`")
_DAMAGED = re.compile(r"^(\S+?)(?::\d+:\d+)?: block\.", re.MULTILINE)
_MOST_ROUNDS = 12
_LONGEST_RUN = 120
"""Operations of the file system in the longest run of a step."""


def run_generate(world: World, chance: random.Random) -> str | None:
    done = generate(world)
    return f"generate: {done.code}"


def take_or_keep(world: World, chance: random.Random) -> str | None:
    paths = _undecided(world)
    if not paths:
        return None
    words = []
    for path in chance.sample(paths, chance.choice((chance.randint(1, len(paths)), len(paths)))):
        words += [chance.choice(("--take", "--take", "--keep")), path]
    return _command(world, "generate", *words)


def take_any(world: World, chance: random.Random) -> str | None:
    paths = sorted({*world.outputs(), *world.ejected(), *world.people.absent})
    return _command(world, "generate", "--take", chance.choice(paths)) if paths else None


def adopt(world: World, chance: random.Random) -> str | None:
    written = {path for path in world.people.written.values() if world.exists(path)}
    paths = sorted({*written, *chance.sample(world.outputs(), min(2, len(world.outputs())))})
    count = chance.choice((0, 1, 1, 2))
    return _command(world, "adopt", *chance.sample(paths, min(count, len(paths))))


def drop(world: World, chance: random.Random) -> str | None:
    paths = world.patched()
    return _command(world, "adopt", "--drop", chance.choice(paths)) if paths else None


def eject(world: World, chance: random.Random) -> str | None:
    paths = sorted({*world.outputs(), *world.patched()})
    written = [path for path in paths if path in world.people.written.values()]
    if not paths:
        return None
    return _command(world, "eject", chance.choice(written if written and chance.random() < 0.6 else paths))


def back(world: World, chance: random.Random) -> str | None:
    paths = world.read(EJECTED).decode().split("\n")
    paths = [path for path in paths if path and not path.startswith("#")]
    return _command(world, "eject", "--back", chance.choice(paths)) if paths else None


def as_told(world: World, chance: random.Random) -> str | None:
    """Do one of the things that a refused run offers."""
    done = generate(world)
    offers = sorted(set(_OFFERED.findall(done.said)))
    if not offers:
        return f"generate: {done.code}, which offers nothing"
    return _command(world, *chance.choice(offers).split(" "))


def _take(world: World, words: list[str], chance: random.Random) -> None:
    """Take what is undecided; where that is refused as it would break what stays, do what this refusal offers."""
    done = command(world, "generate", *words)
    offers = sorted(set(_OFFERED.findall(done.said))) if done.code == errors.OUTPUT_INVALID else []
    if offers:
        command(world, *chance.choice(offers).split(" "))


def _take_as_told(world: World, takes: list[str], chance: random.Random) -> None:
    """Take what a refused run offers, and then what the next refusal offers: each says all that was said before."""
    for _ in range(_MOST_ROUNDS):
        done = command(world, *chance.choice(takes).split(" "))
        takes = [offer for offer in _OFFERED.findall(done.said) if "--take" in offer]
        if done.code != errors.CONFLICT or not takes:
            return


def come_clean(world: World, chance: random.Random) -> str | None:
    """Do what a refused run offers until one is not refused; whoever gives in everywhere gets there."""
    for _ in range(_MOST_ROUNDS):
        done = generate(world)
        if done.code == 0:
            return "clean"
        taken = [word for path in _undecided(world) for word in ("--take", path)]
        told = _OFFERED.findall(done.said)
        dropped = sorted({offer.removeprefix("adopt --drop ") for offer in told if offer.startswith("adopt --drop ")})
        takes = [offer for offer in told if "--take" in offer]
        damaged = sorted(set(_DAMAGED.findall(done.said)))
        for path in damaged:
            world.edit(path, b"")
        if taken:
            _take(world, taken, chance)
        elif dropped:
            if command(world, "adopt", "--drop", *dropped).code and not damaged:
                _remove_patches(world, dropped)
        elif takes:
            _take_as_told(world, takes, chance)
        elif not damaged:
            _remove_patches(world, world.patched())
    raise Broken(f"no-way-out: {_MOST_ROUNDS} rounds were not enough: {done.said}")


def _remove_patches(world: World, targets: list[str]) -> None:
    """Give up edits by removing their patches by hand."""
    for path in world.below(PATCHES):
        if path.removeprefix(f"{PATCHES}/").removesuffix(".yaml").removesuffix(".patch") in targets:
            lost = world.read(path)
            (world.root / path).unlink()
            for mark in [mark for mark in world.people.written if mark.encode() in lost]:
                del world.people.written[mark]
            world.trail.append(f"    rm {path}")
            world.outcomes["removed by hand"] = world.outcomes.get("removed by hand", 0) + 1


def _undecided(world: World) -> list[str]:
    return [path for path, verdict in verdicts(world).items() if verdict in ("edited", "foreign", "gone")]


def check(world: World, chance: random.Random) -> str | None:
    unbelievable(world)
    return "check"


def be_killed(world: World, chance: random.Random) -> str | None:
    """Kill a run that has something to do."""
    words = _something_to_do(world, chance)
    would_work = words == ["generate"] and world.gitopsgen("diff").code in (0, 1)
    at = int(_LONGEST_RUN ** chance.random())
    done = world.gitopsgen(*words, at=at)
    if done.code != -signal.SIGKILL:
        never(done, tuple(words))
        if done.code == 0:
            handle_aside(world, tuple(words))
        return f"not killed: {words}: {done.code}"
    world.outcomes["killed"] = world.outcomes.get("killed", 0) + 1
    world.people.aside.clear()
    named = set(words)
    world.people.absent -= named
    if world.people.image_at in named and world.read(world.people.image_at) != world.people.image:
        world.people.image = None
    find_image(world)
    kept = b"\n".join(world.read(path) for path in world.below(KEPT))
    gone = [mark for mark, home in world.people.written.items() if home in named and _is_given_up(words)]
    for mark in gone:
        # What is dropped is in the file until a run writes it again; its record has gone before.
        records = b"\n".join(world.read(path) for path in world.below(PATCHES))
        places = records if "--drop" in words else world.read(world.people.written[mark])
        if mark.encode() not in places and mark.encode() in kept:
            del world.people.written[mark]
    if would_work and generate(world).code:
        raise Broken("not-finished: generate was killed, and the next one is refused")
    return f"killed: {words} at {at}"


def _is_given_up(words: list[str]) -> bool:
    return words[:2] == ["adopt", "--drop"] or "--take" in words


def _something_to_do(world: World, chance: random.Random) -> list[str]:
    patched, written = world.patched(), sorted(set(world.people.written.values()))
    kind = chance.random()
    if kind < 0.15 and patched:
        return ["adopt", "--drop", chance.choice(patched)]
    if kind < 0.3 and written:
        return ["adopt", chance.choice(written)]
    if kind < 0.4 and world.outputs():
        return ["eject", chance.choice(world.outputs())]
    if kind < 0.5 and written:
        return ["generate", "--take", chance.choice(written)]
    if kind < 0.9:
        (switch_mode if chance.random() < 0.3 else change_spec)(world, chance)
    return ["generate"]


def _command(world: World, *words: str) -> str:
    return f"{' '.join(words)}: {command(world, *words).code}"
