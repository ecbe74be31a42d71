"""The warning that a runtime gets no more security fixes, by the dates in its pack."""

from collections.abc import Iterator
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack


def end_of_life(doc: SourceDoc, written: dict[str, Any], runtime: Pack) -> Iterator[Diagnostic]:
    """Warn when the version's end of life is not after the day on which the pack's data was checked.

    Never by the clock: the same inputs give the same messages, and a release with newer data brings the warning.
    """
    data = runtime.get("data", {})
    version = written.get("version", runtime.get("defaults", {}).get("version", {}).get("value", ""))
    dates = data.get("eol", {})
    ended = next((dates[known] for known in dates if f"{version}.".startswith(f"{known}.")), None)
    if ended is None or ended > data["checked"]:
        return
    newest = next(iter(data.get("versions", {})), "a newer one")
    yield doc.find(
        "rule.end-of-life",
        f"{runtime.get('title', runtime.name)} {version} has had no security fixes since {ended}",
        f"move to a version that is maintained; the newest here is {newest}",
        ("runtime", "version"),
    )._replace(severity="warning")
