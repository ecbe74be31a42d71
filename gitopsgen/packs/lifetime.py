"""How old a version of a runtime is, by the data of its pack: without security fixes, or without an image."""

from collections.abc import Iterator, Mapping
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.packs.catalogue import Pack


def ended(data: Mapping[str, Any], version: str) -> str:
    """Return the day on which a version's security fixes ended, empty when they had not on the day of the pack's data.

    Never by the clock: the same inputs give the same messages, and a release with newer data brings the warning.
    """
    dates = data.get("eol", {})
    day = str(next((dates[known] for known in dates if f"{version}.".startswith(f"{known}.")), ""))
    return day if day and day <= data["checked"] else ""


def end_of_life(doc: SourceDoc, written: dict[str, Any], runtime: Pack) -> Iterator[Diagnostic]:
    """Warn when the version's end of life is not after the day on which the pack's data was checked."""
    data = runtime.get("data", {})
    version = written.get("version", runtime.get("defaults", {}).get("version", {}).get("value", ""))
    day = ended(data, version)
    if not day:
        return
    newest = next(iter(data.get("versions", {})), "a newer one")
    yield doc.find(
        "rule.end-of-life",
        f"{runtime.get('title', runtime.name)} {version} has had no security fixes since {day}",
        f"move to a version that is maintained; the newest here is {newest}",
        ("runtime", "version"),
    )._replace(severity="warning")


def base_of(bases: Mapping[str, Mapping[str, str]], release: str) -> str:
    """Return the newest distribution that has images of an exact version; empty when none has, or none is known."""
    return next((base for base, first in bases.items() if _has_images(first, release)), "")


def _has_images(first: Mapping[str, str], release: str) -> bool:
    """Whether a version is not before the first with images; one with fewer numbers stands for the last of its kind."""
    least = next((first[known] for known in first if f"{release}.".startswith(f"{known}.")), "")
    numbers = _numbers(release)
    return numbers >= _numbers(least)[: len(numbers)]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def no_image(doc: SourceDoc, written: dict[str, Any], runtime: Pack) -> Iterator[Diagnostic]:
    """Report an exact version that no image is made of, and warn of one that only an older distribution has."""
    data = runtime.get("data", {})
    bases, version = data.get("bases", {}), written.get("version", "")
    base = base_of(bases, data.get("versions", {}).get(version, version))
    newest = next(iter(bases), "")
    if not version or base == newest:
        return
    known = next((known for known in data["versions"] if f"{version}.".startswith(f"{known}.")), "")
    message = (
        f"there is no image of {runtime.get('title', runtime.name)} {version} on {newest}, the Debian of newer releases"
    )
    message += f"; this one stands on {base}" if base else ", nor on an older one"
    first = bases[newest].get(known, "")
    cure = f'write "{known}" for the newest release of it, or an exact version from {first} on'
    found = doc.find("rule.old-release" if base else "rule.no-image", message, cure, ("runtime", "version"))
    yield found._replace(severity="warning") if base else found
