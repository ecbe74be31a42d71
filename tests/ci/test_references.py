"""What leads nowhere, or would start a pipeline again, is refused in the files of every CI system."""

from pathlib import Path

import pytest

from tests.trees import OVERRIDES, SMALLEST, run, write_tree

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
SCRIPT = "sh <%= step.script | inside %>"
GUARD = "begin with the step `quiet`"
# A rule of a pack, and an override that breaks it: its template, what is changed, and into what.
BROKEN = [
    ("gitlab-ci", "loop", "steps/quiet.yaml", "export", "unset"),
    ("circleci", "loop", "steps/quiet.yaml", "environment:", "when: on_fail"),
    ("buildkite", "loop", "steps/quiet.yaml", "export", "unset"),
    ("jenkins", "loop", "steps/quiet.yaml", "export", "unset"),
    ("circleci", "missing-script", "steps/script.yaml", SCRIPT, "sh k8s/bin/bmup.sh"),
    ("buildkite", "missing-script", "steps/script.yaml", '"sh " ~ step.script', '"sh k8s/bin/bmup.sh"'),
    ("jenkins", "missing-script", "steps/script.yaml", '"sh " ~ step.script', '"sh k8s/bin/bmup.sh"'),
    ("circleci", "unlisted-credential", "steps/script.yaml", "<%= credential.key | inside %>", "MY_TOKEN"),
    ("buildkite", "unlisted-credential", "job.yaml", "<%= credential.key %>", "MY_TOKEN"),
    ("jenkins", "unlisted-credential", "Jenkinsfile.groovy", "credentialsId: <%= key %>", "credentialsId: 'MY_TOKEN'"),
    ("circleci", "unknown-job", "invocation.yaml", "requires: <%= needs.ids %>", "requires: [other]"),
    ("buildkite", "unknown-job", "job.yaml", "depends_on: <%= needs.keys %>", "depends_on: [other]"),
]


@pytest.mark.parametrize(("ci", "code", "name", "old", "new"), BROKEN)
def test_an_override_that_breaks_a_rule_is_refused(
    tmp_path: Path, ci: str, code: str, name: str, old: str, new: str
) -> None:
    built_in = (TEMPLATES / "ci" / ci / name).read_text()
    assert old in built_in
    override = {f"{OVERRIDES}/ci/{ci}/{name}": built_in.replace(old, new)}
    write_tree(tmp_path, {"gitopsgen.yaml": f"{SMALLEST}ci: {ci}\n", **override})

    ran = run("generate", cwd=tmp_path)

    assert ran.code == 5, ran
    assert f"output.{code}" in ran.err
    assert (GUARD in ran.err) is (code == "loop")
