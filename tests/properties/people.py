"""What people do to files by hand, and CI to the image. Each step returns what it did, None when it has no place."""

import hashlib
import random

from .apps import FUTURE_OUTPUTS, IMAGE_NAME, OVERRIDES, SPEC, TEMPLATES, is_image
from .edits import edited
from .world import LOCK, PATCHES, World


def edit_file(world: World, chance: random.Random) -> str | None:
    """Edit something that is generated, or was."""
    paths = [path for path in {*world.outputs(), *world.ejected()} if world.exists(path) and not is_image(path)]
    if not paths:
        return None
    path = chance.choice(sorted(paths))
    after, marks = edited(path, world.read(path), world.mark, chance)
    world.edit(path, after)
    world.people.written |= dict.fromkeys(marks, path)
    return f"edit {path}: {marks}"


def again_and_again(world: World, chance: random.Random) -> str | None:
    """Edit a file that has an edit already."""
    homes = sorted({path for path in (*world.people.written.values(), *world.patched()) if world.exists(path)})
    if not homes:
        return None
    path = chance.choice(homes)
    after, marks = edited(path, world.read(path), world.mark, chance)
    world.edit(path, after)
    world.people.written |= dict.fromkeys(marks, path)
    return f"edit again {path}: {marks}"


def make_foreign_file(world: World, chance: random.Random) -> str | None:
    paths = [path for path in FUTURE_OUTPUTS if not world.exists(path)]
    if not paths:
        return None
    path = chance.choice(paths)
    world.edit(path, f"# {world.mark}\nmine: true\n".encode())
    world.people.written[world.mark] = path
    world.people.absent.discard(path)
    return f"write a file of one's own at {path}"


def delete_file(world: World, chance: random.Random) -> str | None:
    paths = [path for path in world.outputs() if world.exists(path)]
    if not paths or chance.random() < 0.5:
        return None
    path = chance.choice(paths)
    (world.root / path).unlink()
    world.forget(path)
    tells = [line for line in world.lock_lines("file") + world.lock_lines("intent") if line[5] == path]
    # Where a run was cut short, or a merge joined two, nobody can tell who deleted it.
    if len(tells) == 1 and tells[0][1] == "managed":
        world.people.absent.add(path)
    world.people.beside.pop(path, None)
    if path == world.people.image_at:
        world.people.image = None
    return f"delete {path}"


def change_mode(world: World, chance: random.Random) -> str | None:
    paths = [path for path in world.outputs() if world.exists(path)]
    if not paths:
        return None
    path = chance.choice(paths)
    (world.root / path).chmod((world.root / path).stat().st_mode ^ 0o111)
    return f"chmod {path}"


def change_line_ends(world: World, chance: random.Random) -> str | None:
    files = [SPEC, *([LOCK] if world.exists(LOCK) else []), *world.below(PATCHES)]
    paths = [path for path in (*world.outputs(), *files) if world.exists(path)]
    path = chance.choice(paths)
    raw = world.read(path)
    world.write(path, raw.replace(b"\r\n", b"\n") if b"\r\n" in raw else raw.replace(b"\n", b"\r\n"))
    return f"other line ends in {path}"


def change_spec(world: World, chance: random.Random) -> str | None:
    app = world.app().changed(chance)
    world.write(SPEC, app.text().encode())
    return f"spec: {' '.join(app)}"


def switch_mode(world: World, chance: random.Random) -> str | None:
    app = world.app().switched()
    world.write(SPEC, app.text().encode())
    return f"spec: {' '.join(app)}"


def change_override(world: World, chance: random.Random) -> str | None:
    """Add, change or remove a template of one's own."""
    name = chance.choice(sorted(OVERRIDES))
    path = f"{TEMPLATES}/{name}"
    if world.exists(path) and chance.random() < 0.6:
        (world.root / path).unlink()
        return f"remove {path}"
    world.write(path, OVERRIDES[name].replace("{}", world.mark).encode())
    return f"write {path}"


def bump_image(world: World, chance: random.Random) -> str | None:
    """Let CI record an image: as its script does, or with the script itself."""
    files = [path for path in world.image_files() if world.exists(path)]
    if not files:
        return None
    path = world.app().image_file if world.app().image_file in files else files[0]
    head = world.git("rev-parse", "--verify", "-q", "HEAD", fails=True).strip() or "0" * 40
    digest = "sha256:" + hashlib.sha256(world.mark.encode()).hexdigest()
    if chance.random() < 0.3:
        return _run_script(world, path, head, digest)
    text = (
        "---\n# Owned by CI: every deployment rewrites this file (set-image.sh). An edit by hand is lost.\n"
        f"# revision: {head}\napiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n"
        f'  - name: app-image\n    newName: "{IMAGE_NAME}"\n    newTag: "sha-{world.mark}"\n    digest: {digest}\n'
    )
    world.edit(path, text.encode())
    _recorded(world, path)
    return f"CI writes {path}"


def _recorded(world: World, path: str) -> None:
    """Note what CI wrote; what it wrote before at another place that is known stays there."""
    people = world.people
    if people.image is not None and people.image_at in world.image_files():
        people.beside[people.image_at] = people.image
    people.beside.pop(path, None)
    people.image, people.image_at, people.image_stays = world.read(path), path, False


def _run_script(world: World, path: str, head: str, digest: str) -> str | None:
    overlay = path.removesuffix("/image/kustomization.yaml")
    done = world.run(
        ["sh", "k8s/bin/set-image.sh", overlay],
        fails=True,
        IMAGE=IMAGE_NAME,
        TAG=f"sha-{world.mark}",
        DIGEST=digest,
        REVISION=head,
        ALLOW_OLDER="1",
    )
    # A person may have edited the script.
    if world.mark.encode() in world.read(path):
        world.forget(path, world.read(path))
        _recorded(world, path)
    return f"CI runs set-image.sh: {done.returncode} {path}"
