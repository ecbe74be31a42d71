"""What holds after every step, and around every run."""

import json
from itertools import pairwise

from gitopsgen import __version__
from gitopsgen.unchanged import unchanged
from tests.crash.zygote import Run

from .world import KEPT, LOCK, PATCHES, STAGING, Broken, Tree, World

_CODES = (0, 1, 2, 3, 4, 5, 6)
_QUIET = ("check", "diff", "status")


def command(world: World, *words: str) -> Run:
    """Run a command that nobody kills, and look whether it kept the rules that hold for each."""
    before = world.tree()
    done = world.gitopsgen(*words)
    never(done, words)
    after = world.tree()
    if done.code or words[0] in _QUIET:
        _same("refused-but-written", before, after, f"{words} -> {done.code}")
    world.outcomes[f"{words[0]} {done.code}"] = world.outcomes.get(f"{words[0]} {done.code}", 0) + 1
    if done.code == 0 and words[0] not in _QUIET:
        handle_aside(world, words)
        if words[0] == "adopt" and not _taken(words):
            _only_records(before, after)
            _adopted(world, words[1:])
        elif words[0] == "eject" and "--back" not in words:
            _untouched(before, after, words[1:])
        else:
            _generated(world, words)
    return done


def generate(world: World) -> Run:
    """Run plain generate, and compare what it does with what diff says."""
    before = world.tree()
    told = world.gitopsgen("diff")
    never(told, ("diff",))
    expected = _applied(world, told.out.encode(), before) if told.code in (0, 1) else None
    done = command(world, "generate")
    wanted = 0 if told.code in (0, 1) else told.code
    if done.code != wanted:
        raise Broken(f"diff-disagrees: diff {told.code}, generate {done.code}: {done.said}")
    if expected is not None:
        _same("diff-lies", expected, world.tree(), told.out[-1000:], without=(f"{KEPT}/", STAGING))
    return done


def always(world: World) -> None:
    """What holds after every step."""
    people = world.people
    aside = b"\n".join(world.read(path) for path in world.below(KEPT))
    patches = b"\n".join(world.read(path) for path in world.below(PATCHES))
    for mark, home in people.written.items():
        if mark.encode() not in world.read(home) and mark.encode() not in patches:
            where = [path for path, file in world.tree().items() if mark.encode() in file.data]
            raise Broken(f"lost: {mark} was written in {home}, now it is in {where}")
    for mark in people.aside:
        if mark.encode() not in aside:
            raise Broken(f"not-kept: {mark} was put aside, and is gone before a run could forget it")
    for path in people.absent:
        if world.exists(path):
            raise Broken(f"made-again: {path} was deleted by a person, and is there again")
    # Where an environment moved and the run was killed, or only a part was generated, the text may be at either place.
    places = (people.image_at, world.app().image_file)
    if people.image is not None and _lf(people.image) not in [_lf(world.read(path)) for path in places]:
        raise Broken(f"image-lost: none of {places} is what CI wrote: {world.read(places[1]).decode()}")
    for path, text in people.beside.items():
        _is_there(world, path, text)


def _is_there(world: World, path: str, text: bytes) -> None:
    if text and _lf(world.read(path)) != _lf(text):
        raise Broken(f"image-lost: {path} is not what CI wrote: {world.read(path).decode()}")


def unbelievable(world: World) -> None:
    """The quick look at the lock never says yes where the long way says no."""
    quick = unchanged(str(world.root), __version__)
    full = command(world, "check", "--full")
    if quick and full.code:
        raise Broken(f"quick-yes: the lock vouches, check --full says {full.code}: {full.said}")


def verdicts(world: World) -> dict[str, str]:
    """Return the verdict on each path, empty when something keeps gitopsgen from judging."""
    done = command(world, "status", "--format", "json")
    return {file["path"]: file["verdict"] for file in json.loads(done.out)["files"]} if done.out else {}


def never(done: Run, words: tuple[str, ...]) -> None:
    if done.code not in _CODES or "Traceback" in done.said or "bug of gitopsgen" in done.said:
        raise Broken(f"crashed: {words} -> {done.code}: {done.said}")


def handle_aside(world: World, words: tuple[str, ...]) -> None:
    """Let marks go where a person said so: they are put aside, and what was put aside before may go."""
    people = world.people
    people.aside.clear()
    named = _taken(words)
    kept = b"\n".join(world.read(path) for path in world.below(KEPT))
    patches = b"\n".join(world.read(path) for path in world.below(PATCHES))
    for mark, home in list(people.written.items()):
        if home in named and mark.encode() not in world.read(home) and mark.encode() not in patches:
            if mark.encode() not in kept:
                raise Broken(f"lost: {mark} of {home} was given up by {words}, and is not in {KEPT}")
            people.aside.add(mark)
            del people.written[mark]
    if words[0] == "eject" and "--back" in words:
        named = set(words)
    people.absent -= named
    # Of two images at two places a person may begin anew.
    if not named.isdisjoint((people.image_at, world.app().image_file)) and "--back" not in words:
        people.image = None
    for path in named:
        people.beside.pop(path, None)
    find_image(world)


def find_image(world: World) -> None:
    """Note where the image is that went along with its environment."""
    people, there = world.people, world.app().image_file
    if people.image is not None and not people.image_stays and _lf(world.read(there)) == _lf(people.image):
        people.image_at = there


def _taken(words: tuple[str, ...]) -> set[str]:
    if words[:2] in (("adopt", "--drop"), ("adopt", "--refresh")):
        return set(words[2:])
    return {path for option, path in pairwise(words) if option == "--take"}


def _only_records(before: Tree, after: Tree) -> None:
    """Adopt changes what tells of edits, and nothing else."""
    for path in before.keys() | after.keys():
        if before.get(path) != after.get(path) and path != LOCK and not path.startswith(".gitopsgen/"):
            raise Broken(f"more-than-a-record: {path} was changed")


def _untouched(before: Tree, after: Tree, paths: tuple[str, ...]) -> None:
    """Eject leaves the files that it is about."""
    for path in paths:
        if before.get(path) != after.get(path):
            raise Broken(f"ejected-and-changed: {path}")


def _adopted(world: World, paths: tuple[str, ...]) -> None:
    found = verdicts(world)
    wrong = [path for path in paths if found.get(path) in ("edited", "foreign", "gone")]
    if wrong:
        raise Broken(f"not-adopted: {[(path, found[path]) for path in wrong]}")


def _generated(world: World, words: tuple[str, ...]) -> None:
    """What holds after every run that wrote."""
    if world.exists(STAGING) or world.lock_lines("intent"):
        raise Broken(f"unfinished: {world.below(STAGING)}, {world.lock_lines('intent')}")
    world.people.absent &= set(world.outputs())
    _follow_image(world)
    if "--keep" not in words:
        full = world.gitopsgen("check", "--full")
        if full.code:
            raise Broken(f"not-settled: after {words} check --full says {full.code}: {full.said}")
    elif unchanged(str(world.root), __version__):
        unbelievable(world)
    again = (
        [word for word in words if word not in ("--take", *_taken(words))] if words[0] == "generate" else ["generate"]
    )
    before = world.tree()
    second = world.gitopsgen(*again)
    never(second, tuple(again))
    if second.code:
        raise Broken(f"not-settled: a second {again} says {second.code}: {second.said}")
    _same("second-run-writes", before, world.tree(), str(again))


def _follow_image(world: World) -> None:
    """What CI wrote goes along with its environment, when both places are gitopsgen's."""
    people, there, theirs = world.people, world.app().image_file, world.ejected()
    if people.image_at in theirs and there != people.image_at:
        people.image_stays = True
    _stay_beside(world, there)
    if people.image is None or people.image_stays or there not in world.outputs("once"):
        return
    if there in theirs or people.image_at in theirs:
        return
    people.image_at = there
    _is_there(world, there, people.image)


def _stay_beside(world: World, there: str) -> None:
    """Of two images that the lock knew, none moves: each is at a place of its own, and the spec says which counts."""
    people = world.people
    if there != people.image_at and there in people.beside:
        if people.image is not None:
            people.beside[people.image_at] = people.image
        people.image, people.image_at, people.image_stays = people.beside[there] or None, there, False
    for path, text in people.beside.items():
        _is_there(world, path, text)
    known = {*world.image_files()} - {there}
    people.beside = {path: text for path, text in people.beside.items() if path in known}


def _applied(world: World, diff: bytes, before: Tree) -> Tree:
    """Return what git makes of the diff."""
    if not diff:
        return before
    copied = world.copy_tree()
    applied = world.run(["git", "apply", "--whitespace=nowarn", "-"], cwd=copied, stdin=diff, fails=True)
    if applied.returncode:
        raise Broken(f"diff-not-applied: {applied.stderr.decode()}\n{diff.decode()[-3000:]}")
    return world.tree(copied)


def _same(what: str, wanted: Tree, found: Tree, detail: str, without: tuple[str, ...] = ()) -> None:
    exact = what != "diff-lies"
    for path in sorted(wanted.keys() | found.keys()):
        one, two = wanted.get(path), found.get(path)
        if path.startswith(without) or one == two:
            continue
        if not exact and one and two and one.data == two.data and (one.mode ^ two.mode) & 0o100 == 0:
            continue
        raise Broken(f"{what}: {path}: {_words(one)}, not {_words(two)}: {detail}")


def _words(file: object) -> str:
    return "nothing" if file is None else str(file)[-300:]


def _lf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n")
