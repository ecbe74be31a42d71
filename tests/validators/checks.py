"""The validators, one function each: a tree in, findings out."""

import fnmatch
import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from .finding import Finding, json_output, output
from .subject import ONCE, RENDERED, ROOT, RunBody, Subject

# The one place where rules are relaxed or switched off.
EXCEPTIONS = yaml.safe_load(Path(__file__).with_name("exceptions.yaml").read_text(encoding="utf-8"))
YAML_STYLE = json.dumps({"extends": "default", "rules": EXCEPTIONS["relaxed"]["yamllint"]})
# The files of CI systems whose vendored schema has its own name.
PIPELINES = {
    "**/.circleci/*.yml": "vendor.circle-ci",
    "**/.buildkite/*.yml": "vendor.buildkite",
    "**/.gitlab/*.yml": "vendor.gitlab-ci",
    "**/.gitlab-ci.yml": "vendor.gitlab-ci",
}
KUBE_SCORE_ACCEPTED = 10
# How zizmor says that it found something, by severity.
ZIZMOR_STATUS = (0, 11, 12, 13, 14)
# 2: warnings only.
YAMLLINT_STATUS = (0, 1, 2)


def workflow_schema(subject: Subject) -> Iterator[Finding]:
    """Check workflows against the vendored schema of GitHub Actions."""
    yield from _check_jsonschema(subject, "vendor.github-workflows", subject.workflows)


def pipeline_schemas(subject: Subject) -> Iterator[Finding]:
    """Check the files of other CI systems against their vendored schemas."""
    for pattern, schema in PIPELINES.items():
        yield from _check_jsonschema(subject, schema, subject.files(pattern))


def workflow_timeouts(subject: Subject) -> Iterator[Finding]:
    """Check that every job has a time limit."""
    yield from _check_jsonschema(subject, "custom.github-workflows-require-timeout", subject.workflows)


def _check_jsonschema(subject: Subject, schema: str, names: list[str]) -> Iterator[Finding]:
    if not names:
        return
    arguments = ("--output-format", "json", "--builtin-schema", schema, *names)
    report = json_output("python", "check-jsonschema", *arguments, cwd=subject.root)
    for error in [*report.get("errors", []), *report.get("parse_errors", [])]:
        message = f"{error.get('path', '')} {error.get('message', '')}"
        yield Finding("check-jsonschema", error["filename"], schema, message)


def zizmor(subject: Subject) -> Iterator[Finding]:
    """Check the security of workflows, at the strictest level."""
    if not subject.workflows:
        return
    arguments = ("--offline", "--no-progress", "--persona", "auditor", "--format", "json", *subject.workflows)
    for found in json_output("python", "zizmor", *arguments, cwd=subject.root, fine=ZIZMOR_STATUS):
        location = found["locations"][0]
        line = location["concrete"]["location"]["start_point"]["row"] + 1
        place = location["symbolic"]["key"]["Local"]["verbatim_path"]
        yield Finding("zizmor", place, found["ident"], f"line {line}: {found['desc']}")


def actionlint(subject: Subject) -> Iterator[Finding]:
    """Check the meaning of workflows: needs, expressions, inputs of well-known actions."""
    if not subject.workflows:
        return
    # Without a second shellcheck: the function below runs it with more checks.
    arguments = ("-format", "{{json .}}", "-shellcheck=", "-pyflakes=", *subject.workflows)
    with tempfile.TemporaryDirectory() as folder:
        _copy_with_tags(subject, Path(folder))
        for found in json_output("go", "actionlint", *arguments, cwd=Path(folder)):
            yield Finding("actionlint", found["filepath"], found["kind"], f"line {found['line']}: {found['message']}")


def _copy_with_tags(subject: Subject, folder: Path) -> None:
    """Copy the workflows with the tags of actions for their commits: actionlint knows the inputs by tag only."""
    for name in subject.workflows:
        text = (subject.root / name).read_text(encoding="utf-8")
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(re.sub(r"@[0-9a-f]{40} +# (v\d+)\S*", r"@\1", text), encoding="utf-8")


def hadolint(subject: Subject) -> Iterator[Finding]:
    """Check Dockerfiles, down to style."""
    if not subject.dockerfiles:
        return
    arguments = ("--no-color", "--format", "json", "--failure-threshold", "style", *subject.dockerfiles)
    for found in json_output("python", "hadolint", *arguments, cwd=subject.root):
        yield Finding("hadolint", found["file"], found["code"], f"line {found['line']}: {found['message']}")


def shellcheck(subject: Subject) -> Iterator[Finding]:
    """Check scripts, those inside workflows too, with every optional check."""
    scripts = [RunBody(name, (subject.root / name).read_text(), "sh") for name in subject.files("**/*.sh")]
    bodies = {(body.shell, body.text): body.place for body in reversed([*scripts, *subject.run_bodies])}
    for shell in sorted({shell for shell, _ in bodies}):
        yield from _shellcheck(shell, {text: place for (used, text), place in bodies.items() if used == shell})


def _shellcheck(shell: str, places: dict[str, str]) -> Iterator[Finding]:
    """Check texts of one shell together; `places` says where each stands."""
    with tempfile.TemporaryDirectory() as folder:
        for number, text in enumerate(places):
            (Path(folder) / str(number)).write_text(text, encoding="utf-8")
        arguments = ("--enable", "all", "--shell", shell, "--format", "gcc", *map(str, range(len(places))))
        lines = output("python", "shellcheck", *arguments, cwd=Path(folder)).splitlines()
    for line in lines:
        found = re.fullmatch(r"(\d+):(\d+):\d+: (.*) \[(SC\d+)\]", line)
        assert found, line
        yield Finding("shellcheck", list(places.values())[int(found[1])], found[4], f"line {found[2]}: {found[3]}")


def kubernetes_validate(subject: Subject) -> Iterator[Finding]:
    """Check resources of Kubernetes itself against its own schemas, unknown fields refused."""
    if not subject.manifests:
        return
    text = output("python", "kubernetes-validate", "--strict", "--quiet", *subject.manifests, cwd=subject.root)
    for line in text.splitlines():
        # ERROR or WARN, the file, and what is wrong with it.
        yield Finding("kubernetes-validate", [*line.split(" ", 2), ""][1], "schema", line)


def kubeconform(subject: Subject) -> Iterator[Finding]:
    """Check every resource, Kustomize files and custom ones too, against the schemas that gitopsgen itself uses."""
    if not subject.resources:
        return
    with tempfile.TemporaryDirectory() as folder:
        _schemas_for_kubeconform(Path(folder))
        location = f"{folder}/{{{{.Group}}}}_{{{{.ResourceAPIVersion}}}}_{{{{.ResourceKind}}}}.json"
        # Of Secrets there are only those that people encrypt and commit themselves.
        options = ("-strict", "-skip", "Secret", "-output", "json", "-schema-location", location)
        arguments = (*options, *subject.resources)
        report = json_output("go", "kubeconform", *arguments, cwd=subject.root)
    for found in report["resources"] or []:
        yield Finding("kubeconform", found["filename"], found["status"], f"{found['kind']}: {found['msg']}")


def _schemas_for_kubeconform(folder: Path) -> None:
    """Copy the schemas under the names kubeconform looks for: the kind in lower case, `v1` as the group of the core."""
    for schema in (ROOT / "schemas" / "resources").glob("*_*_*.json"):
        group, version, kind = schema.stem.split("_")
        shutil.copy(schema, folder / f"{'v1' if group == 'core' else group}_{version}_{kind.lower()}.json")


def kube_score(subject: Subject) -> Iterator[Finding]:
    """Check good practice in what kustomize makes of each overlay, which is what a cluster gets."""
    for place in subject.files(f"{RENDERED}/*"):
        for scored in (
            json_output("go", "kube-score", "score", "--output-format", "json", place, cwd=subject.root) or []
        ):
            for check in scored["checks"]:
                if check["grade"] < KUBE_SCORE_ACCEPTED and not check["skipped"]:
                    comments = "; ".join(comment["summary"] for comment in check["comments"] or [])
                    yield Finding("kube-score", place, check["check"]["id"], f"{scored['object_name']}: {comments}")


def checkov(subject: Subject) -> Iterator[Finding]:
    """Check Dockerfiles, resources and pipelines against checkov's policies."""
    frameworks = ("dockerfile", "kubernetes", "github_actions", "circleci_pipelines", "gitlab_ci")
    arguments = ("--directory", ".", "--skip-download", "--compact", "--output", "json", "--framework", *frameworks)
    with tempfile.TemporaryDirectory() as folder:
        looked_at = _copy_for_checkov(subject, Path(folder))
        reports = json_output("checkov", "checkov", *arguments, cwd=Path(folder))
    # One report by itself is no list, and a report on nothing has no results.
    reports = reports if isinstance(reports, list) else [reports]
    results = [report["results"] for report in reports if "results" in report]
    for result in results:
        for found in result["failed_checks"]:
            place = found["file_path"].lstrip("/")
            yield Finding("checkov", place, found["check_id"], f"{found['resource']}: {found['check_name']}")
    checked = [found for result in results for found in result["passed_checks"] + result["failed_checks"]]
    scanned = {found["file_path"].lstrip("/") for found in checked}
    # A workflow that its own, older schema refuses is left out without a word.
    for name in sorted(looked_at - scanned):
        yield Finding("checkov", name, "not-scanned", "checkov did not look at this file")


def _copy_for_checkov(subject: Subject, folder: Path) -> set[str]:
    """Copy what checkov can judge. Returns the files that it must have looked at: without a script it has no policy.

    What GitLab includes and CircleCI goes on with is named as checkov knows it, in no hidden folder, where it would not
    look. Resources are those that run, where overlays are rendered.
    """
    gitlab = subject.files("**/.gitlab/*.yml")
    pipelines = {name: f"{name.removesuffix('.yml').replace('.gitlab/', 'gitlab/')}/.gitlab-ci.yml" for name in gitlab}
    scripts = {pipelines[name] for name in gitlab if "  script:\n" in (subject.root / name).read_text(encoding="utf-8")}
    circle = subject.files("**/.circleci/*.yml")
    continued = {name: f"{name.removesuffix('.yml')}/.circleci/config.yml" for name in circle if "/config." not in name}
    pipelines |= {name: continued.get(name, name) for name in (*circle, *subject.workflows)}
    built = [name for name in subject.resources if fnmatch.fnmatchcase(name, f"{ONCE}/*@built.yaml")]
    resources = built or list(subject.resources)
    must = {*subject.workflows, *subject.dockerfiles, *(pipelines[name] for name in circle), *scripts}
    copies = pipelines | {name: name for name in (*subject.dockerfiles, *resources)}
    for name, copy in copies.items():
        (folder / copy).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(subject.root / name, folder / copy)
    return must


def yamllint(subject: Subject) -> Iterator[Finding]:
    """Check the style of YAML files; what kustomize prints is not ours to style."""
    names = [name for name in subject.files("**/*.y*ml") if not name.startswith((f"{RENDERED}/", f"{ONCE}/"))]
    if not names:
        return
    arguments = ("--strict", "--format", "parsable", "-d", YAML_STYLE, *names)
    for line in output("python", "yamllint", *arguments, cwd=subject.root, fine=YAMLLINT_STATUS).splitlines():
        found = re.fullmatch(r"([^:]+):(\d+):\d+: \[\w+\] (.*?)(?: \(([\w-]+)\))?", line)
        assert found, line
        yield Finding("yamllint", found[1], found[4] or "syntax", f"line {found[2]}: {found[3]}")
