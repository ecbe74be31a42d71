"""A small app, compiled with a few more lines of spec."""

import re
from pathlib import Path
from typing import Any

import ryaml

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue

HEAD = """\
apiVersion: gitopsgen/v1
name: shop
mode: pull
image: docker.io/acme/shop
repository: https://github.com/acme/shop.git
runtime: node
"""
PUSH = "cluster: {type: aks, resourceGroup: rg, name: prod}\n"
_COMPILER = Compiler(Catalogue((BUILT_IN,)))


class Shop:
    """The compiled files of the app."""

    def __init__(self, spec: str, folder: Path | str = "/nonexistent") -> None:
        result = _COMPILER.compile(spec.encode(), Root(str(folder)))
        assert isinstance(result, Compiled), result
        self.plan = result.plan
        self.texts = {str(file.path): file.text for file in result.files}

    def base(self, name: str) -> Any:
        return ryaml.loads(self.texts[f"k8s/base/{name}.yaml"])

    def overlay(self, name: str, environment: str = "production") -> Any:
        return ryaml.loads(self.texts[f"k8s/overlays/{environment}/{name}.yaml"])

    def changes(self, environment: str = "production") -> dict[str, Any]:
        """Return what an environment changes, by kind."""
        patches = self.overlay("changes/kustomization", environment)["patches"]
        return {known["target"]["kind"]: ryaml.loads(known["patch"]) for known in patches}

    @property
    def names(self) -> set[str]:
        """The files of the base, by name."""
        found = (re.fullmatch(r"k8s/base/(.*)\.yaml", path) for path in self.texts)
        return {match[1] for match in found if match}

    @property
    def pod(self) -> Any:
        return self.base("deployment")["spec"]["template"]["spec"]


def shop(more: str, mode: str = "pull") -> Shop:
    """Compile the app with these lines more."""
    head = HEAD if mode == "pull" else HEAD.replace("mode: pull", "mode: push") + PUSH
    return Shop(head + more)
