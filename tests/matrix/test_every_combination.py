"""Every CI with every operator, cluster and registry, in both modes: compiled, or refused by a rule with its reason."""

import itertools
import re
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from gitopsgen.compiler import Compiler
from gitopsgen.core.repopath import Root
from gitopsgen.outcome import Compiled, Outcome
from gitopsgen.packs.catalogue import BUILT_IN, Catalogue
from gitopsgen.render.renderer import Renderer
from gitopsgen.setup import setup_steps
from tests.clouds.combinations import CLUSTERS, IMAGES
from tests.conftest import Tell
from tests.trees import write_tree

CATALOGUE = Catalogue((BUILT_IN,))
RENDERER = Renderer(CATALOGUE)
APART = {pack.name: pack.get("offers", {}).get("environments", True) for pack in CATALOGUE.all("ci")}
NO_CLUSTER = ""
# Each at the git host that it runs for; the others run for any.
HOSTS = {"gitlab-ci": "gitlab.com"}


class Combination(NamedTuple):
    """One choice of every system. In push mode no operator is at work, and in pull mode CI gets into no cluster."""

    mode: str
    ci: str
    operator: str
    cluster: str
    registry: str

    @property
    def spec(self) -> bytes:
        """Return the spec of an app in two environments."""
        lines = [
            "apiVersion: gitopsgen/v1",
            "name: shop",
            f"mode: {self.mode}",
            f"image: {IMAGES[self.registry]}",
            f"repository: https://{HOSTS.get(self.ci, 'github.com')}/acme/shop.git",
            "runtime: node",
            f"ci: {self.ci}",
            f"registry: {self.registry}",
            f"gitops: {self.operator}",
            f"cluster: {CLUSTERS[self.cluster]}" if self.cluster else "",
            "environments: {staging: {namespace: shop-staging}, production: {}}",
        ]
        return "\n".join(lines).encode()


Made = dict[Combination, Compiled | Outcome]


def compile_all(app: Path) -> Made:
    """Compile every combination: each output is read back, held against its schema, and its names are looked for."""
    names = [CATALOGUE.names(kind) for kind in ("ci", "gitops", "cluster", "registry")]
    names[2] = [*names[2], NO_CLUSTER]
    write_tree(app, dict.fromkeys(("package.json", "package-lock.json", "app.js"), "{}\n"))
    compiler, repository = Compiler(CATALOGUE), Root(str(app))
    every = itertools.starmap(Combination, itertools.product(("push", "pull"), *names))
    return {combination: compiler.compile(combination.spec, repository) for combination in every}


def test_the_combinations_are_those_of_all_packs() -> None:
    """A pack that is added has no spec here until somebody writes one."""
    assert set(CLUSTERS) == set(CATALOGUE.names("cluster"))
    assert set(IMAGES) == set(CATALOGUE.names("registry"))


def test_every_combination_is_right_or_refused_with_its_reason(tmp_path: Path, tell: Tell) -> None:
    made = compile_all(tmp_path)
    right = {one: found for one, found in made.items() if isinstance(found, Compiled)}
    refused = {one: found for one, found in made.items() if isinstance(found, Outcome)}
    assert set(refused) == {one for one in made if one.mode == "push" and one.cluster == NO_CLUSTER}
    reasons = {
        (wrong.code, wrong.message, wrong.position is not None)
        for found in refused.values()
        for wrong in found.diagnostics
        if wrong.severity == "error"
    }
    assert reasons == {("rule.cluster-needed", "in push mode CI deploys to a cluster, and the spec names none", True)}
    # GitHub holds a job for a person only where the environment's settings say so.
    assert {found.code for compiled in right.values() for found in compiled.warnings} == {"rule.approval-not-held"}
    for one, found in right.items():
        depends_on_nothing_that_its_mode_does_not_use(one, found, right)
        lists_every_credential_once(one, found)
        tells_twice_why_a_credential_is_stored(one, found)
    modes = Counter(one.mode for one in right)
    files = sum(len(found.files) for found in right.values())
    counts = f"{modes['push']} of push mode and {modes['pull']} of pull mode are right, with {files} files"
    tell(f"of {len(made)} combinations {counts}; {len(refused)} are refused by rule.cluster-needed")


def depends_on_nothing_that_its_mode_does_not_use(
    one: Combination, found: Compiled, right: dict[Combination, Compiled]
) -> None:
    """So the mode may change with no other section of the spec."""
    plain = one._replace(operator="argocd") if one.mode == "push" else one._replace(cluster=NO_CLUSTER)
    assert found.files == right[plain].files, one


def lists_every_credential_once(one: Combination, found: Compiled) -> None:
    """No job can use what `gitopsgen setup` does not ask for, whatever CI writes it down."""
    # A CI system that keeps nothing for one environment alone has one credential for them all.
    apart = APART[one.ci]
    listed = [(each.environment if apart else "", each.key) for each in found.plan.credentials]
    used = {
        (credential.environment if apart else "", credential.key)
        for job in found.plan.pipeline.all_jobs
        for step in job.steps
        for credential in step.credentials.values()
    }
    assert used == set(listed), one
    assert len(set(listed)) == len(listed), one


def tells_twice_why_a_credential_is_stored(one: Combination, found: Compiled) -> None:
    """In a comment beside the credential, and in the step that sets it."""
    steps = [step for job in found.plan.pipeline.all_jobs for step in job.steps if step.access.form == "static"]
    apart = APART[one.ci]
    pipeline = as_words("\n".join(file.text for file in found.files if file.pack == f"ci/{one.ci}"))
    told = {step.sets: as_words(step.why) for step in setup_steps(found.services, RENDERER) if step.sets}
    by_key = {(sets[0] if apart else "", sets[1]): why for sets, why in told.items()}
    for step in steps:
        reason = as_words(step.access.because)
        assert reason, (one, step.kind)
        assert f"A stored credential, since {reason}" in pipeline, (one, step.kind)
        secrets = [each for each in step.credentials.values() if each.kind == "secret"]
        assert secrets, (one, step.kind)
        for secret in secrets:
            assert reason in by_key[secret.environment if apart else "", secret.key], (one, step.kind)


def test_the_token_for_the_manifests_repository_has_its_reason_too(tmp_path: Path) -> None:
    compiler, repository = Compiler(CATALOGUE), Root(str(tmp_path))
    for ci in CATALOGUE.names("ci"):
        elsewhere = f"https://{HOSTS.get(ci, 'github.com')}/acme/config.git"
        one = Combination("pull", ci, f"{{operator: argocd, repository: {elsewhere}}}", NO_CLUSTER, "ghcr")
        found = compiler.compile(one.spec, repository)
        assert isinstance(found, Compiled), one
        assert "CONFIG_REPOSITORY_TOKEN" in {each.key for each in found.plan.credentials}, one
        tells_twice_why_a_credential_is_stored(one, found)


def as_words(text: str) -> str:
    """Return a text as one line, without what wraps and marks a comment."""
    return re.sub(r"[\s#/]+", " ", text)


def test_a_registry_takes_no_image_of_another(tmp_path: Path, tell: Tell) -> None:
    """Each registry with the image of each other one: refused by its rule, or pushed to a host that can be any."""
    compiler, repository = Compiler(CATALOGUE), Root(str(tmp_path))
    base = Combination("pull", "github-actions", "argocd", NO_CLUSTER, "docker-hub")
    refused = Counter[str]()
    for registry, image in itertools.permutations(IMAGES, 2):
        spec = base._replace(registry=registry).spec.decode().replace(IMAGES[registry], IMAGES[image])
        found = compiler.compile(spec.encode(), repository)
        if isinstance(found, Outcome):
            [wrong] = found.diagnostics
            assert (wrong.code, wrong.position is not None) == ("rule.image-name", True)
            assert IMAGES[image] in wrong.message
            refused[registry] += 1
    # GitLab's registry may be at any host, but its images are below a group and a project.
    assert refused == {**dict.fromkeys(("acr", "docker-hub", "ecr", "gar", "ghcr"), 6), "gitlab": 1}
    tell(f"{refused.total()} registries with the image of another are refused by rule.image-name")


def test_each_operator_records_images_with_every_ci_and_registry_or_says_why_not(tmp_path: Path, tell: Tell) -> None:
    write_tree(tmp_path, {"package.json": "{}\n", "package-lock.json": "{}\n"})
    compiler, repository = Compiler(CATALOGUE), Root(str(tmp_path))
    right, refused = 0, Counter[str]()
    for ci, operator, registry in itertools.product(CATALOGUE.names("ci"), CATALOGUE.names("gitops"), IMAGES):
        one = Combination("pull", ci, f"{{operator: {operator}, images: operator}}", NO_CLUSTER, registry)
        found = compiler.compile(one.spec, repository)
        if isinstance(found, Compiled):
            assert [(job.id, job.grants) for job in found.plan.pipeline.jobs if "bump" in job.id] == [], one
            lists_every_credential_once(one, found)
            right += 1
        else:
            refused[f"{operator}: {' '.join(wrong.code for wrong in found.diagnostics)}"] += 1
    assert (right, refused) == (35, {"argocd: rule.no-image-automation": 35})
    tell(f"{right} combinations in which the operator records the images are right; argocd refuses to in {right} more")
