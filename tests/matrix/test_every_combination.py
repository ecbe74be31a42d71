"""Every CI with every cluster in push mode, with every operator in pull mode, with every registry in both."""

from pathlib import Path

from gitopsgen.compiler import Compiler
from gitopsgen.core.diagnostic import has_errors
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from tests.clouds.combinations import CLUSTERS, IMAGES, spec

CATALOGUE = Catalogue((BUILT_IN,))
_TWO = "environments: {staging: {namespace: shop-staging}, production: {}}"


def combinations() -> dict[str, str]:
    """Return the spec of each combination by what it combines."""
    found = {}
    for ci in CATALOGUE.names("ci"):
        for registry in IMAGES:
            for cluster in CLUSTERS:
                found[f"{ci} push {cluster} {registry}"] = spec(cluster, registry, "push", f"ci: {ci}\n{_TWO}")
            for operator in CATALOGUE.names("gitops"):
                more = f"ci: {ci}\ngitops: {operator}\n{_TWO}"
                found[f"{ci} pull {operator} {registry}"] = spec("aks", registry, "pull", more)
    return found


def test_the_combinations_are_those_of_all_packs() -> None:
    """A pack that is added has no spec here until somebody writes one."""
    assert set(CLUSTERS) == set(CATALOGUE.names("cluster"))
    assert set(IMAGES) == set(CATALOGUE.names("registry"))


def test_every_combination_compiles_and_is_right(tmp_path: Path) -> None:
    """Each output is read back, held against its schema and searched for names that lead nowhere."""
    compiler = Compiler(CATALOGUE)
    repository = Root(str(tmp_path))
    wrong, files, made = {}, 0, combinations()
    for name, text in made.items():
        compiled = compiler.compile(text.encode(), repository)
        if not isinstance(compiled, Compiled) or has_errors(compiled.warnings):
            wrong[name] = [str(found) for found in getattr(compiled, "diagnostics", compiled)][:3]
        else:
            files += len(compiled.files)

    assert wrong == {}
    print(f"{len(made)} combinations, {files} files")  # noqa: T201 - the count is part of what is shown


def test_every_credential_of_every_combination_is_listed_once(tmp_path: Path) -> None:
    """No job can use what `gitopsgen setup` does not ask for, whatever CI writes it down."""
    compiler = Compiler(CATALOGUE)
    repository = Root(str(tmp_path))
    for name, text in combinations().items():
        compiled = compiler.compile(text.encode(), repository)
        assert isinstance(compiled, Compiled), name
        listed = {(each.environment, each.key) for each in compiled.plan.credentials}
        used = {
            (credential.environment, credential.key)
            for job in compiled.plan.pipeline.all_jobs
            for step in job.steps
            for credential in step.credentials.values()
        }
        assert used == listed, name
        assert len(listed) == len(compiled.plan.credentials), name
