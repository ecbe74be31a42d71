"""The jobs of a generated project as the CI system would run them: each step's variables, and the text its shell gets.

Each reader undoes what its CI system does before a shell sees the text, and fails on what that would expand.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import yaml


class Command(NamedTuple):
    """One shell text of a job; `place` says where it stands, `variables` are those that the file gives it.

    `secrets` are variables with the keys under which the CI system keeps their values; `folder` is where it runs,
    below the root.
    """

    place: str
    job: str
    variables: Mapping[str, str]
    text: str
    shell: str
    secrets: Mapping[str, str] = {}
    folder: str = ""


def circleci_text(text: str, values: Mapping[str, str]) -> str:
    """Return what CircleCI makes of a text: pipeline values in `<< >>`, and a backslash in front of a plain `<<`."""

    def put(found: re.Match[str]) -> str:
        if found[0] == r"\<<":
            return "<<"
        assert found[1] in values, f"CircleCI would expand {found[0]!r}"
        return values[found[1]]

    return re.sub(r"\\<<|<<\s*(.*?)\s*(?:>>|$)", put, text)


def circleci(path: Path, values: Mapping[str, str]) -> Iterator[Command]:
    """Yield the commands of CircleCI jobs; `values` are the pipeline's."""
    for job, body in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
        for step in body["steps"]:
            if isinstance(step, dict) and "run" in step:
                run = step["run"]
                given = {name: circleci_text(str(value), values) for name, value in run.get("environment", {}).items()}
                text = circleci_text(run["command"], values)
                yield Command(f"{path} {job}", job, given, text, "bash", {}, run.get("working_directory", ""))


_BUILDKITE = re.compile(r"\\\\|\\\$|\$\$|\$\(|\$\{GITOPSGEN_NONE-\\\}|\$(?=.)", re.DOTALL)


def buildkite_text(text: str) -> str:
    """Return what `buildkite-agent pipeline upload` makes of a text, after the grammar of its library interpolate."""

    def put(found: re.Match[str]) -> str:
        written = found[0]
        assert written != "$", f"Buildkite would expand {text[found.start() :]!r}"
        return {"\\$": "$", "$$": "$", "${GITOPSGEN_NONE-\\}": "\\"}.get(written, written)

    return _BUILDKITE.sub(put, text)


def buildkite(path: Path) -> Iterator[Command]:
    """Yield the commands of the steps of a Buildkite pipeline; the list of a step is one script."""
    for step in yaml.safe_load(path.read_text(encoding="utf-8"))["steps"]:
        if "command" in step:
            text = "\n".join(map(buildkite_text, step["command"]))
            secrets = step.get("secrets", {})
            for plugin in step.get("plugins", []):
                # A container sees the variables that it is given, and no other.
                (options,) = plugin.values()
                secrets = {name: key for name, key in secrets.items() if name in options.get("environment", [])}
            yield Command(f"{path} {step['key']}", step["key"], {}, text + "\n", "sh", secrets)


_GROOVY_STRING = re.compile(r"'''(?:\\.|(?!''')[^\\])*'''|'(?:\\.|[^\\'\n])*'", re.DOTALL)


def groovy_text(written: str) -> str:
    """Return the text of one single-quoted Groovy string."""
    assert _GROOVY_STRING.fullmatch(written), f"not one string: {written!r}"
    quotes = 3 if written.startswith("'''") else 1

    def put(found: re.Match[str]) -> str:
        escaped = found[0][1:]
        assert escaped in "\\'" or escaped[0] == "u", f"Groovy has another meaning for {found[0]!r}"
        return chr(int(escaped[1:], 16)) if escaped[0] == "u" else escaped

    return re.sub(r"\\(u[0-9a-f]{4}|.)", put, written[quotes:-quotes], flags=re.DOTALL)


def jenkins(path: Path) -> Iterator[Command]:
    """Yield the shell text of each stage of a Jenkinsfile; a job goes by its title."""
    text = path.read_text(encoding="utf-8")
    for stage in re.split(r"^    stage\(", text, flags=re.MULTILINE)[1:]:
        title = _GROOVY_STRING.match(stage)
        script = re.search(r"\bsh\((.*?)\)\n", stage, re.DOTALL)
        assert title
        if script:
            found = _GROOVY_STRING.match(stage, script.start(1))
            assert found
            assert stage[found.end()] == ")"
            bound = re.findall(r"string\(credentialsId: '(\w+)', variable: '(\w+)'\)", stage)
            secrets = {variable: key for key, variable in bound}
            yield Command(f"{path} {title[0]}", groovy_text(title[0]), {}, groovy_text(found[0]) + "\n", "sh", secrets)


def gitlab(path: Path) -> Iterator[Command]:
    """Yield the script of each job of a GitLab pipeline: its lines are one script, in which GitLab expands nothing.

    The runner puts an option of the shell before it, so that the first command that fails ends the job.
    """
    for job, body in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        if job != "workflow":
            yield Command(f"{path} {job}", job, {}, "\n".join(["set -e", *body["script"]]) + "\n", "sh")


_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")


def github_text(text: str, values: Mapping[str, str]) -> str:
    """Return what GitHub makes of a text: expressions are replaced by their values, wherever they stand."""
    known = {"'${{'": "${{", **values}
    return _EXPRESSION.sub(lambda found: known[found[1]], text)


def github(path: Path, values: Mapping[str, str]) -> Iterator[Command]:
    """Yield what the jobs of a workflow run themselves; `values` are those of expressions, such as `github.sha`."""
    for job, body in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].items():
        for step in (step for step in body["steps"] if "run" in step):
            given: dict[str, str] = {}
            secrets: dict[str, str] = {}
            for name, written in step.get("env", {}).items():
                key = re.fullmatch(r"\$\{\{ (?:secrets|vars)\.(\w+) \}\}", str(written))
                if key:
                    secrets[name] = key[1]
                else:
                    given[name] = github_text(str(written), values)
            folder = step.get("working-directory", "")
            yield Command(f"{path} {job}", job, given, github_text(step["run"], values), "bash", secrets, folder)


def commands(root: Path, below: str = "", values: Mapping[str, str] | None = None) -> list[Command]:
    """Return the commands of every file of these CI systems, in folders that fit `below`: `**/` for all."""
    known = {"pipeline.parameters.revision": "", "pipeline.git.base_revision": "", **(values or {})}
    found: list[Command] = []
    for path in sorted(root.glob(f"{below}.circleci/*.yml")):
        found += circleci(path, known)
    for path in sorted(root.glob(f"{below}.buildkite/*.yml")):
        found += buildkite(path)
    for path in sorted(root.glob(f"{below}Jenkinsfile")):
        found += jenkins(path)
    for path in sorted(root.glob(f"{below}.gitlab/*.yml")):
        found += gitlab(path)
    return found
