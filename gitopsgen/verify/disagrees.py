"""Version files, lock files and manifests that say something else than the spec: told before the build fails by it.

Only full runs look; the fast path believes the lock, whose inputs these files are not.
"""

import posixpath
import re
from collections.abc import Collection, Iterable

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.repopath import Root
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.plan.model import Service


def disagreeing(
    services: Iterable[tuple[SourceDoc, Service]], written: Collection[str], repository: Root
) -> list[Diagnostic]:
    """Return a warning for each field of a runtime that files of the app contradict; `written` are ours."""
    found = []
    for doc, (plan, packs) in services:
        manifest = packs["runtime"].manifest
        if not manifest.get("detect"):
            continue
        # Costs more to import than what is read.
        from gitopsgen.detect.agreement import disagreements

        folder = plan.runtime["folder"]
        aside = {posixpath.join(folder, name) for name in plan.runtime["exclude"]} | set(written)
        try:
            found_here = list(disagreements(repository.path, folder, manifest, plan.runtime, aside))
        except re.error:
            continue  # a pattern of somebody's pack, of which `init` says that it is a bad one
        for field, said in found_here:
            section, name = field.split(".")
            # What the spec leaves to a default, or says there is none of, has lock files beside it that others need.
            if name != "version" and ((section, name) not in doc.values or plan.runtime[name] == "none"):
                continue
            message = f"the spec says {name} {plan.runtime[name]}, and files of the app disagree: {said}"
            cure = (
                f"bring `{field}` and the files to one, and remove a file that nothing reads any more;"
                " one that differs on purpose is named in `runtime.exclude`"
            )
            found.append(doc.find("runtime.disagrees", message, cure, (section, name))._replace(severity="warning"))
    return found
