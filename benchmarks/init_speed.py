"""Measure `gitopsgen init` in a repository of 50,000 files, beyond starting Python: `python benchmarks/init_speed.py`.

Most files lie where they do in real repositories: copied into it, built from it, or git's own. The rest is source: in
a monorepo's many folders, where nothing is at the root, so its folders are looked through, or as 18,000 lines of the
code of an app at the root, all of which may say where it listens and what it serves.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_FILES = 50_000
_TARGET = 1.0
_ROUNDS = 7
_HEAPS = {"node_modules": 0.5, "vendor": 0.1, "target": 0.1, ".venv/lib": 0.1, "services": 0.2}
_MODULES = 300
_LINES = """\
import { find, save } from '../lib/store.js'

export const list%d = async (request, response) => {
  const found = await find({ kind: 'k%d', page: Number(request.query.page ?? 1) })
  if (!found) return response.status(404).json({ error: 'nothing' })
  response.json(found.map((each) => ({ ...each, port: each.port ?? 0 })))
}
router.get('/things/%d', authorize, list%d)
router.post('/things/%d', authorize, async (request, response) => response.json(await save(request.body)))

"""
_KEPT = ("services", "node_modules", "vendor", "target", ".venv", "package*", "app.js", "src")
_FLAGS = ("--yes", "--mode", "pull", "--name", "shop", "--image", "docker.io/acme/shop", "--port", "3000")


def main() -> int:
    """Print both cases; the exit code is 1 when one misses the target."""
    with tempfile.TemporaryDirectory() as name:
        bare = _median([sys.executable, "-c", "pass"], Path(name))
        app, monorepo = _plant(Path(name, "app")), _plant(Path(name, "monorepo"))
        (app / "package.json").write_text('{"scripts": {"start": "node app.js"}}')
        (app / "app.js").write_text("app.get('/ready', ok)\napp.listen(3000)\n")
        (app / "src").mkdir()
        for index in range(_MODULES):
            (app / f"src/{index}.js").write_text("".join(_LINES % ((index * 6 + each,) * 5) for each in range(6)))
        (app / "package-lock.json").write_text("{}")
        missed = 0
        for root, what in ((app, "an app at the root"), (monorepo, "a monorepo, its apps listed")):
            took = _median([sys.executable, "-m", "gitopsgen", "init", *_FLAGS], root, root / "gitopsgen.yaml") - bare
            missed += took > _TARGET
            print(f"{what}: {took * 1000:.0f} ms beyond the {bare * 1000:.0f} ms that Python takes, of {_FILES} files")
    return int(missed > 0)


def _plant(root: Path) -> Path:
    root.mkdir()
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    for heap, share in _HEAPS.items():
        for index in range(int(_FILES * share)):
            folder = root / heap / f"{index // 500}" / f"{index // 50 % 10}"
            if index % 50 == 0:
                folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{index}.js").touch()
    for index in range(20):
        folder = root / "services" / f"{index}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text('{"scripts": {"start": "node app.js"}}')
        (folder / "app.js").write_text("app.listen(3000)\n")
    return root


def _median(command: list[str], root: Path, made: Path | None = None) -> float:
    """Return the seconds of work, as the CPU counts them: other programs on the machine do not count."""
    times = []
    for _ in range(_ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if made and made.exists():
            # As before the run, all but what is there for the files that it looks at.
            kept = [part for name in _KEPT for part in ("-e", f"/{name}")]
            subprocess.run(["git", "clean", "-fdq", *kept], cwd=root, check=True)
    return statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
