"""One call over many repositories: on all cores, in constant memory, importing nothing until something changed."""

import gc
import itertools
import marshal
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress

# Below this number of repositories a second process costs more than it brings.
_WORTH_FORKING = 24

Result = tuple[int, int, str]
"""Exit code, number of files written, and the text to show."""


def run_each(roots: Sequence[str], work: Callable[[str], Result]) -> Iterator[tuple[str, Result]]:
    """Yield the result of `work` for each root, in their order; `work` must not raise."""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(roots) < _WORTH_FORKING or workers < 2 or not hasattr(os, "fork"):
        for root in roots:
            yield root, work(root)
        return
    import hashlib  # noqa: F401 - loaded before `unchanged`, which then hashes four times as quickly

    sys.stdout.flush()
    sys.stderr.flush()
    pipes: list[tuple[int, int, int]] = []
    try:
        # Neighbours go to one worker: of two kinds that take turns, one worker would get all that are slow.
        size = -(-len(roots) // workers)
        pipes.extend(_start(roots[first : first + size], work) for first in range(0, len(roots), size))
        parts = [_collect(*pipe) for pipe in pipes]
    except BaseException:
        _stop(child for child, _, _ in pipes)
        raise
    yield from zip(roots, itertools.chain.from_iterable(parts), strict=True)


def _start(roots: Sequence[str], work: Callable[[str], Result]) -> tuple[int, int, int]:
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader, len(roots)
    status = 1
    # What is compiled leaves no cycles, so there is next to nothing to look for.
    gc.set_threshold(20_000)
    try:
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(marshal.dumps([work(root) for root in roots]))
        status = 0
    finally:
        os._exit(status)


def _stop(children: Iterable[int]) -> None:
    """End the workers that are left, and wait until they have undone what they were about."""
    for child in children:
        with suppress(OSError):
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)


def _collect(child: int, reader: int, count: int) -> list[Result]:
    with os.fdopen(reader, "rb") as pipe:
        raw = pipe.read()
    os.waitpid(child, 0)
    if not raw:
        return [(70, 0, "a worker process died\n")] * count
    results: list[Result] = marshal.loads(raw)  # noqa: S302 - written by our own child through our own pipe
    return results
