"""What git does with all of it. Each step returns what it did, None when it has no place."""

import random

from .apps import SPEC, TEMPLATES, is_image, read_app, recorded
from .world import EJECTED, KEPT, LOCK, PATCHES, People, World

_MARKS = (b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>")


def commit(world: World, chance: random.Random) -> str | None:
    world.git("add", "-A")
    world.git("commit", "-q", "--allow-empty", "-m", "x")
    world.committed = world.people.copy()
    return "commit"


def reset(world: World, chance: random.Random) -> str | None:
    """Give up everything since the last commit."""
    if chance.random() < 0.6 or not world.git("rev-parse", "--verify", "-q", "HEAD", fails=True):
        return None
    world.git("reset", "-q", "--hard")
    world.git("clean", "-q", "-f", "-d")
    world.people = _as_on_disk(world, world.committed.copy())
    return "git reset --hard"


def branch(world: World, chance: random.Random) -> str | None:
    """Start a second branch; the next steps happen on one of the two."""
    if world.other is not None:
        return None
    commit(world, chance)
    world.git("checkout", "-q", "-b", f"b{world.mark}")
    world.base, world.other = world.people.copy(), world.people.copy()
    return f"git checkout -b b{world.mark}"


def switch(world: World, chance: random.Random) -> str | None:
    if world.other is None:
        return None
    commit(world, chance)
    world.git("checkout", "-q", "-")
    aside = world.people.aside
    world.people, world.other = world.other, world.people
    world.people.aside = aside
    world.committed = world.people.copy()
    return "git checkout -"


def merge(world: World, chance: random.Random) -> str | None:
    """Merge the other branch into this one; generated files and the lock stay as git leaves them."""
    if world.other is None or world.base is None:
        return None
    commit(world, chance)
    name = world.git("rev-parse", "--abbrev-ref", "@{-1}").strip()
    world.git("merge", "-q", "--no-edit", name, fails=True)
    given_up: set[str] = set()
    for path in world.git("diff", "--name-only", "-z", "--diff-filter=U").split("\0"):
        if path and _is_for_people(path):
            given_up |= _choose(world, path, chance.choice(("--ours", "--theirs")))
    if world.exists(EJECTED):
        world.write(EJECTED, _without_marks(world.read(EJECTED)))
    if read_app(world.read(SPEC).decode()) is None:
        _choose(world, SPEC, "--ours")
    here, there, base = world.people, world.other, world.base
    alive = {**there.written, **here.written}
    dead = given_up | {mark for mark in base.written if mark not in here.written or mark not in there.written}
    merged = People({mark: path for mark, path in alive.items() if mark not in dead}, here.aside)
    merged.image_at = here.image_at or there.image_at
    merged.image_stays = here.image_stays or there.image_stays
    merged.image = here.image or there.image
    world.people = _as_on_disk(world, merged)
    world.other = world.base = None
    if chance.random() < 0.5:
        commit(world, chance)
    world.git("branch", "-D", name, fails=True)
    return f"git merge {name}"


def _without_marks(raw: bytes) -> bytes:
    """Do what gitopsgen tells a person to do with a list that git did not merge by itself."""
    return b"".join(line for line in raw.splitlines(keepends=True) if not line.startswith(_MARKS))


def _is_for_people(path: str) -> bool:
    """Whether gitopsgen cannot know which side is meant, so that a person has to choose."""
    return path.startswith((SPEC, PATCHES, TEMPLATES)) or is_image(path)


def _choose(world: World, path: str, side: str) -> set[str]:
    """Decide for one side; return the marks of a patch of the other, which a person gives up with that."""
    sides = "".join(world.git("cat-file", "blob", f":{stage}:{path}", fails=True) for stage in (2, 3))
    chosen = world.git("checkout", "-q", side, "--", path, fails=True)
    if b"<<<<<<< " in world.read(path) or "error" in chosen:
        world.git("checkout", "-q", "HEAD", "--", path, fails=True)
    marks = {*world.people.written, *(world.other.written if world.other else ())}
    kept = world.read(path).decode()
    return {mark for mark in marks if path.startswith(PATCHES) and mark in sides and mark not in kept}


def _as_on_disk(world: World, people: People) -> People:
    """Return the people with what git has made of their files: git, and nobody else, was at work."""
    files = {path: file.data for path, file in world.tree().items() if not path.startswith((KEPT, LOCK))}
    for mark, home in list(people.written.items()):
        homes = sorted(path for path, data in files.items() if mark.encode() in data)
        if home not in homes:
            del people.written[mark]
            people.written |= dict.fromkeys([mark], homes[0]) if homes else {}
    aside = b"\n".join(world.read(path) for path in world.below(KEPT))
    people.aside = {mark for mark in people.aside if mark.encode() in aside}
    people.absent = set()
    images = {path: recorded(text) for path, text in files.items() if is_image(path)}
    at = world.app().image_file
    people.image_at = at if images.get(at) else people.image_at
    people.image = images.get(people.image_at) or None if people.image is not None else None
    people.beside = {path: images[path] for path in world.image_files() if path in images and path != people.image_at}
    return people
