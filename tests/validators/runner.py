"""Every validator over a generated tree; the rules switched off are in exceptions.yaml, with their reasons."""

import fnmatch
import tempfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from . import checks
from .finding import Finding
from .subject import TOOLS, Subject, prepare


class Validator(NamedTuple):
    """A validator: what it is installed as, and the function that runs it."""

    name: str
    kind: str
    check: Callable[[Subject], Iterator[Finding]]


class Allowed(NamedTuple):
    """A rule that is switched off at some place."""

    validator: str
    rule: str
    place: str
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Say whether the exception is made for the finding."""
        same = (self.validator, self.rule) == (finding.validator, finding.rule)
        return same and fnmatch.fnmatchcase(finding.place, self.place)


VALIDATORS = (
    Validator("workflow schema", "python", checks.workflow_schema),
    Validator("pipeline schemas", "python", checks.pipeline_schemas),
    Validator("workflow timeouts", "python", checks.workflow_timeouts),
    Validator("zizmor", "python", checks.zizmor),
    Validator("actionlint", "go", checks.actionlint),
    Validator("hadolint", "python", checks.hadolint),
    Validator("shellcheck", "python", checks.shellcheck),
    Validator("kubernetes-validate", "python", checks.kubernetes_validate),
    Validator("kubeconform", "go", checks.kubeconform),
    Validator("kube-score", "go", checks.kube_score),
    Validator("checkov", "checkov", checks.checkov),
    Validator("yamllint", "python", checks.yamllint),
)
KINDS = ("python", "go", "checkov")


def installed(kind: str) -> bool:
    """Say whether `tools/install.py` has installed the validators of a kind."""
    return (TOOLS / kind / "stamp").is_file()


def exceptions() -> list[Allowed]:
    """Return the rules that are switched off."""
    return [Allowed(**entry) for entry in checks.EXCEPTIONS["switched_off"]]


def findings(tree: Path, kinds: Collection[str] = KINDS) -> list[Finding]:
    """Return what the validators of the kinds find in a tree, sorted, without what is excepted.

    Raises ValidatorFailedError when a validator cannot do its work.
    """
    allowed = exceptions()
    found = raw_findings(tree, [validator for validator in VALIDATORS if validator.kind in kinds])
    return sorted(finding for finding in found if not any(entry.covers(finding) for entry in allowed))


def raw_findings(tree: Path, validators: Collection[Validator]) -> list[Finding]:
    """Return all that some validators find in a tree, exceptions or not."""
    with tempfile.TemporaryDirectory() as folder:
        subject, refused = prepare(tree, Path(folder) / "tree")
        found = [Finding("kustomize", refusal.partition(" ")[0], "build", refusal) for refusal in refused]
        for validator in validators:
            found += validator.check(subject)
    return found
