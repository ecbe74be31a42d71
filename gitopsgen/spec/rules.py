"""Rules across fields. Each has a code, says what to do, and is a function of its own."""

import itertools
import re
from collections.abc import Callable, Iterable
from typing import Any

from gitopsgen.core.diagnostic import Diagnostic
from gitopsgen.core.yamldoc import SourceDoc
from gitopsgen.spec.place_rules import broken_place_rules
from gitopsgen.spec.secret_shapes import is_secret_file, why_secret
from gitopsgen.spec.settings_rules import broken_settings_rules
from gitopsgen.spec.workload_rules import broken_workload_rules

Rule = Callable[[SourceDoc, dict[str, Any]], Iterable[Diagnostic]]

# CI environments of our own: for the build job, and for previews of pull requests.
_OUR_ENVIRONMENTS = ("build", "preview")

# The two names together are one name of the operator's object, and a label.
_LONGEST_LABEL = 63

# A line of a Dockerfile has at most 65,535 bytes, and a byte may take six there.
_LONGEST_START = 10_000


def build_credential(secret: str) -> str:
    """Return the name of the CI secret that holds a build secret: `BUILD_NPMRC` for `npmrc`."""
    return f"BUILD_{re.sub('[^A-Z0-9]', '_', secret.upper())}"


def broken_rules(doc: SourceDoc, data: dict[str, Any]) -> list[Diagnostic]:
    """Return what the spec breaks; `data` is the expanded form and has passed the schema."""
    return [found for rule in RULES for found in rule(doc, data)]


def _cluster_needed(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    environments = data.get("environments", {})
    everywhere = bool(environments) and all("cluster" in own for own in environments.values())
    if data["mode"] == "push" and "cluster" not in data and not everywhere:
        yield doc.find(
            "rule.cluster-needed",
            "in push mode CI deploys to a cluster, and the spec names none",
            "add a `cluster:` section, or choose `mode: pull`; `gitopsgen explain cluster` shows an example",
            ("mode",),
        )


def _no_secret_in_build_args(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    for name, value in data["runtime"].get("buildArgs", {}).items():
        if why := why_secret(name, value):
            yield doc.find(
                "rule.secret-in-build-args",
                f"{why}, and build arguments stay readable in the image and in git",
                "name it under `runtime.buildSecrets`, which mounts it for one step",
                ("runtime", "buildArgs", name),
                key=True,
            )


def _no_secret_in_image(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    for field in ("include", "installFiles"):
        for index, path in enumerate(data["runtime"].get(field) or ()):
            if is_secret_file(path):
                yield doc.find(
                    "rule.secret-in-image",
                    f'"{path}" holds secrets by custom, and everyone who has the image could read them',
                    "remove it: what the app needs where it runs belongs to `secrets`, what the build needs to "
                    "`runtime.buildSecrets`",
                    ("runtime", field, index),
                )


def _copied_from_inside(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    for field in ("include", "exclude", "installFiles"):
        for index, path in enumerate(data["runtime"].get(field) or ()):
            if ".." in str(path).split("/"):
                yield doc.find(
                    "rule.path-outside",
                    f'"{path}" leads out of the folder that it is relative to, and no build sees what lies there',
                    "name what lies above the app's folder in `runtime.installFiles`, by its path from the root",
                    ("runtime", field, index),
                )


def _build_secrets_differ(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    seen: dict[str, str] = {}
    for name in data["runtime"].get("buildSecrets", {}):
        credential = build_credential(name)
        if credential in seen:
            yield doc.find(
                "rule.build-secret-alike",
                f'"{name}" and "{seen[credential]}" would both be the CI secret {credential}',
                "rename one of them",
                ("runtime", "buildSecrets", name),
                key=True,
            )
        seen.setdefault(credential, name)


def _start_fits_a_line(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    if sum(len(argument.encode()) for argument in data["runtime"].get("start", [])) > _LONGEST_START:
        yield doc.find(
            "rule.start-too-long",
            f"the arguments of the start command have more than {_LONGEST_START:,} bytes together",
            "put them in a script or a file of the app, and start that",
            ("runtime", "start"),
        )


def _environment_name_is_free(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    for name in data.get("environments", {}):
        if name in _OUR_ENVIRONMENTS:
            yield doc.find(
                "rule.environment-name",
                f'"{name}" is the CI environment in which gitopsgen keeps what only the {name} job may read',
                "choose another name for the environment of the app",
                ("environments", name),
                key=True,
            )


def _names_fit_a_label(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    # An operator may apply a migration by an object of its own.
    more = "-migrate" if data["mode"] == "pull" and "migration" in data else ""
    for name in data.get("environments", {}):
        whole = f"{data['name']}-{name}{more}"
        if len(whole) > _LONGEST_LABEL:
            yield doc.find(
                "rule.environment-name-too-long",
                f"{whole} has over {_LONGEST_LABEL} characters, more than a label may have",
                "choose a shorter name for the environment or the app",
                ("environments", name),
                key=True,
            )


def _promotion_fits_mode(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    for name, own in data.get("environments", {}).items():
        if own.get("promotion") == "pull-request" and data["mode"] == "push":
            yield doc.find(
                "rule.promotion-needs-pull",
                "in push mode git does not record which image runs, so there is nothing to merge",
                "choose `promotion: approval`, or `mode: pull`",
                ("environments", name, "promotion"),
            )


def _merge_elsewhere(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    if data["mode"] == "push" or data.get("gitops", {}).get("repository", "same") == "same":
        return
    names = list(data.get("environments", {}))
    for before, name in itertools.pairwise(names):
        first = before == names[0]
        operator = first and data["gitops"].get("images") == "operator"
        merged = data["environments"][before].get("promotion", "auto" if first else "pull-request") == "pull-request"
        if merged or operator:
            what = "the operator's commit" if operator else "a merge"
            yield doc.find(
                "rule.merge-elsewhere",
                f"{what} for {before} happens in the repository of the manifests, and starts nothing for {name} here",
                "start the workflow that promotes by hand after it, or choose another promotion before it",
                ("environments", name),
                key=True,
            )._replace(severity="warning")


def _operator_asks_nobody(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    """The operator commits each image that it finds; only what CI promotes can wait for a person."""
    if data["mode"] == "push" or data.get("gitops", {}).get("images") != "operator":
        return
    for name, own in itertools.islice(data.get("environments", {}).items(), 1):
        promotion = own.get("promotion", "auto")
        if promotion != "auto":
            why = "opens no pull request" if promotion == "pull-request" else "asks nobody"
            yield doc.find(
                "rule.operator-asks-nobody",
                f"with `gitops.images: operator` the operator records each new image for {name}, and {why}",
                "remove `promotion` here, and put it on an environment that follows: CI promotes the image to that one",
                ("environments", name, "promotion"),
            )


def _repository_unknown(doc: SourceDoc, data: dict[str, Any]) -> Iterable[Diagnostic]:
    if "repository" not in data:
        yield doc.find(
            "rule.repository-guessed",
            "the spec does not say where this repository is, so its URL is guessed from the image and the name",
            "add `repository:` with the URL that one would clone",
            ("name",),
        )._replace(severity="warning")


RULES: tuple[Rule, ...] = (
    _cluster_needed,
    _no_secret_in_build_args,
    _no_secret_in_image,
    _copied_from_inside,
    _build_secrets_differ,
    broken_workload_rules,
    broken_settings_rules,
    _start_fits_a_line,
    _environment_name_is_free,
    _names_fit_a_label,
    _promotion_fits_mode,
    broken_place_rules,
    _merge_elsewhere,
    _operator_asks_nobody,
    _repository_unknown,
)
